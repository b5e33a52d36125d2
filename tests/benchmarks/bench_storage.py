"""Figures of the store: appends, ingest and the look-up of facts with the match, on SQLite and PostgreSQL with everything synced.

Run:  python -m tests.benchmarks.bench_storage [--ledger 1000 10000 100000]
"""

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from pipeline.domain.document import Channel, Document
from pipeline.domain.events import SYSTEM, Action, EventDraft
from pipeline.domain.invoice import Invoice, PriorInvoice, PriorLine
from pipeline.domain.orders import OrderLine, PurchaseOrder
from pipeline.domain.supplier import Supplier
from pipeline.intake.masters import Assembled
from pipeline.match.three_way import match_invoice
from pipeline.storage.store import Store, open_store
from rules.load import default_policy
from tests.benchmarks.plans import Touched, touched
from tests.integration import postgres

DAY = date(2026, 3, 16)
SUPPLIERS = 50


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def rate(count: int, action: Callable[[int], None]) -> float:
    started = time.perf_counter()
    for number in range(count):
        action(number)
    return count / (time.perf_counter() - started)


def append(store: Store, number: int) -> None:
    with store.unit_of_work() as work:
        work.record(EventDraft(SYSTEM, Action.MATCH_RUN, "invoice", f"i{number}", after={"checks": [number] * 20}))
        work.commit()


def ingest(store: Store, number: int) -> None:
    """Store 50 kB, register, record: what one accepted file costs."""
    data = number.to_bytes(8, "big") + b"x" * 50_000
    sha = store.blobs.put(data)
    with store.unit_of_work() as work:
        now = datetime.now(UTC)
        document = Document(
            f"d{number}", sha, f"{number}.pdf", None, "application/pdf", len(data), Channel.EMAIL, DAY, now,
            sequence=work.next_sequence(),
        )  # fmt: skip
        work.add_document(document)
        work.record(EventDraft(SYSTEM, Action.DOCUMENT_RECEIVED, "document", document.id, source_ref=sha))
        work.commit()


def ledger(size: int, start: int) -> Assembled:
    """`size` earlier invoices of SUPPLIERS suppliers over two years, three to an order."""
    prior, orders = [], {}
    for number in range(start, start + size):
        supplier, po = f"S-{number % SUPPLIERS}", f"45{number // (3 * SUPPLIERS):06}{number % SUPPLIERS:02}"
        amount = Decimal(number % 5000) + Decimal("10.25")
        line = PriorLine("1", Decimal(2), amount, "EA", "item", po)
        day = DAY - timedelta(days=number % 730)
        prior.append(
            PriorInvoice(f"INV{number:08}", day, supplier, "paid", amount, po_number=po, currency="USD", lines=(line,))
        )
        if po not in orders:
            lines = (OrderLine("1", Decimal(100), "EA", Decimal("5.00")),)
            status = "open" if number % 20 == 0 else "closed"
            orders[po] = PurchaseOrder(po, supplier, status, "USD", DAY, lines)
    return Assembled(prior=prior, orders=list(orders.values()), kept=frozenset({"suppliers.banks"}))


@dataclass(frozen=True, slots=True)
class Cost:
    """Of the facts of one invoice and its match. `wall` and `high` (p95) swing with the machine's load; `cpu` is this
    process's own time and `rows` what the database read, which do not."""

    wall: float
    high: float
    cpu: float
    touched: Touched


def a_bill(number: int) -> Invoice:
    supplier, po = f"S-{number % SUPPLIERS}", f"45{number // (3 * SUPPLIERS):06}{number % SUPPLIERS:02}"
    total = Decimal(number % 5000) + Decimal("10.25")
    return Invoice(
        f"x{number}",
        invoice_number=f"INV{number:08}",
        invoice_date=DAY,
        supplier_id=supplier,
        po_number=po,
        total=total,
    )


def facts_cost(store: Store, size: int) -> Cost:
    """Medians over 200 invoices spread over the ledger, in milliseconds; plans of every tenth."""
    wall, cpu, policy = [], [], default_policy()
    numbers = range(0, size, max(1, size // 200))
    for number in numbers:
        invoice = a_bill(number)
        with store.unit_of_work() as work:
            started, busy = time.perf_counter(), time.process_time()
            match_invoice(work.facts_for(invoice, DAY), policy)
            cpu.append((time.process_time() - busy) * 1000)
            wall.append((time.perf_counter() - started) * 1000)
    plans = [touched(store, lambda n=number: _facts(store, n)) for number in numbers[::10]]  # type: ignore[misc]
    middle = Touched(
        max(plan.statements for plan in plans),
        None if plans[0].rows is None else int(statistics.median(plan.rows or 0 for plan in plans)),
        sorted({table for plan in plans for table in plan.scanned}),
        statistics.median(plan.server_ms for plan in plans),
    )
    return Cost(statistics.median(wall), statistics.quantiles(wall, n=20)[-1], statistics.median(cpu), middle)


def _facts(store: Store, number: int) -> None:
    with store.unit_of_work() as work:
        work.facts_for(a_bill(number), DAY)


def bench(name: str, url: str, sizes: list[int]) -> None:
    home = Path(tempfile.mkdtemp(prefix="apdesk-bench-"))
    store = open_store(url, home)
    try:
        say(f"{name:<11} appends/s        {rate(300, lambda n: append(store, n)):9.0f}")
        say(f"{name:<11} ingest/s         {rate(200, lambda n: ingest(store, n)):9.0f}")
        started = time.perf_counter()
        count = store.verify_audit().count
        say(f"{name:<11} verify           {count / (time.perf_counter() - started):9.0f} events/s")
        suppliers = [Supplier(f"S-{n}", f"Supplier {n}", f"G-{n}") for n in range(SUPPLIERS)]
        store.write_masters(Assembled(suppliers=suppliers), "bench")
        held = 0
        for size in sizes:
            for start in range(held, size, 10_000):
                store.write_masters(ledger(min(10_000, size - start), start), "bench")
            held = size
            cost = facts_cost(store, size)
            seen = (
                ""
                if cost.touched.rows is None
                else f", {cost.touched.rows} rows, {cost.touched.server_ms:.1f} ms there"
            )
            scans = f", SCANS {', '.join(cost.touched.scanned)}" if cost.touched.scanned else ", no scans"
            say(
                f"{name:<11} facts and match  {cost.wall:6.1f} ms median {cost.high:6.1f} ms p95 {cost.cpu:6.1f} ms cpu"
                f"{seen}{scans}, {size} earlier invoices"
            )
    finally:
        store.close()
        shutil.rmtree(home, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ledger", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--only", choices=("sqlite", "postgresql"), default=None)
    chosen = parser.parse_args()
    sizes = chosen.ledger
    if chosen.only == "postgresql":
        with postgres.server(durable=False) as url:
            bench("PostgreSQL", f"{url}/postgres", sizes)
        return
    with tempfile.TemporaryDirectory() as folder:
        bench("SQLite", f"sqlite:///{folder}/bench.sqlite", sizes)
    if chosen.only:
        return
    if postgres.binaries() is None:
        say("PostgreSQL is not installed: skipped")
        return
    with postgres.server(durable=True) as url:
        bench("PostgreSQL", f"{url}/postgres", sizes)


if __name__ == "__main__":
    main()
