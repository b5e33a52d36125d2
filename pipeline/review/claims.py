"""Who works on what: claim, heartbeat, release, take-over, draft (spec F.3). Every change of hands is an event."""

import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from pipeline.app import App
from pipeline.domain.errors import NotAllowed
from pipeline.domain.events import Action, Actor, EventDraft
from pipeline.domain.records import ReviewItem
from pipeline.ports import UnitOfWork
from pipeline.review.permissions import LEADS, allowed

LEASE = timedelta(minutes=15)
DRAFT_BYTES = 100_000


def claim_next(app: App, actor: Actor, queue: str | None = None) -> ReviewItem | None:
    """Get-next: the most urgent open item of the person's queues, claimed at once. None when there is nothing."""
    open_queues = app.queries.queue_counts(actor.roles)
    names = [name for name in sorted(open_queues) if (name == queue if queue else _own_queue(name, actor))]
    if not names:
        return None
    with app.unit_of_work() as work:
        item = work.claim_next(names, actor.id, app.clock.now() + LEASE)
        if item is None:
            return None
        _record(work, actor, Action.ITEM_CLAIMED, item, get_next=True)
        work.commit()
        return item


def _own_queue(name: str, actor: Actor) -> bool:
    """A lead sees every queue, but get-next serves accounts payable's own ones and the lead's approvals."""
    if LEADS.isdisjoint(actor.roles):
        return True
    return name.startswith("AP_") or name.partition(":")[2] in actor.roles or name.partition(":")[0] in actor.roles


def claim(app: App, item_id: str, actor: Actor, *, take_over: bool = False) -> ReviewItem:
    """Claim one item. A claim of somebody else that has not run out is refused, or broken by a supervisor and logged."""
    with app.unit_of_work() as work:
        item, now = work.get_item(item_id), app.clock.now()
        _may_work(item, actor)
        if item.state not in ("OPEN", "CLAIMED"):
            raise NotAllowed(f"The item is {item.state}.", "F.3")
        if held_by_other(item, actor.id, now):
            _break(work, item, actor, take_over)
        if item.claimed_by == actor.id and item.state == "CLAIMED":
            saved = work.save_item(replace(item, lock_expires_at=now + LEASE))
        else:
            saved = work.save_item(
                replace(
                    item,
                    state="CLAIMED",
                    claimed_by=actor.id,
                    lock_token=secrets.token_hex(16),
                    lock_expires_at=now + LEASE,
                )
            )
            _record(work, actor, Action.ITEM_CLAIMED, saved)
        work.commit()
        return saved


def held_by_other(item: ReviewItem, user: str, now: datetime) -> bool:
    live = item.lock_expires_at is None or item.lock_expires_at > now
    return item.state == "CLAIMED" and item.claimed_by not in (None, user) and live


def _break(work: UnitOfWork, item: ReviewItem, actor: Actor, take_over: bool) -> None:
    if not take_over or LEADS.isdisjoint(actor.roles):
        raise NotAllowed(f"{item.claimed_by} is working on this item.", "F.3")
    _record(work, actor, Action.ITEM_LOCK_BROKEN, item, holder=item.claimed_by)


def _may_work(item: ReviewItem, actor: Actor) -> None:
    if not allowed(actor.roles, "item.work"):
        raise NotAllowed("Your roles may look but not work on items.", "SOD-08")
    if item.owner_role not in actor.roles and LEADS.isdisjoint(actor.roles):
        raise NotAllowed(f"This work belongs to {item.owner_role}.", "F.3")
    if item.restricted and item.owner_role not in actor.roles and item.kind == "bank_verification":
        raise NotAllowed("Bank checks are done by vendor master only.", "SOD-06")


def heartbeat(app: App, item_id: str, actor: Actor) -> bool:
    """Keep the claim for another lease; False when it is no longer this person's."""
    with app.unit_of_work() as work:
        item, now = work.get_item(item_id), app.clock.now()
        if item.state != "CLAIMED" or item.claimed_by != actor.id:
            return False
        work.save_item(replace(item, lock_expires_at=now + LEASE))
        work.commit()
        return True


def release(app: App, item_id: str, actor: Actor) -> None:
    """Give the item back; its draft stays."""
    with app.unit_of_work() as work:
        item = work.get_item(item_id)
        if item.state != "CLAIMED" or item.claimed_by != actor.id:
            return
        saved = work.save_item(replace(item, state="OPEN", claimed_by=None, lock_token=None, lock_expires_at=None))
        _record(work, actor, Action.ITEM_RELEASED, saved)
        work.commit()


def free(app: App, item_id: str, actor: Actor) -> None:
    """A lead breaks a claim without taking the item; it is open again, with its draft. Logged with the holder's name."""
    with app.unit_of_work() as work:
        item = work.get_item(item_id)
        if LEADS.isdisjoint(actor.roles):
            raise NotAllowed("Claims are broken by a supervisor.", "F.3")
        if item.state != "CLAIMED":
            return
        saved = work.save_item(replace(item, state="OPEN", claimed_by=None, lock_token=None, lock_expires_at=None))
        _record(work, actor, Action.ITEM_LOCK_BROKEN, saved, holder=item.claimed_by)
        work.commit()


def save_draft(app: App, item_id: str, actor: Actor, fields: dict[str, Any], confirmed: list[str]) -> None:
    """Keep what was typed but not decided, so that a lost session loses nothing. No event: a draft changes no fact."""
    with app.unit_of_work() as work:
        item = work.get_item(item_id)
        if held_by_other(item, actor.id, app.clock.now()):
            raise NotAllowed(f"{item.claimed_by} is working on this item.", "F.3")
        _may_work(item, actor)
        typed = {"fields": fields, "confirmed": confirmed, "by": actor.id, "at": app.clock.now().isoformat()}
        if len(repr(typed)) > DRAFT_BYTES:
            raise NotAllowed("The draft is too large.", "F.3")
        work.save_item(replace(item, draft={**item.draft, "typed": typed}))
        work.commit()


def _record(work: UnitOfWork, actor: Actor, action: Action, item: ReviewItem, **after: Any) -> None:
    work.record(
        EventDraft(actor, action, "invoice", item.invoice_id, after={"item": item.id, "queue": item.queue, **after})
    )
