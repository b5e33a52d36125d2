"""Drain the outbox: post approved invoices, send notices. At least once with a key; the other side sees it once."""

from prefect import flow, task

from flows.runtime import get_app
from pipeline.process.dispatch import dispatch_outbox


@task(task_run_name="dispatch")
def dispatch(limit: int) -> dict[str, int]:
    """Lease and deliver up to `limit` messages."""
    return dispatch_outbox(get_app(), limit)


@flow(name="drain-outbox")
def drain_outbox(limit: int = 200) -> dict[str, int]:
    """Everything owed to the outside."""
    return dispatch(limit)
