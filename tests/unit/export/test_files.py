"""Files in and out: bad rows are named, half-written files wait, a key is one voucher."""

import json
import os
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from pipeline.domain.erp import START, BadErpData, BusinessRefusal, ErpBusy, PostMismatch, VoucherState
from pipeline.export.files import FileGateway, put
from tests.contract.erp.worlds import FileWorld, fingerprint, voucher


@pytest.fixture
def world(tmp_path: Path) -> FileWorld:
    return FileWorld(tmp_path / "erp")


def write(world: FileWorld, name: str, text: str) -> None:
    (world.folder / "in" / f"{name}.csv").write_text(text)


HEAD = "number,supplier_id,status,currency,order_date\nP1,SUP-001,open,USD,2026-01-01\n"
LINES = "po_number,no,qty,uom,unit_price\nP1,1,2,BX,8.95\n"


@pytest.mark.parametrize(
    ("heads", "lines", "words"),
    [
        (HEAD, LINES.replace(",2,", ",two,"), "purchase_order_lines.csv line 2: qty"),
        (HEAD, LINES.replace("unit_price", "price"), "line 1: column unit_price is missing"),
        (HEAD, LINES + "P1,1,3,BX,8.95\n", "line 3: .* twice"),
        (HEAD, LINES + "P9,1,3,BX,8.95\n", "lines of P9, which has no head"),
        (HEAD + HEAD.splitlines()[1] + "\n", LINES, "P1 stands in the file twice"),
        (HEAD.replace("USD", "dollars"), LINES, "purchase_orders.csv line 2: currency"),
        (HEAD.replace(",open,", ",opened,"), LINES, "purchase_orders.csv line 2: status"),
        (HEAD, LINES + "P1,2,3\n", "line 3: more or fewer cells"),
        (HEAD, LINES.replace("8.95", "8,95"), "line 2: more or fewer cells"),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_taken(world: FileWorld, heads: str, lines: str, words: str) -> None:
    write(world, "purchase_orders", heads)
    write(world, "purchase_order_lines", lines)
    with pytest.raises(BadErpData, match=words):
        world.gateway.purchase_orders(START)


def test_a_stream_whose_files_are_missing_waits(tmp_path: Path) -> None:
    with pytest.raises(ErpBusy):
        FileGateway(tmp_path, fingerprint).receipts(START)


def test_the_age_of_the_data_is_the_age_of_the_file(world: FileWorld) -> None:
    world.order(1)
    for file in (world.folder / "in").iterdir():
        os.utime(file, (1_700_000_000, 1_700_000_000))
    assert world.gateway.purchase_orders(START).as_of.timestamp() == 1_700_000_000


def test_the_folder_itself_may_be_the_ledger(tmp_path: Path) -> None:
    gateway = FileGateway(tmp_path, fingerprint, ledger=True)
    status = gateway.post(voucher("P1", "2", "N1"), "post:1:x")
    assert (status.state, status.total) == (VoucherState.POSTED, Decimal("17.90"))
    assert gateway.post(voucher("P1", "2", "N1"), "post:1:x") == status


def test_keys_that_look_alike_in_a_file_name_stay_apart(world: FileWorld) -> None:
    world.gateway.post(voucher("P1", "2", "N1"), "a:b")
    world.gateway.post(voucher("P1", "3", "N2"), "a-b")
    assert len(list((world.folder / "out").glob("V-*.json"))) == 2
    with pytest.raises(BusinessRefusal):
        world.gateway.post(voucher("P1", "4", "N3"), "a:b")


def test_an_acknowledged_total_that_differs_is_a_mismatch(world: FileWorld) -> None:
    what = voucher("P1", "2", "N1")
    world.gateway.post(what, "k")
    ack = {"key": "k", "state": "posted", "voucher_no": "7", "total": "17.91"}
    (world.folder / "ack" / "1.json").write_text(json.dumps([ack]))
    with pytest.raises(PostMismatch) as caught:
        world.gateway.post(what, "k")
    assert (caught.value.ours, caught.value.theirs) == (Decimal("17.90"), Decimal("17.91"))


def test_acknowledgements_come_as_csv_too_and_the_last_one_counts(world: FileWorld) -> None:
    what = voucher("P1", "2", "N1")
    world.gateway.post(what, "k")
    for n, state in enumerate(("posted", "paid")):
        file = world.folder / "ack" / f"{9 - n}.csv"
        file.write_text(f"key,state,voucher_no,total,paid_on\nk,{state},7,17.90,2026-02-01\n")
        os.utime(file, ns=(n * 10**9, n * 10**9))
    status = world.gateway.status("k")
    assert status is not None
    assert (status.state, status.voucher_no) == (VoucherState.PAID, "7")


def test_an_attachment_cannot_leave_its_folder(world: FileWorld) -> None:
    what = voucher("P1", "2", "N1")
    evil = replace(what, attachments=(replace(what.attachments[0], name="../../../evil.pdf"),))
    world.gateway.post(evil, "k")
    assert not (world.folder.parent / "evil.pdf").exists()
    assert len(list((world.folder / "out").glob("*.files/evil.pdf"))) == 1


def test_a_file_is_put_whole_and_once(tmp_path: Path) -> None:
    assert put(tmp_path / "a" / "b", b"1", once=True)
    assert not put(tmp_path / "a" / "b", b"2", once=True)
    assert (tmp_path / "a" / "b").read_bytes() == b"1"
    assert [f.name for f in (tmp_path / "a").iterdir()] == ["b"]
