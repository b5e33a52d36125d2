"""A supplier behind her link: sees her own documents and nothing else, and only while the link is good."""

from dataclasses import replace

import pytest

from pipeline.domain.errors import InvalidInput
from pipeline.domain.events import SYSTEM
from pipeline.review import supplier_links
from tests.functional.web.client import Visitor, match


def linked(visitor: Visitor, supplier_id: str) -> Visitor:
    _, secret = supplier_links.create(visitor.desk.app, SYSTEM, supplier_id, 30)
    other = visitor.another()
    answer = other.http.get(f"/supplier/open/{secret}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/supplier")
    assert "httponly" in answer.headers["set-cookie"].lower()
    return other


def hand_in(visitor: Visitor, name: str, data: bytes) -> str:
    token = match(r'name="csrf" value="([^"]+)"', visitor.get("/supplier").text)
    answer = visitor.http.post("/supplier", data={"csrf": token}, files={"files": (name, data)})
    assert answer.status_code == 200, answer.text
    return str(answer.text)


@pytest.fixture
def suppliers() -> tuple[Visitor, str, str]:
    visitor = Visitor()
    with visitor.desk.app.unit_of_work() as work:
        first, second = (one.id for one in work.masters.suppliers()[:2])
    return visitor, first, second


def test_each_sees_only_what_came_by_its_own_link(suppliers: tuple[Visitor, str, str]) -> None:
    visitor, first, second = suppliers
    one, two = linked(visitor, first), linked(visitor, second)
    assert "INV-7.pdf" in hand_in(one, "folder/INV-7.pdf", b"%PDF-1.4 seven")
    assert "INV-8.pdf" in hand_in(two, "INV-8.pdf", b"%PDF-1.4 eight")
    again = hand_in(one, "INV-7b.pdf", b"%PDF-1.4 seven")
    assert "Already here" in again
    assert "Received" in again
    assert "INV-8.pdf" not in again
    assert "INV-7" not in two.get("/supplier").text


def test_a_link_opens_nothing_of_the_desk_and_is_no_key(suppliers: tuple[Visitor, str, str]) -> None:
    visitor, first, _ = suppliers
    _, secret = supplier_links.create(visitor.desk.app, SYSTEM, first, 30)
    one = linked(visitor, first)
    assert one.get("/queue").status_code == 303
    assert one.get("/api/v1/invoices", headers={"authorization": f"Bearer {secret}"}).status_code == 401


def test_an_ended_or_wrong_link_says_the_same_and_guessing_is_slowed_down(suppliers: tuple[Visitor, str, str]) -> None:
    visitor, first, _ = suppliers
    one = linked(visitor, first)
    assert supplier_links.revoke(visitor.desk.app, SYSTEM, first) == 1
    assert one.get("/supplier").status_code == 404
    answers = [visitor.get(f"/supplier/open/aps_{n}").status_code for n in range(8)]
    assert (answers[0], answers[-1]) == (404, 429)


def test_a_form_without_its_token_is_refused(suppliers: tuple[Visitor, str, str]) -> None:
    visitor, first, _ = suppliers
    one = linked(visitor, first)
    assert one.http.post("/supplier", files={"files": ("a.pdf", b"%PDF-1.4")}).status_code == 403


def test_status_and_reason_are_words_for_an_outsider(suppliers: tuple[Visitor, str, str]) -> None:
    visitor, first, _ = suppliers
    one = linked(visitor, first)
    app, state = visitor.desk.app, visitor.desk.store.state
    record = visitor.desk.record("price")
    mine = {"message_id": supplier_links.mark(first), "channel": "portal"}
    state.documents[record.document_id] = replace(state.documents[record.document_id], status="read", **mine)
    bad = replace(state.documents[record.document_id], id="bad", status="rejected", reason="The file is empty.")
    state.documents["bad"] = bad
    text = one.get("/supplier").text
    assert "Being checked" in text
    assert "The file is empty." in text
    assert "PRICE" not in text
    with pytest.raises(InvalidInput):
        supplier_links.create(app, SYSTEM, "nobody", 30)
