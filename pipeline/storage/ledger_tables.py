"""What the ledger knows beside orders: rates, accounts, budgets, closed periods (spec 0.2.6, C.9)."""

from sqlalchemy import Boolean, Column, Date, String, Table, Text

from pipeline.storage.columns import Money
from pipeline.storage.tables import metadata

exchange_rates = Table(
    "exchange_rates",
    metadata,
    Column("currency", String(3), primary_key=True),
    Column("to_currency", String(3), primary_key=True),
    Column("valid_from", Date, primary_key=True),
    Column("rate", Money, nullable=False),
)
gl_accounts = Table(
    "gl_accounts",
    metadata,
    Column("code", String(80), primary_key=True),
    Column("name", Text, nullable=False),
    Column("active", Boolean, nullable=False),
)
budgets = Table(
    "budgets",
    metadata,
    Column("cost_center", String(80), primary_key=True),
    Column("available", Money, nullable=False),
)
closed_periods = Table(
    "closed_periods",
    metadata,
    Column("legal_entity", String(80), primary_key=True),  # "*": every entity that has no row of its own
    Column("closed_through", Date, nullable=False),
)
LEDGER_TABLES = (exchange_rates, gl_accounts, budgets, closed_periods)
