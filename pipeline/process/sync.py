"""Sync: what the ERP changed, into our masters; then wake what waited for it (spec I.2, C.7, I.8).

Each stream stands alone: its own read, its own transaction, its own cursor. One that fails is reported and tried again
next time, the others go on. Nothing is held open while the ERP is asked.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.app import App
from pipeline.domain.erp import REFERENCE, START, Batch, CircuitOpen, Cursor, ErpError, Stream, StreamState
from pipeline.domain.errors import InvalidInput
from pipeline.domain.events import SYSTEM, Action, EventDraft
from pipeline.domain.invoice import PriorInvoice
from pipeline.domain.lifecycle import next_state
from pipeline.ports import ErpGateway, MasterWriter
from pipeline.process.failures import failed, recovered

WriterOf = Callable[[], AbstractContextManager[MasterWriter]]
# Suppliers and their numbers first, so that an order finds its supplier; what wakes invoices last.
ORDER = (Stream.SUPPLIERS, *REFERENCE, Stream.ORDERS, Stream.BILLED, Stream.USAGE, Stream.RECEIPTS)
REFERENCE_EVERY = timedelta(hours=1)
TRIGGER = {
    Stream.ORDERS: "po_change",
    Stream.XREFS: "po_change",
    Stream.ITEM_UOMS: "po_change",
    Stream.CONTRACT_PRICES: "po_change",
    Stream.BILLED: "po_change",
    Stream.USAGE: "receipt_event",
    Stream.RECEIPTS: "receipt_event",
}
CHUNK = 500
FOLLOW = {"paid": "paid", "void": "void"}


@dataclass(frozen=True, slots=True)
class StreamReport:
    """How reading one stream went. `changed`: ids or order numbers that are new or different; `error` is None when well."""

    stream: Stream
    rows: int = 0
    changed: tuple[str, ...] = ()
    as_of: datetime | None = None
    error: str | None = None
    kind: str | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class SyncReport:
    """`touched`: (order number, trigger) to wake; `billed`: invoices of ours that the ERP now holds as paid or void."""

    streams: tuple[StreamReport, ...]
    touched: tuple[tuple[str, str], ...] = ()
    billed: tuple[PriorInvoice, ...] = ()

    @property
    def failed(self) -> tuple[StreamReport, ...]:
        return tuple(report for report in self.streams if report.error)


def sync(gateway: ErpGateway, writer: WriterOf, *, full: bool = False, streams: Sequence[Stream] = ORDER) -> SyncReport:
    """Read every stream once. `full` forgets the cursors and reads all: the nightly proof that nothing was missed."""
    reports, touched, billed = [], {}, []
    for stream in streams:
        if stream in REFERENCE and not full and not _due(writer, stream):
            continue
        report, rows = _one(gateway, writer, stream, full)
        reports.append(report)
        if stream in TRIGGER:
            touched.update(dict.fromkeys(report.changed, TRIGGER[stream]))
        if stream is Stream.BILLED:
            billed = [row for row in rows if row.id and row.status in FOLLOW]
    return SyncReport(tuple(reports), tuple(sorted(touched.items())), tuple(billed))


def sync_erp(app: App, full: bool = False) -> tuple[SyncReport, list[str], list[str]]:
    """One whole pass: read, note what failed or works again, wake who waited, follow what was paid or cancelled there.

    Returns the report, the invoices that were woken and those that moved. Raises InvalidInput without an ERP.
    """
    if app.erp is None or app.masters is None:
        raise InvalidInput("No ERP is configured.", "Set APDESK_ERP.")
    report = sync(app.erp, app.masters, full=full)
    for each in report.failed:
        if each.kind != CircuitOpen.kind:
            failed(app, f"read {each.stream.value}", each.error or "", each.kind or "error")
    recovered(app, [f"read {each.stream.value}" for each in report.streams if not each.error])
    return report, wake(app, report.touched), follow(app, report.billed)


def _due(writer: WriterOf, stream: Stream) -> bool:
    """Reference lists change seldom and are read whole: once an hour is enough, and at once after a failure."""
    with writer() as work:
        state = work.stream_state(stream)
        work.rollback()
    return state.as_of is None or bool(state.error) or datetime.now(UTC) - state.as_of >= REFERENCE_EVERY


def _one(gateway: ErpGateway, writer: WriterOf, stream: Stream, full: bool) -> tuple[StreamReport, tuple[Any, ...]]:
    began = time.perf_counter()
    with writer() as work:
        before = work.stream_state(stream)
        work.rollback()
    try:
        batch = _read(gateway, stream, START if full else before.cursor)
        with writer() as work:
            changed = _write(work, stream, batch, before, full)
            work.commit()
    except ErpError as problem:
        with writer() as work:
            state = work.stream_state(stream)
            work.save_stream_state(replace(state, error=str(problem), failures=state.failures + 1))
            work.commit()
        return StreamReport(stream, error=str(problem), kind=problem.kind, seconds=time.perf_counter() - began), ()
    seconds = time.perf_counter() - began
    return StreamReport(stream, len(batch.rows), tuple(changed), batch.as_of, seconds=seconds), batch.rows


def _read(gateway: ErpGateway, stream: Stream, since: Cursor) -> Batch[Any]:
    lists: dict[Stream, Callable[[], Sequence[Any]]] = {
        Stream.XREFS: gateway.supplier_xrefs,
        Stream.ITEM_UOMS: gateway.item_uoms,
        Stream.CONTRACT_PRICES: gateway.contract_prices,
        Stream.ACCOUNTS: gateway.accounts,
    }
    if stream in lists:
        began = datetime.now(UTC)
        return Batch(tuple(lists[stream]()), START, began)
    reads: dict[Stream, Callable[[Cursor], Batch[Any]]] = {
        Stream.SUPPLIERS: gateway.suppliers,
        Stream.ORDERS: gateway.purchase_orders,
        Stream.RECEIPTS: gateway.receipts,
        Stream.BILLED: gateway.billed,
        Stream.USAGE: gateway.usage,
    }
    return reads[stream](since)


def _write(work: MasterWriter, stream: Stream, batch: Batch[Any], before: StreamState, full: bool) -> Sequence[str]:
    """Upsert and remember how far we are. A run that was overtaken by another drops its older rows.

    After a full read the orders that it no longer brings were deleted in the ERP (I.2: tombstones)."""
    if work.stream_state(stream).cursor != before.cursor:
        return ()
    puts: dict[Stream, Callable[[Iterable[Any]], Sequence[str]]] = {
        Stream.SUPPLIERS: work.put_suppliers,
        Stream.ORDERS: lambda rows: work.put_orders(rows, complete=full),
        Stream.RECEIPTS: work.put_receipts,
        Stream.BILLED: work.put_billed,
        Stream.USAGE: work.put_usage,
    }
    if stream in REFERENCE:
        changed = work.put_reference(stream, batch.rows)
    else:
        changed = puts[stream](batch.rows) if batch.rows or full else ()
    work.save_stream_state(StreamState(stream, batch.cursor, batch.as_of))
    return changed


def wake(app: App, touched: Iterable[tuple[str, str]]) -> list[str]:
    """Match again every invoice that waits for one of these orders, each in its own transaction (C.7). Returns their ids."""
    by_trigger: dict[str, list[str]] = {}
    for number, trigger in touched:
        by_trigger.setdefault(trigger, []).append(number)
    woken: dict[str, None] = {}
    for trigger, numbers in sorted(by_trigger.items(), reverse=True):
        for start in range(0, len(numbers), CHUNK):
            with app.unit_of_work() as work:
                waiting = [x for x in work.waiting_on(numbers[start : start + CHUNK]) if x not in woken]
            for invoice in waiting:
                with app.unit_of_work() as work:
                    app.rematch(work, work.get_invoice(invoice), trigger)
                    work.commit()
                woken[invoice] = None
    return list(woken)


def follow(app: App, billed: Iterable[PriorInvoice]) -> list[str]:
    """Take over from the ERP that a posted invoice of ours was paid or cancelled (F.1). Returns the invoices that moved."""
    moved = []
    for row in billed:
        with app.unit_of_work() as work:
            try:
                record = work.get_invoice(row.id)
            except InvalidInput:
                continue  # A key of ours that we do not know: the reconciliation names it.
            state = next_state("invoice", record.state, FOLLOW[row.status])
            if state is None:
                continue
            saved = work.save_invoice(replace(record, state=state))
            change = {"state": [record.state, state]}
            work.record(EventDraft(SYSTEM, Action.STATE_CHANGED, "invoice", saved.id, saved.version, diff=change))
            work.commit()
            moved.append(row.id)
    return moved
