"""The audit log in the database: append-only, one chain under many writers, and every kind of tampering found."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from pipeline.audit.chain import verify
from pipeline.audit.checkpoint import CheckpointFile, Signer
from pipeline.domain.events import Action, EventDraft
from pipeline.storage.store import Store
from tests.integration.storage import world


def fill(store: Store, count: int = 12, start: int = 1) -> None:
    with store.unit_of_work() as work:
        for number in range(start, start + count):
            work.record(world.draft(number))
        work.commit()


def tamper(store: Store, *statements: str) -> None:
    """What somebody with the database's own rights could do: take the triggers off first."""
    with store.engine.begin() as connection:
        if store.database.is_sqlite:
            names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
            for name in names:
                connection.execute(text(f"DROP TRIGGER {name}"))
        else:
            for table in ("events", "checkpoints"):
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
        for statement in statements:
            connection.execute(text(statement))


def found(store: Store) -> tuple[int | None, str]:
    verdict = store.verify_audit()
    assert not verdict.intact
    return verdict.at, verdict.why


def test_an_untouched_log_is_intact(store: Store) -> None:
    assert store.verify_audit().intact
    fill(store)
    assert store.seal_audit(force=True)
    fill(store, 3, 13)
    verdict = store.verify_audit()
    assert (verdict.intact, verdict.count, verdict.checkpoints) == (True, 15, 1)


def test_events_come_back_in_order_and_the_pure_check_agrees(store: Store) -> None:
    fill(store)
    with store.unit_of_work() as work:
        odd = {"money": Decimal("1.50"), "day": world.DAY, "big": 2**60, "inf": float("inf"), "set": {"b", "a"}}
        work.record(EventDraft(world.PERSON, Action.FIELD_CORRECTED, "invoice", "inv-1", after=odd, comment="ü"))
        work.commit()
    events = store.queries.events()
    assert [event.seq for event in events] == list(range(1, 14))
    assert verify(events).intact
    last = events[-1].draft
    assert last.after == {"money": "1.50", "day": "2026-03-16", "big": str(2**60), "inf": "inf", "set": ["a", "b"]}
    assert last.actor == world.PERSON
    assert [event.seq for event in store.queries.events("inv-1")] == [1, 13]
    assert [event.seq for event in store.queries.events(after_seq=11, limit=1)] == [12]


@pytest.mark.parametrize(
    "statement", ["UPDATE events SET actor = 'x'", "DELETE FROM events", "DELETE FROM checkpoints"]
)
def test_the_database_refuses_changes(store: Store, statement: str) -> None:
    fill(store)
    store.seal_audit(force=True)
    with pytest.raises(DBAPIError, match="append-only"), store.engine.begin() as connection:
        connection.execute(text(statement))


def test_the_database_refuses_to_empty_or_to_replace(store: Store) -> None:
    fill(store)
    sqlite = "INSERT OR REPLACE INTO events SELECT seq, event_id, occurred_at, action, object_type, 'x', actor, body, prev_hash, hash FROM events"
    with pytest.raises(DBAPIError, match="append-only"), store.engine.begin() as connection:
        connection.execute(text(sqlite if store.database.is_sqlite else "TRUNCATE events"))


def test_an_edited_record_is_found(store: Store) -> None:
    fill(store)
    tamper(store, "UPDATE events SET body = replace(body, 'inv-5', 'inv-6') WHERE seq = 5")
    assert found(store) == (5, "its content was changed")


@pytest.mark.parametrize("column", ["actor", "object_id", "action", "object_type", "event_id"])
def test_an_edited_column_is_found_even_where_the_sealed_text_is_not(store: Store, column: str) -> None:
    fill(store)
    tamper(store, f"UPDATE events SET {column} = 'other' WHERE seq = 5")
    assert found(store) == (5, "its content was changed")


def test_an_edited_instant_is_found(store: Store) -> None:
    fill(store)
    tamper(store, "UPDATE events SET occurred_at = '2020-01-01 00:00:00.000000' WHERE seq = 5")
    assert found(store) == (5, "its content was changed")


def test_a_removed_record_is_found(store: Store) -> None:
    fill(store)
    tamper(store, "DELETE FROM events WHERE seq = 7")
    assert found(store) == (7, "a record is missing")


def test_a_removed_record_is_found_when_the_rest_moves_up(store: Store) -> None:
    fill(store)
    tamper(store, "DELETE FROM events WHERE seq = 7", "UPDATE events SET seq = -(seq - 1) WHERE seq > 7")
    tamper_again = "UPDATE events SET seq = -seq WHERE seq < 0"
    with store.engine.begin() as connection:
        connection.execute(text(tamper_again))
    assert found(store) == (7, "it does not follow the record before")


