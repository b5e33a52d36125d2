"""Number normalisation, rounding, state machines, priority."""

from decimal import Decimal

import pytest

from pipeline.domain.errors import InvalidInput
from pipeline.domain.identifiers import (
    gtin_is_valid,
    near_invoice_number,
    norm_gtin,
    norm_item,
    norm_po,
    normalise_invoice_number,
    skeleton,
)
from pipeline.domain.lifecycle import BEFORE_POSTING, INVOICE_TERMINAL, events_of, next_state
from pipeline.domain.money import minor_unit, round_money
from pipeline.review.queue import priority_score


@pytest.mark.parametrize(
    ("raw", "norm"),
    [
        ("INV-1001", "1001"),
        ("inv no. 0042", "42"),
        ("INVOICE NUMBER 7", "7"),
        ("INV", "INV"),
        ("INVA7", "INVA7"),
        ("NR-00-12", "12"),
        ("A-001", "A001"),
        ("#2026/03-001", "202603001"),
        ("INV0INV5", "INV5"),
        ("000", ""),
    ],
)
def test_normalise_invoice_number(raw: str, norm: str) -> None:
    assert normalise_invoice_number(raw) == norm


@pytest.mark.parametrize(
    ("a", "b", "near"),
    [
        ("SO10458", "5O10458", True),
        ("12345", "12354", True),
        ("12345", "13245", True),
        ("12345", "15342", False),
        ("20260210", "20260310", False),
        ("7840", "7840R", False),
        ("78401", "78401R", True),
        ("R78401", "78401", True),
        ("78401", "78401RX", False),
        ("INV-100", "100", True),
        ("12345", "21354", False),
    ],
)
def test_near(a: str, b: str, near: bool) -> None:
    assert near_invoice_number(a, b) is near
    assert near_invoice_number(b, a) is near


def test_identifiers() -> None:
    assert norm_po("po 10-01/a") == "PO1001A"
    assert skeleton("P0-10OI") == skeleton("PO-1001")
    assert norm_item("00-ab.1") == "AB1"
    assert gtin_is_valid("4006381333931")
    assert not gtin_is_valid("4006381333932")
    assert not gtin_is_valid("12345")
    assert norm_gtin("4006381333931") == "04006381333931"
    assert norm_gtin("4006381333932") is None


@pytest.mark.parametrize(
    ("value", "currency", "rounded"),
    [
        ("1.005", "USD", "1.01"),
        ("-1.005", "USD", "-1.01"),
        ("1.004999", "USD", "1.00"),
        ("-120.5", "JPY", "-121"),
        ("1.0005", "KWD", "1.001"),
        ("2.5", "KRW", "3"),
        ("99999999999999999999999999.005", "USD", "99999999999999999999999999.01"),
    ],
)
def test_rounding(value: str, currency: str, rounded: str) -> None:
    assert str(round_money(Decimal(value), currency)) == rounded


def test_not_a_number_is_no_money() -> None:
    with pytest.raises(InvalidInput):
        round_money(Decimal("Infinity"), "USD")
    assert minor_unit(None) == Decimal("0.01")


@pytest.mark.parametrize(
    ("machine", "state", "event", "target"),
    [
        ("invoice", None, "ingested", "RECEIVED"),
        ("invoice", "-", "ingested", "RECEIVED"),
        ("invoice", "IN_REVIEW", "all_holds_resolved", "MATCHING"),
        ("invoice", "IN_REVIEW", "approve", None),
        ("invoice", "WAIT_RECEIPT", "timeout", "MATCHING"),
        ("invoice", "AWAITING_APPROVAL", "reject", "IN_REVIEW"),
        ("invoice", "APPROVED", "rematch_differs", "MATCHING"),
        ("invoice", "POSTING", "withdraw", None),
        ("invoice", "POSTED", "void", "VOID"),
        ("invoice", "PAID", "void", None),
        ("item", "OPEN", "resolve", None),
        ("item", "CLAIMED", "ask", "PENDING_EXTERNAL"),
        ("item", "PENDING_EXTERNAL", "cause_vanished", "AUTO_CLEARED"),
        ("item", "RESOLVED", "raised_again", "OPEN"),
        ("item", "RESOLVED", "claim", None),
    ],
)
def test_moves(machine: str, state: str | None, event: str, target: str | None) -> None:
    assert next_state(machine, state, event) == target


def test_terminal_states_have_no_way_out_but_reopening_a_non_invoice() -> None:
    assert {state: events_of("invoice", state) for state in INVOICE_TERMINAL} == {
        **dict.fromkeys(INVOICE_TERMINAL, ()),
        "NOT_INVOICE": ("reopen",),
    }
    assert all(next_state("invoice", state, "withdraw") == "REJECTED" for state in BEFORE_POSTING)


def test_priority() -> None:
    score = priority_score(
        sla_used=Decimal("0.5"),
        amount_at_risk=Decimal(2500),
        date_within_2bd=True,
        critical_supply=False,
        reopened=0,
    )
    assert score == Decimal("46.25")
    top = priority_score(
        sla_used=Decimal(2), amount_at_risk=Decimal(99999), date_within_2bd=True, critical_supply=True, reopened=3
    )
    assert top == 80 + 25 + 20 + 10 + 15
