"""A small hospital on in-memory stores, with one invoice for every kind of work at the desk."""

import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from pipeline.app import App
from pipeline.audit.checkpoint import Signer
from pipeline.domain.document import Box, Channel, Document, Kind, Limits, ReadStatus, Upload
from pipeline.domain.events import SYSTEM, Action, EventDraft
from pipeline.domain.invoice import PriorInvoice, PriorLine
from pipeline.domain.orders import OrderLine, PurchaseOrder, Receipt, ReceiptLine
from pipeline.domain.reading import Alternative, BoxReading, Extracted, Reading, ReadLine, Source
from pipeline.domain.records import InvoiceRecord, ReviewItem, User
from pipeline.domain.supplier import BankAccount, Facility, Supplier
from pipeline.review.policies import parse_policy
from rules.load import policy_from
from rules.policy import Policy
from tests.fakes.desk_quarantine import add_quarantined
from tests.fakes.desk_stack import add_stack, read_part
from tests.fakes.paper import FakeImages, Paper
from tests.fakes.queries import FakeQueries
from tests.fakes.small_match import FakeRematch
from tests.fakes.store import FakeAccounts, FakeBlobs, FakeClock, FakeStore

PASSWORD = "demo-desk-2026"
PEOPLE = (
    User("clerk", "Casey Clerk", ("AP_CLERK",)), User("clerk2", "Robin Clerk", ("AP_CLERK",)),
    User("supervisor", "Sam Supervisor", ("AP_SUPERVISOR",)), User("manager", "Morgan Manager", ("AP_MANAGER",)),
    User("buyer", "Bo Buyer", ("BUYER",)), User("auditor", "Ari Auditor", ("AUDITOR",)),
    User("admin", "Alex Admin", ("POLICY_ADMIN",)), User("vendor1", "Val Vendor", ("VENDOR_MASTER",)),
    User("vendor2", "Vic Vendor", ("VENDOR_MASTER",)), User("receiver", "Remy Receiver", ("RECEIVING",)),
    User("cfo", "Fran Finance", ("FACILITY_CFO",)), User("director", "Dana Director", ("DEPT_DIRECTOR",)),
    User("clinic", "Cleo Clinic", ("CLINICAL_DEPT",)), User("compliance", "Con Pliance", ("COMPLIANCE",)),
    User("integration", "Ike Integration", ("INTEGRATION_ADMIN",)),
)  # fmt: skip


@dataclass
class Desk:
    """The app and what a test wants to look into."""

    app: App
    store: FakeStore
    clock: FakeClock
    accounts: FakeAccounts
    images: FakeImages
    sent: list[tuple[str, str, dict[str, Any]]]
    ids: dict[str, str]

    def record(self, name: str) -> InvoiceRecord:
        return self.store.state.invoices[self.ids[name]]

    def items(self, name: str) -> list[ReviewItem]:
        return [i for i in self.store.state.items.values() if i.invoice_id == self.ids[name]]

    def item(self, name: str) -> ReviewItem:
        return next(i for i in self.items(name) if i.state in ("OPEN", "CLAIMED", "PENDING_EXTERNAL"))

    def actions(self, name: str) -> list[str]:
        return [str(e.draft.action) for e in self.store.state.events if e.draft.object_id == self.ids[name]]


class NoOutbox:
    def lease(self, topics: object, limit: int, seconds: int) -> list[Any]:
        return []

    def done(self, message_id: int) -> None: ...
    def set_aside(self, message_id: int) -> None: ...
    def failed(self, message_id: int, error: str, retry_at: datetime | None) -> None: ...
    def owed(self, topics: object) -> list[Any]:
        return []

    def replay(self, message_id: int) -> None: ...


class NoReader:
    def read(self, data: bytes, name: str, companion: bytes | None = None) -> tuple[Reading, ...]:
        return ()

    def read_many(self, requests: object, jobs: int) -> Any:
        return iter(())


class FakeNotifier:
    ready = True

    def __init__(self, sent: list[tuple[str, str, dict[str, Any]]]) -> None:
        self.sent = sent

    def send(self, to: str, template: str, values: dict[str, Any]) -> None:
        self.sent.append((to, template, values))


def _flip(app: App, other: Policy, since: date | None) -> tuple[list[dict[str, Any]], dict[str, dict[str, str]]]:
    row = {
        "document": "mail/a.pdf", "number": "BW-1", "currency": "USD", "total": "422.88", "before": "HOLD",
        "after": "AUTO_APPROVED", "payable_change": "422.88", "disputed_change": "-40.00", "why": "PRICE_OVER gone",
    }  # fmt: skip
    return [row], {"USD": {"newly_payable": "422.88"}}


