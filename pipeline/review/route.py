"""Which work an invoice makes, for whom and until when (spec E.2, E.5, F.3). Pure: the same input gives the same items."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from fnmatch import fnmatchcase
from hashlib import sha256

from pipeline.domain.invoice import ZERO
from pipeline.domain.matching import Finding, MatchResult
from pipeline.domain.orders import PurchaseOrder
from pipeline.domain.records import InvoiceRecord, ReviewItem
from pipeline.review.deadlines import business_days, effective_due, fraction_used, sla_class
from pipeline.review.queue import priority_score
from rules.policy import Policy, RoutingRule

CATCH_ALL = "AP_EXCEPTIONS"
ACTIVE = frozenset({"OPEN", "CLAIMED", "PENDING_EXTERNAL"})
_BANK = frozenset({"SUP_BANK_CHANGE", "SUP_REMIT_MISMATCH"})
_OWN_QUEUE = frozenset({"ITEM_MASTER", "CONTRACTING", "VENDOR_MASTER", "TAX", "COMPLIANCE"})
# What is not in this state asks nothing of a person.
_NO_WORK = frozenset({"REJECTED", "DUPLICATE", "VOID", "PAID", "POSTED", "POSTING", "APPROVED", "AUTO_APPROVED"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a finding goes: kind of work, queue, owner's role, whether only that role may see the queue, own SLA class.

    `assignee` is set where a rule of the policy gives the work to one person (E.2 `po_buyer`); all else is pulled by get-next.
    """

    kind: str
    queue: str
    owner: str
    restricted: bool = False
    sla: str = ""
    assignee: str | None = None


def place_of(
    finding: Finding, record: InvoiceRecord, rules: Sequence[RoutingRule] = (), orders: Sequence[PurchaseOrder] = (),
    today: date | None = None,
) -> Place:  # fmt: skip
    """The policy's rules in order, first match wins; then the defaults, whose last is the catch-all that E.2 demands.

    Bank and patient data keep their restricted places whatever a rule says.
    """
    group = next((order.department for order in orders if order.department), "") or ""
    place = _usual_place(finding, record, group)
    if place.kind != "bank_verification" and not record.phi:
        rule = next((r for r in rules if _fits(r, finding, record, orders, today)), None)
        if rule is not None:
            queue = _filled(rule.queue, record, orders)
            place = Place(
                place.kind, queue, place.owner, rule.restricted or place.restricted, rule.sla or "", _person(rule, orders)
            )  # fmt: skip
    if place.owner == "AP_SUPERVISOR" and place.queue.startswith("AP_"):
        # Get-next takes by queue: a clerk must never be handed what only a supervisor may do.
        place = replace(place, queue=f"{place.queue}:SUPERVISOR")
    return place


def _person(rule: RoutingRule, orders: Sequence[PurchaseOrder]) -> str | None:
    """The one person a rule names: the orders' buyer, when they all have the same one."""
    buyers = {order.buyer_user for order in orders}
    return next(iter(buyers)) if rule.assign == "po_buyer" and len(buyers) == 1 else None


def _filled(queue: str, record: InvoiceRecord, orders: Sequence[PurchaseOrder]) -> str:
    """The queue's name with what is known of the invoice; GENERAL for what is not."""
    site = record.invoice.ship_to if record.invoice else None
    line = next((line for order in orders for line in order.lines if line.cost_center), None)
    known = {
        "buyer": next((order.department for order in orders if order.department), None),
        "department": next((order.department for order in orders if order.department), None) or site,
        "dock": site,
        "facility": site,
        "cost_center": line.cost_center if line else None,
    }
    for name, value in known.items():
        queue = queue.replace("{" + name + "}", value or "GENERAL")
    return queue


def _fits(
    rule: RoutingRule, finding: Finding, record: InvoiceRecord, orders: Sequence[PurchaseOrder], today: date | None
) -> bool:
    """Every stated condition holds. A condition about something unknown does not hold: never by a guess."""
    invoice = record.invoice
    lines = [line for order in orders for line in order.lines]
    conditions: tuple[tuple[Sequence[str], set[str | None]], ...] = (
        (rule.codes, {finding.code}),
        (rule.owners, {finding.owner}),
        (rule.facilities, {invoice.ship_to if invoice else None}),
        (rule.departments, {order.department for order in orders}),
        (rule.cost_centers, {line.cost_center for line in lines}),
        (rule.suppliers, {invoice.supplier_id if invoice else None}),
        (rule.categories, {line.category for line in lines}),
        (rule.supplier_tiers, set()),
    )
    if any(wanted and not _any_like(wanted, found) for wanted, found in conditions):
        return False
    if rule.phi is not None and rule.phi != record.phi:
        return False
    if rule.min_at_risk is not None and _at_risk(record, record.match) < rule.min_at_risk:
        return False
    due = _due_date(record)
    return rule.due_within_days is None or (
        due is not None and today is not None and (due - today).days <= rule.due_within_days
    )


