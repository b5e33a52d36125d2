"""What a person decides about an invoice, and what each decision demands (spec F.3, F.4)."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from pipeline.domain.errors import InvalidInput
from pipeline.domain.records import InvoiceRecord, ReviewItem


class DecisionKind(StrEnum):
    """Every human action. `complete` saves corrections and confirmations and asks for the next item."""

    COMPLETE = "complete"
    ACCEPT = "accept_variance"
    LINK_PO = "link_po"
    LINK_LINE = "link_line"
    CODE = "code_gl"
    APPROVE = "approve"
    RETURN = "return_step"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"
    DUPLICATE = "duplicate"
    NOT_DUPLICATE = "not_duplicate"
    BANK_CALLBACK = "bank_callback"
    BANK_APPROVE = "bank_approve"
    COMPLIANCE_CLEAR = "compliance_clear"
    HOLD = "hold"
    REPLY = "reply"
    ESCALATE = "escalate"
    REASSIGN = "reassign"
    NOTE = "note"
    UNDO = "undo"


RESOLUTION_CODES = (
    "CORRECTED_DATA", "CONFIRMED_AS_READ", "PO_LINKED", "LINE_LINKED", "RECEIPT_POSTED", "RECEIPT_CORRECTED",
    "PO_AMENDED", "PRICE_ACCEPTED", "QTY_ACCEPTED", "CHARGE_ACCEPTED", "SHORT_PAID", "CREDIT_REQUESTED",
    "CREDIT_RECEIVED", "UOM_MASTER_FIXED", "CONTRACT_FIXED", "TAX_REMOVED", "TAX_CORRECTED", "BANK_VERIFIED",
    "BANK_FRAUD_CONFIRMED", "SUPPLIER_UPDATED", "DUPLICATE_CONFIRMED", "NOT_DUPLICATE", "REJECTED_TO_SUPPLIER",
    "REROUTED", "CODED", "COMPLIANCE_CLEARED", "VOIDED", "WITHDRAWN",
)  # fmt: skip
ROOT_CAUSES = (
    "SUPPLIER_ERROR", "PO_ERROR", "RECEIVING_LATE", "RECEIVING_ERROR", "MASTER_DATA", "CONTRACT", "OCR_ERROR",
    "MATCHER_ERROR", "POLICY_TOO_TIGHT", "FRAUD", "OTHER",
)  # fmt: skip

# The permission each kind needs, and the resolution code that it leaves unless another is given.
NEEDS: dict[DecisionKind, str] = {
    DecisionKind.COMPLETE: "invoice.correct",
    DecisionKind.ACCEPT: "variance.accept",
    DecisionKind.LINK_PO: "invoice.link",
    DecisionKind.LINK_LINE: "invoice.link",
    DecisionKind.CODE: "invoice.code",
    DecisionKind.APPROVE: "approval.decide",
    DecisionKind.RETURN: "approval.decide",
    DecisionKind.REJECT: "invoice.reject",
    DecisionKind.WITHDRAW: "invoice.withdraw",
    DecisionKind.REOPEN: "invoice.reopen",
    DecisionKind.DUPLICATE: "duplicate.verdict",
    DecisionKind.NOT_DUPLICATE: "duplicate.verdict",
    DecisionKind.BANK_CALLBACK: "bank.verify",
    DecisionKind.BANK_APPROVE: "bank.verify",
    DecisionKind.COMPLIANCE_CLEAR: "compliance.clear",
    DecisionKind.HOLD: "item.work",
    DecisionKind.REPLY: "item.work",
    DecisionKind.ESCALATE: "item.work",
    DecisionKind.REASSIGN: "item.reassign",
    DecisionKind.NOTE: "item.work",
    DecisionKind.UNDO: "invoice.decide",
}
RESOLVES_AS: dict[DecisionKind, str] = {
    DecisionKind.COMPLETE: "CORRECTED_DATA",
    DecisionKind.ACCEPT: "PRICE_ACCEPTED",
    DecisionKind.LINK_PO: "PO_LINKED",
    DecisionKind.LINK_LINE: "LINE_LINKED",
    DecisionKind.CODE: "CODED",
    DecisionKind.REJECT: "REJECTED_TO_SUPPLIER",
    DecisionKind.WITHDRAW: "WITHDRAWN",
    DecisionKind.DUPLICATE: "DUPLICATE_CONFIRMED",
    DecisionKind.NOT_DUPLICATE: "NOT_DUPLICATE",
    DecisionKind.BANK_APPROVE: "BANK_VERIFIED",
    DecisionKind.COMPLIANCE_CLEAR: "COMPLIANCE_CLEARED",
}
REASON_MINIMUM = 15  # characters of an acceptance's text (E.4)


@dataclass(frozen=True, slots=True)
class Decision:
    """One human action. `fields` are new values by field name (None: cleared; "" the same), `confirmed` the names seen
    and found right. `findings` are the (code, line) pairs meant; `evidence` what the action demands (call-back ...).
    """

    kind: DecisionKind
    item_id: str | None = None
    fields: dict[str, str | None] = field(default_factory=dict)
    confirmed: tuple[str, ...] = ()
    findings: tuple[tuple[str, str | None], ...] = ()
    resolution_code: str = ""
    root_cause: str = ""
    reason: str = ""
    po_number: str | None = None
    links: dict[str, tuple[str, str]] = field(default_factory=dict)
    coding: tuple[tuple[str, str, str], ...] = ()
    until: date | None = None
    queue: str = ""
    assignee: str | None = None
    on_behalf_of: str | None = None
    evidence: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The invoice after the decision, its items, and the words for the person who decided."""

    record: InvoiceRecord
    items: tuple[ReviewItem, ...]
    message: str


