"""From an order in Tryton to a paid invoice, with the real store, matching engine and outbox between them."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

from fixtures.tryton.buyer import Buyer
from fixtures.tryton.server import DATABASE, TrytonServer
from pipeline.domain.erp import START, VoucherState
from pipeline.export.reconcile import LedgerRow, reconcile
from pipeline.export.tryton import TrytonGateway
from pipeline.export.tryton_config import TrytonConfig
from pipeline.process.dispatch import dispatch_outbox
from tests.integration.erp.desk import Desk, gloves

TODAY = date(2026, 11, 12)


@pytest.fixture
def buyer(tryton: TrytonServer) -> Buyer:
    return Buyer(tryton.url, DATABASE, tryton.key)


@pytest.fixture
def desk(tryton: TrytonServer, tmp_path: Path) -> Desk:
    client = httpx.Client(base_url=tryton.url, timeout=60)
    config = TrytonConfig(database=DATABASE)
    return Desk(tmp_path, lambda hmac: TrytonGateway(client, tryton.key, config, hmac), TODAY)


def test_the_full_cycle(desk: Desk, buyer: Buyer) -> None:
    order = buyer.order([("GLV-NIT-M", 10, "8.95")])
    buyer.receive(order["id"], {"GLV-NIT-M": 6}, "DN-1", date(2026, 11, 9))
    desk.sync()
    assert desk.stale() == ()

    invoice = desk.receive(*gloves(order["number"], "MD-1001", "10", "8.95", TODAY), TODAY)
    assert (desk.record(invoice).state, desk.holds(invoice)) == ("WAIT_RECEIPT", ["RCPT_PARTIAL"])
    assert dispatch_outbox(desk.app) == {}

    buyer.receive(order["id"], {"GLV-NIT-M": 4}, "DN-2", date(2026, 11, 12))
    report, woken = desk.sync()
    assert (order["number"], "receipt_event") in report.touched
    assert woken == [invoice]
    assert desk.record(invoice).state == "AUTO_APPROVED"

    assert dispatch_outbox(desk.app) == {"posted": 1}
    posted = desk.record(invoice)
    assert posted.state == "POSTED"
    held = buyer.invoices(order["id"], "lines.quantity", "lines.origin")
    assert [(row["number"], row["state"], row["reference"], row["total_amount"]) for row in held] == [
        (posted.voucher_no, "posted", "MD-1001", Decimal("89.50"))
    ]
    assert dispatch_outbox(desk.app) == {}
    assert len(buyer.invoices(order["id"])) == 1

    assert desk.sync()[1] == []
    buyer.pay(held[0]["id"], Decimal("89.50"))
    desk.sync()
    assert desk.record(invoice).state == "PAID"
    assert reconcile([ledger(desk, invoice)], desk.gateway.vouchers(date(2026, 1, 1))) == []


def ledger(desk: Desk, invoice: str) -> LedgerRow:
    record = desk.record(invoice)
    assert record.invoice is not None
    assert record.invoice.total is not None
    key = f"post:{record.id}:{record.content_hash[:16]}"
    return LedgerRow(
        record.id, key, record.state, "SUP-001", str(record.invoice.invoice_number), record.invoice.total, "USD"
    )


def test_tryton_posts_thirty_at_triple_price_and_we_hold_it(desk: Desk, buyer: Buyer) -> None:
    """An order of 10 at 8.95; the supplier bills 30 at 26.85. Tryton books it when asked; we do not ask."""
    order = buyer.order([("GLV-NIT-M", 10, "8.95")])
    buyer.receive(order["id"], {"GLV-NIT-M": 10}, "DN-3")
    desk.sync()
    invoice = desk.receive(*gloves(order["number"], "MD-2001", "30", "26.85", TODAY), TODAY)
    record = desk.record(invoice)
    assert record.state == "IN_REVIEW"
    assert {"PRICE_OVER", "QTY_OVER_ORDERED", "QTY_OVER_RECEIVED"} <= set(desk.holds(invoice))
    assert record.match is not None
    # 30 x 26.85 = 805.50 billed; 10 x 8.95 = 89.50 is what order and receipt support.
    assert (record.match.payable_now, record.match.disputed_amount) == (Decimal(0), Decimal("716.00"))
    assert dispatch_outbox(desk.app) == {}
    assert buyer.invoices(order["id"]) == []

    buyer.rest.action("purchase.purchase", order["id"], "manual_invoice")
    draft = buyer.invoices(order["id"], "lines.id")[0]
    change = ["write", [draft["lines"][0]["id"]], {"quantity": 30.0, "unit_price": Decimal("26.85")}]
    buyer.rest.update(
        "account.invoice", draft["id"], {"invoice_date": TODAY, "reference": "MD-2001", "lines": [change]}
    )
    buyer.rest.action("account.invoice", draft["id"], "validate_invoice")
    buyer.rest.action("account.invoice", draft["id"], "post")
    booked = buyer.invoices(order["id"])
    assert [(row["state"], row["total_amount"]) for row in booked] == [("posted", Decimal("805.50"))]
    bypass = [d for d in reconcile([], desk.gateway.vouchers(date(2026, 1, 1))) if d.invoice_number == "MD-2001"]
    assert [(d.kind, d.theirs) for d in bypass] == [("missing_here", "posted 805.50 USD")]


@pytest.mark.parametrize("method", ["order", "fulfillment"])
def test_the_draft_that_tryton_made_is_adopted(desk: Desk, buyer: Buyer, method: str) -> None:
    """No second invoice, no credit note against ours, and the remainder stays as Tryton's draft."""
    order = buyer.order([("GLV-NIT-M", 10, "8.95"), ("SYR-10ML", 5, "14.75")], method)
    buyer.receive(order["id"], {"GLV-NIT-M": 6, "SYR-10ML": 5}, f"DN-{method}")
    before = {row["id"] for row in buyer.invoices(order["id"])}
    desk.sync()
    invoice = desk.receive(*gloves(order["number"], f"MD-{method}", "6", "8.95", TODAY), TODAY)
    assert dispatch_outbox(desk.app) == {"posted": 1}, desk.holds(invoice)
    rows = buyer.invoices(order["id"], "lines.quantity")
    ours = [row for row in rows if row["reference"] == f"MD-{method}"]
    assert [(row["id"] in before, row["state"], row["total_amount"]) for row in ours] == [
        (True, "posted", Decimal("53.70"))
    ]
    assert all(row["state"] == "draft" and row["total_amount"] > 0 for row in rows if row not in ours)
    left = sum((row["total_amount"] for row in rows if row not in ours), Decimal(0))
    assert left == Decimal("73.75") + (Decimal("35.80") if method == "order" else 0)


def test_paid_and_void_are_read_back_by_the_stream(desk: Desk, buyer: Buyer) -> None:
    order = buyer.order([("GLV-NIT-M", 2, "8.95")])
    buyer.receive(order["id"], {"GLV-NIT-M": 2}, "DN-9")
    desk.sync()
    invoice = desk.receive(*gloves(order["number"], "MD-9", "2", "8.95", TODAY), TODAY)
    dispatch_outbox(desk.app)
    row = next(b for b in desk.gateway.billed(START).rows if b.invoice_number == "MD-9")
    assert (row.id, row.status, row.lines[0].po_line, row.lines[0].qty) == (invoice, "posted", "1", 2)
    status = desk.gateway.status(f"post:{invoice}:{desk.record(invoice).content_hash[:16]}")
    assert status is not None
    assert status.state is VoucherState.POSTED
