"""What belongs to the proof of one invoice (spec H.4): the original, what was read, matched, decided, by whom and on what."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from typing import Any

from pipeline.app import App
from pipeline.audit.chain import canonical
from pipeline.audit.pack import as_json, build_pack
from pipeline.audit.summary import summary_pdf
from pipeline.domain.cells import inert
from pipeline.domain.document import Document
from pipeline.domain.errors import MissingDependency, NotAllowed
from pipeline.domain.events import Action, Actor, AuditEvent, EventDraft
from pipeline.domain.reading import Extracted
from pipeline.domain.records import InvoiceRecord, ReviewItem
from pipeline.review.case import po_numbers
from pipeline.review.fields import SECRET, current_values
from pipeline.review.permissions import allowed

Sign = Callable[[bytes], tuple[str, str]]
Crop = Callable[[InvoiceRecord, Document, str], bytes | None]
MASK = "••••"


def evidence_pack(app: App, invoice_id: str, actor: Actor, crop: Crop | None = None) -> bytes:
    """The signed ZIP. The export is itself an event, written before a byte is handed out (H.4).

    Raises NotAllowed without the permission, or for a document with patient data without the right to see it (H.6).
    """
    if not allowed(actor.roles, "evidence.export"):
        raise NotAllowed("Evidence is exported by auditors, compliance and the AP manager.", "H.4")
    if app.sign is None:
        raise MissingDependency("This installation has no signing key.", "Start it with its key folder.")
    with app.unit_of_work() as work:
        record = work.get_invoice(invoice_id)
        if record.phi and not allowed(actor.roles, "phi.view"):
            raise NotAllowed("This document holds patient data; compliance exports it.", "H.6")
        document, items = work.get_document(record.document_id), tuple(work.items_of(invoice_id))
        facts = _purchasing(work.masters, record)
        after = {"kind": "evidence_pack", "document_sha256": document.sha256}
        work.record(EventDraft(actor, Action.EXPORT_CREATED, "invoice", record.id, record.version, after=after))
        work.commit()
    # Sorted in the log's order; the pack ends with the event of its own making.
    events = sorted(
        (*app.queries.events(document.id, limit=100_000), *app.queries.events(record.id, limit=100_000)),
        key=lambda event: event.seq,
    )
    files = {**_record_files(record, items, events), **facts, **_original(app, document)}
    files.update(_crops(record, document, crop))
    about = _about(record, document, actor, events)
    files["summary.pdf"] = summary_pdf(about, _findings(record), _trail(events))
    return build_pack(files, about, app.clock.now(), app.sign)


def _about(record: InvoiceRecord, document: Document, actor: Actor, events: list[AuditEvent]) -> dict[str, Any]:
    invoice, match = record.invoice, record.match
    return {
        "invoice_id": record.id, "invoice_number": invoice.invoice_number if invoice else None,
        "supplier": invoice.supplier_name if invoice else None, "supplier_id": invoice.supplier_id if invoice else None,
        "total": invoice.total if invoice else None, "currency": invoice.currency if invoice else None,
        "state": record.state, "version": record.version, "document": document.part or document.source_name,
        "document_sha256": document.sha256, "received_on": record.received_on, "channel": str(record.channel),
        "policy_hash": match.policy_hash if match else None, "engine_version": match.engine_version if match else None,
        "exported_by": actor.id, "voucher_no": record.voucher_no, "events": len(events),
        "last_event_hash": events[-1].hash if events else None,
    }  # fmt: skip


def _record_files(record: InvoiceRecord, items: tuple[ReviewItem, ...], events: list[AuditEvent]) -> dict[str, bytes]:
    runs = [
        {"seq": e.seq, "at": e.occurred_at, **e.draft.after, "policy_version": e.draft.policy_version,
         "engine_version": e.draft.engine_version}
        for e in events if e.draft.action is Action.MATCH_RUN
    ]  # fmt: skip
    work = [{**asdict(item), "draft": {}, "lock_token": None} for item in items]
    return {
        "extracted.json": as_json(extracted(record)),
        "fields.csv": _fields_csv(record),
        "corrections.json": as_json([_masked_correction(asdict(c)) for c in record.corrections]),
        "match_runs.json": as_json(runs),
        "match_result.json": as_json(asdict(record.match) if record.match else None),
        "exceptions.json": as_json(work),
        "acceptances.json": as_json([asdict(a) for a in record.acceptances]),
        "approvals.json": as_json([asdict(a) for a in record.approvals]),
        "events.jsonl": b"".join(_event_line(event) for event in events),
    }


def extracted(record: InvoiceRecord) -> dict[str, Any]:
    """Every value with confidence, place, reason and the candidates that lost. Account numbers are left out (H.6)."""
    reading = record.reading
    if reading is None:
        return {"status": None, "reason": record.reason}
    fields = {name: asdict(_masked(name, found)) for name, found in reading.fields.items()}
    now = {name: MASK if name in SECRET and value else value for name, value in current_values(record).items()}
    lines = [asdict(line) for line in reading.lines]
    return {"status": str(reading.status), "fields": fields, "lines": lines, "values_now": now}


def _masked(name: str, found: Extracted) -> Extracted:
    return replace(found, value=MASK, raw="", alternatives=()) if name in SECRET else found


def _masked_correction(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "value": MASK, "machine_value": MASK} if row["field"] in SECRET else row


def _fields_csv(record: InvoiceRecord) -> bytes:
    """The header values as a table; cells cannot become formulas."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("field", "machine", "confidence", "source", "page", "value_now"))
    now = current_values(record)
    for name, found in sorted((record.reading.fields if record.reading else {}).items()):
        read = _masked(name, found)
        shown = MASK if name in SECRET else now.get(name) or ""
        cells = (name, read.value, f"{read.confidence:.3f}", str(read.source), str(read.page or ""), shown)
        writer.writerow([inert(c) for c in cells])
    return out.getvalue().encode()


