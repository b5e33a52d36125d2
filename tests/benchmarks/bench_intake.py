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


def measure(count: int, workers: int) -> None:
    from pipeline.bootstrap import build_app
    from pipeline.domain.arrivals import Looked
    from pipeline.domain.document import Channel, Upload
    from pipeline.intake.receive import receive
    from pipeline.process.guarding import look

    app = build_app()
    assert app.look is not None

    def take(number: int) -> None:
        receive(app, Upload(f"{number}.xml", xml(number), Channel.PORTAL, app.clock.today()))

    take(-1)
    start = time.perf_counter()
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(take, range(count)))
    rate = count / (time.perf_counter() - start)

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
    database = "PostgreSQL" if "APDESK_DATABASE_URL" in os.environ else "SQLite"
    sys.stdout.write(
        f"{database}: {rate:.0f} documents/s with {workers} workers; looking in a warm child {child:.1f} ms, "
        f"in this process {inside:.1f} ms, sandbox {child - inside:.1f} ms (medians of 100)\n"
    )


if __name__ == "__main__":
    main()