def test_a_cut_tail_is_found_by_its_checkpoint(store: Store) -> None:
    fill(store)
    store.seal_audit(force=True)
    tamper(store, "DELETE FROM events WHERE seq > 9", "DELETE FROM checkpoints")
    at, why = found(store)
    assert (at, "tail was cut off" in why) == (10, True)


def test_an_emptied_log_is_found(store: Store) -> None:
    fill(store)
    store.seal_audit(force=True)
    tamper(store, "DELETE FROM events", "DELETE FROM checkpoints")
    at, why = found(store)
    assert (at, "tail was cut off" in why) == (1, True)


def test_a_log_rewritten_from_the_start_is_found(store: Store) -> None:
    """A perfect new chain, made with the program itself, still contradicts what was signed before."""
    fill(store)
    store.seal_audit(force=True)
    tamper(store, "DELETE FROM events", "DELETE FROM checkpoints")
    fill(store, 20, 2)
    at, why = found(store)
    assert (at, "rewritten" in why) == (1, True)


def test_a_forged_checkpoint_is_found(store: Store, tmp_path: Path) -> None:
    fill(store)
    store.seal_audit(force=True)
    kept = store.checkpoints.read()[0]
    other = Signer(tmp_path / "other-key").sign(kept)
    store.checkpoints.path.unlink()
    CheckpointFile(store.checkpoints.path).append(other)
    assert found(store) == (12, "a checkpoint's signature is not ours")


def test_a_changed_checkpoint_is_found(store: Store) -> None:
    fill(store)
    store.seal_audit(force=True)
    line = json.loads(store.checkpoints.path.read_text())
    store.checkpoints.path.write_text(json.dumps({**line, "hash": "0" * 64}) + "\n")
    assert "signature" in found(store)[1]
    store.checkpoints.path.write_text("no JSON\n")
    assert "damaged" in found(store)[1]


def test_a_checkpoint_that_is_gone_outside_is_found(store: Store) -> None:
    fill(store)
    store.seal_audit(force=True)
    store.checkpoints.path.unlink()
    assert found(store) == (12, "its checkpoint is missing from checkpoints.jsonl")


def test_a_checkpoint_that_only_the_file_knows_is_no_alarm(store: Store) -> None:
    """What is left when the process dies between the file and the commit."""
    fill(store)
    store.seal_audit(force=True)
    tamper(store, "DELETE FROM checkpoints")
    fill(store, 5, 13)
    store.seal_audit(force=True)
    assert store.verify_audit().intact


def test_checkpoints_come_by_count_and_by_time(store: Store, clock: world.Ticking) -> None:
    fill(store, 999)
    assert store.checkpoints.read() == []
    fill(store, 1, 1000)
    assert [c.seq for c in store.checkpoints.read()] == [1000]
    fill(store, 1, 1001)
    assert len(store.checkpoints.read()) == 1
    clock.push(minutes=16)
    fill(store, 1, 1002)
    assert [(c.first, c.seq) for c in store.checkpoints.read()] == [(1, 1000), (1001, 1002)]
    assert not store.seal_audit()
    assert store.verify_audit().checkpoints == 2


def test_keys_are_made_once_and_only_for_their_owner(open_store: Callable[[], Store]) -> None:
    one, two = open_store(), open_store()
    assert one.signer.public_key == two.signer.public_key
    for file in (one.home / "keys").iterdir():
        assert file.stat().st_mode & 0o777 == 0o600


def test_many_writers_make_one_chain(open_store: Callable[[], Store]) -> None:
    stores = [open_store(), open_store()]

    def write(number: int) -> None:
        with stores[number % 2].unit_of_work() as work:
            work.record(world.draft(number))
            work.record(world.draft(number))
            work.commit()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(60)))
    verdict = stores[0].verify_audit()
    assert (verdict.intact, verdict.count) == (True, 120)


def test_an_export_holds_everything_and_is_itself_recorded(store: Store) -> None:
    fill(store, 3)
    store.seal_audit(force=True)
    rows = list(store.export_audit())
    assert [row.get("seq") for row in rows] == [1, 2, 3, 4, None]
    assert rows[3]["action"] == "export.created"
    assert rows[4]["checkpoint"]["count"] == 3


def test_a_story_is_told_by_any_name(store: Store) -> None:
    with store.unit_of_work() as work:
        work.add_document(world.document())
        work.add_invoice(world.record(part="invoice.pdf"))
        work.record(EventDraft(world.PERSON, Action.DOCUMENT_RECEIVED, "document", "d1"))
        work.record(EventDraft(world.PERSON, Action.FIELD_CORRECTED, "invoice", "inv-1", diff={"total": ["1", "2"]}))
        work.commit()
    for name in ("d1", "inv-1", "in/d1.pdf", "d1.pdf", "INV-00123", "invoice.pdf"):
        lines = list(store.story(name))
        assert len(lines) == 2, name
        assert "Casey" in lines[1]
        assert "total" in lines[1]
