"""Read models for screens and reports: plain rows by indexed queries, no side effects."""

import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, nulls_last, or_, select

from pipeline.domain.document import Document, Page
from pipeline.domain.erp import Stream, StreamState
from pipeline.domain.events import AuditEvent
from pipeline.domain.records import InvoiceRecord, ReviewItem
from pipeline.storage import codec, events, figures
from pipeline.storage.columns import clean
from pipeline.storage.columns import key as index_key
from pipeline.storage.desk import policy_mark
from pipeline.storage.engine import Database
from pipeline.storage.list_rows import COLUMNS, invoice_row, item_row
from pipeline.storage.status import status_row
from pipeline.storage.sync_tables import sync_streams
from pipeline.storage.tables import documents, invoices, items, pages

ACTIVE = ("OPEN", "CLAIMED", "PENDING_EXTERNAL")
# These see every queue that is not restricted (0.1).
LEADS = frozenset({"AP_SUPERVISOR", "AP_MANAGER", "AUDITOR"})
SORTS = {
    "priority": (items.c.priority.desc(), nulls_last(items.c.due_at), items.c.id),
    "due": (nulls_last(items.c.due_at), items.c.id),
    "amount": (nulls_last(invoices.c.total_units.desc()), items.c.id),
    "age": (items.c.opened_at, items.c.id),
    "discount": (nulls_last(invoices.c.due_date), items.c.id),
}
ITEM_SORTS = frozenset({"priority", "due", "age"})


