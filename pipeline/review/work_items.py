"""What decisions do to the work items themselves: hold, escalate, reassign, note, resolve (spec F.3)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from pipeline.domain.errors import InvalidInput
from pipeline.domain.events import Action, EventDraft
from pipeline.domain.records import InvoiceRecord, ReviewItem
from pipeline.ports import UnitOfWork
from pipeline.review.case import DUPLICATES, Case
from pipeline.review.deadlines import LONGEST_PAUSE, business_days, effective_due
from pipeline.review.decision import DecisionKind
from pipeline.review.route import CATCH_ALL, Place, item_id

_FREE: dict[str, Any] = {"claimed_by": None, "lock_token": None, "lock_expires_at": None}


def act(work: UnitOfWork, case: Case) -> str:
    """Do what concerns only the work item; returns the words for the person."""
    return _ACTS[case.decision.kind](work, case)


def chosen(case: Case) -> ReviewItem:
    if case.item is None:
        raise InvalidInput("No open work item is chosen.")
    return case.item


def _save(work: UnitOfWork, case: Case, item: ReviewItem, action: Action, **after: Any) -> ReviewItem:
    saved = work.save_item(item)
    draft = EventDraft(
        case.actor, action, "invoice", case.record.id, case.record.version, after={"item": item.id, **after},
        reason_code=case.decision.resolution_code, comment=case.decision.reason,
    )  # fmt: skip
    work.record(draft)
    return saved


def _noted(item: ReviewItem, case: Case, text: str) -> ReviewItem:
    return replace(item, notes=(*item.notes, (case.now.isoformat(), case.actor.id, text)))


def _hold(work: UnitOfWork, case: Case) -> str:
    item, until = chosen(case), case.decision.until
    latest = business_days(case.now.date(), LONGEST_PAUSE)
    if until is None or not case.now.date() < until <= latest:
        raise InvalidInput(f"Wait until a day after today and no later than {latest.isoformat()}.")
    paused = replace(
        _noted(item, case, case.decision.reason), state="PENDING_EXTERNAL", paused_until=until,
        draft={**item.draft, "paused_at": case.now.isoformat()},
        paused_reason=case.decision.reason, assignee=case.actor.id, **_FREE,
    )  # fmt: skip
    _save(work, case, paused, Action.ITEM_ON_HOLD, until=until.isoformat(), asked=case.decision.queue or "supplier")
    return f"On hold until {until.isoformat()}; the clock of the item stands still."


def resumed(item: ReviewItem, now: datetime) -> ReviewItem:
    """The item back from its pause: the time it waited for others does not count (E.5)."""
    asked = item.draft.get("paused_at")
    slept = max(now - datetime.fromisoformat(asked), timedelta()) if asked else timedelta()
    draft = {name: value for name, value in item.draft.items() if name != "paused_at"}
    return replace(
        item, state="OPEN", paused_until=None, paused_reason="", draft=draft, opened_at=item.opened_at + slept,
        due_at=item.due_at + slept if item.due_at else None,
    )  # fmt: skip


def _reply(work: UnitOfWork, case: Case) -> str:
    item = chosen(case)
    opened = replace(resumed(item, case.now), **_FREE)
    if case.decision.reason:
        opened = _noted(opened, case, case.decision.reason)
    _save(work, case, opened, Action.ITEM_REPLIED)
    return "Back in the queue."


def _escalate(work: UnitOfWork, case: Case) -> str:
    item = _noted(chosen(case), case, case.decision.reason)
    higher = replace(item, state="OPEN", sla_level=item.sla_level + 1, assignee=None, **_FREE)
    _save(work, case, higher, Action.ITEM_ESCALATED, level=higher.sla_level)
    return f"Escalated to level {higher.sla_level}."


def _reassign(work: UnitOfWork, case: Case) -> str:
    item, decision = chosen(case), case.decision
    role = decision.evidence.get("owner_role") or item.owner_role
    if item.kind in ("approval", "bank_verification") and (role != item.owner_role or decision.queue):
        raise InvalidInput("Approvals and bank checks stay with their role; name another person of it.")
    moved = replace(
        item,
        state="OPEN",
        queue=decision.queue or item.queue,
        owner_role=str(role),
        assignee=decision.assignee,
        **_FREE,
    )
    _save(work, case, moved, Action.ITEM_REASSIGNED, queue=moved.queue, assignee=moved.assignee)
    return f"Given to {moved.assignee or moved.queue}."


def _note(work: UnitOfWork, case: Case) -> str:
    _save(work, case, _noted(chosen(case), case, case.decision.reason), Action.ITEM_NOTED)
    return "Noted."


def _callback(work: UnitOfWork, case: Case) -> str:
    """Person A records the call-back; person B approves after the cooling-off time (SOD-06)."""
    item = next((i for i in case.items if i.kind == "bank_verification"), None) or chosen(case)
    facts = {
        name: str(case.decision.evidence[name])[:200] for name in ("contact", "called_at", "reference", "number_source")
    }
    call = {**facts, "by": case.actor.id, "at": case.now.isoformat()}
    draft = {**item.draft, "callback": call}
    _save(work, case, replace(item, draft=draft, **_FREE, state="OPEN"), Action.BANK_CALLBACK, **facts)
    return "Call-back recorded. Another person of vendor master approves it after 24 hours."


def propose_not_duplicate(work: UnitOfWork, case: Case) -> str:
    """A clerk's verdict on an exact duplicate is a proposal to a supervisor (SOD-09)."""
    item = next((i for i in case.items if any(code in DUPLICATES for code, _ in i.codes)), None) or chosen(case)
    proposal = {"by": case.actor.id, "at": case.now.isoformat(), "reason": case.decision.reason}
    asked = replace(
        _noted(item, case, case.decision.reason), draft={**item.draft, "proposal": proposal},
        owner_role="AP_SUPERVISOR", queue="AP_DUPLICATES:SUPERVISOR",
        state="OPEN", sla_level=item.sla_level + 1, assignee=None, **_FREE,
    )  # fmt: skip
    _save(work, case, asked, Action.DUPLICATE_VERDICT, verdict="proposed_not_duplicate")
    return "Proposed to a supervisor."


