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
from dataclasses import replace
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


def facts_ms(store: Store, size: int) -> tuple[float, float]:
    """Median and 95th percentile of the facts of one invoice and its match, in milliseconds."""
    spent, policy = [], default_policy()
    for number in range(0, size, max(1, size // 200)):
        supplier, po = f"S-{number % SUPPLIERS}", f"45{number // (3 * SUPPLIERS):06}{number % SUPPLIERS:02}"
        total = Decimal(number % 5000) + Decimal("10.25")
        invoice = Invoice(
            "me", invoice_number=f"INV{number:08}", invoice_date=DAY, supplier_id=supplier, po_number=po, total=total
        )
        with store.unit_of_work() as work:
            started = time.perf_counter()
            match_invoice(work.facts_for(replace(invoice, id=f"x{number}"), DAY), policy)
            spent.append((time.perf_counter() - started) * 1000)
    return statistics.median(spent), statistics.quantiles(spent, n=20)[-1]


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
            middle, high = facts_ms(store, size)
            say(f"{name:<11} facts and match  {middle:9.1f} ms median {high:6.1f} ms p95, {size} earlier invoices")
    finally:
        store.close()
        shutil.rmtree(home, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ledger", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    sizes = parser.parse_args().ledger
    with tempfile.TemporaryDirectory() as folder:
        bench("SQLite", f"sqlite:///{folder}/bench.sqlite", sizes)
    if postgres.binaries() is None:
        say("PostgreSQL is not installed: skipped")
        return
    with postgres.server(durable=True) as url:
        bench("PostgreSQL", f"{url}/postgres", sizes)


if __name__ == "__main__":
    main()
