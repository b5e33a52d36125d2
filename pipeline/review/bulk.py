"""The same small action on many items (spec F.6): previewed, then done one by one, each with its own guard and event.

Never in bulk: bank checks, duplicates, accepted variances, approvals, patient documents.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from pipeline.app import App
from pipeline.domain.errors import ApdeskError, InvalidInput, NotAllowed
from pipeline.domain.events import Actor
from pipeline.domain.records import InvoiceRecord, ReviewItem
from pipeline.ports import UnitOfWork
from pipeline.review.case import guard
from pipeline.review.decide import decide
from pipeline.review.decision import Decision, DecisionKind, check_evidence
from pipeline.review.fields import SECRET, header_fields, line_fields
from pipeline.review.permissions import allowed
from pipeline.review.route import ACTIVE
from pipeline.review.situation import open_case

MOST = 50
# Only doubts about reading are confirmed in bulk; a hold of any other kind needs its own look.
CONFIRMED = frozenset({"DOC_LOW_CONFIDENCE"})
# Receiving is asked where the receipt is what is missing or doubted (C.7).
RECEIPTS = ("RCPT_", "QTY_OVER_RECEIVED", "INSPECTION_PENDING")
DAYS_FOR_RECEIVING = 7


class BulkAction(StrEnum):
    ASSIGN = "assign"
    NOTE = "note"
    REJECT_STATEMENTS = "reject_statements"
    CONFIRM = "confirm"
    CORRECT = "correct"
    REQUEST_RECEIPT = "request_receipt"


@dataclass(frozen=True, slots=True)
class Row:
    """One item of a bulk action: what would happen, or why not. `version` is the invoice's as previewed."""

    item_id: str
    invoice_id: str
    version: int
    label: str
    allowed: bool
    words: str


def preview(app: App, actor: Actor, action: BulkAction, item_ids: Sequence[str], value: str) -> list[Row]:
    """What each item would see, without doing anything. Raises InvalidInput for too many or none."""
    _check(app, actor, action, item_ids, value)
    with app.unit_of_work() as work:
        found = [
            (item := work.get_item(item_id), work.get_invoice(item.invoice_id)) for item_id in dict.fromkeys(item_ids)
        ]
        layout = layout_of(found[0][1])
        return [_previewed(app, work, actor, action, item, record, value, layout) for item, record in found]


def execute(app: App, actor: Actor, action: BulkAction, chosen: Sequence[tuple[str, int]], value: str) -> list[Row]:
    """Do it on the items as previewed; a failure stands in its row and the others go on."""
    rows = preview(app, actor, action, [item_id for item_id, _ in chosen], value)
    seen = dict(chosen)
    return [_done(app, actor, action, replace(row, version=seen[row.item_id]), value) for row in rows]


def _check(app: App, actor: Actor, action: BulkAction, item_ids: Sequence[str], value: str) -> None:
    if not allowed(actor.roles, "bulk.act"):
        raise NotAllowed("Bulk actions belong to accounts payable.", "F.6")
    if not 1 <= len(set(item_ids)) <= MOST:
        raise InvalidInput(f"Choose 1 to {MOST} items.")
    if action is BulkAction.ASSIGN:
        user = app.accounts.user(value)
        if user is None or not user.active:
            raise InvalidInput("Choose a person who works here.")


def _previewed(
    app: App, work: UnitOfWork, actor: Actor, action: BulkAction, item: ReviewItem, record: InvoiceRecord, value: str,
    layout: tuple[object, ...],
) -> Row:  # fmt: skip
    label = (record.invoice.invoice_number if record.invoice else None) or record.part or record.source_name
    row = Row(item.id, record.id, record.version, label.rsplit("/", 1)[-1], False, "")
    try:
        _within_bulk(action, item, record, layout)
        decision = decision_of(action, item, record, value, app.clock.today())
        check_evidence(decision)
        guard(open_case(app, work, record, decision, actor))
        _fits_assignee(app, action, item, value)
    except ApdeskError as problem:
        return replace(row, words=problem.message)
    return replace(row, allowed=True, words=_effect(action, record, decision, value))


def _within_bulk(action: BulkAction, item: ReviewItem, record: InvoiceRecord, layout: tuple[object, ...]) -> None:
    codes = {code for code, _ in item.codes}
    if item.state not in ACTIVE:
        raise InvalidInput(f"The item is {item.state}.")
    if item.restricted or record.phi or item.kind in ("bank_verification", "approval"):
        raise NotAllowed("Bank checks, approvals and restricted items are done one by one.", "F.6")
    if any(code.startswith("DUP_") for code in codes) and action is not BulkAction.NOTE:
        raise NotAllowed("Duplicates are looked at one by one.", "F.6")
    if action is BulkAction.REJECT_STATEMENTS and record.kind != "statement":
        raise NotAllowed("This is no statement.", "F.6")
    if action is BulkAction.REQUEST_RECEIPT and not any(code.startswith(RECEIPTS) for code in codes):
        raise NotAllowed("No receipt is missing here.", "F.6")
    doubted = codes | {f.code for f in (record.match.holds if record.match else ())}
    if action is BulkAction.CONFIRM and not doubted <= CONFIRMED:
        raise NotAllowed("More than the reading is in doubt here.", "F.6")
    if action in (BulkAction.CONFIRM, BulkAction.CORRECT) and layout_of(record) != layout:
        raise NotAllowed("Another supplier or layout than the first one.", "F.6")


