"""Orders, receipt advices and despatch advices; the published OASIS cycle is a real exception: 100, 90, 100."""

import os
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from pipeline.domain.errors import InvalidInput
from pipeline.domain.orders import PurchaseOrder, Receipt
from pipeline.extract.einvoice import read_einvoice
from pipeline.extract.orders_ubl import Shipment, read_order_data

CYCLE = Path(os.environ.get("APDESK_UBL_CYCLE", "oasis_ubl20_cycle"))
ORDER = b"""<Order xmlns:b="urn:b" xmlns:c="urn:c"><b:ID>PO-1</b:ID><b:IssueDate>2026-03-01</b:IssueDate>
<b:DocumentCurrencyCode>eur</b:DocumentCurrencyCode><c:SellerSupplierParty><b:CustomerAssignedAccountID>SUP-1</b:CustomerAssignedAccountID></c:SellerSupplierParty>
<c:OrderLine><c:LineItem><b:ID>10</b:ID><b:Quantity unitCode="BX">12</b:Quantity><c:Price><b:PriceAmount currencyID="EUR">250.00</b:PriceAmount>
<b:BaseQuantity unitCode="BX">100</b:BaseQuantity></c:Price><c:Item><b:Name>Gloves</b:Name><c:SellersItemIdentification><b:ID>G-1</b:ID></c:SellersItemIdentification></c:Item></c:LineItem></c:OrderLine></Order>"""
RECEIPT = b"""<ReceiptAdvice xmlns:b="urn:b" xmlns:c="urn:c"><b:ID>R-1</b:ID><b:IssueDate>2026-03-05</b:IssueDate>
<c:OrderReference><b:ID>PO-1</b:ID></c:OrderReference><c:DespatchDocumentReference><b:ID>D-1</b:ID></c:DespatchDocumentReference>
<c:ReceiptLine><b:ID>1</b:ID><b:ReceivedQuantity unitCode="BX">11</b:ReceivedQuantity><b:RejectedQuantity>2</b:RejectedQuantity>
<c:OrderLineReference><b:LineID>10</b:LineID></c:OrderLineReference></c:ReceiptLine></ReceiptAdvice>"""


def test_an_order() -> None:
    order = read_order_data(ORDER)
    assert isinstance(order, PurchaseOrder)
    (line,) = order.lines
    assert (order.number, order.supplier_id, order.currency, order.order_date) == (
        "PO-1",
        "SUP-1",
        "EUR",
        date(2026, 3, 1),
    )
    assert (line.no, line.qty, line.uom, line.unit_price, line.price_base_qty) == ("10", 12, "BX", 250, 100)
    assert (line.description, line.supplier_item) == ("Gloves", "G-1")


def test_a_receipt_names_order_lines_not_its_own() -> None:
    receipt = read_order_data(RECEIPT)
    assert isinstance(receipt, Receipt)
    (line,) = receipt.lines
    assert (receipt.po_number, receipt.packing_slip) == ("PO-1", "D-1")
    assert (line.po_line, line.received, line.rejected, line.uom) == ("10", 11, 2, "BX")


@pytest.mark.parametrize(
    ("xml", "words"),
    [
        (ORDER.replace(b"<b:ID>PO-1</b:ID>", b""), "The Order has no number."),
        (ORDER.replace(b"2026-03-01", b"01/03/26"), "no readable date"),
        (ORDER.replace(b">12<", b">1e5<"), "no readable quantity"),
        (ORDER.replace(b">250.00<", b"><"), "no readable price"),
        (ORDER.replace(b"OrderLine", b"X"), "no line"),
        (RECEIPT.replace(b"<b:ID>PO-1</b:ID>", b""), "names no order"),
        (b"<Invoice/>", "is no UBL order"),
        (b"<Order", "damaged"),
    ],
)
def test_what_is_missing_is_named(xml: bytes, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        read_order_data(xml)


@pytest.mark.skipif(not CYCLE.is_dir(), reason="the published UBL 2.0 cycle is not here (APDESK_UBL_CYCLE)")
def test_the_published_cycle_bills_more_than_was_received() -> None:
    order, shipment, receipt = (
        read_order_data((CYCLE / f"UBL-{name}-2.0-Example.xml").read_bytes())
        for name in ("Order", "DespatchAdvice", "ReceiptAdvice")
    )
    invoice = read_einvoice((CYCLE / "UBL-Invoice-2.0-Example.xml").read_bytes())
    assert isinstance(order, PurchaseOrder)
    assert isinstance(shipment, Shipment)
    assert isinstance(receipt, Receipt)
    assert invoice is not None
    assert order.number == shipment.po_number == receipt.po_number
    billed = invoice.lines[0].quantity
    found = (order.lines[0].qty, shipment.lines[0].delivered, receipt.lines[0].received, billed)
    assert found == (Decimal(100), Decimal(90), Decimal(90), Decimal(100))
    assert (order.currency, order.lines[0].uom, receipt.lines[0].po_line) == ("GBP", "KGM", order.lines[0].no)
