"""Advance: documents and invoices to their next state, one transaction each. Retrying is free: what is past is skipped."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from uuid import UUID, uuid4

from pipeline.app import App
from pipeline.domain.document import Document, Kind, ReadStatus
from pipeline.domain.errors import ApdeskError
from pipeline.domain.events import SYSTEM, Action, EventDraft
from pipeline.domain.reading import Reading
from pipeline.domain.records import InvoiceRecord
from pipeline.process.order_data import keep_order_data
from pipeline.process.sync import wake

MAX_ATTEMPTS = 3


def read_documents(app: App, document_ids: Sequence[str], jobs: int = 1) -> Iterator[str]:
    """Read these documents in parallel children and store what was found, in order; yields each document's id."""
    with app.unit_of_work() as work:
        documents = [work.get_document(document_id) for document_id in document_ids]
    unread = [document for document in documents if document.status == "received"]
    requests = ((app.blobs.get(d.sha256), _name(d), _companion(app, d)) for d in unread)
    for document, readings in zip(unread, app.reader.read_many(requests, jobs), strict=True):
        store_readings(app, document, readings)
        yield document.id


def _name(document: Document) -> str:
    return document.part or document.source_name


def _companion(app: App, document: Document) -> bytes | None:
    return app.blobs.get(document.companion_sha256) if document.companion_sha256 else None


def store_readings(app: App, document: Document, readings: Sequence[Reading]) -> None:
    """One record per reading, in one transaction with the document's new status."""
    with app.unit_of_work() as work:
        if work.get_document(document.id).status != "received":
            return
        for position, reading in enumerate(readings):
            record = new_record(document, reading, position)
            work.add_invoice(record)
            work.put_pages(record.id, reading.layout)
            work.record(classified_event(document, record, reading))
            work.record(extracted_event(document, record, reading))
        status = "quarantined" if readings[0].status is ReadStatus.QUARANTINED else "read"
        work.save_document(replace(document, status=status, reason=readings[0].reason))
        if len(readings) > 1:
            split = {"parts": [list(r.page_range) if r.page_range else None for r in readings]}
            work.record(EventDraft(SYSTEM, Action.DOCUMENT_SPLIT, "document", document.id, after=split))
        touched = keep_order_data(work, document, readings, app.order_authority or (lambda _: False))
        work.commit()
    if touched:
        wake(app, [(number, "receipt_event") for number in touched])


def new_record(document: Document, reading: Reading, position: int) -> InvoiceRecord:
    """The record of one reading of a document; `position` orders it among the others."""
    return InvoiceRecord(
        id=str(new_id()),
        document_id=document.id,
        sequence=document.sequence * 1000 + position,
        channel=document.channel,
        source_name=document.source_name,
        part=document.part or reading.part,
        page_range=reading.page_range,
        received_on=document.received_on,
        received_at=document.received_at,
        state="EXTRACTED",
        kind=str(reading.kind),
        reading=replace(reading, layout=()),
        reason=reading.reason,
        phi=any(code == "DOC_PHI" for code, _ in reading.findings),
    )


def classified_event(document: Document, record: InvoiceRecord, reading: Reading) -> EventDraft:
    body = {"kind": str(reading.kind), "confidence": round(reading.kind_confidence, 4), "status": str(reading.status)}
    engines = ", ".join(f"{name} {version}" for name, version in sorted(reading.engines.items()))
    return EventDraft(
        SYSTEM, Action.CLASSIFIED, "invoice", record.id, after=body, model_version=engines, source_ref=document.sha256
    )


def extracted_event(document: Document, record: InvoiceRecord, reading: Reading) -> EventDraft:
    body = {
        "fields": {
            name: {"confidence": round(field.confidence, 4), "source": str(field.source)}
            for name, field in reading.fields.items()
        },
        "lines": len(reading.lines),
        "pages": reading.pages,
        "quality_low": round(reading.quality_low, 4),
    }
    return EventDraft(SYSTEM, Action.FIELD_EXTRACTED, "invoice", record.id, after=body, source_ref=document.sha256)


def match_invoice(app: App, invoice_id: str, trigger: str = "intake") -> str:
    """Resolve, match and route one invoice in one transaction. Returns its state.

    A failure of ours never loses the invoice: after MAX_ATTEMPTS it stands before a clerk with the reason.
    """
    try:
        with app.unit_of_work() as work:
            saved = app.rematch(work, work.get_invoice(invoice_id), trigger)
            work.commit()
            return saved.state
    except ApdeskError as problem:
        if problem.retryable and _count_attempt(app, invoice_id) < MAX_ATTEMPTS:
            raise
        return give_up(app, invoice_id, str(problem))


def _count_attempt(app: App, invoice_id: str) -> int:
    with app.unit_of_work() as work:
        record = work.get_invoice(invoice_id)
        saved = work.save_invoice(replace(record, attempts=record.attempts + 1))
        work.commit()
        return saved.attempts


def give_up(app: App, invoice_id: str, why: str) -> str:
    """Put an invoice that cannot be processed before a clerk."""
    with app.unit_of_work() as work:
        record = work.get_invoice(invoice_id)
        reading = Reading(ReadStatus.UNREADABLE, Kind.OTHER, record.page_range, 0, reason=why)
        reading = replace(record.reading or reading, findings=(("DOC_UNREADABLE", f"Processing stopped: {why}"),))
        saved = app.rematch(work, replace(record, reading=reading), "manual")
        work.commit()
        return saved.state


def run_pass(app: App, jobs: int = 1, progress: Callable[[str, int], None] | None = None) -> dict[str, int]:
    """One pass over everything pending, in order of arrival. Returns how many invoices reached which state."""
    tell = progress or (lambda stage, count: None)
    documents = app.queries.unread_documents()
    tell("read", len(documents))
    for _ in read_documents(app, documents, jobs):
        tell("read", -1)
    waiting = [*app.queries.unmatched_invoices(), *app.queries.waiting_invoices()]
    tell("match", len(waiting))
    states: dict[str, int] = {}
    for invoice_id in waiting:
        state = match_invoice(app, invoice_id, "sweep")
        states[state] = states.get(state, 0) + 1
        tell("match", -1)
    return states


def new_id() -> UUID:
    """A random key; order of arrival is kept by `sequence`, not by the key."""
    return uuid4()
