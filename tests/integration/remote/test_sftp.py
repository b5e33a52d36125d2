"""Pulling from a real SFTP server on loopback."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncssh
import pytest

from pipeline.intake.sftp import SftpSettings, SftpUnavailable, pull


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


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    root = tmp_path / "root"
    (root / "out").mkdir(parents=True)
    key = asyncssh.generate_private_key("ssh-ed25519")
    loop = asyncio.new_event_loop()
    ready: asyncio.Future[int] = loop.create_future()

    async def start() -> None:
        def chroot(channel: asyncssh.SSHServerChannel) -> asyncssh.SFTPServer:
            return asyncssh.SFTPServer(channel, chroot=str(root).encode())

        listener = await asyncssh.create_server(
            OnePassword, "127.0.0.1", 0, server_host_keys=[key], sftp_factory=chroot
        )
        ready.set_result(listener.get_port())

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(start(), loop).result(10)
    yield Server(ready.result(), root, key.export_public_key().decode().strip())
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)


def settings(server: Server, **more: object) -> SftpSettings:
    values = {
        "name": "portal",
        "host": "127.0.0.1",
        "port": server.port,
        "user": "pull",
        "password": "secret",
        "host_key": server.host_key,
        "folder": "out",
        "settle_seconds": 0.2,
    }
    return SftpSettings.model_validate(values | more)


def test_finished_files_are_taken_once_and_put_away(server: Server) -> None:
    (server.root / "out" / "a.pdf").write_bytes(b"%PDF a")
    (server.root / "out" / "b.pdf.part").write_bytes(b"%PDF half")
    got: dict[str, bytes] = {}
    assert pull(settings(server), lambda data, name: got.update({name: data})) == 1
    assert pull(settings(server), lambda data, name: got.update({name: data})) == 0
    assert got == {"a.pdf": b"%PDF a"}
    assert (server.root / "out" / "done" / "a.pdf").read_bytes() == b"%PDF a"


def test_a_growing_file_waits_for_the_next_pull(server: Server) -> None:
    path = server.root / "out" / "grow.pdf"
    path.write_bytes(b"%PDF")
    stop = threading.Event()

    def grow() -> None:
        while not stop.wait(0.02):
            with path.open("ab") as file:
                file.write(b".")

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        assert pull(settings(server), lambda data, name: None) == 0
    finally:
        stop.set()
        writer.join()
    assert pull(settings(server), lambda data, name: None) == 1


def test_a_link_out_of_the_folder_is_not_followed(server: Server, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (server.root / "out" / "link.pdf").symlink_to(tmp_path / "secret")
    assert pull(settings(server), lambda data, name: None) == 0


def test_a_file_that_we_fail_to_accept_stays(server: Server) -> None:
    (server.root / "out" / "a.pdf").write_bytes(b"%PDF a")

    def broken(data: bytes, name: str) -> None:
        raise OSError("disk full")

    with pytest.raises(SftpUnavailable):
        pull(settings(server), broken)
    assert pull(settings(server), lambda data, name: None) == 1


def test_another_host_key_is_refused(server: Server) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    with pytest.raises(SftpUnavailable, match="portal is not available"):
        pull(settings(server, host_key=other), lambda data, name: None)


def test_an_acknowledgement_is_put_whole_and_once(server: Server) -> None:
    from pipeline.export.edi_out import OutboxUnavailable, SftpTarget, to_sftp

    target = SftpTarget("127.0.0.1", server.port, "pull", "secret", None, server.host_key, "out")
    for _ in range(2):
        assert to_sftp(target, "997-1.edi", "ISA*").endswith("out/997-1.edi")
    assert [file.name for file in (server.root / "out").iterdir()] == ["997-1.edi"]
    with pytest.raises(OutboxUnavailable):
        to_sftp(SftpTarget("127.0.0.1", server.port, "pull", "wrong", None, server.host_key, "out"), "a.edi", "ISA*")
