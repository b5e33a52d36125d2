"""Leased dispatch of outbox rows (spec I.4): a lease that runs out is taken by the next dispatcher."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update

from pipeline.domain.records import OutboxMessage, Owed
from pipeline.storage import codec
from pipeline.storage.columns import clean
from pipeline.storage.engine import Database, retried
from pipeline.storage.tables import outbox

LONGEST_ERROR = 2000


class StoredOutbox:
    """ports.Outbox. A message without a further try (`retry_at` None) becomes a dead letter and stays visible."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database, self._now = database, now

    def lease(self, topics: Sequence[str], limit: int, seconds: int) -> Sequence[OutboxMessage]:
        """Due messages in order of writing, ours alone for `seconds`. `attempts` counts this one."""
        now = self._now()
        free = or_(outbox.c.leased_until.is_(None), outbox.c.leased_until <= now)
        due = or_(outbox.c.due_at.is_(None), outbox.c.due_at <= now)
        waiting = (outbox.c.topic.in_(list(topics)), outbox.c.done_at.is_(None), outbox.c.dead.is_(False), free, due)
        query = select(outbox).where(*waiting).order_by(outbox.c.id).limit(limit).with_for_update(skip_locked=True)
        with self._database.writing() as connection:
            rows = connection.execute(query).all()
            taken = {"leased_until": now + timedelta(seconds=seconds), "attempts": outbox.c.attempts + 1}
            connection.execute(update(outbox).where(outbox.c.id.in_([row.id for row in rows])).values(**taken))
            connection.commit()
        return [_message(r, r.attempts + 1) for r in rows]

    def done(self, message_id: int) -> None:
        self._set(message_id, done_at=self._now(), leased_until=None, error=None)

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
