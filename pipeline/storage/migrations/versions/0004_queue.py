"""Indexes from which the queue counts and sorts without opening rows."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_index("invoices_for_sorting", "invoices", ["id", "total_units", "due_date"])
    op.drop_index("items_by_role", "items")
    wanted = ["state", "owner_role", "restricted", "queue", "priority", "due_at", "opened_at", "id", "invoice_id"]
    op.create_index("items_for_queue", "items", wanted)


def downgrade() -> None:
    raise NotImplementedError("migrations go forward only")
