"""Features, decoding and the exported model."""

from pathlib import Path

import numpy as np
import pytest

from models.compare import days, number, same
from models.features import amount, fold, page_features, pair_codes, word_key
from models.layout.batches import anchors
from models.layout.decode import Scores, header_candidates, row_candidates
from models.layout.labels import FIELDS, NAMES, label_id
from models.layout.lexicon import WORDS, build
from models.layout.predict import WEIGHTS, LayoutModel
from models.layout.scoring import span_scores, spans
from models.pages import generate
from models.registry import entries
from pipeline.domain.document import Box, Page, Word


def page_of(*rows: str) -> Page:
    """A page whose rows are lines of words, 8 points high, 6 points a character."""
    words = []
    for n, row in enumerate(rows):
        x = 50.0
        for text in row.split():
            words.append(Word(text, Box(x / 600, (50 + n * 12) / 800, (x + 6 * len(text)) / 600, (58 + n * 12) / 800)))
            x += 6 * len(text) + 6
    return Page(1, 600, 800, tuple(words))


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("1,234.56", 123456),
        ("1.234,56", 123456),
        ("$12.00", 1200),
        ("(5.00)", 500),
        ("7", 700),
        ("1,234", 123400),
        ("abc", None),
        ("INV-1", None),
        ("12,00-", 1200),
    ],
)
def test_amount_hints(text: str, cents: int | None) -> None:
    assert amount(text) == cents


def test_words_are_folded() -> None:
    assert fold("Fälligkeit 2024") == "falligkeit 0000"
    assert word_key("Invoice:") == "invoice"


def test_the_word_list_is_the_one_of_the_generator() -> None:
    listed = set(WORDS.read_text(encoding="utf-8").splitlines())
    assert set(build()) <= listed


def test_features_have_one_row_a_word() -> None:
    page = page_of("Invoice No: 123", "Total 12.50")
    found = page_features(page, str(WORDS))
    assert found.chars.shape[0] == found.numeric.shape[0] == found.places.shape[0] == 5
    assert found.pairs.shape == (5, 5)
    assert sorted(found.order) == list(range(5))
    assert found.words[0] > 0


def test_order_of_words_does_not_matter() -> None:
    page = page_of("Invoice No: 123", "Total 12.50")
    turned = Page(1, 600, 800, tuple(reversed(page.words)))
    one, other = page_features(page, str(WORDS)), page_features(turned, str(WORDS))
    assert np.array_equal(one.numeric, other.numeric)
    assert np.array_equal(one.pairs, other.pairs)


def test_pair_codes_tell_right_from_below() -> None:
    boxes = np.array([[0.1, 0.1, 0.2, 0.11], [0.6, 0.1, 0.7, 0.11], [0.1, 0.2, 0.2, 0.21]], np.float32)
    codes = pair_codes(boxes, np.array([0, 0, 1]), 0.01)
    assert len({int(codes[0, 1]), int(codes[1, 0]), int(codes[0, 2]), int(codes[2, 0])}) == 4


def test_captions_left_and_above_are_neighbours() -> None:
    page = page_of("Number Date", "123456 010126", "Invoice No: 77")
    found = page_features(page, str(WORDS))
    words = [page.words[i].text for i in found.order]
    near = {w: [words[k] if k >= 0 else "" for k in row] for w, row in zip(words, found.near, strict=True)}
    assert near["123456"][4] == "Number"
    assert near["77"][:3] == ["No:", "Invoice", ""]
    assert near["Invoice"][3] == "No:"
    assert near["Number"][4] == ""
    assert near["Number"][8] == "123456"


def test_products_and_sums_are_hinted() -> None:
    page = page_of("Glove 4 2.50 10.00", "Gown 2 5.00 10.00", "Subtotal 20.00", "Tax 1.50", "Total 21.50")
    found = page_features(page, str(WORDS))
    words = [page.words[i].text for i in found.order]
    numeric = dict(zip(words, found.numeric, strict=True))
    assert numeric["21.50"][-8] == 1.0  # the largest amount
    assert numeric["21.50"][-5] == 1.0  # the sum of two others
    assert not np.array_equal(numeric["10.00"], numeric["1.50"])


def test_the_parts_of_a_torn_amount_count_as_the_whole() -> None:
    page = page_of("Net 1 200,00", "Tax 240,00", "Total 1 440,00")
    found = page_features(page, str(WORDS))
    hints = found.numeric[:, -8:]
    words = [page.words[i].text for i in found.order]
    total = words.index("440,00")
    assert hints[total, 0] == hints[total - 1, 0] == 1.0  # both parts belong to the largest amount
    assert hints[total, 3] == 1.0  # 1 200,00 + 240,00
    assert hints[total, 1] == 0.0  # and it is printed once