def _event_line(event: AuditEvent) -> bytes:
    """The bytes that were sealed, so that the hash can be computed again by anybody."""
    sealed = canonical(event.seq, event.event_id, event.occurred_at, event.draft).decode()
    row = {"sealed": sealed, "prev_hash": event.prev_hash, "hash": event.hash}
    return json.dumps(row, sort_keys=True, ensure_ascii=False).encode() + b"\n"


def _purchasing(masters: Any, record: InvoiceRecord) -> dict[str, bytes]:
    """The orders, receipts and usage as they stand now; what each run saw is pinned by its `inputs` hash."""
    orders = [o for number in po_numbers(record) if (o := masters.find_order(number)) is not None]
    return {
        "purchase_orders.json": as_json([asdict(order) for order in orders]),
        "receipts.json": as_json([asdict(r) for order in orders for r in masters.receipts(order.number)]),
        "usage.json": as_json([asdict(u) for order in orders for u in masters.usage(order.number)]),
    }


def _original(app: App, document: Document) -> dict[str, bytes]:
    """The file as it came, unless it is quarantined: then its hash only."""
    name = (document.part or document.source_name).replace("\\", "/").rsplit("/", 1)[-1]
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in name).lstrip(".")[:100] or "file"
    note = f"{document.sha256}  {safe}\n".encode()
    if document.status == "quarantined":
        return {"original.sha256": note}
    return {"original.sha256": note, f"original/{safe}": app.blobs.get(document.sha256)}


def _crops(record: InvoiceRecord, document: Document, crop: Crop | None) -> dict[str, bytes]:
    """The strip of the page that each header value was read from, without bank details."""
    if crop is None or record.reading is None:
        return {}
    names = [n for n, f in record.reading.fields.items() if f.box is not None and f.page and n not in SECRET]
    made = ((name, crop(record, document, name)) for name in sorted(names))
    return {f"crops/{name}.webp": data for name, data in made if data}


def _findings(record: InvoiceRecord) -> list[tuple[str, str, str]]:
    found = record.match.findings if record.match else ()
    return [(f.code + (f" line {f.line}" if f.line else ""), f.outcome, f.message) for f in found]


def _trail(events: list[AuditEvent]) -> list[tuple[str, str, str]]:
    return [(f"{e.occurred_at:%Y-%m-%d %H:%M:%S}", e.draft.actor.name or e.draft.actor.id, _words(e)) for e in events]


def _words(event: AuditEvent) -> str:
    return " · ".join(_parts(event))


def _parts(event: AuditEvent) -> Iterator[str]:
    yield str(event.draft.action)
    for part in (event.draft.after.get("status"), event.draft.reason_code, event.draft.comment):
        if part:
            yield str(part)
