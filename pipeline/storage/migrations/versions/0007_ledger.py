"""Exchange rates, GL accounts, budgets and closed periods."""

from alembic import op

from pipeline.storage.ledger_tables import LEDGER_TABLES

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    for table in LEDGER_TABLES:
        table.create(op.get_bind(), checkfirst=True)


def downgrade() -> None:
    raise NotImplementedError("migrations go forward only")
