"""Classes and clocks of the queue (spec E.5): which class a code has, and when its item is due."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from rules import sla

# class -> (respond, resolve) in business hours
SLA_HOURS: dict[str, tuple[Decimal, Decimal]] = {
    "S1": (Decimal(2), Decimal(8)),
    "S2": (Decimal(4), Decimal(8)),
    "S3": (Decimal(8), Decimal(24)),
    "S4": (Decimal(8), Decimal(40)),
    "S5": (Decimal(8), Decimal(24)),
}
_S1 = frozenset({"SUP_BANK_CHANGE", "SUP_EXCLUDED", "DUP_EXACT", "ERS_INVOICE"})
_S2 = frozenset({"PO_INFERRED", "PO_AMBIGUOUS", "PO_NOT_FOUND", "DUP_PROBABLE", "DUP_NUMBER"})
_S4 = frozenset({"RCPT_TIMEOUT", "QTY_OVER_RECEIVED", "QTY_RETURNED", "QTY_OVER_ACCEPTED"})
CALENDAR = sla.Calendar(start=time(8), end=time(17), workdays=frozenset(range(5)), holidays=frozenset())
LONGEST_PAUSE = 10  # business days in PENDING_EXTERNAL


def sla_class(code: str) -> str:
    """S1..S5 of a code; what the table does not name is treated like data (S2), the strictest of the common ones."""
    if code in _S1:
        return "S1"
    if code in _S2 or code.startswith(("DOC_", "ARI_", "DATE_", "CONF_")):
        return "S2"
    if code in _S4 or code.startswith(("UOM_", "BO_", "TAX_", "SUP_")):
        return "S4"
    if code.startswith(("PRICE_", "QTY_", "PO_", "CHG_", "FRT_", "LINE_", "CR_", "TOTAL_", "CUR_", "SHIP_", "ACCOUNT_")):
        return "S3"
    return "S5" if code.startswith(("NPO_", "APPROVAL_")) else "S2"


def effective_due(opened: datetime, level: str, due_date: date | None) -> datetime:
    """min(SLA due, due_date - 3 business days), never before the item was opened (E.5)."""
    due = sla.due_at(opened, SLA_HOURS[level][1], CALENDAR)
    if due_date is None:
        return due
    wanted = datetime.combine(business_days(due_date, -3), CALENDAR.end, tzinfo=opened.tzinfo)
    return max(opened, min(due, wanted))


def business_days(start: date, count: int) -> date:
    """`start` moved by `count` business days, backwards when negative."""
    step, day, left = (1 if count >= 0 else -1), start, abs(count)
    while left:
        day += timedelta(days=step)
        if day.weekday() < 5:
            left -= 1
    return day


def fraction_used(opened: datetime, due: datetime | None, now: datetime) -> Decimal:
    """Share of the SLA's span that has passed, 0..1 (more when breached: capped by the caller's formula at 1)."""
    if due is None:
        return Decimal(0)
    span = (due - opened).total_seconds()
    if span <= 0:
        return Decimal(1)
    passed = max(0.0, (now - opened).total_seconds())
    return min(Decimal(1), (Decimal(int(passed)) / Decimal(int(span) or 1)).quantize(Decimal("0.0001")))
