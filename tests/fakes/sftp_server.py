"""A real SFTP server on loopback (asyncssh), shut into one folder."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncssh


@dataclass
class Server:
    port: int
    root: Path
    host_key: str


class OnePassword(asyncssh.SSHServer):
    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == ("pull", "secret")


@contextmanager
def sftp_server(root: Path) -> Iterator[Server]:
    """User `pull`, password `secret`."""
    root.mkdir(parents=True, exist_ok=True)
    key = asyncssh.generate_private_key("ssh-ed25519")
    loop = asyncio.new_event_loop()

    async def start() -> asyncssh.SSHAcceptor:
        def chroot(channel: asyncssh.SSHServerChannel) -> asyncssh.SFTPServer:
            return asyncssh.SFTPServer(channel, chroot=str(root).encode())

        return await asyncssh.create_server(OnePassword, "127.0.0.1", 0, server_host_keys=[key], sftp_factory=chroot)

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    listener = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
    try:
        yield Server(listener.get_port(), root, key.export_public_key().decode().strip())
    finally:
        loop.call_soon_threadsafe(listener.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
