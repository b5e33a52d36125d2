"""A scan of two invoices that was taken for one, and a reader of its parts."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from pipeline.domain.document import Box, Channel, Document, Kind, Page, ReadStatus
from pipeline.domain.events import SYSTEM, Action, EventDraft
from pipeline.domain.reading import Extracted, Reading, ReadLine, Source
from pipeline.domain.records import InvoiceRecord
from tests.fakes.paper import Paper

if TYPE_CHECKING:
    from tests.fakes.desk import Desk

SUPPLIER, ORDER = "Brightwater Medical Distributors", "4500119261"
FIRST, SECOND = ("BW-31001", "382.80"), ("BW-31002", "296.00")


def read_part(pages: tuple[Page, ...]) -> Reading:
    """Number and total as they stand on the pages, found by what they look like."""
    words = [(page.number, word) for page in pages for word in page.words]
    fields: dict[str, Extracted] = {}
    for name, sign in (("invoice_number", "BW-"), ("total", "USD")):
        number, word = next((n, w) for n, w in words if w.text.startswith(sign))
        fields[name] = _said(word.text.removeprefix("USD"), number, word.box)
    fixed = {"supplier_name": SUPPLIER, "invoice_date": "2026-03-05", "currency": "USD", "po_number": ORDER}
    fields |= {name: _said(value, pages[0].number, None) for name, value in fixed.items()}
    total = Decimal(fields["total"].value)
    line = ReadLine("Glove exam nitrile small", "BMD-1655", Decimal(1), "BX", Decimal("9.57"), total, 0.98)
    span = (pages[0].number, pages[-1].number)
    return Reading(ReadStatus.OK, Kind.INVOICE, span, len(pages), fields=fields, lines=(line,), layout=pages)


def _said(value: str, page: int, box: Box | None) -> Extracted:
    return Extracted(value, 0.99, Source.OCR, value, page, box, "label and place")


def add_stack(desk: "Desk") -> None:
    """The document `stack`: two pages, one record over both."""
    sha, number = desk.app.blobs.put(b"original of stack"), len(desk.store.state.invoices) + 1
    pages = []
    for place, (name, total) in enumerate((FIRST, SECOND), 1):
        paper = Paper()
        for y, words in (
            (90, SUPPLIER),
            (200, f"Invoice {name}"),
            (260, f"Your order {ORDER}"),
            (1310, f"Total USD{total}"),
        ):
            paper.put(90, y, words)
        desk.images.papers[sha, place] = paper
        pages.append(replace(paper.page(place), source="ocr"))
    received = datetime(2026, 3, 10, 9, number, tzinfo=UTC)
    document = Document(
        f"doc-{number:03d}", sha, "scanner-7.pdf", None, "application/pdf", 17, Channel.SCAN, date(2026, 3, 10), received,
        status="read", sequence=number,
    )  # fmt: skip
    why = "Two invoice numbers stand in this file; it may hold more than one invoice."
    reading = replace(read_part(tuple(pages)), findings=(("DOC_MULTI_INVOICE", why),), layout=())
    record = InvoiceRecord(
        f"inv-{number:03d}", document.id, number * 1000, Channel.SCAN, document.source_name, None, (1, 2),
        date(2026, 3, 10), received, "EXTRACTED", reading=reading,
    )  # fmt: skip
    with desk.app.unit_of_work() as work:
        work.add_document(document)
        work.add_invoice(record)
        work.put_pages(record.id, tuple(pages))
        work.record(EventDraft(SYSTEM, Action.DOCUMENT_RECEIVED, "document", document.id))
        desk.app.rematch(work, record, "intake")
        work.commit()
    desk.ids["stack"] = record.id