def _read_box(sha256: str, page: int, box: Box, rotation: int, skew: float) -> tuple[BoxReading, ...]:
    """Two engines that do not agree about an empty place."""
    return (BoxReading("BW-20999", 0.87, "paddle"), BoxReading("BW-2O999", 0.61, "tesseract"))


def _renew(app: App) -> App:
    """The policy that was activated at the desk, read anew for every request."""
    with app.unit_of_work() as work:
        version = work.desk.policy_in_force(app.clock.today())
    if version is None or version.hash == app.policy.hash:
        return app
    policy = parse_policy(version.text)
    return replace(app, policy=policy, rematch=FakeRematch(app.clock, policy))


def build_desk() -> Desk:
    """The hospital with one invoice for every kind of work."""
    desk = build_masters()
    _invoices(desk)
    add_quarantined(desk)
    add_stack(desk)
    return desk


def build_masters() -> Desk:
    """The hospital with its suppliers, orders and receipts, and no invoice yet."""
    clock = FakeClock()
    store, accounts, images, blobs = FakeStore(clock), FakeAccounts(), FakeImages(), FakeBlobs()
    sent: list[tuple[str, str, dict[str, Any]]] = []
    for person in PEOPLE:
        accounts.save_user(person, PASSWORD)
    policy = policy_from({})
    app = App(
        clock=clock, unit_of_work=store.unit_of_work, blobs=blobs, queries=FakeQueries(store), accounts=accounts,
        outbox=NoOutbox(), policy=policy, limits=Limits(file_bytes=1_000_000), reader=NoReader(), images=images,
        rematch=FakeRematch(clock, policy), notifier=FakeNotifier(sent), secret=b"test-secret",
        simulate=_flip, renew=_renew, read_box=_read_box, read_part=read_part, sign=Signer(Path(tempfile.mkdtemp()) / "audit-key").seal,
    )  # fmt: skip
    desk = Desk(app, store, clock, accounts, images, sent, {})
    _masters(store)
    return desk


def _masters(store: FakeStore) -> None:
    masters = store.masters
    masters.facility_list = [Facility("FAC-01", "Cedar Valley Medical Center", "LE-1")]
    known = masters.bank_fingerprint("063187954", "1655021872")
    masters.supplier_list = [
        Supplier(
            "SUP-101",
            "Brightwater Medical Distributors",
            "G1",
            banks=(BankAccount(known, "1872"),),
            tax_id="79-6820945",
        ),
        Supplier("SUP-104", "Castellan Spine & Trauma", "G2"),
        Supplier("SUP-109", "Pinecrest Linen Service", "G3", edited_by="supervisor", edited_on=date(2026, 2, 20)),
    ]
    lines = (
        OrderLine("1", Decimal(40), "BX", Decimal("9.57"), "Glove exam nitrile small", supplier_item="BMD-1655"),
        OrderLine("2", Decimal(20), "BX", Decimal("14.80"), "Syringe luer lock 3 mL", supplier_item="BMD-7846"),
        OrderLine("3", Decimal(12), "CS", Decimal("31.25"), "Saline flush 10 mL", supplier_item="BMD-3390"),
    )
    big = (OrderLine("1", Decimal(10), "EA", Decimal("3120.00"), "Pedicle screw set", supplier_item="CST-900"),)
    masters.orders = [
        PurchaseOrder(
            "4500119261", "SUP-101", "open", "USD", date(2026, 2, 20), lines, buyer_user="buyer", requester="nurse"
        ),
        PurchaseOrder("4500118692", "SUP-104", "open", "USD", date(2026, 2, 25), big, buyer_user="buyer"),
        PurchaseOrder(
            "4500120777",
            "SUP-109",
            "open",
            "USD",
            date(2026, 2, 25),
            (replace(big[0], description="Linen service, yearly", supplier_item="LIN-1"),),
        ),
    ]
    got = tuple(ReceiptLine(str(n), received=Decimal(q)) for n, q in ((1, 40), (2, 20), (3, 10)))
    masters.receipt_list = [
        Receipt("GR-4500119261-1", "4500119261", date(2026, 3, 2), got, posted_by="receiver"),
        Receipt(
            "GR-4500118692-1",
            "4500118692",
            date(2026, 3, 3),
            (ReceiptLine("1", received=Decimal(10)),),
            posted_by="receiver",
        ),
        Receipt("GR-4500120777-1", "4500120777", date(2026, 3, 3), (ReceiptLine("1", received=Decimal(10)),)),
    ]
    billed = (PriorLine("1", Decimal(40), Decimal("382.80")), PriorLine("2", Decimal(20), Decimal("296.00")))
    day, total = date(2026, 3, 1), Decimal("678.80")
    masters.priors = [
        PriorInvoice("BW-20441", day, "SUP-101", "paid", total, "prior-1", "invoice", "4500119261", "USD", billed)
    ]