def check_evidence(decision: Decision) -> None:
    """Raise InvalidInput when a decision lacks what its kind demands."""
    problem = _evidence_problem(decision)
    if problem:
        raise InvalidInput(problem)


def _evidence_problem(decision: Decision) -> str:
    kind, words = decision.kind, decision.reason.strip()
    if decision.resolution_code and decision.resolution_code not in RESOLUTION_CODES:
        return f"{decision.resolution_code} is no resolution code."
    if decision.root_cause and decision.root_cause not in ROOT_CAUSES:
        return f"{decision.root_cause} is no root cause."
    if kind in (DecisionKind.ACCEPT, DecisionKind.COMPLIANCE_CLEAR):
        if len(words) < REASON_MINIMUM:
            return f"Say why in at least {REASON_MINIMUM} characters."
        if kind is DecisionKind.ACCEPT and (not decision.root_cause or not decision.findings):
            return "Name the findings and a reason code."
    if kind in _NEED_WORDS and len(words) < 3:
        return "A reason is needed."
    return _detail_problem(decision)


_NEED_WORDS = (
    DecisionKind.REJECT, DecisionKind.WITHDRAW, DecisionKind.RETURN, DecisionKind.HOLD, DecisionKind.ESCALATE,
    DecisionKind.NOTE, DecisionKind.DUPLICATE, DecisionKind.NOT_DUPLICATE, DecisionKind.REOPEN,
)  # fmt: skip
_CALLBACK = ("contact", "called_at", "reference", "number_source")


def _detail_problem(decision: Decision) -> str:
    kind = decision.kind
    if kind is DecisionKind.LINK_PO and not (decision.po_number or "").strip():
        return "Give the number of the purchase order."
    if kind is DecisionKind.LINK_LINE and not decision.links:
        return "Give the order line of at least one invoice line."
    if kind is DecisionKind.CODE and not decision.coding:
        return "Give at least one account, cost centre and amount."
    if kind is DecisionKind.HOLD and decision.until is None:
        return "Give the day until which to wait."
    if kind is DecisionKind.REASSIGN and not (decision.queue or decision.assignee):
        return "Give a queue or a person."
    if kind is DecisionKind.BANK_CALLBACK:
        missing = [name for name in _CALLBACK if not str(decision.evidence.get(name, "")).strip()]
        return f"The call-back lacks: {', '.join(missing)}." if missing else ""
    return ""
