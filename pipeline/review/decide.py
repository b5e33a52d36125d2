"""The one place for what a person decides (spec F.3, E.4, E.7): guard, apply, match again, one commit."""

from dataclasses import replace
from typing import Any

from pipeline.app import App
from pipeline.domain.errors import NotAllowed, StaleVersion
from pipeline.domain.events import Action, Actor, EventDraft
from pipeline.domain.reading import HEADER_FIELDS
from pipeline.domain.records import InvoiceRecord, ReviewItem
from pipeline.ports import UnitOfWork
from pipeline.review import apply, undo, work_items
from pipeline.review.absence import check_assignee
from pipeline.review.case import ENDED, Case, guard, proposes
from pipeline.review.decision import RESOLVES_AS, Decision, DecisionKind, Outcome, check_evidence
from pipeline.review.delegate import acting
from pipeline.review.route import ACTIVE, next_step, reconcile_items, route
from pipeline.review.situation import open_case

POST_TOPIC = "post"
NOTICE_TOPIC = "notice"
_ITEM_ONLY = frozenset(
    {DecisionKind.HOLD, DecisionKind.REPLY, DecisionKind.ESCALATE, DecisionKind.REASSIGN, DecisionKind.NOTE,
     DecisionKind.BANK_CALLBACK}
)  # fmt: skip
_ENDS_AS = {
    DecisionKind.REJECT: "REJECTED",
    DecisionKind.WITHDRAW: "REJECTED",
    DecisionKind.DUPLICATE: "DUPLICATE",
}


def decide(app: App, invoice_id: str, decision: Decision, *, actor: Actor, seen_version: int) -> Outcome:
    """Take one decision in one transaction.

    Raises NotAllowed (and records `sod.denied`), StaleVersion when the invoice moved since `seen_version`, InvalidInput
    when evidence is missing. Nothing is half done: either everything is committed or nothing.
    """
    check_evidence(decision)
    try:
        with app.unit_of_work() as work:
            outcome = _decide(app, work, invoice_id, decision, actor, seen_version)
            work.commit()
            return outcome
    except NotAllowed as refusal:
        record_refusal(app, invoice_id, decision.kind, actor, refusal)
        raise


def record_refusal(
    app: App, object_id: str, kind: str, actor: Actor, refusal: NotAllowed, object_type: str = "invoice"
) -> None:
    """A refusal is an event of its own: the decision's transaction was rolled back."""
    action = Action.SOD_DENIED if refusal.rule.startswith(("SOD", "E.", "C.1")) else Action.AUTHZ_DENIED
    with app.unit_of_work() as work:
        after = {"decision": str(kind), "rule": refusal.rule}
        work.record(EventDraft(actor, action, object_type, object_id, after=after, comment=refusal.message))
        work.commit()


def _decide(
    app: App, work: UnitOfWork, invoice_id: str, decision: Decision, actor: Actor, seen_version: int
) -> Outcome:
    record = work.get_invoice(invoice_id)
    if record.version != seen_version:
        raise StaleVersion("Somebody changed this invoice meanwhile.", record.version)
    case = open_case(app, work, record, decision, acting(app, work, record, decision, actor))
    guard(case)
    if decision.kind is DecisionKind.REASSIGN and decision.assignee and case.item is not None:
        check_assignee(app, work, record, case.item, decision.assignee)
    if decision.kind in _ITEM_ONLY or (decision.kind is DecisionKind.UNDO and undo.held_by(case)):
        message = work_items.act(work, case)
        return _outcome(work, work.get_invoice(invoice_id), message)
    if decision.kind is DecisionKind.NOT_DUPLICATE and proposes(case):
        message = work_items.propose_not_duplicate(work, case)
        return _outcome(work, record, message)
    if decision.kind in (DecisionKind.APPROVE, DecisionKind.RETURN):
        return _approval(app, work, case)
    if decision.kind in (DecisionKind.UNDO, DecisionKind.REOPEN) and record.state in ENDED:
        return _outcome(work, undo.reopen(app, work, case), "Opened again as a new invoice, tied to the old one.")
    if decision.kind in _ENDS_AS:
        # What is no invoice stays what it is: only the work on it ends (F.1 has no way from there to REJECTED).
        return _end(work, case, "NOT_INVOICE" if record.state == "NOT_INVOICE" else _ENDS_AS[decision.kind])
    return _change(app, work, case)


