"""The hash chain of the audit log (spec H.2): canonical JSON by RFC 8785, SHA-256, each event sealing the one before.

`hash` = SHA-256(canonical JSON of the event without its hashes, followed by the previous hash in hex).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any

import rfc8785

from pipeline.domain.events import Action, Actor, AuditEvent, EventDraft

GENESIS = "0" * 64
# Larger integers have no exact JSON number (RFC 8785 section 3.2.2.3) and become text.
_LARGEST = 2**53 - 1


@dataclass(frozen=True, slots=True)
class Intact:
    """Every link holds. `last_hash` seals the whole log; `checkpoints` counts the signatures that were checked."""

    count: int
    last_hash: str = GENESIS
    checkpoints: int = 0
    at: int | None = None
    why: str = ""
    intact: bool = True


@dataclass(frozen=True, slots=True)
class Broken:
    """`at` is the first bad sequence number and `why` what is wrong there, in words; `count` events before it hold."""

    at: int
    why: str
    count: int = 0
    checkpoints: int = 0
    intact: bool = False


Verdict = Intact | Broken


def link(seq: int, event_id: str, occurred_at: datetime, draft: EventDraft, prev_hash: str) -> AuditEvent:
    """The event with its hash. Values that JSON lacks (decimals, dates) become text, here and for good."""
    body = canonical(seq, event_id, occurred_at, draft)
    _, _, _, plain_draft = parse(body)
    return AuditEvent(seq, event_id, occurred_at, plain_draft, prev_hash, seal(body, prev_hash))


def seal(body: bytes, prev_hash: str) -> str:
    """The hash over an event's canonical bytes and the hash before it."""
    return hashlib.sha256(body + prev_hash.encode("ascii")).hexdigest()


def canonical(seq: int, event_id: str, occurred_at: datetime, draft: EventDraft) -> bytes:
    """RFC 8785 bytes of an event without its hashes."""
    body: bytes = rfc8785.dumps(as_plain(seq, event_id, occurred_at, draft))
    return body


def as_plain(seq: int, event_id: str, occurred_at: datetime, draft: EventDraft) -> Any:
    """Plain JSON values of an event; the instant in UTC with microseconds."""
    moment = occurred_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {"seq": seq, "event_id": event_id, "occurred_at": moment, **plain(asdict(draft))}


def parse(body: str | bytes) -> tuple[int, str, datetime, EventDraft]:
    """The other way: sequence number, id, instant and draft of canonical JSON. Raises ValueError for anything else."""
    try:
        values = json.loads(body)
        seq, event_id, moment = values.pop("seq"), values.pop("event_id"), values.pop("occurred_at")
        actor = values.pop("actor")
        who = Actor(**{**actor, "roles": tuple(actor["roles"])})
        draft = EventDraft(**{**values, "actor": who, "action": Action(values["action"])})
        return seq, event_id, datetime.fromisoformat(moment), draft
    except (KeyError, TypeError, AttributeError) as problem:
        raise ValueError(f"no event: {problem}") from problem


def plain(value: Any) -> Any:
    """`value` in JSON's own terms, with one spelling for each value."""
    if isinstance(value, str):
        return str(value).encode("utf-8", "replace").decode("utf-8")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        # A whole float beyond that would come back as such an integer; what is not a number compares as false.
        return value if abs(value) <= _LARGEST else str(value)
    if isinstance(value, Mapping):
        return {plain(str(name)): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted((plain(item) for item in value), key=str)
    return value.isoformat() if isinstance(value, datetime | date) else str(value)


def verify(events: Iterable[AuditEvent], first: int = 1, previous: str = GENESIS) -> Verdict:
    """Recompute every link. Finds an edited event (hash), a removed one (gap), a reordered one (previous hash).

    A tail that was cut off leaves a perfect chain: only a checkpoint shows it.
    """
    expected, count = first, 0
    for event in events:
        if event.seq != expected:
            return Broken(expected, "a record is missing", count)
        if event.prev_hash != previous:
            return Broken(event.seq, "it does not follow the record before", count)
        body = canonical(event.seq, event.event_id, event.occurred_at, event.draft)
        if seal(body, event.prev_hash) != event.hash:
            return Broken(event.seq, "its content was changed", count)
        previous, expected, count = event.hash, expected + 1, count + 1
    return Intact(count, previous)


def merkle_root(hashes: Iterable[str]) -> str:
    """Merkle root of event hashes: leaves and nodes hashed apart (RFC 6962), an odd node is carried up as it is."""
    level = [hashlib.sha256(b"\x00" + bytes.fromhex(value)).digest() for value in hashes]
    while len(level) > 1:
        pairs = [level[i : i + 2] for i in range(0, len(level), 2)]
        level = [hashlib.sha256(b"\x01" + pair[0] + pair[1]).digest() if len(pair) == 2 else pair[0] for pair in pairs]
    return level[0].hex() if level else GENESIS
