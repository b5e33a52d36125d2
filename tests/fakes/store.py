"""An in-memory store with honest behaviour: transactions, version checks, a gap-free chain, get-next order."""

import copy
import hashlib
import secrets
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from types import TracebackType
from typing import Any

from pipeline.audit.chain import GENESIS, link
from pipeline.domain.document import Document, Page
from pipeline.domain.errors import InvalidInput, StaleVersion, StorageFailed
from pipeline.domain.events import AuditEvent, EventDraft
from pipeline.domain.invoice import Invoice, PriorInvoice
from pipeline.domain.matching import Facts
from pipeline.domain.orders import PurchaseOrder, Receipt, UsageRecord
from pipeline.domain.records import InvoiceRecord, ReviewItem, User
from pipeline.domain.supplier import Facility, Supplier
from pipeline.domain.trade import TradeRecord
from tests.fakes.desk_memory import FakeDeskMemory
from tests.fakes.erp_memory import FakeErpMemory


class FakeClock:
    """A clock that stands where a test puts it; `tick` moves it on."""

    def __init__(self, instant: datetime = datetime(2026, 3, 16, 14, 0, tzinfo=UTC)) -> None:
        self.instant = instant

    def now(self) -> datetime:
        self.instant += timedelta(microseconds=1)
        return self.instant

    def today(self) -> date:
        return self.instant.date()

    def tick(self, **span: float) -> None:
        self.instant += timedelta(**span)


class FakeBlobs:
    def __init__(self) -> None:
        self.data: dict[str, bytes] = {}

    def put(self, data: bytes) -> str:
        name = hashlib.sha256(data).hexdigest()
        self.data[name] = data
        return name

    def put_many(self, datas: Sequence[bytes]) -> list[str]:
        return [self.put(data) for data in datas]

    def get(self, sha256: str) -> bytes:
        if sha256 not in self.data:
            raise StorageFailed("The original is not in the store.")
        return self.data[sha256]

    def has(self, sha256: str) -> bool:
        return sha256 in self.data


@dataclass
class FakeMasters:
    supplier_list: list[Supplier] = field(default_factory=list)
    facility_list: list[Facility] = field(default_factory=list)
    orders: list[PurchaseOrder] = field(default_factory=list)
    receipt_list: list[Receipt] = field(default_factory=list)
    priors: list[PriorInvoice] = field(default_factory=list)

    def suppliers(self) -> Sequence[Supplier]:
        return self.supplier_list

    def facilities(self) -> Sequence[Facility]:
        return self.facility_list

    def supplier(self, supplier_id: str) -> Supplier | None:
        return next((s for s in self.supplier_list if s.id == supplier_id), None)

    def find_by_tax_id(self, tax_id: str) -> Sequence[Supplier]:
        return [s for s in self.supplier_list if s.tax_id == tax_id]

    def find_by_bank(self, fingerprint: str) -> Sequence[Supplier]:
        return [s for s in self.supplier_list if any(b.fingerprint == fingerprint for b in s.banks)]

    def find_by_identifier(self, number: str) -> Sequence[Supplier]:
        return [s for s in self.supplier_list if number in s.gln]

    def find_order(self, number: str) -> PurchaseOrder | None:
        return next((o for o in self.orders if o.number == number), None)

    def open_orders(self, supplier_group: str) -> Sequence[PurchaseOrder]:
        return [o for o in self.orders if o.status == "open"]

    def receipts(self, po_number: str) -> Sequence[Receipt]:
        return [r for r in self.receipt_list if r.po_number == po_number]

    def usage(self, po_number: str) -> Sequence[UsageRecord]:
        return []

    def bank_fingerprint(self, routing: str, account: str) -> str:
        return hashlib.sha256(f"{routing}/{account}".encode()).hexdigest()[:16]


