"""Migrations: forward only, packaged, run on opening."""

from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from pipeline.domain.errors import StorageFailed
from pipeline.storage.engine import Database, advisory_lock

_LOCK = 1


def upgrade(database: Database) -> None:
    """Bring the schema to the newest revision. Free when it is there already; processes that start at once take turns.

    Raises StorageFailed when the schema is newer than this program or cannot be changed; then nothing was changed.
    """
    config = Config()
    config.set_main_option("script_location", str(files("pipeline.storage").joinpath("migrations")))
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    newest = script.get_current_head()
    with database.reading() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current == newest:
        return
    known = {revision.revision for revision in script.walk_revisions()}
    if current is not None and current not in known:
        raise StorageFailed(
            f"The database (revision {current}) is newer than this program.", "Install the newer apdesk."
        )
    try:
        with database.writing() as connection:
            advisory_lock(connection, _LOCK)
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
    except CommandError as problem:
        raise StorageFailed(f"The database could not be prepared: {problem}.") from problem
