"""A decision's situation, and whether this person may take it: role, state, claim, authority, duties (E.4, E.7, F.3)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from pipeline.domain.errors import InvalidInput, NotAllowed
from pipeline.domain.events import Actor
from pipeline.domain.invoice import ZERO
from pipeline.domain.matching import Finding
from pipeline.domain.records import InvoiceRecord, ReviewItem
from pipeline.ports import Masters
from pipeline.review.decision import NEEDS, Decision, DecisionKind
from pipeline.review.permissions import CLERKS, LEADS, allowed, hands_off
from pipeline.review.route import ACTIVE, next_step
from rules import authority, duties
from rules.owners import ownership
from rules.policy import Policy

# SOD-01: who gave one of these values may not approve the invoice (C.0.6 and what moves money).
CRITICAL_FIELDS = frozenset(
    {"invoice_number", "total", "invoice_date", "supplier_name", "supplier_tax_id", "po_number", "currency", "amount_due",
     "subtotal", "tax_total", "bank_account", "bank_routing", "remit_to"}
)  # fmt: skip
OPEN_STATES = frozenset({"RECEIVED", "IN_REVIEW", "WAIT_RECEIPT", "AWAITING_APPROVAL", "QUARANTINED", "NOT_INVOICE"})
BEFORE_POSTING = OPEN_STATES | {"AUTO_APPROVED", "APPROVED", "MATCHING", "POST_FAILED"}
# Terminal, but opened again as a new, linked record where a person may (F.1).
ENDED = frozenset({"REJECTED", "DUPLICATE"})
COOLING_OFF = timedelta(hours=24)
DUPLICATES = frozenset({"DUP_EXACT", "DUP_NUMBER", "DUP_PROBABLE"})
# Codes that add to the disputed amount (C.0.7); accepting any other one risks the whole total (E.4).
DISPUTING = frozenset(
    {"PRICE_OVER", "UOM_SUSPECT", "PRICE_CONTRACT", "QTY_OVER_ORDERED", "QTY_OVER_RECEIVED", "QTY_RETURNED",
     "QTY_OVER_ACCEPTED", "BO_QTY_OVER_USED", "RCPT_TIMEOUT", "PO_LIMIT", "LINE_UNMATCHED", "PRICE_RETRO_OVER",
     "CR_PRICE_UNDER", "CHG_UNPLANNED", "FRT_TERMS", "CHG_OVER", "TAX_UNEXPECTED", "TAX_VARIANCE", "TOTAL_VARIANCE"}
)  # fmt: skip
_STATES: dict[DecisionKind, frozenset[str]] = {
    DecisionKind.APPROVE: frozenset({"AWAITING_APPROVAL"}),
    DecisionKind.RETURN: frozenset({"AWAITING_APPROVAL"}),
    DecisionKind.REJECT: frozenset({"IN_REVIEW", "NOT_INVOICE"}),
    DecisionKind.DUPLICATE: frozenset({"IN_REVIEW"}),
    DecisionKind.WITHDRAW: BEFORE_POSTING,
    DecisionKind.REOPEN: frozenset({"NOT_INVOICE"}) | ENDED,
    DecisionKind.UNDO: BEFORE_POSTING | ENDED,
    DecisionKind.NOTE: BEFORE_POSTING,
}
_ITEM_WORK = frozenset(
    {DecisionKind.HOLD, DecisionKind.REPLY, DecisionKind.ESCALATE, DecisionKind.REASSIGN, DecisionKind.NOTE}
)


@dataclass(frozen=True)
class Case:
    """One decision in its situation. `item` is the work it belongs to; `masters` answer who ordered and who received.
    `locked`: the document is in quarantine."""

    record: InvoiceRecord
    items: tuple[ReviewItem, ...]
    item: ReviewItem | None
    decision: Decision
    actor: Actor
    now: datetime
    masters: Masters
    policy: Policy
    manager: str | None = None
    locked: bool = False

    def holds(self) -> tuple[Finding, ...]:
        return self.record.match.holds if self.record.match else ()

    def has(self, codes: Iterable[str]) -> bool:
        return any(finding.code in codes for finding in self.holds())


def guard(case: Case) -> None:
    """Raise NotAllowed with the rule that forbids it. The same check greys an action on the screen."""
    _guard_role(case)
    _guard_state(case)
    _guard_claim(case)
    checks = _CHECKS.get(case.decision.kind)
    if checks:
        checks(case)


def _guard_role(case: Case) -> None:
    kind, roles = case.decision.kind, case.actor.roles
    if hands_off(roles) and kind is not DecisionKind.NOTE:
        raise NotAllowed("Policy, integration and audit roles may not approve, release or correct invoices.", "SOD-08")
    if not allowed(roles, NEEDS[kind]):
        raise NotAllowed(f"Your roles do not carry {NEEDS[kind]}.", "0.1")
    if kind is DecisionKind.COMPLETE:
        if case.record.phi and not allowed(roles, "phi.view"):
            raise NotAllowed("Documents with patient data are corrected by the clinical department.", "H.6")
        if not case.record.phi and CLERKS.isdisjoint(roles):
            raise NotAllowed("Values are corrected by accounts payable.", "0.1")
    if kind in _ITEM_WORK and case.item is not None and not _owns(case.item, roles):
        raise NotAllowed(f"This work belongs to {case.item.owner_role}.", "F.3")


def _owns(item: ReviewItem, roles: Iterable[str]) -> bool:
    return item.owner_role in roles or not LEADS.isdisjoint(roles)


def _guard_state(case: Case) -> None:
    if case.locked and case.decision.kind not in _ITEM_WORK:
        raise NotAllowed("This file is in quarantine: two persons release it, or it is rejected there.", "C.1")
    wanted = _STATES.get(case.decision.kind, OPEN_STATES)
    if case.record.state not in wanted:
        raise NotAllowed(f"Not possible while the invoice is {case.record.state}.", "F.1")


def _guard_claim(case: Case) -> None:
    item = case.item
    if item is None or item.state != "CLAIMED" or item.claimed_by in (None, case.actor.id):
        return
    if item.lock_expires_at is not None and item.lock_expires_at > case.now:
        raise NotAllowed(f"{item.claimed_by} is working on this item.", "F.3")


def demand(action: str, case: Case, facts: dict[str, Any]) -> None:
    """Ask the duties (E.7) and raise what they forbid."""
    base = {"actor_roles": list(case.actor.roles), **facts}
    verdict = duties.check(
        action, case.actor.id, base, on_behalf_of=case.decision.on_behalf_of or case.actor.on_behalf_of
    )
    if not verdict.allowed:
        raise NotAllowed(verdict.reason or "Segregation of duties forbids it.", verdict.rule or "E.7")


def invoice_facts(case: Case) -> dict[str, Any]:
    """Who touched what, for the duties that look at the whole invoice (SOD-01, -03, -04, -07)."""
    record = case.record
    facts: dict[str, Any] = {
        "corrected_critical_field_by": sorted({c.by for c in record.corrections if is_critical(c.field)}),
        "receipt_posted_by": _receivers(case),
        "earlier_steps_by": [
            name for a in record.approvals if a.decision == "approve" and not a.voided
            for name in (a.approver, a.on_behalf_of) if name
        ],
    }  # fmt: skip
    supplier_id = record.invoice.supplier_id if record.invoice else None
    supplier = case.masters.supplier(supplier_id) if supplier_id else None
    if supplier and supplier.edited_by and supplier.edited_on:
        facts["supplier_edited_by"] = supplier.edited_by
        facts["supplier_edited_days_ago"] = (case.now.date() - supplier.edited_on).days
    return facts


def is_critical(name: str) -> bool:
    return name in CRITICAL_FIELDS or name.startswith("lines[")


def po_numbers(record: InvoiceRecord) -> tuple[str, ...]:
    linked = record.match.po_numbers if record.match else ()
    stated = (record.invoice.po_number,) if record.invoice and record.invoice.po_number else ()
    return tuple(dict.fromkeys((*linked, *((record.po_link,) if record.po_link else ()), *stated)))


def _receivers(case: Case) -> list[str]:
    posted = {r.posted_by for number in po_numbers(case.record) for r in case.masters.receipts(number)}
    return sorted(name for name in posted if name)


def at_risk(record: InvoiceRecord, finding: Finding) -> Decimal:
    """What accepting this finding puts at risk (E.4): the disputed amount, else the absolute difference or the total."""
    match = record.match
    total = (record.invoice.total if record.invoice else None) or ZERO
    if finding.code == "TAX_VARIANCE" and finding.variance_abs is not None and not (match and match.disputed_amount):
        return abs(finding.variance_abs)
    if finding.code in DISPUTING and match is not None and match.disputed_amount > 0:
        return match.disputed_amount
    return abs(total)


def meant(case: Case) -> tuple[Finding, ...]:
    """The holds that the decision names; every hold when it names none. Raises InvalidInput for one that is not there."""
    wanted = case.decision.findings
    holds = case.holds()
    if not wanted:
        return holds
    found = tuple(f for f in holds if (f.code, f.line) in wanted)
    if len(found) != len(set(wanted)):
        raise InvalidInput("A finding named in the decision is no longer there.", "Reload and compare.")
    return found


def _check_accept(case: Case) -> None:
    for finding in meant(case):
        amount = at_risk(case.record, finding)
        able = [r for r in case.actor.roles if authority.may_accept_variance(r, finding.code, amount, case.policy)]
        if not able:
            raise NotAllowed(f"Accepting {finding.code} over {amount} is beyond your authority.", "E.4")
        for number in po_numbers(case.record) or ("",):
            order = case.masters.find_order(number) if number else None
            buyer = {"po_buyer": order.buyer_user, "po_requester": order.requester} if order else {}
            demand("accept_variance", case, {**invoice_facts(case), **buyer, "code": finding.code, "disputed": amount})


def _check_approve(case: Case) -> None:
    match = case.record.match
    step = next_step(case.record, match) if match else None
    if match is None or step is None:
        raise NotAllowed("No approval step is open.", "E.3")
    if match.approval_chain[step] not in case.actor.roles and not _handed_up(case):
        raise NotAllowed(f"This step belongs to {match.approval_chain[step]}.", "E.3")
    if case.decision.kind is DecisionKind.RETURN:
        return
    asked = case.item.draft.get("content_hash") if case.item else None
    changed = asked is not None and asked != case.record.content_hash
    demand("approve_step", case, {**invoice_facts(case), "content_hash_changed_since_request": changed})


def _handed_up(case: Case) -> bool:
    """Whether the step came to this person because its approvers are away (E.6): by name, or by the role of last resort."""
    item = case.item
    mark = item.draft.get("handed_to") if item is not None and item.kind == "approval" else None
    if not mark:
        return False
    return mark.get("person") == case.actor.id or (mark.get("role") or "-") in case.actor.roles


def _check_duplicate(case: Case) -> None:
    if not case.has(DUPLICATES | {"ERS_INVOICE"}):
        raise NotAllowed("No duplicate was found.", "C.4")


def _check_not_duplicate(case: Case) -> None:
    _check_duplicate(case)
    proposed = next((i.draft["proposal"]["by"] for i in case.items if "proposal" in i.draft), None)
    for finding in case.holds():
        if finding.code not in DUPLICATES or _only_proposes(case, finding):
            continue
        demand("mark_not_duplicate", case, {"code": finding.code, "proposed_by": proposed})


def _only_proposes(case: Case, finding: Finding) -> bool:
    """A clerk may not clear an exact duplicate, but may propose it to a supervisor (SOD-09)."""
    return finding.code in ("DUP_EXACT", "DUP_NUMBER") and "AP_SUPERVISOR" not in case.actor.roles


def proposes(case: Case) -> bool:
    return any(f.code in DUPLICATES and _only_proposes(case, f) for f in case.holds())


def _check_bank(case: Case) -> None:
    if not case.has({"SUP_BANK_CHANGE", "SUP_REMIT_MISMATCH"}):
        raise NotAllowed("No change of bank or address is open.", "SOD-06")
    if case.decision.kind is DecisionKind.BANK_CALLBACK:
        return
    call = callback(case)
    if call is None:
        raise NotAllowed("The call-back is not recorded yet.", "SOD-06")
    clerks = {c.by for c in case.record.corrections} | {i.claimed_by for i in case.items if i.owner_role == "AP_CLERK"}
    facts = {
        "bank_callback_by": call["by"], "callback_number_source": call["number_source"],
        "clerk_of_invoice": case.actor.id if case.actor.id in clerks else None, "manager_of_actor": case.manager,
    }  # fmt: skip
    demand("approve_bank_change", case, facts)
    ready = datetime.fromisoformat(call["at"]) + COOLING_OFF
    if case.now < ready:
        raise NotAllowed(f"The cooling-off time ends at {ready:%Y-%m-%d %H:%M} UTC.", "SOD-06")


def callback(case: Case) -> dict[str, str] | None:
    return next((i.draft["callback"] for i in case.items if "callback" in i.draft), None)


def _check_compliance(case: Case) -> None:
    if not case.has({"SUP_EXCLUDED", "SUP_REFERRAL_NO_CONTRACT"}):
        raise NotAllowed("Nothing here waits for compliance.", "C.2")


def _check_reject(case: Case) -> None:
    if not CLERKS.isdisjoint(case.actor.roles):
        return
    mine = [f.code for f in case.holds() if f.owner in case.actor.roles]
    if not any("REJECT_TO_SUPPLIER" in ownership(code).actions for code in mine):
        raise NotAllowed("Only accounts payable rejects for this reason.", "0.1")


def _check_undo(case: Case) -> None:
    """Only one's own last decision: what others built upon it is not pulled away from under them."""
    item, last = case.item, (case.record.steps[-1] if case.record.steps else None)
    if item is not None and item.state == "PENDING_EXTERNAL" and item.assignee == case.actor.id:
        return
    if last is None or last.by != case.actor.id:
        raise NotAllowed("The last decision here is not yours." if last else "You decided nothing here.", "F.2")


