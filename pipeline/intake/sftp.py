"""SFTP: pull finished files from a supplier's or portal's server (asyncssh, EPL-2.0). The host key is pinned."""

import asyncio
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import PurePosixPath

import asyncssh
from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from pipeline.domain.errors import ApdeskError

UNFINISHED = (".part", ".tmp", ".filepart", ".partial")


class SftpUnavailable(ApdeskError):
    """The server cannot be reached, is not the one pinned, or refused us. Tried again at the next pull."""

    exit_code = 5
    retryable = True


class SftpSettings(BaseModel):
    """One server. `host_key` is its public key as one line (ssh-ed25519 AAAA...): another key is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    host: str
    port: int = Field(22, ge=1, le=65535)
    user: str
    password: SecretStr | None = None
    key_file: str | None = None
    host_key: str
    folder: str = "."
    facility: str | None = None
    done_folder: str = "done"
    file_bytes: int = 50_000_000
    settle_seconds: float = Field(2.0, ge=0)
    timeout: int = 60

    @model_validator(mode="after")
    def _one_secret(self) -> "SftpSettings":
        if (self.password is None) == (self.key_file is None):
            raise ValueError(f"sftp {self.name}: give either a password or a key file")
        return self


def pull(settings: SftpSettings, accept: Callable[[bytes, str], None]) -> int:
    """Hand every finished file to `accept`, which must have committed when it returns, then move it to the done folder.

    A file is finished when it has no unfinished suffix and its size and time stand still over `settle_seconds`. Returns
    how many were taken. Raises SftpUnavailable; files handed over until then are safe, and known again by content.
    """
    try:
        # In a thread of its own, because the caller may be inside an event loop.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, _pull(settings, accept)).result()
    except (OSError, asyncssh.Error, TimeoutError) as problem:
        raise SftpUnavailable(
            f"SFTP server {settings.name} is not available: {problem}.", "It is pulled again."
        ) from problem


async def _pull(settings: SftpSettings, accept: Callable[[bytes, str], None]) -> int:
    known = asyncssh.import_known_hosts(f"{_pattern(settings)} {settings.host_key}\n")
    secret = settings.password.get_secret_value() if settings.password else None
    keys = [settings.key_file] if settings.key_file else None
    async with (
        asyncssh.connect(
            settings.host,
            settings.port,
            username=settings.user,
            password=secret,
            client_keys=keys,
            known_hosts=known,
            connect_timeout=settings.timeout,
            agent_path=None,
        ) as connection,
        connection.start_sftp_client() as sftp,
    ):
        taken = 0
        for name in await _finished(sftp, settings):
            path = str(PurePosixPath(settings.folder) / name)
            async with sftp.open(path, "rb") as file:
                data = await file.read(settings.file_bytes + 1)
            accept(data if isinstance(data, bytes) else data.encode(), name)
            await _put_away(sftp, settings, path, name)
            taken += 1
        return taken


def _pattern(settings: SftpSettings) -> str:
    return settings.host if settings.port == 22 else f"[{settings.host}]:{settings.port}"


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
