"""What a decision changes in the record. Pure: case in, record and field diff out."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from pipeline.domain.errors import InvalidInput, NotAllowed
from pipeline.domain.invoice import Coding
from pipeline.domain.matching import Finding
from pipeline.domain.reading import CONTEXT_FIELDS, HEADER_FIELDS
from pipeline.domain.records import Acceptance, Approval, Correction, InvoiceRecord
from pipeline.review import undo
from pipeline.review.case import DUPLICATES, Case, at_risk, meant
from pipeline.review.decision import RESOLVES_AS, DecisionKind
from pipeline.review.fields import current_values, machine_value
from pipeline.review.values import LINE_COLUMNS, LINE_FIELD, normalise, plain_number

# A corrected account would make the alarm about a changed account fall silent: these never come from a clerk.
GUARDED_FIELDS = frozenset({"bank_account", "bank_routing", "remit_to"})
Changed = tuple[InvoiceRecord, dict[str, Any]]
# Findings that end when a person has looked and says so (spec: CONFIRM); everything else must be cured or accepted.
CONFIRMABLE = frozenset(
    {"DOC_UNREADABLE", "DOC_MULTI_INVOICE", "DOC_NOT_INVOICE", "DOC_LOW_CONFIDENCE", "QA_SAMPLE", "PO_INFERRED",
     "LINE_AMBIGUOUS"}
)  # fmt: skip


def corrected(case: Case) -> Changed:
    """New values and confirmations of read ones. `lines[i]` set to nothing deletes the row; a new i adds one."""
    record = case.record
    have = current_values(record)
    corrections: list[Correction] = []
    diff: dict[str, Any] = {}
    for name, typed in case.decision.fields.items():
        _check_name(name, record)
        value = normalise(name, typed)
        if value != have.get(name) or (value is None and name.endswith("]")):
            corrections.append(Correction(name, value, machine_value(record, name), case.actor.id, case.now))
            diff[name] = [have.get(name), value]
    for name in dict.fromkeys(case.decision.confirmed):
        if name not in diff:
            _check_name(name, record)
            machine = machine_value(record, name)
            corrections.append(Correction(name, have.get(name), machine, case.actor.id, case.now, True))
            diff[name] = [have.get(name), have.get(name)]
    confirmed = tuple(_acceptance(case, f, "confirmed") for f in meant(case) if case.decision.findings)
    for finding in confirmed:
        if finding.code not in CONFIRMABLE:
            raise InvalidInput(f"{finding.code} cannot be confirmed away.")
        diff[finding.code] = ["hold", "confirmed"]
    changed = replace(
        record, corrections=(*record.corrections, *corrections), acceptances=(*record.acceptances, *confirmed)
    )
    return changed, diff


def _check_name(name: str, record: InvoiceRecord) -> None:
    line = LINE_FIELD.fullmatch(name)
    if line:
        if line.group(2) is not None and line.group(2) not in LINE_COLUMNS:
            raise InvalidInput(f"{name} is no column of the lines.")
        return
    read = record.reading.fields if record.reading else {}
    if name in GUARDED_FIELDS:
        raise NotAllowed("Where money is paid to is changed by vendor master with a call-back only.", "SOD-06")
    if name not in HEADER_FIELDS and name not in CONTEXT_FIELDS and name not in read:
        raise InvalidInput(f"{name[:60]!r} is no field.")


def accepted(case: Case) -> Changed:
    return _settled(case, meant(case), "variance")


def not_duplicate(case: Case) -> Changed:
    return _settled(case, tuple(f for f in meant(case) if f.code in DUPLICATES), "not_duplicate")


def bank_verified(case: Case) -> Changed:
    wanted = ("SUP_BANK_CHANGE", "SUP_REMIT_MISMATCH")
    return _settled(case, tuple(f for f in case.holds() if f.code in wanted), "bank_verified")


def compliance_cleared(case: Case) -> Changed:
    wanted = ("SUP_EXCLUDED", "SUP_REFERRAL_NO_CONTRACT")
    return _settled(case, tuple(f for f in case.holds() if f.code in wanted), "compliance")


def _settled(case: Case, findings: tuple[Finding, ...], kind: str) -> Changed:
    """Acceptances cover this run's amount only: a variance that grows comes back (E.4)."""
    new = tuple(_acceptance(case, finding, kind) for finding in findings)
    diff = {_label(f): ["hold", kind] for f in findings}
    return replace(case.record, acceptances=(*case.record.acceptances, *new)), diff


