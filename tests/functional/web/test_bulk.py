"""Several items at once: previewed, each guarded, each its own event, and never what needs its own look (spec F.6)."""

from typing import Any

import pytest

from tests.functional.web.client import Visitor


@pytest.fixture
def clerk() -> Visitor:
    return Visitor().log_in("clerk")


def ids(visitor: Visitor, *names: str) -> list[str]:
    return [visitor.desk.item(name).id for name in names]


def chosen(visitor: Visitor, *names: str) -> list[str]:
    return [f"{visitor.desk.item(name).id}:{visitor.desk.record(name).version}" for name in names]


def test_the_preview_changes_nothing_and_says_each_effect(clerk: Visitor) -> None:
    before = len(clerk.desk.store.state.events)
    answer = clerk.post(
        "/queue/bulk/preview", data={"action": "note", "value": "asked", "item": ids(clerk, "doubtful", "bank")}
    )
    assert answer.status_code == 200
    assert "gets the note: asked" in answer.text
    assert "done one by one" in answer.text
    assert len(clerk.desk.store.state.events) == before


def test_one_failure_does_not_stop_the_others(clerk: Visitor) -> None:
    data = {"action": "note", "value": "asked", "chosen": chosen(clerk, "doubtful", "bank", "two_doubts")}
    assert clerk.post("/queue/bulk", data=data).status_code == 200
    assert [bool(clerk.desk.item(n).notes) for n in ("doubtful", "bank", "two_doubts")] == [True, False, True]
    assert clerk.desk.actions("doubtful").count("item.noted") == 1


def test_assign_is_for_leads_and_for_people_of_the_role(clerk: Visitor) -> None:
    data: dict[str, Any] = {"action": "assign", "assignee": "clerk2", "item": ids(clerk, "doubtful")}
    assert "not done" in clerk.post("/queue/bulk/preview", data=data).text
    lead = clerk.another().log_in("supervisor")
    assert "does not hold" in lead.post("/queue/bulk/preview", data={**data, "assignee": "buyer"}).text
    lead.post("/queue/bulk", data={"action": "assign", "value": "clerk2", "chosen": chosen(lead, "doubtful")})
    assert lead.desk.item("doubtful").assignee == "clerk2"


def test_statements_are_closed_and_stay_unpaid(clerk: Visitor) -> None:
    item = clerk.desk.item("statement").id
    answer = clerk.post("/queue/bulk", data={"action": "reject_statements", "chosen": chosen(clerk, "statement")})
    assert "Closed: it is no invoice." in answer.text
    assert clerk.desk.record("statement").state == "NOT_INVOICE"
    assert clerk.desk.store.state.items[item].state == "RESOLVED"
    assert not [key for key in clerk.desk.store.state.outbox if key[0] == "notice"]
    refused = clerk.post("/queue/bulk/preview", data={"action": "reject_statements", "item": ids(clerk, "price")})
    assert "no statement" in refused.text


def test_readings_are_confirmed_only_when_nothing_else_is_wrong(clerk: Visitor) -> None:
    answer = clerk.post(
        "/queue/bulk/preview", data={"action": "confirm", "item": ids(clerk, "doubtful", "duplicate", "price")}
    )
    assert "one by one" in answer.text
    assert "More than the reading" in answer.text
    clerk.post("/queue/bulk", data={"action": "confirm", "chosen": chosen(clerk, "doubtful", "price")})
    assert clerk.desk.record("price").state == "IN_REVIEW"
    assert clerk.desk.record("doubtful").state == "AUTO_APPROVED"


def test_a_change_after_the_preview_is_not_overwritten(clerk: Visitor) -> None:
    seen = chosen(clerk, "doubtful")
    clerk.decide("doubtful", "complete", fields={"po_number": "4500"})
    version = clerk.desk.record("doubtful").version
    text = clerk.post("/queue/bulk", data={"action": "confirm", "chosen": seen}).text
    assert "not done" in text
    assert clerk.desk.record("doubtful").version == version


def test_at_most_fifty(clerk: Visitor) -> None:
    many = [f"it{n}" for n in range(51)]
    assert clerk.post("/queue/bulk/preview", data={"action": "note", "value": "x", "item": many}).status_code == 422
    assert clerk.post("/queue/bulk", data={"action": "note", "value": "x", "chosen": ["nonsense"]}).status_code == 422


def test_views_are_kept_for_their_owner(clerk: Visitor) -> None:
    query = "queue=AP_INDEXING&sort=due&evil=1"
    assert clerk.post("/queue/views", data={"name": "<b>mine</b>", "query": query}).status_code == 303
    text = clerk.get("/queue").text
    assert "&lt;b&gt;mine&lt;/b&gt;" in text
    assert "evil" not in text
    assert "&lt;b&gt;mine" not in clerk.another().log_in("clerk2").get("/queue").text
    clerk.post("/queue/views/drop", data={"name": "<b>mine</b>"})
    assert "&lt;b&gt;mine" not in clerk.get("/queue").text


def test_a_lead_sees_the_load_and_frees_a_claim(clerk: Visitor) -> None:
    place = clerk.post("/queue/next").headers["location"]
    lead = clerk.another().log_in("supervisor")
    assert "Free" in lead.get("/team").text
    item = place.rsplit("/", 1)[1]
    assert clerk.post(f"/team/items/{item}/free").status_code == 403
    assert lead.post(f"/team/items/{item}/free").status_code == 303
    assert lead.desk.store.state.items[item].state == "OPEN"
    assert "item.lock_broken" in [str(e.draft.action) for e in lead.desk.store.state.events]


def test_one_correction_for_invoices_of_one_layout(clerk: Visitor) -> None:
    data = {"action": "correct", "value": "due_date=2026-04-30", "item": ids(clerk, "clean", "price")}
    page = clerk.post("/queue/bulk/preview", data=data).text
    assert "due_date 2026-04-19 becomes 2026-04-30" in page
    clerk.post("/queue/bulk", data={**data, "chosen": chosen(clerk, "clean")})
    assert str(clerk.desk.record("clean").invoice.due_date) == "2026-04-30"
    assert "field=value" in clerk.post("/queue/bulk/preview", data={**data, "value": "colour=red"}).text
    secret = clerk.post("/queue/bulk/preview", data={**data, "value": "bank_account=123456"}).text
    assert "done one by one" in secret or "looked at one by one" in secret or "field=value" in secret


def test_receiving_is_asked_where_a_receipt_is_missing(clerk: Visitor) -> None:
    lead = clerk.another().log_in("supervisor")
    data = {"action": "request_receipt", "value": "two cartons", "item": ids(lead, "quantity", "price")}
    page = lead.post("/queue/bulk/preview", data=data).text
    assert "No receipt is missing here." in page
    codes = {code for code, _ in lead.desk.item("quantity").codes}
    lead.post("/queue/bulk", data={**data, "chosen": chosen(lead, "quantity")})
    assert lead.desk.item("quantity").state == "PENDING_EXTERNAL", codes
