"""Rates, accounts, budgets and closed periods: written by a load or the sync, read as facts of one decision."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select

from pipeline.domain.erp import GlAccount
from pipeline.domain.invoice import Invoice, PriorInvoice
from pipeline.domain.ledger import Budget, ClosedPeriod, ExchangeRate, LedgerFacts
from pipeline.domain.supplier import Facility
from pipeline.storage.ledger_tables import budgets, closed_periods, exchange_rates, gl_accounts

EVERY_ENTITY = "*"


def put(connection: Connection, facts: LedgerFacts) -> None:
    """What is given replaces the whole list of its kind; a list that is None stays as it is stored."""
    kinds: tuple[tuple[Table, Sequence[Any] | None, Callable[[Any], dict[str, Any]]], ...] = (
        (exchange_rates, facts.rates, _rate_row),
        (gl_accounts, facts.accounts, lambda a: {"code": a.code, "name": a.name, "active": a.active}),
        (budgets, facts.budgets, lambda b: {"cost_center": b.cost_center, "available": b.available}),
        (closed_periods, facts.closed, lambda c: {"legal_entity": c.legal_entity, "closed_through": c.closed_through}),
    )
    for table, values, row in kinds:
        if values is None:
            continue
        connection.execute(delete(table))
        names = [column.name for column in table.primary_key]
        rows = {tuple(r[name] for name in names): r for r in map(row, values)}
        if rows:
            connection.execute(insert(table), list(rows.values()))


def _rate_row(rate: ExchangeRate) -> dict[str, Any]:
    return {
        "currency": rate.currency,
        "to_currency": rate.to_currency,
        "valid_from": rate.valid_from,
        "rate": rate.rate,
    }


def stored(connection: Connection) -> LedgerFacts:
    """All that is stored, for reports and tests."""
    rates = connection.execute(select(exchange_rates).order_by(*exchange_rates.primary_key))
    accounts = connection.execute(select(gl_accounts).order_by(gl_accounts.c.code))
    centers = connection.execute(select(budgets).order_by(budgets.c.cost_center))
    periods = connection.execute(select(closed_periods).order_by(closed_periods.c.legal_entity))
    return LedgerFacts(
        rates=tuple(ExchangeRate(r.currency, r.valid_from, r.rate, r.to_currency) for r in rates),
        accounts=tuple(GlAccount(r.code, r.name, r.active) for r in accounts),
        budgets=tuple(Budget(r.cost_center, r.available) for r in centers),
        closed=tuple(ClosedPeriod(r.closed_through, r.legal_entity) for r in periods),
    )


def rates_for(
    connection: Connection, invoice: Invoice, prior: Iterable[PriorInvoice], home: str, as_of: date
) -> dict[str, Decimal]:
    """Rates into the legal entity's currency `home`, as they stood on the invoice's date (0.2.6)."""
    day = invoice.invoice_date or as_of
    wanted = sorted({c for c in (invoice.currency, *(p.currency for p in prior)) if c and c != home})
    found: dict[str, Decimal] = {}
    for currency in wanted:
        column = exchange_rates.c
        query = select(column.rate).where(column.currency == currency, column.to_currency == home)
        query = query.where(column.valid_from <= day).order_by(column.valid_from.desc()).limit(1)
        rate = connection.execute(query).scalar()
        if rate is not None and rate > 0:
            found[currency] = rate
    return {home: Decimal(1), **found} if found else {}


def accounts_for(connection: Connection, invoice: Invoice) -> frozenset[str] | None:
    """Those of the coded accounts that are open; None while no chart of accounts is known."""
    codes = sorted({part.gl for part in invoice.coding})
    if not codes or connection.execute(select(gl_accounts.c.code).limit(1)).scalar() is None:
        return None
    query = select(gl_accounts.c.code).where(gl_accounts.c.code.in_(codes), gl_accounts.c.active.is_(True))
    return frozenset(row.code for row in connection.execute(query))


def budgets_for(connection: Connection, invoice: Invoice) -> dict[str, Decimal] | None:
    """What is left for the coded cost centres, as far as the ledger names a budget for them."""
    centers = sorted({part.cost_center for part in invoice.coding if part.cost_center})
    if not centers:
        return None
    query = select(budgets).where(budgets.c.cost_center.in_(centers)).order_by(budgets.c.cost_center)
    return {row.cost_center: row.available for row in connection.execute(query)} or None


def closed_through(connection: Connection, entity: str | None) -> date | None:
    """The last closed day of a legal entity, else of all of them."""
    names = [name for name in (entity, EVERY_ENTITY) if name]
    query = select(closed_periods).where(closed_periods.c.legal_entity.in_(names))
    days = {row.legal_entity: row.closed_through for row in connection.execute(query)}
    return next((days[name] for name in names if name in days), None)


def home_of(invoice: Invoice, facilities: Sequence[Facility]) -> tuple[str, str | None]:
    """Currency and legal entity of the facility that the invoice is shipped to; without one the only currency known."""
    place = next((f for f in facilities if f.id == invoice.ship_to), None)
    if place is not None:
        return place.currency, place.legal_entity
    currencies, entities = {f.currency for f in facilities}, {f.legal_entity for f in facilities}
    return (currencies.pop() if len(currencies) == 1 else "USD"), (entities.pop() if len(entities) == 1 else None)
