"""The audit log in the database: append, seal with checkpoints, verify."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from pipeline.audit.chain import GENESIS, Broken, Intact, Verdict, canonical, merkle_root, parse, seal
from pipeline.audit.checkpoint import EVERY_EVENTS, EVERY_SECONDS, Checkpoint, CheckpointFile, Signer
from pipeline.domain.events import AuditEvent, EventDraft
from pipeline.storage import codec
from pipeline.storage.columns import clean, key
from pipeline.storage.engine import advisory_lock
from pipeline.storage.tables import checkpoints, events

CHAIN_LOCK = 0x61706465736B  # "apdesk"
Pending = tuple[str, datetime, EventDraft]
_LAST = select(events.c.seq, events.c.hash).order_by(events.c.seq.desc()).limit(1)
_LOCKED_LAST = f"SELECT pg_advisory_xact_lock({CHAIN_LOCK}); SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1"
_APPEND = insert(events)


def append(connection: Connection, pending: Sequence[Pending]) -> int:
    """Chain events at the end of the log and return the last sequence number.

    The writer is serialised from here to the end of the transaction, so call it last: then the chain's lock is always the
    innermost one and cannot be part of a deadlock.
    """
    seq, previous = _locked_end(connection)
    rows = []
    for event_id, moment, draft in pending:
        seq += 1
        rows.append(_row(seq, event_id, moment, draft, previous))
        previous = rows[-1]["hash"]
    connection.execute(_APPEND, rows)
    return seq


def _locked_end(connection: Connection) -> tuple[int, str]:
    """The chain's last number and hash, locked. On PostgreSQL both statements go in one message, each with a snapshot of
    its own, so that the second one sees what the writer before us has committed."""
    if connection.dialect.name != "postgresql":
        last = connection.execute(_LAST).first()
        return (last.seq, last.hash) if last else (0, GENESIS)
    # Without parameters the driver may send several statements at once.
    answers = connection.exec_driver_sql(_LOCKED_LAST, execution_options={"no_parameters": True}).cursor
    answers.nextset()
    row = answers.fetchone()
    answers.close()
    return (int(row[0]), str(row[1])) if row else (0, GENESIS)


def _row(seq: int, event_id: str, moment: datetime, draft: EventDraft, previous: str) -> dict[str, Any]:
    body = canonical(seq, event_id, moment, draft)
    mirror = _mirror(seq, event_id, moment, draft)
    return {**mirror, "body": body.decode(), "prev_hash": previous, "hash": seal(body, previous)}


def _mirror(seq: int, event_id: str, moment: datetime, draft: EventDraft) -> dict[str, Any]:
    return {
        "seq": seq,
        "event_id": event_id,
        "occurred_at": moment,
        "action": str(draft.action),
        "object_type": clean(draft.object_type),
        "object_id": key(draft.object_id) or "",
        "actor": clean(draft.actor.id),
    }


def read(
    connection: Connection, after: int = 0, object_id: str | None = None, limit: int | None = None
) -> Iterator[AuditEvent]:
    """Events in order, streamed."""
    for row in _rows(connection, after, object_id, limit):
        seq, event_id, moment, draft = parse(row.body)
        yield AuditEvent(seq, event_id, moment, draft, row.prev_hash, row.hash)


def of_actions(connection: Connection, actions: Sequence[str], since: datetime, limit: int) -> Iterator[AuditEvent]:
    """Events with one of these actions from `since` on, in order."""
    wanted = events.c.action.in_(list(actions)) & (events.c.occurred_at >= since)
    query = select(events).where(wanted).order_by(events.c.seq).limit(limit)
    for row in connection.execution_options(yield_per=1000).execute(query):
        seq, event_id, moment, draft = parse(row.body)
        yield AuditEvent(seq, event_id, moment, draft, row.prev_hash, row.hash)


def _rows(
    connection: Connection, after: int = 0, object_id: str | None = None, limit: int | None = None
) -> Iterator[Row[Any]]:
    query = select(events).where(events.c.seq > after).order_by(events.c.seq)
    if object_id is not None:
        query = query.where(events.c.object_id == key(object_id))
    if limit is not None:
        query = query.limit(limit)
    yield from connection.execution_options(yield_per=1000).execute(query)


def due(connection: Connection, now: datetime) -> bool:
    """Whether a checkpoint is due: 1,000 events or 15 minutes after the last one (H.2)."""
    last = connection.execute(
        select(checkpoints.c.seq, checkpoints.c.at).order_by(checkpoints.c.seq.desc()).limit(1)
    ).first()
    newest = connection.execute(select(func.max(events.c.seq))).scalar() or 0
    if newest == 0 or (last and newest == last.seq):
        return False
    return last is None or newest - last.seq >= EVERY_EVENTS or (now - last.at).total_seconds() >= EVERY_SECONDS


def checkpoint(connection: Connection, now: datetime, signer: Signer) -> Checkpoint | None:
    """Sign the chain's end and store that. None when there is nothing new."""
    advisory_lock(connection, CHAIN_LOCK)
    before = connection.execute(select(func.max(checkpoints.c.seq))).scalar() or 0
    query = select(events.c.seq, events.c.hash).where(events.c.seq > before).order_by(events.c.seq)
    rows = connection.execute(query).all()
    if not rows:
        return None
    root = merkle_root(row.hash for row in rows)
    signed = signer.sign(Checkpoint(rows[0].seq, rows[-1].seq, rows[-1].seq, rows[-1].hash, root, now.isoformat()))
    connection.execute(insert(checkpoints).values(seq=signed.seq, at=now, body=codec.dump(signed)))
    return signed


