"""The quick benchmarks in one table: `python -m tests.benchmarks [SHARED]`.

SHARED holds `bench/` with documents (default: what lies beside the checkout); without it, documents are made on the spot. Peak
memory is that of the process and its readers. Figures depend on the machine: compare runs of one machine only.
"""

import argparse
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from models.beside import beside
from tests.benchmarks import bench_matching, bench_speed

SAMPLE = 12


@dataclass(frozen=True, slots=True)
class Figure:
    what: str
    value: str
    target: str = ""
    how: str = ""


class Skipped(Exception):
    """Why a part was not measured."""


def apdesk(*arguments: str, home: Path, check: bool = True) -> tuple[subprocess.CompletedProcess[str], float]:
    """The command as a user runs it, in a home of its own. Returns it and its seconds."""
    env = {**os.environ, "APDESK_HOME": str(home), "OMP_THREAD_LIMIT": "1"}
    for name in ("APDESK_DATABASE_URL", "APDESK_ERP"):
        env.pop(name, None)
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "pipeline.cli", *arguments], env=env, capture_output=True, text=True)
    if check and done.returncode:
        raise Skipped(f"apdesk {arguments[0]} failed: {(done.stderr.strip().splitlines() or ['?'])[-1][:120]}")
    return done, time.perf_counter() - began


def starting(home: Path) -> Iterator[Figure]:
    times = [apdesk("--help", home=home)[1] for _ in range(3)]
    yield Figure("apdesk --help", f"{min(times):.2f} s", "", "best of 3")
    _, first = apdesk("status", "--json", home=home)
    _, again = apdesk("status", "--json", home=home)
    yield Figure("cold start: status on an empty home", f"{first:.2f} s", "", "creates the store")
    yield Figure("status again", f"{again:.2f} s")


def matching(_: Path) -> Iterator[Figure]:
    yield Figure(
        "invoices matched per second", f"{bench_matching.invoices_per_second(4):.0f}", ">= 1500", "5 lines, one core"
    )
    spent = bench_matching.pairing_seconds(500, identified=False, same_words=True)[0]
    yield Figure("pairing 500 x 500 lines", f"{spent:.2f} s", "< 2 s", "same words on every line")
    spent = bench_matching.pairing_seconds(5000, identified=True, same_words=False)[0]
    yield Figure("distributor invoice, 5,000 lines", f"{spent:.2f} s", "< 20 s")


def storage(_: Path) -> Iterator[Figure]:
    command = [sys.executable, "-m", "tests.benchmarks.bench_storage", "--ledger", "1000", "10000"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise Skipped((done.stderr.strip().splitlines() or ["failed"])[-1][:120])
    for line in done.stdout.splitlines():
        database, _, rest = line.partition(" ")
        found = re.match(r"\s*(.+?)\s{2,}(.+)", rest)
        if found:
            yield Figure(f"{database}: {found[1]}", found[2].strip())


def reading(shared: Path, home: Path, scanned: bool) -> Iterator[Figure]:
    for what, value, target, how in bench_speed.rows(shared, home, scanned, SAMPLE if scanned else 3 * SAMPLE):
        yield Figure(what, value, target, how)


def intake(home: Path) -> Iterator[Figure]:
    """`apdesk ingest` of 200 different small PDFs in one call."""
    from reportlab.pdfgen.canvas import Canvas

    folder = home / "papers"
    folder.mkdir(parents=True)
    for number in range(200):
        canvas = Canvas(str(folder / f"{number}.pdf"))
        canvas.drawString(72, 720, f"Invoice {number}")
        canvas.save()
    done, seconds = apdesk("ingest", str(folder), "--channel", "scan", "--json", home=home)
    count = len(done.stdout.splitlines())
    yield Figure("intake", f"{count / seconds:.0f} files/s", "", f"{count} files in one call, start included")


def peak(_: Path) -> Iterator[Figure]:
    mebibytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / (1 if sys.platform == "darwin" else 1024)
    yield Figure("peak memory of one process", f"{mebibytes:.0f} MiB", "", "the largest of all started above")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("shared", nargs="?", type=Path, default=None)
    parser.add_argument("--only", default="", help="some of: start, matching, storage, born, scans, intake")
    given = parser.parse_args()
    shared = given.shared or beside("bench", "score.py").parent
    with tempfile.TemporaryDirectory(prefix="apdesk-bench-") as folder:
        home = Path(folder)
        parts: dict[str, Callable[[], Iterator[Figure]]] = {
            "start": lambda: starting(home / "start"),
            "matching": lambda: matching(home),
            "storage": lambda: storage(home),
            "born": lambda: reading(shared, home / "born", scanned=False),
            "scans": lambda: reading(shared, home / "scans", scanned=True),
            "intake": lambda: intake(home / "intake"),
            "memory": lambda: peak(home),
        }
        wanted = [*given.only.split(","), "memory"] if given.only else list(parts)
        show(wanted, parts)
    return 0


def show(wanted: list[str], parts: dict[str, Callable[[], Iterator[Figure]]]) -> None:
    """Each figure as soon as it is there, and at the end what was skipped and why."""
    skipped = []
    print(f"{'benchmark':<44} {'value':>32}   {'target':<9} how")
    for name in wanted:
        try:
            for each in parts[name]():
                print(f"{each.what:<44} {each.value:>32}   {each.target:<9} {each.how}", flush=True)
        except Skipped as reason:
            skipped.append(f"skipped {name}: {reason}")
    print("\n".join(skipped) or "Nothing was skipped.")


if __name__ == "__main__":
    raise SystemExit(main())
