"""Aggregates as rows: which of their values become searchable columns."""

from typing import Any

from pipeline.domain.document import Document
from pipeline.domain.identifiers import norm_po, normalise_invoice_number, skeleton
from pipeline.domain.records import InvoiceRecord, ReviewItem
from pipeline.storage import codec
from pipeline.storage.columns import clean, key, units

LONGEST_SEARCH = 2000


def _text(value: str | None) -> str | None:
    return None if value is None else clean(value)


def number_keys(number: str | None) -> tuple[str | None, str | None]:
    """The index keys of an invoice number: normalised, and its skeleton (C.4)."""
    norm = normalise_invoice_number(number) if number else ""
    return key(norm), key(skeleton(norm))


def document_row(document: Document) -> dict[str, Any]:
    return {
        "id": document.id,
        "sequence": document.sequence,
        "sha256": document.sha256,
        "accepted_sha256": document.sha256 if document.status != "discarded" else None,
        "status": document.status,
        "channel": str(document.channel),
        "source_name": clean(document.source_name),
        "part": _text(document.part),
        "received_on": document.received_on,
        "message_id": key(document.message_id),
        "parent_id": document.parent_id,
        "body": codec.dump(document),
    }


def invoice_row(record: InvoiceRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "document_id": record.document_id,
        "sequence": record.sequence,
        "version": record.version,
        "state": record.state,
        "kind": record.kind,
        "channel": str(record.channel),
        "source_name": clean(record.source_name),
        "part": _text(record.part),
        "received_on": record.received_on,
        "run_no": record.run_no,
        "human_touches": record.human_touches,
        **_facts(record),
        **_outcome(record),
        "search": _search(record),
        "body": codec.dump(record),
    }


def _facts(record: InvoiceRecord) -> dict[str, Any]:
    invoice = record.invoice
    number, skeleton_key = number_keys(invoice.invoice_number if invoice else None)
    reference, _ = number_keys(invoice.references_invoice if invoice else None)
    return {
        "supplier_id": _text(invoice.supplier_id) if invoice else None,
        "supplier_name": _text(invoice.supplier_name) if invoice else None,
        "number": _text(invoice.invoice_number) if invoice else None,
        "number_key": number,
        "skeleton_key": skeleton_key,
        "reference_key": reference,
        "invoice_date": invoice.invoice_date if invoice else None,
        "due_date": invoice.due_date if invoice else None,
        "po_number": _text(invoice.po_number) if invoice else None,
        "currency": _text(invoice.currency) if invoice else None,
        "total": invoice.total if invoice else None,
        "total_units": total_units(record),
    }


def _outcome(record: InvoiceRecord) -> dict[str, Any]:
    match = record.match
    return {
        "status": match.status if match else None,
        "primary_code": match.primary_code if match else None,
        "payable": match.payable_now if match else None,
        "disputed": match.disputed_amount if match else None,
    }


def total_units(record: InvoiceRecord) -> int | None:
    """The amount without its sign: a credit note of 100 and one printed as -100 are the same money (C.4)."""
    total = record.invoice.total if record.invoice else None
    return units(abs(total)) if total is not None else None


def _search(record: InvoiceRecord) -> str:
    invoice = record.invoice
    seen = [record.source_name, record.part]
    if invoice:
        seen += [invoice.invoice_number, invoice.supplier_name, invoice.supplier_id, invoice.po_number]
        seen += [format(invoice.total, "f") if invoice.total is not None else None]
    return clean(" ".join(x for x in seen if x)).lower()[:LONGEST_SEARCH]


def order_keys(record: InvoiceRecord) -> set[str]:
    """Keys of the orders that an invoice names or was linked to."""
    named: set[str | None] = {record.po_link}
    if record.invoice:
        named |= {record.invoice.po_number, *(line.po_number for line in record.invoice.lines)}
    if record.match:
        named |= {link.po_number for link in record.match.links} | set(record.match.po_numbers)
    return {found for number in named if number and (found := po_key(number))}


def po_key(number: str) -> str | None:
    """An order number as the key it is found by (B.1)."""
    return key(norm_po(number))


def item_row(item: ReviewItem) -> dict[str, Any]:
    return {
        "id": item.id,
        "invoice_id": item.invoice_id,
        "version": item.version,
        "kind": item.kind,
        "state": item.state,
        "queue": item.queue,
        "owner_role": item.owner_role,
        "restricted": item.restricted,
        "priority": units(item.priority_score) or 0,
        "at_risk_units": units(item.amount_at_risk),
        "due_at": item.due_at,
        "opened_at": item.opened_at,
        "resolved_at": item.resolved_at,
        "sla_class": item.sla_class,
        "reopened_count": item.reopened_count,
        "assignee": item.assignee,
        "claimed_by": item.claimed_by,
        "lock_expires_at": item.lock_expires_at,
        "body": codec.dump(item),
    }
