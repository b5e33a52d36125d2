"""Which messages of which mailbox are ours already (intake.mailbox.MailMemory)."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from pipeline.storage.columns import key as index_key
from pipeline.storage.engine import Database
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
    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database, self._now = database, now

    def taken(self, key: MessageKey) -> bool:
        with self._database.reading() as connection:
            query = select(mail_taken.c.key).where(mail_taken.c.key == _text(key))
            return connection.execute(query).first() is not None

    def take(self, key: MessageKey) -> None:
        insert_row = sqlite.insert if self._database.is_sqlite else postgresql.insert
        row = insert_row(mail_taken).values(key=_text(key), at=self._now())
        with self._database.writing() as connection:
            connection.execute(row.on_conflict_do_nothing(index_elements=["key"]))
            connection.commit()


def _text(message: MessageKey) -> str:
    parts = (message.mailbox, message.folder, str(message.uid_validity), str(message.uid))
    return index_key("/".join(parts)) or ""
