"""A day at the desk over the real store and the real engine: the sample hospital, decided by people through HTTP."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from pipeline import bootstrap
from pipeline.app import App
from pipeline.audit import verify_pack
from pipeline.domain.document import Channel
from pipeline.domain.records import InvoiceRecord
from pipeline.export.sink_file import FileSink
from pipeline.ports import UnitOfWork
from pipeline.process.advance import run_pass
from pipeline.process.dispatch import dispatch_outbox
from pipeline.process.ingest import ingest_file
from pipeline.process.rematch import Run, rematch
from pipeline.storage.store import Store
from pipeline.web.app import create_app
from rules.policy import MatchedStep
from tests.functional.conftest import Hospital
from tests.functional.web.client import Visitor
from tests.functional.web.real import RealDesk, copied, desk_over

BANK = {"SUP_BANK_CHANGE", "SUP_REMIT_MISMATCH"}


@dataclass
class MovedClock:
    """The machine's instants, moved on by a test; the business date of the sample."""

    as_of: date
    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def today(self) -> date:
        return self.as_of


@pytest.fixture(scope="module")
def clock(hospital: Hospital) -> MovedClock:
    return MovedClock(hospital.app.clock.today())


@pytest.fixture(scope="module")
def app(hospital: Hospital, clock: MovedClock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    home = tmp_path_factory.mktemp("desk")
    copied(hospital.home, home)
    store = Store(f"sqlite:///{home}/apdesk.sqlite", home)
    policy = hospital.app.policy

    def again(work: UnitOfWork, record: InvoiceRecord, trigger: str) -> InvoiceRecord:
        return rematch(work, record, Run(policy, clock.today(), clock.now(), trigger))

    yield replace(
        hospital.app, clock=clock, unit_of_work=store.unit_of_work, blobs=store.blobs, queries=store.queries,
        accounts=store.accounts, outbox=store.outbox, images=bootstrap.build_images(store), rematch=again,
    )  # fmt: skip
    store.close()


@pytest.fixture(scope="module")
def desk(app: App) -> RealDesk:
    return desk_over(app)


@pytest.fixture(scope="module")
def visitor(desk: RealDesk) -> Visitor:
    return Visitor(desk, create_app(desk.app))


def test_next_item_opens_with_its_page(desk: RealDesk, visitor: Visitor) -> None:
    clerk = visitor.another().log_in("clerk")
    assert "AP_INDEXING" in clerk.get("/queue").text
    answer = clerk.post("/queue/next")
    assert answer.status_code == 303
    shown = clerk.get(answer.headers["location"])
    assert shown.status_code == 200
    item_id = answer.headers["location"].rsplit("/", 1)[1]
    with desk.app.unit_of_work() as work:
        item = work.get_item(item_id)
    assert (item.claimed_by, item.owner_role) == ("clerk", "AP_CLERK")
    picture = clerk.get(f"/invoices/{item.invoice_id}/pages/1.webp?w=800")
    assert (picture.status_code, picture.content[8:12]) in ((200, b"WEBP"), (404, picture.content[8:12]))
    assert clerk.post(f"/items/{item_id}/release", headers={"accept": "application/json"}).json() == {"released": True}


def test_next_leaves_what_is_given_to_somebody_else(desk: RealDesk, visitor: Visitor) -> None:
    lead, name = visitor.another().log_in("supervisor"), desk.found("PO_NOT_FOUND")
    item = desk.item(name, "AP_CLERK")
    given = lead.decide(name, "reassign", item_id=item.id, assignee="clerk2")
    assert given.status_code == 200, given.text
    others = []
    clerk = visitor.another().log_in("clerk")
    while (answer := clerk.post("/queue/next", data={"queue": item.queue})).headers["location"].startswith("/items/"):
        others.append(answer.headers["location"].rsplit("/", 1)[1])
    assert item.id not in others
    mine = visitor.another().log_in("clerk2").post("/queue/next", data={"queue": item.queue})
    assert mine.headers["location"] == f"/items/{item.id}"


def test_confirming_the_doubtful_values_approves(desk: RealDesk, visitor: Visitor) -> None:
    name = desk.found("DOC_LOW_CONFIDENCE")
    clerk, record = visitor.another().log_in("clerk"), desk.record(name)
    body = clerk.get(f"/api/v1/invoices/{record.id}").json()
    doubtful = [field for field, value in body["fields"].items() if value["doubtful"]]
    lines = [f"lines[{i}].{c}" for i, line in enumerate(body["lines"]) for c in line if c != "index"]
    refused = visitor.another().log_in("auditor").decide(name, "complete", confirmed=doubtful)
    assert (refused.status_code, refused.json()["rule"]) == (403, "0.1")
    answer = clerk.decide(name, "complete", confirmed=doubtful, findings=[{"code": "DOC_LOW_CONFIDENCE"}])
    assert answer.status_code == 200, (answer.text, lines)
    assert answer.json()["state"] == "AUTO_APPROVED", answer.text
    assert {"field.corrected", "match.run", "exception.resolved"} <= set(desk.actions(name))


def test_a_buyer_accepts_within_authority_only(desk: RealDesk, visitor: Visitor) -> None:
    name = desk.found("PRICE_OVER")
    record, match = desk.record(name), desk.record(name).match
    assert match is not None
    assert match.disputed_amount <= Decimal(100)
    order = _order(desk, record)
    findings = [{"code": f.code, "line": f.line} for f in match.holds]
    why = {"findings": findings, "reason": "Agreed with the supplier by phone.", "root_cause": "SUPPLIER_ERROR"}
    clerk = visitor.another().log_in("clerk")
    assert clerk.decide(name, "accept_variance", **why).status_code == 403
    assert order not in ("buyer", None)
    answer = visitor.another().log_in("buyer").decide(name, "accept_variance", **why)
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] in ("AUTO_APPROVED", "AWAITING_APPROVAL")


