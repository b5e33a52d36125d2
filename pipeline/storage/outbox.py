"""Leased dispatch of outbox rows (spec I.4): a lease that runs out is taken by the next dispatcher."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, or_, select, update

from pipeline.domain.records import OutboxMessage, Owed
from pipeline.storage import codec
from pipeline.storage.columns import clean
from pipeline.storage.engine import Database, retried
from pipeline.storage.tables import invoices, outbox

LONGEST_ERROR = 2000
CHUNK = 500
SET_ASIDE = "no longer due"


class StoredOutbox:
    """ports.Outbox. A message without a further try (`retry_at` None) becomes a dead letter and stays visible."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database, self._now = database, now

    def lease(self, topics: Sequence[str], limit: int, seconds: int) -> Sequence[OutboxMessage]:
        """Due messages in order of writing, ours alone for `seconds`. `attempts` counts this one.

        Per supplier in order (I.4): only the oldest one owed is handed out, and none while that one is being delivered or
        waits for its next try. A dead letter blocks nobody (I.5).
        """
        now = self._now()
        with self._database.writing() as connection:
            heads = _heads(connection, topics, now)[:limit]
            free = or_(outbox.c.leased_until.is_(None), outbox.c.leased_until <= now)
            query = select(outbox).where(outbox.c.id.in_(heads), outbox.c.done_at.is_(None), free).order_by(outbox.c.id)
            rows = connection.execute(query.with_for_update(skip_locked=True)).all()
            taken = {"leased_until": now + timedelta(seconds=seconds), "attempts": outbox.c.attempts + 1}
            connection.execute(update(outbox).where(outbox.c.id.in_([row.id for row in rows])).values(**taken))
            connection.commit()
        return [_message(r, r.attempts + 1) for r in rows]

    def done(self, message_id: int) -> None:
        self._set(message_id, done_at=self._now(), leased_until=None, error=None)

    def set_aside(self, message_id: int) -> None:
        """Not owed any more, and nothing was done: the same effect may be owed again later."""
        self._set(message_id, done_at=self._now(), leased_until=None, error=SET_ASIDE)

    def failed(self, message_id: int, error: str, retry_at: datetime | None) -> None:
        """Try again at `retry_at`; None: never by itself, a person looks at it (I.5 dead letter)."""
        text = clean(error)[:LONGEST_ERROR]
        self._set(message_id, error=text, due_at=retry_at, leased_until=None, dead=retry_at is None)

    def owed(self, topics: Sequence[str]) -> Sequence[Owed]:
        """Everything not done yet, dead letters too, in order of writing."""
        query = select(outbox).where(outbox.c.topic.in_(list(topics)), outbox.c.done_at.is_(None)).order_by(outbox.c.id)
        with self._database.reading() as connection:
            return [
                Owed(_message(r, r.attempts), r.dead, r.due_at, r.leased_until, r.error or "")
                for r in connection.execute(query)
            ]

    def dead_letters(self) -> Sequence[tuple[OutboxMessage, str]]:
        """What gave up, with the last error."""
        query = select(outbox).where(outbox.c.dead.is_(True), outbox.c.done_at.is_(None)).order_by(outbox.c.id)
        with self._database.reading() as connection:
            return [(_message(r, r.attempts), r.error or "") for r in connection.execute(query)]

    def replay(self, message_id: int) -> None:
        """Owed again, after its cause was fixed (I.5); one that somebody delivers just now is left alone."""
        free = or_(outbox.c.leased_until.is_(None), outbox.c.leased_until <= self._now())
        self._set(message_id, free, dead=False, due_at=None, leased_until=None, attempts=0)

    def _set(self, message_id: int, *where: ColumnElement[bool], **values: object) -> None:
        """A message that is done stays done, whoever reports late."""
        open_one = (outbox.c.id == message_id) & outbox.c.done_at.is_(None)

        def attempt() -> None:
            with self._database.writing() as connection:
                connection.execute(update(outbox).where(open_one, *where).values(**values))
                connection.commit()

        retried(attempt)


def _message(row: Any, attempts: int) -> OutboxMessage:
    return OutboxMessage(row.id, row.topic, row.key, codec.load(dict, row.payload), attempts, row.created_at)


def _heads(connection: Connection, topics: Sequence[str], now: datetime) -> list[int]:
    """The oldest message owed of each supplier, where it is due and nobody has it; messages without one stand alone."""
    alive = (outbox.c.topic.in_(list(topics)), outbox.c.done_at.is_(None), outbox.c.dead.is_(False))
    rows = connection.execute(select(outbox).where(*alive).order_by(outbox.c.id)).all()
    invoice = {row.id: codec.load(dict, row.payload).get("invoice_id") for row in rows}
    lanes = _suppliers(connection, sorted({str(found) for found in invoice.values() if found}))
    seen: set[tuple[str, str]] = set()
    heads = []
    for row in rows:
        supplier = lanes.get(str(invoice[row.id]))
        lane = (row.topic, supplier or f"message {row.id}")
        if lane in seen:
            continue
        seen.add(lane)
        if (row.leased_until is None or row.leased_until <= now) and (row.due_at is None or row.due_at <= now):
            heads.append(row.id)
    return heads


def _suppliers(connection: Connection, ids: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for start in range(0, len(ids), CHUNK):
        query = select(invoices.c.id, invoices.c.supplier_id).where(invoices.c.id.in_(ids[start : start + CHUNK]))
        found.update({row.id: row.supplier_id for row in connection.execute(query) if row.supplier_id})
    return found
