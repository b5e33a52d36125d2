"""The reconciliation page over a real store and an ERP of the tests: what it shows, who may, and its repairs."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from pipeline.domain.records import User
from pipeline.process.dispatch import dispatch_outbox
from pipeline.web.app import create_app
from tests.contract.erp.worlds import SUPPLIER, RestWorld
from tests.fakes.faults import FaultyTransport
from tests.functional.web.client import Visitor
from tests.integration.erp.desk import Desk
from tests.integration.erp.support import approved

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
    done = lead.post("/reconciliation/repair", data={**form, "action": "mark_posted"})
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
