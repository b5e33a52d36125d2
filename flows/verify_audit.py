"""Prove the audit chain every night. A broken chain fails the run, which is what an operator is alarmed by."""

from prefect import flow

from pipeline.bootstrap import build_store
from pipeline.domain.errors import AuditBroken


@flow(name="verify-audit")
def verify_audit() -> int:
    """The number of records verified. Raises AuditBroken with the first bad record."""
    verdict = build_store().verify_audit()
    if not verdict.intact:
        raise AuditBroken(f"The audit chain is broken at record {verdict.at}: {verdict.why}.")
    return verdict.count
