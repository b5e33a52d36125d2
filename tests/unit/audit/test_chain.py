"""The hash chain, without a database."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.audit.chain import GENESIS, Intact, canonical, link, merkle_root, parse, verify
from pipeline.audit.checkpoint import Checkpoint, CheckpointFile, Signer, good_signature
from pipeline.audit.keyfile import key_bytes
from pipeline.domain.errors import StorageFailed
from pipeline.domain.events import Action, Actor, AuditEvent, EventDraft

FEW = settings(max_examples=40, deadline=None)
START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
TEXT = st.text(max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT | st.decimals() | st.dates() | st.datetimes(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
DRAFTS = st.builds(
    EventDraft,
    st.builds(Actor, TEXT, TEXT, st.lists(TEXT, max_size=3).map(tuple)),
    st.sampled_from(Action),
    TEXT,
    TEXT,
    st.integers(0, 99),
    after=st.dictionaries(TEXT, JSON, max_size=4),
    diff=st.dictionaries(TEXT, JSON, max_size=4),
    comment=TEXT,
)


def chain(drafts: list[EventDraft]) -> list[AuditEvent]:
    events: list[AuditEvent] = []
    for number, draft in enumerate(drafts, 1):
        previous = events[-1].hash if events else GENESIS
        events.append(link(number, f"e{number}", START + timedelta(seconds=number), draft, previous))
    return events


@FEW
@given(st.lists(DRAFTS, max_size=6))
def test_any_chain_holds(drafts: list[EventDraft]) -> None:
    verdict = verify(chain(drafts))
    assert verdict.intact
    assert verdict.count == len(drafts)


@FEW
@given(DRAFTS)
def test_what_is_written_is_read_back_and_has_one_spelling(draft: EventDraft) -> None:
    body = canonical(7, "e", START, draft)
    seq, event_id, moment, again = parse(body)
    assert (seq, event_id, moment) == (7, "e", START)
    assert canonical(seq, event_id, moment, again) == body
    assert again.action is draft.action


@FEW
@given(st.lists(DRAFTS, min_size=2, max_size=6), st.data())
def test_any_edit_is_found_where_it_was_made(drafts: list[EventDraft], data: st.DataObject) -> None:
    events = chain(drafts)
    place = data.draw(st.integers(0, len(events) - 1))
    other = data.draw(DRAFTS)
    if canonical(1, "", START, other) == canonical(1, "", START, events[place].draft):
        return
    edited = [*events[:place], replace(events[place], draft=other), *events[place + 1 :]]
    assert verify(edited).at == place + 1


@FEW
@given(st.lists(DRAFTS, min_size=2, max_size=6), st.data())
def test_any_removed_or_swapped_event_is_found(drafts: list[EventDraft], data: st.DataObject) -> None:
    events = chain(drafts)
    place = data.draw(st.integers(0, len(events) - 2))
    assert verify(events[:place] + events[place + 1 :]).at == place + 1
    swapped = [*events[:place], events[place + 1], events[place], *events[place + 2 :]]
    assert verify(swapped).at == place + 1


@FEW
@given(st.lists(DRAFTS, min_size=1, max_size=5), st.data())
def test_an_event_sealed_anew_breaks_the_next_one(drafts: list[EventDraft], data: st.DataObject) -> None:
    """Who edits an event and works out its hash again contradicts the event after it."""
    events = chain([*drafts, drafts[0]])
    place = data.draw(st.integers(0, len(events) - 2))
    old = events[place]
    forged = link(old.seq, old.event_id + "x", old.occurred_at, old.draft, old.prev_hash)
    assert verify([*events[:place], forged, *events[place + 1 :]]).at == place + 2


def test_the_hash_is_the_documented_one() -> None:
    event = chain([EventDraft(Actor("user", "u"), Action.LOGIN, "user", "u")])[0]
    body = canonical(event.seq, event.event_id, event.occurred_at, event.draft)
    assert event.hash == hashlib.sha256(body + ("0" * 64).encode()).hexdigest()
    assert json.loads(body)["occurred_at"] == "2026-03-01T08:00:01.000000Z"
    assert verify([]) == Intact(0)


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"seq":1}', "null"])
def test_what_is_no_event_is_refused(body: str) -> None:
    with pytest.raises(ValueError):
        parse(body)


def test_merkle_roots_tell_lists_apart() -> None:
    hashes = [hashlib.sha256(bytes([n])).hexdigest() for n in range(7)]
    roots = {merkle_root(hashes[:n]) for n in range(8)}
    assert len(roots) == 8
    assert merkle_root(hashes) != merkle_root([hashes[1], hashes[0], *hashes[2:]])
    assert merkle_root([]) == GENESIS


CHECKPOINT = Checkpoint(1, 5, 5, "a" * 64, "b" * 64, "2026-03-01T08:00:00+00:00")


def test_checkpoints_are_signed_by_one_key(tmp_path: Path) -> None:
    signer = Signer(tmp_path / "keys" / "audit")
    signed = signer.sign(CHECKPOINT)
    assert Signer(tmp_path / "keys" / "audit").fits(signed)
    for changed in (
        {"seq": 6},
        {"hash": "c" * 64},
        {"count": 4},
        {"at": "later"},
        {"first": 2},
        {"merkle_root": "d" * 64},
    ):
        assert not signer.fits(replace(signed, **changed))
    other = Signer(tmp_path / "other").sign(CHECKPOINT)
    assert good_signature(other)
    assert not signer.fits(other)
    assert not good_signature(CHECKPOINT)


def test_the_file_of_checkpoints_only_grows(tmp_path: Path) -> None:
    kept = CheckpointFile(tmp_path / "deep" / "checkpoints.jsonl")
    assert kept.read() == []
    kept.append(CHECKPOINT)
    kept.append(replace(CHECKPOINT, seq=6))
    assert kept.read() == [CHECKPOINT, replace(CHECKPOINT, seq=6)]
    kept.path.write_text('{"seq": 1}\n')
    with pytest.raises(ValueError):
        kept.read()


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    assert key_bytes(tmp_path / "key", lambda: b"secret") == b"secret"
    assert key_bytes(tmp_path / "key", lambda: b"other") == b"secret"
    (tmp_path / "key").chmod(0o644)
    with pytest.raises(StorageFailed, match="chmod 600"):
        key_bytes(tmp_path / "key", lambda: b"other")
