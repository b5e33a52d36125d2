"""The first schema, with triggers that make the audit log append-only."""

import sqlalchemy as sa
from alembic import op

from pipeline.storage.columns import BIG, Instant, Money

revision = "0001"
down_revision = None

APPEND_ONLY = ("events", "checkpoints")
SQLITE = """
CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
"""
# INSERT OR REPLACE deletes without firing a delete trigger, so an existing number is refused before.
SQLITE_NO_REPLACE = """
CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}
WHEN EXISTS (SELECT 1 FROM {table} WHERE seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
"""
POSTGRES_FUNCTION = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$
"""
POSTGRES = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""


def upgrade() -> None:
    create_tables()
    if op.get_bind().dialect.name == "sqlite":
        for table in APPEND_ONLY:
            op.execute(SQLITE.format(table=table, verb="UPDATE"))
            op.execute(SQLITE.format(table=table, verb="DELETE"))
            op.execute(SQLITE_NO_REPLACE.format(table=table))
    else:
        op.execute(POSTGRES_FUNCTION)
        for table in APPEND_ONLY:
            op.execute(POSTGRES.format(table=table))


def downgrade() -> None:
    raise NotImplementedError("migrations go forward only")


def create_tables() -> None:
    op.create_table(
        "catalogue",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("supplier_id", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_catalogue_supplier_id"), "catalogue", ["supplier_id"], unique=False)
    op.create_table(
        "checkpoints",
        sa.Column("seq", BIG, autoincrement=False, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_table(
        "counters",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("value", BIG, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "documents",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("sequence", BIG, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("accepted_sha256", sa.Text, nullable=True),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("source_name", sa.Text, nullable=False),
        sa.Column("part", sa.Text, nullable=True),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("message_id", sa.Text, nullable=True),
        sa.Column("parent_id", sa.Text, nullable=True),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("accepted_sha256"),
    )
    op.create_index("documents_by_message", "documents", ["message_id"], unique=False)
    op.create_index("documents_by_parent", "documents", ["parent_id"], unique=False)
    op.create_index("documents_by_sequence", "documents", ["sequence"], unique=False)
    op.create_index("documents_by_sha", "documents", ["sha256"], unique=False)
    op.create_index("documents_by_status", "documents", ["status", "sequence"], unique=False)
    op.create_table(
        "events",
        sa.Column("seq", BIG, autoincrement=False, nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("occurred_at", Instant(), nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("object_type", sa.Text, nullable=False),
        sa.Column("object_id", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("prev_hash", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("event_id"),
        sa.UniqueConstraint("hash"),
    )
    op.create_index("events_by_action", "events", ["action", "seq"], unique=False)
    op.create_index("events_by_object", "events", ["object_id", "seq"], unique=False)
    op.create_table(
        "facilities",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "invoice_orders",
        sa.Column("invoice_id", sa.Text, nullable=False),
        sa.Column("po_key", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("invoice_id", "po_key"),
    )
    op.create_index("invoice_orders_by_po", "invoice_orders", ["po_key"], unique=False)
    op.create_table(
        "invoices",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("document_id", sa.Text, nullable=False),
        sa.Column("sequence", BIG, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("source_name", sa.Text, nullable=False),
        sa.Column("part", sa.Text, nullable=True),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("run_no", sa.Integer(), nullable=False),
        sa.Column("human_touches", sa.Integer(), nullable=False),
        sa.Column("supplier_id", sa.Text, nullable=True),
        sa.Column("supplier_name", sa.Text, nullable=True),
        sa.Column("number", sa.Text, nullable=True),
        sa.Column("number_key", sa.Text, nullable=True),
        sa.Column("skeleton_key", sa.Text, nullable=True),
        sa.Column("reference_key", sa.Text, nullable=True),
        sa.Column("invoice_date", sa.Date(), nullable=True),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column("po_number", sa.Text, nullable=True),
        sa.Column("currency", sa.Text, nullable=True),
        sa.Column("total", Money(), nullable=True),
        sa.Column("total_units", BIG, nullable=True),
        sa.Column("payable", Money(), nullable=True),
        sa.Column("disputed", Money(), nullable=True),
        sa.Column("primary_code", sa.Text, nullable=True),
        sa.Column("search", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("invoices_by_day", "invoices", ["supplier_id", "invoice_date"], unique=False)
    op.create_index("invoices_by_document", "invoices", ["document_id"], unique=False)
    op.create_index("invoices_by_number", "invoices", ["supplier_id", "number_key", "invoice_date"], unique=False)
    op.create_index("invoices_by_received", "invoices", ["received_on"], unique=False)
    op.create_index("invoices_by_reference", "invoices", ["supplier_id", "reference_key"], unique=False)
    op.create_index("invoices_by_run", "invoices", ["run_no", "sequence"], unique=False)
    op.create_index("invoices_by_sequence", "invoices", ["sequence"], unique=False)
    op.create_index("invoices_by_skeleton", "invoices", ["supplier_id", "skeleton_key", "invoice_date"], unique=False)
    op.create_index("invoices_by_state", "invoices", ["state", "sequence"], unique=False)
    op.create_index("invoices_by_supplier", "invoices", ["supplier_id", "sequence"], unique=False)
    op.create_index("invoices_by_total", "invoices", ["supplier_id", "total_units", "invoice_date"], unique=False)
    op.create_table(
        "items",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("invoice_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("queue", sa.Text, nullable=False),
        sa.Column("owner_role", sa.Text, nullable=False),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.Column("priority", BIG, nullable=False),
        sa.Column("at_risk_units", BIG, nullable=True),
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("resolved_at", Instant(), nullable=True),
        sa.Column("sla_class", sa.Text, nullable=False),
        sa.Column("reopened_count", sa.Integer(), nullable=False),
        sa.Column("assignee", sa.Text, nullable=True),
        sa.Column("claimed_by", sa.Text, nullable=True),
        sa.Column("lock_expires_at", Instant(), nullable=True),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("items_by_invoice", "items", ["invoice_id"], unique=False)
    op.create_index("items_by_queue", "items", ["queue", "state", "priority"], unique=False)
    op.create_index("items_by_role", "items", ["owner_role", "state"], unique=False)
    op.create_index("items_by_state", "items", ["state", "opened_at"], unique=False)
    op.create_table(
        "mail_taken",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("leased_until", Instant(), nullable=True),
        sa.Column("done_at", Instant(), nullable=True),
        sa.Column("dead", sa.Boolean(), nullable=False),
        sa.Column("error", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("topic", "key", name="outbox_once"),
        sqlite_autoincrement=True,
    )
    op.create_index("outbox_due", "outbox", ["done_at", "dead", "topic", "id"], unique=False)
    op.create_table(
        "pages",
        sa.Column("invoice_id", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("invoice_id"),
    )
    op.create_table(
        "prior_invoices",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("supplier_id", sa.Text, nullable=False),
        sa.Column("number_key", sa.Text, nullable=True),
        sa.Column("skeleton_key", sa.Text, nullable=True),
        sa.Column("reference_key", sa.Text, nullable=True),
        sa.Column("invoice_date", sa.Date(), nullable=False),
        sa.Column("total", Money(), nullable=False),
        sa.Column("total_units", BIG, nullable=True),
        sa.Column("po_number", sa.Text, nullable=True),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("prior_by_day", "prior_invoices", ["supplier_id", "invoice_date"], unique=False)
    op.create_index("prior_by_number", "prior_invoices", ["supplier_id", "number_key", "invoice_date"], unique=False)
    op.create_index("prior_by_reference", "prior_invoices", ["supplier_id", "reference_key"], unique=False)
    op.create_index("prior_by_skeleton", "prior_invoices", ["supplier_id", "skeleton_key", "invoice_date"], unique=False)
    op.create_index("prior_by_total", "prior_invoices", ["supplier_id", "total_units", "invoice_date"], unique=False)
    op.create_table(
        "prior_orders",
        sa.Column("prior_id", sa.Text, nullable=False),
        sa.Column("po_key", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("prior_id", "po_key"),
    )
    op.create_index("prior_orders_by_po", "prior_orders", ["po_key"], unique=False)
    op.create_table(
        "purchase_orders",
        sa.Column("po_key", sa.Text, nullable=False),
        sa.Column("skeleton_key", sa.Text, nullable=True),
        sa.Column("supplier_id", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("po_key"),
    )
    op.create_index(op.f("ix_purchase_orders_skeleton_key"), "purchase_orders", ["skeleton_key"], unique=False)
    op.create_index("purchase_orders_by_supplier", "purchase_orders", ["supplier_id", "status"], unique=False)
    op.create_table(
        "receipts",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("po_key", sa.Text, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_receipts_po_key"), "receipts", ["po_key"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.Text, nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.Column("ip", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.create_index(op.f("ix_sessions_user_id"), "sessions", ["user_id"], unique=False)
    op.create_table(
        "supplier_banks",
        sa.Column("supplier_id", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("account_hmac", sa.Text, nullable=False),
        sa.Column("bank_name", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("supplier_id", "fingerprint"),
    )
    op.create_index(op.f("ix_supplier_banks_account_hmac"), "supplier_banks", ["account_hmac"], unique=False)
    op.create_index("supplier_banks_by_fingerprint", "supplier_banks", ["fingerprint"], unique=False)
    op.create_table(
        "suppliers",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("group_id", sa.Text, nullable=False),
        sa.Column("tax_key", sa.Text, nullable=True),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_suppliers_group_id"), "suppliers", ["group_id"], unique=False)
    op.create_index(op.f("ix_suppliers_tax_key"), "suppliers", ["tax_key"], unique=False)
    op.create_table(
        "usage_records",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("po_key", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_usage_records_po_key"), "usage_records", ["po_key"], unique=False)
    op.create_table(
        "users",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("password", sa.Text, nullable=True),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