ROWS = {
    "gloves": ("BMD-1655", "Glove exam nitrile small", "40", "BX", "9.57"),
    "syringes": ("BMD-7846", "Syringe luer lock 3 mL", "20", "BX", "14.80"),
    "saline": ("BMD-3390", "Saline flush 10 mL", "10", "CS", "31.25"),
    "dear": ("BMD-1655", "Glove exam nitrile small", "40", "BX", "10.57"),
    "short": ("BMD-3390", "Saline flush 10 mL", "12", "CS", "31.25"),
    "screws": ("CST-900", "Pedicle screw set", "10", "EA", "3120.00"),
    "linen": ("LIN-1", "Linen service, yearly", "10", "EA", "3120.00"),
}
BW, CS, PL = "Brightwater Medical Distributors", "Castellan Spine & Trauma", "Pinecrest Linen Service"


def _invoices(desk: Desk) -> None:
    add(
        desk,
        "clean",
        BW,
        "BW-20500",
        ("gloves", "syringes"),
        findings=(("QA_SAMPLE", "Random sample of clean invoices: have a look."),),
    )
    add(desk, "doubtful", BW, "BW-20511", ("gloves", "syringes"), low={"invoice_number": 0.71})
    add(desk, "two_doubts", BW, "BW-20512", ("gloves",), low={"invoice_date": 0.55, "po_number": 0.8})
    add(desk, "price", BW, "BW-20520", ("dear", "syringes"))
    add(desk, "quantity", BW, "BW-20521", ("gloves", "syringes", "short"))
    add(desk, "duplicate", BW, "BW-20441", ("gloves", "syringes"))
    add(desk, "no_po", BW, "BW-20530", ("gloves",), po=None)
    add(desk, "bank", BW, "BW-20540", ("gloves", "syringes"), bank=("063187954", "9990001111"))
    add(desk, "approval", CS, "C-7781", ("screws",), po="4500118692")
    add(desk, "edited_supplier", PL, "PL-88", ("linen",), po="4500120777")
    add(desk, "phi", CS, "C-7790", ("screws",), po="4500118692", low={"invoice_number": 0.5}, phi=True)
    add(desk, "statement", PL, "ST-3", (), kind=Kind.STATEMENT, po=None)
    unread(desk, "unreadable", "scan-0042.pdf", "No total was found on this page and the picture is too faint to read.")
    add(desk, "hostile", '<img src=x onerror="window.hacked=1">', '=HYPERLINK("http://x")', ("gloves",))


def add(
    desk: Desk, name: str, supplier: str, number: str, rows: tuple[str, ...], *, po: str | None = "4500119261",
    low: dict[str, float] | None = None, bank: tuple[str, str] | None = None, kind: Kind = Kind.INVOICE, phi: bool = False,
    findings: tuple[tuple[str, str], ...] = (),
) -> str:  # fmt: skip
    """Draw, read and match one invoice; answers with its id."""
    paper = Paper()
    total = sum((Decimal(ROWS[r][2]) * Decimal(ROWS[r][4]) for r in rows), Decimal(0))
    fields = _draw_header(paper, supplier, number, po, total, low or {}, bank)
    lines = tuple(_draw_line(paper, 640 + 46 * i, ROWS[r]) for i, r in enumerate(rows))
    reading = Reading(
        ReadStatus.OK, kind, (1, 1), 1, fields=fields, lines=lines, findings=findings, engines={"text": "pdfium"}
    )
    return _store(desk, name, reading, paper, phi)


