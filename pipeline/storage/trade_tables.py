"""Order data from outside, beside the ERP's: one row for each order that a document is about."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text

from pipeline.storage.tables import metadata

trade_documents = Table(
    "trade_documents",
    metadata,
    Column("document_id", Text, primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("po_key", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("number_key", Text, nullable=False),
    Column("authority", Boolean, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    Index("trade_documents_by_po", "po_key", "kind", "sequence"),
)
