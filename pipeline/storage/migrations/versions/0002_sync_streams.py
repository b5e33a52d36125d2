"""How far each stream of the ERP was read."""

from alembic import op

from pipeline.storage.sync_tables import sync_streams

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    sync_streams.create(op.get_bind(), checkfirst=True)


def downgrade() -> None:
    raise NotImplementedError("migrations go forward only")