def _any_like(patterns: Sequence[str], found: set[str | None]) -> bool:
    """Whether one of the values fits one of the patterns (`DOC_*`)."""
    return any(fnmatchcase(value, pattern) for value in found if value for pattern in patterns)


def _usual_place(finding: Finding, record: InvoiceRecord, buyer_group: str) -> Place:
    code, owner = finding.code, finding.owner or "AP_CLERK"
    site = (record.invoice.ship_to if record.invoice else None) or "GENERAL"
    if code in _BANK:
        return Place("bank_verification", "VENDOR_MASTER_BANK", "VENDOR_MASTER", True)
    if record.phi and owner in ("AP_CLERK", "CLINICAL_DEPT"):
        return Place("exception", f"CLINICAL:{site}", "CLINICAL_DEPT", True)
    if code == "DOC_NOT_INVOICE" and record.kind == "statement":
        return Place("extraction", "STATEMENTS", owner)
    if code == "ERP_REJECTED" or owner == "INTEGRATION_ADMIN":
        return Place("exception", "INTEGRATION", owner)
    if code.startswith(("DOC_", "ARI_", "CONF_")):
        return Place("extraction", "AP_INDEXING", owner)
    if code == "QA_SAMPLE":
        return Place("qa_sample", "AP_INDEXING", owner)
    if code.startswith("DUP_"):
        return Place("exception", "AP_DUPLICATES", owner)
    if code in ("NPO_CODING", "NPO_GL_INVALID"):
        return Place("coding", CATCH_ALL, owner)
    if owner == "CLINICAL_DEPT":
        return Place("exception", f"CLINICAL:{site}", owner, True)
    if owner == "BUYER":
        return Place("exception", f"BUYER:{buyer_group or 'GENERAL'}", owner)
    if owner == "RECEIVING":
        return Place("exception", f"RECEIVING:{site}", owner)
    return Place("exception", owner if owner in _OWN_QUEUE else CATCH_ALL, owner)


def route(
    record: InvoiceRecord,
    match: MatchResult | None,
    policy: Policy,
    now: datetime,
    orders: Sequence[PurchaseOrder] = (),
    critical_supply: bool = False,
) -> tuple[ReviewItem, ...]:
    """One item per distinct owner and queue; the one of the primary code leads. `orders` give the buyer's group."""
    if record.state in _NO_WORK:
        return ()
    if match is not None and match.status == "NEEDS_APPROVAL":
        return _approval_item(record, match, now)
    findings = [f for f in (match.findings if match else ()) if f.outcome == "hold"]
    if not findings and record.state in ("RECEIVED", "QUARANTINED", "UNREADABLE", "IN_REVIEW", "NOT_INVOICE"):
        findings = _reason_finding(record)
    places: dict[Place, list[Finding]] = {}
    for finding in findings:
        place = place_of(finding, record, policy.routing, orders, now.date())
        places.setdefault(place, []).append(finding)
    primary = (match.primary_code if match else None) or (findings[0].code if findings else None)
    lead = next((p for p, found in places.items() if any(f.code == primary for f in found)), None)
    return tuple(
        _item(record, match, place, found, place is lead, now, critical_supply) for place, found in places.items()
    )


def _reason_finding(record: InvoiceRecord) -> list[Finding]:
    """An item without a reading still says in words why it is here."""
    if not record.reason:
        return []
    if record.state == "QUARANTINED":
        return [Finding("DOC_QUARANTINE", "hold", message=record.reason, owner="AP_SUPERVISOR")]
    code = "DOC_NOT_INVOICE" if record.state == "NOT_INVOICE" else "DOC_UNREADABLE"
    return [Finding(code, "hold", message=record.reason, owner="AP_CLERK")]


def _item(
    record: InvoiceRecord,
    match: MatchResult | None,
    place: Place,
    findings: Sequence[Finding],
    lead: bool,
    now: datetime,
    critical_supply: bool,
) -> ReviewItem:
    level = place.sla or min(sla_class(f.code) for f in findings)
    risk = _at_risk(record, match)
    due = effective_due(now, level, _due_date(record))
    item = ReviewItem(
        id=item_id(record.id, place), invoice_id=record.id, kind=place.kind, queue=place.queue, owner_role=place.owner,
        codes=tuple((f.code, f.line) for f in findings), lead=lead, state="OPEN", opened_at=now, due_at=due,
        amount_at_risk=risk, restricted=place.restricted or record.phi, sla_class=level,
        assignee=place.assignee,
    )  # fmt: skip
    return replace(item, priority_score=score(item, record, now, critical_supply))


