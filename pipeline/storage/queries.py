"""Read models for screens and reports: plain rows by indexed queries, no side effects."""

import zlib
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Engine, and_, func, or_, select

from pipeline.domain.document import Page
from pipeline.domain.events import AuditEvent
from pipeline.domain.records import InvoiceRecord, ReviewItem
from pipeline.storage import codec, events
from pipeline.storage.status import status_row
from pipeline.storage.tables import documents, invoices, items, pages
from pipeline.storage.unit_of_work import PAGES

ACTIVE = ("OPEN", "CLAIMED", "PENDING_EXTERNAL")
# These see every queue that is not restricted (0.1).
LEADS = frozenset({"AP_SUPERVISOR", "AP_MANAGER", "AUDITOR"})
SORTS = {
    "priority": (items.c.priority.desc(), items.c.due_at, items.c.id),
    "due": (items.c.due_at, items.c.id),
    "amount": (invoices.c.total.desc(), items.c.id),
    "age": (items.c.opened_at, items.c.id),
    "discount": (invoices.c.due_date, items.c.id),
}
COLUMNS = tuple(
    getattr(invoices.c, name)
    for name in (
        *("id", "document_id", "sequence", "version", "state", "status", "kind", "channel", "source_name", "part"),
        *("received_on", "supplier_id", "supplier_name", "number", "invoice_date", "due_date", "po_number", "currency"),
        *("total", "primary_code"),
    )
)


