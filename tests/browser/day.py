"""A morning at the desk: thirty mixed items, worked by keys alone, keys and seconds counted for each."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from playwright.sync_api import Page

from pipeline.domain.orders import OrderLine, PurchaseOrder, Receipt, ReceiptLine
from pipeline.domain.records import User
from tests.fakes.desk import BW, PASSWORD, ROWS, Desk, add

# Who does both in a small hospital: the queue of the clerks and that of the buyers.
WORKER = User("worker", "Wim Worker", ("AP_CLERK", "BUYER"))
FIVE = ("gauze", "mask", "gown", "tape", "swab")
ROWS |= {name: (f"BMD-5{i}", f"{name.capitalize()} sterile", "10", "BX", "10.50") for i, name in enumerate(FIVE)}
ROWS |= {f"dear {name}": (*ROWS[name][:4], "12.50") for name in FIVE}
PLAN = (("clean", 12), ("wrong field", 9), ("mismatch", 5), ("duplicate", 2), ("reject", 2))


@dataclass(frozen=True)
class Worked:
    """One item: what it was, the keys it took and the seconds from its painting to the next item's."""

    kind: str
    keys: int
    seconds: float


def fill(desk: Desk) -> None:
    """Thirty invoices, each on its own order, that nobody has seen yet."""
    desk.accounts.save_user(WORKER, PASSWORD)
    number = 0
    for kind, count in PLAN:
        for _ in range(count):
            number += 1
            _one(desk, kind, f"{kind} {number}", f"BW-3{number:04}", f"45002{number:05}")


def _one(desk: Desk, kind: str, name: str, invoice_number: str, po: str) -> None:
    rows = tuple(f"dear {row}" if kind == "mismatch" and row in FIVE[:3] else row for row in FIVE)
    lines = tuple(
        OrderLine(str(i), Decimal(10), "BX", Decimal("10.50"), ROWS[row][1], supplier_item=ROWS[row][0])
        for i, row in enumerate(FIVE, 1)
    )
    masters = desk.store.masters
    masters.orders.append(PurchaseOrder(po, "SUP-101", "open", "USD", date(2026, 2, 20), lines, requester="nurse"))
    got = tuple(ReceiptLine(line.no, received=Decimal(10)) for line in lines)
    masters.receipt_list.append(Receipt(f"GR-{po}", po, date(2026, 3, 2), got, posted_by="receiver"))
    if kind == "duplicate":
        add(desk, name, BW, "BW-20441", ("gloves", "syringes"))
    elif kind == "wrong field":
        add(desk, name, BW, invoice_number, rows, po=po, low={"invoice_number": 0.71})
    elif kind == "reject":
        add(desk, name, BW, invoice_number, rows, po=None)
    else:
        sample = (("QA_SAMPLE", "Random sample of clean invoices: have a look."),)
        add(desk, name, BW, invoice_number, rows, po=po, findings=sample if kind == "clean" else ())


def work_through(page: Page, desk: Desk, base: str) -> Iterator[Worked]:
    """From the queue by N, then each item that the desk brings, until none of the thirty is left."""
    names = {invoice_id: name for name, invoice_id in desk.ids.items()}
    page.goto(f"{base}/queue")
    page.keyboard.press("n")
    page.wait_for_url("**/items/*")
    while "/items/" in page.url:
        here = page.url
        started = time.perf_counter()
        item = next(i for i in desk.store.state.items.values() if i.id == here.rsplit("/", 1)[1])
        kind = names[item.invoice_id].rsplit(" ", 1)[0]
        keys = _keys(kind, desk, item.invoice_id)
        # The page is ready when it has claimed the item: a person sees the same line.
        page.wait_for_function("() => document.querySelector('#claim')?.textContent === 'You have this item.'")
        for key in keys:
            page.keyboard.press(key)
        page.wait_for_url(lambda url, here=here: url != here, wait_until="commit")
        yield Worked(kind, len(keys), time.perf_counter() - started)


def _keys(kind: str, desk: Desk, invoice_id: str) -> list[str]:
    done = "Control+Enter"
    scripts: dict[str, Callable[[], list[str]]] = {
        "clean": lambda: [done],
        "wrong field": lambda: [*_number(desk, invoice_id), done],
        "mismatch": lambda: ["v", "Alt+1", done],
        "duplicate": lambda: ["d", "Alt+1", done],
        "reject": lambda: ["Escape", "r", "Alt+2", done],
    }
    return scripts[kind]()


def _number(desk: Desk, invoice_id: str) -> str:
    invoice = desk.store.state.invoices[invoice_id].invoice
    assert invoice is not None
    return invoice.invoice_number or ""
