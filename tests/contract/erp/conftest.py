"""The suite runs over every adapter; Tryton is the real one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.erp.worlds import FileWorld, RestWorld, SftpWorld, TrytonWorld, World
from tests.fakes.sftp_server import sftp_server
from tests.integration.erp.conftest import tryton

__all__ = ["erp", "tryton"]


@pytest.fixture(params=["files", "sftp", "rest", "tryton"])
def erp(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    if request.param == "files":
        yield FileWorld(tmp_path / "erp")
    elif request.param == "sftp":
        with sftp_server(tmp_path / "server") as server:
            yield SftpWorld(server, tmp_path / "mirror")
    elif request.param == "rest":
        world = RestWorld()
        yield world
        world.server.stop()
    else:
        yield TrytonWorld(request.getfixturevalue("tryton"))
