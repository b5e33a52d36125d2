"""The files connector over SFTP (spec I.2, I.3, I.7): the ERP's server holds in/, out/ and ack/, we keep a mirror of them.

in/ and ack/ are fetched before they are read: files that are whole and whose size and time have changed. A voucher is
written to the mirror first, then handed over in three steps that a crash can fall between at any point:

    1  upload V-KEY.json under an unfinished name, beside its files and its CSV
    2  note in the mirror that the hand-over has begun
    3  rename it on the server: never over a file that is there

When the note is there and the unfinished name is not, the rename was done, whether or not the ERP has taken the file away
since. So a voucher is never sent twice, even to an ERP that deletes what it has imported before it answers.
"""

import json
import os
import stat
import time
from collections.abc import Coroutine
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

import asyncssh

from pipeline.domain.erp import (
    Batch,
    Cursor,
    ErpBusy,
    ErpMisconfigured,
    OutcomeUnknown,
    Voucher,
    VoucherStatus,
)
from pipeline.export.files import FileGateway, put
from pipeline.export.mapping import Fingerprint
from pipeline.sftp import UNFINISHED, SftpServer, opened, waited

Found = TypeVar("Found")
FETCH_EVERY = 5.0
LARGEST = 500_000_000


class SftpFileGateway(FileGateway):
    """The ERP as three folders on an SFTP server; `mirror` is ours alone and is kept between runs."""

    def __init__(
        self, server: SftpServer, mirror: Path, fingerprint: Fingerprint, ledger: bool = False,
        fetch_every: float = FETCH_EVERY,
    ) -> None:  # fmt: skip
        super().__init__(mirror, fingerprint, ledger)
        self._server, self._every = server, fetch_every
        self._fetched: dict[str, float] = {}
        for folder in (self.inbox, self.outbox, self.acks):
            folder.mkdir(parents=True, exist_ok=True)

    def _read(self, names: Any, since: Cursor, read: Any) -> Batch[Any]:
        self._fetch(self.inbox)
        return super()._read(names, since, read)

    def contract_prices(self) -> Any:
        self._fetch(self.inbox)
        return super().contract_prices()

    def item_uoms(self) -> Any:
        self._fetch(self.inbox)
        return super().item_uoms()

    def accounts(self) -> Any:
        self._fetch(self.inbox)
        return super().accounts()

    def supplier_xrefs(self) -> Any:
        self._fetch(self.inbox)
        return super().supplier_xrefs()

    def vouchers(self, since: date) -> Any:
        self._fetch(self.inbox)
        self._fetch(self.acks)
        return super().vouchers(since)

    def status(self, key: str) -> VoucherStatus | None:
        """None while nothing was handed over: what lies in our mirror alone is not in the ERP."""
        path = self._path(key)
        if path.exists() and not _noted(path).exists():
            return None
        self._fetch(self.acks)
        return super().status(key)

    def _write(self, voucher: Voucher, key: str) -> None:
        path = self._path(key)
        if not path.exists():
            self._adopt(path)
        super()._write(voucher, key)
        if _sent(path).exists():
            return
        files = [path.with_suffix(".csv"), *sorted((self.outbox / f"{path.stem}.files").glob("*"))]
        self._run(_hand_over(self._server, self.outbox, path, files), begun=lambda: _noted(path).exists())

    def _adopt(self, path: Path) -> None:
        """A voucher that another machine of ours sent under this key is compared, never overwritten."""
        found = self._run(_look(self._server, f"{self.outbox.name}/{path.name}"))
        if found is not None:
            json.loads(found)
            put(path, found)
            put(_noted(path), b"")

    def _fetch(self, folder: Path) -> None:
        """Bring our copy of a folder up to date; not more often than every few seconds."""
        if time.monotonic() - self._fetched.get(folder.name, float("-inf")) < self._every:
            return
        self._run(_mirror(self._server, folder))
        self._fetched[folder.name] = time.monotonic()

    def _run(self, work: Coroutine[Any, Any, Found], begun: Any = lambda: False) -> Found:
        try:
            return waited(work)
        except (asyncssh.PermissionDenied, asyncssh.HostKeyNotVerifiable, asyncssh.SFTPPermissionDenied) as problem:
            raise ErpMisconfigured(
                f"SFTP server {self._server.name} refuses us: {problem}.", "Check user, key and host key."
            ) from problem
        except (OSError, asyncssh.Error, TimeoutError) as problem:
            words = f"SFTP server {self._server.name} is not available: {problem}."
            raise (OutcomeUnknown(words, "It is looked up.") if begun() else ErpBusy(words)) from problem


