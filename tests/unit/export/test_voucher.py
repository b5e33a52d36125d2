"""From an approved record to a voucher that adds up."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from pipeline.domain.document import Channel
from pipeline.domain.erp import BusinessRefusal, posting_key
from pipeline.domain.invoice import Charge, Coding, Invoice, InvoiceLine
from pipeline.domain.matching import LineLink, MatchResult
from pipeline.domain.orders import OrderLine, PurchaseOrder
from pipeline.domain.records import InvoiceRecord
from pipeline.export.voucher import in_order_unit, voucher_of

D = Decimal
LINE = OrderLine("1", D(10), "BX", D("8.95"), "Gloves", buyer_item="G", uom_conversions={"BX": D(10), "EA": D(1)})
ORDER = PurchaseOrder("PO1", "S1", "open", "USD", date(2026, 1, 1), (LINE,), legal_entity="LE-1")
INVOICE = Invoice(
    invoice_number="N1", invoice_date=date(2026, 2, 1), supplier_id="S1", currency="USD", total=D("47.80"),
    lines=(InvoiceLine("1", qty=D(4), uom="BX", net=D("35.80")),), charges=(Charge("freight", D("12.00")),),
)  # fmt: skip
MATCH = MatchResult("AUTO_APPROVED", links=(LineLink("1", "PO1", "1", D(40), D("35.80"), D(1)),), po_numbers=("PO1",))
RECORD = InvoiceRecord(
    "i1", "d1", 1, Channel.EMAIL, "a.eml", None, (1, 1), date(2026, 2, 2), datetime(2026, 2, 2, tzinfo=UTC), "POSTING",
    invoice=INVOICE, match=MATCH,
)  # fmt: skip


def order_of(number: str) -> PurchaseOrder | None:
    return ORDER if number == "PO1" else None


def test_quantities_are_in_the_unit_of_the_order_and_all_adds_up() -> None:
    voucher = voucher_of(RECORD, order_of)
    assert [(x.po_number, x.po_line, x.qty, x.uom, x.net, x.item) for x in voucher.lines] == [
        ("PO1", "1", D(4), "BX", D("35.80"), "G")
    ]
    assert (voucher.balance, voucher.legal_entity) == (0, "LE-1")


def test_a_credit_note_is_negative_throughout() -> None:
    credit = voucher_of(replace(RECORD, invoice=replace(INVOICE, type="credit_note")), order_of)
    assert (credit.total, credit.lines[0].net, credit.charges[0].amount) == (D("-47.80"), D("-35.80"), -12)
    assert (credit.lines[0].po_number, credit.lines[0].qty) == (None, None), "booked against the invoice that it names"
    assert credit.balance == 0


def test_what_does_not_add_up_is_refused_with_the_amount() -> None:
    with pytest.raises(BusinessRefusal, match=r"0\.20 USD"):
        voucher_of(replace(RECORD, invoice=replace(INVOICE, total=D("48.00"))), order_of)


def test_a_missing_fact_is_named() -> None:
    with pytest.raises(BusinessRefusal, match="invoice_date"):
        voucher_of(replace(RECORD, invoice=replace(INVOICE, invoice_date=None)), order_of)


def test_an_order_that_is_gone_is_refused() -> None:
    with pytest.raises(BusinessRefusal, match="PO1"):
        voucher_of(RECORD, lambda number: None)


def test_lines_without_an_order_take_their_coding_when_it_covers_them() -> None:
    bill = replace(INVOICE, charges=(), total=D("35.80"))
    coded = replace(RECORD, invoice=bill, match=MatchResult("APPROVED"), coding=(Coding("6000", "CC1", D("35.80")),))
    assert [(x.gl, x.cost_center, x.net) for x in voucher_of(coded, order_of).lines] == [("6000", "CC1", D("35.80"))]


@pytest.mark.parametrize(
    ("base", "line", "expected"),
    [
        (D(40), LINE, D(4)),
        (D(5), LINE, D("0.5")),
        (D(7), replace(LINE, uom_conversions={}), D(7)),
        (D(40), replace(LINE, uom="BOX"), D(4)),
        (D(0), replace(LINE, match_basis="amount"), None),
    ],
)
def test_base_units_become_the_order_unit(base: Decimal, line: OrderLine, expected: Decimal | None) -> None:
    assert in_order_unit(base, line) == expected


def test_the_posting_key_depends_on_every_part() -> None:
    voucher = voucher_of(RECORD, order_of)
    keys = {
        posting_key(voucher, "1"),
        posting_key(voucher, "2"),
        posting_key(voucher, "1", 2),
        posting_key(replace(voucher, supplier_id="S2"), "1"),
        posting_key(replace(voucher, legal_entity="LE-2"), "1"),
        posting_key(replace(voucher, type="credit_note"), "1"),
    }
    assert len(keys) == 6