class StoredQueries:
    """ports.Queries; each call reads one snapshot."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

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
        joined = items.join(invoices, items.c.invoice_id == invoices.c.id)
        if search:
            where = and_(where, invoices.c.search.contains(search.lower(), autoescape=True))
        query = select(items.c.body.label("item_body"), *COLUMNS).select_from(joined).where(where)
        query = query.order_by(*SORTS.get(sort, SORTS["priority"])).offset(offset).limit(limit)
        source = joined if search else items
        with self._engine.connect() as connection:
            total = connection.execute(select(func.count()).select_from(source).where(where)).scalar() or 0
            rows = [_item_row(codec.load(ReviewItem, row.item_body), row) for row in connection.execute(query)]
        return rows, int(total)

    def queue_counts(self, roles: Sequence[str]) -> dict[str, int]:
        query = (
            select(items.c.queue, func.count())
            .where(_visible(roles), items.c.state.in_(ACTIVE))
            .group_by(items.c.queue)
        )
        with self._engine.connect() as connection:
            return {row[0]: int(row[1]) for row in connection.execute(query)}

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
        wanted: list[ColumnElement[bool]] = []
        if since:
            wanted.append(invoices.c.received_on >= since)
        if until:
            wanted.append(invoices.c.received_on <= until)
        if supplier_id:
            wanted.append(invoices.c.supplier_id == supplier_id)
        if state:
            wanted.append(or_(invoices.c.state == state, invoices.c.status == state))
        if channel:
            wanted.append(invoices.c.channel == channel)
        if search:
            wanted.append(invoices.c.search.contains(search.lower(), autoescape=True))
        query = select(*COLUMNS).where(*wanted).order_by(invoices.c.sequence.desc()).offset(offset).limit(limit)
        with self._engine.connect() as connection:
            return [_invoice_row(row) for row in connection.execute(query)]

    def unread_documents(self) -> Sequence[str]:
        query = select(documents.c.id).where(documents.c.status == "received").order_by(documents.c.sequence)
        return self._ids(query)

    def unmatched_invoices(self) -> Sequence[str]:
        return self._ids(select(invoices.c.id).where(invoices.c.run_no == 0).order_by(invoices.c.sequence))

    def waiting_invoices(self) -> Sequence[str]:
        return self._ids(select(invoices.c.id).where(invoices.c.state == "WAIT_RECEIPT").order_by(invoices.c.sequence))

    def status_rows(self) -> Iterator[dict[str, Any]]:
        query = select(invoices.c.body).order_by(invoices.c.sequence)
        with self._engine.connect() as connection:
            for row in connection.execution_options(yield_per=500).execute(query):
                yield status_row(codec.load(InvoiceRecord, row.body))

    def pages(self, invoice_id: str) -> tuple[Page, ...]:
        with self._engine.connect() as connection:
            body = connection.execute(select(pages.c.body).where(pages.c.invoice_id == invoice_id)).scalar()
        return PAGES.validate_json(zlib.decompress(body)) if body else ()

    def events(self, object_id: str | None = None, after_seq: int = 0, limit: int = 1000) -> Sequence[AuditEvent]:
        with self._engine.connect() as connection:
            return list(events.read(connection, after_seq, object_id, limit))

    def supplier_history(self, supplier_id: str, limit: int = 10) -> Sequence[dict[str, Any]]:
        return self.invoices(supplier_id=supplier_id, limit=limit)

    def dashboard(self, today: date) -> dict[str, Any]:
        with self._engine.connect() as connection:
            states = {
                r[0]: int(r[1])
                for r in connection.execute(select(invoices.c.state, func.count()).group_by(invoices.c.state))
            }
            today_count = connection.execute(select(func.count()).where(invoices.c.received_on == today)).scalar()
            active = items.c.state.in_(ACTIVE)
            queues = select(items.c.queue, func.count()).where(active).group_by(items.c.queue)
            counts = {r[0]: int(r[1]) for r in connection.execute(queues)}
            codes = select(invoices.c.primary_code, func.count()).where(invoices.c.primary_code.is_not(None))
            reasons = {r[0]: int(r[1]) for r in connection.execute(codes.group_by(invoices.c.primary_code))}
        open_items = sum(counts.values())
        return {
            "states": states,
            "open_items": open_items,
            "queues": counts,
            "reasons": reasons,
            "received_today": today_count,
        }

    def _ids(self, query: Any) -> Sequence[str]:
        with self._engine.connect() as connection:
            return [row.id for row in connection.execute(query)]


def _visible(roles: Sequence[str]) -> ColumnElement[bool]:
    """Own queues always; a lead sees every queue that is not restricted."""
    own: ColumnElement[bool] = items.c.owner_role.in_(list(roles))
    return or_(own, items.c.restricted.is_(False)) if LEADS & set(roles) else own


def _invoice_row(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "document_id": row.document_id,
        "document": row.source_name,
        "part": row.part,
        "channel": row.channel,
        "state": row.state,
        "status": row.status,
        "kind": row.kind,
        "received_on": row.received_on.isoformat(),
        "sequence": row.sequence,
        "supplier_id": row.supplier_id,
        "supplier_name": row.supplier_name,
        "invoice_number": row.number,
        "invoice_date": row.invoice_date.isoformat() if row.invoice_date else None,
        "due_date": row.due_date.isoformat() if row.due_date else None,
        "po_number": row.po_number,
        "currency": row.currency,
        "total": _plain(row.total),
        "primary_code": row.primary_code,
        "version": row.version,
    }


def _plain(total: Any) -> str | None:
    """An amount with at least two decimals, as it is printed."""
    if total is None:
        return None
    text = format(total.normalize(), "f")
    whole, _, rest = text.partition(".")
    return f"{whole}.{rest.ljust(2, '0')}"


def _item_row(item: ReviewItem, row: Any) -> dict[str, Any]:
    return {
        **_invoice_row(row),
        "invoice_id": row.id,
        "id": item.id,
        "item_id": item.id,
        "item_kind": item.kind,
        "queue": item.queue,
        "owner_role": item.owner_role,
        "codes": [list(pair) for pair in item.codes],
        "lead": item.lead,
        "item_state": item.state,
        "opened_at": item.opened_at.isoformat(),
        "due_at": item.due_at.isoformat() if item.due_at else None,
        "priority_score": str(item.priority_score),
        "amount_at_risk": str(item.amount_at_risk),
        "assignee": item.assignee,
        "claimed_by": item.claimed_by,
        "lock_expires_at": item.lock_expires_at.isoformat() if item.lock_expires_at else None,
        "restricted": item.restricted,
        "sla_class": item.sla_class,
        "reopened_count": item.reopened_count,
        "paused_until": item.paused_until.isoformat() if item.paused_until else None,
    }
