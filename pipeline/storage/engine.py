"""The database: SQLite in WAL mode with one writer, or PostgreSQL, chosen by one URL."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError, OperationalError, SQLAlchemyError

from pipeline.domain.errors import StorageFailed

T = TypeVar("T")
BUSY_SECONDS = 20
BEGIN_TRIES = 3
WAL_PAUSE_SECONDS = 0.02
WORTH_COUNTING = 1000  # rows below which any plan is quick
REST_SECONDS = 1.0
POOL = {"pool_size": 8, "max_overflow": 24, "pool_timeout": 60}


class Database:
    """An engine with our settings and, for SQLite, the queue of writers of this process."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._writer = threading.Lock()
        self._holder: int | None = None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one snapshot per statement (PostgreSQL) or per call (SQLite)."""
        with _translated(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection inside a write transaction; rolled back unless committed. Raises StorageFailed.

        Writers of this process queue up here on SQLite instead of fighting over the file's lock.
        """
        with _translated(), self._queued(), self.engine.connect() as connection:
            connection.info["writer"] = True
            with connection.begin() as transaction:
                yield connection
                if transaction.is_active:
                    transaction.rollback()

    @contextmanager
    def _queued(self) -> Iterator[None]:
        if not self.is_sqlite:
            yield
            return
        if self._holder == threading.get_ident():
            raise StorageFailed("A transaction was begun inside another one.")
        with self._writer:
            self._holder = threading.get_ident()
            try:
                yield
            finally:
                self._holder = None

    def close(self) -> None:
        if self.is_sqlite:
            _learn_sizes(self.engine)
        self.engine.dispose()


def open_database(url: str) -> Database:
    """The database behind a URL. Raises StorageFailed when it cannot be used; the password is never in the message."""
    try:
        parsed = _with_driver(make_url(url))
    except ArgumentError as problem:
        raise StorageFailed("The database's address is none.", "Check APDESK_DATABASE_URL.") from problem
    try:
        if parsed.get_backend_name() == "sqlite":
            _make_folder(parsed)
            engine = create_engine(
                parsed, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False}, **_pool(parsed)
            )
            _prepare_sqlite(engine)
        else:
            engine = create_engine(parsed, **POOL)
            _ask_after_a_rest(engine)
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except (SQLAlchemyError, ValueError, ImportError, OSError) as problem:
        shown = parsed.render_as_string(hide_password=True)
        reason = problem.orig if isinstance(problem, DBAPIError) else problem
        raise StorageFailed(f"{shown} cannot be opened: {reason}.", "Check APDESK_DATABASE_URL.") from problem
    return Database(engine)


def _with_driver(url: URL) -> URL:
    return url.set(drivername="postgresql+psycopg") if url.drivername in ("postgresql", "postgres") else url


def _pool(url: URL) -> dict[str, Any]:
    return {} if url.database in (None, "", ":memory:") else POOL


def _make_folder(url: URL) -> None:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)


def _prepare_sqlite(engine: Engine) -> None:
    """WAL with full syncing; and no BEGIN by the driver: we say IMMEDIATE for writers ourselves."""

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
        _write_ahead(cursor)
        for setting in ("synchronous=FULL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {setting}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if not connection.info.pop("writer", False):
            connection.exec_driver_sql("BEGIN")
            return
        # The busy handler is not fair: under other processes' load a writer can starve, so it asks again.
        for attempt in range(BEGIN_TRIES):
            try:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            except OperationalError as problem:
                if "locked" not in str(problem.orig) or attempt == BEGIN_TRIES - 1:
                    raise
            else:
                return


def _learn_sizes(engine: Engine) -> None:
    """Let SQLite count its rows when they have doubled, so that it picks narrow indexes (PostgreSQL does it by itself).
    It never waits for a writer: then the next one to close does it."""
    with suppress(SQLAlchemyError), engine.connect() as connection:
        ask = connection.exec_driver_sql
        ask("PRAGMA busy_timeout=0")
        rows = ask("SELECT max(rowid) FROM invoices").scalar() or 0
        counted = 0
        if ask("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'").scalar():
            stat = ask("SELECT stat FROM sqlite_stat1 WHERE tbl = 'invoices' LIMIT 1").scalar()
            counted = int(stat.split()[0]) if stat else 0
        if rows > max(2 * counted, WORTH_COUNTING):
            ask("PRAGMA analysis_limit=400")
            ask("ANALYZE")
            connection.commit()


def _ask_after_a_rest(engine: Engine) -> None:
    """A connection that has rested is asked whether its server is still there; one in constant use is not, because the
    question costs as much as a statement. A dead one is replaced unseen."""

    @event.listens_for(engine, "checkin")
    def _rest(_connection: Any, record: Any) -> None:
        record.info["rested"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _ask(connection: Any, record: Any, _proxy: Any) -> None:
        if time.monotonic() - record.info.get("rested", time.monotonic()) < REST_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except Exception as problem:
            raise DisconnectionError("the server went away") from problem


def _write_ahead(cursor: Any) -> None:
    """Turn WAL on. SQLite answers "locked" at once, without its busy handler, when others turn it on together."""
    give_up = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as problem:
            if "locked" not in str(problem) or time.monotonic() > give_up:
                raise
            time.sleep(WAL_PAUSE_SECONDS)
        else:
            return


@contextmanager
def _translated() -> Iterator[None]:
    """Driver errors as ours; the statement and its values stay out of the message."""
    try:
        yield
    except DBAPIError as problem:
        reason = str(problem.orig).splitlines()[0] if problem.orig else "unknown"
        raise StorageFailed(f"The database refused: {reason}.", "It is tried again.") from problem
    except SQLAlchemyError as problem:
        raise StorageFailed(f"The database failed: {type(problem).__name__}.", "It is tried again.") from problem


def retried(action: Callable[[], T], tries: int = 5) -> T:
    """Run `action` again when the database was locked or a transaction lost a race."""
    for attempt in range(tries):
        try:
            return action()
        except StorageFailed:
            if attempt == tries - 1:
                raise
            time.sleep(0.05 * 2**attempt)
    raise AssertionError("unreachable")


def advisory_lock(connection: Connection, number: int) -> None:
    """Serialise on PostgreSQL until the transaction ends; on SQLite there is one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})
