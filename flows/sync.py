"""Read the ERP and wake what waited: every minute what changed, every night everything (spec I.2)."""

from typing import Any

from prefect import flow, task

from flows.runtime import get_app
from pipeline.process.sync import follow, sync, wake


@task(task_run_name="read-erp", retries=0)
def read_erp(full: bool) -> dict[str, Any]:
    """One pass over all streams, then wake and follow. Without an ERP configured nothing happens."""
    app = get_app()
    if app.erp is None or app.masters is None:
        return {}
    report = sync(app.erp, app.masters, full=full)
    woken = wake(app, report.touched)
    moved = follow(app, report.billed)
    counts = {each.stream.value: len(each.changed) for each in report.streams}
    return {**counts, "woken": len(woken), "moved": len(moved), "failed": [each.stream.value for each in report.failed]}


@flow(name="sync-erp")
def sync_erp(full: bool = False) -> dict[str, Any]:
    """Every minute."""
    return read_erp(full)


@flow(name="sync-erp-full")
def sync_erp_full() -> dict[str, Any]:
    """Every night: forget the cursors, read everything."""
    return read_erp(True)
