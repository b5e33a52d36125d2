"""The database: SQLite in WAL mode with one writer, or PostgreSQL, chosen by one URL."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from pipeline.domain.errors import StorageFailed

T = TypeVar("T")
BUSY_SECONDS = 30


def open_engine(url: str) -> Engine:
    """An engine with our settings. Raises StorageFailed for a URL that cannot be used."""
    try:
        parsed = make_url(url)
        if parsed.drivername in ("postgresql", "postgres"):
            parsed = parsed.set(drivername="postgresql+psycopg")
        if parsed.get_backend_name() == "sqlite":
            engine = create_engine(parsed, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False})
            _prepare_sqlite(engine)
        else:
            engine = create_engine(parsed, pool_pre_ping=True, pool_size=5, max_overflow=15)
    except (DBAPIError, ValueError, ImportError) as problem:
        raise StorageFailed(f"The database cannot be opened: {problem}.", "Check APDESK_DATABASE_URL.") from problem
    return engine


def _prepare_sqlite(engine: Engine) -> None:
    """WAL with full syncing; and no BEGIN by the driver: we say IMMEDIATE for writers ourselves."""

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for setting in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={BUSY_SECONDS * 1000}",
        ):
            cursor.execute(f"PRAGMA {setting}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.info.pop("writer", False) else "BEGIN")


_WRITER = threading.Lock()


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A connection inside a write transaction. In SQLite writers of this process queue up here instead of fighting."""
    lock = _WRITER if engine.dialect.name == "sqlite" else None
    if lock:
        lock.acquire()
    try:
        with engine.connect() as connection:
            connection.info["writer"] = True
            with connection.begin() as transaction:
                yield connection
                if transaction.is_active:
                    transaction.rollback()
    except OperationalError as problem:
        raise StorageFailed(f"The database failed: {problem.orig}.", "It is tried again.") from problem
    finally:
        if lock:
            lock.release()


def retried(action: Callable[[], T], tries: int = 5) -> T:
    """Run `action` again when the database was locked or the transaction lost a race."""
    for attempt in range(tries):
        try:
            return action()
        except StorageFailed:
            if attempt == tries - 1:
                raise
            time.sleep(0.05 * 2**attempt)
    raise AssertionError("unreachable")


def advisory_lock(connection: Connection, key: int) -> None:
    """Serialise on PostgreSQL until the transaction ends; in SQLite there is one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})
