"""UBL Order, ReceiptAdvice and DespatchAdvice 2.x to our own values (spec A.5, A.8): inbound order data, not invoices.

A despatch advice says what the supplier claims to have sent; it is never a receipt.
"""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from pipeline.domain.errors import InvalidInput
from pipeline.domain.invoice import ONE, ZERO
from pipeline.domain.orders import OrderLine, PurchaseOrder, Receipt, ReceiptLine
from pipeline.domain.trade import TradeDocument, TradeLine
from pipeline.extract.einvoice_xml import Node, day, every, first, local, number, parse_xml, text, texts

SELLER_IDS = (
    "CustomerAssignedAccountID", "Party/PartyIdentification/ID", "Party/PartyLegalEntity/CompanyID", "Party/EndpointID",
    "Party/PartyTaxScheme/CompanyID",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ShipmentLine:
    """`delivered` of this despatch, `outstanding` still to come, in `uom`."""

    po_line: str
    delivered: Decimal
    outstanding: Decimal
    uom: str


@dataclass(frozen=True, slots=True)
class Shipment:
    """A despatch advice: number, order, date, lines."""

    number: str
    po_number: str
    date: date
    lines: tuple[ShipmentLine, ...]


def read_order_data(xml: bytes) -> PurchaseOrder | Receipt | Shipment:
    """What an order, receipt advice or despatch advice says. Raises InvalidInput naming what is missing or malformed.

    `supplier_id` is the account that the buyer assigned to the supplier, else the supplier's first identifier: the caller
    resolves it against the master. Prices are per `price_base_qty` of the ordered unit.
    """
    root = parse_xml(xml)
    match local(root):
        case "Order":
            return _order(root)
        case "ReceiptAdvice":
            return _receipt(root)
        case "DespatchAdvice":
            return _shipment(root)
    raise InvalidInput("This XML is no UBL order, receipt advice or despatch advice.")


def _order(root: Node) -> PurchaseOrder:
    lines = tuple(_order_line(node) for node in every(root, "OrderLine/LineItem"))
    if not lines:
        raise InvalidInput("The order has no line.")
    currency = text(root, "DocumentCurrencyCode", "PricingCurrencyCode") or _price_currency(root)
    seller = first(root, "SellerSupplierParty")
    return PurchaseOrder(
        number=_needed(root, "number", "ID"),
        supplier_id=text(seller, *SELLER_IDS, "Party/PartyName/Name") or "",
        status="open",
        currency=(currency or "").upper(),
        order_date=_day(root, "IssueDate"),
        lines=lines,
        supplier_account_no=text(root, "BuyerCustomerParty/SupplierAssignedAccountID"),
        sales_order=text(root, "SalesOrderID"),
        payment_terms=" ".join(texts(root, "PaymentTerms/Note")) or None,
    )  # fmt: skip


def _order_line(node: Node) -> OrderLine:
    quantity = first(node, "Quantity")
    item = first(node, "Item")
    base = number(text(node, "Price/BaseQuantity"))
    unit = quantity.get("unitCode", "") if quantity is not None else ""
    line = OrderLine(
        no=_needed(node, "line number", "ID"),
        qty=_amount(node, "quantity", "Quantity"),
        uom=unit,
        unit_price=_amount(node, "price", "Price/PriceAmount"),
        description=text(item, "Name", "Description") or "",
        buyer_item=text(item, "BuyersItemIdentification/ID"),
        supplier_item=text(item, "SellersItemIdentification/ID"),
        mpn=text(item, "ManufacturersItemIdentification/ID"),
        gtin=text(item, "StandardItemIdentification/ID"),
        price_base_qty=base if base is not None and base > 0 else ONE,
    )
    promised = day(text(node, "Delivery/PromisedDeliveryPeriod/EndDate", "Delivery/RequestedDeliveryPeriod/EndDate"))
    return replace(line, promised_date=promised)


def trade_of_ubl(root: Node) -> TradeDocument:
    """An order, order response, despatch or receipt advice with its orders and its supplier as stated.

    Raises InvalidInput naming what is missing or malformed.
    """
    form = f"ubl {local(root)}"
    seller = first(root, "SellerSupplierParty", "DespatchSupplierParty", "SupplierParty")
    ids = tuple(dict.fromkeys(texts(seller, *SELLER_IDS)))
    name = text(seller, "Party/PartyLegalEntity/RegistrationName", "Party/PartyName/Name")
    number_ = _needed(root, "number", "ID")
    match local(root):
        case "Order":
            order = _order(root)
            return TradeDocument("order", number_, order.order_date, (order.number,), form, ids, name, order=order)
        case "ReceiptAdvice":
            receipts = _receipts(root)
            orders = tuple(one.po_number for one in receipts)
            return TradeDocument("receipt", number_, receipts[0].date, orders, form, ids, name, receipts=receipts)
        case "DespatchAdvice":
            lines = tuple(_despatched(root, node) for node in every(root, "DespatchLine"))
            kind = "shipment"
        case "OrderResponse" | "OrderResponseSimple":
            lines, kind = _answered(root), "order_ack"
        case other:
            raise InvalidInput(f"A {other} is not read.")
    if not lines:
        raise InvalidInput(f"The {local(root)} has no line.")
    orders = tuple(dict.fromkeys(line.po_number for line in lines))
    return TradeDocument(kind, number_, _day(root, "IssueDate"), orders, form, ids, name, lines=lines)


def _despatched(root: Node, node: Node) -> TradeLine:
    order = text(node, "OrderLineReference/OrderReference/ID") or text(root, "OrderReference/ID")
    if not order:
        raise InvalidInput("The despatch advice names no order.")
    unit = first(node, "DeliveredQuantity")
    return TradeLine(
        order,
        text(node, "OrderLineReference/LineID"),
        _amount(node, "delivered quantity", "DeliveredQuantity"),
        unit.get("unitCode") if unit is not None else None,
        supplier_item=text(node, "Item/SellersItemIdentification/ID"),
        buyer_item=text(node, "Item/BuyersItemIdentification/ID"),
        gtin=text(node, "Item/StandardItemIdentification/ID"),
        outstanding=number(text(node, "OutstandingQuantity", "BackorderQuantity")),
        lots=tuple(texts(node, "Item/ItemInstance/LotIdentification/LotNumberID")),
        serials=tuple(texts(node, "Item/ItemInstance/SerialID")),
    )


def _answered(root: Node) -> tuple[TradeLine, ...]:
    """What the supplier answers: for each line, or one line for the whole order."""
    order = text(root, "OrderReference/ID")
    if not order:
        raise InvalidInput("The order response names no order.")
    whole = text(root, "OrderResponseCode", "AcceptedIndicator") or ""
    found = []
    for node in every(root, "OrderLine"):
        item = first(node, "LineItem")
        unit = first(item, "Quantity")
        found.append(
            TradeLine(
                order,
                text(node, "OrderLineReference/LineID") or text(item, "ID"),
                number(text(item, "Quantity")),
                unit.get("unitCode") if unit is not None else None,
                text(item, "LineStatusCode") or whole,
                number(text(item, "Price/PriceAmount")),
                day(text(item, "Delivery/PromisedDeliveryPeriod/EndDate")),
                text(item, "Item/SellersItemIdentification/ID"),
                text(item, "Item/BuyersItemIdentification/ID"),
                text(item, "Item/StandardItemIdentification/ID"),
            )
        )
    return tuple(found) or (TradeLine(order, code=whole),)


def _receipts(root: Node) -> tuple[Receipt, ...]:
    """One receipt for each order that the advice's lines name."""
    common = text(root, "OrderReference/ID", "ReceiptLine/OrderLineReference/OrderReference/ID")
    slip = text(root, "DespatchDocumentReference/ID")
    found: dict[str, list[ReceiptLine]] = {}
    for node in every(root, "ReceiptLine"):
        order = text(node, "OrderLineReference/OrderReference/ID") or common
        if not order:
            raise InvalidInput("The receipt advice names no order.")
        found.setdefault(order, []).append(_receipt_line(node))
    if not found:
        raise InvalidInput("The receipt advice has no line.")
    own, on = _needed(root, "number", "ID"), _day(root, "IssueDate")
    return tuple(Receipt(own, order, on, tuple(lines), packing_slip=slip) for order, lines in found.items())


def _receipt(root: Node) -> Receipt:
    found = _receipts(root)
    if len(found) != 1:
        raise InvalidInput("The receipt advice is about several orders.")
    return found[0]


def _receipt_line(node: Node) -> ReceiptLine:
    quantity = first(node, "ReceivedQuantity")
    return ReceiptLine(
        po_line=text(node, "OrderLineReference/LineID", "ID") or _needed(node, "line number", "ID"),
        received=_amount(node, "received quantity", "ReceivedQuantity"),
        rejected=number(text(node, "RejectedQuantity")) or ZERO,
        uom=(quantity.get("unitCode") if quantity is not None else None) or None,
        lots=tuple(texts(node, "Item/ItemInstance/LotIdentification/LotNumberID")),
        serials=tuple(texts(node, "Item/ItemInstance/SerialID")),
    )


def _shipment(root: Node) -> Shipment:
    lines = tuple(
        ShipmentLine(
            text(node, "OrderLineReference/LineID", "ID") or _needed(node, "line number", "ID"),
            _amount(node, "delivered quantity", "DeliveredQuantity"),
            number(text(node, "OutstandingQuantity", "BackorderQuantity")) or ZERO,
            next((q.get("unitCode", "") for q in every(node, "DeliveredQuantity")), ""),
        )
        for node in every(root, "DespatchLine")
    )
    order = text(root, "OrderReference/ID", "DespatchLine/OrderLineReference/OrderReference/ID")
    if not lines or not order:
        raise InvalidInput("The despatch advice names no order or has no line.")
    return Shipment(_needed(root, "number", "ID"), order, _day(root, "IssueDate"), lines)


def _needed(node: Node, what: str, path: str) -> str:
    found = text(node, path)
    if not found:
        raise InvalidInput(f"The {local(node)} has no {what}.")
    return found


def _day(node: Node, path: str) -> date:
    found = day(text(node, path))
    if found is None:
        raise InvalidInput(f"The {local(node)} has no readable date.")
    return found


def _amount(node: Node, what: str, path: str) -> Decimal:
    found = number(text(node, path))
    if found is None:
        raise InvalidInput(f"A {local(node)} has no readable {what}.")
    return found


def _price_currency(root: Node) -> str | None:
    """UBL 2.0 may state the currency at the amounts only; None when they differ."""
    found = {p.get("currencyID") for p in every(root, "OrderLine/LineItem/Price/PriceAmount")}
    return found.pop() if len(found) == 1 else None
