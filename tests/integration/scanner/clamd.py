"""A real clamd on loopback with a signature database of one entry, written here: nothing is fetched from anywhere."""

import contextlib
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

# The standard test file of virus scanners in hex, so that this source is not taken for it; as an extended signature
# `name:target type (any):offset (anywhere):pattern`.
PATTERN = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
CONFIG = """
Foreground yes
LocalSocket {d}/clamd.ctl
DatabaseDirectory {d}/db
TemporaryDirectory {d}
LogFile {d}/clamd.log
StreamMaxLength 1M
MaxThreads 2
User root
"""


def program() -> str | None:
    return shutil.which("clamd") or shutil.which("clamd", path="/usr/sbin:/usr/local/sbin")


@contextlib.contextmanager
def running() -> Iterator[Path]:
    """Its socket, once it answers. Stopped and gone afterwards."""
    clamd = program()
    assert clamd is not None
    folder = Path(tempfile.mkdtemp(prefix="clamd-"))
    (folder / "db").mkdir()
    (folder / "db" / "own.ndb").write_text(f"Test.Pattern:0:*:{PATTERN.hex()}\n")
    config = folder / "clamd.conf"
    config.write_text(CONFIG.format(d=folder))
    process = subprocess.Popen([clamd, "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            if (folder / "clamd.ctl").exists():
                break
            if process.poll() is not None:
                raise RuntimeError(
                    (folder / "clamd.log").read_text() if (folder / "clamd.log").exists() else "clamd ended"
                )
            time.sleep(0.1)
        yield folder / "clamd.ctl"
    finally:
        process.terminate()
        process.wait(20)
        shutil.rmtree(folder, ignore_errors=True)
