"""Reprocess a batch that a person has looked at and confirmed."""

from datetime import date

from prefect import flow, task

from flows.runtime import batches, get_app
from pipeline.process.reprocess import reprocess_invoice


@task(task_run_name="reprocess-{first}", retries=2, retry_delay_seconds=5)
def reprocess_ids(invoice_ids: list[str], as_of: str | None, first: str) -> int:
    """Read and match these invoices again, one transaction each."""
    app = get_app(as_of)
    return sum(reprocess_invoice(app, invoice_id) for invoice_id in invoice_ids)


@flow(name="reprocess-batch")
def reprocess_batch(invoice_ids: list[str], as_of: str | None = None) -> int:
    """How many invoices were reprocessed."""
    return sum(reprocess_ids(batch, as_of, batch[0]) for batch in batches(invoice_ids))


def reprocess_batch_once(invoice_ids: list[str], as_of: date | None) -> int:
    """What `apdesk reprocess` calls."""
    return reprocess_batch(invoice_ids, as_of.isoformat() if as_of else None)
