"""Pulling from a real SFTP server on loopback."""

import threading
from collections.abc import Iterator
from pathlib import Path

import asyncssh
import pytest
from pydantic import SecretStr

from pipeline.export.edi_out import OutboxUnavailable, to_sftp
from pipeline.intake.sftp import SftpSettings, SftpUnavailable, pull
from pipeline.sftp import SftpLogin
from tests.fakes.sftp_server import Server, sftp_server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    (tmp_path / "root" / "out").mkdir(parents=True)
    with sftp_server(tmp_path / "root") as found:
        yield found


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
    target = SftpLogin(
        host="127.0.0.1", port=server.port, user="pull", password="secret", host_key=server.host_key, folder="out"
    )  # fmt: skip
    for _ in range(2):
        assert to_sftp(target, "997-1.edi", "ISA*").endswith("out/997-1.edi")
    assert [file.name for file in (server.root / "out").iterdir()] == ["997-1.edi"]
    with pytest.raises(OutboxUnavailable):
        to_sftp(target.model_copy(update={"password": SecretStr("wrong")}), "a.edi", "ISA*")
