"""Figures of the supervisor's page (spec G), by grouped queries over the searchable columns."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, distinct, func, select

from pipeline.storage.columns import PER_UNIT
from pipeline.storage.tables import documents, invoices, items, outbox

ACTIVE = ("OPEN", "CLAIMED", "PENDING_EXTERNAL")
DONE = ("AUTO_APPROVED", "APPROVED", "POSTING", "POST_FAILED", "POST_UNKNOWN", "POSTED", "PAID")
KINDS = ("invoice", "credit_note")
AGES = (("0-2", 2), ("3-5", 5), ("6-10", 10), ("11-30", 30))
DAYS_SHOWN = 14


def dashboard(connection: Connection, today: date) -> dict[str, Any]:
    """Counts, money and rates as plain values; rates are percentages with one decimal, None without a population."""
    states = _grouped(connection, invoices.c.state)
    open_now = items.c.state.in_(ACTIVE)
    return {
        "states": states,
        "statuses": _grouped(connection, invoices.c.status, invoices.c.status.is_not(None)),
        "reasons": _grouped(connection, invoices.c.primary_code, invoices.c.primary_code.is_not(None)),
        "channels": _grouped(connection, invoices.c.channel),
        "queues": _grouped(connection, items.c.queue, open_now),
        "item_states": _grouped(connection, items.c.state),
        "open_items": _count(connection, items.c.id, open_now),
        "overdue_items": _count(connection, items.c.id, and_(open_now, items.c.due_at < _start(today))),
        "ageing": _ageing(connection, today),
        "received_today": _count(connection, invoices.c.id, invoices.c.received_on == today),
        "received_by_day": _by_day(connection, today),
        "documents": _grouped(connection, documents.c.status),
        "open_value": _value(connection, invoices.c.state.in_(("IN_REVIEW", "WAIT_RECEIPT", "AWAITING_APPROVAL"))),
        "touchless_rate": _touchless(connection),
        "exception_rate": _exceptions(connection),
        "reopen_rate": _reopened(connection),
        "mean_hours_to_resolve": _hours_to_resolve(connection, today),
        "duplicates_stopped": _count(connection, invoices.c.id, invoices.c.state == "DUPLICATE"),
        "posting_backlog": _count(connection, outbox.c.id, outbox.c.done_at.is_(None)),
        "dead_letters": _count(connection, outbox.c.id, and_(outbox.c.dead.is_(True), outbox.c.done_at.is_(None))),
    }


def _grouped(connection: Connection, column: Any, where: ColumnElement[bool] | None = None) -> dict[str, int]:
    query = select(column, func.count()).group_by(column).order_by(func.count().desc(), column)
    rows = connection.execute(query if where is None else query.where(where))
    return {str(row[0]): int(row[1]) for row in rows}


def _count(connection: Connection, column: Any, where: ColumnElement[bool]) -> int:
    return int(connection.execute(select(func.count(column)).where(where)).scalar_one())


def _value(connection: Connection, where: ColumnElement[bool]) -> dict[str, str]:
    """Sums by currency: amounts of different currencies are never added."""
    query = select(invoices.c.currency, func.sum(invoices.c.total_units)).where(where).group_by(invoices.c.currency)
    return {
        str(row[0] or "?"): format(Decimal(int(row[1])) / PER_UNIT, "f")
        for row in connection.execute(query.order_by(invoices.c.currency))
        if row[1] is not None
    }


def _ageing(connection: Connection, today: date) -> dict[str, int]:
    """Open items by calendar days since they were opened."""
    end = _start(today) + timedelta(days=1)
    found, newer = {}, None
    for name, days in (*AGES, ("over 30", None)):
        oldest = end - timedelta(days=days + 1) if days is not None else None
        where: list[ColumnElement[bool]] = [items.c.state.in_(ACTIVE)]
        where += [items.c.opened_at >= oldest] if oldest else []
        where += [items.c.opened_at < newer] if newer else []
        found[name] = _count(connection, items.c.id, and_(*where))
        newer = oldest
    return found


def _by_day(connection: Connection, today: date) -> dict[str, int]:
    since = today - timedelta(days=DAYS_SHOWN - 1)
    query = select(invoices.c.received_on, func.count()).where(invoices.c.received_on.between(since, today))
    found = {row[0]: int(row[1]) for row in connection.execute(query.group_by(invoices.c.received_on))}
    days = (since + timedelta(days=n) for n in range(DAYS_SHOWN))
    return {day.isoformat(): found.get(day, 0) for day in days}


def _touchless(connection: Connection) -> str | None:
    """Approved or further with no human action / approved or further (G)."""
    untouched = func.sum(case((invoices.c.human_touches == 0, 1), else_=0))
    done = and_(invoices.c.state.in_(DONE), invoices.c.kind.in_(KINDS))
    return _rate(*connection.execute(select(untouched, func.count()).where(done)).one())


def _exceptions(connection: Connection) -> str | None:
    """Invoices that ever needed a person / invoices (G)."""
    ever = select(distinct(items.c.invoice_id)).where(items.c.kind.in_(("exception", "extraction")))
    held = func.sum(case((invoices.c.id.in_(ever), 1), else_=0))
    matched = and_(invoices.c.kind.in_(KINDS), invoices.c.run_no > 0)
    return _rate(*connection.execute(select(held, func.count()).where(matched)).one())


def _reopened(connection: Connection) -> str | None:
    again = func.sum(case((items.c.reopened_count > 0, 1), else_=0))
    closed = items.c.resolved_at.is_not(None)
    return _rate(*connection.execute(select(again, func.count()).where(closed)).one())


def _hours_to_resolve(connection: Connection, today: date) -> str | None:
    """Mean calendar hours from opened to resolved, over the last 30 days."""
    since = _start(today) - timedelta(days=30)
    query = select(items.c.opened_at, items.c.resolved_at).where(items.c.resolved_at >= since).limit(20_000)
    spans = [(row.resolved_at - row.opened_at).total_seconds() for row in connection.execute(query)]
    return f"{sum(spans) / len(spans) / 3600:.1f}" if spans else None


def _rate(part: int | None, whole: int) -> str | None:
    return f"{100 * int(part or 0) / whole:.1f}" if whole else None


def _start(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
