"""Documents taken in per second through the sandbox into the store, and what the sandbox itself costs.

Usage: python -m tests.benchmarks.bench_intake [--postgres] [--count 400] [--workers 2]
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

WARM = 20


def xml(number: int) -> bytes:
    return (
        '<?xml version="1.0"?><Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2">'
        f"<ID>N-{number}</ID></Invoice>"
    ).encode()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--workers", type=int, default=2)
    wanted = parser.parse_args()
    with ExitStack() as stack:
        os.environ["APDESK_HOME"] = stack.enter_context(tempfile.TemporaryDirectory())
        os.environ.pop("APDESK_DATABASE_URL", None)
        if wanted.postgres:
            from tests.integration import postgres

            url = stack.enter_context(postgres.server(durable=True))
            os.environ["APDESK_DATABASE_URL"] = f"{url}/postgres"
        measure(wanted.count, wanted.workers)


def processor_seconds(root: int) -> float:
    """What this process, its live descendants and any postgres have used until now."""
    ticks = os.sysconf("SC_CLK_TCK")
    total, parents = 0.0, {root}
    rows = sorted((r for r in map(_stat, Path("/proc").glob("[0-9]*")) if r), key=lambda row: row[0])
    for pid, parent, name, used in rows:
        if pid == root or parent in parents or name == "postgres":
            parents.add(pid)
            total += used / ticks
    return total


def _stat(folder: Path) -> tuple[int, int, str, int] | None:
    try:
        head, _, tail = (folder / "stat").read_text().rpartition(") ")
    except OSError:
        return None
    values = tail.split()
    own = int(values[11]) + int(values[12])
    return int(folder.name), int(values[1]), head.partition("(")[2], own


def measure(count: int, workers: int) -> None:
    from pipeline.bootstrap import build_app
    from pipeline.domain.arrivals import Looked
    from pipeline.domain.document import Channel, Upload
    from pipeline.intake.receive import receive
    from pipeline.process.guarding import look
    from pipeline.process.ingest import BATCH, take_in_many

    app = build_app()
    assert app.look is not None
    pid = os.getpid()

    def take(number: int) -> None:
        receive(app, Upload(f"{number}.xml", xml(number), Channel.PORTAL, app.clock.today()))

    def take_batch(numbers: range) -> None:
        uploads = [Upload(f"{n}.xml", xml(n), Channel.PORTAL, app.clock.today()) for n in numbers]
        assert len(list(take_in_many(app, uploads))) == len(numbers)

    database = "PostgreSQL" if "APDESK_DATABASE_URL" in os.environ else "SQLite"
    with ThreadPoolExecutor(workers) as pool:

        def singly(first: int) -> None:
            list(pool.map(take, range(first, first + count)))

        def together(first: int) -> None:
            end = first + count
            list(pool.map(take_batch, [range(n, min(n + BATCH, end)) for n in range(first, end, BATCH)]))

        list(pool.map(take, range(-WARM, 0)))
        for first, what, work in ((0, "one by one", singly), (count, f"in batches of {BATCH}", together)):
            start, busy = time.perf_counter(), processor_seconds(pid)
            work(first)
            wall, spent = time.perf_counter() - start, processor_seconds(pid) - busy
            sys.stdout.write(
                f"{database}, {what}: {count / wall:.0f} documents/s with {workers} workers by the clock; "
                f"{spent / count * 1000:.1f} ms of processor time each in all our processes and the database's\n"
            )

    def timed(work: object) -> float:
        found = []
        for number in range(100):
            began = time.perf_counter()
            work(xml(number), "a.xml")  # type: ignore[operator]
            found.append(time.perf_counter() - began)
        return statistics.median(found) * 1000

    def here(data: bytes, name: str) -> Looked:
        return look(data, name, app.limits)

    app.look(xml(0), "a.xml")
    inside, child = timed(here), timed(app.look)
    sys.stdout.write(
        f"{database}: looking in a warm child {child:.1f} ms, "
        f"in this process {inside:.1f} ms, sandbox {child - inside:.1f} ms (medians of 100)\n"
    )


if __name__ == "__main__":
    main()
