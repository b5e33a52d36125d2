"""Read the ERP and wake what waited: every minute what changed, every night everything (spec I.2)."""

from datetime import timedelta
from typing import Any

from prefect import flow, task

from flows.runtime import get_app
from pipeline.domain.events import SYSTEM
from pipeline.process.ledger import reconciliation
from pipeline.process.sync import sync_erp as one_pass


@task(task_run_name="read-erp", retries=0)
def read_erp(full: bool) -> dict[str, Any]:
    """One pass over all streams, then wake and follow. Without an ERP configured nothing happens."""
    app = get_app()
    if app.erp is None or app.masters is None:
        return {}
    report, woken, moved = one_pass(app, full)
    counts = {each.stream.value: len(each.changed) for each in report.streams}
    return {**counts, "woken": len(woken), "moved": len(moved), "failed": [each.stream.value for each in report.failed]}


@flow(name="sync-erp")
def sync_erp(full: bool = False) -> dict[str, Any]:
    """Every minute."""
    return read_erp(full)


@task(task_run_name="reconcile-erp", retries=0)
def compare() -> dict[str, Any]:
    """Both ledgers of the last 90 days; what came out is an event. A person signs it on the desk."""
    app = get_app()
    if app.erp is None:
        return {}
    report = reconciliation(app, app.clock.today() - timedelta(days=90), SYSTEM)
    return {"ours": report.ours, "theirs": report.theirs, **{n: len(rows) for n, rows in report.sections().items()}}


@flow(name="reconcile-erp")
def reconcile_erp() -> dict[str, Any]:
    """Every day, after the nightly full read (I.9)."""
    return compare()


@flow(name="sync-erp-full")
def sync_erp_full() -> dict[str, Any]:
    """Every night: forget the cursors, read everything."""
    return read_erp(True)
