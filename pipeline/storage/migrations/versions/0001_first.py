"""The first schema, with triggers that make the audit log append-only."""

from alembic import op

from pipeline.storage.tables import metadata

revision = "0001"
down_revision = None

SQLITE = """
CREATE TRIGGER {table}_no_{verb} BEFORE {VERB} ON {table}
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
"""
POSTGRES_FUNCTION = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$
"""


def upgrade() -> None:
    bind = op.get_bind()
    metadata.create_all(bind)
    for table in ("events", "checkpoints"):
        if bind.dialect.name == "sqlite":
            for verb in ("update", "delete"):
                op.execute(SQLITE.format(table=table, verb=verb, VERB=verb.upper()))
        else:
            if table == "events":
                op.execute(POSTGRES_FUNCTION)
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )


def downgrade() -> None:
    raise NotImplementedError("migrations go forward only")
