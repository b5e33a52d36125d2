"""Tables. What is searched is a column with an index; the whole value lies beside it as JSON text (`body`).

`body` is the truth, the columns are its mirror and are written in the same statement. Text of foreign origin that is
indexed goes through `columns.key`, so that no length can break an index.
"""

from sqlalchemy import Boolean, Column, Date, Index, Integer, LargeBinary, MetaData, Table, Text, UniqueConstraint

from pipeline.storage.columns import BIG, Instant, Money

metadata = MetaData()


def _id(name: str = "id") -> Column[str]:
    return Column(name, Text, primary_key=True)


documents = Table(
    "documents",
    metadata,
    _id(),
    Column("sequence", BIG, nullable=False),
    Column("sha256", Text, nullable=False),
    # Filled for the one accepted document with these bytes, so that equal uploads collide here.
    Column("accepted_sha256", Text, unique=True),
    Column("status", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("source_name", Text, nullable=False),
    Column("part", Text),
    Column("received_on", Date, nullable=False),
    Column("message_id", Text),
    Column("parent_id", Text),
    Column("body", Text, nullable=False),
    Index("documents_by_status", "status", "sequence"),
    Index("documents_by_sequence", "sequence"),
    Index("documents_by_sha", "sha256"),
    Index("documents_by_parent", "parent_id"),
    Index("documents_by_message", "message_id"),
)
invoices = Table(
    "invoices",
    metadata,
    _id(),
    Column("document_id", Text, nullable=False),
    Column("sequence", BIG, nullable=False),
    Column("version", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("status", Text),
    Column("kind", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("source_name", Text, nullable=False),
    Column("part", Text),
    Column("received_on", Date, nullable=False),
    Column("run_no", Integer, nullable=False),
    Column("human_touches", Integer, nullable=False),
    Column("supplier_id", Text),
    Column("supplier_name", Text),
    Column("number", Text),
    Column("number_key", Text),
    Column("skeleton_key", Text),
    Column("reference_key", Text),
    Column("invoice_date", Date),
    Column("due_date", Date),
    Column("po_number", Text),
    Column("currency", Text),
    Column("total", Money),
    Column("total_units", BIG),
    Column("payable", Money),
    Column("disputed", Money),
    Column("primary_code", Text),
    Column("search", Text, nullable=False),
    Column("body", Text, nullable=False),
    Index("invoices_by_document", "document_id"),
    Index("invoices_by_state", "state", "sequence"),
    Index("invoices_by_sequence", "sequence"),
    Index("invoices_by_run", "run_no", "sequence"),
    Index("invoices_by_received", "received_on"),
    Index("invoices_by_supplier", "supplier_id", "sequence"),
    Index("invoices_by_number", "supplier_id", "number_key", "invoice_date"),
    Index("invoices_by_skeleton", "supplier_id", "skeleton_key", "invoice_date"),
    Index("invoices_by_total", "supplier_id", "total_units", "invoice_date"),
    Index("invoices_by_reference", "supplier_id", "reference_key"),
    Index("invoices_by_day", "supplier_id", "invoice_date"),
    # The queue sorts by what the invoices say without opening them.
    Index("invoices_for_sorting", "id", "total_units", "due_date"),
)
# The orders that an invoice names or is linked to: who bills on an order is found by the order, not by scanning.
invoice_orders = Table(
    "invoice_orders",
    metadata,
    _id("invoice_id"),
    _id("po_key"),
    Index("invoice_orders_by_po", "po_key"),
)
pages = Table("pages", metadata, _id("invoice_id"), Column("body", LargeBinary, nullable=False))
items = Table(
    "items",
    metadata,
    _id(),
    Column("invoice_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("queue", Text, nullable=False),
    Column("owner_role", Text, nullable=False),
    Column("restricted", Boolean, nullable=False),
    Column("priority", BIG, nullable=False),  # ten-thousandths, so that it sorts exactly
    Column("at_risk_units", BIG),
    Column("due_at", Instant),
    Column("opened_at", Instant, nullable=False),
    Column("resolved_at", Instant),
    Column("sla_class", Text, nullable=False),
    Column("reopened_count", Integer, nullable=False),
    Column("assignee", Text),
    Column("claimed_by", Text),
    Column("lock_expires_at", Instant),
    Column("body", Text, nullable=False),
    Index("items_by_invoice", "invoice_id"),
    Index("items_by_queue", "queue", "state", "priority"),
    # All that the queue filters, counts and sorts by, so that rows are opened for the shown page only.
    Index(
        "items_for_queue",
        *("state", "owner_role", "restricted", "queue", "priority", "due_at", "opened_at", "id", "invoice_id"),
    ),
    Index("items_by_state", "state", "opened_at"),
)
events = Table(
    "events",
    metadata,
    Column("seq", BIG, primary_key=True, autoincrement=False),
    Column("event_id", Text, nullable=False, unique=True),
    Column("occurred_at", Instant, nullable=False),
    Column("action", Text, nullable=False),
    Column("object_type", Text, nullable=False),
    Column("object_id", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("body", Text, nullable=False),  # the canonical JSON that was hashed
    Column("prev_hash", Text, nullable=False),
    Column("hash", Text, nullable=False, unique=True),
    Index("events_by_object", "object_id", "seq"),
    Index("events_by_action", "action", "seq"),
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
    Column("topic", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Instant),
    Column("leased_until", Instant),
    Column("done_at", Instant),
    Column("dead", Boolean, nullable=False),
    Column("error", Text),
    UniqueConstraint("topic", "key", name="outbox_once"),
    Index("outbox_due", "done_at", "dead", "topic", "id"),
    sqlite_autoincrement=True,
)
counters = Table("counters", metadata, _id("name"), Column("value", BIG, nullable=False))
mail_taken = Table("mail_taken", metadata, _id("key"), Column("at", Instant, nullable=False))
users = Table("users", metadata, _id(), Column("password", Text), Column("body", Text, nullable=False))
sessions = Table(
    "sessions",
    metadata,
    _id("token_hash"),
    Column("user_id", Text, nullable=False, index=True),
    Column("opened_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("ip", Text, nullable=False),
)

suppliers = Table(
    "suppliers",
    metadata,
    _id(),
    Column("group_id", Text, nullable=False, index=True),
    Column("tax_key", Text, index=True),
    Column("body", Text, nullable=False),
)
supplier_banks = Table(
    "supplier_banks",
    metadata,
    _id("supplier_id"),
    _id("fingerprint"),
    Column("account_hmac", Text, nullable=False, index=True),
    Column("bank_name", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index("supplier_banks_by_fingerprint", "fingerprint"),
)
facilities = Table("facilities", metadata, _id(), Column("body", Text, nullable=False))
catalogue = Table(
    "catalogue",
    metadata,
    _id(),
    Column("supplier_id", Text, nullable=False, index=True),
    Column("body", Text, nullable=False),
)
purchase_orders = Table(
    "purchase_orders",
    metadata,
    _id("po_key"),
    Column("skeleton_key", Text, index=True),
    Column("supplier_id", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("body", Text, nullable=False),
    Index("purchase_orders_by_supplier", "supplier_id", "status"),
)
receipts = Table(
    "receipts",
    metadata,
    _id(),
    Column("po_key", Text, nullable=False, index=True),
    Column("day", Date, nullable=False),
    Column("body", Text, nullable=False),
)
usage_records = Table(
    "usage_records",
    metadata,
    _id(),
    Column("po_key", Text, nullable=False, index=True),
    Column("body", Text, nullable=False),
)
prior_invoices = Table(
    "prior_invoices",
    metadata,
    _id(),
    Column("supplier_id", Text, nullable=False),
    Column("number_key", Text),
    Column("skeleton_key", Text),
    Column("reference_key", Text),
    Column("invoice_date", Date, nullable=False),
    Column("total", Money, nullable=False),
    Column("total_units", BIG),
    Column("po_number", Text),
    Column("body", Text, nullable=False),
    Index("prior_by_number", "supplier_id", "number_key", "invoice_date"),
    Index("prior_by_skeleton", "supplier_id", "skeleton_key", "invoice_date"),
    Index("prior_by_total", "supplier_id", "total_units", "invoice_date"),
    Index("prior_by_reference", "supplier_id", "reference_key"),
    Index("prior_by_day", "supplier_id", "invoice_date"),
)
prior_orders = Table(
    "prior_orders",
    metadata,
    _id("prior_id"),
    _id("po_key"),
    Index("prior_orders_by_po", "po_key"),
)
