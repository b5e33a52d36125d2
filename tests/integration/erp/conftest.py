"""One Tryton per test module, from the seeded template."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures.tryton.server import TrytonAbsent, TrytonServer, serve


@pytest.fixture(scope="module")
def tryton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrytonServer]:
    folder: Path = tmp_path_factory.mktemp("tryton")
    try:
        server = serve(folder)
    except TrytonAbsent as problem:
        pytest.skip(str(problem))
    try:
        yield server
    finally:
        server.stop()
