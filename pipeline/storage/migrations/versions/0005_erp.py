"""Numbers of other systems, reference lists, integration failures, signed reconciliations."""

from alembic import op

from pipeline.storage.erp_tables import ERP_TABLES

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    for table in ERP_TABLES:
        table.create(op.get_bind(), checkfirst=True)


def downgrade() -> None:
    raise NotImplementedError("migrations go forward only")
