"""Causes of errors, and verdicts without the public scorer."""

import pytest

from models.calibration.rows import verdict
from models.causes import cause

WORDS = ["Acme", "Medical", "Supplies", "Invoice", "4711-A", "12", "Mar", "2026", "Total", "1", "234,50"]


@pytest.mark.parametrize(
    ("field", "truth", "value", "rivals", "expected"),
    [
        ("total", ["1234.50"], "99.00", ["1234.50"], "choice"),
        ("total", ["1234.50"], None, [], "candidate"),
        ("total", ["777.00"], None, [], "unread"),
        ("total", ["1234.50"], "-1234.50", [], "form"),
        ("invoice_date", ["2026-03-12"], "2026-12-03", [], "form"),
        ("invoice_date", ["2026-03-12"], None, [], "candidate"),
        ("invoice_date", ["2026-03-13"], None, [], "unread"),
        ("supplier_name", ["Acme Medical Supplies"], "Invoice", [], "candidate"),
        ("supplier_name", ["Borealis Ltd"], "Acme", [], "unread"),
        ("invoice_number", ["4711A"], None, [], "candidate"),
        ("po_number", [], "12", [], "spurious"),
    ],
)
def test_causes(field: str, truth: list[str], value: str | None, rivals: list[str], expected: str) -> None:
    assert cause(field, truth, value, rivals, WORDS) == expected


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("total", "12.00", "tp"),
        ("total", "13.00", "wrong"),
        ("total", None, "fn"),
        ("due_date", "2026-01-01", "spurious"),
        ("due_date", None, "unknown"),
        ("colour", "red", "unknown"),
        ("currency", "USD", "unknown"),
    ],
)
def test_verdicts(field: str, value: str | None, expected: str) -> None:
    truth = {
        "kind": "invoice",
        "fields": {"total": "12.00", "due_date": None, "currency": "USD"},
        "not_on_page": ["currency"],
    }
    assert verdict(truth, field, value) == expected


def test_long_numbers_are_no_dates() -> None:
    words = ["1", "99999999999999999999", "2018", "2"]
    assert cause("invoice_date", ["2018-01-02"], None, [], words) == "unread"