class StoredQueries:
    """ports.Queries; each call reads one snapshot."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def queue(
        self,
        *,
        roles: Sequence[str],
        queue: str | None = None,
        search: str = "",
        sort: str = "priority",
        state: str | None = None,
        offset: int = 0,
        limit: int = 100,
    ) -> tuple[Sequence[dict[str, Any]], int]:
        where = and_(_visible(roles), items.c.state == state if state else items.c.state.in_(ACTIVE))
        if queue:
            where = and_(where, items.c.queue == queue)
        if search:
            where = and_(where, _contains(search))
        joined = items.join(invoices, items.c.invoice_id == invoices.c.id)
        # Counting and sorting touch the items alone where they can: invoices are fetched for the shown rows only.
        order = SORTS.get(sort, SORTS["priority"])
        narrow = items if not search and sort in ITEM_SORTS else joined
        shown = select(items.c.id).select_from(narrow).where(where).order_by(*order).offset(offset).limit(limit)
        query = select(items.c.body.label("item_body"), *COLUMNS).select_from(joined)
        query = query.where(items.c.id.in_(shown)).order_by(*order)
        with self._database.reading() as connection:
            counted = joined if search else items
            total = connection.execute(select(func.count()).select_from(counted).where(where)).scalar_one()
            rows = [item_row(codec.load(ReviewItem, row.item_body), row) for row in connection.execute(query)]
        return rows, int(total)

    def queue_counts(self, roles: Sequence[str]) -> dict[str, int]:
        query = select(items.c.queue, func.count()).where(_visible(roles), items.c.state.in_(ACTIVE))
        with self._database.reading() as connection:
            return {row[0]: int(row[1]) for row in connection.execute(query.group_by(items.c.queue))}

    def invoices(
        self,
        *,
        since: date | None = None,
        until: date | None = None,
        supplier_id: str | None = None,
        state: str | None = None,
        channel: str | None = None,
        search: str = "",
        offset: int = 0,
        limit: int = 100,
    ) -> Sequence[dict[str, Any]]:
        """Newest first. `state` is a state of F.1 or a status of C.0.4."""
        column = invoices.c
        wanted = [
            *([column.received_on >= since] if since else []),
            *([column.received_on <= until] if until else []),
            *([column.supplier_id == supplier_id] if supplier_id else []),
            *([or_(column.state == state, column.status == state)] if state else []),
            *([column.channel == channel] if channel else []),
            *([_contains(search)] if search else []),
        ]
        query = select(*COLUMNS).where(*wanted).order_by(column.sequence.desc(), column.id)
        with self._database.reading() as connection:
            return [invoice_row(row) for row in connection.execute(query.offset(offset).limit(limit))]

    def unread_documents(self) -> Sequence[str]:
        query = select(documents.c.id).where(documents.c.status == "received").order_by(documents.c.sequence)
        return self._ids(query)

    def unmatched_invoices(self) -> Sequence[str]:
        open_ones = invoices.c.state.in_(("RECEIVED", "CLASSIFIED", "EXTRACTED", "MATCHING", "IN_REVIEW"))
        query = select(invoices.c.id).where(invoices.c.run_no == 0, open_ones)
        return self._ids(query.order_by(invoices.c.sequence, invoices.c.id))

    def waiting_invoices(self) -> Sequence[str]:
        query = select(invoices.c.id).where(invoices.c.state == "WAIT_RECEIPT")
        return self._ids(query.order_by(invoices.c.sequence, invoices.c.id))

    def status_rows(self) -> Iterator[dict[str, Any]]:
        query = select(invoices.c.body).order_by(invoices.c.sequence, invoices.c.id)
        with self._database.reading() as connection:
            for row in connection.execution_options(yield_per=500).execute(query):
                yield status_row(codec.load(InvoiceRecord, row.body))

    def pages(self, invoice_id: str) -> tuple[Page, ...]:
        with self._database.reading() as connection:
            body = connection.execute(select(pages.c.body).where(pages.c.invoice_id == invoice_id)).scalar()
        return codec.load(tuple[Page, ...], zlib.decompress(body).decode()) if body else ()

    def events(self, object_id: str | None = None, after_seq: int = 0, limit: int = 1000) -> Sequence[AuditEvent]:
        with self._database.reading() as connection:
            return list(events.read(connection, after_seq, object_id, limit))

    def events_of(self, actions: Sequence[str], since: datetime, limit: int = 100_000) -> Sequence[AuditEvent]:
        with self._database.reading() as connection:
            return list(events.of_actions(connection, actions, since, limit))

    def handed_in(self, message_id: str, limit: int) -> Sequence[tuple[Document, Sequence[tuple[str | None, str]]]]:
        # The channel too: what a mail calls itself is its sender's choice.
        mine = (documents.c.message_id == index_key(message_id)) & (documents.c.channel == "portal")
        with self._database.reading() as connection:
            rows = connection.execute(
                select(documents.c.body).where(mine).order_by(documents.c.sequence.desc()).limit(limit)
            )
            found = [codec.load(Document, body) for body in rows.scalars()]
            wanted = select(invoices.c.document_id, invoices.c.number, invoices.c.state).where(
                invoices.c.document_id.in_([each.id for each in found])
            )
            states: dict[str, list[tuple[str | None, str]]] = {}
            for row in connection.execute(wanted.order_by(invoices.c.sequence)):
                states.setdefault(row.document_id, []).append((row.number, row.state))
        return [(each, states.get(each.id, [])) for each in found if each.message_id == message_id]

    def documents(self, status: str, offset: int = 0, limit: int = 100) -> Sequence[Document]:
        query = select(documents.c.body).where(documents.c.status == status).order_by(documents.c.sequence.desc())
        with self._database.reading() as connection:
            found = connection.execute(query.offset(offset).limit(limit)).scalars()
            return [codec.load(Document, body) for body in found]

    def policy_mark(self, day: date) -> str | None:
        with self._database.reading() as connection:
            return policy_mark(connection, day)

    def supplier_history(self, supplier_id: str, limit: int = 10) -> Sequence[dict[str, Any]]:
        return self.invoices(supplier_id=supplier_id, limit=limit)

    def stream_states(self) -> Sequence[StreamState]:
        named = sync_streams.c.stream.in_([stream.value for stream in Stream])
        query = select(sync_streams.c.body).where(named).order_by(sync_streams.c.stream)
        with self._database.reading() as connection:
            return [codec.load(StreamState, body) for body in connection.execute(query).scalars()]

    def dashboard(self, today: date) -> dict[str, Any]:
        with self._database.reading() as connection:
            return figures.dashboard(connection, today)

    def _ids(self, query: Any) -> Sequence[str]:
        with self._database.reading() as connection:
            return [row.id for row in connection.execute(query)]


def _contains(search: str) -> ColumnElement[bool]:
    """Every word somewhere in number, supplier, order, file name or total."""
    words = clean(search).lower().split()[:8]
    return (
        and_(*(invoices.c.search.contains(word, autoescape=True) for word in words)) if words else invoices.c.id != ""
    )


def _visible(roles: Sequence[str]) -> ColumnElement[bool]:
    """Own queues always; a lead sees every queue that is not restricted."""
    own: ColumnElement[bool] = items.c.owner_role.in_(list(roles))
    return or_(own, items.c.restricted.is_(False)) if LEADS & set(roles) else own
