"""Every test here runs on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.storage.store import Store, open_store
from tests.integration.storage.world import Ticking


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/store.sqlite"
    made: str = request.getfixturevalue("postgres_url")()
    return made


@pytest.fixture()
def clock() -> Ticking:
    return Ticking()


@pytest.fixture()
def store(url: str, tmp_path: Path, clock: Ticking) -> Iterator[Store]:
    opened = open_store(url, tmp_path / "home", clock)
    yield opened
    opened.close()
