"""Order data that comes from outside: orders, acknowledgements, shipments, receipts (spec A.5, A.8).

The ERP stays the system of record. What is here is evidence beside it; docs/decisions/0016 says when it may stand in.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pipeline.domain.orders import PurchaseOrder, Receipt

# Kinds that may stand in for facts the ERP does not have. An acknowledgement or a shipment is the supplier's own word.
STANDS_IN = frozenset({"order", "receipt"})


@dataclass(frozen=True, slots=True)
class TradeLine:
    """One line of an acknowledgement (`code`: X12 ACK01 or what UBL says) or of a shipment, in `uom`."""

    po_number: str
    po_line: str | None = None
    quantity: Decimal | None = None
    uom: str | None = None
    code: str = ""
    price: Decimal | None = None
    day: date | None = None
    supplier_item: str | None = None
    buyer_item: str | None = None
    gtin: str | None = None
    outstanding: Decimal | None = None
    lots: tuple[str, ...] = ()
    serials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TradeDocument:
    """`kind`: order | order_ack | shipment | receipt. `number` is the document's own. `supplier_ids` and `supplier_name` are
    as stated: whoever stores it resolves them against the master."""

    kind: str
    number: str
    day: date | None
    po_numbers: tuple[str, ...]
    form: str
    supplier_ids: tuple[str, ...] = ()
    supplier_name: str | None = None
    order: PurchaseOrder | None = None
    receipts: tuple[Receipt, ...] = ()
    lines: tuple[TradeLine, ...] = ()


@dataclass(frozen=True, slots=True)
class TradeRecord:
    """A trade document with its provenance. `authority`: it came over a source that is set as our own order system's, and
    its supplier is known, so that it may stand in where the ERP has nothing."""

    document_id: str
    position: int
    received_on: date
    sequence: int
    source: str
    document: TradeDocument
    authority: bool = False
