"""Alembic's environment: always our open connection and its transaction, never a URL of its own."""

from alembic import context

from pipeline.storage.tables import metadata

connection = context.config.attributes["connection"]
# Our transaction is open already: Alembic neither begins nor commits one, so a failed upgrade changes nothing.
context.configure(connection=connection, target_metadata=metadata, transactional_ddl=False)
context.run_migrations()
