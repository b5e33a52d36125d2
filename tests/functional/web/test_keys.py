"""Keys for programs: scoped, ended, revoked; answers of the API are given again under the same Idempotency-Key."""

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.fakes.desk import Desk
from tests.functional.web.client import Visitor


@pytest.fixture
def clerk() -> Visitor:
    return Visitor().log_in("clerk")


def key_of(visitor: Visitor, *scopes: str, days: int = 30) -> tuple[str, dict[str, str]]:
    answer = visitor.post("/api/v1/keys", json={"name": "portal", "scopes": list(scopes), "days": days})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"], {"authorization": f"Bearer {answer.json()['key']}"}


def test_a_key_does_what_it_says_and_no_more(clerk: Visitor) -> None:
    _, header = key_of(clerk, "invoice.view")
    program = clerk.another().http
    assert program.get("/api/v1/invoices", headers=header).status_code == 200
    assert program.get("/api/v1/queue", headers=header).status_code == 403
    made = program.post("/api/v1/keys", headers=header, json={"name": "more", "scopes": ["queue.view"]})
    assert made.status_code == 403


def test_the_kind_of_decision_is_a_scope_too(clerk: Visitor) -> None:
    _, header = key_of(clerk, "invoice.view", "invoice.decide", "item.work")
    record = clerk.desk.record("doubtful")
    body = {"kind": "complete", "seen_version": record.version, "fields": {"invoice_number": "X"}}
    url = f"/api/v1/invoices/{record.id}/decisions"
    assert clerk.another().http.post(url, headers=header, json=body).status_code == 403
    note = {"kind": "note", "seen_version": record.version, "reason": "seen by the portal"}
    assert clerk.another().http.post(url, headers=header, json=note).status_code == 200


def test_revoked_ended_or_of_somebody_gone_is_no_key(clerk: Visitor) -> None:
    key, header = key_of(clerk, "invoice.view")
    program = clerk.another().http
    assert clerk.http.delete(f"/api/v1/keys/{key}", headers={"x-csrf-token": clerk.csrf}).status_code == 204
    assert program.get("/api/v1/invoices", headers=header).status_code == 401
    _, header = key_of(clerk, "invoice.view", days=1)
    clerk.desk.clock.tick(days=2)
    assert program.get("/api/v1/invoices", headers=header).status_code == 401
    clerk.log_in("clerk")
    _, header = key_of(clerk, "invoice.view")
    clerk.desk.accounts.save_user(replace(clerk.desk.accounts.people["clerk"], active=False))
    assert program.get("/api/v1/invoices", headers=header).status_code == 401


def test_nobody_gives_what_he_has_not(clerk: Visitor) -> None:
    for scopes in (["approval.decide"], ["token.manage"], ["nonsense"]):
        assert clerk.post("/api/v1/keys", json={"name": "x", "scopes": scopes}).status_code == 422


def test_the_secret_is_kept_nowhere(clerk: Visitor) -> None:
    _, header = key_of(clerk, "invoice.view")
    desk: Desk = clerk.desk
    secret = header["authorization"].removeprefix("Bearer ")
    assert secret not in json.dumps([repr(e) for e in desk.store.state.events])
    assert secret not in repr(desk.store.state.desk)
    assert secret not in clerk.get("/api/v1/keys").text


def test_the_same_decision_twice_is_one(clerk: Visitor) -> None:
    record = clerk.desk.record("doubtful")
    url = f"/api/v1/invoices/{record.id}/decisions"
    body: dict[str, Any] = {
        "kind": "complete",
        "seen_version": record.version,
        "fields": {"invoice_number": "BW-20571"},
    }
    first = clerk.post(url, json=body, headers={"idempotency-key": "k1"})
    again = clerk.post(url, json=body, headers={"idempotency-key": "k1"})
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.headers["idempotent-replay"] == "true"
    assert first.json() == again.json()
    assert clerk.post(url, json={**body, "reason": "other"}, headers={"idempotency-key": "k1"}).status_code == 422
    assert len(clerk.desk.record("doubtful").corrections) == 1
