"""Alembic's environment: always our open connection, never a URL of its own."""

from alembic import context

from pipeline.storage.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=False)
context.run_migrations()
