"""Real receipts as training pages: four values are known, the rest is left open."""

import json
from pathlib import Path

import pytest

from models.layout.batches import collate, example
from models.layout.labels import NAMES, OPEN, label_id
from models.pages import receipts
from tests.benchmarks.drawn import scanned

LINES = (
    "10,10,90,10,90,20,10,20,ACME STORE",
    "10,30,90,30,90,40,10,40,1 HIGH STREET, LEEDS",
    "10,50,90,50,90,60,10,60,DATE 03/04/2018",
    "10,70,90,70,90,80,10,80,TOTAL RM12.50",
    "10,90,90,90,90,99,10,99,THANK YOU",
)
TRUTH = {"company": "ACME STORE", "date": "03/04/2018", "address": "1 HIGH STREET, LEEDS", "total": "12.50"}


def folder(tmp_path: Path, **changed: str) -> Path:
    (tmp_path / "001.csv").write_text("\n".join(LINES), encoding="utf-8")
    (tmp_path / "001.key.json").write_text(json.dumps(TRUTH | changed), encoding="utf-8")
    return tmp_path


def test_known_values_are_tagged_and_the_rest_is_open(tmp_path: Path) -> None:
    (page,) = receipts.pages(folder(tmp_path))
    tagged = {w.text: tag for w, tag in zip(page.page.words, page.tags, strict=True)}
    assert tagged["ACME"] == tagged["STORE"] == "supplier_name"
    assert tagged["STREET,"] == "supplier_address"
    assert (tagged["03/04/2018"], tagged["RM12.50"]) == ("invoice_date", "total")
    assert tagged["THANK"] == tagged["DATE"] == receipts.OPEN
    assert page.begins[0]
    assert not page.begins[1]


def test_a_receipt_whose_values_are_not_found_is_left_out(tmp_path: Path) -> None:
    assert receipts.pages(folder(tmp_path, total="99.00")) == ()


def test_open_words_keep_their_mark_in_a_batch(tmp_path: Path) -> None:
    (page,) = receipts.pages(folder(tmp_path))
    tags = collate([example(page)])["tags"][0]
    assert tags[0] == label_id("supplier_name", True)
    assert tags[-1] == OPEN
    assert (tags >= OPEN).all()


def test_open_words_cost_nothing_unless_they_claim_a_known_field() -> None:
    torch = pytest.importorskip("torch")
    train = pytest.importorskip("models.layout.train")
    scores = torch.full((2, len(NAMES)), -20.0)
    scores[0, label_id("item_description", True)] = 20.0
    scores[1, label_id("total", True)] = 20.0
    assert float(train._unlikely(scores[:1], 1)) < 1e-3
    assert float(train._unlikely(scores[1:], 1)) > 10


def test_scans_are_drawn_the_same_every_time() -> None:
    made = next(found for n in range(20) if (found := scanned(n)) is not None)
    again = next(found for n in range(20) if (found := scanned(n)) is not None)
    assert made[3] == again[3]
    assert "total" in made[1]
