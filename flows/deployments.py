"""The schedules, in code. `apdesk flows serve` runs them in one process; a Prefect server is optional."""

from typing import Any

from prefect import serve

from flows.clock import run_clock
from flows.intake import poll_mail, poll_sources, watch_portal, watch_scans
from flows.outbox import drain_outbox
from flows.process_pending import process_pending
from flows.sync import reconcile_erp, sync_erp, sync_erp_full
from flows.verify_audit import verify_audit

# Minutely, except the nightly proof; 01:00-03:59 is avoided because daylight saving skips or repeats it.
SCHEDULES: tuple[tuple[Any, str], ...] = (
    (poll_sources, "* * * * *"),
    (poll_mail, "* * * * *"),
    (watch_scans, "* * * * *"),
    (watch_portal, "* * * * *"),
    (process_pending, "* * * * *"),
    (drain_outbox, "* * * * *"),
    (run_clock, "*/5 * * * *"),
    (sync_erp, "* * * * *"),
    (sync_erp_full, "15 4 * * *"),
    (reconcile_erp, "45 4 * * *"),
    (verify_audit, "30 4 * * *"),
)


def deployments() -> list[Any]:
    """One deployment per flow; at most one run of each at a time."""
    return [each.to_deployment(name="apdesk", cron=cron, concurrency_limit=1) for each, cron in SCHEDULES]


def serve_all() -> None:
    """Run until Ctrl-C."""
    serve(*deployments())
