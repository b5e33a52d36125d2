"""One killable reader process and the few bytes it speaks: length-prefixed messages over a socket pair, no pickles."""

import contextlib
import ctypes
import os
import resource
import signal
import socket
import struct
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from pipeline.domain.document import Limits

START_SECONDS = 60.0
WATCH_SECONDS = 0.05
NEW_USER, NEW_NETWORK = 0x10000000, 0x40000000
FILE_BYTES = 500_000_000
HEAD = struct.Struct(">BQ")
OK, ERROR, MEMORY, READY = 0, 1, 2, 3
MEMORY_WORDS = ("MemoryError", "bad_alloc", "out of memory", "OutOfMemory")


@dataclass(frozen=True, slots=True)
class ChildEnd:
    """`exit` as pool.Exit; `data` only when ok."""

    exit: str
    data: bytes | None
    detail: str = ""


class Child:
    """A process in its own session, with limits on memory, processor time, file size, and no core dumps.

    It gets a bare environment: no credentials, no proxy, no database address.
    """

    def __init__(self, target: str, limits: Limits) -> None:
        self.served = 0
        ours, theirs = socket.socketpair()
        self._channel = ours
        self._resident, self._base = limits.resident_bytes, 0
        command = [
            sys.executable,
            "-m",
            "pipeline.process.child",
            str(theirs.fileno()),
            target,
            str(limits.memory_bytes),
        ]
        self._process = subprocess.Popen(
            command,
            pass_fds=(theirs.fileno(),),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env=_environment(),
        )
        theirs.close()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def resident(self) -> int:
        """Bytes of memory it holds now; 0 where the system does not tell."""
        return resident_bytes(self._process.pid)

    def run(self, data: bytes, name: str, seconds: float) -> ChildEnd:
        """One document. After any end but ok or error the process is dead."""
        self.served += 1
        if self.served == 1 and not self._started():
            return self._buried("The reader process did not start.")
        self._base = resident_bytes(self._process.pid)
        deadline = time.monotonic() + seconds
        try:
            title = f"{int(seconds) + 1}\0{name}".encode("utf-8", "replace")
            self._channel.settimeout(seconds)
            self._channel.sendall(HEAD.pack(OK, len(title)) + title + HEAD.pack(OK, len(data)))
            self._channel.sendall(data)
            answer = self._receive(max(0.0, deadline - time.monotonic()))
        except TimeoutError:
            self.stop()
            return ChildEnd("timeout", None, f"more than {seconds:.0f} s")
        except MemoryError:
            self.stop()
            return ChildEnd("memory", None, f"grew by more than {self._resident // 1_000_000} MB")
        except OSError:
            answer = None
        if answer is None:
            return self._buried()
        code, body = answer
        if code == OK:
            return ChildEnd("ok", body)
        text = body.decode("utf-8", "replace")
        if code == MEMORY:
            self.stop()
            return ChildEnd("memory", None, text)
        return ChildEnd("error", None, text)

    def stop(self) -> None:
        """Kills the whole session, so that nothing a parser started lives on."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._channel.close()

    def _receive(self, seconds: float) -> tuple[int, bytes] | None:
        """One message; None when the other side has gone. Raises TimeoutError."""
        deadline = time.monotonic() + seconds
        head = self._exactly(HEAD.size, deadline)
        if head is None:
            return None
        code, length = HEAD.unpack(head)
        body = self._exactly(length, deadline)
        return None if body is None else (code, body)

    def _exactly(self, count: int, deadline: float) -> bytes | None:
        found = bytearray()
        while len(found) < count:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._channel.settimeout(min(left, WATCH_SECONDS) if self._resident else left)
            try:
                chunk = self._channel.recv(min(1 << 20, count - len(found)))
            except TimeoutError:
                self._watch()
                continue
            if not chunk:
                return None
            found += chunk
        return bytes(found)

    def _started(self) -> bool:
        try:
            return self._receive(START_SECONDS) is not None
        except TimeoutError:
            return False

    def _watch(self) -> None:
        """Raises MemoryError when the document has made the process grow too far: an address limit alone is loose."""
        if self._resident and self._base and resident_bytes(self._process.pid) - self._base > self._resident:
            raise MemoryError

    def _buried(self, detail: str = "") -> ChildEnd:
        """What killed the process: its processor time limit counts as time, everything else as a crash."""
        self.stop()
        code = self._process.returncode
        if code == -signal.SIGXCPU:
            return ChildEnd("timeout", None, "processor time used up")
        name = signal.Signals(-code).name if code < 0 else f"exit status {code}"
        return ChildEnd("crash", None, detail or name)


def resident_bytes(pid: int) -> int:
    """Memory really used by a process; 0 where the system does not tell."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()
    except (OSError, ValueError, IndexError):
        return 0


def leave_network() -> bool:
    """Into a network of its own without any interface, as root or in a user namespace; False where neither is allowed.

    Then a parser that were taken over still has no credentials and no address to go to, but could open a connection:
    docs/hostile-input.md says how to close that from outside.
    """
    unshare = getattr(ctypes.CDLL(None, use_errno=True), "unshare", None)
    return unshare is not None and (unshare(NEW_NETWORK) == 0 or unshare(NEW_USER | NEW_NETWORK) == 0)


def _environment() -> dict[str, str]:
    kept = (
        "PATH",
        "LANG",
        "LC_ALL",
        "TZ",
        "HOME",
        "TMPDIR",
        "PYTHONPATH",
        "VIRTUAL_ENV",
        "TESSDATA_PREFIX",
        "LD_LIBRARY_PATH",
    )
    bare = {name: os.environ[name] for name in kept if name in os.environ}
    path = [str(Path.cwd()), *filter(None, sys.path)]
    return bare | {"PYTHONPATH": os.pathsep.join(dict.fromkeys(path)), "OMP_THREAD_LIMIT": "1", "OMP_NUM_THREADS": "1"}


def _serve(channel: socket.socket, target: str) -> None:
    """The child's loop: name and bytes in, answer out, until the parent goes away."""
    module, _, function = target.partition(":")
    __import__(module)
    work = getattr(sys.modules[module], function)
    _send(channel, READY, b"")
    while (title := _read(channel)) is not None and (data := _read(channel)) is not None:
        seconds, _, name = title.decode().partition("\0")
        _limit_cpu(int(seconds))
        try:
            code, body = OK, work(data, name)
        except MemoryError:
            code, body = MEMORY, b"MemoryError"
        except Exception as error:
            text = f"{type(error).__name__}: {error}"
            code, body = (MEMORY if any(word in text for word in MEMORY_WORDS) else ERROR), text[:2000].encode()
        _send(channel, code, body)


def _send(channel: socket.socket, code: int, body: bytes) -> None:
    channel.sendall(HEAD.pack(code, len(body)))
    channel.sendall(body)


def _read(channel: socket.socket) -> bytes | None:
    head = _all(channel, HEAD.size)
    return _all(channel, HEAD.unpack(head)[1]) if head else None


def _all(channel: socket.socket, count: int) -> bytes | None:
    found = bytearray()
    while len(found) < count:
        chunk = channel.recv(min(1 << 20, count - len(found)))
        if not chunk:
            return None
        found += chunk
    return bytes(found)


def _limit_cpu(seconds: int) -> None:
    """Processor time for one document, on top of what earlier ones used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


def main(arguments: list[str]) -> None:
    handle, target, memory = int(arguments[0]), arguments[1], int(arguments[2])
    leave_network()
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with socket.socket(fileno=handle) as channel:
        _serve(channel, target)


if __name__ == "__main__":
    main(sys.argv[1:])
