"""HTTP to an ERP: one client, one translation of what can go wrong into what a caller must do about it (spec I.4, I.5).

A request that reads may simply be tried again. A request that writes and gets no answer leaves the outcome unknown:
it is looked up before anything is sent twice.
"""

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from pipeline.domain.erp import BusinessRefusal, ErpBusy, ErpError, ErpMisconfigured, OutcomeUnknown

# Rolled back by the other side, so safe to send again even when writing: locked, changed meanwhile, limited, busy.
ROLLED_BACK = frozenset({423, 425, 429, 503})
PAUSES = (0.2, 0.5, 1.0, 2.0)
MAX_WAIT = 5.0
LONGEST_REASON = 500


class Http:
    """A thin client. `pause` and `jitter` are handed in so that tests neither wait nor vary."""

    def __init__(
        self,
        client: httpx.Client,
        name: str,
        explain: Callable[[httpx.Response], str],
        pause: Callable[[float], None] = time.sleep,
        jitter: random.Random | None = None,
    ) -> None:
        self._client = client
        self._name = name
        self._explain = explain
        self._pause = pause
        self._jitter = jitter or random.Random()
        self.server_time: datetime | None = None

    def send(self, verb: str, path: str, *, writes: bool | None = None, **options: Any) -> httpx.Response:
        """The answer of a request that succeeded, or 404 as it is. Raises an ErpError for everything else."""
        writing = verb != "GET" if writes is None else writes
        for pause in (*PAUSES, None):
            answer = self._once(verb, path, writing, options)
            if answer.status_code not in ROLLED_BACK or pause is None:
                return self._checked(answer, writing)
            wait = _retry_after(answer)
            if wait is not None and wait > MAX_WAIT:
                return self._checked(answer, writing)
            self._pause(wait if wait is not None else pause * (0.5 + self._jitter.random()))
        raise AssertionError("unreachable")

    def _once(self, verb: str, path: str, writing: bool, options: dict[str, Any]) -> httpx.Response:
        try:
            answer = self._client.request(verb, path, **options)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as problem:
            raise ErpBusy(f"{self._name} cannot be reached ({type(problem).__name__}).") from problem
        except httpx.TransportError as problem:
            raise self._unanswered(writing, type(problem).__name__) from problem
        self.server_time = _date(answer) or self.server_time
        return answer

    def _unanswered(self, writing: bool, why: str) -> ErpError:
        if writing:
            return OutcomeUnknown(f"{self._name} gave no answer ({why}).", "It is looked up before it is tried again.")
        return ErpBusy(f"{self._name} gave no answer ({why}).")

    def _checked(self, answer: httpx.Response, writing: bool) -> httpx.Response:
        code = answer.status_code
        if code < 300 or code == 404:
            return answer
        said = self._explain(answer)[:LONGEST_REASON]
        if code in (401, 403):
            raise ErpMisconfigured(
                f"{self._name} refuses our credentials or rights ({code}): {said}", "Check the connector."
            )
        if code in ROLLED_BACK:
            raise ErpBusy(f"{self._name} is busy ({code}).", retry_after=_retry_after(answer))
        if code >= 500 or code in (408, 413):
            raise self._unanswered(writing, f"HTTP {code}")
        if code < 400:
            raise ErpMisconfigured(f"{self._name} redirects ({code}).", "Set its final address.")
        raise BusinessRefusal(f"{self._name} refuses: {said}")

    def now(self) -> datetime:
        """The other side's clock as of its last answer (to the second), else ours."""
        return self.server_time or datetime.now(UTC)


def _retry_after(answer: httpx.Response) -> float | None:
    value = answer.headers.get("Retry-After", "")
    return float(value) if value.isdigit() else None


def _date(answer: httpx.Response) -> datetime | None:
    try:
        return parsedate_to_datetime(answer.headers["Date"]).astimezone(UTC)
    except (KeyError, ValueError, TypeError):
        return None
