"""Every test here runs on both databases."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.storage.store import Store
from pipeline.storage.store import open_store as open_at
from tests.integration.storage.world import Ticking


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/store.sqlite"
    made: str = request.getfixturevalue("postgres_url")()
    return made


@pytest.fixture
def clock() -> Ticking:
    return Ticking()


@pytest.fixture
def open_store(url: str, tmp_path: Path, clock: Ticking) -> Iterator[Callable[[], Store]]:
    """Opens the same database again, as another process would."""
    opened: list[Store] = []

    def open_one() -> Store:
        opened.append(open_at(url, tmp_path / "home", clock))
        return opened[-1]

    yield open_one
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: Callable[[], Store]) -> Store:
    return open_store()
