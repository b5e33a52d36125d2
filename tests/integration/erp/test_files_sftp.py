"""Vouchers handed over by SFTP: a crash at any step, a server that goes away, an ERP that takes its files at once (I.4)."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import asyncssh
import pytest

from pipeline.domain.erp import (
    START,
    BusinessRefusal,
    ErpBusy,
    ErpMisconfigured,
    OutcomeUnknown,
    VoucherState,
)
from pipeline.export import files_sftp
from pipeline.export.connectors import load_erp, open_gateway
from tests.contract.erp.worlds import SUPPLIER, SftpWorld, fingerprint, post, voucher
from tests.fakes.sftp_server import sftp_server

KEY = "post:i-1:abc"


@pytest.fixture
def erp(tmp_path: Path) -> Iterator[SftpWorld]:
    with sftp_server(tmp_path / "server") as server:
        yield SftpWorld(server, tmp_path / "mirror")


def sent(erp: SftpWorld) -> list[str]:
    return sorted(file.name for file in (erp.folder / "out").iterdir() if file.suffix == ".json")


STEPS = ("makedirs", "open", "exists", "rename")


@pytest.mark.parametrize("step", range(15))
def test_dying_at_any_step_hands_over_once(erp: SftpWorld, monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """The nth call to the server is the last one; the next try goes on from there, and the ERP books one voucher."""
    calls = [0]

    def deadly(name: str) -> None:
        real = getattr(asyncssh.SFTPClient, name)

        def call(self: asyncssh.SFTPClient, *args: object, **named: object) -> object:
            calls[0] += 1
            if calls[0] == step + 1:
                raise ConnectionResetError("gone")
            return real(self, *args, **named)

        monkeypatch.setattr(asyncssh.SFTPClient, name, call)

    what = voucher(erp.order(10), "4", "INV-1")
    with monkeypatch.context():
        for name in STEPS:
            deadly(name)
        with suppress(ErpBusy, OutcomeUnknown):
            erp.gateway.post(what, KEY)
    monkeypatch.undo()
    assert post(erp, what, KEY).state is VoucherState.POSTED
    assert erp.gateway.post(what, KEY).state is VoucherState.POSTED
    assert len(sent(erp)) == 1
    assert len(erp.documents(KEY)) == 1


def test_an_erp_that_takes_the_file_away_before_it_answers_gets_it_once(
    erp: SftpWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    what = voucher(erp.order(10), "4", "INV-2")

    def lost(*_: object) -> None:
        raise ConnectionResetError("after the rename")

    real = asyncssh.SFTPClient.rename
    final = []

    async def rename(self: asyncssh.SFTPClient, old: str, new: str, **named: object) -> None:
        await real(self, old, new)
        if new.endswith(".json"):
            final.append(new)
            lost()

    monkeypatch.setattr(asyncssh.SFTPClient, "rename", rename)
    with pytest.raises(OutcomeUnknown):
        erp.gateway.post(what, KEY)
    assert len(final) == 1
    monkeypatch.undo()
    taken = [file.rename(erp.folder / file.name) for file in (erp.folder / "out").glob("V-*.json")]
    assert erp.gateway.post(what, KEY).state is VoucherState.PENDING
    assert (sent(erp), len(taken)) == ([], 1)
    assert erp.open(erp.mirror).post(what, KEY).state is VoucherState.PENDING, "After a restart too."
    assert sent(erp) == []


def test_another_machine_compares_what_is_there(erp: SftpWorld, tmp_path: Path) -> None:
    what = voucher(erp.order(10), "4", "INV-3")
    post(erp, what, KEY)
    other = erp.open(tmp_path / "other")
    assert other.post(what, KEY).state is VoucherState.POSTED
    with pytest.raises(BusinessRefusal):
        erp.open(tmp_path / "third").post(replace(what, invoice_number="INV-4"), KEY)
    assert len(sent(erp)) == 1


def test_what_lies_in_the_mirror_alone_is_not_in_the_erp(erp: SftpWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    what = voucher(erp.order(10), "4", "INV-5")
    with monkeypatch.context() as away:
        away.setattr(files_sftp, "_hand_over", _refuse)
        with pytest.raises(ErpBusy):
            erp.gateway.post(what, KEY)
    assert erp.gateway.status(KEY) is None
    assert post(erp, what, KEY).state is VoucherState.POSTED


async def _refuse(*_: object) -> None:
    raise ConnectionRefusedError("no server")


def test_unfinished_files_are_left_alone_and_removed_ones_are_dropped(erp: SftpWorld) -> None:
    (erp.folder / "in" / "receipts.csv.part").write_text("id,po_number,date\nhalf")
    (erp.folder / "in" / "link.csv").symlink_to(erp.folder / "in" / "suppliers.csv")
    assert [s.id for s in erp.gateway.suppliers(START).rows] == [SUPPLIER]
    held = {file.name for file in (erp.mirror / "in").iterdir()}
    assert "suppliers.csv" in held
    assert not held & {"receipts.csv.part", "link.csv"}
    (erp.folder / "in" / "supplier_xrefs.csv").unlink()
    assert erp.gateway.supplier_xrefs() == ()


def test_a_wrong_password_is_a_matter_of_settings_and_a_dead_server_is_not(erp: SftpWorld, tmp_path: Path) -> None:
    file, secret = tmp_path / "erp.toml", tmp_path / "key"
    secret.write_text("secret\n")
    where = f'[sftp]\nhost = "127.0.0.1"\nport = {erp.server.port}\nuser = "pull"\nhost_key = "{erp.server.host_key}"\n'
    file.write_text(f'kind = "files"\nfolder = "{tmp_path / "copy"}"\nkey_file = "key"\n{where}')
    gateway = open_gateway(load_erp(file), fingerprint)
    assert [s.id for s in gateway.suppliers(START).rows] == [SUPPLIER]
    secret.write_text("wrong")
    with pytest.raises(ErpMisconfigured, match="refuses us"):
        open_gateway(load_erp(file), fingerprint).suppliers(START)
    file.write_text(file.read_text().replace(f"port = {erp.server.port}", "port = 1"))
    with pytest.raises(ErpBusy, match="not available"):
        open_gateway(load_erp(file), fingerprint).suppliers(START)
