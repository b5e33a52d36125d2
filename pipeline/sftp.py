"""SFTP for whoever takes files in or hands them out (asyncssh, EPL-2.0). The host key is pinned."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from pipeline.domain.errors import ApdeskError

if TYPE_CHECKING:
    import asyncssh

UNFINISHED = (".part", ".tmp", ".filepart", ".partial")
Found = TypeVar("Found")


class SftpUnavailable(ApdeskError):
    """The server cannot be reached, is not the one pinned, or refused us. Tried again at the next pull."""

    exit_code = 5
    retryable = True


class SftpLogin(BaseModel):
    """A folder on a server and how to get in.

    `host_key` is its public key as one line (ssh-ed25519 AAAA...): another key is refused.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str
    port: int = Field(22, ge=1, le=65535)
    user: str
    password: SecretStr | None = None
    key_file: str | None = None
    host_key: str
    folder: str = "."
    timeout: int = 60

    @model_validator(mode="after")
    def _one_secret(self) -> Self:
        if (self.password is None) == (self.key_file is None):
            raise ValueError("give either a password or a key file")
        return self


class SftpServer(SftpLogin):
    """A server that has a name, by which people know it."""

    name: str


@asynccontextmanager
async def opened(server: SftpLogin) -> AsyncIterator["asyncssh.SFTPClient"]:
    """A client on the server, closed afterwards. Raises what asyncssh raises."""
    import asyncssh  # Takes a third of a second, and few installations need it.

    where = server.host if server.port == 22 else f"[{server.host}]:{server.port}"
    async with (
        asyncssh.connect(
            server.host,
            server.port,
            username=server.user,
            password=server.password.get_secret_value() if server.password else None,
            client_keys=[server.key_file] if server.key_file else None,
            known_hosts=asyncssh.import_known_hosts(f"{where} {server.host_key}\n"),
            connect_timeout=server.timeout,
            agent_path=None,
        ) as connection,
        connection.start_sftp_client() as sftp,
    ):
        yield sftp


def waited(work: Coroutine[Any, Any, Found]) -> Found:
    """Run `work` to its end, in a thread of its own, because the caller may be inside an event loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()
