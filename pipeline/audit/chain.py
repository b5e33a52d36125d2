"""The hash chain of the audit log (spec H.2): canonical JSON by RFC 8785, SHA-256, each event sealing the one before."""

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import rfc8785

from pipeline.domain.events import AuditEvent, EventDraft

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Verdict:
    """`at` is the first bad sequence number and `why` what is wrong there; both empty when intact."""

    intact: bool
    count: int = 0
    checkpoints: int = 0
    at: int | None = None
    why: str = ""


def link(seq: int, event_id: str, occurred_at: datetime, draft: EventDraft, prev_hash: str) -> AuditEvent:
    """The event with its hash over everything else it says and the hash before it."""
    body = canonical(seq, event_id, occurred_at, draft)
    digest = hashlib.sha256(body + prev_hash.encode()).hexdigest()
    return AuditEvent(seq, event_id, occurred_at, draft, prev_hash, digest)


def canonical(seq: int, event_id: str, occurred_at: datetime, draft: EventDraft) -> bytes:
    """RFC 8785 bytes of an event without its hashes."""
    return bytes(rfc8785.dumps(as_plain(seq, event_id, occurred_at, draft)))


def as_plain(seq: int, event_id: str, occurred_at: datetime, draft: EventDraft) -> Any:
    """Plain JSON values of an event; the instant in UTC with microseconds."""
    moment = occurred_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {"seq": seq, "event_id": event_id, "occurred_at": moment, **_plain(asdict(draft))}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, bool | int | str):
        return str(value) if isinstance(value, str) else value
    # Floats have no one spelling and decimals no place in JSON: both become their text.
    return str(value)


def verify(events: Iterable[AuditEvent], first: int = 1, previous: str = GENESIS) -> Verdict:
    """Recompute every link. Finds an edited record (hash), a removed one (gap), a reordered one (previous hash)."""
    expected, count = first, 0
    for event in events:
        if event.seq != expected:
            return Verdict(False, count, at=expected, why="a record is missing")
        if event.prev_hash != previous:
            return Verdict(False, count, at=event.seq, why="it does not follow the record before")
        fresh = link(event.seq, event.event_id, event.occurred_at, event.draft, event.prev_hash)
        if fresh.hash != event.hash:
            return Verdict(False, count, at=event.seq, why="its content was changed")
        previous, expected, count = event.hash, expected + 1, count + 1
    return Verdict(True, count)


def merkle_root(hashes: Iterable[str]) -> str:
    """Merkle root of event hashes (an odd one at the end of a level is carried up)."""
    level = [bytes.fromhex(value) for value in hashes]
    while len(level) > 1:
        pairs = [level[i : i + 2] for i in range(0, len(level), 2)]
        level = [hashlib.sha256(b"\x01" + pair[0] + pair[1]).digest() if len(pair) == 2 else pair[0] for pair in pairs]
    return level[0].hex() if level else GENESIS
