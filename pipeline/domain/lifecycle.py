"""The two state machines: an invoice's life (spec F.1) and a review item's (F.3). The only place of legal moves."""

INVOICE_TERMINAL = frozenset({"REJECTED", "DUPLICATE", "VOID", "NOT_INVOICE", "PAID"})
ITEM_TERMINAL = frozenset({"RESOLVED", "AUTO_CLEARED"})
# States from which an AP supervisor may still withdraw the invoice: everything before POSTING.
BEFORE_POSTING = (
    "RECEIVED",
    "CLASSIFIED",
    "EXTRACTED",
    "MATCHING",
    "AUTO_APPROVED",
    "WAIT_RECEIPT",
    "IN_REVIEW",
    "AWAITING_APPROVAL",
    "APPROVED",
)
# Matching's status (C.0.4) as the event that ends a run.
RUN_EVENTS = {
    "AUTO_APPROVED": "run_auto_approved",
    "WAIT_RECEIPT": "run_wait",
    "HOLD": "run_hold",
    "NEEDS_APPROVAL": "run_needs_approval",
    "NOT_INVOICE": "run_not_invoice",
}

_INVOICE: dict[tuple[str, str], str] = {
    ("", "ingested"): "RECEIVED",
    ("RECEIVED", "classified"): "CLASSIFIED",
    ("RECEIVED", "classified_not_invoice"): "NOT_INVOICE",
    ("CLASSIFIED", "extracted"): "EXTRACTED",
    ("EXTRACTED", "validated"): "MATCHING",
    ("MATCHING", "run_auto_approved"): "AUTO_APPROVED",
    ("MATCHING", "run_wait"): "WAIT_RECEIPT",
    ("MATCHING", "run_hold"): "IN_REVIEW",
    ("MATCHING", "run_needs_approval"): "AWAITING_APPROVAL",
    ("MATCHING", "run_not_invoice"): "NOT_INVOICE",
    ("WAIT_RECEIPT", "receipt"): "MATCHING",
    ("WAIT_RECEIPT", "po_change"): "MATCHING",
    ("WAIT_RECEIPT", "credit"): "MATCHING",
    ("WAIT_RECEIPT", "sweep"): "MATCHING",
    ("WAIT_RECEIPT", "timeout"): "MATCHING",
    ("IN_REVIEW", "all_holds_resolved"): "MATCHING",
    ("IN_REVIEW", "data_corrected"): "MATCHING",
    ("IN_REVIEW", "reject"): "REJECTED",
    ("IN_REVIEW", "duplicate_confirmed"): "DUPLICATE",
    ("AWAITING_APPROVAL", "approve"): "APPROVED",
    ("AWAITING_APPROVAL", "reject"): "IN_REVIEW",
    ("AWAITING_APPROVAL", "return"): "IN_REVIEW",
    ("AUTO_APPROVED", "rematch_clean"): "POSTING",
    ("APPROVED", "rematch_clean"): "POSTING",
    ("AUTO_APPROVED", "rematch_differs"): "MATCHING",
    ("APPROVED", "rematch_differs"): "MATCHING",
    ("POSTING", "erp_ack"): "POSTED",
    ("POSTING", "erp_reject"): "POST_FAILED",
    ("POSTING", "erp_unknown"): "POST_UNKNOWN",
    # An unknown outcome is settled by asking the ERP, never by posting again blindly (I.4).
    ("POST_UNKNOWN", "erp_ack"): "POSTED",
    ("POST_UNKNOWN", "erp_reject"): "POST_FAILED",
    ("POST_FAILED", "retry"): "POSTING",
    ("POST_FAILED", "corrected"): "IN_REVIEW",
    ("POSTED", "paid"): "PAID",
    ("POSTED", "void"): "VOID",
    ("NOT_INVOICE", "reopen"): "CLASSIFIED",
    **{(state, "withdraw"): "REJECTED" for state in BEFORE_POSTING},
}

_ITEM: dict[tuple[str, str], str] = {
    ("", "created"): "OPEN",
    ("OPEN", "claim"): "CLAIMED",
    ("CLAIMED", "save"): "CLAIMED",
    ("CLAIMED", "release"): "OPEN",
    ("CLAIMED", "lock_expired"): "OPEN",
    ("CLAIMED", "ask"): "PENDING_EXTERNAL",
    ("PENDING_EXTERNAL", "reply"): "OPEN",
    ("PENDING_EXTERNAL", "due_reached"): "OPEN",
    ("CLAIMED", "resolve"): "RESOLVED",
    ("OPEN", "reassign"): "OPEN",
    ("CLAIMED", "reassign"): "OPEN",
    ("OPEN", "escalate"): "OPEN",
    ("CLAIMED", "escalate"): "OPEN",
    ("OPEN", "cause_vanished"): "AUTO_CLEARED",
    ("CLAIMED", "cause_vanished"): "AUTO_CLEARED",
    ("PENDING_EXTERNAL", "cause_vanished"): "AUTO_CLEARED",
    ("RESOLVED", "raised_again"): "OPEN",
}

MACHINES = {"invoice": _INVOICE, "item": _ITEM}


def next_state(machine: str, state: str | None, event: str) -> str | None:
    """The state that follows, or None when the move is illegal. `state` None or "-" is the beginning (F.1, F.3)."""
    start = "" if state in (None, "", "-") else str(state)
    return MACHINES[machine].get((start, event))


def events_of(machine: str, state: str | None) -> tuple[str, ...]:
    """Every event that is legal in a state, in alphabetical order."""
    start = "" if state in (None, "", "-") else str(state)
    return tuple(sorted(event for (source, event) in MACHINES[machine] if source == start))
