"""A desk with a real store and a real matching engine over an ERP of the tests; reading is left out."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

from pipeline.app import App
from pipeline.bootstrap import QuietNotifier
from pipeline.domain.document import Channel, Document, Kind, Limits, ReadStatus
from pipeline.domain.erp import Attachment, Freshness, Stream
from pipeline.domain.orders import PurchaseOrder
from pipeline.domain.reading import Extracted, Reading, ReadLine, Source
from pipeline.domain.records import InvoiceRecord
from pipeline.domain.supplier import Facility
from pipeline.export.sink_erp import ErpSink
from pipeline.intake.masters import Assembled
from pipeline.ports import ErpGateway
from pipeline.process.rematch import Run, rematch
from pipeline.process.sync import SyncReport, sync_erp
from pipeline.storage.store import Store
from pipeline.storage.sync_writer import StoredSyncWriter
from rules.load import default_policy

PDF = b"%PDF-1.4\nthe invoice as received\n%%EOF\n"


class Clock:
    """The real clock, moved on by `skew`; the business date stands."""

    def __init__(self, today: date) -> None:
        self.day, self.skew = today, timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.skew

    def today(self) -> date:
        return self.day


class Desk:
    """`hmac` of the store's own key fingerprints bank accounts, as in an installation."""

    def __init__(self, home: Path, gateway_of: Callable[[Callable[[str, str], str]], ErpGateway], today: date) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.clock, policy = Clock(today), default_policy()
        self.store = Store(f"sqlite:///{home / 'desk.sqlite'}", home, self.clock.now)
        self.gateway = gateway_of(self.store.keys.bank_hmac)
        clock, store = self.clock, self.store
        store.write_masters(Assembled(facilities=[Facility("MC", "Main Campus", "LE-1")]), "test")
        self.app = App(
            clock=clock, unit_of_work=store.unit_of_work, blobs=store.blobs, queries=store.queries,
            accounts=store.accounts, outbox=store.outbox, policy=policy, limits=Limits(), reader=None, images=None,
            rematch=lambda work, record, trigger: rematch(work, record, Run(policy, clock.today(), clock.now(), trigger)),
            notifier=QuietNotifier(), sink=ErpSink(self.gateway, self.order, self.files), erp=self.gateway,
            masters=lambda: StoredSyncWriter(store.unit_of_work, store.keys),
        )  # fmt: skip

    def order(self, number: str) -> PurchaseOrder | None:
        with self.store.unit_of_work() as work:
            return work.masters.find_order(number)

    def files(self, record: InvoiceRecord) -> Sequence[Attachment]:
        with self.store.unit_of_work() as work:
            document = work.get_document(record.document_id)
        return (Attachment(document.source_name, document.media_type, self.store.blobs.get(document.sha256)),)

    def sync(self, full: bool = False) -> tuple[SyncReport, list[str]]:
        """One pass as the flow does it. Returns the report and who was woken."""
        report, woken, _ = sync_erp(self.app, full)
        return report, woken

    def stale(self) -> tuple[Stream, ...]:
        assert self.app.masters is not None
        with self.app.masters() as work:
            states = {stream: work.stream_state(stream) for stream in Stream}
        return Freshness().stale_streams(states, self.clock.now())

    def receive(self, fields: dict[str, str], lines: list[ReadLine], received_on: date) -> str:
        """An invoice that came by mail and was read without doubt; matched at once. Returns its id."""
        reading = Reading(
            ReadStatus.OK, Kind.INVOICE, (1, 1), 1, fields={k: Extracted(v, 1.0, Source.XML) for k, v in fields.items()},
            lines=tuple(lines),
        )  # fmt: skip
        sha = self.store.blobs.put(PDF + fields["invoice_number"].encode())
        document = Document(
            str(uuid4()), sha, f"{fields['invoice_number']}.pdf", None, "application/pdf", len(PDF), Channel.EMAIL,
            received_on, datetime.now(UTC),
        )  # fmt: skip
        record = InvoiceRecord(
            str(uuid4()), document.id, 1, Channel.EMAIL, document.source_name, None, (1, 1), received_on,
            document.received_at, "MATCHING", reading=reading,
        )  # fmt: skip
        with self.store.unit_of_work() as work:
            work.add_document(document)
            work.add_invoice(record)
            work.commit()
        with self.store.unit_of_work() as work:
            self.app.rematch(work, work.get_invoice(record.id), "intake")
            work.commit()
        return record.id

    def record(self, invoice: str) -> InvoiceRecord:
        with self.store.unit_of_work() as work:
            return work.get_invoice(invoice)

    def holds(self, invoice: str) -> list[str]:
        match = self.record(invoice).match
        return sorted(finding.code for finding in match.holds) if match else []


def gloves(order: str, number: str, quantity: str, price: str, day: date) -> tuple[dict[str, str], list[ReadLine]]:
    """An invoice of the glove supplier over one line."""
    total = (Decimal(quantity) * Decimal(price)).quantize(Decimal("0.01"))
    fields: dict[str, Any] = {
        "supplier_name": "MedLine Surgical Supply Inc.", "supplier_tax_id": "36-2596612", "invoice_number": number,
        "invoice_date": day.isoformat(), "po_number": order, "currency": "USD", "subtotal": str(total), "total": str(total),
        "tax_total": "0.00", "ship_to": "Main Campus",
    }  # fmt: skip
    line = ReadLine(
        "Nitrile exam gloves M", sku="MDL-10441", quantity=Decimal(quantity), unit="BX", unit_price=Decimal(price),
        line_total=total, buyer_item="GLV-NIT-M", no="1", po_line="1", source=Source.XML,
    )  # fmt: skip
    return fields, [line]