def test_rows_are_anchored_to_the_line_total() -> None:
    tags = ["item_description", "item_quantity", "item_line_total", "", "item_description"]
    assert anchors(tags, [1, 1, 1, -1, 2]).tolist() == [2, 2, 2, -1, 4]


def test_spans_and_scores() -> None:
    total, inside, date = label_id("total", True), label_id("total", False), label_id("invoice_date", True)
    assert spans([0, total, inside, date]) == {("total", 1, 2), ("invoice_date", 3, 3)}
    scores = span_scores([[total, 0]], [[total, total]])
    assert scores["total"]["precision"] == 0.5
    assert scores["total"]["recall"] == 1.0


def scores_for(page: Page, labels: list[str], rows: list[int]) -> Scores:
    tags = np.full((len(labels), len(NAMES)), 1e-4, np.float32)
    for n, name in enumerate(labels):
        tags[n, NAMES.index(name)] = 0.99
    links = np.eye(len(labels), dtype=np.float32)[rows]
    lines = np.unique([round(w.box.y0, 4) for w in page.words], return_inverse=True)[1]
    return Scores(tags, links, np.full(8, 0.125), 1.0, np.arange(len(labels)), lines, 8.0)


def test_decoding_of_spans_blocks_and_rows() -> None:
    page = page_of("Acme Corp", "Supply Inc", "Total 12 345,00", "Glove 2 4.00", "Gown 1 3.00")
    labels = [
        "B-supplier_name",
        "I-supplier_name",
        "B-supplier_name",
        "I-supplier_name",
        "O",
        "B-total",
        "I-total",
        "B-item_description",
        "B-item_quantity",
        "B-item_line_total",
        "B-item_description",
        "B-item_quantity",
        "B-item_line_total",
    ]
    scores = scores_for(page, labels, [0, 1, 2, 3, 4, 5, 6, 9, 9, 9, 12, 12, 12])
    header = {c.field: c for c in header_candidates(page, scores)}
    assert header["supplier_name"].value_text == "Acme Corp\nSupply Inc"
    assert header["total"].value_text == "12 345,00"
    assert header["total"].words == (5, 6)
    rows = row_candidates(page, scores)
    assert [(c.field, c.value_text) for c in rows if c.row == 1] == [
        ("item_description", "Gown"),
        ("item_quantity", "1"),
        ("item_line_total", "3.00"),
    ]


def test_two_values_side_by_side_stay_two() -> None:
    page = page_of("12.00 13.00")
    scores = scores_for(page, ["B-total", "B-total"], [0, 1])
    assert [c.value_text for c in header_candidates(page, scores)] == ["12.00", "13.00"]


def test_comparison_for_evaluation() -> None:
    assert number("1.234,56 €") == number("1,234.56")
    assert same("invoice_date", "3. März 2024", "2024-03-03")
    assert same("total", "(5.00)", "-5.00")
    assert not same("total", "5.00", "-5.00")
    assert len(days("03/04/2024")) == 2


needs_weights = pytest.mark.skipif(not (Path(WEIGHTS) / "layout.onnx").is_file(), reason="no weights: run make train")


@needs_weights
def test_the_model_reads_an_unseen_generated_page() -> None:
    """Over held-out pages the exported model finds most invoice numbers and totals; far above chance."""
    model = LayoutModel.load()
    hit = want = 0
    for index in range(40):
        made = generate.page(99, index)
        reading = model.read(made.page)
        for field in ("invoice_number", "total"):
            true = {w.text for w, t in zip(made.page.words, made.tags, strict=True) if t == field}
            best = reading.best(field)
            if true:
                want += 1
                hit += best is not None and bool(set(best.value_text.split()) & true)
    assert hit / want > 0.8


@needs_weights
def test_reading_twice_gives_the_same_and_blank_pages_give_nothing() -> None:
    model = LayoutModel.load()
    made = generate.page(98, 3)
    assert model.predict(made.page) == model.predict(made.page)
    assert model.predict(Page(1, 600, 800, ())) == ()


@needs_weights
def test_long_pages_are_read_in_windows() -> None:
    words = tuple(
        Word(f"w{n}", Box(0.05 + (n % 10) * 0.09, n // 10 / 200, 0.1 + (n % 10) * 0.09, n // 10 / 200 + 0.004))
        for n in range(1900)
    )
    scores = LayoutModel.load().scores(Page(1, 600, 800, words))
    assert scores.tags.shape == (1900, len(NAMES))
    assert np.allclose(scores.tags.sum(1), 1, atol=1e-3)
    assert scores.fields.shape == (1900, 1 + len(FIELDS))


@needs_weights
def test_the_shipped_model_is_the_registered_one_and_small() -> None:
    assert entries()["layout"].version.startswith("1.")
    assert LayoutModel.registered().predict(Page(1, 600, 800, ())) == ()
    assert (WEIGHTS / "layout.onnx").stat().st_size < 20_000_000


def test_missing_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        LayoutModel.load(tmp_path / "none.onnx")
