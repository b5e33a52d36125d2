"""Classes and clocks of the queue (spec E.5): which class a code has, and when its item is due."""

from datetime import date, datetime
from decimal import Decimal

from rules import sla
from rules.owners import SLA_CLASSES
from rules.owners import sla_class as class_of

CALENDAR = sla.Calendar()
LONGEST_PAUSE = 10  # business days in PENDING_EXTERNAL


def sla_class(code: str) -> str:
    """S1..S5 of a code; approval steps are S5."""
    return "S5" if code.startswith("APPROVAL_") else class_of(code).name


def effective_due(opened: datetime, level: str, due_date: date | None) -> datetime:
    """min(SLA due, due_date - 3 business days) (E.5). A payment date that was past before the item was opened can be kept
    by nobody: then the SLA alone counts, so that lateness tells what the desk can still do."""
    due = sla.due_at(opened, Decimal(SLA_CLASSES[level].resolve_hours), CALENDAR)
    wanted = sla.effective_due(due, CALENDAR, due_date=due_date)
    return wanted if wanted > opened else due


def business_days(start: date, count: int) -> date:
    """`start` moved by `count` business days, backwards when negative."""
    return CALENDAR.add_days(start, count)


def fraction_used(opened: datetime, due: datetime | None, now: datetime) -> Decimal:
    """Share of the SLA's span that has passed, 0..1 (more when breached: capped by the caller's formula at 1)."""
    if due is None:
        return Decimal(0)
    span = (due - opened).total_seconds()
    if span <= 0:
        return Decimal(1)
    passed = max(0.0, (now - opened).total_seconds())
    return min(Decimal(1), (Decimal(int(passed)) / Decimal(int(span) or 1)).quantize(Decimal("0.0001")))
