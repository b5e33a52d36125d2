"""Who is away or gone, and where an approval step goes then (spec E.6). A step never goes to somebody who may not take it.

Nothing is ever approved because time ran out: a step without an approver goes before FACILITY_CFO, with an alert.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from pipeline.app import App
from pipeline.domain.desk import StandIn
from pipeline.domain.errors import ApdeskError, InvalidInput
from pipeline.domain.events import SYSTEM, Action, Actor, EventDraft
from pipeline.domain.records import InvoiceRecord, ReviewItem, User
from pipeline.ports import UnitOfWork
from pipeline.review.case import guard
from pipeline.review.deadlines import business_days
from pipeline.review.decision import Decision, DecisionKind
from pipeline.review.situation import open_case
from rules.delegation import covers_role

GRACE_DAYS = 1  # business days that a step waits for somebody who is away and named no stand-in
LAST_RESORT = "FACILITY_CFO"
FREE: dict[str, Any] = {"claimed_by": None, "lock_token": None, "lock_expires_at": None}
FARTHEST = 6  # managers above one another; more is a circle


@dataclass(frozen=True)
class Staff:
    """Everybody, and who is away on a day. An absence is a delegation; without a delegate nobody stands in."""

    people: dict[str, User]
    absences: tuple[StandIn, ...]
    today: date

    def works(self, name: str | None) -> bool:
        user = self.people.get(name or "")
        return user is not None and user.active

    def absence(self, name: str) -> StandIn | None:
        """The absence of a person today that nobody covers."""
        mine = [a for a in self.absences if a.delegator == name and a.start <= self.today <= a.end]
        if not mine or any(self.works(a.delegate) for a in mine):
            return None
        return min(mine, key=lambda a: a.start)

    def here(self, name: str) -> bool:
        """At work, or covered by a stand-in who is."""
        return self.works(name) and self.absence(name) is None

    def holders(self, role: str) -> list[User]:
        return [user for user in self.people.values() if role in user.roles]

    def above(self, name: str) -> list[User]:
        """The managers of a person, nearest first."""
        found: list[User] = []
        user = self.people.get(name)
        while user is not None and user.manager and len(found) < FARTHEST:
            user = self.people.get(user.manager)
            if user is None or user in found:
                break
            found.append(user)
        return found


def staff(app: App, work: UnitOfWork) -> Staff:
    absences = tuple(a for a in work.desk.delegations() if a.ended_at is None)
    return Staff({user.id: user for user in app.accounts.users()}, absences, app.clock.today())


def may_take(app: App, work: UnitOfWork, record: InvoiceRecord, item: ReviewItem, user: User) -> bool:
    """Whether this person could decide the item's approval step now: role, authority and duties, as when she decides."""
    actor = Actor("user", user.id, user.roles, name=user.name)
    free = replace(item, **FREE, state="OPEN")
    case = open_case(app, work, record, Decision(DecisionKind.APPROVE, item.id), actor)
    try:
        guard(replace(case, item=free))
    except ApdeskError:
        return False
    return True


def check_assignee(app: App, work: UnitOfWork, record: InvoiceRecord, item: ReviewItem, name: str) -> None:
    """Raise InvalidInput when work would be given to somebody who may not do it."""
    user = app.accounts.user(name)
    if user is None or not user.active:
        raise InvalidInput(f"{name[:40]} is nobody who works here.")
    if item.kind == "approval" and not may_take(app, work, record, item, user):
        raise InvalidInput(f"{user.name} may not take this step.")
    if not staff(app, work).here(user.id):
        raise InvalidInput(f"{user.name} is away and has no stand-in.")


def settle_item(app: App, work: UnitOfWork, here: Staff, item: ReviewItem) -> str:
    """Bring one item to somebody who can do it; what was done, empty when nothing had to be. The caller commits."""
    gone = [name for name in (item.claimed_by, item.assignee) if name and not here.works(name)]
    if gone:
        item = _released(work, item, gone[0])
    if item.kind != "approval" or item.state == "PENDING_EXTERNAL" or item.owner_role == LAST_RESORT:
        return "released" if gone else ""
    record = work.get_invoice(item.invoice_id)
    moved = _rerouted(app, work, here, record, item, at_once=bool(gone))
    return moved or ("released" if gone else "")


