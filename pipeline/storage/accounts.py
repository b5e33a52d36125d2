"""People, passwords (argon2id) and server-side sessions."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error
from sqlalchemy import Engine, delete, insert, select, update

from pipeline.domain.records import User
from pipeline.storage import codec
from pipeline.storage.engine import writing
from pipeline.storage.tables import sessions, users

IDLE, ABSOLUTE = timedelta(minutes=15), timedelta(hours=12)
# Seen is written at most this often, so that a burst of page requests is not a burst of writes.
TOUCH = timedelta(seconds=30)


class StoredAccounts:
    """ports.Accounts."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._hasher = PasswordHasher()
        # Spent on unknown users too, so that an answer's time does not tell who exists.
        self._decoy = self._hasher.hash(secrets.token_hex(16))

    def users(self) -> Sequence[User]:
        with self._engine.connect() as connection:
            return [codec.load(User, row.body) for row in connection.execute(select(users.c.body).order_by(users.c.id))]

    def user(self, user_id: str) -> User | None:
        with self._engine.connect() as connection:
            body = connection.execute(select(users.c.body).where(users.c.id == user_id)).scalar()
        return codec.load(User, body) if body else None

    def save_user(self, user: User, password: str | None = None) -> None:
        values: dict[str, str] = {"id": user.id, "body": codec.dump(user)}
        if password is not None:
            values["password"] = self._hasher.hash(password)
        with writing(self._engine) as connection:
            if connection.execute(update(users).where(users.c.id == user.id).values(**values)).rowcount == 0:
                connection.execute(insert(users).values(**values))
            if not user.active:
                connection.execute(delete(sessions).where(sessions.c.user_id == user.id))
            connection.commit()

    def authenticate(self, user_id: str, password: str) -> User | None:
        with self._engine.connect() as connection:
            row = connection.execute(select(users).where(users.c.id == user_id)).first()
        try:
            self._hasher.verify(row.password if row and row.password else self._decoy, password)
        except Argon2Error:
            return None
        if row is None or not row.password:
            return None
        user = codec.load(User, row.body)
        return user if user.active else None

    def open_session(self, user_id: str, now: datetime, ip: str) -> str:
        token = secrets.token_urlsafe(32)
        with writing(self._engine) as connection:
            row = {"token_hash": _hash(token), "user_id": user_id, "opened_at": now, "seen_at": now, "ip": ip[:64]}
            connection.execute(insert(sessions).values(**row))
            connection.execute(delete(sessions).where(sessions.c.opened_at < now - ABSOLUTE))
            connection.commit()
        return token

    def session_user(self, token: str, now: datetime) -> User | None:
        with self._engine.connect() as connection:
            row = connection.execute(select(sessions).where(sessions.c.token_hash == _hash(token))).first()
        if row is None or now - row.seen_at > IDLE or now - row.opened_at > ABSOLUTE:
            return None
        user = self.user(row.user_id)
        if user is None or not user.active:
            return None
        if now - row.seen_at > TOUCH:
            with writing(self._engine) as connection:
                connection.execute(update(sessions).where(sessions.c.token_hash == row.token_hash).values(seen_at=now))
                connection.commit()
        return user

    def close_session(self, token: str) -> None:
        with writing(self._engine) as connection:
            connection.execute(delete(sessions).where(sessions.c.token_hash == _hash(token)))
            connection.commit()


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
