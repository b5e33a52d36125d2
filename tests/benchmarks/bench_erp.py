"""Sync and posting against a real Tryton, and orders from CSV: seconds.

python -m tests.benchmarks.bench_erp [--orders 1000] [--csv 10000]
"""

import argparse
import csv
import json
import random
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median

import httpx

from fixtures.tryton.server import DATABASE, TrytonServer, serve
from pipeline.export.files import FileGateway
from pipeline.export.tryton import TrytonGateway
from pipeline.export.tryton_config import TrytonConfig
from tests.contract.erp.worlds import TrytonWorld, fingerprint, voucher
from tests.integration.erp.desk import Desk


def timed(label: str, work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    seconds = time.perf_counter() - began
    print(f"{label:<52} {seconds:8.3f} s")
    return seconds


def over_tryton(server: TrytonServer, home: Path) -> None:
    client = httpx.Client(base_url=server.url, timeout=60)
    desk = Desk(
        home, lambda hmac: TrytonGateway(client, server.key, TrytonConfig(database=DATABASE), hmac), date(2026, 11, 12)
    )
    report, _ = desk.sync()
    for each in report.streams:
        print(f"  {each.stream.value:<20} {each.rows:6d} rows {len(each.changed):6d} changed {each.seconds:8.3f} s")
    print(f"{'first sync, read and stored':<52} {sum(each.seconds for each in report.streams):8.3f} s")
    timed("sync without news", desk.sync)
    timed("sync of everything again, nothing changed", lambda: desk.sync(full=True))
    world = TrytonWorld(server)
    first, again = [], []
    for n in range(5):
        order = world.order(10)
        world.receive(order, 10, f"DN-B{n}")
        what, key = voucher(order, "10", f"INV-B{n}"), f"post:b{n}:x"
        began = time.perf_counter()
        world.gateway.post(what, key)
        first.append(time.perf_counter() - began)
        began = time.perf_counter()
        world.gateway.post(what, key)
        again.append(time.perf_counter() - began)
    print(f"{'post with document, median of 5':<52} {median(first):8.3f} s")
    print(f"{'the same post repeated, median of 5':<52} {median(again):8.3f} s")
    timed("sync of what this changed", desk.sync)


def write_csv(folder: Path, orders: int) -> None:
    rng = random.Random(7)
    units = json.dumps({"EA": "1", "BX": "10"})
    (folder / "in").mkdir(parents=True)
    files = {
        "suppliers": [["id", "name"], *([f"S{n}", f"Supplier {n}"] for n in range(200))],
        "purchase_orders": [["number", "supplier_id", "status", "currency", "order_date"]],
        "purchase_order_lines": [["po_number", "no", "qty", "uom", "unit_price", "uom_conversions"]],
        "receipts": [["id", "po_number", "date"]],
        "receipt_lines": [["receipt_id", "po_number", "po_line", "received"]],
        "prior_invoices": [["invoice_number", "invoice_date", "supplier_id", "status", "total"]],
        "usage_records": [["case_id", "po_number", "po_line", "qty"]],
    }
    for n in range(orders):
        files["purchase_orders"].append([f"P{n}", f"S{n % 200}", "open", "USD", "2026-01-02"])
        files["receipts"].append([f"R{n}", f"P{n}", "2026-01-09"])
        for line in range(1, 4):
            qty = str(rng.randint(1, 50))
            files["purchase_order_lines"].append([f"P{n}", str(line), qty, "BX", "8.95", units])
            files["receipt_lines"].append([f"R{n}", f"P{n}", str(line), qty])
    for name, rows in files.items():
        with (folder / "in" / f"{name}.csv").open("w", newline="") as file:
            csv.writer(file).writerows(rows)


def over_csv(home: Path, orders: int) -> None:
    write_csv(home / "erp", orders)
    desk = Desk(home / "desk", lambda hmac: FileGateway(home / "erp", fingerprint), date(2026, 11, 12))
    timed(f"{orders} orders of 3 lines and their receipts from CSV", desk.sync)
    timed("CSV sync without news", desk.sync)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=1000)
    parser.add_argument("--csv", type=int, default=10000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        over_csv(Path(name) / "csv", chosen.csv)
        folder = Path(name) / "tryton"
        folder.mkdir()
        server = serve(folder, chosen.orders)
        try:
            over_tryton(server, Path(name) / "desk")
        finally:
            server.stop()


if __name__ == "__main__":
    main()
