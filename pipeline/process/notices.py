"""Notices to suppliers: what the outbox owes by mail (spec F.4 REJECT_TO_SUPPLIER, H.6)."""

from collections.abc import Callable
from datetime import datetime
from email.utils import parseaddr
from typing import Any

from pipeline.app import App
from pipeline.domain.errors import ApdeskError
from pipeline.domain.events import SYSTEM, Action, EventDraft
from pipeline.domain.records import OutboxMessage

TOPIC, LEASE_SECONDS = "notice", 120
RetryAt = Callable[[datetime, OutboxMessage, ApdeskError], datetime | None]


class NoAddress(ApdeskError):
    """No address of the supplier is known for certain: a person tells the supplier."""


def dispatch_notices(app: App, limit: int, retry_at: RetryAt) -> dict[str, int]:
    """Send what is due; counts by outcome. Without a mail server every notice stays owed."""
    counts: dict[str, int] = {}
    if not app.notifier.ready:
        return counts
    for message in app.outbox.lease([TOPIC], limit, LEASE_SECONDS):
        if _taken_back(app, message):
            app.outbox.done(message.id)
            counts["notice taken back"] = counts.get("notice taken back", 0) + 1
            continue
        try:
            to, values = _letter(app, message)
            app.notifier.send(to, str(message.payload["template"]), values)
        except ApdeskError as problem:
            app.outbox.failed(message.id, str(problem), retry_at(app.clock.now(), message, problem))
            outcome = "notice failed"
        else:
            _sent(app, message, to)
            app.outbox.done(message.id)
            outcome = "notice sent"
        counts[outcome] = counts.get(outcome, 0) + 1
    return counts


def _taken_back(app: App, message: OutboxMessage) -> bool:
    """Whether the rejection was undone before its mail went out."""
    if "invoice_id" not in message.payload:
        return False
    with app.unit_of_work() as work:
        return work.get_invoice(message.payload["invoice_id"]).reopened_as is not None


def _letter(app: App, message: OutboxMessage) -> tuple[str, dict[str, Any]]:
    """To whom, and what it may say. Nothing of a document with patient data but its number."""
    if "invoice_id" not in message.payload:
        return _answer(app, message)
    with app.unit_of_work() as work:
        record = work.get_invoice(message.payload["invoice_id"])
        sender = work.get_document(record.document_id).sender
        invoice = record.invoice
        supplier = work.masters.supplier(invoice.supplier_id) if invoice and invoice.supplier_id else None
    address = parseaddr(sender or "")[1]
    domain = address.rpartition("@")[2].lower()
    # A sender is no proof of who wrote: only an address of the supplier's own domain on file is answered.
    if supplier is None or not domain or domain not in {known.lower().lstrip("@") for known in supplier.domains}:
        raise NoAddress("No mail address of this supplier is on file.", "Tell the supplier by other means.")
    values = {
        "key": message.key, "invoice_id": record.id, "supplier_name": supplier.name,
        "invoice_number": invoice.invoice_number if invoice else None,
        "invoice_date": invoice.invoice_date if invoice else None, "po_number": invoice.po_number if invoice else None,
        "received_on": record.received_on.isoformat(), "reason": "" if record.phi else message.payload.get("reason", ""),
    }  # fmt: skip
    return address, values


def _answer(app: App, message: OutboxMessage) -> tuple[str, dict[str, Any]]:
    """The acknowledgement or refusal of a mail that came in: file names and our own sentences, nothing that was read."""
    to, values = str(message.payload["to"]), dict(message.payload["values"])
    domain = to.rpartition("@")[2].lower()
    with app.unit_of_work() as work:
        known = {each.lower().lstrip("@") for supplier in work.masters.suppliers() for each in supplier.domains}
    # The master may have changed since; a domain below a known one is the supplier's too.
    if not any(domain == each or domain.endswith(f".{each}") for each in known if each):
        raise NoAddress("The sender is not in the supplier master any more.", "Tell the supplier by other means.")
    refused = [f"{row['name']}: {row['reason']}" for row in values["refused"]]
    return to, {**values, "refused": refused, "key": message.key}


def _sent(app: App, message: OutboxMessage, to: str) -> None:
    with app.unit_of_work() as work:
        after = {"to": to, "template": message.payload["template"], "key": message.key}
        invoice = message.payload.get("invoice_id")
        kind, about = ("invoice", invoice) if invoice else ("document", message.key.removeprefix("answer:"))
        work.record(EventDraft(SYSTEM, Action.NOTICE_SENT, kind, str(about), after=after))
        work.commit()
