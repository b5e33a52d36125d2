"""The virus scanner's socket: asked as it wants to be, believed, and never taken as clean when it does not answer."""

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.domain.document import ReadStatus
from pipeline.domain.errors import InvalidInput
from pipeline.intake.virus import ScannerUnavailable, VirusScanner, scanner_at


class Daemon:
    """Speaks INSTREAM: finds the word `virus`, refuses more than a million bytes, goes silent for `hang`."""

    def __init__(self, server: socket.socket) -> None:
        self.server, self.seen = server, b""
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                channel, _ = self.server.accept()
            except OSError:
                return
            with channel, channel.makefile("rb") as stream, contextlib.suppress(OSError):
                self._talk(channel, stream)

    def _talk(self, channel: socket.socket, stream: object) -> None:
        read = stream.read  # type: ignore[attr-defined]
        assert read(10) == b"zINSTREAM\0"
        data = b""
        while size := struct.unpack(">I", read(4))[0]:
            data += read(size)
            if len(data) > 1_000_000:
                channel.sendall(b"INSTREAM size limit exceeded. ERROR\0")
                return
        self.seen = data
        if data == b"close":
            return
        if data == b"hang":
            threading.Event().wait(3)
        channel.sendall(b"stream: Test.Virus-1 FOUND\0" if b"virus" in data else b"stream: OK\0")


@pytest.fixture(params=["unix", "tcp"])
def daemon(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Daemon, VirusScanner]]:
    if request.param == "unix":
        server = socket.socket(socket.AF_UNIX)
        server.bind(str(tmp_path / "clamd"))
        server.listen()
        address = f"unix:{tmp_path / 'clamd'}"
    else:
        server = socket.create_server(("127.0.0.1", 0))
        address = f"tcp:127.0.0.1:{server.getsockname()[1]}"
    with server:
        yield Daemon(server), VirusScanner(address, seconds=0.5)


def test_clean_bytes_pass_whole(daemon: tuple[Daemon, VirusScanner]) -> None:
    data = bytes(300_000) + b"x"
    assert daemon[1](data) is None
    assert daemon[0].seen == data
    assert daemon[1](b"") is None


def test_what_is_found_is_locked_up(daemon: tuple[Daemon, VirusScanner]) -> None:
    found = daemon[1](b"a virus")
    assert found is not None
    assert (found.status, found.code) == (ReadStatus.QUARANTINED, "MALWARE")
    assert found.reason == "The virus scanner found Test.Virus-1."


def test_what_cannot_be_looked_through_is_locked_up(daemon: tuple[Daemon, VirusScanner]) -> None:
    found = daemon[1](bytes(1_100_000))
    assert found is not None
    assert (found.status, found.code) == (ReadStatus.QUARANTINED, "UNSCANNED")


@pytest.mark.parametrize("data", [b"hang", b"close"])
def test_no_answer_is_never_clean(daemon: tuple[Daemon, VirusScanner], data: bytes) -> None:
    with pytest.raises(ScannerUnavailable):
        daemon[1](data)


def test_a_scanner_that_is_not_there_is_never_clean(tmp_path: Path) -> None:
    with pytest.raises(ScannerUnavailable):
        VirusScanner(f"unix:{tmp_path}/absent")(b"x")


@pytest.mark.parametrize("address", ["", "clamd", "unix:relative", "tcp:host", "tcp::1", "tcp:host:x"])
def test_an_address_of_no_known_form_is_refused(address: str) -> None:
    with pytest.raises(InvalidInput):
        scanner_at(address)
