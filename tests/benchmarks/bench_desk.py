"""Figures of the desk: server times over many invoices, first paint of a long queue, an item at 4x CPU throttle, scripts.

Run:  python -m tests.benchmarks.bench_desk [--invoices 100000] [--items 10000]
SQLite in a temporary folder; the browser figures need Chromium.
"""

import argparse
import gzip
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright
from starlette.testclient import TestClient

from pipeline.app import App
from pipeline.storage.store import Store, open_store
from pipeline.web.app import STATIC, create_app
from tests.browser.harness import CHROMIUM, browser_of, log_in, running_desk
from tests.fakes.desk import PASSWORD, PEOPLE, Desk, build_desk
from tests.fakes.intake import FakeReceive

TARGETS = {"item": 50.0, "queue": 50.0, "queue of all rows": 500.0, "LCP at 4x": 1000.0}
BATCH = 5000


def say(name: str, value: float, unit: str, target: float | None = None) -> None:
    judged = "" if target is None else f"   at most {target:.0f}: {'yes' if value <= target else 'NO'}"
    sys.stdout.write(f"{name:<36} {value:10.1f} {unit}{judged}\n")
    sys.stdout.flush()


def fill(store: Store, desk: Desk, invoices: int, items: int) -> None:
    """Copies of one held invoice under other numbers; the first `items` of them are waiting."""
    record, item = desk.record("price"), desk.item("price")
    document = desk.store.state.documents[record.document_id]
    assert record.invoice is not None
    store.blobs.put(desk.app.blobs.get(document.sha256))
    with store.unit_of_work() as work:
        work.add_document(document)
        work.commit()
    for start in range(0, invoices, BATCH):
        with store.unit_of_work() as work:
            for number in range(start, min(start + BATCH, invoices)):
                invoice = replace(record.invoice, id=f"i{number}", invoice_number=f"BW-{number:07}")
                state = record.state if number < items else "POSTED"
                work.add_invoice(replace(record, id=f"i{number}", sequence=number + 1, invoice=invoice, state=state))
                if number < items:
                    fresh = replace(item, id=f"t{number}", invoice_id=f"i{number}", owner_role="AP_CLERK", version=0)
                    work.add_item(
                        replace(fresh, queue=f"AP_{number % 5}", priority_score=fresh.priority_score + number % 97)
                    )
            work.commit()


def real_app(desk: Desk, store: Store) -> App:
    for person in PEOPLE:
        store.accounts.save_user(person, PASSWORD)
    return replace(
        desk.app, unit_of_work=store.unit_of_work, blobs=store.blobs, queries=store.queries, accounts=store.accounts
    )


def p95(action: Callable[[int], Any], count: int = 100) -> float:
    spent = []
    for number in range(count):
        started = time.perf_counter()
        action(number)
        spent.append((time.perf_counter() - started) * 1000)
    return statistics.quantiles(spent, n=20)[-1]


def server_times(app: App, items: int) -> None:
    http = TestClient(create_app(app, FakeReceive()), follow_redirects=False)
    token = http.post("/api/v1/tokens", json={"user": "clerk", "password": PASSWORD}).json()["token"]
    http.headers["authorization"] = f"Bearer {token}"
    places: dict[str, Callable[[int], str]] = {
        "item": lambda n: f"/items/t{n * 31 % items}",
        "queue": lambda n: f"/queue?sort={('priority', 'due', 'amount', 'age')[n % 4]}",
        "queue by API": lambda n: f"/api/v1/queue?offset={n * 97 % items}",
        "search by number": lambda n: f"/invoices?q=BW-{n * 31:07}",
    }
    for name, place in places.items():
        assert http.get(place(0)).status_code == 200, name

        def ask(number: int, place: Callable[[int], str] = place) -> None:
            http.get(place(number))

        say(f"server p95: {name}", p95(ask), "ms", TARGETS.get(name))


LCP = """() => new Promise(done => new PerformanceObserver(list => done(list.getEntries().at(-1).startTime))
    .observe({type: 'largest-contentful-paint', buffered: true}))"""
PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0].startTime"


def browser_times(app: App, desk: Desk) -> None:
    desk.app = app
    with running_desk(desk) as (base, _), sync_playwright() as play:
        browser = browser_of(play)
        page: Page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        log_in(page, base, "clerk")
        page.goto(f"{base}/queue")
        page.wait_for_timeout(300)
        say("queue of all rows: first paint", page.evaluate(PAINT), "ms", TARGETS["queue of all rows"])
        session = page.context.new_cdp_session(page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
        page.goto(f"{base}/items/t7")
        page.wait_for_timeout(1500)
        say("item: LCP at 4x CPU throttle", page.evaluate(LCP), "ms", TARGETS["LCP at 4x"])
        browser.close()


def main(invoices: int, items: int) -> None:
    size = sum(len(gzip.compress(file.read_bytes())) for file in STATIC.glob("*.js"))
    say("own scripts, gzipped", size / 1000, "kB", 60)
    home, desk = Path(tempfile.mkdtemp(prefix="apdesk-bench-")), build_desk()
    try:
        store = open_store(f"sqlite:///{home}/bench.sqlite", home)
        started = time.perf_counter()
        fill(store, desk, invoices, items)
        say(f"filled with {invoices} invoices, {items} items", time.perf_counter() - started, "s")
        app = real_app(desk, store)
        server_times(app, items)
        if CHROMIUM:
            browser_times(app, desk)
        store.close()
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Figures of the desk.")
    parser.add_argument("--invoices", type=int, default=100_000)
    parser.add_argument("--items", type=int, default=10_000)
    given = parser.parse_args()
    main(given.invoices, given.items)
