"""ClamAV over its socket (INSTREAM). Configured means asked: without an answer nothing is taken in (fail closed)."""

import socket
import struct
from dataclasses import dataclass

from pipeline.domain.arrivals import Refused
from pipeline.domain.document import ReadStatus
from pipeline.domain.errors import ApdeskError, InvalidInput

CHUNK = 1 << 17
LONGEST_ANSWER = 4096


class ScannerUnavailable(ApdeskError):
    """The scanner did not answer. The sender still has the document; it is fetched or sent again."""

    exit_code = 5
    retryable = True


@dataclass(frozen=True, slots=True)
class VirusScanner:
    """`address` is `unix:/run/clamav/clamd.ctl` or `tcp:host:port`; `seconds` bounds each step of the exchange."""

    address: str
    seconds: float = 30.0

    def __call__(self, data: bytes) -> Refused | None:
        """Why the bytes must be locked up, None when the scanner knows nothing against them.

        Raises ScannerUnavailable when it cannot be asked. What it cannot look through counts as found.
        """
        try:
            answer = self._ask(data)
        except (OSError, EOFError) as problem:
            raise ScannerUnavailable(f"The virus scanner does not answer: {problem}.", "Try again later.") from problem
        if answer == "stream: OK":
            return None
        if answer.endswith(" FOUND"):
            name = answer.removeprefix("stream: ").removesuffix(" FOUND")
            reason = f"The virus scanner found {_plain(name)}."
            return Refused(ReadStatus.QUARANTINED, reason, "MALWARE")
        return Refused(ReadStatus.QUARANTINED, "The virus scanner could not look through the file.", "UNSCANNED")

    def _ask(self, data: bytes) -> str:
        with self._connected() as channel:
            try:
                channel.sendall(b"zINSTREAM\0")
                for at in range(0, len(data), CHUNK):
                    chunk = data[at : at + CHUNK]
                    channel.sendall(struct.pack(">I", len(chunk)) + chunk)
                channel.sendall(struct.pack(">I", 0))
            except (BrokenPipeError, ConnectionResetError):
                # It stops listening beyond its own size limit, but still says so.
                return _answer(channel)
            return _answer(channel)

    def _connected(self) -> socket.socket:
        kind, _, place = self.address.partition(":")
        if kind == "unix":
            channel = socket.socket(socket.AF_UNIX)
            channel.settimeout(self.seconds)
            try:
                channel.connect(place)
            except OSError:
                channel.close()
                raise
            return channel
        host, _, port = place.rpartition(":")
        return socket.create_connection((host, int(port)), self.seconds)


def scanner_at(address: str) -> VirusScanner:
    """The scanner of a setting. Raises InvalidInput for an address of no known form."""
    kind, _, place = address.partition(":")
    host, _, port = place.rpartition(":")
    if not ((kind == "unix" and place.startswith("/")) or (kind == "tcp" and host and port.isdigit())):
        raise InvalidInput("APDESK_CLAMAV must be unix:/path or tcp:host:port.", "Correct the setting.")
    return VirusScanner(address)


def _answer(channel: socket.socket) -> str:
    found = b""
    while not found.endswith((b"\0", b"\n")) and len(found) < LONGEST_ANSWER:
        chunk = channel.recv(LONGEST_ANSWER)
        if not chunk:
            break
        found += chunk
    if not found:
        raise EOFError("the connection was closed without an answer")
    return found.decode("utf-8", "replace").strip("\0\r\n ")


def _plain(name: str) -> str:
    return "".join(c for c in name if c.isalnum() or c in "._-")[:80] or "something harmful"
