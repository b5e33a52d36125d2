"""PostgreSQL for the tests that need it: one server a run, one fresh database a test."""

from collections.abc import Callable, Iterator
from itertools import count

import psycopg
import pytest

from tests.integration.postgres import binaries, server

_NUMBERS = count(1)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL of a running server; skipped only where no PostgreSQL is installed."""
    if binaries() is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    with server() as url:
        yield url


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[Callable[[], str]]:
    """Makes empty databases; all are dropped afterwards."""
    made: list[str] = []

    def make() -> str:
        name = f"test_{next(_NUMBERS)}"
        _execute(postgres_server, f"CREATE DATABASE {name}")
        made.append(name)
        return f"{postgres_server}/{name}"

    yield make
    for name in made:
        _execute(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


def _execute(url: str, statement: str) -> None:
    with psycopg.connect(f"{url}/postgres", autocommit=True) as connection:
        connection.execute(statement)
