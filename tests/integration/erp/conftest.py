"""One Tryton per test module, from the seeded template; and a desk over a small ERP service whose wire can be cut."""

import random
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from fixtures.tryton.server import TrytonAbsent, TrytonServer, serve
from pipeline.export.rest import RestGateway
from tests.contract.erp.worlds import RestWorld, pause
from tests.fakes.faults import FaultyTransport
from tests.integration.erp.desk import Desk
from tests.integration.erp.support import TODAY


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


@pytest.fixture
def world() -> Iterator[RestWorld]:
    found = RestWorld()
    yield found
    found.server.stop()


@pytest.fixture
def wire() -> FaultyTransport:
    return FaultyTransport(httpx.HTTPTransport(), random.Random(1))


@pytest.fixture
def desk(world: RestWorld, wire: FaultyTransport, tmp_path: Path) -> Desk:
    client = httpx.Client(base_url=world.server.url, transport=wire)
    return Desk(tmp_path, lambda hmac: RestGateway(client, hmac, pause=pause), TODAY)
