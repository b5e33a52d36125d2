"""Settle: take off the findings that a person with authority has dealt with (spec E.4, F.3).

An acceptance covers exactly what was accepted: a larger variance, another twin or another code brings the hold back.
Pure; who may accept what is decided where the decision is taken (`review.decide`), not here.
"""

from dataclasses import replace
from decimal import Decimal

from pipeline.domain.invoice import ZERO
from pipeline.domain.matching import Facts, Finding, MatchResult
from pipeline.domain.records import Acceptance, InvoiceRecord
from pipeline.match.outcome import approval_chain, payable, primary
from rules.policy import Policy


def settle(match: MatchResult, record: InvoiceRecord, facts: Facts, policy: Policy) -> MatchResult:
    """`match` with settled holds turned into information, and status, money and approvals worked out anew."""
    if match.status not in ("HOLD", "WAIT_RECEIPT") or not record.acceptances:
        return match
    findings = tuple(_settled(finding, record.acceptances) for finding in match.findings)
    if findings == match.findings:
        return match
    holds = [f for f in findings if f.outcome == "hold"]
    waits = [f for f in findings if f.outcome == "wait"]
    code, owner = primary(holds, waits)
    if holds or waits:
        status = "HOLD" if holds else "WAIT_RECEIPT"
        disputed = match.disputed_amount if holds else ZERO
        return replace(
            match, findings=findings, status=status, disputed_amount=disputed, primary_code=code, primary_owner=owner
        )
    chain = approval_chain(facts, policy)
    return replace(
        match,
        findings=findings,
        status="NEEDS_APPROVAL" if chain else "AUTO_APPROVED",
        payable_now=ZERO if chain else payable(facts.invoice),
        disputed_amount=ZERO,
        primary_code=None,
        primary_owner=None,
        approval_chain=chain,
    )


def _settled(finding: Finding, acceptances: tuple[Acceptance, ...]) -> Finding:
    if finding.outcome not in ("hold", "wait") or not any(covers(a, finding) for a in acceptances):
        return finding
    return replace(finding, outcome="info", evidence=(*finding.evidence, "settled by a person"))


def covers(acceptance: Acceptance, finding: Finding) -> bool:
    """Whether an acceptance covers a finding of this run: same code and line, and no more money than was accepted."""
    if (acceptance.code, acceptance.line) != (finding.code, finding.line):
        return False
    if acceptance.kind == "variance":
        return at_risk(finding) <= acceptance.amount
    wanted = acceptance.evidence.get("actual")
    return wanted is None or wanted == finding.actual


def at_risk(finding: Finding) -> Decimal:
    """The money a finding is about, zero when it is not about money."""
    return abs(finding.variance_abs) if finding.variance_abs is not None else ZERO


def approvals_complete(record: InvoiceRecord, match: MatchResult, digest: str) -> bool:
    """Whether every step of the chain was approved, in order, for exactly this content (E.3)."""
    given = [a for a in record.approvals if not a.voided and a.decision == "approve" and a.content_hash == digest]
    return [a.role for a in given][: len(match.approval_chain)] == list(match.approval_chain)
