"""The measurement behind docs/accuracy.md counts as it says."""

import json
from collections import Counter
from pathlib import Path

import pytest

from models.accuracy import (
    Bin,
    bins,
    calibration_table,
    causes_table,
    errors,
    expected_error,
    judged,
    picture,
    report,
    risk_table,
)

TRUTH = {
    "kind": "invoice",
    "fields": {
        "invoice_number": "A-1",
        "total": "12.00",
        "due_date": None,
        "po_number": "P-1",
        "supplier_name": "Acme",
    },
    "alternatives": {"supplier_name": ["Acme Trading"]},
    "not_on_page": ["po_number"],
}


def value(text: str | None, confidence: float = 0.9) -> dict[str, object]:
    return {"value": text, "confidence": confidence}


def test_values_are_judged_as_the_scorer_does() -> None:
    read = {
        "invoice_number": value("A-2", 0.99),
        "total": value("12.00", 0.8),
        "due_date": value("2026-01-01", 0.7),
        "po_number": value("wrong"),
        "supplier_name": value("Acme Trading", 0.6),
        "currency": value("USD"),
    }
    assert sorted(judged(read, TRUTH)) == [(0.6, True), (0.7, False), (0.8, True), (0.99, False)]


def test_a_value_that_was_not_read_says_nothing() -> None:
    assert list(judged({"total": value(None)}, TRUTH)) == []


def test_bins_and_their_error() -> None:
    found = bins([(0.96, True), (0.96, False), (0.2, False), (1.0, True)])
    assert [(each.low, each.count, each.right) for each in found] == [(0.0, 1, 0.0), (0.95, 2, 0.5), (0.99, 1, 1.0)]
    assert expected_error(found) == pytest.approx((0.2 + 2 * 0.46 + 0.0) / 4)
    assert bins([]) == []
    assert expected_error([]) == 0


def test_the_report_names_what_is_absent_and_draws_its_picture(tmp_path: Path) -> None:
    found = [Bin(0.9, 0.95, 10, 0.92, 0.8), Bin(0.99, 1.0, 30, 0.995, 1.0)]
    text = report("python -m models evaluate", "dev", ["scanned"], ["receipts"], 0, "F1 0.9", found)
    assert "| 0.90 to 0.95 | 10 | 0.920 | 0.800 | -0.120 |" in text
    assert "Not measured, because they are not here: receipts." in text
    picture(found, tmp_path / "r.png")
    assert (tmp_path / "r.png").read_bytes().startswith(b"\x89PNG")


def test_errors_are_counted_by_set_and_cause(tmp_path: Path) -> None:
    (tmp_path / "scans").mkdir()
    (tmp_path / "scans" / "a.truth.json").write_text(json.dumps(TRUTH), encoding="utf-8")
    read = {
        "invoice_number": value("A-2"),
        "total": {**value("99.00"), "rivals": ["12.00"]},
        "due_date": value("2026-01-01"),
    }
    line = {"doc": "scans/a", "fields": read, "words": ["Acme", "A-1", "12.00"]}
    (tmp_path / "p.jsonl").write_text(json.dumps(line), encoding="utf-8")
    found = Counter(errors(tmp_path, tmp_path / "p.jsonl", None))
    # the invoice number and the supplier stand on the page, the total was a rival, a due date is not there
    assert found == {("scans", "candidate"): 2, ("scans", "choice"): 1, ("scans", "spurious"): 1}
    assert "| 2 | 2 |" in causes_table(found)


def test_tables_of_the_shipped_calibration() -> None:
    assert "| all |" in calibration_table()
    assert risk_table() == "" or "| real | total |" in risk_table()
