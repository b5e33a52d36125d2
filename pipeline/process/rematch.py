"""Rematch: resolve, match, settle and route one invoice again, inside the caller's transaction (spec P6, C.7, F.1).

The same recipe runs at intake, on a receipt or order event, after a person's decision and right before posting. It never
goes straight to approved: the engine decides anew each time, and only findings that a person with authority settled are
taken off.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from pipeline.domain.document import ReadStatus
from pipeline.domain.events import SYSTEM, Action, Actor, EventDraft
from pipeline.domain.invoice import ONE, Invoice
from pipeline.domain.matching import Facts, Finding, MatchResult
from pipeline.domain.records import InvoiceRecord, ReviewItem
from pipeline.match.resolve import Party, resolve_invoice
from pipeline.match.three_way import match_invoice
from pipeline.ports import UnitOfWork
from pipeline.process.hashing import content_hash, inputs_hash
from pipeline.process.settle import approvals_complete, settlements
from pipeline.review.corrections import corrected
from pipeline.review.route import reconcile_items, route
from rules.policy import Policy

STATE_OF = {
    "NOT_INVOICE": "NOT_INVOICE",
    "HOLD": "IN_REVIEW",
    "WAIT_RECEIPT": "WAIT_RECEIPT",
    "NEEDS_APPROVAL": "AWAITING_APPROVAL",
    "AUTO_APPROVED": "AUTO_APPROVED",
}
FINAL = ("REJECTED", "DUPLICATE", "VOID", "PAID", "POSTED", "POSTING", "POST_UNKNOWN")


@dataclass(frozen=True)
class Run:
    """What a run depends on beside the facts: policy, business date, instant, who, and why now (A.9 `trigger`).

    `works_here` says whether a name is an active person of the desk: work is never given to somebody who cannot come.
    """

    policy: Policy
    as_of: date
    now: datetime
    trigger: str = "intake"
    actor: Actor = SYSTEM
    works_here: Callable[[str], bool] = lambda _: False


def rematch(work: UnitOfWork, record: InvoiceRecord, run: Run) -> InvoiceRecord:
    """The record after a fresh run, saved. A run that changes nothing saves nothing, unless a person asked for it."""
    if record.state in FINAL or record.reading is None:
        return record
    invoice, party = facts_of(work, record)
    match, inputs = _decide(work, record, invoice, run)
    digest = content_hash(invoice, record, match)
    state = _state(record, match, digest)
    fresh = replace(
        record,
        invoice=invoice,
        match=match,
        state=state,
        content_hash=digest,
        run_no=record.run_no + 1,
        inspection_since=_inspection_since(record, match, run.as_of),
    )
    if run.trigger in ("sweep", "receipt_event", "po_change", "pre_post") and _same(record, fresh):
        return record
    saved = work.save_invoice(fresh)
    _record(work, record, saved, party, inputs, run)
    _route(work, saved, run)
    if state in ("AUTO_APPROVED", "APPROVED"):
        work.enqueue("post", f"post:{saved.id}:{digest[:16]}", {"invoice_id": saved.id})
    return saved


def facts_of(work: UnitOfWork, record: InvoiceRecord) -> tuple[Invoice, Party]:
    """The invoice's facts now: what was read, with corrections and links, resolved against the masters of today."""
    assert record.reading is not None
    reading = corrected(record.reading, record.corrections)
    document = work.get_document(record.document_id)
    # A sender in doubt is no evidence of who the supplier is.
    sender = "" if document.doubts else document.sender
    invoice, party = resolve_invoice(reading, work.masters, channel=record.channel, sender=sender)
    invoice = replace(invoice, id=record.id, received_on=record.received_on, coding=record.coding, phi=record.phi)
    invoice = replace(invoice, doubts=document.doubts)
    if record.po_link:
        linked = {**invoice.field_confidence, "po_number": ONE}
        invoice = replace(invoice, po_number=record.po_link, field_confidence=linked)
    if record.line_links:
        lines = tuple(
            replace(line, po_number=record.line_links[line.no][0], po_line=record.line_links[line.no][1])
            if line.no in record.line_links
            else line
            for line in invoice.lines
        )
        invoice = replace(invoice, lines=lines)
    return invoice, party


def _decide(work: UnitOfWork, record: InvoiceRecord, invoice: Invoice, run: Run) -> tuple[MatchResult, str]:
    assert record.reading is not None
    if record.reading.status is not ReadStatus.OK:
        return _unread(record, run.policy), ""
    named = {n for n in (invoice.po_number, *(line.po_number for line in invoice.lines)) if n}
    work.lock_order_lines(sorted(named))
    facts = with_policy_rates(gather(work, record, invoice, run.as_of), run.policy)
    match = match_invoice(facts, run.policy)
    if match.po_numbers and not set(match.po_numbers) <= named:
        work.lock_order_lines(match.po_numbers)
    return match, inputs_hash(facts, run.policy)


