"""A document divided by hand: nothing lost, each part matched anew, undoable with its corrections."""

from dataclasses import replace
from typing import Any

import pytest

from pipeline.domain.errors import InvalidInput
from pipeline.process.split import Parts, checked
from pipeline.web.split import spans_of
from tests.functional.web.client import Visitor

JSON = {"accept": "application/json"}


@pytest.fixture
def clerk() -> Visitor:
    return Visitor().log_in("clerk")


def document(visitor: Visitor, name: str = "stack") -> str:
    return str(visitor.desk.record(name).document_id)


def divide(visitor: Visitor, parts: list[list[int]], **more: Any) -> Any:
    body = {"parts": parts, "reason": "two invoices", **more}
    return visitor.post(f"/api/v1/documents/{document(visitor)}/split", json=body)


def test_the_page_shows_every_sheet(clerk: Visitor) -> None:
    page = clerk.get(f"/documents/{document(clerk)}/split").text
    assert page.count("<figure") == 2
    assert 'name="begins" value="1" checked' in page
    assert "/split" in clerk.item_page("stack").text


def test_divided_by_ticks_and_back_again_with_corrections(clerk: Visitor) -> None:
    url = f"/documents/{document(clerk)}/split"
    clerk.decide("stack", "complete", fields={"due_date": "2026-05-01"})
    answer = clerk.post(url, data={"begins": ["1", "2"], "reason": "two invoices"})
    assert answer.status_code == 303
    rows = clerk.get(f"/api/v1/documents/{document(clerk)}/parts").json()
    assert [(row["pages"], row["invoice_number"]) for row in rows["parts"]] == [
        ([1, 1], "BW-31001"),
        ([2, 2], "BW-31002"),
    ]
    old = clerk.desk.record("stack")
    assert (old.state, old.split_into) == ("REJECTED", tuple(row["id"] for row in rows["parts"]))
    assert not [i for i in clerk.desk.items("stack") if i.state in ("OPEN", "CLAIMED")]
    assert clerk.get(f"/invoices/{rows['parts'][1]['id']}/pages/2.webp").status_code == 200
    assert "Back to how it was: 1–2" in clerk.get(url).text
    assert clerk.post(f"{url}/back").status_code == 303
    (back,) = clerk.get(f"/api/v1/documents/{document(clerk)}/parts").json()["parts"]
    record = clerk.desk.store.state.invoices[back["id"]]
    assert (record.page_range, [c.field for c in record.corrections]) == ((1, 2), ["due_date"])
    made = [e for e in clerk.desk.store.state.events if str(e.draft.action) == "document.split"]
    assert [e.draft.after["parts"] for e in made] == [[[1, 1], [2, 2]], [[1, 2]]]
    assert made[0].draft.comment == "two invoices"


def test_an_unchanged_part_stays_as_it_is(clerk: Visitor) -> None:
    first = divide(clerk, [[1, 1], [2, 2]]).json()["parts"]
    again = divide(clerk, [[1, 1], [2, 2]]).json()["parts"]
    assert [p["id"] for p in first] == [p["id"] for p in again]


def test_every_page_has_one_place(clerk: Visitor) -> None:
    for parts in ([[1, 1]], [[1, 2], [2, 2]], [[2, 1]], [[1, 2], [3, 4]], []):
        assert divide(clerk, parts).status_code == 422, parts
    assert clerk.desk.record("stack").state == "IN_REVIEW"
    assert divide(clerk, [[1, 1]], separators=[2]).status_code == 200
    event = [e for e in clerk.desk.store.state.events if str(e.draft.action) == "document.split"][-1]
    assert event.draft.after["separators"] == [2]


def test_whoever_may_not_is_refused_and_nothing_changes(clerk: Visitor) -> None:
    for user in ("auditor", "buyer"):
        assert clerk.another().log_in(user).get(f"/documents/{document(clerk)}/split").status_code == 403
    other = clerk.another().log_in("clerk2")
    other.post(f"/items/{clerk.desk.item('stack').id}/claim")
    answer = divide(clerk, [[1, 1], [2, 2]])
    assert (answer.status_code, answer.json()["rule"]) == (403, "F.3")
    other.post(f"/items/{clerk.desk.item('stack').id}/release")
    clerk.decide("stack", "reject", reason="no invoice of ours")
    assert clerk.decide("stack", "undo").status_code == 200
    phi = clerk.get(f"/documents/{document(clerk, 'phi')}/split", headers=JSON)
    assert (phi.status_code, phi.json()["rule"]) == (403, "H.6")


def test_what_was_approved_is_not_divided(clerk: Visitor) -> None:
    lead = clerk.another().log_in("supervisor")
    with lead.desk.app.unit_of_work() as work:
        work.save_invoice(replace(lead.desk.record("stack"), state="APPROVED"))
        work.commit()
    answer = divide(lead, [[1, 1], [2, 2]])
    assert (answer.status_code, answer.json()["rule"]) == (403, "F.1")


def test_a_record_that_was_divided_is_not_opened_again(clerk: Visitor) -> None:
    divide(clerk, [[1, 1], [2, 2]])
    lead = clerk.another().log_in("supervisor")
    answer = lead.decide("stack", "reopen", reason="was right before")
    assert (answer.status_code, answer.json()["rule"]) == (403, "F.1")


def test_ticks_become_ranges() -> None:
    assert spans_of([1, 2, 3, 4], [1, 3], []) == [(1, 2), (3, 4)]
    assert spans_of([1, 2, 3, 4], [], [1]) == [(2, 4)]
    assert spans_of([1, 2, 3], [2, 3], [2]) == [(1, 1), (3, 3)]


def test_a_document_without_pages_is_not_divided(clerk: Visitor) -> None:
    with pytest.raises(InvalidInput, match="no pages"):
        checked(Parts(clerk.desk.store.state.documents[document(clerk)], (), {}, None), [(1, 1)], [])
