"""Acknowledgements (X12 997) to the partner's channel: a folder, an SFTP server, or a mail. Idempotent by file name."""

import os
from pathlib import Path, PurePosixPath

from pipeline.domain.errors import ApdeskError
from pipeline.sftp import SftpLogin, opened, waited


class OutboxUnavailable(ApdeskError):
    """The folder or server cannot be reached just now. Tried again."""

    exit_code = 5
    retryable = True


def to_folder(folder: Path, name: str, text: str) -> str:
    """Write the file whole or not at all; one that is there already stays. Returns where it lies."""
    target = folder / name
    draft = folder / f".{name}.{os.getpid()}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            with draft.open("wb") as file:
                file.write(text.encode("latin-1", "replace"))
                file.flush()
                os.fsync(file.fileno())
            draft.replace(target)
    except OSError as problem:
        raise OutboxUnavailable(f"The folder {folder} cannot be written: {problem.strerror}.") from problem
    return str(target)


def to_sftp(server: SftpLogin, name: str, text: str) -> str:
    """Upload under another name, then rename, so that nobody reads half a file. Returns where it lies."""
    import asyncssh  # Takes a third of a second, and few installations need it.

    try:
        waited(_put(server, name, text.encode("latin-1", "replace")))
    except (OSError, asyncssh.Error, TimeoutError) as problem:
        raise OutboxUnavailable(f"The SFTP server {server.host} is not available: {problem}.") from problem
    return f"sftp://{server.host}/{server.folder}/{name}"


async def _put(server: SftpLogin, name: str, data: bytes) -> None:
    async with opened(server) as sftp:
        target, draft = str(PurePosixPath(server.folder) / name), str(PurePosixPath(server.folder) / f"{name}.part")
        if await sftp.exists(target):
            return
        async with sftp.open(draft, "wb") as file:
            await file.write(data)
        await sftp.rename(draft, target)
