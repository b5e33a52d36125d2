"""Rows of lists: plain JSON-like values, built from the searchable columns without opening the whole record."""

from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from pipeline.domain.money import round_money
from pipeline.domain.records import ReviewItem
from pipeline.storage.tables import invoices

_NAMES = (
    *("id", "document_id", "sequence", "version", "state", "status", "kind", "channel", "source_name", "part"),
    *("received_on", "supplier_id", "supplier_name", "number", "invoice_date", "due_date", "po_number", "currency"),
    *("total", "payable", "disputed", "primary_code", "run_no", "human_touches"),
)
COLUMNS = tuple(invoices.c[name] for name in _NAMES)


def invoice_row(row: Row[Any]) -> dict[str, Any]:
    """One invoice of a list. Amounts are text at the currency's minor unit, dates ISO."""
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
        "total": money_text(row.total, row.currency),
        "payable_now": money_text(row.payable, row.currency),
        "disputed_amount": money_text(row.disputed, row.currency),
        "primary_code": row.primary_code,
        "run_no": row.run_no,
        "human_touches": row.human_touches,
        "version": row.version,
    }


def item_row(item: ReviewItem, row: Row[Any]) -> dict[str, Any]:
    """One item of a queue with the columns of its invoice. `id` is the item's."""
    return {
        **invoice_row(row),
        "invoice_id": row.id,
        "id": item.id,
        "item_id": item.id,
        "item_kind": item.kind,
        "item_version": item.version,
        "queue": item.queue,
        "owner_role": item.owner_role,
        "codes": [list(pair) for pair in item.codes],
        "lead": item.lead,
        "item_state": item.state,
        "opened_at": item.opened_at.isoformat(),
        "due_at": item.due_at.isoformat() if item.due_at else None,
        "priority_score": format(item.priority_score, "f"),
        "amount_at_risk": format(item.amount_at_risk, "f"),
        "assignee": item.assignee,
        "claimed_by": item.claimed_by,
        "lock_expires_at": item.lock_expires_at.isoformat() if item.lock_expires_at else None,
        "restricted": item.restricted,
        "sla_class": item.sla_class,
        "sla_level": item.sla_level,
        "reopened_count": item.reopened_count,
        "paused_until": item.paused_until.isoformat() if item.paused_until else None,
    }


def money_text(value: Decimal | None, currency: str | None) -> str | None:
    """An amount as it is printed: at the minor unit of its currency (0.2)."""
    return None if value is None else format(round_money(value, currency or "USD"), "f")
