"""Order data that comes from outside: orders, acknowledgements, shipments, receipts."""

from alembic import op

from pipeline.storage.trade_tables import trade_documents

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    trade_documents.create(op.get_bind(), checkfirst=True)


def downgrade() -> None:
    raise NotImplementedError("migrations go forward only")