def _order(desk: RealDesk, record: InvoiceRecord) -> str | None:
    assert record.match is not None
    with desk.app.unit_of_work() as work:
        order = work.masters.find_order(record.match.po_numbers[0])
    return order.number if order else None


def test_two_persons_fill_a_chain_and_none_of_them_twice(desk: RealDesk, clock: MovedClock) -> None:
    strict = replace(
        desk.app.policy, matched_approval=(MatchedStep(Decimal(100), "AP_SUPERVISOR"), MatchedStep(Decimal(200), "FACILITY_CFO"))
    )  # fmt: skip

    def again(work: UnitOfWork, record: InvoiceRecord, trigger: str) -> InvoiceRecord:
        return rematch(work, record, Run(strict, clock.today(), clock.now(), trigger))

    stricter = RealDesk(replace(desk.app, policy=strict, rematch=again, renew=None), desk.ids)
    name = desk.found(state="AUTO_APPROVED")
    with desk.app.unit_of_work() as work:
        again(work, work.get_invoice(desk.ids[name]), "manual")
        work.commit()
    match = desk.record(name).match
    assert match is not None
    assert desk.record(name).state == "AWAITING_APPROVAL"
    assert match.approval_chain == ("AP_SUPERVISOR", "FACILITY_CFO")
    visitor = Visitor(stricter, create_app(stricter.app))
    cfo, lead = visitor.another().log_in("cfo"), visitor.another().log_in("supervisor")
    assert cfo.decide(name, "approve").status_code == 403
    assert lead.decide(name, "approve").json()["state"] == "AWAITING_APPROVAL"
    assert lead.decide(name, "approve").status_code == 403
    assert cfo.decide(name, "approve").json()["state"] == "APPROVED"
    assert [a.approver for a in desk.record(name).approvals] == ["supervisor", "cfo"]


def test_reject_ends_the_work_and_owes_a_notice(desk: RealDesk, visitor: Visitor) -> None:
    name = desk.found("PO_EXPIRED")
    answer = visitor.another().log_in("clerk").decide(name, "reject", reason="The order ended in March.")
    assert answer.json()["state"] == "REJECTED"
    assert not [i for i in desk.items(name) if i.state in ("OPEN", "CLAIMED")]
    owed = [m for m in desk.app.outbox.lease(["notice"], 100, 0) if m.payload.get("invoice_id") == desk.ids[name]]
    assert [m.payload["template"] for m in owed] == ["invoice_rejected"]


