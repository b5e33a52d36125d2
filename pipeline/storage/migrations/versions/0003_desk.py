"""Policy versions, delegations, saved views, API tokens and answers of the API."""

from alembic import op

from pipeline.storage.desk_tables import DESK_TABLES

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    for table in DESK_TABLES:
        table.create(op.get_bind(), checkfirst=True)


def downgrade() -> None:
    raise NotImplementedError("migrations go forward only")
