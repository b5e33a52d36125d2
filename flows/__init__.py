"""Thin Prefect flows: ids only, our database is the truth about an invoice."""
