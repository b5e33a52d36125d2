"""SFTP: pull finished files from a supplier's or portal's server (asyncssh, EPL-2.0). The host key is pinned."""

import asyncio
import stat
from collections.abc import Callable
from pathlib import PurePosixPath

import asyncssh
from pydantic import Field

from pipeline.sftp import UNFINISHED, SftpServer, SftpUnavailable, opened, waited

__all__ = ["SftpSettings", "SftpUnavailable", "pull"]


class SftpSettings(SftpServer):
    """A server to pull from, and where on it the files lie."""

    facility: str | None = None
    done_folder: str = "done"
    file_bytes: int = 50_000_000
    settle_seconds: float = Field(2.0, ge=0)


def pull(settings: SftpSettings, accept: Callable[[bytes, str], None]) -> int:
    """Hand every finished file to `accept`, which must have committed when it returns, then move it to the done folder.

    A file is finished when it has no unfinished suffix and its size and time stand still over `settle_seconds`. Returns
    how many were taken. Raises SftpUnavailable; files handed over until then are safe, and known again by content.
    """
    try:
        return waited(_pull(settings, accept))
    except (OSError, asyncssh.Error, TimeoutError) as problem:
        raise SftpUnavailable(
            f"SFTP server {settings.name} is not available: {problem}.", "It is pulled again."
        ) from problem


async def _pull(settings: SftpSettings, accept: Callable[[bytes, str], None]) -> int:
    async with opened(settings) as sftp:
        taken = 0
        for name in await _finished(sftp, settings):
            path = str(PurePosixPath(settings.folder) / name)
            async with sftp.open(path, "rb") as file:
                data = await file.read(settings.file_bytes + 1)
            accept(data if isinstance(data, bytes) else data.encode(), name)
            await _put_away(sftp, settings, path, name)
            taken += 1
        return taken


async def _finished(sftp: asyncssh.SFTPClient, settings: SftpSettings) -> list[str]:
    before = await _listing(sftp, settings.folder)
    if before and settings.settle_seconds:
        await asyncio.sleep(settings.settle_seconds)
    after = await _listing(sftp, settings.folder)
    return sorted(name for name, state in after.items() if before.get(name) == state)


async def _listing(sftp: asyncssh.SFTPClient, folder: str) -> dict[str, tuple[int, int]]:
    """Regular files only (no links), with size and time; names with a path in them are not followed."""
    found = {}
    for entry in await sftp.readdir(folder):
        name = entry.filename if isinstance(entry.filename, str) else entry.filename.decode("utf-8", "replace")
        mode = entry.attrs.permissions
        if mode is None or not stat.S_ISREG(mode) or name.startswith(".") or "/" in name:
            continue
        if name.lower().endswith(UNFINISHED):
            continue
        found[name] = (int(entry.attrs.size or 0), int(entry.attrs.mtime or 0))
    return found


async def _put_away(sftp: asyncssh.SFTPClient, settings: SftpSettings, path: str, name: str) -> None:
    done = str(PurePosixPath(settings.folder) / settings.done_folder)
    if not await sftp.exists(done):
        await sftp.mkdir(done)
    target = f"{done}/{name}"
    number = 1
    while await sftp.exists(target):
        target = f"{done}/{number}-{name}"
        number += 1
    await sftp.rename(path, target)
