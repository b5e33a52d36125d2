"""Scenario files: loading, comparing, and one bad scenario among good ones."""

from pathlib import Path

import pytest
import yaml

from pipeline.domain.errors import InvalidInput
from pipeline.match.scenarios import compare, load_scenarios, run_scenario
from tests.unit.match.build import FIXTURES, FX, line, order, receipt

INVOICE = {"doc_class": "invoice", "type": "invoice", "invoice_number": "I-1", "invoice_date": "2026-03-10",
           "received_on": "2026-03-12", "supplier_id": "S1", "po_number": "PO-1", "currency": "USD", "lines": [line()],
           "lines_total": "250.00", "tax_total": "0.00", "total": "250.00"}  # fmt: skip


def written(folder: Path, *scenarios: dict[str, object]) -> Path:
    file = folder / "s.yaml"
    base = {"as_of": "2026-03-15", "purchase_orders": [order()], "receipts": [receipt()], "invoice": INVOICE}
    data = {"policy": {"fx_to_usd": FX}, "fixtures": FIXTURES, "scenarios": [{**base, **s} for s in scenarios]}
    file.write_text(yaml.safe_dump(data))
    return file


def test_right_wrong_and_malformed(tmp_path: Path) -> None:
    match = {"invoice_line": "1", "po_number": "PO-1", "po_line": "1", "qty_base": "10.0"}
    right = {
        "status": "AUTO_APPROVED",
        "exceptions": [],
        "warnings": [],
        "payable_now": "250.00",
        "line_matches": [match],
    }
    wrong = {"status": "HOLD", "exceptions": [{"code": "PRICE_OVER", "severity": "hold", "invoice_line": "1"}]}
    file = written(
        tmp_path,
        {"id": "A", "expected": right},
        {"id": "B", "expected": wrong},
        {"id": "C", "expected": right, "policy_overrides": {"price.colour": "red"}},
        {"id": "D", "expected": right, "as_of": "soon"},
        {"id": "E", "expected": wrong, "policy_overrides": {"price.upper_pct": "0"}},
    )
    found = {s.id: compare(s, run_scenario(s)) for s in load_scenarios(file)}
    assert found["A"] == []
    assert len(found["B"]) == 2
    assert "colour" in found["C"][0]
    assert "malformed" in found["D"][0]
    assert found["E"]


def test_no_scenario_file(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text("[1, 2]")
    with pytest.raises(InvalidInput):
        load_scenarios(file)
    with pytest.raises(InvalidInput):
        load_scenarios(tmp_path / "missing.yaml")