def test_an_exact_duplicate_is_cleared_by_two_persons(
    desk: RealDesk, visitor: Visitor, hospital: Hospital, tmp_path: Path
) -> None:
    first = next(row for row in hospital.rows() if row["state"] == "AUTO_APPROVED" and row["document"].endswith(".xml"))
    twin = tmp_path / "again.xml"
    twin.write_bytes(Path(first["document"]).read_bytes() + b"\n<!-- sent again -->\n")
    ingest_file(desk.app, twin, Channel.EDI, None)
    run_pass(desk.app, jobs=1)
    found = desk.app.queries.invoices(search="again.xml")
    record = desk.record(found[0]["id"])
    assert desk.holds(record.id) & {"DUP_EXACT", "DUP_NUMBER"}
    clerk, lead = visitor.another().log_in("clerk"), visitor.another().log_in("supervisor")
    proposal = clerk.decide(record.id, "not_duplicate", reason="A second delivery of the same order.")
    assert proposal.json()["message"] == "Proposed to a supervisor."
    assert desk.holds(record.id) & {"DUP_EXACT", "DUP_NUMBER"}
    cleared = lead.decide(record.id, "not_duplicate", reason="Second delivery, checked with receiving.")
    assert cleared.status_code == 200, cleared.text
    assert not desk.holds(record.id) & {"DUP_EXACT", "DUP_NUMBER"}


def test_a_new_bank_account_takes_two_persons_and_a_day(desk: RealDesk, visitor: Visitor, clock: MovedClock) -> None:
    name = next(n for n, i in desk.ids.items() if desk.holds(i) & BANK and desk.record(i).state == "IN_REVIEW")
    call = {"contact": "Pat", "called_at": "10:00", "reference": "T-1", "number_source": "master_before_request"}
    first, second = visitor.another().log_in("vendor1"), visitor.another().log_in("vendor2")
    assert visitor.another().log_in("supervisor").decide(name, "bank_approve").status_code == 403
    assert second.decide(name, "bank_approve").json()["rule"] == "SOD-06"
    assert first.decide(name, "bank_callback", evidence=call).status_code == 200
    assert first.decide(name, "bank_approve").json()["rule"] == "SOD-06"
    assert "cooling-off" in second.decide(name, "bank_approve").json()["detail"]
    clock.ahead = timedelta(hours=25)
    answer = visitor.another().log_in("vendor2").decide(name, "bank_approve")
    clock.ahead = timedelta()
    assert answer.status_code == 200, answer.text
    assert not desk.holds(name) & BANK


def test_a_lead_withdraws_what_waits(desk: RealDesk, visitor: Visitor) -> None:
    name = next(n for n, i in desk.ids.items() if desk.record(i).state == "WAIT_RECEIPT")
    assert visitor.another().log_in("clerk").decide(name, "withdraw", reason="Sent by mistake.").status_code == 403
    answer = visitor.another().log_in("supervisor").decide(name, "withdraw", reason="Sent by mistake.")
    assert answer.json()["state"] == "REJECTED"


def test_the_evidence_of_a_decided_invoice_verifies(desk: RealDesk, visitor: Visitor, tmp_path: Path) -> None:
    name = next(n for n, i in desk.ids.items() if desk.record(i).acceptances)
    answer = visitor.another().log_in("auditor").get(f"/invoices/{desk.ids[name]}/evidence")
    assert answer.status_code == 200
    (tmp_path / "pack.zip").write_bytes(answer.content)
    assert desk.app.sign is not None
    assert verify_pack.main([str(tmp_path / "pack.zip"), "--public-key", desk.app.sign(b"")[0]]) == 0
    assert visitor.another().log_in("clerk").get(f"/invoices/{desk.ids[name]}/evidence").status_code == 403


def test_the_ledger_gets_nothing_that_is_held_or_ended(desk: RealDesk, tmp_path: Path) -> None:
    """Last in this module: posts what is due and looks at what was."""
    closed = {i for i in desk.ids.values() if desk.record(i).state not in ("AUTO_APPROVED", "APPROVED")}
    dispatch_outbox(replace(desk.app, sink=FileSink(tmp_path / "ledger.jsonl")))
    posted = {i for i in desk.ids.values() if desk.record(i).state == "POSTED"}
    assert posted
    assert not posted & closed


def test_a_rejection_taken_back_is_a_new_invoice_and_no_duplicate_of_itself(desk: RealDesk, visitor: Visitor) -> None:
    name = desk.found("PO_NOT_FOUND")
    clerk = visitor.another().log_in("clerk2")
    assert clerk.decide(name, "reject", reason="no such order").json()["state"] == "REJECTED"
    answer = clerk.decide(name, "undo").json()
    assert answer["id"] != desk.ids[name]
    assert (answer["state"], desk.record(name).reopened_as) == ("IN_REVIEW", answer["id"])
    assert {f["code"] for f in answer["findings"] if f["outcome"] == "hold"} == {"PO_NOT_FOUND"}
    assert "Opened again" in clerk.get(f"/invoices/{answer['id']}/story").text
