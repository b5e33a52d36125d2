"""What the desk keeps beside invoices, on the real databases; two-person rules hold even for a program that forgets them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy.exc import IntegrityError

from pipeline.domain.desk import ApiToken, PolicyVersion, StandIn
from pipeline.domain.errors import InvalidInput, StorageFailed
from pipeline.domain.events import Action, Actor, EventDraft
from pipeline.storage.store import Store
from tests.integration.storage import world

NOW = datetime(2026, 3, 16, 12, tzinfo=UTC)
DAY = date(2026, 3, 16)
VERSION = PolicyVersion(1, "PROPOSED", "h1", DAY, "admin", NOW, "text", "why")
STAND_IN = StandIn("d1", "ada", "bob", DAY, DAY, "leave", "ada", NOW, Decimal("100.00"), ("F1",))
TOKEN = ApiToken("k1", "ada", "portal", ("invoice.view",), NOW, NOW + timedelta(days=1))


def test_policy_versions_and_the_one_in_force(store: Store) -> None:
    with store.unit_of_work() as work:
        assert work.desk.next_policy_number() == 1
        work.desk.save_policy_version(VERSION)
        assert work.desk.policy_in_force(DAY) is None
        work.desk.save_policy_version(replace(VERSION, state="ACTIVE", approver="mia", decided_at=NOW))
        later = replace(
            VERSION, number=2, state="ACTIVE", hash="h2", approver="mia", effective_from=DAY + timedelta(days=5)
        )
        work.desk.save_policy_version(later)
        work.commit()
    with store.unit_of_work() as work:
        assert [v.number for v in work.desk.policy_versions()] == [2, 1]
        assert work.desk.policy_in_force(DAY) == replace(VERSION, state="ACTIVE", approver="mia", decided_at=NOW)
        assert work.desk.policy_in_force(DAY + timedelta(days=5)) == later
        assert work.desk.policy_in_force(DAY - timedelta(days=1)) is None


def test_the_database_refuses_one_person_in_two_parts(store: Store) -> None:
    """SOD-10 and E.6 as constraints."""
    with pytest.raises((IntegrityError, StorageFailed)), store.unit_of_work() as work:
        work.desk.save_policy_version(replace(VERSION, approver="admin"))
    with pytest.raises((IntegrityError, StorageFailed)), store.unit_of_work() as work:
        work.desk.save_delegation(replace(STAND_IN, delegate="ada"))


def test_delegations_of_either_person(store: Store) -> None:
    with store.unit_of_work() as work:
        work.desk.save_delegation(STAND_IN)
        work.desk.save_delegation(replace(STAND_IN, ended_at=NOW, ended_by="ada"))
        work.commit()
    with store.unit_of_work() as work:
        found = replace(STAND_IN, ended_at=NOW, ended_by="ada")
        assert list(work.desk.delegations("ada")) == list(work.desk.delegations("bob")) == [found]
        assert list(work.desk.delegations("eve")) == []
        assert list(work.desk.delegations()) == [found]


def test_a_key_is_found_by_its_hash_until_it_ends_or_is_revoked(store: Store) -> None:
    with store.unit_of_work() as work:
        work.desk.add_token(TOKEN, "hash")
        work.commit()
    with store.unit_of_work() as work:
        assert work.desk.find_token("hash", NOW) == TOKEN
        assert work.desk.find_token("other", NOW) is None
        assert work.desk.find_token("hash", NOW + timedelta(days=2)) is None
        work.desk.save_token(replace(TOKEN, revoked_at=NOW))
        assert work.desk.find_token("hash", NOW) is None
        assert [t.id for t in work.desk.tokens("ada")] == ["k1"]
        with pytest.raises(InvalidInput):
            work.desk.save_token(replace(TOKEN, id="k2"))


def test_views_and_answers(store: Store, open_store: Callable[[], Store]) -> None:
    with store.unit_of_work() as work:
        work.desk.save_view("ada", "mine", "sort=due")
        work.desk.save_view("ada", "mine", "sort=age")
        work.desk.keep_answer("ada", "k" * 5000, "f1", "{}", NOW)
        work.desk.keep_answer("ada", "k" * 5000, "f2", "[]", NOW)
        work.commit()
    with open_store().unit_of_work() as work:
        assert list(work.desk.views("ada")) == [("mine", "sort=age")]
        assert work.desk.answer_of("ada", "k" * 5000) == ("f1", "{}")
        assert work.desk.answer_of("bob", "k" * 5000) is None
        work.desk.keep_answer("bob", "new", "f", "{}", NOW + timedelta(days=40))
        assert work.desk.answer_of("ada", "k" * 5000) is None


def test_nothing_is_kept_without_a_commit(store: Store) -> None:
    with store.unit_of_work() as work:
        work.desk.save_view("ada", "mine", "sort=due")
    with store.unit_of_work() as work:
        assert list(work.desk.views("ada")) == []


def test_what_tells_the_policy_in_force_from_every_other(store: Store) -> None:
    assert store.queries.policy_mark(DAY) is None
    with store.unit_of_work() as work:
        work.desk.save_policy_version(replace(VERSION, state="ACTIVE", approver="mia"))
        later = replace(
            VERSION, number=2, state="ACTIVE", hash="h2", approver="mia", effective_from=DAY + timedelta(days=5)
        )
        work.desk.save_policy_version(later)
        work.commit()
    assert store.queries.policy_mark(DAY) == "1:h1"
    assert store.queries.policy_mark(DAY + timedelta(days=5)) == "2:h2"
    assert store.queries.policy_mark(DAY - timedelta(days=1)) is None


def test_documents_of_a_status_and_events_of_some_actions(store: Store) -> None:
    actor = Actor("user", "ada", ("AP_CLERK",))
    with store.unit_of_work() as work:
        for number, status in enumerate(("quarantined", "received", "quarantined"), 1):
            work.add_document(
                replace(world.document(f"d{number}", f"b{number}".encode()), status=status, sequence=number)
            )
        for action in (Action.APPROVAL_GIVEN, Action.ITEM_NOTED, Action.BANK_CALLBACK):
            work.record(EventDraft(actor, action, "invoice", "i1"))
        work.commit()
    assert [d.id for d in store.queries.documents("quarantined")] == ["d3", "d1"]
    assert [d.id for d in store.queries.documents("quarantined", 1, 1)] == ["d1"]
    wanted = ["approval.given", "bank.callback"]
    start = datetime(2020, 1, 1, tzinfo=UTC)
    assert [str(e.draft.action) for e in store.queries.events_of(wanted, start)] == wanted
    assert store.queries.events_of(wanted, datetime(2100, 1, 1, tzinfo=UTC)) == []
    assert len(store.queries.events_of(wanted, start, limit=1)) == 1
