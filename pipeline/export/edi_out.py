"""Acknowledgements (X12 997) to the partner's channel: a folder, an SFTP server, or a mail. Idempotent by file name."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import asyncssh

from pipeline.domain.errors import ApdeskError


class OutboxUnavailable(ApdeskError):
    """The folder or server cannot be reached just now. Tried again."""

    exit_code = 5
    retryable = True


@dataclass(frozen=True, slots=True)
class SftpTarget:
    """`host_key` is the server's public key as one line: another one is refused."""

    host: str
    port: int
    user: str
    password: str | None
    key_file: str | None
    host_key: str
    folder: str
    timeout: int = 60


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


def to_sftp(server: SftpTarget, name: str, text: str) -> str:
    """Upload under another name, then rename, so that nobody reads half a file. Returns where it lies."""
    try:
        # In a thread of its own, because the caller may be inside an event loop.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, _put(server, name, text.encode("latin-1", "replace"))).result()
    except (OSError, asyncssh.Error, TimeoutError) as problem:
        raise OutboxUnavailable(f"The SFTP server {server.host} is not available: {problem}.") from problem
    return f"sftp://{server.host}/{server.folder}/{name}"


async def _put(server: SftpTarget, name: str, data: bytes) -> None:
    pattern = server.host if server.port == 22 else f"[{server.host}]:{server.port}"
    async with (
        asyncssh.connect(
            server.host,
            server.port,
            username=server.user,
            password=server.password,
            client_keys=[server.key_file] if server.key_file else None,
            known_hosts=asyncssh.import_known_hosts(f"{pattern} {server.host_key}\n"),
            connect_timeout=server.timeout,
            agent_path=None,
        ) as connection,
        connection.start_sftp_client() as sftp,
    ):
        target, draft = str(PurePosixPath(server.folder) / name), str(PurePosixPath(server.folder) / f"{name}.part")
        if await sftp.exists(target):
            return
        async with sftp.open(draft, "wb") as file:
            await file.write(data)
        await sftp.rename(draft, target)
