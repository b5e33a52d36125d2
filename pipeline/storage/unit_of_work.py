"""The unit of work: one transaction over everything we keep. Rolls back unless committed."""

import zlib
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from sqlalchemy import Connection, delete, insert
from sqlalchemy.dialects import postgresql, sqlite

from pipeline.audit.chain import GENESIS, canonical
from pipeline.domain.document import Document, Page
from pipeline.domain.errors import StorageFailed
from pipeline.domain.events import AuditEvent, EventDraft
from pipeline.domain.invoice import Invoice
from pipeline.domain.matching import Facts
from pipeline.domain.records import InvoiceRecord, ReviewItem
from pipeline.domain.trade import TradeRecord
from pipeline.ports import Masters
from pipeline.storage import codec, events, facts, trade, work_items
from pipeline.storage.columns import clean
from pipeline.storage.desk import StoredDesk
from pipeline.storage.documents import StoredDocuments
from pipeline.storage.engine import Database, advisory_lock
from pipeline.storage.erp_memory import StoredErpMemory
from pipeline.storage.invoices import StoredInvoices
from pipeline.storage.keys import Keys
from pipeline.storage.masters import MasterCache, StoredMasters
from pipeline.storage.outbox import SET_ASIDE
from pipeline.storage.rows import po_key
from pipeline.storage.tables import outbox
from pipeline.storage.tables import pages as page_table

Clock = Callable[[], datetime]
# Advisory locks of order lines live above the small fixed numbers.
_ORDERS = 1 << 40


