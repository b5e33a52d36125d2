"""Aggregates as rows: which of their values become searchable columns."""

from typing import Any

from pipeline.domain.document import Document
from pipeline.domain.identifiers import norm_po, normalise_invoice_number, skeleton
from pipeline.domain.records import InvoiceRecord, ReviewItem
from pipeline.storage import codec


def document_row(document: Document) -> dict[str, Any]:
    accepted = document.sha256 if document.status != "discarded" else None
    return {
        "id": document.id,
        "sequence": document.sequence,
        "sha256": document.sha256,
        "accepted_sha256": accepted,
        "status": document.status,
        "channel": str(document.channel),
        "received_on": document.received_on,
        "parent_id": document.parent_id,
        "body": codec.dump(document),
    }


def invoice_row(record: InvoiceRecord, supplier_group: str | None) -> dict[str, Any]:
    invoice, match = record.invoice, record.match
    number = invoice.invoice_number if invoice else None
    norm = normalise_invoice_number(number) if number else None
    reference = invoice.references_invoice if invoice else None
    seen = (record.source_name, record.part, number, *_parties(record), invoice.po_number if invoice else None)
    return {
        "id": record.id,
        "document_id": record.document_id,
        "sequence": record.sequence,
        "version": record.version,
        "state": record.state,
        "status": match.status if match else None,
        "kind": record.kind,
        "channel": str(record.channel),
        "source_name": record.source_name,
        "part": record.part,
        "received_on": record.received_on,
        "run_no": record.run_no,
        "supplier_id": invoice.supplier_id if invoice else None,
        "supplier_name": invoice.supplier_name if invoice else None,
        "supplier_group": supplier_group,
        "number": number,
        "number_norm": norm[:80] if norm else None,
        "number_skeleton": skeleton(norm)[:80] if norm else None,
        "invoice_date": invoice.invoice_date if invoice else None,
        "due_date": invoice.due_date if invoice else None,
        "po_number": invoice.po_number if invoice else None,
        "references_norm": normalise_invoice_number(reference)[:80] if reference else None,
        "currency": invoice.currency if invoice and invoice.currency and len(invoice.currency) == 3 else None,
        "total": invoice.total if invoice else None,
        "primary_code": match.primary_code if match else None,
        "search": " ".join(str(x) for x in seen if x).lower()[:2000],
        "body": codec.dump(record),
    }


def _parties(record: InvoiceRecord) -> tuple[str | None, str | None]:
    return (record.invoice.supplier_name, record.invoice.supplier_id) if record.invoice else (None, None)


def order_keys(record: InvoiceRecord) -> set[str]:
    """The orders an invoice names or was linked to."""
    named: set[str | None] = set()
    if record.invoice:
        named |= {record.invoice.po_number, *(line.po_number for line in record.invoice.lines)}
    if record.match:
        named |= {link.po_number for link in record.match.links} | set(record.match.po_numbers)
    return {norm_po(number)[:80] for number in named if number and norm_po(number)}


def item_row(item: ReviewItem) -> dict[str, Any]:
    return {
        "id": item.id,
        "invoice_id": item.invoice_id,
        "version": item.version,
        "state": item.state,
        "queue": item.queue,
        "owner_role": item.owner_role,
        "restricted": item.restricted,
        "priority": int(item.priority_score * 10_000),
        "due_at": item.due_at,
        "opened_at": item.opened_at,
        "claimed_by": item.claimed_by,
        "lock_expires_at": item.lock_expires_at,
        "body": codec.dump(item),
    }