def _label(finding: Finding) -> str:
    return finding.code + (f" line {finding.line}" if finding.line else "")


def _acceptance(case: Case, finding: Finding, kind: str) -> Acceptance:
    decision = case.decision
    amount = finding.variance_abs if finding.variance_abs is not None else at_risk(case.record, finding)
    codes = {"variance": decision.resolution_code or _variance_code(finding), "confirmed": "CONFIRMED_AS_READ"}
    code = codes.get(kind) or RESOLVES_AS[decision.kind]
    evidence = {**decision.evidence, "root_cause": decision.root_cause}
    if kind != "variance" or finding.variance_abs is None:
        # What exactly was judged: another twin, another account or another value brings the hold back. An amount does so
        # by growing only.
        evidence["actual"] = finding.actual
    return Acceptance(
        finding.code, finding.line, kind, abs(amount), case.actor.id, case.now, code, decision.reason.strip(), evidence
    )


def _variance_code(finding: Finding) -> str:
    if finding.code.startswith(("QTY_", "RCPT_", "BO_QTY")):
        return "QTY_ACCEPTED"
    return "CHARGE_ACCEPTED" if finding.code.startswith(("CHG_", "FRT_")) else "PRICE_ACCEPTED"


def po_linked(case: Case) -> Changed:
    number = (case.decision.po_number or "").strip()
    order = case.masters.find_order(number)
    if order is None:
        raise InvalidInput(f"There is no purchase order {number}.")
    old = case.record.po_link or (case.record.invoice.po_number if case.record.invoice else None)
    return replace(case.record, po_link=order.number), {"po_link": [old, order.number]}


def line_linked(case: Case) -> Changed:
    links = dict(case.record.line_links)
    diff: dict[str, Any] = {}
    for line, (number, po_line) in case.decision.links.items():
        order = case.masters.find_order(number)
        if order is None or all(known.no != po_line for known in order.lines):
            raise InvalidInput(f"Purchase order {number} has no line {po_line}.")
        old = links.get(line)
        diff[f"line {line}"] = ["/".join(old) if old else None, f"{order.number}/{po_line}"]
        links[line] = (order.number, po_line)
    return replace(case.record, line_links=links), diff


def coded(case: Case) -> Changed:
    rows = tuple(Coding(gl, cost, Decimal(plain_number(amount))) for gl, cost, amount in case.decision.coding)
    total = case.record.invoice.total if case.record.invoice else None
    if total is not None and sum((row.amount for row in rows), Decimal(0)) != total:
        raise InvalidInput(f"The distribution must add up to {total}.")
    old = [f"{c.gl}/{c.cost_center} {c.amount}" for c in case.record.coding]
    return replace(case.record, coding=rows), {"coding": [old, [f"{c.gl}/{c.cost_center} {c.amount}" for c in rows]]}


def reopened(case: Case) -> Changed:
    """Not an invoice, says the classifier; a supervisor says it is one."""
    fix = Correction("kind", "invoice", case.record.kind, case.actor.id, case.now)
    record = replace(case.record, kind="invoice", state="CLASSIFIED", corrections=(*case.record.corrections, fix))
    return record, {"kind": [case.record.kind, "invoice"]}


def approval(case: Case, record: InvoiceRecord, step: int, role: str, decision: str) -> Approval:
    """One step as given now, on exactly this content."""
    invoice = record.invoice
    return Approval(
        step=step, role=role, approver=case.actor.id, decision=decision, at=case.now, content_hash=record.content_hash,
        amount=(invoice.total if invoice else None) or Decimal(0), currency=(invoice.currency if invoice else None) or "",
        on_behalf_of=case.decision.on_behalf_of or case.actor.on_behalf_of, comment=case.decision.reason,
    )  # fmt: skip


CHANGES: dict[DecisionKind, Callable[[Case], Changed]] = {
    DecisionKind.COMPLETE: corrected,
    DecisionKind.UNDO: undo.undone,
    DecisionKind.ACCEPT: accepted,
    DecisionKind.NOT_DUPLICATE: not_duplicate,
    DecisionKind.BANK_APPROVE: bank_verified,
    DecisionKind.COMPLIANCE_CLEAR: compliance_cleared,
    DecisionKind.LINK_PO: po_linked,
    DecisionKind.LINK_LINE: line_linked,
    DecisionKind.CODE: coded,
    DecisionKind.REOPEN: reopened,
}
