"""The outbox over an ERP that misbehaves: states, retries, crashes (spec F.1, I.4, I.5, I.8)."""

import os
import random
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest

from pipeline.domain.erp import Stream
from pipeline.export.breaker import Breaker, GuardedGateway
from pipeline.export.reconcile import LedgerRow, reconcile
from pipeline.export.rest import RestGateway
from pipeline.export.sink_erp import ErpSink
from pipeline.process.dispatch import dispatch_outbox
from pipeline.process.erp_health import health
from tests.contract.erp.worlds import SUPPLIER, RestWorld, pause
from tests.fakes.faults import FaultyTransport
from tests.integration.erp.desk import Desk
from tests.integration.erp.support import TODAY, approved

ROOT = Path(__file__).parents[3]


def agree(desk: Desk, world: RestWorld, *invoices: str) -> None:
    rows = []
    for invoice in invoices:
        record = desk.record(invoice)
        assert record.invoice is not None
        assert record.invoice.total is not None
        key = f"post:{invoice}:{record.content_hash[:16]}"
        number = str(record.invoice.invoice_number)
        rows.append(LedgerRow(invoice, key, record.state, SUPPLIER, number, record.invoice.total, "USD"))
    assert reconcile(rows, world.gateway.vouchers(date(2026, 1, 1))) == []
    assert world.ledger.posted == len(invoices)


def test_a_lost_answer_is_post_unknown_until_it_is_looked_up(
    desk: Desk, world: RestWorld, wire: FaultyTransport
) -> None:
    invoice = approved(desk, world, "MD-1")
    wire.lost, wire.only_writes = 1.0, True
    assert dispatch_outbox(desk.app) == {"failed": 1}
    assert desk.record(invoice).state == "POST_UNKNOWN"
    wire.calm()
    desk.clock.skew += timedelta(hours=2)
    assert dispatch_outbox(desk.app) == {"posted": 1}
    assert desk.record(invoice).state == "POSTED"
    agree(desk, world, invoice)


def test_an_erp_that_is_down_loses_nothing(desk: Desk, world: RestWorld, wire: FaultyTransport) -> None:
    invoice = approved(desk, world, "MD-2")
    wire.never = 1.0
    for _ in range(5):
        assert dispatch_outbox(desk.app) == {"failed": 1}
        desk.clock.skew += timedelta(hours=2)
    report, woken = desk.sync()
    assert woken == []
    assert {each.kind for each in report.failed} == {"transient"}
    assert desk.record(invoice).state == "POSTING"
    wire.calm()
    assert dispatch_outbox(desk.app) == {"posted": 1}
    agree(desk, world, invoice)


def test_a_refusal_becomes_post_failed_with_the_words_of_the_erp(desk: Desk, world: RestWorld) -> None:
    invoice = approved(desk, world, "MD-3")
    twin = {"supplier_id": SUPPLIER, "invoice_number": "MD-3", "total": "1.00", "currency": "USD"}
    assert world.ledger.post("by hand", twin)[0] == 201
    assert dispatch_outbox(desk.app) == {"failed": 1}
    record = desk.record(invoice)
    assert record.state == "POST_FAILED"
    assert "This supplier's number is booked already." in (record.reason or "")


def test_the_kill_switch_keeps_postings_owed(desk: Desk, world: RestWorld) -> None:
    invoice = approved(desk, world, "MD-4")
    switch = ErpSink(desk.gateway, desk.order, desk.files, lambda: False)
    object.__setattr__(desk.app, "sink", switch)
    assert dispatch_outbox(desk.app) == {"failed": 1}
    assert world.ledger.posted == 0
    object.__setattr__(desk.app, "sink", ErpSink(desk.gateway, desk.order, desk.files))
    desk.clock.skew += timedelta(hours=2)
    assert dispatch_outbox(desk.app) == {"posted": 1}
    agree(desk, world, invoice)


def test_a_switch_that_is_off_for_days_lets_nothing_give_up_and_holds_no_state(desk: Desk, world: RestWorld) -> None:
    """What changes meanwhile counts: of two approved invoices the one whose order was cancelled is not posted after."""
    kept, cancelled = approved(desk, world, "MD-6"), approved(desk, world, "MD-7")
    off = replace(desk.app, posting_allowed=lambda: False)
    for _ in range(4):
        desk.clock.skew += timedelta(hours=11)
        assert dispatch_outbox(off) == {}
    assert {desk.record(each).state for each in (kept, cancelled)} == {"AUTO_APPROVED"}
    _, order = world.ledger.rows["purchase-orders"][-1]
    world.ledger.put("purchase-orders", {**order, "status": "cancelled"})
    desk.sync()
    assert dispatch_outbox(desk.app) == {"posted": 1, "no longer due": 1}
    assert (desk.record(kept).state, desk.record(cancelled).state) == ("POSTED", "IN_REVIEW")
    agree(desk, world, kept)


