"""Migrations: forward only, packaged, run on opening."""

from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from pipeline.domain.errors import StorageFailed
from pipeline.storage.engine import advisory_lock, writing


def upgrade(engine: Engine) -> None:
    """Bring the schema to the newest revision. Free when it is there already."""
    config = Config()
    config.set_main_option("script_location", str(files("pipeline.storage").joinpath("migrations")))
    config.set_main_option("path_separator", "os")
    newest = ScriptDirectory.from_config(config).get_current_head()
    try:
        with engine.connect() as connection:
            if MigrationContext.configure(connection).get_current_revision() == newest:
                return
        with writing(engine) as connection:
            advisory_lock(connection, 1)
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            transaction = connection.get_transaction()
            if transaction is not None and transaction.is_active:
                transaction.commit()
    except StorageFailed:
        raise
    except Exception as problem:
        raise StorageFailed(
            f"The database could not be prepared: {problem}.", "Check APDESK_DATABASE_URL and its rights."
        ) from problem