def _change(app: App, work: UnitOfWork, case: Case) -> Outcome:
    """Corrections, links, coding and acceptances: apply, match again, say what is left."""
    changed, diff = apply.CHANGES[case.decision.kind](case)
    touched = replace(changed, human_touches=changed.human_touches + 1)
    if case.decision.kind is not DecisionKind.UNDO:
        touched = undo.with_step(touched, case)
    before = {i.id: i for i in case.items if i.state in ACTIVE}
    saved = work.save_invoice(touched)
    _record(work, case, saved, _ACTIONS.get(case.decision.kind, Action.FIELD_CORRECTED), diff)
    saved = app.rematch(work, saved, "manual")
    _resolve_cleared(work, case, before)
    return _outcome(work, saved, _words(saved))


_ACTIONS = {
    DecisionKind.ACCEPT: Action.EXCEPTION_RESOLVED,
    DecisionKind.COMPLIANCE_CLEAR: Action.EXCEPTION_RESOLVED,
    DecisionKind.NOT_DUPLICATE: Action.DUPLICATE_VERDICT,
    DecisionKind.BANK_APPROVE: Action.BANK_APPROVED,
    DecisionKind.REOPEN: Action.STATE_CHANGED,
    DecisionKind.UNDO: Action.DECISION_UNDONE,
}


def _record(
    work: UnitOfWork, case: Case, saved: InvoiceRecord, action: Action, diff: dict[str, Any], **after: Any
) -> None:
    decision = case.decision
    code = decision.resolution_code or RESOLVES_AS.get(decision.kind, "")
    details = {"decision": str(decision.kind), **after}
    if saved.phi:
        diff = {name: pair if _safe(name) else ["•", "•"] for name, pair in diff.items()}
    if decision.findings:
        details["findings"] = [list(pair) for pair in decision.findings]
    if decision.root_cause:
        details["root_cause"] = decision.root_cause
    work.record(
        EventDraft(case.actor, action, "invoice", saved.id, saved.version, after=details, diff=diff, reason_code=code,
                   comment=decision.reason)
    )  # fmt: skip


def _safe(name: str) -> bool:
    """Whether a field of a document with patient data may stand in the log with its values (H.1, H.6)."""
    return name in HEADER_FIELDS or name in ("state", "kind", "po_link") or not name.islower()


def _resolve_cleared(work: UnitOfWork, case: Case, before: dict[str, ReviewItem]) -> None:
    """What vanished through this very decision was resolved by a person, not cleared by itself."""
    code = case.decision.resolution_code or RESOLVES_AS.get(case.decision.kind, "CORRECTED_DATA")
    if case.decision.kind is DecisionKind.COMPLETE and not case.decision.fields:
        code = "CONFIRMED_AS_READ"
    for item in work.items_of(case.record.id):
        if (item.id in before and item.state == "AUTO_CLEARED") or (
            item.id in before and item.id == case.decision.item_id and item.kind == "qa_sample"
        ):
            work_items.resolve(work, item, case, code)


def _approval(app: App, work: UnitOfWork, case: Case) -> Outcome:
    """Match once more before an approval counts (P6): what changed since must be seen again by everyone."""
    if case.decision.kind is DecisionKind.RETURN:
        return _return_step(work, case)
    saved = app.rematch(work, case.record, "manual")
    match, step = saved.match, next_step(saved, saved.match) if saved.match else None
    if saved.state != "AWAITING_APPROVAL" or match is None or step is None or _moved(case.record, saved):
        return _outcome(work, saved, "The match changed: the approval was not given.")
    approved = replace(
        saved, approvals=(*saved.approvals, apply.approval(case, saved, step, match.approval_chain[step], "approve")),
        human_touches=saved.human_touches + 1,
    )  # fmt: skip
    approved = undo.with_step(approved, case)
    last = next_step(approved, match) is None
    if last:
        approved = replace(approved, state="APPROVED")
    approved = work.save_invoice(approved)
    _record(work, case, approved, Action.APPROVAL_GIVEN, {}, step=step, role=match.approval_chain[step])
    before = {i.id: i for i in work.items_of(saved.id) if i.state in ACTIVE}
    _reroute(app, work, approved)
    _resolve_cleared(work, case, before)
    if last:
        _record(work, case, approved, Action.STATE_CHANGED, {"state": ["AWAITING_APPROVAL", "APPROVED"]})
        work.enqueue(POST_TOPIC, f"post:{approved.id}:{approved.content_hash[:16]}", {"invoice_id": approved.id})
    return _outcome(work, approved, "Approved." if last else "Approved; the next step is asked.")