def _noted(path: Path) -> Path:
    return path.with_name(f".{path.name}.begun")


def _sent(path: Path) -> Path:
    return path.with_name(f".{path.name}.sent")


async def _hand_over(server: SftpServer, outbox: Path, path: Path, files: list[Path]) -> None:
    root = PurePosixPath(server.folder) / outbox.name
    target, draft = str(root / path.name), str(root / f".{path.name}.part")
    async with opened(server) as sftp:
        if not _noted(path).exists():
            await sftp.makedirs(str(root), exist_ok=True)
            for file in files:
                await _upload(sftp, file, str(root / file.relative_to(outbox)))
            await _upload(sftp, path, draft, whole=True)
            put(_noted(path), b"")
        if await sftp.exists(draft):
            if await sftp.exists(target):
                await sftp.remove(draft)  # Another machine of ours was faster with the same voucher.
            else:
                await sftp.rename(draft, target)
    put(_sent(path), b"")


async def _upload(sftp: asyncssh.SFTPClient, file: Path, target: str, whole: bool = False) -> None:
    """Under an unfinished name, then in its place. `whole`: `target` is an unfinished name itself."""
    await sftp.makedirs(str(PurePosixPath(target).parent), exist_ok=True)
    draft = target if whole else f"{target}.part"
    async with sftp.open(draft, "wb") as remote:
        await remote.write(file.read_bytes())
    if not whole:
        if await sftp.exists(target):
            await sftp.remove(target)
        await sftp.rename(draft, target)


async def _look(server: SftpServer, name: str) -> bytes | None:
    async with opened(server) as sftp:
        path = str(PurePosixPath(server.folder) / name)
        return await _content(sftp, path) if await sftp.exists(path) else None


async def _mirror(server: SftpServer, folder: Path) -> None:
    """Fetch what is new or changed, drop what is gone. Raises ErpBusy when the folder changed under our hands."""
    root = str(PurePosixPath(server.folder) / folder.name)
    async with opened(server) as sftp:
        before = await _listing(sftp, root)
        drafts = {}
        for name, (size, at) in before.items():
            held = folder / name
            if held.exists() and (held.stat().st_size, int(held.stat().st_mtime)) == (size, at):
                continue
            drafts[name] = await _content(sftp, f"{root}/{name}")
        if await _listing(sftp, root) != before:
            raise ErpBusy(f"{folder.name}/ on {server.name} was being written.", "It is read again.")
    for name, data in drafts.items():
        put(folder / name, data)
        os.utime(folder / name, (before[name][1], before[name][1]))
    for held in folder.iterdir():
        if held.is_file() and held.name not in before and not held.name.startswith("."):
            held.unlink()


async def _content(sftp: asyncssh.SFTPClient, path: str) -> bytes:
    async with sftp.open(path, "rb") as file:
        data = await file.read(LARGEST)
    return data if isinstance(data, bytes) else data.encode()


async def _listing(sftp: asyncssh.SFTPClient, folder: str) -> dict[str, tuple[int, int]]:
    """Regular, finished files with size and time; links and names with a path in them are left alone."""
    if not await sftp.isdir(folder):
        return {}
    found = {}
    for entry in await sftp.readdir(folder):
        name = entry.filename if isinstance(entry.filename, str) else entry.filename.decode("utf-8", "replace")
        mode = entry.attrs.permissions
        plain = mode is not None and stat.S_ISREG(mode) and "/" not in name and not name.startswith(".")
        if plain and not name.lower().endswith(UNFINISHED):
            found[name] = (int(entry.attrs.size or 0), int(entry.attrs.mtime or 0))
    return found
