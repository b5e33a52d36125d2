"""Failures of the ERP's side by kind, for the metrics and for whoever runs the connector (spec G, I.5).

A failure is one event when it begins and one when it is over, however often it is met in between; the counts say how often.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pipeline.app import App
from pipeline.domain.erp import IntegrationFailure
from pipeline.domain.errors import ApdeskError
from pipeline.domain.events import SYSTEM, Action, EventDraft
from pipeline.ports import UnitOfWork

RETURNS_WITHIN = timedelta(days=7)
POSTING = "post"
# What one success somewhere else says nothing about: a person has to see to it.
LASTING = frozenset({"refused", "mismatch", "bad_data"})
_VARIABLE = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\b[0-9a-f]{16,}\b|\d+|/\S+")


@dataclass(frozen=True, slots=True)
class Recurrence:
    """Integration failure recurrence (G): of `resolved` failures so many `returned` within seven days; hours to recover."""

    open: int
    resolved: int
    returned: int
    hours_to_recover: float | None

    @property
    def percent(self) -> float | None:
        return 100 * self.returned / self.resolved if self.resolved else None


def fingerprint(connector: str, operation: str, kind: str, message: str) -> str:
    """The same for the same trouble with another invoice, number or time."""
    words = _VARIABLE.sub("#", message.lower())[:200]
    return hashlib.sha256("|".join((connector, operation, kind, words)).encode()).hexdigest()[:16]


def failed(app: App, operation: str, message: str, kind: str) -> None:
    """Note one failure of the ERP's connector."""
    name, now = app.erp.name if app.erp else "ledger", app.clock.now()
    mark = fingerprint(name, operation, kind, message)
    with app.unit_of_work() as work:
        known = work.erp.failure(mark)
        if known is None:
            known = IntegrationFailure(mark, name, operation, kind, message[:500], now, now, now)
            _event(work, Action.INTEGRATION_FAILED, known)
        elif known.resolved_at is None:
            known = replace(known, last_at=now, count=known.count + 1, message=message[:500])
        else:
            back = now - known.resolved_at <= RETURNS_WITHIN
            known = replace(
                known, opened_at=now, last_at=now, resolved_at=None, count=known.count + 1,
                returned=known.returned + back, message=message[:500],
            )  # fmt: skip
            _event(work, Action.INTEGRATION_FAILED, known)
        work.erp.save_failure(known)
        work.commit()


def recovered(app: App, operations: Iterable[str], everything: bool = True) -> None:
    """These operations work again. Without `everything` a refusal stays open: it is about one invoice, not the connector."""
    wanted, now = set(operations), app.clock.now()
    with app.unit_of_work() as work:
        over = [
            each for each in work.erp.failures()
            if each.resolved_at is None and each.operation in wanted and (everything or each.kind not in LASTING)
        ]  # fmt: skip
        for each in over:
            done = replace(
                each, resolved_at=now, resolved=each.resolved + 1, minutes=each.minutes + _minutes(each, now)
            )
            work.erp.save_failure(done)
            _event(work, Action.INTEGRATION_RECOVERED, done)
        if over:
            work.commit()


def refused(app: App, operation: str, problem: ApdeskError) -> None:
    """Note a call that raised; the kill switch and our own pauses are no failures of the ERP."""
    kind = str(getattr(problem, "kind", "error"))
    if kind not in ("paused", "circuit_open"):
        failed(app, operation, str(problem), kind)


def recurrence(failures: Sequence[IntegrationFailure]) -> Recurrence:
    resolved = sum(each.resolved for each in failures)
    minutes = sum(each.minutes for each in failures)
    return Recurrence(
        sum(each.resolved_at is None for each in failures), resolved, sum(each.returned for each in failures),
        round(minutes / 60 / resolved, 2) if resolved else None,
    )  # fmt: skip


def _minutes(failure: IntegrationFailure, now: datetime) -> int:
    return max(0, int((now - failure.opened_at).total_seconds() // 60))


def _event(work: UnitOfWork, action: Action, failure: IntegrationFailure) -> None:
    after = {
        "operation": failure.operation, "kind": failure.kind, "fingerprint": failure.fingerprint, "count": failure.count,
        "resolved": failure.resolved, "returned": failure.returned,
    }  # fmt: skip
    work.record(EventDraft(SYSTEM, action, "erp", failure.connector, after=after, comment=failure.message))
