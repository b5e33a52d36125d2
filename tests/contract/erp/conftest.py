"""The suite runs over every adapter; Tryton is the real one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.erp.worlds import FileWorld, RestWorld, TrytonWorld, World
from tests.integration.erp.conftest import tryton

__all__ = ["erp", "tryton"]


@pytest.fixture(params=["files", "rest", "tryton"])
def erp(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    if request.param == "files":
        yield FileWorld(tmp_path / "erp")
    elif request.param == "rest":
        world = RestWorld()
        yield world
        world.server.stop()
    else:
        yield TrytonWorld(request.getfixturevalue("tryton"))
