"""One Tryton per test module, from the seeded template."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.erp.tryton_server import TrytonServer, serve


@pytest.fixture(scope="module")
def tryton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrytonServer]:
    folder: Path = tmp_path_factory.mktemp("tryton")
    server = serve(folder)
    try:
        yield server
    finally:
        server.stop()
