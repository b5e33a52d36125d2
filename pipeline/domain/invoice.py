"""An invoice's facts as the matching engine sees them (spec A.1-A.4, D fact names)."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

ZERO = Decimal(0)
ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Charge:
    """A document-level charge or allowance; `type` of spec A.3."""

    type: str
    amount: Decimal
    tax_category: str | None = None


@dataclass(frozen=True, slots=True)
class TaxRow:
    """One row of the tax breakdown (A.4)."""

    base: Decimal
    rate: Decimal
    amount: Decimal
    category: str = "S"


@dataclass(frozen=True, slots=True)
class Coding:
    """One part of the GL distribution."""

    gl: str
    cost_center: str
    amount: Decimal
    source: str = "human"


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One billed line (A.2). `confidence` covers quantity, price and identifier as read; `source` as in reading.Source."""

    no: str
    description: str = ""
    qty: Decimal | None = None
    uom: str | None = None
    unit_price: Decimal | None = None
    net: Decimal | None = None
    kind: str = "item"
    po_number: str | None = None
    po_line: str | None = None
    supplier_item: str | None = None
    buyer_item: str | None = None
    gtin: str | None = None
    mpn: str | None = None
    ndc: str | None = None
    pack_qty: Decimal | None = None
    price_base_qty: Decimal = ONE
    allowance: Decimal = ZERO
    charge: Decimal = ZERO
    tax_category: str | None = None
    tax_rate: Decimal | None = None
    serials: tuple[str, ...] = ()
    lots: tuple[str, ...] = ()
    confidence: Decimal = ONE
    source: str = "xml"


@dataclass(frozen=True, slots=True)
class Invoice:
    """Facts of one invoice. Money in `currency`. Absent is None: an absent value is never zero.

    `supplier_id` is the resolved supplier (None: unresolved; then `supplier_name` tells whether one was printed).
    `remit_to_id`, `bank_fingerprint` are set when stated on the invoice; an unknown one is any id not on file.
    `field_confidence` holds the header confidences of C.0.6; an absent field counts as 1.
    `findings` are document-level codes that reading or intake raised (C.1: DOC_*), code -> sentence.
    """

    id: str = ""
    doc_class: str = "invoice"
    type: str = "invoice"
    invoice_number: str | None = None
    invoice_date: date | None = None
    received_on: date | None = None
    due_date: date | None = None
    period_end: date | None = None
    supplier_id: str | None = None
    supplier_name: str | None = None
    supplier_ambiguous: bool = False
    po_number: str | None = None
    sales_order: str | None = None
    despatch_ref: str | None = None
    contract_ref: str | None = None
    account_no: str | None = None
    references_invoice: str | None = None
    ship_to: str | None = None
    remit_to_id: str | None = None
    bank_fingerprint: str | None = None
    stated_tax_id: str | None = None
    currency: str | None = None
    lines: tuple[InvoiceLine, ...] = ()
    charges: tuple[Charge, ...] = ()
    allowances: tuple[Charge, ...] = ()
    tax_breakdown: tuple[TaxRow, ...] = ()
    lines_total: Decimal | None = None
    tax_total: Decimal | None = None
    total: Decimal | None = None
    prepaid: Decimal | None = None
    rounding: Decimal | None = None
    amount_due: Decimal | None = None
    coding: tuple[Coding, ...] = ()
    terms: str | None = None
    phi: bool = False
    field_confidence: dict[str, Decimal] = field(default_factory=dict)
    findings: dict[str, str] = field(default_factory=dict)
    source: str = "xml"
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PriorLine:
    """A line of an earlier invoice; qty in the PO line's unit unless `uom` says otherwise."""

    po_line: str | None = None
    qty: Decimal = ZERO
    net: Decimal = ZERO
    uom: str | None = None
    kind: str = "item"
    po_number: str | None = None


@dataclass(frozen=True, slots=True)
class PriorInvoice:
    """An invoice already known to us or the ERP (D: prior invoice). `id` is ours when it is one of ours."""

    invoice_number: str
    invoice_date: date
    supplier_id: str
    status: str
    total: Decimal
    id: str = ""
    type: str = "invoice"
    po_number: str | None = None
    currency: str | None = None
    lines: tuple[PriorLine, ...] = ()
    charges: tuple[Charge, ...] = ()
    references_invoice: str | None = None
    coding: tuple[Coding, ...] = ()
    final_for_po: str | None = None
    prepaid: Decimal = ZERO