def gather(work: UnitOfWork, record: InvoiceRecord, invoice: Invoice, as_of: date) -> Facts:
    """The one recipe for the facts of a decision: what is stored, and what this record went through before."""
    return replace(
        work.facts_for(invoice, as_of),
        settled=settlements(record),
        inspection_since=record.inspection_since,
        last_revisions=dict(record.match.po_revisions) if record.match else {},
    )


def with_policy_rates(facts: Facts, policy: Policy) -> Facts:
    """Where the ledger has no rate of the day the policy's own stands in; it is part of the policy's hash."""
    return replace(facts, rates={**policy.fx_to_usd, **facts.rates})


def _unread(record: InvoiceRecord, policy: Policy) -> MatchResult:
    """A file that could not be read is one item with its plain reason; no check is pretended."""
    assert record.reading is not None
    closed = record.reading.status in (ReadStatus.QUARANTINED, ReadStatus.PASSWORD)
    owner = "AP_SUPERVISOR" if closed else "AP_CLERK"
    pairs = record.reading.findings or (("DOC_UNREADABLE", record.reading.reason or "This file could not be read."),)
    findings = tuple(Finding(code, "hold", message=message, owner=owner) for code, message in pairs)
    first = findings[0]
    return MatchResult("HOLD", findings, primary_code=first.code, primary_owner=owner, policy_hash=policy.hash)


def _state(record: InvoiceRecord, match: MatchResult, digest: str) -> str:
    if match.status == "NEEDS_APPROVAL" and approvals_complete(record, match, digest):
        return "APPROVED"
    return STATE_OF[match.status]


def _inspection_since(record: InvoiceRecord, match: MatchResult, as_of: date) -> date | None:
    """When the wait for the inspection began; a wait that ended and comes back begins anew."""
    if not any(finding.code == "INSPECTION_PENDING" for finding in match.findings):
        return None
    return record.inspection_since or as_of


def _same(before: InvoiceRecord, after: InvoiceRecord) -> bool:
    return (before.state, before.match, before.content_hash) == (after.state, after.match, after.content_hash)


def _record(work: UnitOfWork, before: InvoiceRecord, after: InvoiceRecord, party: Party, inputs: str, run: Run) -> None:
    match = after.match
    assert match is not None
    common: dict[str, Any] = {"policy_version": match.policy_hash, "engine_version": match.engine_version}
    checks = [
        {
            "code": f.code,
            "line": f.line,
            "outcome": f.outcome,
            "expected": f.expected,
            "actual": f.actual,
            "limit": f.limit,
            "limit_source": f.limit_source,
            "message": f.message,
        }
        for f in match.findings
    ]
    body = {
        "run_no": after.run_no,
        "trigger": run.trigger,
        "as_of": run.as_of.isoformat(),
        "inputs": inputs,
        "status": match.status,
        "state": after.state,
        "payable_now": format(match.payable_now, "f"),
        "disputed_amount": format(match.disputed_amount, "f"),
        "supplier_id": party.supplier.id if party.supplier else None,
        "supplier_evidence": list(party.evidence),
        "checks": checks,
    }
    draft = EventDraft(run.actor, Action.MATCH_RUN, "invoice", after.id, after.version, after=body, **common)
    work.record(draft)
    if before.state != after.state:
        diff = {"state": [before.state, after.state]}
        work.record(EventDraft(SYSTEM, Action.STATE_CHANGED, "invoice", after.id, after.version, diff=diff, **common))
    _record_exceptions(work, before, after)


def _record_exceptions(work: UnitOfWork, before: InvoiceRecord, after: InvoiceRecord) -> None:
    was = {(f.code, f.line) for f in before.match.holds} if before.match else set()
    now = {(f.code, f.line): f for f in after.match.holds} if after.match else {}
    for key, finding in now.items():
        if key not in was:
            body = {"code": key[0], "line": key[1], "severity": finding.outcome, "message": finding.message}
            work.record(EventDraft(SYSTEM, Action.EXCEPTION_OPENED, "invoice", after.id, after.version, after=body))
    for key in sorted(was - set(now), key=str):
        body = {"code": key[0], "line": key[1]}
        work.record(EventDraft(SYSTEM, Action.EXCEPTION_AUTO_CLEARED, "invoice", after.id, after.version, after=body))


def _route(work: UnitOfWork, record: InvoiceRecord, run: Run) -> None:
    assert record.match is not None
    orders = tuple(o for n in record.match.po_numbers if (o := work.masters.find_order(n)) is not None)
    wanted = tuple(_reachable(item, run) for item in route(record, record.match, run.policy, run.now, orders))
    for item, is_new in reconcile_items(work.items_of(record.id), wanted, run.now):
        if is_new:
            work.add_item(item)
        else:
            work.save_item(item)


def _reachable(item: ReviewItem, run: Run) -> ReviewItem:
    """Without its assignee when nobody of that name works here: the queue takes it."""
    gone = item.assignee is not None and not run.works_here(item.assignee)
    return replace(item, assignee=None) if gone else item
