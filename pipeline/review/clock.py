"""What time alone does to open work (spec E.5, E.6, F.3): pauses end, people go, clocks run out. Never a decision.

Runs every few minutes; a missed run is caught up, and each stage is told once per item.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pipeline.app import App
from pipeline.domain.errors import StaleVersion
from pipeline.domain.events import SYSTEM, Action, EventDraft
from pipeline.domain.records import ReviewItem
from pipeline.domain.roles import Role
from pipeline.ports import UnitOfWork
from pipeline.review.absence import Staff, settle_item, staff
from pipeline.review.deadlines import CALENDAR
from pipeline.review.work_items import resumed
from rules.sla import STAGES, business_hours

PAGE = 500
BREACH = 3  # from the third stage on the clock has run out
Row = dict[str, Any]


def sweep(app: App) -> dict[str, int]:
    """One pass over open work, each item in a transaction of its own; counts by what was done."""
    counts: Counter[str] = Counter()
    with app.unit_of_work() as work:
        here = staff(app, work)
    for row in list(_rows(app)):
        if not _needs(app, here, row):
            continue
        try:
            with app.unit_of_work() as work:
                done = _swept(app, work, here, work.get_item(str(row["item_id"])))
                if done:
                    work.commit()
        except StaleVersion:
            continue  # somebody works on it at this moment: the next pass looks again
        counts.update(done)
    return dict(counts)


def _rows(app: App) -> Iterator[Row]:
    roles, offset = [str(role) for role in Role], 0
    while True:
        rows, total = app.queries.queue(roles=roles, sort="age", offset=offset, limit=PAGE)
        yield from rows
        offset += PAGE
        if offset >= total:
            return


def _needs(app: App, here: Staff, row: Row) -> bool:
    """A cheap look at the list's row, so that most items cost nothing."""
    if row["item_state"] == "PENDING_EXTERNAL":
        until = row.get("paused_until")
        return (until is not None and str(until) <= here.today.isoformat()) or _gone(here, row)
    return _gone(here, row) or row["item_kind"] == "approval" or _stage_of(row, app.clock.now()) > 0


def _gone(here: Staff, row: Row) -> bool:
    return any(name and not here.works(name) for name in (row.get("claimed_by"), row.get("assignee")))


def _swept(app: App, work: UnitOfWork, here: Staff, item: ReviewItem) -> list[str]:
    done: list[str] = []
    if item.state == "PENDING_EXTERNAL" and item.paused_until is not None and item.paused_until <= here.today:
        _wake(work, item, here.today, app.clock.now())
        done.append("woken")
        item = work.get_item(item.id)
    if item.state not in ("OPEN", "CLAIMED", "PENDING_EXTERNAL"):
        return done
    moved = settle_item(app, work, here, item)
    if moved:
        done.append(moved)
        item = work.get_item(item.id)
    if item.state != "PENDING_EXTERNAL" and _tell(work, item, app.clock.now()):
        done.append("clock")
    return done


def _wake(work: UnitOfWork, item: ReviewItem, today: date, now: datetime) -> None:
    """The answer did not come in time: back in the queue, with the same owner preferred; the paused time does not count."""
    saved = work.save_item(resumed(item, now))
    after = {"item": saved.id, "why": "no answer by the day agreed", "day": today.isoformat()}
    work.record(EventDraft(SYSTEM, Action.ITEM_REPLIED, "invoice", saved.invoice_id, after=after))


def _stage_of(row: Row, now: datetime) -> int:
    opened, due = _moment(row.get("opened_at")), _moment(row.get("due_at"))
    return stage(opened, due, now) if opened and due else 0


def _moment(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) and value else value or None


def stage(opened: datetime, due: datetime, now: datetime) -> int:
    """How many stages of E.5 have begun: 1 reminder, 2 warning, 3 breach, 4 and 5 higher levels."""
    whole = business_hours(opened, due, CALENDAR)
    used = business_hours(opened, now, CALENDAR) / whole if whole else Decimal(1 if now >= due else 0)
    return sum(used >= share for share, _ in STAGES)


def _tell(work: UnitOfWork, item: ReviewItem, now: datetime) -> bool:
    """One event per stage and item, and the escalation level that goes with it."""
    reached = stage(item.opened_at, item.due_at, now) if item.due_at else 0
    told = int(item.draft.get("stage", 0))
    if reached <= told:
        return False
    level = max(item.sla_level, reached - BREACH + 1 if reached >= BREACH else 0)
    saved = work.save_item(replace(item, draft={**item.draft, "stage": reached}, sla_level=level))
    action = Action.SLA_BREACHED if reached >= BREACH else Action.SLA_REMINDER
    after = {"item": saved.id, "stage": STAGES[reached - 1][1], "class": saved.sla_class, "level": level}
    work.record(EventDraft(SYSTEM, action, "invoice", saved.invoice_id, after=after))
    return True
