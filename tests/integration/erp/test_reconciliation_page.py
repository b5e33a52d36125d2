"""The reconciliation page over a real store and an ERP of the tests: what it shows, who may, and its repairs."""

from dataclasses import replace
from hashlib import sha256
from types import SimpleNamespace

import pytest

from pipeline.domain.records import User
from pipeline.process.dispatch import dispatch_outbox
from pipeline.web.app import create_app
from tests.contract.erp.worlds import SUPPLIER, RestWorld
from tests.fakes.faults import FaultyTransport
from tests.functional.web.client import Visitor, match
from tests.integration.erp.desk import Desk
from tests.integration.erp.support import approved, refused

PASSWORD = "correct horse battery"
PEOPLE = {"lead": "AP_SUPERVISOR", "ivo": "INTEGRATION_ADMIN", "casey": "AP_CLERK"}


@pytest.fixture(autouse=True)
def people(desk: Desk) -> None:
    for user, role in PEOPLE.items():
        desk.store.accounts.save_user(User(user, user, (role,)), PASSWORD)


def visit(desk: Desk, user: str, **change: object) -> Visitor:
    app = replace(desk.app, secret=b"x" * 32, **change)  # type: ignore[arg-type]
    return Visitor(SimpleNamespace(app=app), create_app(app)).log_in(user, PASSWORD)  # type: ignore[arg-type]


def test_a_bypass_is_shown_and_downloaded_and_only_some_may_see_it(desk: Desk, world: RestWorld) -> None:
    approved(desk, world, "P-1")
    assert dispatch_outbox(desk.app) == {"posted": 1}
    assert "Both ledgers agree." in visit(desk, "lead").get("/reconciliation?since=2026-01-01").text
    by_hand = {"supplier_id": SUPPLIER, "invoice_number": "=HAND-1", "total": "12.00", "currency": "USD"}
    world.ledger.post("not ours", by_hand)
    ivo = visit(desk, "ivo")
    page = ivo.get("/reconciliation?since=2026-01-01").text
    assert "Not ours" in page
    assert "12.00 USD" in page
    answer = ivo.post("/reconciliation/export", data={"since": "2026-01-01"})
    assert answer.headers["content-type"].startswith("text/csv")
    assert "'=HAND-1" in answer.text
    assert visit(desk, "casey").get("/reconciliation").status_code == 403
    assert "erp.reconciled" in {str(event.draft.action) for event in desk.store.queries.events()}


def test_a_lost_answer_is_repaired_by_two_clicks(desk: Desk, world: RestWorld, wire: FaultyTransport) -> None:
    invoice = approved(desk, world, "P-2")
    wire.lost, wire.only_writes = 1.0, True
    dispatch_outbox(desk.app)
    wire.calm()
    lead = visit(desk, "lead")
    assert "Mark as posted" in lead.get("/reconciliation?since=2026-01-01").text
    form = {"invoice": invoice, "since": "2026-01-01"}
    looked = lead.post("/reconciliation/repair", data={**form, "action": "look_up"})
    assert "holds it as posted" in lead.get(looked.headers["location"]).text
    shown = lead.post("/reconciliation/repair", data={**form, "action": "mark_posted"})
    assert "the ERP holds posted, voucher V00001, total 89.50" in shown.text
    assert desk.record(invoice).state == "POST_UNKNOWN", "Shown, not done."
    done = lead.post("/reconciliation/repair", data={**form, "action": "mark_posted", "confirm": "yes"})
    text = lead.get(done.headers["location"]).text
    assert "Marked as posted: voucher V00001." in text
    assert "Both ledgers agree." in text
    assert desk.record(invoice).state == "POSTED"
    assert visit(desk, "casey").post("/reconciliation/repair", data={**form, "action": "retry"}).status_code == 403


def test_the_desk_says_that_the_erp_is_down_or_posting_off(desk: Desk, world: RestWorld, wire: FaultyTransport) -> None:
    approved(desk, world, "P-3")
    assert "cannot be reached" not in visit(desk, "casey").get("/queue").text
    wire.never = 1.0
    desk.sync()
    page = visit(desk, "casey").get("/queue").text
    assert "cannot be reached" in page
    assert "1 postings wait." in page
    assert "Posting is switched off." in visit(desk, "casey", posting_allowed=lambda: False).get("/queue").text
    assert visit(desk, "lead").get("/reconciliation").status_code == 200


def test_postings_that_gave_up_are_retried_together(desk: Desk, world: RestWorld) -> None:
    first, second = approved(desk, world, "P-5"), approved(desk, world, "P-6")
    refused(desk, first)
    refused(desk, second)
    lead = visit(desk, "lead")
    assert "Retry what gave up" in lead.get("/reconciliation?since=2026-01-01").text
    shown = lead.post("/reconciliation/retry").text
    assert shown.count("The posting will be owed again") == 2
    assert {desk.record(each).state for each in (first, second)} == {"POST_FAILED"}, "Shown, not done."
    done = lead.post("/reconciliation/retry", data={"chosen": [first, second, "none"]}).text
    assert (done.count("The posting is owed again"), done.count("There is no")) == (2, 1)
    assert dispatch_outbox(desk.app) == {"posted": 2}
    assert visit(desk, "casey").post("/reconciliation/retry").status_code == 403


