"""How far each stream of the ERP was read."""

from sqlalchemy import Column, String, Table, Text

from pipeline.storage.tables import metadata

sync_streams = Table(
    "sync_streams", metadata, Column("stream", String(40), primary_key=True), Column("body", Text, nullable=False)
)
