"""Small makers of the things that are stored."""

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Lock
from typing import Any

from pipeline.domain.document import Box, Channel, Document, Kind, Page, ReadStatus, Ruling, Word
from pipeline.domain.events import SYSTEM, Action, Actor, EventDraft
from pipeline.domain.invoice import Charge, Coding, Invoice, InvoiceLine, TaxRow
from pipeline.domain.matching import Finding, LineLink, MatchResult
from pipeline.domain.reading import Alternative, Extracted, ReadCharge, Reading, ReadLine, ReadTax, Source
from pipeline.domain.records import Acceptance, Approval, Correction, InvoiceRecord, ReviewItem

NOON = datetime(2026, 3, 16, 12, 0, 0, 123456, tzinfo=UTC)
DAY = date(2026, 3, 16)


class Ticking:
    """A clock that moves one microsecond a look, and as far as a test pushes it."""

    def __init__(self) -> None:
        self._now, self._lock = NOON, Lock()

    def __call__(self) -> datetime:
        with self._lock:
            self._now += timedelta(microseconds=1)
            return self._now

    def push(self, **span: float) -> None:
        with self._lock:
            self._now += timedelta(**span)


def draft(number: int = 1, **values: Any) -> EventDraft:
    after = {"number": number, "rate": 0.93, "name": "Ünïcode ✓", "list": [1, None, True]}
    made = EventDraft(SYSTEM, Action.MATCH_RUN, "invoice", f"inv-{number}", number, after=after)
    return replace(made, **values)


def document(name: str = "d1", data: bytes = b"bytes", **values: Any) -> Document:
    sha = hashlib.sha256(data).hexdigest()
    made = Document(
        name, sha, f"in/{name}.pdf", None, "application/pdf", len(data), Channel.EMAIL, DAY, NOON, "a@b.example", "Subject",
        f"<{name}@b.example>", "batch-1", "FAC-01", sequence=1,
    )  # fmt: skip
    return replace(made, **values)


def reading() -> Reading:
    box = Box(0.1, 0.2, 0.3, 0.4)
    other = Alternative("1234", 0.4, Source.OCR, 1, box, "a digit less sure")
    number = Extracted("INV-1", 0.97, Source.TEXT, "Inv. INV-1", 1, box, "label beside it", (other,))
    line = ReadLine(
        "Gloves", "S-1", Decimal("2.500000"), "BX", Decimal("1.0000000001"), Decimal("2.50"), 0.9, serials=("a",)
    )
    return Reading(
        ReadStatus.OK, Kind.INVOICE, (1, 2), 2, fields={"invoice_number": number, "total": replace(number, value="100.10")},
        lines=(line,), charges=(ReadCharge("freight", Decimal("10.00")),), taxes=(ReadTax(Decimal(1), Decimal(2), Decimal(3)),),
        findings=(("DOC_LOW_QUALITY", "The scan is pale."),), engines={"tesseract": "5.3"}, seconds=0.25,
    )  # fmt: skip


def invoice(**values: Any) -> Invoice:
    line = InvoiceLine(
        "1", "Gloves", Decimal("2.500000"), "BX", Decimal("1.0000000001"), Decimal("2.50"), po_number="4500-1"
    )
    made = Invoice(
        id="inv-1", invoice_number="INV-00123", invoice_date=DAY, due_date=DAY, received_on=DAY, supplier_id="S-1",
        supplier_name="Acme", po_number="4500-1", currency="USD", lines=(line,), charges=(Charge("freight", Decimal("10.00")),),
        tax_breakdown=(TaxRow(Decimal("90.10"), Decimal("0"), Decimal("0.00")),), total=Decimal("100.10"),
        coding=(Coding("6000", "CC1", Decimal("100.10")),), field_confidence={"total": Decimal("0.991")}, findings={"A": "b"},
    )  # fmt: skip
    return replace(made, **values)


def match(**values: Any) -> MatchResult:
    finding = Finding(
        "PRICE_OVER", "hold", "1", "1.00", "1.10", Decimal("0.10"), Decimal("10.000000"), "2 %", "system", "Dear."
    )
    link = LineLink("1", "4500-1", "10", Decimal("250"), Decimal("2.50"), Decimal("0.98"), ("item number",), ("GR-1",))
    made = MatchResult(
        "HOLD", (finding,), (link,), Decimal(0), Decimal("0.10"), Decimal("0.00"), "PRICE_OVER", "BUYER", (), ("4500-1",),
    )  # fmt: skip
    return replace(made, **values)


def record(name: str = "inv-1", **values: Any) -> InvoiceRecord:
    made = InvoiceRecord(
        name, "d1", 1000, Channel.EMAIL, "in/d1.pdf", "part.pdf", (1, 2), DAY, NOON, "IN_REVIEW", reading=reading(),
        invoice=invoice(id=name), match=match(),
        corrections=(Correction("total", "100.10", "100.18", "clerk", NOON),),
        acceptances=(Acceptance("PRICE_OVER", "1", "variance", Decimal("0.10"), "buyer", NOON, "PRICE_ACCEPTED", "ok", {"a": 1}),),
        approvals=(Approval(1, "AP_SUPERVISOR", "sam", "approve", NOON, "hash", Decimal("100.10"), "USD"),),
        coding=(Coding("6000", "CC1", Decimal("100.10")),), po_link="4500-1", line_links={"1": ("4500-1", "10")},
        content_hash="c" * 64, reason="why", run_no=2, attempts=1, human_touches=1, voucher_no="V1", phi=True,
    )  # fmt: skip
    return replace(made, **values)


def item(name: str = "it-1", **values: Any) -> ReviewItem:
    made = ReviewItem(
        name, "inv-1", "exception", "PRICE", "BUYER", (("PRICE_OVER", "1"), ("DOC_LOW_QUALITY", None)), True, "OPEN", NOON,
        NOON + timedelta(hours=8), priority_score=Decimal("41.25"), amount_at_risk=Decimal("0.10"), sla_class="A",
        notes=(("sam", "2026-03-16", "hm"),), draft={"typed": {"total": "1"}},
    )  # fmt: skip
    return replace(made, **values)


def page() -> Page:
    return Page(1, 612.0, 792.0, (Word("Ünïcode", Box(0.1, 0.1, 0.2, 0.2), 0.875),), rulings=(Ruling(0, 0.5, 1, 0.5),))


PERSON = Actor("user", "casey", ("AP_CLERK",), "session", "127.0.0.1", None, "Casey")