def layout_of(record: InvoiceRecord) -> tuple[object, ...]:
    """What makes two readings alike: supplier, pages, and the very same values in doubt."""
    supplier = record.invoice.supplier_id if record.invoice else None
    return (supplier or record.id, record.reading.pages if record.reading else 0, tuple(sorted(doubtful(record))))


def doubtful(record: InvoiceRecord) -> list[str]:
    return [f.name for f in header_fields(record) if f.doubtful]


def _fits_assignee(app: App, action: BulkAction, item: ReviewItem, value: str) -> None:
    user = app.accounts.user(value) if action is BulkAction.ASSIGN else None
    if user is not None and item.owner_role not in user.roles and not {"AP_SUPERVISOR", "AP_MANAGER"} & set(user.roles):
        raise NotAllowed(f"{user.name} does not hold {item.owner_role}.", "F.3")


def decision_of(action: BulkAction, item: ReviewItem, record: InvoiceRecord, value: str, today: date) -> Decision:
    """The single decision that a row stands for."""
    if action is BulkAction.CORRECT:
        name, new = _correction(record, value)
        return Decision(DecisionKind.COMPLETE, item.id, fields={name: new}, reason="Corrected in bulk.")
    if action is BulkAction.REQUEST_RECEIPT:
        words = " ".join(("Receiving was asked to post or check the receipt.", value)).strip()
        return Decision(DecisionKind.HOLD, item.id, until=today + timedelta(DAYS_FOR_RECEIVING), reason=words)
    if action is BulkAction.ASSIGN:
        return Decision(DecisionKind.REASSIGN, item.id, assignee=value, reason="Given in bulk.")
    if action is BulkAction.NOTE:
        return Decision(DecisionKind.NOTE, item.id, reason=value)
    if action is BulkAction.REJECT_STATEMENTS:
        return Decision(DecisionKind.REJECT, item.id, reason=value or "A statement is not paid; please send invoices.")
    findings = tuple((f.code, f.line) for f in (record.match.holds if record.match else ()))
    lines = [f"lines[{line.index}]" for line in line_fields(record) if line.doubtful]
    if lines:
        raise NotAllowed("Lines are in doubt: look at them on the page.", "F.6")
    return Decision(DecisionKind.COMPLETE, item.id, confirmed=tuple(doubtful(record)), findings=findings)


def _correction(record: InvoiceRecord, value: str) -> tuple[str, str]:
    """`field=value` of a correction. Raises InvalidInput for no field of the head, NotAllowed for bank details."""
    name, sign, new = (part.strip() for part in value.partition("="))
    known = {field.name for field in header_fields(record)}
    if not sign or name not in known:
        raise InvalidInput("Write the correction as field=value, such as currency=USD.")
    if name in SECRET:
        raise NotAllowed("Bank details are looked at one by one.", "F.6")
    return name, new


def _effect(action: BulkAction, record: InvoiceRecord, decision: Decision, value: str) -> str:
    if action is BulkAction.ASSIGN:
        return f"goes to {value}"
    if action is BulkAction.NOTE:
        return f"gets the note: {value}"
    if action is BulkAction.CORRECT:
        ((name, new),) = decision.fields.items()
        old = next((f.value for f in header_fields(record) if f.name == name), None)
        return f"{name} {old or 'nothing'} becomes {new or 'nothing'}; matched again, approved only if clean"
    if action is BulkAction.REQUEST_RECEIPT:
        return f"waits for receiving until {decision.until}; its deadline pauses"
    if action is BulkAction.REJECT_STATEMENTS:
        return "is closed; it is no invoice and is never paid"
    now = {f.name: f.value for f in header_fields(record)}
    shown = ", ".join(f"{name} {now.get(name)}" for name in decision.confirmed) or "nothing is in doubt any more"
    return f"confirms as read: {shown}; matched again, approved only if clean"


def _done(app: App, actor: Actor, action: BulkAction, row: Row, value: str) -> Row:
    if not row.allowed:
        return row
    try:
        with app.unit_of_work() as work:
            item, record = work.get_item(row.item_id), work.get_invoice(row.invoice_id)
        decision = decision_of(action, item, record, value, app.clock.today())
        outcome = decide(app, row.invoice_id, decision, actor=actor, seen_version=row.version)
    except ApdeskError as problem:
        return replace(row, allowed=False, words=problem.message)
    return replace(row, words=outcome.message)
