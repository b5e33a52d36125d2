"""Purchase orders, receipts and usage as the ERP states them (spec A.5, A.8)."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from pipeline.domain.invoice import ONE, ZERO, Charge


@dataclass(frozen=True, slots=True)
class PriceRevision:
    effective_from: date
    price: Decimal
    approved_by: str | None = None
    approved: bool = True


@dataclass(frozen=True, slots=True)
class OrderTax:
    """Expected tax: exempt with a certificate, or taxable at `rate` percent."""

    exempt: bool = True
    rate: Decimal | None = None
    certificate_valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One ordered line. `uom_conversions`: unit -> eaches, from the item master only (A.7)."""

    no: str
    qty: Decimal
    uom: str
    unit_price: Decimal
    description: str = ""
    buyer_item: str | None = None
    supplier_item: str | None = None
    mpn: str | None = None
    gtin: str | None = None
    gtin_packages: tuple[str, ...] = ()
    ndc: str | None = None
    cross_references: tuple[str, ...] = ()
    uom_conversions: dict[str, Decimal] = field(default_factory=dict)
    price_uom: str | None = None
    price_base_qty: Decimal = ONE
    discount_pct: Decimal = ZERO
    price_revisions: tuple[PriceRevision, ...] = ()
    contract_id: str | None = None
    contract_price: Decimal | None = None
    price_is_estimate: bool = False
    match_basis: str = "quantity"
    amount_limit: Decimal | None = None
    match_level: str | None = None
    receipt_required: bool | None = None
    inspection_required: bool | None = None
    receipt_complete: bool = False
    invoice_complete: bool = False
    promised_date: date | None = None
    ship_to: str | None = None
    status: str = "open"
    category: str | None = None
    tolerances: dict[str, Any] = field(default_factory=dict)
    gl: str | None = None
    cost_center: str | None = None
    # What the ERP itself has billed (PO line's unit; document currency); absent: only our own records count.
    erp_billed_qty: Decimal | None = None
    erp_billed_amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PurchaseOrder:
    """An order of the ERP. `status`: draft|open|on_hold|closed|cancelled|final_closed."""

    number: str
    supplier_id: str
    status: str
    currency: str
    order_date: date
    lines: tuple[OrderLine, ...]
    type: str = "standard"
    revision: int = 0
    revision_approved: bool = True
    supplier_account_no: str | None = None
    legal_entity: str | None = None
    ship_to: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    amount_limit: Decimal | None = None
    freight_terms: str | None = None
    planned_charges: tuple[Charge, ...] = ()
    tax: OrderTax = OrderTax()
    ers: bool = False
    buyer_user: str | None = None
    requester: str | None = None
    department: str | None = None
    match_policy: str | None = None
    sales_order: str | None = None
    payment_terms: str | None = None
    tolerances: dict[str, Any] = field(default_factory=dict)
    source_as_of: str | None = None


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """Increments in `uom` (absent: the PO line's unit)."""

    po_line: str
    received: Decimal = ZERO
    rejected: Decimal = ZERO
    returned: Decimal = ZERO
    pending: Decimal = ZERO
    amount: Decimal | None = None
    uom: str | None = None
    lots: tuple[str, ...] = ()
    serials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    id: str
    po_number: str
    date: date
    lines: tuple[ReceiptLine, ...]
    packing_slip: str | None = None
    posted_by: str | None = None


@dataclass(frozen=True, slots=True)
class UsageRecord:
    """Bill-only or consignment usage; replaces the receipt. No patient identifiers."""

    case_id: str
    po_number: str
    po_line: str
    qty: Decimal
    lots: tuple[str, ...] = ()
    serials: tuple[str, ...] = ()
    used_at: date | None = None
    recorded_at: date | None = None
