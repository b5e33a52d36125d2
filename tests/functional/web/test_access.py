"""The role and duty-conflict report, and the page of keys."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pipeline.domain.events import Action, Actor, EventDraft
from pipeline.domain.records import User
from tests.functional.web.client import Visitor


@pytest.fixture
def auditor() -> Visitor:
    return Visitor().log_in("auditor")


def act(visitor: Visitor, person: str, action: Action, name: str, **more: object) -> None:
    with visitor.desk.app.unit_of_work() as work:
        actor = Actor("user", person, ("AP_CLERK",))
        work.record(EventDraft(actor, action, "invoice", visitor.desk.ids[name], **more))
        work.commit()


def test_incompatible_roles_are_named_with_their_rule(auditor: Visitor) -> None:
    people = auditor.desk.accounts
    people.save_user(User("vera", "Vera Both", ("VENDOR_MASTER", "AP_CLERK")))
    people.save_user(User("paul", "Paul Policy", ("POLICY_ADMIN", "AP_MANAGER")))
    people.save_user(User("gone", "Gone Both", ("RECEIVING", "BUYER"), active=False))
    body = auditor.get("/api/v1/access").json()
    assert {(p["person"], tuple(p["roles"]), p["rule"]) for p in body["pairs"]} == {
        ("vera", ("AP_CLERK", "VENDOR_MASTER"), "SOD-12"),
        ("paul", ("AP_MANAGER", "POLICY_ADMIN"), "SOD-08"),
    }
    assert {p["id"]: p["active"] for p in body["people"]}["gone"] is False
    page = auditor.get("/access").text
    assert "AP_CLERK + VENDOR_MASTER" in page


def test_two_duties_on_one_invoice(auditor: Visitor) -> None:
    accepted = {"after": {"decision": "accept_variance"}}
    act(auditor, "clerk", Action.FIELD_CORRECTED, "price", diff={"total": ["1", "2"]})
    act(auditor, "clerk", Action.EXCEPTION_RESOLVED, "price", **accepted)
    act(auditor, "receiver", Action.APPROVAL_GIVEN, "approval")
    act(auditor, "supervisor", Action.APPROVAL_GIVEN, "clean")
    act(auditor, "supervisor", Action.APPROVAL_GIVEN, "clean")
    act(auditor, "manager", Action.FIELD_CORRECTED, "doubtful", diff={"terms": ["a", "b"]})
    act(auditor, "manager", Action.APPROVAL_GIVEN, "doubtful")
    found = auditor.get("/api/v1/access").json()["doubles"]
    assert {(d["person"], *d["duties"], d["rule"]) for d in found} == {
        ("clerk", "accepted", "corrected", "SOD-01"),
        ("receiver", "approved", "received", "SOD-03"),
        ("supervisor", "approved", "approved", "SOD-07"),
        ("manager", "approved", "edited", None),
    }
    auditor.desk.clock.tick(days=40)
    auditor.log_in("auditor")
    assert auditor.get("/api/v1/access?days=30").json()["doubles"] == []


def test_the_export_is_inert_and_an_event(auditor: Visitor) -> None:
    auditor.desk.accounts.save_user(User("evil", '=HYPERLINK("http://x")', ("VENDOR_MASTER", "AP_CLERK")))
    answer = auditor.post("/access/export", data={"days": "30"})
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
    assert ["pair", "evil", '\'=HYPERLINK("http://x")', "AP_CLERK + VENDOR_MASTER", "SOD-12", "", ""] in rows
    assert str(auditor.desk.store.state.events[-1].draft.action) == "export.created"


def test_a_key_is_made_shown_once_and_ended_on_its_page() -> None:
    clerk = Visitor().log_in("clerk")
    made = clerk.post("/keys", data={"name": "portal <b>", "scopes": ["queue.view", "invoice.view"], "days": "5"})
    assert made.status_code == 201
    secret = made.text.split('value="apk_')[1].split('"')[0]
    assert made.headers["cache-control"] == "no-store"
    page = clerk.get("/keys").text
    assert secret not in page
    assert "portal &lt;b&gt;" in page
    header = {"authorization": f"Bearer apk_{secret}"}
    assert "never" in page
    assert clerk.another().http.get("/api/v1/queue", headers=header).status_code == 200
    (key,) = clerk.get("/api/v1/keys").json()["keys"]
    assert key["last_used_at"] is not None
    other = clerk.another().log_in("clerk2")
    assert other.post(f"/keys/{key['id']}/revoke").status_code == 422
    assert clerk.post(f"/keys/{key['id']}/revoke").status_code == 303
    assert clerk.another().http.get("/api/v1/queue", headers=header).status_code == 401


def test_the_last_use_is_kept_to_the_hour() -> None:
    clerk = Visitor().log_in("clerk")
    made = clerk.post("/api/v1/keys", json={"name": "n", "scopes": ["queue.view"]}).json()
    header, program = {"authorization": f"Bearer {made['key']}"}, clerk.another().http

    def used() -> str:
        program.get("/api/v1/queue", headers=header)
        (key,) = clerk.desk.store.state.desk.tokens("clerk")
        return key.last_used_at.isoformat()

    first = used()
    clerk.desk.clock.tick(minutes=59)
    assert used() == first
    clerk.desk.clock.tick(minutes=2)
    assert used() > first


def test_who_oversees_keys_ends_anybodys() -> None:
    clerk = Visitor().log_in("clerk")
    made = clerk.post("/api/v1/keys", json={"name": "lost", "scopes": ["queue.view"]}).json()
    admin = clerk.another().log_in("integration")
    assert "lost" in admin.get("/keys").text
    assert admin.post(f"/keys/{made['id']}/revoke").status_code == 303
    (key,) = clerk.desk.store.state.desk.tokens("clerk")
    assert key.revoked_at is not None
    assert replace(key, revoked_at=None).ends_at > datetime(2026, 1, 1, tzinfo=UTC)
