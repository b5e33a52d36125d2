"""The schema: from empty on both databases, by several openers at once, and equal to what the program expects."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from pipeline.domain.errors import StorageFailed
from pipeline.storage.engine import open_database
from pipeline.storage.migrate import upgrade
from pipeline.storage.store import Store, open_store
from pipeline.storage.tables import metadata


def _differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection), metadata))


def test_migrating_from_empty_gives_the_tables_of_the_program(store: Store) -> None:
    with store.engine.connect() as connection:
        assert _differences(connection) == []


def test_opening_again_changes_nothing(store: Store, open_store: Callable[[], Store]) -> None:
    store.blobs.put(b"x")
    again = open_store()
    assert again.queries.status_rows() is not None
    with again.engine.connect() as connection:
        assert _differences(connection) == []


def test_many_openers_of_an_empty_database_agree(url: str, tmp_path: Path) -> None:
    def opening(_: int) -> None:
        database = open_database(url)
        upgrade(database)
        database.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(opening, range(4)))
    store = open_store(url, tmp_path / "home")
    with store.engine.connect() as connection:
        assert _differences(connection) == []
    store.close()


def test_a_newer_schema_is_refused(store: Store) -> None:
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StorageFailed, match="newer than this program"):
        upgrade(store.database)


def test_a_wrong_address_is_one_plain_sentence(tmp_path: Path) -> None:
    for url in ("nonsense", "postgresql://apdesk:secret@127.0.0.1:1/none", f"sqlite:///{tmp_path}/file/x/../"):
        (tmp_path / "file").touch()
        with pytest.raises(StorageFailed) as caught:
            open_store(url, tmp_path / "home")
        assert "secret" not in str(caught.value)
        assert "APDESK_DATABASE_URL" in str(caught.value)


def test_sqlite_is_durable_and_in_wal_mode(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/a.sqlite", tmp_path)
    with store.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    store.close()


def test_many_connections_turn_on_write_ahead_together(tmp_path: Path) -> None:
    """SQLite says "locked" without waiting when two connections change a new file's journal at once."""

    def opening(address: str) -> None:
        open_database(address).close()

    for turn in range(30):
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(opening, [f"sqlite:///{tmp_path}/{turn}.sqlite"] * 8))


def test_sqlite_learns_how_much_it_holds_when_it_closes(tmp_path: Path) -> None:
    """Without the counts its planner opens wide rows where a narrow index has the answer."""
    database = open_database(f"sqlite:///{tmp_path}/grown.sqlite")
    upgrade(database)
    with database.writing() as connection:
        rows = [{"n": f"{n}"} for n in range(1500)]
        columns = (
            "id, document_id, sequence, version, state, kind, channel, source_name, received_on, run_no, human_touches"
        )
        values = ":n, :n, 1, 0, 'RECEIVED', 'invoice', 'email', '', '2026-01-01', 0, 0"
        connection.execute(text(f"INSERT INTO invoices ({columns}, search, body) VALUES ({values}, '', '')"), rows)
        connection.commit()
    database.close()
    again = open_database(f"sqlite:///{tmp_path}/grown.sqlite")
    with again.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM sqlite_stat1 WHERE tbl = 'invoices'")).scalar_one() > 0
    again.close()
