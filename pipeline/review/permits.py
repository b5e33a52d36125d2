"""Which actions an invoice offers a person now, and by which rule the others are closed (spec F.2)."""

from dataclasses import dataclass, replace

from pipeline.app import App
from pipeline.domain.errors import ApdeskError, NotAllowed
from pipeline.domain.events import Actor
from pipeline.domain.matching import Finding
from pipeline.domain.records import InvoiceRecord
from pipeline.ports import UnitOfWork
from pipeline.review.case import ENDED, Case, callback, guard
from pipeline.review.decision import Decision, DecisionKind
from pipeline.review.permissions import LEADS
from pipeline.review.situation import open_case
from pipeline.review.undo import held_by


@dataclass(frozen=True, slots=True)
class Permit:
    """One action: open, or closed by `rule` with the sentence `why`."""

    kind: DecisionKind
    allowed: bool
    rule: str = ""
    why: str = ""


# Shown even when closed, because a clerk expects them there; the others only when they make sense.
_ALWAYS = (
    DecisionKind.COMPLETE,
    DecisionKind.ACCEPT,
    DecisionKind.REJECT,
    DecisionKind.HOLD,
    DecisionKind.ESCALATE,
    DecisionKind.NOTE,
)


def permits(app: App, work: UnitOfWork, record: InvoiceRecord, actor: Actor, item_id: str | None) -> tuple[Permit, ...]:
    """Every action that makes sense in this situation, in the order of the screen."""
    base = open_case(app, work, record, Decision(DecisionKind.NOTE, item_id), actor)
    return tuple(_permit(base, kind) for kind in DecisionKind if _makes_sense(base, kind))


def _permit(base: Case, kind: DecisionKind) -> Permit:
    case = replace(base, decision=replace(base.decision, kind=kind))
    if kind is DecisionKind.ACCEPT:
        return _accept_permit(case)
    try:
        guard(case)
    except NotAllowed as refusal:
        return Permit(kind, False, refusal.rule, refusal.message)
    except ApdeskError as problem:
        return Permit(kind, False, "", str(problem))
    return Permit(kind, True)


def _accept_permit(case: Case) -> Permit:
    """Open when at least one hold may be accepted by this person."""
    closed: Permit | None = None
    for finding in case.holds():
        refusal = refusal_of(case, finding)
        if refusal is None:
            return Permit(DecisionKind.ACCEPT, True)
        closed = closed or Permit(DecisionKind.ACCEPT, False, refusal.rule, refusal.message)
    return closed or Permit(DecisionKind.ACCEPT, False, "E.4", "There is no variance to accept.")


def refusal_of(case: Case, finding: Finding) -> NotAllowed | None:
    """Why this person may not accept this finding, None when she may."""
    pair = ((finding.code, finding.line),)
    try:
        guard(replace(case, decision=replace(case.decision, kind=DecisionKind.ACCEPT, findings=pair)))
    except NotAllowed as refusal:
        return refusal
    return None


def acceptable(
    app: App, work: UnitOfWork, record: InvoiceRecord, actor: Actor, item_id: str | None
) -> frozenset[tuple[str, str | None]]:
    """The (code, line) pairs that this person may accept."""
    case = open_case(app, work, record, Decision(DecisionKind.ACCEPT, item_id), actor)
    return frozenset((f.code, f.line) for f in case.holds() if refusal_of(case, f) is None)


def _makes_sense(case: Case, kind: DecisionKind) -> bool:
    codes = {f.code for f in case.holds()}
    if kind in (DecisionKind.APPROVE, DecisionKind.RETURN):
        return case.record.state == "AWAITING_APPROVAL"
    if kind is DecisionKind.COMPLETE:
        return case.record.state not in ("AWAITING_APPROVAL", "NOT_INVOICE", *ENDED)
    if kind is DecisionKind.ACCEPT:
        return bool(codes)
    if kind in (DecisionKind.DUPLICATE, DecisionKind.NOT_DUPLICATE):
        return any(code.startswith("DUP_") or code == "ERS_INVOICE" for code in codes)
    if kind is DecisionKind.BANK_CALLBACK:
        return bool(codes & {"SUP_BANK_CHANGE", "SUP_REMIT_MISMATCH"}) and callback(case) is None
    if kind is DecisionKind.BANK_APPROVE:
        return bool(codes & {"SUP_BANK_CHANGE", "SUP_REMIT_MISMATCH"}) and callback(case) is not None
    if kind is DecisionKind.COMPLIANCE_CLEAR:
        return bool(codes & {"SUP_EXCLUDED", "SUP_REFERRAL_NO_CONTRACT"})
    return _makes_sense_later(case, kind, codes)


def _makes_sense_later(case: Case, kind: DecisionKind, codes: set[str]) -> bool:
    state = case.item.state if case.item else ""
    if kind is DecisionKind.CODE:
        return any(code.startswith("NPO_") for code in codes)
    if kind is DecisionKind.LINK_LINE:
        return any(code.startswith(("LINE_", "UOM_")) for code in codes)
    if kind is DecisionKind.LINK_PO:
        return any(code.startswith(("PO_", "SUP_MISMATCH", "LINE_UNMATCHED")) for code in codes)
    if kind is DecisionKind.REOPEN:
        return case.record.state == "NOT_INVOICE" or (case.record.state in ENDED and _may_come_back(case))
    if kind is DecisionKind.REPLY:
        return state == "PENDING_EXTERNAL"
    if kind is DecisionKind.HOLD:
        return state in ("OPEN", "CLAIMED")
    if kind is DecisionKind.UNDO:
        last = case.record.steps[-1] if case.record.steps else None
        mine = last is not None and last.by == case.actor.id and _may_come_back(case)
        return mine or held_by(case)
    if kind in (DecisionKind.WITHDRAW, DecisionKind.REASSIGN):
        return not LEADS.isdisjoint(case.actor.roles)
    return kind in _ALWAYS


def _may_come_back(case: Case) -> bool:
    """An ended invoice is opened again once, and not when its document was divided otherwise."""
    return case.record.reopened_as is None and not case.record.split_into
