"""Out of quarantine by two persons, never malware, and each look at a file is an event."""

import pytest

from tests.functional.web.client import Visitor

JSON = {"accept": "application/json"}


@pytest.fixture
def lead() -> Visitor:
    return Visitor().log_in("supervisor")


def document(visitor: Visitor, name: str = "doubtful_sender") -> str:
    return str(visitor.desk.record(name).document_id)


def events(visitor: Visitor, document_id: str) -> list[str]:
    return [str(e.draft.action) for e in visitor.desk.store.state.events if e.draft.object_id == document_id]


def test_the_list_says_why_and_shows_no_path(lead: Visitor) -> None:
    text = lead.get("/quarantine").text
    assert "reply address is somebody else" in text
    assert "etc/offer" not in text
    assert "malware: never released" in text
    rows = lead.get("/api/v1/quarantine").json()["documents"]
    assert {row["name"]: row["never"] for row in rows} == {"offer.pdf": True, "invoice-88.pdf": False}


def test_two_persons_release_and_the_same_one_never_twice(lead: Visitor) -> None:
    doc = document(lead)
    url = f"/quarantine/{doc}/release"
    assert lead.post(url, data={"reason": "asked the supplier"}).status_code == 303
    assert "Waits for a second person." in lead.get("/quarantine").text
    again = lead.post(url, data={"reason": "asked again"}, headers=JSON)
    assert (again.status_code, again.json()["rule"]) == (403, "C.1")
    assert lead.desk.store.state.documents[doc].status == "quarantined"
    other = lead.another().log_in("manager")
    assert "release asked by Sam Supervisor" in other.get("/quarantine").text
    assert other.post(url, data={"reason": "called them too"}).status_code == 303
    assert lead.desk.store.state.documents[doc].status == "received"
    assert not [i for i in lead.desk.items("doubtful_sender") if i.state == "OPEN"]
    assert events(lead, doc)[1:] == ["document.release_asked", "sod.denied", "document.released"]


def test_malware_is_neither_released_nor_handed_out(lead: Visitor) -> None:
    doc = document(lead, "malware")
    for what in ("release", "copy"):
        answer = lead.post(f"/quarantine/{doc}/{what}", data={"reason": "looks fine"}, headers=JSON)
        assert (answer.status_code, answer.json()["rule"]) == (403, "C.1")
    assert lead.get(f"/invoices/{lead.desk.ids['malware']}/pages/1.webp", headers=JSON).status_code == 404
    assert lead.get(f"/invoices/{lead.desk.ids['malware']}/original", headers=JSON).status_code == 403


def test_a_copy_opens_with_nothing_and_is_an_event(lead: Visitor) -> None:
    doc = document(lead)
    answer = lead.post(f"/quarantine/{doc}/copy", data={"reason": "look with the sandbox"})
    assert answer.content == b"locked doubtful_sender"
    assert 'filename="invoice-88.pdf.quarantined"' in answer.headers["content-disposition"]
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-security-policy"].startswith("sandbox")
    assert events(lead, doc)[-1] == "document.viewed"


def test_a_rejection_ends_document_record_and_work(lead: Visitor) -> None:
    doc = document(lead)
    answer = lead.post(f"/api/v1/quarantine/{doc}/reject", json={"reason": "no answer from the supplier"})
    assert answer.json()["status"] == "rejected"
    assert lead.desk.record("doubtful_sender").state == "REJECTED"
    assert {i.state for i in lead.desk.items("doubtful_sender")} == {"RESOLVED"}
    assert events(lead, doc)[-1] == "document.rejected"
    again = lead.post(f"/api/v1/quarantine/{doc}/release", json={"reason": "second thoughts"})
    assert again.status_code == 422


def test_a_program_never_speaks_for_a_person(lead: Visitor) -> None:
    made = lead.post("/api/v1/keys", json={"name": "robot", "scopes": ["quarantine.decide"]}).json()
    header = {"authorization": f"Bearer {made['key']}"}
    url = f"/api/v1/quarantine/{document(lead)}/release"
    assert lead.another().http.post(url, json={"reason": "automatic"}, headers=header).status_code == 403


def test_clerks_do_not_see_it(lead: Visitor) -> None:
    clerk = lead.another().log_in("clerk")
    assert clerk.get("/quarantine").status_code == 403
    assert "/quarantine" not in clerk.get("/queue").text
