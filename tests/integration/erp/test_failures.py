"""Integration failures by kind: one event when they begin, one when they are over, and how often they come back (G)."""

from datetime import timedelta

from pipeline.domain.erp import IntegrationFailure
from pipeline.export.sink_erp import ErpSink
from pipeline.process.dispatch import dispatch_outbox
from pipeline.process.failures import fingerprint, recurrence
from pipeline.process.ledger import retry
from tests.contract.erp.worlds import SUPPLIER, RestWorld
from tests.fakes.faults import FaultyTransport
from tests.integration.erp.desk import Desk
from tests.integration.erp.support import LEAD, approved


def failures(desk: Desk) -> list[IntegrationFailure]:
    with desk.store.unit_of_work() as work:
        return list(work.erp.failures())


def told(desk: Desk) -> list[str]:
    actions = [str(event.draft.action) for event in desk.store.queries.events()]
    return [action for action in actions if action.startswith("integration.")]


def test_an_outage_is_one_failure_per_stream_however_long_it_lasts(
    desk: Desk, world: RestWorld, wire: FaultyTransport
) -> None:
    world.order(1)
    desk.sync()
    wire.never = 1.0
    for _ in range(3):
        desk.sync()
        desk.clock.skew += timedelta(minutes=10)
    found = {each.operation: each for each in failures(desk)}
    assert set(found) == {"read suppliers", "read purchase_orders", "read receipts", "read billed", "read usage"}
    assert {(each.kind, each.count, each.resolved_at) for each in found.values()} == {("transient", 3, None)}
    assert told(desk) == ["integration.failed"] * 5
    wire.calm()
    desk.sync()
    assert told(desk)[5:] == ["integration.recovered"] * 5
    summary = recurrence(failures(desk))
    assert (summary.open, summary.resolved, summary.returned, summary.percent) == (0, 5, 0, 0)
    assert summary.hours_to_recover == 0.5
    wire.never = 1.0
    desk.clock.skew += timedelta(days=6)
    desk.sync()
    assert recurrence(failures(desk)).returned == 5
    wire.calm()
    desk.sync()
    wire.never = 1.0
    desk.clock.skew += timedelta(days=8)
    desk.sync()
    assert recurrence(failures(desk)).returned == 5, "After more than seven days it is a new one."


def test_a_refusal_stays_open_until_it_is_settled(desk: Desk, world: RestWorld) -> None:
    invoice = approved(desk, world, "F-1")
    twin = {"supplier_id": SUPPLIER, "invoice_number": "F-1", "total": "1.00", "currency": "USD"}
    world.ledger.post("by hand", twin)
    assert dispatch_outbox(desk.app) == {"failed": 1}
    approved(desk, world, "F-2")
    assert dispatch_outbox(desk.app) == {"posted": 1}
    (open_one,) = failures(desk)
    assert (open_one.operation, open_one.kind, open_one.resolved_at) == ("post", "refused", None)
    del world.ledger.statuses["by hand"]
    assert retry(desk.app, invoice, LEAD) == "AUTO_APPROVED"
    assert dispatch_outbox(desk.app) == {"posted": 1}
    assert failures(desk)[0].resolved_at is not None


def test_our_own_kill_switch_is_no_failure_of_the_erp(desk: Desk, world: RestWorld) -> None:
    approved(desk, world, "F-3")
    object.__setattr__(desk.app, "sink", ErpSink(desk.gateway, desk.order, desk.files, lambda: False))
    assert dispatch_outbox(desk.app) == {"failed": 1}
    assert (failures(desk), told(desk)) == ([], [])


def test_the_same_trouble_with_another_invoice_has_the_same_fingerprint() -> None:
    words = ("Invoice 4711 of 2026-01-02 is locked by 0f8fad5b-d9cb-469f-a165-70867728950e.", "Invoice 12 of 2025-11-30 is locked by 7c9e6679-7425-40de-944b-e07fc1f90ae7.")  # fmt: skip
    assert len({fingerprint("tryton", "post", "transient", each) for each in words}) == 1
    assert (
        len({fingerprint("tryton", operation, "transient", words[0]) for operation in ("post", "read receipts")}) == 2
    )
