"""Reprocess a batch: read and match again, but show first what would change and why (contract)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from pipeline.app import App
from pipeline.domain.events import SYSTEM, Action, EventDraft
from pipeline.domain.reading import Reading
from pipeline.domain.records import InvoiceRecord

OPEN_STATES = (
    "EXTRACTED",
    "IN_REVIEW",
    "WAIT_RECEIPT",
    "AWAITING_APPROVAL",
    "AUTO_APPROVED",
    "APPROVED",
    "NOT_INVOICE",
)


@dataclass(frozen=True)
class Selection:
    """Which invoices; None means any. `status` is a match status (HOLD ...) or a state (IN_REVIEW ...)."""

    since: date | None = None
    until: date | None = None
    supplier_id: str | None = None
    status: str | None = None
    channel: str | None = None


@dataclass(frozen=True)
class Change:
    """One invoice that would come out differently."""

    invoice_id: str
    document: str
    number: str | None
    before: str
    after: str
    why: str

    def row(self) -> dict[str, Any]:
        return {
            "invoice_id": self.invoice_id,
            "document": self.document,
            "number": self.number,
            "before": self.before,
            "after": self.after,
            "why": self.why,
        }


def changes(app: App, wanted: Selection, tell: Callable[[str, int], None]) -> list[Change]:
    """What a reprocessing would change. Runs in transactions that are rolled back: nothing is stored."""
    ids = list(_selected(app, wanted))
    tell("compare", len(ids))
    found = []
    for invoice_id in ids:
        change = _compare(app, invoice_id)
        tell("compare", -1)
        if change:
            found.append(change)
    return found


def reprocess_invoice(app: App, invoice_id: str) -> bool:
    """Read and match one invoice again, in one transaction. False when it is past changing."""
    record, reading, readings = _fresh_reading(app, invoice_id)
    if record.state not in OPEN_STATES or reading is None:
        return False
    with app.unit_of_work() as work:
        # Somebody who changed the record meanwhile wins: the save below is refused as stale.
        work.record(
            EventDraft(SYSTEM, Action.REPROCESSED, "invoice", record.id, record.version, after={"readings": readings})
        )
        work.put_pages(record.id, reading.layout)
        app.rematch(work, replace(record, reading=replace(reading, layout=()), kind=str(reading.kind)), "manual")
        work.commit()
    return True


def _selected(app: App, wanted: Selection) -> Iterator[str]:
    offset = 0
    while rows := app.queries.invoices(
        since=wanted.since,
        until=wanted.until,
        supplier_id=wanted.supplier_id,
        channel=wanted.channel,
        offset=offset,
        limit=500,
    ):
        offset += len(rows)
        for row in rows:
            if row["state"] in OPEN_STATES and wanted.status in (None, row["state"], row["status"]):
                yield row["id"]


def _fresh_reading(app: App, invoice_id: str) -> tuple[InvoiceRecord, Reading | None, int]:
    """The record, the reading of the same page range (or the only one; None when the file now splits differently), and
    how many readings there are. Reading takes long, so no transaction is open meanwhile."""
    with app.unit_of_work() as work:
        record = work.get_invoice(invoice_id)
        document = work.get_document(record.document_id)
    companion = app.blobs.get(document.companion_sha256) if document.companion_sha256 else None
    readings = app.reader.read(app.blobs.get(document.sha256), document.part or document.source_name, companion)
    same = [r for r in readings if r.page_range == record.page_range]
    if not same and len(readings) == 1:
        same = list(readings)
    return record, (same[0] if len(same) == 1 else None), len(readings)


def _compare(app: App, invoice_id: str) -> Change | None:
    record, reading, readings = _fresh_reading(app, invoice_id)
    if reading is None:
        why = f"the file now splits into {readings} invoices: open it by hand"
        return Change(invoice_id, record.source_name, None, record.state, record.state, why)
    with app.unit_of_work() as work:
        fresh = app.rematch(work, replace(record, reading=replace(reading, layout=())), "manual")
        work.rollback()
    why = "; ".join((*_value_changes(record, fresh), *_code_changes(record, fresh)))
    if record.state == fresh.state and not why:
        return None
    number = fresh.invoice.invoice_number if fresh.invoice else None
    return Change(invoice_id, record.source_name, number, record.state, fresh.state, why)


def _value_changes(before: InvoiceRecord, after: InvoiceRecord) -> Iterator[str]:
    old = before.reading.fields if before.reading else {}
    new = after.reading.fields if after.reading else {}
    for name in sorted(set(old) | set(new)):
        was, now = (old[name].value if name in old else "nothing"), (new[name].value if name in new else "nothing")
        if was != now:
            yield f"{name}: {was} -> {now}"


def _code_changes(before: InvoiceRecord, after: InvoiceRecord) -> Iterator[str]:
    old = {f.code for f in before.match.holds} if before.match else set()
    new = {f.code for f in after.match.holds} if after.match else set()
    yield from (f"{code} gone" for code in sorted(old - new))
    yield from (f"{code} new" for code in sorted(new - old))