def resolve(work: UnitOfWork, item: ReviewItem, case: Case, code: str) -> None:
    done = replace(
        item, state="RESOLVED", resolution_code=code, resolved_by=case.actor.id, resolved_at=case.now, paused_until=None,
        **_FREE,
    )  # fmt: skip
    _save(work, case, done, Action.EXCEPTION_RESOLVED, codes=[list(pair) for pair in item.codes], resolution=code)


def return_to_clerks(work: UnitOfWork, case: Case, record: InvoiceRecord) -> None:
    """The approver's item ends; a clerk's begins with the approver's words."""
    for item in case.items:
        if item.kind == "approval" and item.state in ("OPEN", "CLAIMED", "PENDING_EXTERNAL"):
            resolve(work, item, case, "REROUTED")
    place = Place("exception", CATCH_ALL, "AP_CLERK")
    new_id = item_id(record.id, place, f"returned{record.version}")
    work.add_item(
        ReviewItem(
            id=new_id,
            invoice_id=record.id,
            kind=place.kind,
            queue=place.queue,
            owner_role=place.owner,
            codes=(("APPROVAL_RETURNED", None),),
            lead=True,
            state="OPEN",
            opened_at=case.now,
            due_at=effective_due(case.now, "S2", record.invoice.due_date if record.invoice else None),
            restricted=record.phi,
            sla_class="S2",
            notes=((case.now.isoformat(), case.actor.id, case.decision.reason),),
        )
    )


_ACTS: dict[DecisionKind, Callable[[UnitOfWork, Case], str]] = {
    DecisionKind.HOLD: _hold,
    DecisionKind.REPLY: _reply,
    DecisionKind.UNDO: _reply,
    DecisionKind.ESCALATE: _escalate,
    DecisionKind.REASSIGN: _reassign,
    DecisionKind.NOTE: _note,
    DecisionKind.BANK_CALLBACK: _callback,
}
