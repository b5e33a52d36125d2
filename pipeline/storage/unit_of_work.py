"""The unit of work: one transaction over everything we keep. Rolls back unless committed."""

import zlib
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, datetime
from types import TracebackType
from typing import Any, Self, TypeVar
from uuid import uuid4

from pydantic import TypeAdapter
from sqlalchemy import Connection, Engine, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from pipeline.domain.document import Document, Page
from pipeline.domain.errors import InvalidInput, StaleVersion, StorageFailed
from pipeline.domain.events import AuditEvent, EventDraft
from pipeline.domain.identifiers import norm_po
from pipeline.domain.invoice import Invoice
from pipeline.domain.matching import Facts
from pipeline.domain.records import InvoiceRecord, ReviewItem
from pipeline.storage import codec, events, facts
from pipeline.storage.engine import advisory_lock, writing
from pipeline.storage.masters import StoredMasters
from pipeline.storage.rows import document_row, invoice_row, item_row, order_keys
from pipeline.storage.secrets import Keys
from pipeline.storage.tables import counters, documents, invoice_orders, invoices, items, outbox, pages

T = TypeVar("T")
PAGES: TypeAdapter[tuple[Page, ...]] = TypeAdapter(tuple[Page, ...])


class StoredUnitOfWork:
    """ports.UnitOfWork over SQLAlchemy Core."""

    masters: StoredMasters

    def __init__(self, engine: Engine, keys: Keys, now: Callable[[], datetime]) -> None:
        self._engine, self._keys, self._now = engine, keys, now
        self._context: AbstractContextManager[Connection] | None = None
        self._connection: Connection | None = None

    def __enter__(self) -> Self:
        self._context = writing(self._engine)
        self._connection = self._context.__enter__()
        self.masters = StoredMasters(self._connection, self._keys)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        assert self._context is not None
        try:
            return self._context.__exit__(kind, error, trace)
        finally:
            self._connection = self._context = None

    @property
    def connection(self) -> Connection:
        """The connection of this transaction. Raises StorageFailed outside it."""
        if self._connection is None:
            raise StorageFailed("The transaction is over.")
        return self._connection

    def commit(self) -> None:
        transaction = self.connection.get_transaction()
        assert transaction is not None
        transaction.commit()

    def rollback(self) -> None:
        transaction = self.connection.get_transaction()
        if transaction is not None and transaction.is_active:
            transaction.rollback()

    # Documents

    def add_document(self, document: Document) -> None:
        """Raises IntegrityError's cousin InvalidInput when the same bytes were accepted before."""
        try:
            self.connection.execute(insert(documents).values(**document_row(document)))
        except IntegrityError as problem:
            raise InvalidInput("These bytes are already registered.") from problem

    def get_document(self, document_id: str) -> Document:
        return self._one(
            Document, select(documents.c.body).where(documents.c.id == document_id), "document", document_id
        )

    def save_document(self, document: Document) -> None:
        self.connection.execute(update(documents).where(documents.c.id == document.id).values(**document_row(document)))

    def find_document(self, sha256: str) -> Document | None:
        body = self.connection.execute(select(documents.c.body).where(documents.c.accepted_sha256 == sha256)).scalar()
        return codec.load(Document, body) if body else None

    def next_sequence(self) -> int:
        advisory_lock(self.connection, 7)
        value = self.connection.execute(select(counters.c.value).where(counters.c.name == "documents")).scalar()
        if value is None:
            self.connection.execute(insert(counters).values(name="documents", value=1))
            return 1
        self.connection.execute(update(counters).where(counters.c.name == "documents").values(value=value + 1))
        return int(value) + 1

    # Invoices

    def add_invoice(self, record: InvoiceRecord) -> None:
        self.connection.execute(insert(invoices).values(**invoice_row(record, self._group(record))))
        self._link_orders(record)

    def get_invoice(self, invoice_id: str) -> InvoiceRecord:
        return self._one(
            InvoiceRecord, select(invoices.c.body).where(invoices.c.id == invoice_id), "invoice", invoice_id
        )

    def invoices_of(self, document_id: str) -> Sequence[InvoiceRecord]:
        query = select(invoices.c.body).where(invoices.c.document_id == document_id).order_by(invoices.c.sequence)
        return [codec.load(InvoiceRecord, row.body) for row in self.connection.execute(query)]

    def save_invoice(self, record: InvoiceRecord) -> InvoiceRecord:
        saved = replace(record, version=record.version + 1)
        mine = (invoices.c.id == record.id) & (invoices.c.version == record.version)
        done = self.connection.execute(update(invoices).where(mine).values(**invoice_row(saved, self._group(saved))))
        if done.rowcount != 1:
            current = self.connection.execute(select(invoices.c.version).where(invoices.c.id == record.id)).scalar()
            raise StaleVersion("Somebody else changed this invoice meanwhile.", int(current or 0))
        self._link_orders(saved)
        return saved

    def facts_for(self, invoice: Invoice, as_of: date) -> Facts:
        return facts.facts_for(self.connection, self.masters, invoice, as_of)

    def lock_order_lines(self, po_numbers: Iterable[str]) -> None:
        for number in sorted({norm_po(number) for number in po_numbers}):
            advisory_lock(self.connection, zlib.crc32(number.encode()) + (1 << 33))

    def waiting_on(self, po_numbers: Iterable[str]) -> Sequence[str]:
        wanted = sorted({norm_po(number) for number in po_numbers})
        linked = select(invoice_orders.c.invoice_id).where(invoice_orders.c.po_norm.in_(wanted))
        query = select(invoices.c.id).where(
            invoices.c.id.in_(linked), invoices.c.state.in_(("WAIT_RECEIPT", "IN_REVIEW"))
        )
        return [row.id for row in self.connection.execute(query.order_by(invoices.c.sequence))]

    def put_pages(self, invoice_id: str, found: Sequence[Page]) -> None:
        packed = zlib.compress(PAGES.dump_json(tuple(found)), 6)
        self.connection.execute(delete(pages).where(pages.c.invoice_id == invoice_id))
        self.connection.execute(insert(pages).values(invoice_id=invoice_id, body=packed))

    # Work

    def items_of(self, invoice_id: str) -> Sequence[ReviewItem]:
        query = select(items.c.body).where(items.c.invoice_id == invoice_id).order_by(items.c.opened_at, items.c.id)
        return [codec.load(ReviewItem, row.body) for row in self.connection.execute(query)]

    def get_item(self, item_id: str) -> ReviewItem:
        return self._one(ReviewItem, select(items.c.body).where(items.c.id == item_id), "item", item_id)

    def add_item(self, item: ReviewItem) -> None:
        self.connection.execute(insert(items).values(**item_row(item)))

    def save_item(self, item: ReviewItem) -> ReviewItem:
        saved = replace(item, version=item.version + 1)
        mine = (items.c.id == item.id) & (items.c.version == item.version)
        if self.connection.execute(update(items).where(mine).values(**item_row(saved))).rowcount != 1:
            current = self.connection.execute(select(items.c.version).where(items.c.id == item.id)).scalar()
            raise StaleVersion("Somebody else changed this item meanwhile.", int(current or 0))
        return saved

    def claim_next(self, queues: Sequence[str], user: str, lock_until: datetime) -> ReviewItem | None:
        now = self._now()
        free = or_(items.c.state == "OPEN", (items.c.state == "CLAIMED") & (items.c.lock_expires_at < now))
        query = (
            select(items.c.body)
            .where(free, items.c.queue.in_(list(queues)))
            .order_by(items.c.priority.desc(), items.c.due_at, items.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        body = self.connection.execute(query).scalar()
        if body is None:
            return None
        item = codec.load(ReviewItem, body)
        return self.save_item(
            replace(item, state="CLAIMED", claimed_by=user, lock_token=str(uuid4()), lock_expires_at=lock_until)
        )

    # Proof and effects

    def record(self, event: EventDraft) -> AuditEvent:
        return events.append(self.connection, event, self._now())

    def enqueue(self, topic: str, key: str, payload: dict[str, Any]) -> None:
        known = select(outbox.c.id).where(outbox.c.topic == topic, outbox.c.key == key)
        if self.connection.execute(known).first() is None:
            values = {"topic": topic, "key": key, "payload": codec.dump(payload), "created_at": self._now()}
            self.connection.execute(insert(outbox).values(**values, attempts=0, dead=False))

    def _group(self, record: InvoiceRecord) -> str | None:
        if record.invoice is None or record.invoice.supplier_id is None:
            return None
        supplier = self.masters.supplier(record.invoice.supplier_id)
        return supplier.group if supplier else None

    def _link_orders(self, record: InvoiceRecord) -> None:
        self.connection.execute(delete(invoice_orders).where(invoice_orders.c.invoice_id == record.id))
        keys = [{"invoice_id": record.id, "po_norm": key} for key in sorted(order_keys(record))]
        if keys:
            self.connection.execute(insert(invoice_orders), keys)

    def _one(self, kind: type[T], query: Any, what: str, key: str) -> T:
        body = self.connection.execute(query).scalar()
        if body is None:
            raise InvalidInput(f"There is no {what} {key}.")
        return codec.load(kind, body)