class StoredUnitOfWork:
    """ports.UnitOfWork over SQLAlchemy Core. `sealed` is told the last sequence number after a commit with events."""

    masters: Masters

    def __init__(
        self,
        database: Database,
        keys: Keys,
        cache: MasterCache,
        now: Clock,
        sealed: Callable[[int], None] | None = None,
    ) -> None:
        self._database, self._keys, self._cache, self._now, self._sealed = database, keys, cache, now, sealed
        self._context: AbstractContextManager[Connection] | None = None
        self._connection: Connection | None = None
        self._pending: list[events.Pending] = []
        self._last_seq: int | None = None

    def __enter__(self) -> Self:
        self._context = self._database.writing()
        self._connection = self._context.__enter__()
        self._pending, self._last_seq = [], None
        self.masters = self._masters = StoredMasters(self._connection, self._keys, self._cache)
        self._documents = StoredDocuments(self._connection)
        self._invoices = StoredInvoices(self._connection)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        assert self._context is not None
        context, self._context, self._connection = self._context, None, None
        suppressed = context.__exit__(kind, error, trace)
        if self._last_seq is not None and self._sealed is not None:
            self._sealed(self._last_seq)
        return suppressed

    @property
    def connection(self) -> Connection:
        """The connection of this transaction. Raises StorageFailed when it is over."""
        if self._connection is None or not self._connection.in_transaction():
            raise StorageFailed("The transaction is over.")
        return self._connection

    def commit(self) -> None:
        """Chain the recorded events and make everything true at once. When the audit write fails, nothing is."""
        connection = self.connection
        last = events.append(connection, self._pending) if self._pending else None
        transaction = connection.get_transaction()
        assert transaction is not None
        transaction.commit()
        self._pending, self._last_seq = [], last

    def rollback(self) -> None:
        transaction = self.connection.get_transaction()
        if transaction is not None and transaction.is_active:
            transaction.rollback()
        self._pending = []

    # Documents

    def add_document(self, document: Document) -> None:
        """Raises DuplicateDocument when the same bytes were accepted before."""
        self._live()._documents.add(document)

    def get_document(self, document_id: str) -> Document:
        return self._live()._documents.get(document_id)

    def save_document(self, document: Document) -> None:
        self._live()._documents.save(document)

    def find_document(self, sha256: str) -> Document | None:
        return self._live()._documents.find(sha256)

    def next_sequence(self) -> int:
        return self._live()._documents.next_sequence()

    def foresee(self, hashes: Sequence[str], numbers: int) -> None:
        if hashes:
            self._live()._documents.foresee(hashes, numbers)

    # Invoices

    def add_invoice(self, record: InvoiceRecord) -> None:
        self._live()._invoices.add(record)

    def get_invoice(self, invoice_id: str) -> InvoiceRecord:
        return self._live()._invoices.get(invoice_id)

    def invoices_of(self, document_id: str) -> Sequence[InvoiceRecord]:
        return self._live()._invoices.of_document(document_id)

    def save_invoice(self, record: InvoiceRecord) -> InvoiceRecord:
        return self._live()._invoices.save(record)

    def waiting_on(self, po_numbers: Iterable[str]) -> Sequence[str]:
        return self._live()._invoices.waiting_on(po_numbers)

    def facts_for(self, invoice: Invoice, as_of: date) -> Facts:
        return facts.facts_for(self.connection, self._masters, invoice, as_of)

    def lock_order_lines(self, po_numbers: Iterable[str]) -> None:
        """Always in the same order, so that two invoices over the same orders cannot block each other."""
        wanted = sorted({_ORDERS + zlib.crc32(found.encode()) for n in po_numbers if (found := po_key(n))})
        for number in wanted:
            advisory_lock(self.connection, number)

    def put_pages(self, invoice_id: str, pages: Sequence[Page]) -> None:
        packed = zlib.compress(codec.dump(tuple(pages), tuple[Page, ...]).encode(), 6)
        self.connection.execute(delete(page_table).where(page_table.c.invoice_id == invoice_id))
        self.connection.execute(insert(page_table).values(invoice_id=invoice_id, body=packed))

    def put_trade(self, records: Sequence[TradeRecord]) -> None:
        trade.put(self.connection, records)

    def trade_of(self, po_number: str) -> Sequence[TradeRecord]:
        return trade.about(self.connection, po_number)

    @property
    def desk(self) -> StoredDesk:
        return StoredDesk(self.connection)

    @property
    def erp(self) -> StoredErpMemory:
        return StoredErpMemory(self.connection)

    # Work

    def items_of(self, invoice_id: str) -> Sequence[ReviewItem]:
        return work_items.of_invoice(self.connection, invoice_id)

    def get_item(self, item_id: str) -> ReviewItem:
        return work_items.get(self.connection, item_id)

    def add_item(self, item: ReviewItem) -> None:
        work_items.add(self.connection, item)

    def save_item(self, item: ReviewItem) -> ReviewItem:
        return work_items.save(self.connection, item)

    def claim_next(self, queues: Sequence[str], user: str, lock_until: datetime) -> ReviewItem | None:
        return work_items.claim_next(self.connection, queues, user, self._now(), lock_until)

    # Proof and effects

    def record(self, event: EventDraft) -> AuditEvent:
        """The event as it will be chained. Number and hashes are given at commit, where the log's writer is serialised:
        until then `seq` is 0. Raises ValueError at once for an event that cannot be written."""
        event_id, moment = str(uuid4()), self._now()
        canonical(0, event_id, moment, event)
        self._live()._pending.append((event_id, moment, event))
        return AuditEvent(0, event_id, moment, event, GENESIS, "")

    def enqueue(self, topic: str, key: str, payload: dict[str, Any]) -> None:
        insert_row = sqlite.insert if self._database.is_sqlite else postgresql.insert
        values = {"topic": topic, "key": clean(key), "payload": codec.dump(payload), "created_at": self._now()}
        row = insert_row(outbox).values(**values, attempts=0, dead=False)
        # What was set aside because it was no longer due (a decision was taken back) is due again with the same content.
        again = {"done_at": None, "due_at": None, "leased_until": None, "attempts": 0, "error": None}
        aside = outbox.c.done_at.is_not(None) & (outbox.c.error == SET_ASIDE)
        self.connection.execute(row.on_conflict_do_update(index_elements=["topic", "key"], set_=again, where=aside))

    def _live(self) -> Self:
        """This unit of work, if its transaction is not over."""
        _ = self.connection
        return self
