"""Figures of the desk: server times over many invoices, first paint of a long queue, an item at 4x CPU throttle, scripts,
and thirty mixed items by keys alone.

Run:  python -m tests.benchmarks.bench_desk [--invoices 100000] [--items 10000] [--postgres]
SQLite in a temporary folder, or a PostgreSQL of its own; the browser figures need Chromium.
"""

import argparse
import gzip
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright
from starlette.testclient import TestClient

from pipeline.app import App
from pipeline.storage.store import Store, open_store
from pipeline.web.app import STATIC, create_app
from tests.browser import day
from tests.browser.harness import CHROMIUM, browser_of, log_in, running_desk
from tests.fakes.desk import PASSWORD, PEOPLE, Desk, build_desk, build_masters
from tests.fakes.intake import FakeReceive
from tests.integration import postgres

TARGETS = {"item": 50.0, "queue": 50.0, "queue of all rows": 500.0, "LCP at 4x": 1000.0, "event": 100.0}
BATCH = 5000
LAST = date(2026, 3, 5)
SUPPLIERS, DAYS = 400, 720  # a group's ledger of two years: no supplier bills everything, and nothing on one day


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
                supplier = record.invoice.supplier_id if number < items // 20 else f"SUP-9{number % SUPPLIERS:03}"
                invoice = replace(
                    record.invoice, id=f"i{number}", invoice_number=f"BW-{number:07}", supplier_id=supplier,
                    invoice_date=LAST - timedelta(number * 7 % DAYS),
                )  # fmt: skip
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
# From the key to the first frame in which the next field has the focus, or the next item is shown.
WATCH = """what => { window.took = null; const first = location.pathname, start = document.activeElement;
  const seen = what === "enter" ? () => document.activeElement !== start : () => location.pathname !== first;
  addEventListener("keydown", () => { const at = performance.now(); const look = () => {
    if (seen()) requestAnimationFrame(() => { window.took = performance.now() - at; }); else requestAnimationFrame(look); };
    look(); }, {once: true, capture: true}); }"""
EVENTS = """() => { window.slow = [0]; new PerformanceObserver(list => list.getEntries().forEach(e => window.slow.push(e.duration)))
    .observe({type: "event", durationThreshold: 16}); }"""


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
        page.evaluate(EVENTS)
        for key in ("Tab", "Tab", "x", "Backspace", "Enter", "Alt+ArrowRight", "?", "Escape", "Control+k", "Escape"):
            page.keyboard.press(key)
            page.wait_for_timeout(150)
        say("item: slowest key at 4x CPU throttle", max(page.evaluate("window.slow")), "ms", TARGETS["event"])
        browser.close()


def morning() -> None:
    """Thirty mixed items by keys alone; and the two waits that a clerk feels: to the next field, to the next item."""
    desk = build_masters()
    day.fill(desk)
    with running_desk(desk) as (base, _), sync_playwright() as play:
        browser = browser_of(play)
        page: Page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        log_in(page, base, day.WORKER.id)
        worked = list(day.work_through(page, desk, base))
        for kind, count in day.PLAN:
            mine = [each for each in worked if each.kind == kind]
            keys, seconds = statistics.mean(e.keys for e in mine), statistics.mean(e.seconds for e in mine)
            sys.stdout.write(f"{count:>3} x {kind:<29} {keys:10.1f} keys   {seconds:.2f} s an item\n")
        browser.close()
    waits("enter", "Enter", "two_doubts", "Enter to the next field painted", 50)
    waits("next", "Control+Enter", "clean", "complete to the next item painted", 150)


def waits(what: str, key: str, name: str, words: str, target: float, runs: int = 7) -> None:
    took = []
    for _ in range(runs):
        with running_desk(build_desk()) as (base, desk), sync_playwright() as play:
            browser = browser_of(play)
            page: Page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
            log_in(page, base, "clerk")
            page.goto(f"{base}/items/{desk.item(name).id}")
            page.wait_for_timeout(1500)
            page.evaluate(WATCH, what)
            page.keyboard.press(key)
            page.wait_for_function("() => window.took !== null")
            took.append(page.evaluate("window.took"))
            browser.close()
    say(f"{words} (median of {runs})", statistics.median(took), "ms", target)


def main(invoices: int, items: int, on_postgres: bool) -> None:
    size = sum(len(gzip.compress(file.read_bytes())) for file in STATIC.glob("*.js"))
    say("own scripts, gzipped", size / 1000, "kB", 60)
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="apdesk-bench-")))
        url = f"sqlite:///{home}/bench.sqlite"
        if on_postgres:
            url = f"{stack.enter_context(postgres.server(durable=True))}/postgres"
        desk, store = build_desk(), open_store(url, home)
        started = time.perf_counter()
        fill(store, desk, invoices, items)
        say(f"filled with {invoices} invoices, {items} items", time.perf_counter() - started, "s")
        if on_postgres:
            with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("VACUUM ANALYZE")  # as autovacuum does a minute after a bulk load
        store.close()
        store = open_store(url, home)
        stack.callback(store.close)
        app = real_app(desk, store)
        server_times(app, items)
        if CHROMIUM:
            browser_times(app, desk)
            morning()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Figures of the desk.")
    parser.add_argument("--invoices", type=int, default=100_000)
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL server started for it")
    given = parser.parse_args()
    main(given.invoices, given.items, given.postgres)
