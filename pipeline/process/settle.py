"""Settle: what people with authority have dealt with, as facts for the next run (spec E.3, E.4).

Who may accept what is decided where the decision is taken (`review.decide`), not here.
"""

from pipeline.domain.matching import MatchResult, Settlement
from pipeline.domain.records import Acceptance, InvoiceRecord


def settlements(record: InvoiceRecord) -> tuple[Settlement, ...]:
    """The record's acceptances as settlements."""
    return tuple(_settlement(acceptance) for acceptance in record.acceptances)


def _settlement(acceptance: Acceptance) -> Settlement:
    amount = acceptance.amount if acceptance.kind == "variance" else None
    return Settlement(acceptance.code, acceptance.line, amount, acceptance.evidence.get("actual"))


def approvals_complete(record: InvoiceRecord, match: MatchResult, digest: str) -> bool:
    """Whether every step of the chain was approved, in order, for exactly this content (E.3)."""
    given = [a for a in record.approvals if not a.voided and a.decision == "approve" and a.content_hash == digest]
    return [a.role for a in given][: len(match.approval_chain)] == list(match.approval_chain)
