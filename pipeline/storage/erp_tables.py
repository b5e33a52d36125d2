"""What is kept about the ERP's side: numbers of other systems, reference lists, failures, signed reconciliations."""

from sqlalchemy import Boolean, Column, Index, Table, Text

from pipeline.storage.columns import Instant
from pipeline.storage.tables import metadata

supplier_xref = Table(
    "supplier_xref",
    metadata,
    Column("id", Text, primary_key=True),  # system and external id
    Column("external_key", Text, nullable=False, index=True),
    Column("supplier_id", Text, nullable=False, index=True),
    Column("body", Text, nullable=False),
)
# Units and agreed prices by supplier and item, and the accounts of the ledger. `owner` is what they are looked up by.
erp_reference = Table(
    "erp_reference",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("body", Text, nullable=False),
    Index("erp_reference_by_owner", "kind", "owner"),
)
integration_failures = Table(
    "integration_failures",
    metadata,
    Column("fingerprint", Text, primary_key=True),
    Column("open", Boolean, nullable=False),
    Column("last_at", Instant, nullable=False, index=True),
    Column("body", Text, nullable=False),
)
reconciliation_sign_offs = Table(
    "reconciliation_sign_offs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("at", Instant, nullable=False, index=True),
    Column("body", Text, nullable=False),
)
ERP_TABLES = (supplier_xref, erp_reference, integration_failures, reconciliation_sign_offs)
