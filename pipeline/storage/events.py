"""The audit log in the database: append in the caller's transaction, seal with checkpoints, verify."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection, func, insert, select

from pipeline.audit.chain import GENESIS, Verdict, link, merkle_root, verify
from pipeline.audit.checkpoint import EVERY_EVENTS, EVERY_SECONDS, Checkpoint, CheckpointFile, Signer
from pipeline.domain.events import AuditEvent, EventDraft
from pipeline.storage import codec
from pipeline.storage.engine import advisory_lock
from pipeline.storage.tables import checkpoints, events

CHAIN_LOCK = 0x61706465736B  # "apdesk"


def append(connection: Connection, draft: EventDraft, now: datetime) -> AuditEvent:
    """Chain one event. The writer is serialised until the transaction ends."""
    advisory_lock(connection, CHAIN_LOCK)
    last = connection.execute(select(events.c.seq, events.c.hash).order_by(events.c.seq.desc()).limit(1)).first()
    seq, previous = (last.seq + 1, last.hash) if last else (1, GENESIS)
    event = link(seq, str(uuid4()), now, draft, previous)
    connection.execute(
        insert(events).values(
            seq=event.seq,
            event_id=event.event_id,
            occurred_at=event.occurred_at,
            action=str(draft.action),
            object_type=draft.object_type,
            object_id=draft.object_id[:100],
            actor=draft.actor.id[:100],
            body=codec.dump(draft),
            prev_hash=event.prev_hash,
            hash=event.hash,
        )
    )
    return event


def read(
    connection: Connection, after: int = 0, object_id: str | None = None, limit: int | None = None
) -> Iterator[AuditEvent]:
    """Events in order, streamed."""
    query = select(events).where(events.c.seq > after).order_by(events.c.seq)
    if object_id is not None:
        query = query.where(events.c.object_id == object_id)
    if limit is not None:
        query = query.limit(limit)
    for row in connection.execution_options(yield_per=1000).execute(query):
        yield AuditEvent(
            row.seq, row.event_id, row.occurred_at, codec.load(EventDraft, row.body), row.prev_hash, row.hash
        )


def due(connection: Connection, now: datetime) -> bool:
    """Whether a checkpoint is due: 1,000 events or 15 minutes after the last one (H.2)."""
    last = connection.execute(
        select(checkpoints.c.seq, checkpoints.c.at).order_by(checkpoints.c.seq.desc()).limit(1)
    ).first()
    newest = connection.execute(select(func.max(events.c.seq))).scalar() or 0
    if newest == 0 or (last and newest == last.seq):
        return False
    return last is None or newest - last.seq >= EVERY_EVENTS or (now - last.at).total_seconds() >= EVERY_SECONDS


def seal(connection: Connection, now: datetime, signer: Signer) -> Checkpoint | None:
    """Sign the chain's end; the caller appends it to the second store after the commit."""
    advisory_lock(connection, CHAIN_LOCK)
    before = connection.execute(select(func.max(checkpoints.c.seq))).scalar() or 0
    rows = connection.execute(
        select(events.c.seq, events.c.hash).where(events.c.seq > before).order_by(events.c.seq)
    ).all()
    if not rows:
        return None
    last = rows[-1]
    draft = Checkpoint(last.seq, last.hash, last.seq, merkle_root(r.hash for r in rows), now.isoformat())
    signed = signer.sign(draft)
    connection.execute(insert(checkpoints).values(seq=signed.seq, at=now, body=codec.dump(signed)))
    return signed


def verify_log(connection: Connection, signer: Signer, outside: CheckpointFile) -> Verdict:
    """Chain, gaps, and every checkpoint inside and outside the database; names the first bad record."""
    verdict = verify(read(connection))
    if not verdict.intact:
        return verdict
    hashes: dict[int, str] = {row.seq: row.hash for row in connection.execute(select(events.c.seq, events.c.hash))}
    sealed = [
        codec.load(Checkpoint, row.body) for row in connection.execute(select(checkpoints).order_by(checkpoints.c.seq))
    ]
    kept = outside.read()
    previous = 0
    for checkpoint in kept:
        problem = _problem(checkpoint, previous, hashes, signer)
        if problem:
            return Verdict(False, verdict.count, len(kept), checkpoint.seq, problem)
        previous = checkpoint.seq
    missing = {asdict(c)["seq"] for c in sealed} - {c.seq for c in kept}
    if missing:
        return Verdict(False, verdict.count, len(kept), min(missing), "its checkpoint is missing from the second store")
    return Verdict(True, verdict.count, len(kept))


def _problem(checkpoint: Checkpoint, previous: int, hashes: dict[int, str], signer: Signer) -> str:
    if not signer.fits(checkpoint):
        return "the checkpoint's signature is not ours"
    if checkpoint.seq not in hashes:
        return "the chain ends before a signed checkpoint: its tail was cut off"
    if hashes[checkpoint.seq] != checkpoint.hash:
        return "the chain differs from a signed checkpoint: it was rewritten"
    covered = [hashes.get(seq, GENESIS) for seq in range(previous + 1, checkpoint.seq + 1)]
    return (
        "" if merkle_root(covered) == checkpoint.merkle_root else "the records before a signed checkpoint were replaced"
    )