def test_a_program_reconciles_and_repairs(desk: Desk, world: RestWorld, wire: FaultyTransport) -> None:
    invoice = approved(desk, world, "P-7")
    refused(desk, invoice)
    lead = visit(desk, "lead")
    report = lead.get("/api/v1/reconciliation?since=2026-01-01").json()
    assert report["gave_up"] == 1
    (row,) = (row for rows in report["sections"].values() for row in rows)
    assert (row["invoice_id"], "retry" in row["repairs"]) == (invoice, True)
    body = {"invoice_id": invoice, "action": "retry"}
    assert lead.post("/api/v1/reconciliation/repairs", json=body).json()["done"] is False
    assert desk.record(invoice).state == "POST_FAILED", "Shown, not done."
    assert lead.post("/api/v1/reconciliation/repairs", json={**body, "confirm": True}).json()["done"] is True
    assert dispatch_outbox(desk.app) == {"posted": 1}
    wire.never = 1.0
    assert lead.get("/api/v1/reconciliation?since=2026-01-01").status_code == 503
    assert visit(desk, "casey").get("/api/v1/reconciliation?since=2026-01-01").status_code == 403
    assert visit(desk, "lead").get("/api/v1/overview").json()["figures"]


def test_a_payment_is_taken_over_with_a_preview_and_the_report_is_signed(desk: Desk, world: RestWorld) -> None:
    invoice = approved(desk, world, "P-4")
    assert dispatch_outbox(desk.app) == {"posted": 1}
    world.ledger.pay(next(iter(world.ledger.statuses)), "2026-11-20")
    lead = visit(desk, "lead")
    text = lead.get("/reconciliation?since=2026-01-01").text
    assert "<h2>Payments" in text
    form = {"since": "2026-01-01", "seen": match(r'name="seen" value="([0-9a-f]+)"', text)}
    unsaid = lead.post("/reconciliation/sign-off", data=form)
    assert "1 differences are open." in lead.get(unsaid.headers["location"]).text
    repair = {"invoice": invoice, "action": "take_over"}
    assert "Its state here will follow" in lead.post("/reconciliation/repair", data=repair).text
    done = lead.post("/reconciliation/repair", data={**repair, "confirm": "yes"})
    assert "Taken over from the ERP: the invoice is PAID." in lead.get(done.headers["location"]).text
    stale = lead.post("/reconciliation/sign-off", data={**form, "note": "paid"})
    assert "has changed since it was shown" in lead.get(stale.headers["location"]).text
    text = lead.get("/reconciliation?since=2026-01-01").text
    form["seen"] = match(r'name="seen" value="([0-9a-f]+)"', text)
    signed = lead.post("/reconciliation/sign-off", data=form)
    assert "Signed: 0 differences." in lead.get(signed.headers["location"]).text
    with desk.store.unit_of_work() as work:
        (one,) = work.erp.sign_offs()
    assert (one.by, one.since.isoformat(), one.differences) == ("lead", "2026-01-01", 0)
    kept = lead.post("/reconciliation/evidence", data={"sign_off_id": one.id})
    assert sha256(kept.content).hexdigest() == one.evidence == form["seen"]
    actions = [str(event.draft.action) for event in desk.store.queries.events() if event.draft.actor.id == "lead"]
    assert "erp.reconciliation.signed" in actions
    assert visit(desk, "ivo").post("/reconciliation/sign-off", data=form).status_code == 403


def test_failures_and_doubtful_suppliers_are_shown(desk: Desk, world: RestWorld, wire: FaultyTransport) -> None:
    world.ledger.put("suppliers", {"id": "SUP-900", "name": "Medline Surgical", "tax_id": "36-2596612"})
    approved(desk, world, "P-5")
    wire.never = 1.0
    desk.sync()
    wire.calm()
    text = visit(desk, "ivo").get("/reconciliation?since=2026-01-01").text
    assert "One tax id, several suppliers: SUP-001, SUP-900" in text
    assert "read receipts" in text
    assert "Approved and not yet posted" in text


def test_a_dead_letter_goes_out_again_by_its_button(desk: Desk, world: RestWorld) -> None:
    invoice = approved(desk, world, "P-6")
    refused(desk, invoice)
    lead = visit(desk, "lead")
    text = lead.get("/reconciliation?since=2026-01-01").text
    assert "Account 5.1.1 is closed." in text
    assert "Retry posting" in text
    form = {"invoice": invoice, "action": "retry"}
    assert "goes on only if it is still approved" in lead.post("/reconciliation/repair", data=form).text
    done = lead.post("/reconciliation/repair", data={**form, "confirm": "yes"})
    assert "the invoice is AUTO_APPROVED" in lead.get(done.headers["location"]).text
    assert dispatch_outbox(desk.app) == {"posted": 1}
    assert (desk.record(invoice).state, world.ledger.posted) == ("POSTED", 1)
