"""Taking back one's own last decision before anything is posted (spec F.2 `U`, F.1; must-have: undo).

What a decision added is taken off again and the invoice is matched anew, so nothing is approved by an undo. Rejected and
duplicate are terminal (F.1): taking them back opens the invoice again as a new, linked one.
"""

from dataclasses import replace
from typing import Any
from uuid import uuid4

from pipeline.app import App
from pipeline.domain.errors import NotAllowed
from pipeline.domain.events import Action, EventDraft
from pipeline.domain.records import InvoiceRecord, Step
from pipeline.ports import UnitOfWork
from pipeline.review.case import ENDED, Case

KEPT = 20  # how many decisions of one invoice can be taken back, newest first


def with_step(changed: InvoiceRecord, case: Case) -> InvoiceRecord:
    """The changed record, remembering how it was before this decision."""
    old = case.record
    step = Step(
        str(case.decision.kind), case.actor.id, case.now, len(old.corrections), len(old.acceptances), len(old.approvals),
        old.po_link, dict(old.line_links), old.coding,
    )  # fmt: skip
    return replace(changed, steps=(*changed.steps, step)[-KEPT:])


def undone(case: Case) -> tuple[InvoiceRecord, dict[str, Any]]:
    """The record as it was before the person's last decision, and what changes by that. Approvals are voided, not lost."""
    record, step = case.record, case.record.steps[-1]
    approvals = (
        *record.approvals[: step.approvals],
        *(replace(a, voided=True) if a.approver == step.by else a for a in record.approvals[step.approvals :]),
    )
    before = replace(
        record, corrections=record.corrections[: step.corrections], acceptances=record.acceptances[: step.acceptances],
        approvals=approvals, po_link=step.po_link, line_links=dict(step.line_links), coding=step.coding,
        steps=record.steps[:-1],
    )  # fmt: skip
    return before, _diff(record, before, step)


def _diff(record: InvoiceRecord, before: InvoiceRecord, step: Step) -> dict[str, Any]:
    last = {c.field: c.value for c in before.corrections}
    diff: dict[str, Any] = {
        c.field: [c.value, last.get(c.field, c.machine_value)] for c in record.corrections[step.corrections :]
    }
    for acceptance in record.acceptances[step.acceptances :]:
        diff[acceptance.code + (f" line {acceptance.line}" if acceptance.line else "")] = [acceptance.kind, "hold"]
    if record.po_link != before.po_link:
        diff["po_link"] = [record.po_link, before.po_link]
    if record.line_links != before.line_links:
        diff["line_links"] = [sorted(record.line_links), sorted(before.line_links)]
    if record.coding != before.coding:
        diff["coding"] = [len(record.coding), len(before.coding)]
    return diff


def reopen(app: App, work: UnitOfWork, case: Case) -> InvoiceRecord:
    """A new record of the same document in place of a rejected or duplicate one, matched; the two name each other.

    Corrections stay, because they say what the page says. Acceptances and approvals do not: everyone looks anew.
    """
    old = case.record
    if old.split_into:
        raise NotAllowed("Its document was divided otherwise: divide it again.", "F.1")
    if old.state not in ENDED or old.reopened_as is not None:
        raise NotAllowed(f"It was opened again as {old.reopened_as}." if old.reopened_as else "It is open.", "F.1")
    fresh = replace(
        old, id=str(uuid4()), state="EXTRACTED", version=0, match=None, acceptances=(), approvals=(), content_hash="",
        reason=old.reading.reason if old.reading else None, run_no=0, attempts=0, steps=(), reopened_from=old.id,
    )  # fmt: skip
    work.add_invoice(fresh)
    work.put_pages(fresh.id, app.queries.pages(old.id))
    saved = work.save_invoice(replace(old, reopened_as=fresh.id, human_touches=old.human_touches + 1))
    for record, name, other in ((saved, "reopened_as", fresh.id), (fresh, "reopened_from", old.id)):
        after, words = {name: other, "decision": str(case.decision.kind)}, case.decision.reason
        work.record(
            EventDraft(case.actor, Action.REOPENED, "invoice", record.id, record.version, after=after, comment=words)
        )
    return app.rematch(work, work.get_invoice(fresh.id), "manual")


def held_by(case: Case) -> bool:
    """Whether this person put the chosen item on hold: then that is what is taken back."""
    item = case.item
    return item is not None and item.state == "PENDING_EXTERNAL" and item.assignee == case.actor.id