def verify_log(connection: Connection, signer: Signer, outside: CheckpointFile) -> Verdict:
    """Chain, gaps, mirrored columns, and every checkpoint inside and outside the database. Names the first bad record."""
    chain = _verify_chain(connection)
    try:
        kept = outside.read()
        inside = [codec.load(Checkpoint, r.body) for r in connection.execute(select(checkpoints.c.body))]
    except ValueError as problem:
        return Broken(1, f"{outside.path.name} was damaged ({problem})", chain.count)
    bad = [chain] if isinstance(chain, Broken) else []
    for each in sorted({*kept, *inside}, key=lambda c: (c.seq, c.at)):
        problem_at = _judge(connection, each, signer)
        if problem_at:
            bad.append(Broken(*problem_at, chain.count, len(kept)))
    lost = {c.seq for c in inside} - {c.seq for c in kept}
    if lost:
        bad.append(Broken(min(lost), f"its checkpoint is missing from {outside.path.name}", chain.count, len(kept)))
    if bad:
        return min(bad, key=lambda found: found.at)
    assert isinstance(chain, Intact)
    return Intact(chain.count, chain.last_hash, len(kept))


def _verify_chain(connection: Connection) -> Verdict:
    previous, count = GENESIS, 0
    for row in _rows(connection):
        expected = count + 1
        if row.seq != expected:
            return Broken(expected, "a record is missing", count)
        if row.prev_hash != previous:
            return Broken(expected, "it does not follow the record before", count)
        if seal(row.body.encode(), row.prev_hash) != row.hash or not _mirrors(row):
            return Broken(expected, "its content was changed", count)
        previous, count = row.hash, expected
    return Intact(count, previous)


def _mirrors(row: Row[Any]) -> bool:
    """Whether the searchable columns say what the sealed text says: otherwise a story could leave an event out."""
    try:
        seq, event_id, moment, draft = parse(row.body)
    except ValueError:
        return False
    said = _mirror(seq, event_id, moment, draft)
    return all(getattr(row, name) == value for name, value in said.items())


def _judge(connection: Connection, found: Checkpoint, signer: Signer) -> tuple[int, str] | None:
    """What a checkpoint says against the log: the first sequence number in doubt and why; None when they agree."""
    if not signer.fits(found):
        return found.seq, "a checkpoint's signature is not ours"
    query = select(events.c.seq, events.c.hash).where(events.c.seq.between(found.first, found.seq))
    hashes = [(row.seq, row.hash) for row in connection.execute(query.order_by(events.c.seq))]
    if not hashes or hashes[-1][0] != found.seq:
        at = hashes[-1][0] + 1 if hashes else _newest(connection) + 1
        return min(at, found.seq), "the log ends before a signed checkpoint: its tail was cut off"
    if hashes[-1][1] != found.hash or merkle_root(value for _, value in hashes) != found.merkle_root:
        return found.first, "the records up to a signed checkpoint were rewritten"
    return None


def _newest(connection: Connection) -> int:
    return int(connection.execute(select(func.max(events.c.seq))).scalar() or 0)
