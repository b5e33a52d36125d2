"""People, passwords (argon2id) and server-side sessions (ASVS V7)."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import delete, insert, select, update

from pipeline.domain.errors import InvalidInput
from pipeline.domain.records import User
from pipeline.storage import codec
from pipeline.storage.columns import clean
from pipeline.storage.engine import Database
from pipeline.storage.tables import sessions, users

IDLE, ABSOLUTE = timedelta(minutes=15), timedelta(hours=12)
# Seen is written at most this often, so that a burst of page requests is not a burst of writes.
TOUCH = timedelta(seconds=30)
LONGEST_PASSWORD = 1024


class StoredAccounts:
    """ports.Accounts."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._hasher = PasswordHasher()

    @cached_property
    def _decoy(self) -> str:
        """Spent on unknown users too, so that an answer's time does not tell who exists."""
        return self._hasher.hash(secrets.token_hex(16))

    def users(self) -> Sequence[User]:
        with self._database.reading() as connection:
            return [codec.load(User, row.body) for row in connection.execute(select(users.c.body).order_by(users.c.id))]

    def user(self, user_id: str) -> User | None:
        with self._database.reading() as connection:
            body = connection.execute(select(users.c.body).where(users.c.id == clean(user_id))).scalar()
        return codec.load(User, body) if body else None

    def save_user(self, user: User, password: str | None = None) -> None:
        """A new password, or a person who is no longer active, ends that person's sessions. Raises InvalidInput."""
        values: dict[str, str] = {"id": user.id, "body": codec.dump(user)}
        if password is not None:
            if not 1 <= len(password) <= LONGEST_PASSWORD:
                raise InvalidInput(f"A password has 1 to {LONGEST_PASSWORD} characters.")
            values["password"] = self._hasher.hash(password)
        with self._database.writing() as connection:
            if connection.execute(update(users).where(users.c.id == user.id).values(**values)).rowcount == 0:
                connection.execute(insert(users).values(**values))
            if password is not None or not user.active:
                connection.execute(delete(sessions).where(sessions.c.user_id == user.id))
            connection.commit()

    def authenticate(self, user_id: str, password: str) -> User | None:
        """The person, when name and password fit and the person is active. Takes the same time for unknown names."""
        with self._database.reading() as connection:
            row = connection.execute(select(users).where(users.c.id == clean(user_id))).first()
        stored = row.password if row else None
        if not self._fits(stored or self._decoy, password) or row is None or not stored:
            return None
        user = codec.load(User, row.body)
        return user if user.active else None

    def _fits(self, stored: str, password: str) -> bool:
        try:
            return len(password) <= LONGEST_PASSWORD and self._hasher.verify(stored, password)
        except (Argon2Error, InvalidHashError, UnicodeEncodeError):
            return False

    def open_session(self, user_id: str, now: datetime, ip: str) -> str:
        token = secrets.token_urlsafe(32)
        row = {"token_hash": _hash(token), "user_id": user_id, "opened_at": now, "seen_at": now, "ip": clean(ip)[:64]}
        with self._database.writing() as connection:
            connection.execute(insert(sessions).values(**row))
            connection.execute(delete(sessions).where(sessions.c.opened_at < now - ABSOLUTE))
            connection.commit()
        return token

    def session_user(self, token: str, now: datetime) -> User | None:
        query = select(sessions, users.c.body).join(users, users.c.id == sessions.c.user_id)
        with self._database.reading() as connection:
            row = connection.execute(query.where(sessions.c.token_hash == _hash(token))).first()
        if row is None or now - row.seen_at > IDLE or now - row.opened_at > ABSOLUTE:
            return None
        user = codec.load(User, row.body)
        if not user.active:
            return None
        if now - row.seen_at > TOUCH:
            self._touch(row.token_hash, now)
        return user

    def close_session(self, token: str) -> None:
        with self._database.writing() as connection:
            connection.execute(delete(sessions).where(sessions.c.token_hash == _hash(token)))
            connection.commit()

    def _touch(self, token_hash: str, now: datetime) -> None:
        """Never makes a session younger: a closed one stays closed, and of two requests the later one counts."""
        mine = (sessions.c.token_hash == token_hash) & (sessions.c.seen_at < now)
        with self._database.writing() as connection:
            connection.execute(update(sessions).where(mine).values(seen_at=now))
            connection.commit()


def _hash(token: str) -> str:
    return sha256(token.encode("utf-8", "replace")).hexdigest()
