"""Repairs of the reconciliation: retry, look-up, mark as posted; and the order of a supplier's postings (I.4, I.5, I.9)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pipeline.domain.errors import InvalidInput
from pipeline.process.dispatch import dispatch_outbox
from pipeline.process.erp_health import health
from pipeline.process.ledger import dead_letters, look_up, mark_posted, reconciliation, retry
from tests.contract.erp.worlds import RestWorld
from tests.fakes.faults import FaultyTransport
from tests.integration.erp.desk import Desk
from tests.integration.erp.support import LEAD, SINCE, approved, refused


def test_a_dead_letter_is_listed_with_its_reason_and_goes_on_after_a_retry(desk: Desk, world: RestWorld) -> None:
    invoice = approved(desk, world, "L-1")
    refused(desk, invoice)
    (dead,) = dead_letters(desk.app)
    assert (dead.error, health(desk.app).dead) == ("Account 5.1.1 is closed.", 1)
    report = reconciliation(desk.app, SINCE, LEAD)
    assert (report.differences, report.dead) == ((), (dead,)), "Both sides agree that it is not booked."
    assert dispatch_outbox(desk.app) == {}
    assert look_up(desk.app, invoice, LEAD) is None
    assert retry(desk.app, invoice, LEAD) == "AUTO_APPROVED"
    assert dispatch_outbox(desk.app) == {"posted": 1}
    assert (world.ledger.posted, desk.record(invoice).state, dead_letters(desk.app)) == (1, "POSTED", ())
    assert reconciliation(desk.app, SINCE, LEAD).differences == ()
    with pytest.raises(InvalidInput):
        retry(desk.app, invoice, LEAD)
    assert [e.draft.action for e in desk.store.queries.events(invoice) if e.draft.actor.id == "sam"] == [
        "erp.reconciled", "erp.post.requested",
    ]  # fmt: skip


def test_a_retry_of_what_is_no_longer_approved_posts_nothing(desk: Desk, world: RestWorld) -> None:
    invoice = approved(desk, world, "L-2")
    refused(desk, invoice)
    _, order = world.ledger.rows["purchase-orders"][-1]
    world.ledger.put("purchase-orders", {**order, "status": "cancelled"})
    desk.sync()
    assert retry(desk.app, invoice, LEAD) == "IN_REVIEW"
    assert (dispatch_outbox(desk.app), world.ledger.posted, dead_letters(desk.app)) == ({}, 0, ())


def test_an_answer_that_never_came_is_taken_over_after_a_look_up(
    desk: Desk, world: RestWorld, wire: FaultyTransport
) -> None:
    invoice = approved(desk, world, "L-3")
    with pytest.raises(InvalidInput):
        mark_posted(desk.app, invoice, LEAD)
    wire.lost, wire.only_writes = 1.0, True
    assert dispatch_outbox(desk.app) == {"failed": 1}
    wire.calm()
    assert desk.record(invoice).state == "POST_UNKNOWN"
    with pytest.raises(InvalidInput, match="booked it already"):
        retry(desk.app, invoice, LEAD)
    voucher = mark_posted(desk.app, invoice, LEAD)
    assert (desk.record(invoice).state, desk.record(invoice).voucher_no) == ("POSTED", voucher)
    desk.clock.skew = timedelta(hours=2)
    assert (dispatch_outbox(desk.app), world.ledger.posted) == ({}, 1)
    assert reconciliation(desk.app, SINCE, LEAD).differences == ()


def test_a_voucher_with_another_total_is_never_taken_over(desk: Desk, world: RestWorld, wire: FaultyTransport) -> None:
    invoice = approved(desk, world, "L-4")
    wire.lost, wire.only_writes = 1.0, True
    dispatch_outbox(desk.app)
    wire.calm()
    with desk.store.unit_of_work() as work:
        record = work.get_invoice(invoice)
        assert record.invoice is not None
        assert record.invoice.total is not None
        work.save_invoice(replace(record, invoice=replace(record.invoice, total=record.invoice.total + 1)))
        work.commit()
    with pytest.raises(InvalidInput, match="total"):
        mark_posted(desk.app, invoice, LEAD)
    assert desk.record(invoice).state == "POST_UNKNOWN"


def test_postings_of_a_supplier_go_out_in_order(desk: Desk, world: RestWorld, wire: FaultyTransport) -> None:
    """While the first waits for its next try the second waits too; a first one that gave up lets it pass."""
    first, second = approved(desk, world, "L-5"), approved(desk, world, "L-6")
    wire.busy = 1.0
    assert dispatch_outbox(desk.app) == {"failed": 1}
    assert (desk.record(first).state, desk.record(second).state) == ("POSTING", "AUTO_APPROVED")
    wire.calm()
    assert dispatch_outbox(desk.app) == {}
    desk.clock.skew = timedelta(hours=2)
    desk.store.outbox._now = desk.clock.now
    assert dispatch_outbox(desk.app) == {"posted": 2}
    assert [desk.record(each).voucher_no for each in (first, second)] == ["V00001", "V00002"]
