"""The batch codes: CR_MISSING and ANOM_PATTERN (spec C.1, C.9)."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from pipeline.match.owed_credits import ShortPayment, credits_missing
from pipeline.match.patterns import Billed, patterns
from tests.unit.match.build import case, prior, receipt

DAY = date(2026, 3, 31)
LIMITS = [Decimal("25000.00")]


def owed(short: tuple[ShortPayment, ...] = (), **facts: Any) -> list[Decimal | None]:
    scenario = case(as_of="2026-04-30", **facts)
    return [f.variance_abs for f in credits_missing(scenario.facts, scenario.policy, short)]


BILLED = prior(qty="10", net="250.00", total="250.00")
BACK = [receipt("10", day="2026-03-01"), receipt("0", day="2026-03-20", returned="4")]


def test_goods_that_went_back_after_they_were_billed() -> None:
    assert owed(receipts=BACK, prior_invoices=[BILLED]) == [Decimal("100.00")]


def test_nothing_is_owed_for_what_was_never_billed() -> None:
    assert owed(receipts=BACK, prior_invoices=[prior(qty="6", net="150.00")]) == []


def test_a_credit_note_settles_it() -> None:
    credit = prior("CM-1", "4", "100.00", type="credit_note", references_invoice="INV-1")
    assert owed(receipts=BACK, prior_invoices=[BILLED, credit]) == []
    part = prior("CM-1", "1", "25.00", type="credit_note", references_invoice="INV-1")
    assert owed(receipts=BACK, prior_invoices=[BILLED, part]) == [Decimal("75.00")]


def test_thirty_days_are_waited_for() -> None:
    late = [receipt("10", day="2026-03-01"), receipt("0", day="2026-04-01", returned="4")]
    assert owed(receipts=late, prior_invoices=[BILLED]) == []
    on_time = [receipt("10", day="2026-03-01"), receipt("0", day="2026-03-31", returned="4")]
    assert owed(receipts=on_time, prior_invoices=[BILLED]) == [Decimal("100.00")]


def test_a_short_payment_without_a_credit() -> None:
    paid = ShortPayment(Decimal("40.00"), date(2026, 3, 1))
    assert owed((paid,)) == [Decimal("40.00")]
    assert owed((replace(paid, day=date(2026, 4, 1)),)) == []
    credit = prior("CM-1", "0", "30.00", type="credit_note", references_invoice="INV-5000", total="30.00")
    assert owed((paid,), prior_invoices=[credit]) == [Decimal("10.00")]


def kinds(*totals: str, day: date = date(2026, 3, 18), step: int = 2) -> set[str]:
    history = [Billed("S1", f"A-{100 + step * n}", day, Decimal(total)) for n, total in enumerate(totals)]
    return {found.kind for found in patterns(history, DAY, LIMITS)}


def test_three_of_a_kind_within_thirty_days() -> None:
    assert kinds("1000.00", "2000.00", "7000.00") == {"round_amounts"}
    assert kinds("1000.00", "2000.00", "7000.10") == set()
    assert kinds("23750.00", "24999.99", "25000.00") == {"just_below_limit"}
    assert kinds("23749.99", "24999.99", "25000.01") == set()
    assert kinds("10.10", "11.10", "12.10", day=date(2026, 3, 21)) == {"weekend_dates"}
    assert kinds("10.10", "11.10", "12.10", step=1) == {"sequential_numbers"}
    assert kinds("1000.00", "2000.00", "7000.00", day=DAY - timedelta(days=30)) == set()


def test_totals_unlike_natural_amounts() -> None:
    natural = [Billed("S1", f"A{7 * n}", DAY - timedelta(days=400), _plain(1.023**n)) for n in range(100, 500)]
    made_up = [replace(one, total=Decimal(5000 + n)) for n, one in enumerate(natural)]
    assert patterns(natural, DAY, LIMITS) == []
    assert [found.kind for found in patterns(made_up, DAY, LIMITS)] == ["benford"]
    assert patterns(made_up[:299], DAY, LIMITS) == []


def _plain(value: float) -> Decimal:
    return Decimal(round(value * 100)) / 100
