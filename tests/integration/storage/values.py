"""Small whole values for the storage tests."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4

from pipeline.domain.document import Box, Channel, Document, Kind, ReadStatus
from pipeline.domain.events import SYSTEM, Action, EventDraft
from pipeline.domain.invoice import Charge, Invoice, InvoiceLine
from pipeline.domain.matching import Finding, LineLink, MatchResult
from pipeline.domain.reading import Extracted, Reading, ReadLine, Source
from pipeline.domain.records import Acceptance, InvoiceRecord, ReviewItem

NOW = datetime(2026, 3, 20, 9, 30, 0, 123456, tzinfo=UTC)


def a_document(sha: str = "a" * 64, **more: object) -> Document:
    values = {
        "id": str(uuid4()),
        "sha256": sha,
        "source_name": "mail/1.eml",
        "part": "invoice.pdf",
        "media_type": "application/pdf",
        "size": 10,
        "channel": Channel.EMAIL,
        "received_on": date(2026, 3, 19),
        "received_at": NOW,
        "sequence": 1,
    }
    return Document(**(values | more))  # type: ignore[arg-type]


def an_invoice(**more: object) -> Invoice:
    line = InvoiceLine(
        "1", "Gloves", Decimal("10.000000"), "BX", Decimal("1.0000000001"), Decimal("10.00"), serials=("S1",)
    )
    values = {
        "invoice_number": "INV-0042",
        "invoice_date": date(2026, 3, 10),
        "supplier_id": "SUP-1",
        "supplier_name": "Acme",
        "po_number": "PO-1",
        "currency": "USD",
        "lines": (line,),
        "charges": (Charge("freight", Decimal("4.50")),),
        "total": Decimal("14.50"),
        "field_confidence": {"total": Decimal("0.9876")},
    }
    return Invoice(**(values | more))  # type: ignore[arg-type]


def a_record(document: Document, **more: object) -> InvoiceRecord:
    field = Extracted("14.50", 0.99, Source.TEXT, "14,50", 1, Box(0.1, 0.2, 0.3, 0.4), "label left")
    reading = Reading(
        ReadStatus.OK,
        Kind.INVOICE,
        (1, 2),
        2,
        fields={"total": field},
        lines=(ReadLine("Gloves", quantity=Decimal(10)),),
    )
    link = LineLink("1", "PO-1", "1", Decimal(1000), Decimal("10.00"), Decimal("1"), ("equal supplier item",))
    finding = Finding(
        "PRICE_OVER", "hold", "1", "10.00", "11.00", Decimal("1.00"), Decimal("10"), "2 %", "system", "Too dear."
    )
    match = MatchResult("HOLD", (finding,), (link,), disputed_amount=Decimal("1.00"), primary_code="PRICE_OVER")
    values = {
        "id": str(uuid4()),
        "document_id": document.id,
        "sequence": 1000,
        "channel": document.channel,
        "source_name": document.source_name,
        "part": document.part,
        "page_range": (1, 2),
        "received_on": document.received_on,
        "received_at": document.received_at,
        "state": "IN_REVIEW",
        "reading": reading,
        "invoice": an_invoice(),
        "match": match,
        "acceptances": (
            Acceptance("PRICE_OVER", "1", "variance", Decimal("1.00"), "u1", NOW, "PRICE_ACCEPTED", "agreed"),
        ),
        "line_links": {"1": ("PO-1", "1")},
    }
    return InvoiceRecord(**(values | more))  # type: ignore[arg-type]


def an_item(invoice_id: str, number: int = 0, **more: object) -> ReviewItem:
    values = {
        "id": str(uuid4()),
        "invoice_id": invoice_id,
        "kind": "exception",
        "queue": "AP_EXCEPTIONS",
        "owner_role": "AP_CLERK",
        "codes": (("PRICE_OVER", "1"),),
        "lead": True,
        "state": "OPEN",
        "opened_at": NOW,
        "due_at": NOW,
        "priority_score": Decimal(number),
    }
    return ReviewItem(**(values | more))  # type: ignore[arg-type]


def an_event(number: int) -> EventDraft:
    return EventDraft(
        SYSTEM,
        Action.MATCH_RUN,
        "invoice",
        f"i{number}",
        after={"n": number, "money": "1.00", "ok": True, "none": None},
    )
