"""Our ledger against theirs (spec I.9): each kind of difference, and silence only when both agree."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.erp import VoucherState, VoucherStatus
from pipeline.export.reconcile import LedgerRow, reconcile, to_csv

OURS = LedgerRow("i1", "k1", "POSTED", "SUP-1", "INV-100", Decimal("10.00"), "USD", "V1")
THEIRS = VoucherStatus("k1", VoucherState.POSTED, "V1", "7", "SUP-1", "INV-100", Decimal("10.00"), "USD")


def kinds(ours: list[LedgerRow], theirs: list[VoucherStatus]) -> list[tuple[str, str]]:
    return [(difference.kind, difference.repair) for difference in reconcile(ours, theirs)]


def test_two_ledgers_that_agree_have_no_difference() -> None:
    assert kinds([OURS], [THEIRS]) == []


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        (OURS, None, ("missing_there", "post_again")),
        (replace(OURS, state="POST_UNKNOWN"), None, ("missing_there", "look_up")),
        (None, THEIRS, ("missing_here", "review")),
        (None, replace(THEIRS, key=None), ("missing_here", "review")),
        (OURS, replace(THEIRS, key=None), ("missing_there", "link")),
        (OURS, replace(THEIRS, total=Decimal("10.01")), ("amount_differs", "review")),
        (OURS, replace(THEIRS, supplier_id="SUP-2"), ("supplier_differs", "ask_supplier_master")),
        (OURS, replace(THEIRS, invoice_number="INV-101"), ("number_differs", "review")),
        (OURS, replace(THEIRS, state=VoucherState.PAID), ("state_differs", "follow:paid")),
        (OURS, replace(THEIRS, state=VoucherState.VOID), ("state_differs", "follow:void")),
        (OURS, replace(THEIRS, state=VoucherState.DRAFT), ("state_differs", "review")),
        (replace(OURS, state="POST_UNKNOWN"), THEIRS, ("state_differs", "follow:erp_ack")),
        (replace(OURS, state="POSTING"), THEIRS, ("state_differs", "follow:erp_ack")),
        (replace(OURS, state="PAID"), THEIRS, ("state_differs", "review")),
        (OURS, replace(THEIRS, currency="EUR"), ("amount_differs", "review")),
    ],
)
def test_each_difference_has_its_repair(
    ours: LedgerRow | None, theirs: VoucherStatus | None, expected: tuple[str, str]
) -> None:
    assert kinds([ours] if ours else [], [theirs] if theirs else []) == [expected]


def test_a_voucher_that_is_there_twice_is_named_with_both_numbers() -> None:
    [difference] = reconcile([OURS], [THEIRS, replace(THEIRS, voucher_no="V2", erp_id="8")])
    assert (difference.kind, difference.theirs) == ("twice_there", "V1, V2")


def test_what_is_still_on_its_way_is_no_difference() -> None:
    assert kinds([replace(OURS, state="POSTING")], []) == []
    assert kinds([replace(OURS, state="POST_FAILED")], [replace(THEIRS, state=VoucherState.REFUSED)]) == []
    assert kinds([], [replace(THEIRS, state=VoucherState.DRAFT)]) == []


def test_a_spreadsheet_finds_no_formula_in_the_csv() -> None:
    text = to_csv(reconcile([], [replace(THEIRS, invoice_number='=HYPERLINK("x")', key="@k")]))
    assert '"\'=HYPERLINK(""x"")"' in text
    assert "'@k" in text


ids = st.integers(0, 12)


@given(ours=st.sets(ids), theirs=st.sets(ids))
def test_every_voucher_is_accounted_for(ours: set[int], theirs: set[int]) -> None:
    rows = [replace(OURS, invoice_id=f"i{n}", key=f"k{n}", invoice_number=f"INV-{100 + n}") for n in ours]
    held = [replace(THEIRS, key=f"k{n}", invoice_number=f"INV-{100 + n}") for n in theirs]
    found = reconcile(rows, held)
    assert {d.key for d in found if d.kind == "missing_there"} == {f"k{n}" for n in ours - theirs}
    assert {d.key for d in found if d.kind == "missing_here"} == {f"k{n}" for n in theirs - ours}
    assert len(found) == len(ours ^ theirs)


def test_one_invoice_under_two_keys_is_named_as_booked_twice() -> None:
    twice = reconcile([OURS], [THEIRS, replace(THEIRS, key=None, voucher_no="V2", invoice_number="inv 100")])
    assert [(each.kind, each.repair, each.theirs) for each in twice] == [
        ("missing_here", "review", "posted 10.00 USD"), ("duplicate_there", "void_there", "V1, V2"),
    ]  # fmt: skip
    other = replace(THEIRS, key=None, total=Decimal("-10.00"))
    assert [each.kind for each in reconcile([OURS], [THEIRS, other])] == ["missing_here"], "A credit note is no twin."


@pytest.mark.parametrize(
    ("theirs", "section"),
    [
        (None, "missing"),
        (replace(THEIRS, total=Decimal("1")), "amounts"),
        (replace(THEIRS, state=VoucherState.PAID), "payments"),
        (replace(THEIRS, state=VoucherState.VOID), "status"),
    ],
)
def test_each_difference_has_its_section(theirs: VoucherStatus | None, section: str) -> None:
    assert [each.section for each in reconcile([OURS], [theirs] if theirs else [])] == [section]


def test_a_payment_taken_back_over_there_is_a_matter_of_payments() -> None:
    assert [each.section for each in reconcile([replace(OURS, state="PAID")], [THEIRS])] == ["payments"]