def _approval_item(record: InvoiceRecord, match: MatchResult, now: datetime) -> tuple[ReviewItem, ...]:
    """The next step of the chain that nobody has taken yet; none when every step is given."""
    step = next_step(record, match)
    if step is None:
        return ()
    role = match.approval_chain[step]
    place = Place("approval", f"APPROVALS:{role}", role)
    item = ReviewItem(
        id=item_id(record.id, place, str(step)), invoice_id=record.id, kind="approval", queue=place.queue,
        owner_role=role, codes=((f"APPROVAL_{role}", None),), lead=True, state="OPEN", opened_at=now,
        due_at=effective_due(now, "S5", _due_date(record)), amount_at_risk=_total(record), restricted=record.phi,
        sla_class="S5",
    )  # fmt: skip
    return (replace(item, priority_score=score(item, record, now)),)


def next_step(record: InvoiceRecord, match: MatchResult) -> int | None:
    """Index of the first step without a valid approval of the present content (E.3)."""
    given = {
        a.step
        for a in record.approvals
        if a.decision == "approve" and not a.voided and a.content_hash == record.content_hash
    }
    return next((step for step in range(len(match.approval_chain)) if step not in given), None)


def item_id(invoice_id: str, place: Place, extra: str = "") -> str:
    """The same work of the same invoice has the same id over all runs."""
    key = "\x1f".join((invoice_id, place.kind, place.queue, place.owner, extra))
    return "it" + sha256(key.encode()).hexdigest()[:18]


def score(item: ReviewItem, record: InvoiceRecord, now: datetime, critical_supply: bool = False) -> Decimal:
    """priority_score of F.3 for an item of this invoice at this moment."""
    due = _due_date(record)
    soon = due is not None and due <= business_days(now.date(), 2)
    return priority_score(
        sla_used=fraction_used(item.opened_at, item.due_at, now), amount_at_risk=item.amount_at_risk,
        date_within_2bd=soon, critical_supply=critical_supply, reopened=item.reopened_count,
    )  # fmt: skip


def _due_date(record: InvoiceRecord) -> date | None:
    return record.invoice.due_date if record.invoice else None


def _total(record: InvoiceRecord) -> Decimal:
    return (record.invoice.total if record.invoice else None) or ZERO


def _at_risk(record: InvoiceRecord, match: MatchResult | None) -> Decimal:
    """The disputed amount; the whole total when the findings dispute no amount (E.4)."""
    return (match.disputed_amount if match else ZERO) or _total(record)


def reconcile_items(
    existing: Sequence[ReviewItem], wanted: Sequence[ReviewItem], now: datetime | None = None
) -> tuple[tuple[ReviewItem, bool], ...]:
    """What a new run does to an invoice's items: (item, is new) for each that must be added or saved.

    The same (invoice, code, line) is one exception over all runs (A.9): kept, auto-cleared or opened again. Clock, claim,
    draft and notes of an active item are kept; a resolved one that is wanted again opens once more.
    """
    known = {item.id: item for item in existing}
    needed = {item.id for item in wanted}
    changed = [_renewed(known[item.id], item) for item in wanted if item.id in known]
    changed += [_cleared(item, now) for item in existing if item.id not in needed and item.state in ACTIVE]
    added = tuple((item, True) for item in wanted if item.id not in known)
    return added + tuple((item, False) for item in changed if item != known[item.id])


def _renewed(old: ReviewItem, new: ReviewItem) -> ReviewItem:
    again = replace(
        old, codes=new.codes, lead=new.lead, amount_at_risk=new.amount_at_risk, priority_score=new.priority_score,
        restricted=new.restricted, sla_class=new.sla_class,
    )  # fmt: skip
    if old.state in ACTIVE:
        return again
    # A step that was handed up once is not handed up for good (E.6), and its clock tells every stage anew.
    draft = {name: value for name, value in again.draft.items() if name not in ("handed_to", "stage")}
    fresh = replace(
        again, state="OPEN", draft=draft, opened_at=new.opened_at, due_at=new.due_at, queue=new.queue, owner_role=new.owner_role,
        claimed_by=None, lock_token=None, lock_expires_at=None, resolution_code=None, resolved_by=None, resolved_at=None,
    )  # fmt: skip
    raised = old.state == "RESOLVED" and bool(set(old.codes) & set(new.codes))
    return replace(fresh, reopened_count=old.reopened_count + 1) if raised else fresh


def _cleared(item: ReviewItem, now: datetime | None) -> ReviewItem:
    return replace(
        item, state="AUTO_CLEARED", resolved_at=now, claimed_by=None, lock_token=None, lock_expires_at=None,
        paused_until=None,
    )  # fmt: skip
