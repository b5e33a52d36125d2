"""Which messages of which mailbox are ours already (intake.mailbox.MailMemory)."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from sqlalchemy import Engine, insert, select

from pipeline.storage.engine import writing
from pipeline.storage.tables import mail_taken


class MessageKey(Protocol):
    """What names a message on its server (RFC 3501: a UID is unique together with the folder's UIDVALIDITY)."""

    @property
    def mailbox(self) -> str: ...
    @property
    def folder(self) -> str: ...
    @property
    def uid_validity(self) -> int: ...
    @property
    def uid(self) -> int: ...


class StoredMailMemory:
    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self._engine, self._now = engine, now

    def taken(self, key: MessageKey) -> bool:
        with self._engine.connect() as connection:
            return (
                connection.execute(select(mail_taken.c.key).where(mail_taken.c.key == _text(key))).first() is not None
            )

    def take(self, key: MessageKey) -> None:
        if self.taken(key):
            return
        with writing(self._engine) as connection:
            connection.execute(insert(mail_taken).values(key=_text(key), at=self._now()))
            connection.commit()


def _text(key: MessageKey) -> str:
    return f"{key.mailbox}/{key.folder}/{key.uid_validity}/{key.uid}"[:300]
