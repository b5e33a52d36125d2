"""Leased dispatch of outbox rows (spec I.4): a lease that runs out is taken by the next dispatcher."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Engine, or_, select, update

from pipeline.domain.records import OutboxMessage
from pipeline.storage import codec
from pipeline.storage.engine import writing
from pipeline.storage.tables import outbox


class StoredOutbox:
    """ports.Outbox. A message without a further try (`retry_at` None) becomes a dead letter and stays visible."""

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self._engine, self._now = engine, now

    def lease(self, topics: Sequence[str], limit: int, seconds: int) -> Sequence[OutboxMessage]:
        now = self._now()
        free = or_(outbox.c.leased_until.is_(None), outbox.c.leased_until < now)
        due = or_(outbox.c.due_at.is_(None), outbox.c.due_at <= now)
        waiting = (outbox.c.topic.in_(list(topics)), outbox.c.done_at.is_(None), outbox.c.dead.is_(False), free, due)
        query = select(outbox).where(*waiting).order_by(outbox.c.id).limit(limit).with_for_update(skip_locked=True)
        with writing(self._engine) as connection:
            rows = connection.execute(query).all()
            ids = [row.id for row in rows]
            taken = {"leased_until": now + timedelta(seconds=seconds), "attempts": outbox.c.attempts + 1}
            connection.execute(update(outbox).where(outbox.c.id.in_(ids)).values(**taken))
            connection.commit()
        return [
            OutboxMessage(r.id, r.topic, r.key, codec.load(dict, r.payload), r.attempts + 1, r.created_at) for r in rows
        ]

    def done(self, message_id: int) -> None:
        self._set(message_id, done_at=self._now(), leased_until=None, error=None)

    def failed(self, message_id: int, error: str, retry_at: datetime | None) -> None:
        self._set(message_id, error=error[:2000], due_at=retry_at, leased_until=None, dead=retry_at is None)

    def _set(self, message_id: int, **values: object) -> None:
        with writing(self._engine) as connection:
            connection.execute(update(outbox).where(outbox.c.id == message_id).values(**values))
            connection.commit()
