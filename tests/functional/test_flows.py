"""The flows on a real Prefect backend: one for all tests here, since starting it takes seconds."""

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path
from typing import Any

import httpx
import pytest

from fixtures.spares import invoice_pdf
from pipeline.export.reconcile import SECTIONS
from pipeline.export.rest import RestGateway
from tests.contract.erp.worlds import RestWorld, pause
from tests.integration.erp.desk import Desk, gloves
from tests.integration.erp.support import TODAY
from tests.integration.mail.dovecot import free_port


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A real Prefect server with its scheduler, and a home of its own for it and for us.

    The heartbeat is off, as in Prefect's own tests: it costs a second a run.
    """
    home = tmp_path_factory.mktemp("flows")
    before = os.environ.get("APDESK_HOME")
    os.environ["APDESK_HOME"] = str(home)
    from prefect.settings import PREFECT_API_URL, PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

    import flows  # noqa: F401  sets Prefect's environment first
    from flows.runtime import open_app

    open_app.cache_clear()
    port = free_port()
    url = f"http://127.0.0.1:{port}/api"
    environment = {**os.environ, "PREFECT_HOME": str(home / "prefect"), "PREFECT_API_URL": url}
    command = [sys.executable, "-m", "prefect", "server", "start", "--port", str(port), "--no-ui"]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(url)
        with temporary_settings({PREFECT_API_URL: url, PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
            yield home
    finally:
        server.terminate()
        server.wait(20)
        open_app.cache_clear()
        os.environ.pop("APDESK_HOME")
        if before is not None:
            os.environ["APDESK_HOME"] = before


def _wait(url: str) -> None:
    for _ in range(180):
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"{url}/health", timeout=2).status_code == 200:
                return
        time.sleep(1)
    raise RuntimeError("the Prefect server does not answer")


def test_a_scan_folder_ends_in_decisions_and_is_emptied(backend: Path) -> None:
    from flows.intake import watch_scans
    from flows.process_pending import process_pending
    from flows.runtime import open_app

    folder = backend / "inbox" / "scan"
    folder.mkdir(parents=True)
    (folder / "a.pdf").write_bytes(invoice_pdf())
    (folder / "b.pdf.part").write_bytes(b"%PDF half")
    os.utime(folder / "a.pdf", (time.time() - 60,) * 2)
    assert len(watch_scans()) == 1
    assert watch_scans() == []
    assert sum(process_pending("2026-06-12").values()) == 1
    assert process_pending("2026-06-12") == {}
    assert [row["channel"] for row in open_app(None).queries.status_rows()] == ["scan"]
    assert (folder / "done" / "a.pdf").exists()
    assert (folder / "b.pdf.part").exists()


def _aside(action: Callable[[], Any]) -> Any:
    """In a thread with these settings: inside a running event loop Prefect's calls would give coroutines."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(copy_context().run, action).result()


def test_a_cron_deployment_gets_scheduled_runs(backend: Path) -> None:
    """Newer versions of Prefect's own dependencies break this silently (docs/decisions/0002)."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterId

    from flows.deployments import deployments

    found = _aside(lambda: {each.flow_name: each for each in deployments()})
    deployment_id = _aside(found["process-pending"].apply)
    assert {"poll-mail", "watch-scans", "watch-portal", "process-pending", "drain-outbox", "verify-audit"} <= set(found)

    async def scheduled() -> int:
        async with get_client() as client:
            wanted = DeploymentFilter(id=DeploymentFilterId(any_=[deployment_id]))
            return len(await client.read_flow_runs(deployment_filter=wanted))

    for _ in range(60):
        if _aside(lambda: asyncio.run(scheduled())):
            return
        time.sleep(1)
    pytest.fail("no run was scheduled within a minute")


def test_the_nightly_proof_fails_loudly_when_the_log_was_changed(backend: Path) -> None:
    from sqlalchemy import text

    from flows.verify_audit import verify_audit
    from pipeline.bootstrap import build_store
    from pipeline.domain.errors import AuditBroken

    assert verify_audit() > 0
    with build_store().engine.begin() as connection:
        for (name,) in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            connection.execute(text(f"DROP TRIGGER {name}"))
        connection.execute(text("DELETE FROM events WHERE seq = 2"))
    with pytest.raises(AuditBroken, match="broken at record"):
        verify_audit()


def test_the_erp_is_read_posted_to_and_compared_by_flows(
    backend: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Orders and receipts in, the voucher out, the payment back, and both ledgers agree: each by its own flow."""
    import flows.outbox
    import flows.sync

    world = RestWorld()
    try:
        client = httpx.Client(base_url=world.server.url)
        desk = Desk(tmp_path, lambda hmac: RestGateway(client, hmac, pause=pause), TODAY)
        for module in (flows.sync, flows.outbox):
            monkeypatch.setattr(module, "get_app", lambda: desk.app)
        order = world.order(10)
        world.receive(order, 4, "DN-1")
        read = flows.sync.sync_erp()
        assert (read["purchase_orders"], read["receipts"], read["failed"]) == (1, 1, [])
        invoice = desk.receive(*gloves(order, "F-1", "10", "8.95", TODAY), TODAY)
        assert desk.record(invoice).state == "WAIT_RECEIPT"
        assert flows.outbox.drain_outbox() == {}
        world.receive(order, 6, "DN-2")
        assert flows.sync.sync_erp()["woken"] == 1
        assert flows.outbox.drain_outbox() == {"posted": 1}
        assert (desk.record(invoice).state, world.ledger.posted) == ("POSTED", 1)
        assert flows.sync.sync_erp_full()["failed"] == []
        report = flows.sync.reconcile_erp()
        assert (report["ours"], report["theirs"]) == (1, 1)
        assert {report[name] for name in SECTIONS} == {0}
    finally:
        world.server.stop()


def test_without_an_erp_its_flows_do_nothing(backend: Path) -> None:
    from flows.sync import reconcile_erp, sync_erp

    assert (sync_erp(), reconcile_erp()) == ({}, {})


def test_every_flow_of_the_erp_has_its_schedule() -> None:
    from flows.deployments import SCHEDULES

    found = {flow.name: cron for flow, cron in SCHEDULES}
    names = ("sync-erp", "drain-outbox", "sync-erp-full", "reconcile-erp")
    assert [found[name] for name in names] == ["* * * * *", "* * * * *", "15 4 * * *", "45 4 * * *"]
