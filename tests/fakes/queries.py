"""Read models over the in-memory store."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from pipeline.domain.document import Document, Page
from pipeline.domain.events import AuditEvent
from pipeline.domain.records import InvoiceRecord, ReviewItem
from tests.fakes.store import FakeStore

ACTIVE = ("OPEN", "CLAIMED", "PENDING_EXTERNAL")


def invoice_row(record: InvoiceRecord) -> dict[str, Any]:
    invoice, match = record.invoice, record.match
    return {
        "id": record.id, "document_id": record.document_id, "document": record.source_name, "part": record.part,
        "channel": str(record.channel), "state": record.state, "status": match.status if match else None,
        "kind": record.kind, "received_on": record.received_on.isoformat(), "sequence": record.sequence,
        "supplier_id": invoice.supplier_id if invoice else None,
        "supplier_name": invoice.supplier_name if invoice else None,
        "invoice_number": invoice.invoice_number if invoice else None,
        "invoice_date": invoice.invoice_date.isoformat() if invoice and invoice.invoice_date else None,
        "due_date": invoice.due_date.isoformat() if invoice and invoice.due_date else None,
        "po_number": invoice.po_number if invoice else None, "currency": invoice.currency if invoice else None,
        "total": str(invoice.total) if invoice and invoice.total is not None else None,
        "primary_code": match.primary_code if match else None, "version": record.version,
    }  # fmt: skip


class FakeQueries:
    def __init__(self, store: FakeStore) -> None:
        self._store = store

    def _items(self, roles: Sequence[str]) -> Iterator[ReviewItem]:
        lead = "AP_SUPERVISOR" in roles or "AP_MANAGER" in roles or "AUDITOR" in roles
        for item in self._store.state.items.values():
            if item.owner_role in roles or (lead and not item.restricted):
                yield item

    def queue(
        self, *, roles: Sequence[str], queue: str | None = None, search: str = "", sort: str = "priority",
        state: str | None = None, offset: int = 0, limit: int = 100,
    ) -> tuple[Sequence[dict[str, Any]], int]:  # fmt: skip
        rows = []
        for item in self._items(roles):
            if (state and item.state != state) or (not state and item.state not in ACTIVE):
                continue
            record = self._store.state.invoices[item.invoice_id]
            row = {**invoice_row(record), "invoice_id": record.id, **_item_row(item)}
            text = " ".join(str(row.get(k) or "") for k in ("supplier_name", "invoice_number", "po_number", "document"))
            if (queue and item.queue != queue) or search.lower() not in text.lower():
                continue
            rows.append(row)
        keys = {
            "priority": lambda r: (-float(r["priority_score"]), r["due_at"] or "9", r["id"]),
            "due": lambda r: (r["due_at"] or "9", r["id"]), "amount": lambda r: (-float(r["total"] or 0), r["id"]),
            "discount": lambda r: (r["due_date"] or "9", r["id"]),
            "age": lambda r: (r["opened_at"], r["id"]),
        }  # fmt: skip
        rows.sort(key=keys.get(sort, keys["priority"]))
        return rows[offset : offset + limit], len(rows)

    def queue_counts(self, roles: Sequence[str]) -> dict[str, int]:
        return dict(Counter(i.queue for i in self._items(roles) if i.state in ACTIVE))

    def invoices(
        self, *, since: date | None = None, until: date | None = None, supplier_id: str | None = None,
        state: str | None = None, channel: str | None = None, search: str = "", offset: int = 0, limit: int = 100,
    ) -> Sequence[dict[str, Any]]:  # fmt: skip
        rows = [invoice_row(r) for r in self._store.state.invoices.values()]
        rows = [r for r in rows if (not state or r["state"] == state) and (not channel or r["channel"] == channel)]
        rows = [r for r in rows if not since or r["received_on"] >= since.isoformat()]
        rows = [r for r in rows if not until or r["received_on"] <= until.isoformat()]
        rows = [r for r in rows if not supplier_id or r["supplier_id"] == supplier_id]
        text = search.lower()
        rows = [r for r in rows if text in " ".join(str(v) for v in r.values()).lower()]
        return sorted(rows, key=lambda r: -r["sequence"])[offset : offset + limit]

    def unread_documents(self) -> Sequence[str]:
        return [d.id for d in self._store.state.documents.values() if d.status == "received"]

    def unmatched_invoices(self) -> Sequence[str]:
        return []

    def waiting_invoices(self) -> Sequence[str]:
        return []

    def status_rows(self) -> Iterator[dict[str, Any]]:
        return (invoice_row(r) for r in self._store.state.invoices.values())

    def pages(self, invoice_id: str) -> tuple[Page, ...]:
        return self._store.state.pages.get(invoice_id, ())

    def events(self, object_id: str | None = None, after_seq: int = 0, limit: int = 1000) -> Sequence[AuditEvent]:
        found = [e for e in self._store.state.events if e.seq > after_seq]
        return [e for e in found if object_id is None or e.draft.object_id == object_id][:limit]

    def events_of(self, actions: Sequence[str], since: datetime, limit: int = 100_000) -> Sequence[AuditEvent]:
        found = [e for e in self._store.state.events if str(e.draft.action) in actions and e.occurred_at >= since]
        return found[:limit]

    def handed_in(self, message_id: str, limit: int) -> Sequence[tuple[Document, Sequence[tuple[str | None, str]]]]:
        found = [d for d in self._store.state.documents.values() if (d.message_id, d.channel) == (message_id, "portal")]
        of = [i for i in self._store.state.invoices.values() if i.invoice]
        return [
            (d, [(i.invoice.invoice_number, i.state) for i in of if i.document_id == d.id and i.invoice])
            for d in sorted(found, key=lambda d: -d.sequence)[:limit]
        ]

    def documents(self, status: str, offset: int = 0, limit: int = 100) -> Sequence[Document]:
        found = [d for d in self._store.state.documents.values() if d.status == status]
        return sorted(found, key=lambda d: -d.sequence)[offset : offset + limit]

    def policy_mark(self, day: date) -> str | None:
        version = self._store.state.desk.policy_in_force(day)
        return f"{version.number}:{version.hash}" if version else None

    def supplier_history(self, supplier_id: str, limit: int = 10) -> Sequence[dict[str, Any]]:
        rows = [invoice_row(r) for r in self._store.state.invoices.values()]
        return [r for r in rows if r["supplier_id"] == supplier_id][:limit]

    def stream_states(self) -> list[Any]:
        return []

    def dashboard(self, today: date) -> dict[str, Any]:
        items = [i for i in self._store.state.items.values() if i.state in ACTIVE]
        states = Counter(r.state for r in self._store.state.invoices.values())
        return {"states": dict(states), "open_items": len(items), "queues": dict(Counter(i.queue for i in items))}


def _item_row(item: ReviewItem) -> dict[str, Any]:
    return {
        "id": item.id, "item_id": item.id, "item_kind": item.kind, "queue": item.queue, "owner_role": item.owner_role,
        "codes": [list(pair) for pair in item.codes], "lead": item.lead, "item_state": item.state,
        "opened_at": item.opened_at.isoformat(), "due_at": item.due_at.isoformat() if item.due_at else None,
        "priority_score": str(item.priority_score), "amount_at_risk": str(item.amount_at_risk),
        "assignee": item.assignee, "claimed_by": item.claimed_by,
        "lock_expires_at": item.lock_expires_at.isoformat() if item.lock_expires_at else None,
        "restricted": item.restricted, "sla_class": item.sla_class, "reopened_count": item.reopened_count,
        "paused_until": item.paused_until.isoformat() if item.paused_until else None,
    }  # fmt: skip