def _draw_header(
    paper: Paper, supplier: str, number: str, po: str | None, total: Decimal, low: dict[str, float],
    bank: tuple[str, str] | None,
) -> dict[str, Extracted]:  # fmt: skip
    places = {
        "supplier_name": (90, 90, supplier, 34), "supplier_tax_id": (90, 150, "79-6820945", 22),
        "buyer_name": (90, 330, "Cedar Valley Medical Center", 24), "invoice_number": (900, 170, number, 24),
        "invoice_date": (900, 215, "2026-03-05", 24), "due_date": (900, 260, "2026-04-19", 24),
        "currency": (900, 350, "USD", 24), "subtotal": (1000, 1210, f"{total:.2f}", 24),
        "tax_total": (1000, 1255, "0.00", 24), "total": (1000, 1310, f"{total:.2f}", 28),
        "amount_due": (1000, 1365, f"{total:.2f}", 24),
    }  # fmt: skip
    if po:
        places["po_number"] = (900, 305, po, 24)
    if bank:
        places["bank_routing"], places["bank_account"] = (90, 1420, bank[0], 22), (300, 1420, bank[1], 22)
    paper.put(900, 90, "INVOICE", 40)
    for y, words in ((170, "Invoice no."), (215, "Date"), (260, "Due"), (305, "Your order"), (350, "Currency")):
        paper.put(690, y, words)
    for y, words in ((1210, "Subtotal"), (1255, "Tax"), (1310, "Total"), (1365, "Amount due")):
        paper.put(780, y, words)
    paper.put(90, 290, "Bill to")
    paper.rule(590)
    for x, words in ((90, "Item"), (280, "Description"), (700, "Qty"), (790, "Unit"), (890, "Price"), (1030, "Amount")):
        paper.put(x, 550, words, 22)
    return {name: _read(paper, name, spot, low.get(name, 0.99)) for name, spot in places.items()}


def _read(paper: Paper, name: str, spot: tuple[int, int, str, int], confidence: float) -> Extracted:
    box = paper.put(*spot)
    other = ()
    if confidence < 0.9:
        other = (Alternative(spot[2].replace("1", "7", 1), 0.4, Source.OCR, 1, box, "second reader"),)
    source = Source.TEXT if confidence >= 0.9 else Source.OCR
    return Extracted(spot[2], confidence, source, spot[2], 1, box, "label and place", other)


def _draw_line(paper: Paper, y: int, row: tuple[str, str, str, str, str]) -> ReadLine:
    sku, words, quantity, unit, price = row
    net = Decimal(quantity) * Decimal(price)
    box = paper.put(90, y, sku, 22)
    for x, text in ((280, words), (700, quantity), (790, unit), (890, price), (1030, f"{net:.2f}")):
        box = box.union(paper.put(x, y, text, 22))
    return ReadLine(words, sku, Decimal(quantity), unit, Decimal(price), net, 0.98, page=1, box=box)


def unread(desk: Desk, name: str, file: str, why: str) -> str:
    paper = Paper()
    reading = Reading(
        ReadStatus.OK, Kind.INVOICE, (1, 1), 1, reason=why, findings=(("DOC_UNREADABLE", why),), fields={}
    )
    return _store(desk, name, reading, paper, False, file)


def _store(desk: Desk, name: str, reading: Reading, paper: Paper, phi: bool, file: str | None = None) -> str:
    data = f"original of {name}".encode()
    sha = desk.app.blobs.put(data)
    number = len(desk.store.state.invoices) + 1
    invoice_id, document_id = f"inv-{number:03d}", f"doc-{number:03d}"
    source = file or f"{name}.pdf"
    received = datetime(2026, 3, 10, 8, number, tzinfo=UTC)
    document = Document(
        document_id, sha, source, None, "application/pdf", len(data), Channel.EMAIL, date(2026, 3, 10), received,
        sender="billing@brightwater.example", status="read", sequence=number,
    )  # fmt: skip
    record = InvoiceRecord(
        invoice_id, document_id, number * 1000, Channel.EMAIL, source, None, (1, 1), date(2026, 3, 10), received, "EXTRACTED",
        kind=str(reading.kind), reading=reading, reason=reading.reason, phi=phi,
    )  # fmt: skip
    with desk.app.unit_of_work() as work:
        work.add_document(document)
        work.add_invoice(record)
        work.put_pages(invoice_id, (paper.page(),))
        work.record(EventDraft(SYSTEM, Action.DOCUMENT_RECEIVED, "document", document_id, after={"name": source}))
        work.record(
            EventDraft(SYSTEM, Action.FIELD_EXTRACTED, "invoice", invoice_id, after={"fields": len(reading.fields)})
        )
        desk.app.rematch(work, record, "intake")
        work.commit()
    desk.images.papers[sha, 1] = paper
    desk.ids[name] = invoice_id
    return invoice_id


__all__ = ["PASSWORD", "Desk", "Upload", "add", "build_desk", "build_masters"]
