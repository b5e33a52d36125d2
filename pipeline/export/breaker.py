"""Circuit breaker and back-off per connector (spec I.5).

Opens after 5 failures in a row or half of the last 20; lets one call through after 60 seconds; a success closes it.
Only what says something about the ERP's health counts: a refusal is a healthy answer.
"""

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import TypeVar

from pipeline.domain.erp import (
    Batch,
    CircuitOpen,
    ContractPrice,
    Cursor,
    ErpBusy,
    ErpError,
    GlAccount,
    ItemUom,
    OutcomeUnknown,
    SupplierXref,
    Voucher,
    VoucherStatus,
)
from pipeline.domain.invoice import PriorInvoice
from pipeline.domain.ledger import LedgerFacts
from pipeline.domain.orders import PurchaseOrder, Receipt, UsageRecord
from pipeline.domain.supplier import Supplier
from pipeline.ports import ErpGateway, LedgerReader

Answer = TypeVar("Answer")
MAX_PAUSE = timedelta(minutes=60)
GIVE_UP_AFTER = timedelta(hours=24)


def backoff(attempt: int, jitter: random.Random) -> timedelta:
    """The pause before try `attempt` (from 1): up to 1, 2, 4 ... 60 minutes, full jitter (I.5)."""
    ceiling = min(MAX_PAUSE, timedelta(minutes=2 ** min(max(attempt, 1) - 1, 10)))
    return ceiling * jitter.random()


class Breaker:
    """State of one connector. Thread-safe. `counts` holds failures by kind, for the metrics."""

    def __init__(
        self, in_a_row: int = 5, window: int = 20, pause: float = 60.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._in_a_row, self._pause, self._clock = in_a_row, pause, clock
        self._last: deque[bool] = deque(maxlen=window)
        self._row = 0
        self._opened: float | None = None
        self._probing = False
        self._lock = threading.Lock()
        self.counts: dict[str, int] = {}

    @property
    def state(self) -> str:
        """closed | open | half_open."""
        with self._lock:
            return self._state()

    def _state(self) -> str:
        if self._opened is None:
            return "closed"
        return "open" if self._clock() - self._opened < self._pause else "half_open"

    def call(self, work: Callable[[], Answer]) -> Answer:
        """`work()`, unless the circuit is open. Raises CircuitOpen or what `work` raises."""
        self._enter()
        try:
            answer = work()
        except ErpError as problem:
            self._left(healthy=not isinstance(problem, ErpBusy | OutcomeUnknown), kind=problem.kind)
            raise
        except BaseException:
            self._left(healthy=False, kind="error")
            raise
        self._left(healthy=True)
        return answer

    def _enter(self) -> None:
        with self._lock:
            state = self._state()
            if state == "open" or (state == "half_open" and self._probing):
                raise CircuitOpen(
                    "The ERP has failed too often; calls pause.", "They go on by themselves.", self._pause
                )
            self._probing = state == "half_open"

    def _left(self, healthy: bool, kind: str | None = None) -> None:
        with self._lock:
            if kind:
                self.counts[kind] = self.counts.get(kind, 0) + 1
            was_probing, self._probing = self._probing, False
            self._last.append(healthy)
            self._row = 0 if healthy else self._row + 1
            if healthy and (was_probing or self._opened is None):
                if was_probing:
                    self._last.clear()
                    self._opened = None
                return
            full = len(self._last) == self._last.maxlen
            if was_probing or self._row >= self._in_a_row or (full and self._last.count(False) * 2 >= len(self._last)):
                self._opened = self._clock()


class GuardedGateway:
    """Any gateway behind a breaker."""

    def __init__(self, inner: ErpGateway, breaker: Breaker) -> None:
        self.inner, self.breaker = inner, breaker
        self.name = inner.name

    def suppliers(self, since: Cursor) -> Batch[Supplier]:
        return self.breaker.call(lambda: self.inner.suppliers(since))

    def purchase_orders(self, since: Cursor) -> Batch[PurchaseOrder]:
        return self.breaker.call(lambda: self.inner.purchase_orders(since))

    def receipts(self, since: Cursor) -> Batch[Receipt]:
        return self.breaker.call(lambda: self.inner.receipts(since))

    def billed(self, since: Cursor) -> Batch[PriorInvoice]:
        return self.breaker.call(lambda: self.inner.billed(since))

    def usage(self, since: Cursor) -> Batch[UsageRecord]:
        return self.breaker.call(lambda: self.inner.usage(since))

    def contract_prices(self) -> Sequence[ContractPrice]:
        return self.breaker.call(self.inner.contract_prices)

    def item_uoms(self) -> Sequence[ItemUom]:
        return self.breaker.call(self.inner.item_uoms)

    def accounts(self) -> Sequence[GlAccount]:
        return self.breaker.call(self.inner.accounts)

    def supplier_xrefs(self) -> Sequence[SupplierXref]:
        return self.breaker.call(self.inner.supplier_xrefs)

    def ledger_facts(self) -> LedgerFacts:
        """The inner connector's; nothing is told where it knows none."""
        inner = self.inner
        return self.breaker.call(inner.ledger_facts) if isinstance(inner, LedgerReader) else LedgerFacts()

    def post(self, voucher: Voucher, key: str) -> VoucherStatus:
        return self.breaker.call(lambda: self.inner.post(voucher, key))

    def status(self, key: str) -> VoucherStatus | None:
        return self.breaker.call(lambda: self.inner.status(key))

    def vouchers(self, since: date) -> Sequence[VoucherStatus]:
        return self.breaker.call(lambda: self.inner.vouchers(since))