def _moved(old: InvoiceRecord, new: InvoiceRecord) -> bool:
    return bool(old.content_hash) and old.content_hash != new.content_hash


def _return_step(work: UnitOfWork, case: Case) -> Outcome:
    """A returned step voids the chain and leaves the invoice with the clerks, with the approver's reason."""
    record = case.record
    match = record.match
    step = next_step(record, match) or 0 if match else 0
    role = match.approval_chain[step] if match else ""
    voided = tuple(replace(a, voided=True) for a in record.approvals)
    back = replace(
        record, state="IN_REVIEW", approvals=(*voided, apply.approval(case, record, step, role, "return")),
        reason=f"Returned by {case.actor.name or case.actor.id}: {case.decision.reason}",
        human_touches=record.human_touches + 1, steps=(),
    )  # fmt: skip
    saved = work.save_invoice(back)
    _record(work, case, saved, Action.APPROVAL_REJECTED, {"state": [record.state, "IN_REVIEW"]}, step=step)
    work_items.return_to_clerks(work, case, saved)
    return _outcome(work, saved, "Returned to the clerks.")


def _reroute(app: App, work: UnitOfWork, record: InvoiceRecord) -> None:
    now = app.clock.now()
    for item, is_new in reconcile_items(work.items_of(record.id), route(record, record.match, app.policy, now), now):
        if is_new:
            work.add_item(item)
        else:
            work.save_item(item)


def _end(work: UnitOfWork, case: Case, state: str) -> Outcome:
    """Rejected, withdrawn or a confirmed duplicate: terminal, all work on it ends, the supplier is told (not of duplicates)."""
    record = replace(case.record, state=state, reason=case.decision.reason, human_touches=case.record.human_touches + 1)
    saved = work.save_invoice(undo.with_step(record, case))
    action = Action.DUPLICATE_VERDICT if state == "DUPLICATE" else Action.STATE_CHANGED
    _record(work, case, saved, action, {"state": [case.record.state, state]})
    code = case.decision.resolution_code or RESOLVES_AS[case.decision.kind]
    for item in case.items:
        if item.state in ACTIVE:
            work_items.resolve(work, item, case, code)
    if state == "REJECTED" and case.decision.kind is DecisionKind.REJECT:
        work.enqueue(NOTICE_TOPIC, f"notice:{saved.id}:{saved.version}", _notice(saved, case.decision))
    return _outcome(work, saved, _ENDED[state])


_ENDED = {"REJECTED": "Rejected.", "DUPLICATE": "Kept as a duplicate.", "NOT_INVOICE": "Closed: it is no invoice."}


def _notice(record: InvoiceRecord, decision: Decision) -> dict[str, Any]:
    """What the supplier's mail may say: never bank or patient data."""
    invoice = record.invoice
    return {
        "template": "invoice_rejected", "invoice_id": record.id, "reason": decision.reason,
        "supplier_id": invoice.supplier_id if invoice else None,
        "invoice_number": invoice.invoice_number if invoice else None,
    }  # fmt: skip


_LEFT = {
    "AUTO_APPROVED": "Clean: approved by policy.",
    "APPROVED": "Approved.",
    "AWAITING_APPROVAL": "Clean: waiting for approval.",
    "WAIT_RECEIPT": "Waiting for a receipt; it is matched again by itself.",
}


def _words(record: InvoiceRecord) -> str:
    if record.state in _LEFT:
        return _LEFT[record.state]
    holds = record.match.holds if record.match else ()
    if not holds:
        return "Saved."
    return f"Saved. Still held: {holds[0].message or holds[0].code}" + (
        f" (+{len(holds) - 1} more)" if holds[1:] else ""
    )


def _outcome(work: UnitOfWork, record: InvoiceRecord, message: str) -> Outcome:
    return Outcome(record, tuple(work.items_of(record.id)), message)
