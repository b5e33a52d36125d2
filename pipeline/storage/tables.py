"""Tables. What is searched is a column with an index; the whole value lies beside it as JSON text.

Money that is compared in SQL is exact text in SQLite and NUMERIC in PostgreSQL, never a float.
"""

from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator

from pipeline.storage.instants import Instant

metadata = MetaData()


class Exact(TypeDecorator[Decimal]):
    """Decimal kept exactly: NUMERIC on PostgreSQL; on SQLite, which has no decimal type, its text."""

    impl = Numeric(38, 10)
    cache_ok = True

    def load_dialect_impl(self, dialect: Any) -> Any:
        return dialect.type_descriptor(String(64) if dialect.name == "sqlite" else Numeric(38, 10))

    def process_bind_param(self, value: Decimal | None, dialect: Any) -> Any:
        return None if value is None else (format(value.normalize(), "f") if dialect.name == "sqlite" else value)

    def process_result_value(self, value: Any, dialect: Any) -> Decimal | None:
        return None if value is None else Decimal(str(value))


BIG = BigInteger().with_variant(Integer, "sqlite")


def _key(name: str) -> Column[str]:
    return Column(name, String(64), primary_key=True)


documents = Table(
    "documents",
    metadata,
    _key("id"),
    Column("sequence", BIG, nullable=False),
    Column("sha256", String(64), nullable=False),
    # The first accepted document with these bytes; a discarded one leaves it empty, so equal uploads collide here.
    Column("accepted_sha256", String(64), unique=True),
    Column("status", String(20), nullable=False),
    Column("channel", String(10), nullable=False),
    Column("received_on", Date, nullable=False),
    Column("parent_id", String(64)),
    Column("body", Text, nullable=False),
    Index("documents_by_status", "status", "sequence"),
    Index("documents_by_sha", "sha256"),
    Index("documents_by_parent", "parent_id"),
)
invoices = Table(
    "invoices",
    metadata,
    _key("id"),
    Column("document_id", String(64), nullable=False),
    Column("sequence", BIG, nullable=False),
    Column("version", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("status", String(20)),
    Column("kind", String(20), nullable=False),
    Column("channel", String(10), nullable=False),
    Column("source_name", Text, nullable=False),
    Column("part", Text),
    Column("received_on", Date, nullable=False),
    Column("run_no", Integer, nullable=False),
    Column("supplier_id", String(64)),
    Column("supplier_name", Text),
    Column("supplier_group", String(64)),
    Column("number", Text),
    Column("number_norm", String(80)),
    Column("number_skeleton", String(80)),
    Column("invoice_date", Date),
    Column("due_date", Date),
    Column("po_number", Text),
    Column("references_norm", String(80)),
    Column("currency", String(3)),
    Column("total", Exact),
    Column("primary_code", String(40)),
    Column("search", Text, nullable=False, default=""),
    Column("body", Text, nullable=False),
    Index("invoices_by_document", "document_id"),
    Index("invoices_by_state", "state", "sequence"),
    Index("invoices_by_sequence", "sequence"),
    Index("invoices_by_run", "run_no", "state"),
    Index("invoices_by_supplier", "supplier_id", "sequence"),
    Index("invoices_by_norm", "supplier_group", "number_norm"),
    Index("invoices_by_skeleton", "supplier_group", "number_skeleton"),
    Index("invoices_by_total", "supplier_group", "total", "invoice_date"),
    Index("invoices_by_number", "number_norm"),
    Index("invoices_by_original", "supplier_group", "references_norm"),
)
# The lines of an invoice's links, so that what an order line has been billed is found by order, not by scanning.
invoice_orders = Table(
    "invoice_orders",
    metadata,
    Column("invoice_id", String(64), primary_key=True),
    Column("po_norm", String(80), primary_key=True),
    Index("invoice_orders_by_po", "po_norm"),
)
pages = Table("pages", metadata, _key("invoice_id"), Column("body", LargeBinary, nullable=False))
items = Table(
    "items",
    metadata,
    _key("id"),
    Column("invoice_id", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("queue", String(80), nullable=False),
    Column("owner_role", String(40), nullable=False),
    Column("restricted", Boolean, nullable=False),
    Column("priority", BIG, nullable=False),  # ten-thousandths, so that it sorts exactly
    Column("due_at", Instant),
    Column("opened_at", Instant, nullable=False),
    Column("claimed_by", String(64)),
    Column("lock_expires_at", Instant),
    Column("body", Text, nullable=False),
    Index("items_by_invoice", "invoice_id"),
    Index("items_by_queue", "state", "queue", "priority"),
    Index("items_by_role", "state", "owner_role", "priority"),
)
events = Table(
    "events",
    metadata,
    Column("seq", BIG, primary_key=True, autoincrement=False),
    Column("event_id", String(64), nullable=False, unique=True),
    Column("occurred_at", Instant, nullable=False),
    Column("action", String(60), nullable=False),
    Column("object_type", String(20), nullable=False),
    Column("object_id", String(100), nullable=False),
    Column("actor", String(100), nullable=False),
    Column("body", Text, nullable=False),
    Column("prev_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index("events_by_object", "object_id", "seq"),
)
checkpoints = Table(
    "checkpoints",
    metadata,
    Column("seq", BIG, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("body", Text, nullable=False),
)
outbox = Table(
    "outbox",
    metadata,
    Column("id", BIG, primary_key=True, autoincrement=True),
    Column("topic", String(40), nullable=False),
    Column("key", String(200), nullable=False),
    Column("payload", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("due_at", Instant),
    Column("leased_until", Instant),
    Column("done_at", Instant),
    Column("dead", Boolean, nullable=False, default=False),
    Column("error", Text),
    UniqueConstraint("topic", "key", name="outbox_once"),
    Index("outbox_due", "topic", "done_at", "due_at"),
)
counters = Table("counters", metadata, _key("name"), Column("value", BIG, nullable=False))
mail_taken = Table(
    "mail_taken", metadata, Column("key", String(300), primary_key=True), Column("at", Instant, nullable=False)
)

suppliers = Table(
    "suppliers",
    metadata,
    _key("id"),
    Column("group_id", String(64), nullable=False, index=True),
    Column("tax_norm", String(64), index=True),
    Column("body", Text, nullable=False),
)
supplier_banks = Table(
    "supplier_banks",
    metadata,
    Column("supplier_id", String(64), primary_key=True),
    Column("fingerprint", String(80), primary_key=True),
    Column("account_hmac", String(64), index=True),
    Column("sealed", LargeBinary),
    Index("supplier_banks_by_fingerprint", "fingerprint"),
)
facilities = Table("facilities", metadata, _key("id"), Column("body", Text, nullable=False))
purchase_orders = Table(
    "purchase_orders",
    metadata,
    _key("po_norm"),
    Column("skeleton", String(80), nullable=False, index=True),
    Column("supplier_id", String(64), nullable=False),
    Column("supplier_group", String(64), nullable=False),
    Column("status", String(20), nullable=False),
    Column("body", Text, nullable=False),
    Index("purchase_orders_by_group", "supplier_group", "status"),
)
receipts = Table(
    "receipts",
    metadata,
    _key("id"),
    Column("po_norm", String(80), nullable=False, index=True),
    Column("day", Date, nullable=False),
    Column("body", Text, nullable=False),
)
usage_records = Table(
    "usage_records",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("po_norm", String(80), nullable=False, index=True),
    Column("body", Text, nullable=False),
)
items_master = Table(
    "items_master",
    metadata,
    Column("id", String(160), primary_key=True),
    Column("supplier_id", String(64)),
    Column("body", Text, nullable=False),
)
prior_invoices = Table(
    "prior_invoices",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("supplier_id", String(64), nullable=False),
    Column("supplier_group", String(64), nullable=False),
    Column("number_norm", String(80), nullable=False),
    Column("number_skeleton", String(80), nullable=False),
    Column("invoice_date", Date, nullable=False),
    Column("total", Exact, nullable=False),
    Column("references_norm", String(80)),
    Column("body", Text, nullable=False),
    Index("prior_by_norm", "supplier_group", "number_norm"),
    Index("prior_by_skeleton", "supplier_group", "number_skeleton"),
    Index("prior_by_total", "supplier_group", "total", "invoice_date"),
    Index("prior_by_number", "number_norm"),
    Index("prior_by_original", "supplier_group", "references_norm"),
)
prior_orders = Table(
    "prior_orders",
    metadata,
    Column("prior_id", String(200), primary_key=True),
    Column("po_norm", String(80), primary_key=True),
    Index("prior_orders_by_po", "po_norm"),
)
users = Table("users", metadata, _key("id"), Column("password", Text), Column("body", Text, nullable=False))
sessions = Table(
    "sessions",
    metadata,
    _key("token_hash"),
    Column("user_id", String(64), nullable=False, index=True),
    Column("opened_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("ip", String(64), nullable=False),
)