@dataclass
class State:
    documents: dict[str, Document] = field(default_factory=dict)
    invoices: dict[str, InvoiceRecord] = field(default_factory=dict)
    items: dict[str, ReviewItem] = field(default_factory=dict)
    pages: dict[str, tuple[Page, ...]] = field(default_factory=dict)
    events: list[AuditEvent] = field(default_factory=list)
    outbox: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    trade: list[TradeRecord] = field(default_factory=list)
    sequence: int = 0
    desk: FakeDeskMemory = field(default_factory=FakeDeskMemory)
    erp: FakeErpMemory = field(default_factory=FakeErpMemory)


class FakeStore:
    """What all units of work share."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.state = State()
        self.masters = FakeMasters()
        self.lock = threading.RLock()

    def unit_of_work(self) -> "FakeUnitOfWork":
        return FakeUnitOfWork(self)


class FakeUnitOfWork:
    """One transaction on a copy; only `commit()` makes it true."""

    def __init__(self, store: FakeStore) -> None:
        self._store = store
        self.masters = store.masters

    def __enter__(self) -> "FakeUnitOfWork":
        self._store.lock.acquire()
        self._state = copy.copy(self._store.state)
        for name in ("documents", "invoices", "items", "pages", "outbox"):
            setattr(self._state, name, dict(getattr(self._store.state, name)))
        self._state.events = list(self._store.state.events)
        self._state.desk = copy.deepcopy(self._store.state.desk)
        self._state.erp = copy.deepcopy(self._store.state.erp)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._store.lock.release()

    def commit(self) -> None:
        self._store.state = copy.copy(self._state)

    def rollback(self) -> None:
        self._state = copy.copy(self._store.state)

    def put_trade(self, records: Sequence[TradeRecord]) -> None:
        gone = {record.document_id for record in records}
        self._state.trade = [each for each in self._state.trade if each.document_id not in gone] + list(records)

    def trade_of(self, po_number: str) -> Sequence[TradeRecord]:
        return [each for each in self._state.trade if po_number in each.document.po_numbers]

    @property
    def desk(self) -> FakeDeskMemory:
        return self._state.desk

    @property
    def erp(self) -> FakeErpMemory:
        return self._state.erp

    def add_document(self, document: Document) -> None:
        self._state.documents[document.id] = document

    def get_document(self, document_id: str) -> Document:
        return _found(self._state.documents, document_id, "document")

    def save_document(self, document: Document) -> None:
        self._state.documents[document.id] = document

    def find_document(self, sha256: str) -> Document | None:
        return next((d for d in self._state.documents.values() if d.sha256 == sha256), None)

    def foresee(self, hashes: Sequence[str], numbers: int) -> None:
        """Nothing is saved here."""

    def next_sequence(self) -> int:
        self._state.sequence += 1
        return self._state.sequence

    def add_invoice(self, record: InvoiceRecord) -> None:
        self._state.invoices[record.id] = record

    def get_invoice(self, invoice_id: str) -> InvoiceRecord:
        return _found(self._state.invoices, invoice_id, "invoice")

    def invoices_of(self, document_id: str) -> Sequence[InvoiceRecord]:
        return [r for r in self._state.invoices.values() if r.document_id == document_id]

    def save_invoice(self, record: InvoiceRecord) -> InvoiceRecord:
        stored = self.get_invoice(record.id)
        if stored.version != record.version:
            raise StaleVersion("Somebody else changed this invoice.", stored.version)
        saved = replace(record, version=record.version + 1)
        self._state.invoices[record.id] = saved
        return saved

    def facts_for(self, invoice: Invoice, as_of: date) -> Facts:
        masters = self.masters
        numbers = {invoice.po_number, *(line.po_number for line in invoice.lines)}
        orders = tuple(o for o in masters.orders if o.number in numbers)
        receipts = tuple(r for r in masters.receipt_list if r.po_number in numbers)
        priors = tuple(p for p in masters.priors if p.supplier_id == invoice.supplier_id)
        return Facts(
            invoice, as_of, tuple(masters.supplier_list), tuple(masters.facility_list), orders, receipts, priors
        )

    def lock_order_lines(self, po_numbers: Iterable[str]) -> None:
        return None

    def waiting_on(self, po_numbers: Iterable[str]) -> Sequence[str]:
        return []

    def items_of(self, invoice_id: str) -> Sequence[ReviewItem]:
        return [i for i in self._state.items.values() if i.invoice_id == invoice_id]

    def get_item(self, item_id: str) -> ReviewItem:
        return _found(self._state.items, item_id, "item")

    def add_item(self, item: ReviewItem) -> None:
        if item.id in self._state.items:
            raise StorageFailed(f"Item {item.id} exists.")
        self._state.items[item.id] = item

    def save_item(self, item: ReviewItem) -> ReviewItem:
        stored = self.get_item(item.id)
        if stored.version != item.version:
            raise StaleVersion("Somebody else changed this item.", stored.version)
        saved = replace(item, version=item.version + 1)
        self._state.items[item.id] = saved
        return saved

    def claim_next(self, queues: Sequence[str], user: str, lock_until: datetime) -> ReviewItem | None:
        late = datetime.max.replace(tzinfo=UTC)
        free = [i for i in self._state.items.values() if i.queue in queues and i.state == "OPEN"]
        free = [i for i in free if i.assignee in (None, user)]
        free.sort(key=lambda i: (-i.priority_score, i.due_at or late, i.id))
        if not free:
            return None
        claimed = replace(
            free[0], state="CLAIMED", claimed_by=user, lock_token=secrets.token_hex(8), lock_expires_at=lock_until
        )
        return self.save_item(claimed)

    def put_pages(self, invoice_id: str, pages: Sequence[Page]) -> None:
        self._state.pages[invoice_id] = tuple(pages)

    def record(self, event: EventDraft) -> AuditEvent:
        seq = len(self._state.events) + 1
        previous = self._state.events[-1].hash if self._state.events else GENESIS
        chained = link(seq, f"ev{seq}", self._store.clock.now(), event, previous)
        self._state.events.append(chained)
        return chained

    def enqueue(self, topic: str, key: str, payload: dict[str, Any]) -> None:
        self._state.outbox.setdefault((topic, key), payload)


def _found(table: dict[str, Any], key: str, what: str) -> Any:
    if key not in table:
        raise InvalidInput(f"There is no {what} {key[:40]}.")
    return table[key]


class FakeAccounts:
    """People with plain passwords; sessions with idle and absolute end."""

    IDLE, LIFE = timedelta(minutes=15), timedelta(hours=10)

    def __init__(self) -> None:
        self.people: dict[str, User] = {}
        self.passwords: dict[str, str] = {}
        self.sessions: dict[str, tuple[str, datetime, datetime]] = {}

    def users(self) -> Sequence[User]:
        return list(self.people.values())

    def user(self, user_id: str) -> User | None:
        return self.people.get(user_id)

    def save_user(self, user: User, password: str | None = None) -> None:
        self.people[user.id] = user
        if password is not None:
            self.passwords[user.id] = password

    def authenticate(self, user_id: str, password: str) -> User | None:
        user = self.people.get(user_id)
        return user if user and user.active and secrets.compare_digest(self.passwords[user_id], password) else None

    def open_session(self, user_id: str, now: datetime, ip: str) -> str:
        token = secrets.token_urlsafe(32)
        self.sessions[token] = (user_id, now, now)
        return token

    def session_user(self, token: str, now: datetime) -> User | None:
        found = self.sessions.get(token)
        if found is None or now - found[1] > self.LIFE or now - found[2] > self.IDLE:
            return None
        self.sessions[token] = (found[0], found[1], now)
        user = self.people.get(found[0])
        return user if user and user.active else None

    def close_session(self, token: str) -> None:
        self.sessions.pop(token, None)