def test_stale_data_holds_a_posting_for_days_without_giving_up(desk: Desk, world: RestWorld) -> None:
    invoice = approved(desk, world, "MD-8")
    stale = replace(desk.app, stale=desk.stale)
    desk.clock.skew += timedelta(hours=30)
    for _ in range(3):
        assert dispatch_outbox(stale) == {"failed": 1}
        desk.clock.skew += timedelta(hours=1)
    assert [owed.dead for owed in desk.app.outbox.owed(["post"])] == [False]
    assert dispatch_outbox(desk.app) == {"posted": 1}
    agree(desk, world, invoice)


def test_an_open_circuit_pauses_calls_and_what_was_owed_goes_out_after_it(
    world: RestWorld, wire: FaultyTransport, tmp_path: Path
) -> None:
    """I.5: five failures in a row open it, then nothing reaches the ERP until the pause is over; nothing is lost."""
    clock = [0.0]
    client = httpx.Client(base_url=world.server.url, transport=wire)
    breaker = Breaker(clock=lambda: clock[0])
    desk = Desk(tmp_path, lambda hmac: GuardedGateway(RestGateway(client, hmac, pause=pause), breaker), TODAY)
    invoice = approved(desk, world, "MD-9")
    wire.never = 1.0
    desk.sync()
    assert breaker.state == "open"
    asked = len(wire.log)
    assert dispatch_outbox(desk.app) == {"failed": 1}
    assert len(wire.log) == asked, "The ERP is left in peace."
    assert health(desk.app).down
    wire.calm()
    clock[0] += 61
    desk.clock.skew += timedelta(hours=2)
    assert dispatch_outbox(desk.app) == {"posted": 1}
    assert breaker.state == "closed"
    agree(desk, world, invoice)


def test_nothing_is_posted_untouched_on_stale_data(desk: Desk, world: RestWorld) -> None:
    invoice = approved(desk, world, "MD-5")
    assert desk.stale() == ()
    desk.clock.skew += timedelta(minutes=61)
    assert set(desk.stale()) == {Stream.SUPPLIERS, Stream.ORDERS, Stream.RECEIPTS, Stream.BILLED}
    object.__setattr__(desk.app, "stale", desk.stale)
    assert dispatch_outbox(desk.app) == {"failed": 1}
    assert (desk.record(invoice).state, world.ledger.posted) == ("AUTO_APPROVED", 0)
    object.__setattr__(desk.app, "stale", tuple)
    desk.clock.skew += timedelta(minutes=5)
    assert dispatch_outbox(desk.app) == {"posted": 1}
    agree(desk, world, invoice)


@pytest.mark.parametrize("repeat", range(int(os.environ.get("APDESK_FAULT_SEEDS", "3"))))
def test_killed_between_the_answer_of_the_erp_and_our_commit(
    desk: Desk, world: RestWorld, tmp_path: Path, repeat: int
) -> None:
    invoice = approved(desk, world, f"MD-K{repeat}")
    command = [sys.executable, "-m", "tests.integration.erp.crash", str(tmp_path), world.server.url]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == -9, done.stderr.decode()[-2000:]
    assert world.ledger.posted == 1
    assert desk.record(invoice).state == "POSTING"
    assert dispatch_outbox(desk.app) == {}
    desk.clock.skew += timedelta(hours=1)
    assert dispatch_outbox(desk.app) == {"posted": 1}
    agree(desk, world, invoice)


class Killed(BaseException):
    """What no handler may catch: the process is gone."""


class Mortal:
    """A gateway under which the process may die before or after the ERP did the work."""

    def __init__(self, inner: RestGateway, rng: random.Random) -> None:
        self.inner, self.rng, self.name = inner, rng, inner.name

    def post(self, voucher: object, key: str) -> object:
        if self.rng.random() < 0.3:
            raise Killed
        status = self.inner.post(voucher, key)  # type: ignore[arg-type]
        if self.rng.random() < 0.5:
            raise Killed
        return status


@pytest.mark.parametrize("seed", range(20))
def test_dying_at_any_moment_posts_once(desk: Desk, world: RestWorld, seed: int) -> None:
    invoices = [approved(desk, world, f"MD-{seed}-{n}") for n in range(2)]
    mortal = ErpSink(Mortal(desk.gateway, random.Random(seed)), desk.order, desk.files)  # type: ignore[arg-type]
    object.__setattr__(desk.app, "sink", mortal)
    for _ in range(60):
        desk.clock.skew += timedelta(hours=1)
        try:
            if dispatch_outbox(desk.app) == {}:
                break
        except Killed:
            continue
    assert [desk.record(invoice).state for invoice in invoices] == ["POSTED", "POSTED"]
    agree(desk, world, *invoices)
