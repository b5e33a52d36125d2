"""What the desk keeps beside invoices: policy versions, delegations, saved views, API tokens, answers already given."""

from sqlalchemy import CheckConstraint, Column, Date, Index, Integer, Table, Text

from pipeline.storage.columns import BIG, Instant
from pipeline.storage.tables import metadata

policy_versions = Table(
    "policy_versions",
    metadata,
    Column("number", BIG, primary_key=True, autoincrement=False),
    Column("state", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("effective_from", Date, nullable=False),
    Column("author", Text, nullable=False),
    Column("approver", Text),
    Column("body", Text, nullable=False),
    # SOD-10 holds even for a program that forgets to ask.
    CheckConstraint("approver IS NULL OR approver <> author", name="policy_two_persons"),
)
delegations = Table(
    "delegations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("delegator", Text, nullable=False, index=True),
    Column("delegate", Text, nullable=False, index=True),
    Column("ended", Integer, nullable=False),
    Column("body", Text, nullable=False),
    CheckConstraint("delegator <> delegate", name="delegation_two_persons"),
)
saved_views = Table(
    "saved_views",
    metadata,
    Column("user_id", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("query", Text, nullable=False),
)
api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", Text, primary_key=True),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("user_id", Text, nullable=False, index=True),
    Column("ends_at", Instant, nullable=False),
    Column("revoked", Integer, nullable=False),
    Column("body", Text, nullable=False),
)
api_answers = Table(
    "api_answers",
    metadata,
    Column("user_id", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Index("api_answers_by_age", "at"),
)
DESK_TABLES = (policy_versions, delegations, saved_views, api_tokens, api_answers)