def _check_external(case: Case) -> None:
    if case.item is None or case.item.state not in ACTIVE:
        raise NotAllowed("No open work item is chosen.", "F.3")
    if case.decision.kind is DecisionKind.REPLY and case.item.state != "PENDING_EXTERNAL":
        raise NotAllowed("Nobody was asked.", "F.3")


def _check_link(case: Case) -> None:
    if case.record.invoice is None:
        raise NotAllowed("Nothing was read yet that could be linked.", "F.1")


_CHECKS = {
    DecisionKind.ACCEPT: _check_accept,
    DecisionKind.APPROVE: _check_approve,
    DecisionKind.RETURN: _check_approve,
    DecisionKind.DUPLICATE: _check_duplicate,
    DecisionKind.NOT_DUPLICATE: _check_not_duplicate,
    DecisionKind.BANK_CALLBACK: _check_bank,
    DecisionKind.BANK_APPROVE: _check_bank,
    DecisionKind.COMPLIANCE_CLEAR: _check_compliance,
    DecisionKind.REJECT: _check_reject,
    DecisionKind.UNDO: _check_undo,
    DecisionKind.HOLD: _check_external,
    DecisionKind.REPLY: _check_external,
    DecisionKind.ESCALATE: _check_external,
    DecisionKind.REASSIGN: _check_external,
    DecisionKind.LINK_PO: _check_link,
    DecisionKind.LINK_LINE: _check_link,
}