def _released(work: UnitOfWork, item: ReviewItem, who: str) -> ReviewItem:
    """Somebody who no longer works here holds nothing (E.6: at once)."""
    state = "OPEN" if item.state == "CLAIMED" else item.state
    saved = work.save_item(replace(item, **FREE, assignee=None, state=state))
    _record(work, saved, Action.ITEM_RELEASED, {"holder": who, "why": "no longer works here"})
    return saved


def _rerouted(
    app: App, work: UnitOfWork, here: Staff, record: InvoiceRecord, item: ReviewItem, at_once: bool
) -> str:  # fmt: skip
    able = [user for user in here.holders(item.owner_role) if here.works(user.id)]
    wanted = [user for user in able if item.assignee in (None, user.id)]
    if any(here.here(user.id) and may_take(app, work, record, item, user) for user in wanted):
        return ""
    if not at_once and not _waited(here, item, wanted, app.clock.now()):
        return ""
    if item.assignee is not None:
        # The named person is away: first her manager, then whoever else holds the role.
        for manager in here.above(item.assignee):
            if _steps_in(app, work, here, record, item, manager):
                return _to_person(work, item, manager)
        return _to_role(work, item)
    for manager in _managers(here, able or here.holders(item.owner_role)):
        if _steps_in(app, work, here, record, item, manager):
            return _to_person(work, item, manager)
    return _to_last_resort(work, item)


def _waited(here: Staff, item: ReviewItem, wanted: Sequence[User], now: datetime) -> bool:
    """Whether the step has waited its business day: since it was asked, or since the absence began."""
    starts = [absence.start for user in wanted if (absence := here.absence(user.id))]
    since = max([item.opened_at.date(), *([min(starts)] if starts else [])])
    return now.date() >= business_days(since, GRACE_DAYS)


def _managers(here: Staff, people: Iterable[User]) -> list[User]:
    found: dict[str, User] = {}
    for user in people:
        for manager in here.above(user.id):
            found.setdefault(manager.id, manager)
    return list(found.values())


def _steps_in(
    app: App, work: UnitOfWork, here: Staff, record: InvoiceRecord, item: ReviewItem, manager: User
) -> bool:  # fmt: skip
    """Present, of the same or a higher role of the ladder, and allowed by every duty."""
    if not here.here(manager.id) or not covers_role(manager.roles, item.owner_role):
        return False
    return may_take(app, work, record, _for(item, manager.id), manager)


def _for(item: ReviewItem, person: str, role: str = "") -> ReviewItem:
    """The item as it stands when the step was handed up; the guard reads this mark."""
    return replace(item, draft={**item.draft, "handed_to": {"person": person, "role": role}})


def _to_person(work: UnitOfWork, item: ReviewItem, manager: User) -> str:
    moved = replace(_for(item, manager.id), **FREE, assignee=manager.id, state="OPEN", sla_level=item.sla_level + 1)
    saved = work.save_item(moved)
    _record(work, saved, Action.ITEM_REASSIGNED, {"assignee": manager.id, "why": "the approver is away"})
    return "to the manager"


def _to_role(work: UnitOfWork, item: ReviewItem) -> str:
    saved = work.save_item(replace(item, **FREE, assignee=None, state="OPEN"))
    _record(work, saved, Action.ITEM_REASSIGNED, {"queue": saved.queue, "why": "the approver is away"})
    return "to the role"


def _to_last_resort(work: UnitOfWork, item: ReviewItem) -> str:
    moved = replace(
        _for(item, "", LAST_RESORT), **FREE, assignee=None, state="OPEN", queue=f"APPROVALS:{LAST_RESORT}",
        owner_role=LAST_RESORT, sla_level=item.sla_level + 1,
    )  # fmt: skip
    saved = work.save_item(moved)
    after = {"queue": saved.queue, "level": saved.sla_level, "alert": "no approver was found"}
    _record(work, saved, Action.ITEM_ESCALATED, after)
    return "no approver"


def _record(work: UnitOfWork, item: ReviewItem, action: Action, after: dict[str, Any]) -> None:
    work.record(EventDraft(SYSTEM, action, "invoice", item.invoice_id, after={"item": item.id, **after}))
