"""Process everything pending: read in batches, then match in order of arrival. Ids only; our database is the truth."""

from collections import Counter
from datetime import date

from prefect import flow, task
from prefect.artifacts import create_table_artifact

from flows.runtime import batches, get_app
from pipeline.bootstrap import build_store
from pipeline.process.advance import match_invoice, read_documents


@task(task_run_name="read-{first}", retries=2, retry_delay_seconds=5)
def read_batch(document_ids: list[str], jobs: int, as_of: str | None, first: str) -> int:
    """Read one batch of documents. Already read ones are skipped, so a retry is free."""
    return sum(1 for _ in read_documents(get_app(as_of), document_ids, jobs))


@task(task_run_name="match-{first}", retries=2, retry_delay_seconds=5)
def match_batch(invoice_ids: list[str], trigger: str, as_of: str | None, first: str) -> dict[str, int]:
    """Match one batch of invoices, one transaction each."""
    app = get_app(as_of)
    return dict(Counter(match_invoice(app, invoice_id, trigger) for invoice_id in invoice_ids))


@flow(name="process-pending", flow_run_name="process-{as_of}")
def process_pending(as_of: str | None = None, jobs: int = 2) -> dict[str, int]:
    """One pass: unread documents, then invoices no run has decided yet, then those that wait for a receipt."""
    queries = get_app(as_of).queries
    for batch in batches(list(queries.unread_documents())):
        read_batch(batch, jobs, as_of, batch[0])
    states: Counter[str] = Counter()
    for trigger, ids in (("intake", queries.unmatched_invoices()), ("sweep", queries.waiting_invoices())):
        for batch in batches(list(ids)):
            states.update(match_batch(batch, trigger, as_of, batch[0]))
    build_store().seal_audit()
    rows = [{"state": state, "invoices": count} for state, count in sorted(states.items())]
    create_table_artifact(table=rows or [{"state": "nothing pending", "invoices": 0}], key="process-pending")
    return dict(states)


def run_once(as_of: date | None, jobs: int) -> dict[str, int]:
    """What `apdesk run` calls."""
    return process_pending(as_of.isoformat() if as_of else None, jobs)
