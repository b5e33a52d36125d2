"""Goods billed when they are used: from the usage record in the ERP to the posted voucher, over each adapter that tells it.

Tryton's purchasing keeps no usage.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from pipeline.process.dispatch import dispatch_outbox
from tests.contract.erp.worlds import FileWorld, RestWorld, SftpWorld
from tests.fakes.sftp_server import sftp_server
from tests.integration.erp.desk import Desk, gloves
from tests.integration.erp.support import TODAY


@pytest.fixture(params=["files", "sftp", "rest"])
def erp(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FileWorld | RestWorld]:
    if request.param == "files":
        yield FileWorld(tmp_path / "erp")
    elif request.param == "sftp":
        with sftp_server(tmp_path / "server") as server:
            yield SftpWorld(server, tmp_path / "mirror")
    else:
        world = RestWorld()
        yield world
        world.server.stop()


def test_usage_wakes_an_invoice_that_waits_for_it_and_more_than_was_used_is_held(
    erp: FileWorld | RestWorld, tmp_path: Path
) -> None:
    desk = Desk(tmp_path / "desk", lambda _: erp.gateway, TODAY)
    order = erp.bill_only(10)
    desk.sync()
    fields, lines = gloves(order, "BO-1", "6", "8.95", TODAY)
    fields["supplier_tax_id"] = ""
    first = desk.receive(fields, lines, TODAY)
    assert "BO_USAGE_MISSING" in desk.holds(first)
    erp.use(order, 6, "CASE-1")
    report, woken = desk.sync()
    assert (order, "receipt_event") in report.touched
    assert woken == [first]
    assert desk.record(first).state == "AUTO_APPROVED", desk.holds(first)
    dispatch_outbox(desk.app)
    erp.process()
    desk.clock.skew += timedelta(hours=2)
    dispatch_outbox(desk.app)
    assert desk.record(first).state == "POSTED"
    fields, (line,) = gloves(order, "BO-2", "1", "8.95", TODAY)
    fields["supplier_tax_id"] = ""
    second = desk.receive(fields, [replace(line, quantity=Decimal(1))], TODAY)
    assert "BO_QTY_OVER_USED" in desk.holds(second)
    assert desk.sync()[0].touched == ()
