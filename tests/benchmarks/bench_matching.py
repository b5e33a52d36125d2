"""Speed of the matching engine. Run: python -m tests.benchmarks.bench_matching [--seconds N]."""

import argparse
import sys
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal

from pipeline.domain.invoice import Invoice, InvoiceLine, PriorInvoice, PriorLine
from pipeline.domain.matching import Facts, MatchResult
from pipeline.domain.orders import OrderLine, PurchaseOrder, Receipt, ReceiptLine
from pipeline.domain.supplier import Facility, Supplier
from pipeline.match.three_way import match_invoice
from rules.load import default_policy

TARGETS = {"invoices_per_second": 1500.0, "pairing_500x500_s": 2.0, "distributor_5000_s": 20.0}
_SUPPLIERS = (Supplier("S1", "Acme", "G1", tax_id="1"), Supplier("S2", "Other", "G2", tax_id="2"))
_PLACES = (Facility("F1", "Main", "LE"),)


def facts_of(number: int, lines: int, *, identified: bool = True, same_words: bool = False) -> Facts:
    """An invoice of `lines` lines with its order, receipt and two earlier invoices. Prices differ, all fits."""
    order_lines, billed, received = [], [], []
    net_sum = Decimal(0)
    for place in range(1, lines + 1):
        qty, price = Decimal(place % 7 + 1), Decimal(place % 90 + 10)
        words = "sterile gauze sponge" if same_words else f"item {number} {place} sterile model m{place * 37 % 9973}"
        item = f"V-{number}-{place}"
        order_lines.append(OrderLine(str(place), qty, "EA", price, words, f"B{place}", item))
        ident = item if identified else None
        billed.append(InvoiceLine(str(place), words, qty, "EA", price, qty * price, supplier_item=ident))
        received.append(ReceiptLine(str(place), qty))
        net_sum += qty * price
    day = date(2026, 3, 10)
    po = f"PO-{number}"
    order = PurchaseOrder(po, "S1", "open", "USD", date(2026, 3, 1), tuple(order_lines), ship_to="F1")
    invoice = Invoice(
        id=f"i{number}",
        invoice_number=f"INV-{number}",
        invoice_date=day,
        received_on=day,
        supplier_id="S1",
        po_number=po,
        currency="USD",
        ship_to="F1",
        lines=tuple(billed),
        lines_total=net_sum,
        tax_total=Decimal("0.00"),
        total=net_sum,
    )
    priors = tuple(
        PriorInvoice(
            f"X-{number}-{n}", day, "S1", "posted", Decimal(5), po_number=f"PO-{number}-{n}", lines=(PriorLine("1"),)
        )
        for n in range(2)
    )
    receipt = Receipt(f"GR-{number}", po, date(2026, 3, 9), tuple(received))
    return Facts(
        invoice, date(2026, 3, 15), _SUPPLIERS, _PLACES, (order,), (receipt,), priors, rates={"USD": Decimal(1)}
    )


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def invoices_per_second(seconds: float) -> float:
    """Five-line invoices through the whole engine on one core, 10,000 different orders."""
    facts = [facts_of(number, 5) for number in range(10_000)]
    policy = default_policy()
    done, start = 0, time.perf_counter()
    while (spent := time.perf_counter() - start) < seconds:
        result = match_invoice(facts[done % len(facts)], policy)
        assert result.status == "AUTO_APPROVED", result
        done += 1
    return done / spent


def pairing_seconds(lines: int, *, identified: bool, same_words: bool) -> tuple[float, MatchResult]:
    """One invoice of `lines` lines against an order of as many."""
    facts = facts_of(1, lines, identified=identified, same_words=same_words)
    results: list[MatchResult] = []
    spent = _timed(lambda: results.append(match_invoice(facts, default_policy())))
    return spent, results[0]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0)
    seconds = parser.parse_args().seconds
    figures = {
        "invoices_per_second": invoices_per_second(seconds),
        "pairing_500x500_s": pairing_seconds(500, identified=False, same_words=True)[0],
        "pairing_500_by_words_s": pairing_seconds(500, identified=False, same_words=False)[0],
        "distributor_5000_s": pairing_seconds(5000, identified=True, same_words=False)[0],
        "distributor_5000_by_words_s": pairing_seconds(5000, identified=False, same_words=False)[0],
    }
    for name, value in figures.items():
        target = TARGETS.get(name)
        sys.stdout.write(f"{name:30} {value:10.3f}" + (f"   target {target:g}\n" if target else "\n"))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
