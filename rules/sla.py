"""SLA clocks in business hours (spec E.5)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from pipeline.domain.errors import InvalidInput

_DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MICROSECONDS_PER_HOUR = 3_600_000_000
_DAY = timedelta(days=1)
_HORIZON_DAYS = 4000
# Share of the clock at which a stage begins, and its name.
STAGES = (
    (Decimal("0.5"), "reminder"),
    (Decimal("0.8"), "warning"),
    (Decimal(1), "breach"),
    (Decimal("1.5"), "level_2"),
    (Decimal(2), "level_3"),
)

# Days that an invoice has waited for a receipt, and what happens then (C.7); day 7 itself is the policy's time-out.
WAIT_STAGES = ((3, "remind_dock_and_requester"), (10, "escalate_to_dept_manager"), (15, "ap_manager_decides"))


@dataclass(frozen=True, slots=True)
class Calendar:
    """A facility's business time. Takes times and dates, or their text (08:00, Mon, 2026-05-25)."""

    start: time
    end: time
    workdays: frozenset[int]
    holidays: frozenset[date]

    def __init__(
        self,
        start: time | str = "08:00",
        end: time | str = "17:00",
        workdays: Iterable[int | str] = _DAY_NAMES[:5],
        holidays: Iterable[date | str] = (),
    ) -> None:
        fix = object.__setattr__
        fix(self, "start", time.fromisoformat(start) if isinstance(start, str) else start)
        fix(self, "end", time.fromisoformat(end) if isinstance(end, str) else end)
        fix(self, "workdays", frozenset(_weekday(day) for day in workdays))
        fix(self, "holidays", frozenset(date.fromisoformat(d) if isinstance(d, str) else d for d in holidays))
        if not self.workdays or self.start >= self.end:
            raise InvalidInput("A calendar needs a workday and an opening before its closing.")

    def is_open(self, day: date) -> bool:
        """Whether business is done on that day."""
        return day.weekday() in self.workdays and day not in self.holidays

    def add_days(self, day: date, count: int) -> date:
        """The day `count` business days later (earlier when negative); 0 gives the day itself."""
        step = _DAY if count > 0 else -_DAY
        left = abs(count)
        while left:
            day += step
            left -= self.is_open(day)
        return day

    def opening(self, moment: datetime) -> datetime:
        """The moment itself inside business hours, else the next opening."""
        for _ in range(_HORIZON_DAYS):
            if self.is_open(moment.date()):
                opens = datetime.combine(moment.date(), self.start, moment.tzinfo)
                if moment <= opens:
                    return opens
                if moment < datetime.combine(moment.date(), self.end, moment.tzinfo):
                    return moment
            moment = datetime.combine(moment.date() + _DAY, time(), moment.tzinfo)
        raise InvalidInput("The calendar has no business day in sight.")


def _weekday(day: int | str) -> int:
    return day if isinstance(day, int) else _DAY_NAMES.index(day[:3].title())


def due_at(opened: datetime, hours: Decimal, calendar: Calendar) -> datetime:
    """When `hours` business hours have passed since `opened` (facility time). A full day ends at closing time."""
    moment = calendar.opening(opened)
    left = timedelta(microseconds=int(Decimal(hours) * _MICROSECONDS_PER_HOUR))
    while True:
        closing = datetime.combine(moment.date(), calendar.end, moment.tzinfo)
        if left <= closing - moment:
            return moment + left
        left -= closing - moment
        moment = calendar.opening(closing)


def business_hours(start: datetime, end: datetime, calendar: Calendar) -> Decimal:
    """Business hours between two moments (0 when `end` is not later)."""
    total = timedelta()
    day = start.date()
    while day <= end.date():
        if calendar.is_open(day):
            opens = max(start, datetime.combine(day, calendar.start, start.tzinfo))
            closes = min(end, datetime.combine(day, calendar.end, start.tzinfo))
            total += max(closes - opens, timedelta())
        day += _DAY
    return Decimal(total // timedelta(microseconds=1)) / _MICROSECONDS_PER_HOUR


def used_fraction(opened: datetime, now: datetime, hours: Decimal, calendar: Calendar) -> Decimal:
    """Share of the SLA clock that has run; 1 is the breach."""
    return business_hours(opened, now, calendar) / Decimal(hours)


def stages(used: Decimal) -> tuple[str, ...]:
    """Stages that have begun: reminder 50 %, warning 80 %, breach 100 %, level_2 150 %, level_3 200 %."""
    return tuple(name for share, name in STAGES if used >= share)


def wait_stages(days_waited: int) -> tuple[str, ...]:
    """What is due after so many calendar days of waiting for a receipt (C.7)."""
    return tuple(name for day, name in WAIT_STAGES if days_waited >= day)


def effective_due(
    sla_due: datetime, calendar: Calendar, discount_deadline: date | None = None, due_date: date | None = None
) -> datetime:
    """The earliest of SLA due, one business day before the discount ends, three before payment is due (E.5)."""
    dues = [sla_due]
    for day, before in ((discount_deadline, -1), (due_date, -3)):
        if day is not None:
            dues.append(datetime.combine(calendar.add_days(day, before), calendar.end, sla_due.tzinfo))
    return min(dues)
