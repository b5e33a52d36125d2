"""A real Tryton for tests: its own virtual environment, a seeded SQLite template, one server per test module.

Built once under build/tryton (or APDESK_TRYTON_HOME); a test module gets a copy of the template in milliseconds.
"""

import hashlib
import os
import shutil
import socket
import subprocess
import sys
import time
import venv
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

HERE = Path(__file__).parent
ROOT = Path(__file__).parents[3]
HOME = Path(os.environ.get("APDESK_TRYTON_HOME", ROOT / "build" / "tryton"))
DATABASE = "hospital"
CONFIG = """[database]
uri = sqlite://
path = {data}
[session]
authentications = password
[bus]
allow_subscribe = False
"""


@dataclass
class TrytonServer:
    """A running Tryton; `stop` and `start` restart it on the same port and data."""

    url: str
    key: str
    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        env = {**os.environ, "TRYTOND_CONFIG": str(self.folder / "trytond.conf"), "TRYTOND_DATABASE_NAMES": DATABASE}
        command = [_bin("waitress-serve"), f"--listen=127.0.0.1:{self.port}", "--threads=4", "trytond.application:app"]
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(command, env=env, stdout=log, stderr=log, cwd=self.folder)
        self._wait()

    def stop(self, kill: bool = False) -> None:
        if self.process is None:
            return
        self.process.kill() if kill else self.process.terminate()
        self.process.wait(20)
        self.process = None

    def _wait(self) -> None:
        body = {"id": 0, "method": "common.server.version", "params": []}
        for _ in range(300):
            with suppress(httpx.HTTPError):
                if httpx.post(f"{self.url}/rpc/", json=body, timeout=5).status_code == 200:
                    return
            time.sleep(0.1)
        raise RuntimeError("Tryton did not start: " + (self.folder / "server.log").read_text()[-2000:])


def _bin(name: str) -> str:
    return str(HOME / "venv" / "bin" / name)


def install() -> None:
    """The ERP's own virtual environment. Skips the test when its packages cannot be had."""
    wanted = (HERE / "requirements-tryton.txt").read_text()
    stamp = HOME / "venv" / "installed"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    HOME.mkdir(parents=True, exist_ok=True)
    if not Path(_bin("python")).exists():
        venv.create(HOME / "venv", with_pip=True)
    command = [_bin("python"), "-m", "pip", "install", "--quiet", "-r", str(HERE / "requirements-tryton.txt")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("Tryton cannot be installed here: " + (done.stderr.strip().splitlines() or ["pip failed"])[-1])
    stamp.write_text(wanted)


def template(orders: int = 0) -> tuple[Path, str]:
    """The seeded database file and its REST key; `orders` confirmed orders more. Built once per version of the seed."""
    install()
    seed = HERE / "tryton_seed.py"
    digest = hashlib.sha256(seed.read_bytes() + (HERE / "requirements-tryton.txt").read_bytes()).hexdigest()[:12]
    base = HOME / f"template-{digest}.sqlite"
    if not base.exists():
        _seed(base, seed, ["--init", "--passfile", str(_password()), "--keyfile", str(base.with_suffix(".key"))])
    wanted = HOME / f"template-{digest}-{orders}.sqlite" if orders else base
    if not wanted.exists():
        _seed(wanted, seed, ["--bulk", str(orders)], base)
    return wanted, base.with_suffix(".key").read_text().strip()


def _password() -> Path:
    file = HOME / "admin.pw"
    file.write_text("only-for-tests-1\n")
    return file


def _seed(target: Path, seed: Path, options: list[str], base: Path | None = None) -> None:
    folder = HOME / f"seeding-{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    database = folder / f"{DATABASE}.sqlite"
    shutil.copy(base, database) if base else database.touch()
    config = folder / "trytond.conf"
    config.write_text(CONFIG.format(data=folder))
    command = [_bin("python"), str(seed), "--config", str(config), "--database", DATABASE, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError("The seed failed: " + done.stderr[-2000:])
    shutil.move(database, target)
    shutil.rmtree(folder, ignore_errors=True)


def serve(folder: Path, orders: int = 0) -> TrytonServer:
    """A fresh copy of the template, served on a free port."""
    source, key = template(orders)
    shutil.copy(source, folder / f"{DATABASE}.sqlite")
    (folder / "trytond.conf").write_text(CONFIG.format(data=folder))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = TrytonServer(f"http://127.0.0.1:{port}", key, folder, port)
    server.start()
    return server


if __name__ == "__main__":
    print(template(int(sys.argv[1]) if len(sys.argv) > 1 else 0))  # noqa: T201
