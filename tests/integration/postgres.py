"""A PostgreSQL server of our own, from the Debian binaries: free port, own folder, non-root user, gone afterwards."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

USER = "postgres"


def binaries() -> Path | None:
    """The folder with initdb and postgres, the newest version first."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]), reverse=True)
    if found:
        return found[0].parent
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else None


@contextmanager
def server(durable: bool = False) -> Iterator[str]:
    """Its URL, without a database name at the end. Without `durable` nothing is synced: faster, and enough for tests."""
    folder = Path(tempfile.mkdtemp(prefix="apdesk-pg-"))
    bin_folder = binaries()
    assert bin_folder is not None
    port = _free_port()
    try:
        _own(folder)
        data = folder / "data"
        _run(
            [str(bin_folder / "initdb"), "-D", str(data), "-U", USER, "-A", "trust", "-E", "UTF8", "--no-locale", "-N"]
        )
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c max_connections=80"
        options += "" if durable else " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
        control = [str(bin_folder / "pg_ctl"), "-D", str(data), "-l", str(folder / "log"), "-w", "-t", "60"]
        _run([*control, "-o", options, "start"])
        try:
            _wait(port)
            yield f"postgresql://{USER}@127.0.0.1:{port}"
        finally:
            _run([*control, "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(command: list[str]) -> None:
    """As the user `postgres` when we are root: the server refuses to run as root."""
    prefix = ["runuser", "-u", USER, "--"] if os.geteuid() == 0 else []
    done = subprocess.run([*prefix, *command], capture_output=True, text=True, cwd="/tmp", check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stdout}{done.stderr}")


def _own(folder: Path) -> None:
    if os.geteuid() == 0:
        entry = pwd.getpwnam(USER)
        os.chown(folder, entry.pw_uid, entry.pw_gid)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(port: int) -> None:
    for _ in range(100):
        try:
            psycopg.connect(host="127.0.0.1", port=port, user=USER, dbname="postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("PostgreSQL does not answer")
