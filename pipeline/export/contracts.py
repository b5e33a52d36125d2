"""The canonical contracts `ap.<entity>.v1` (spec I.1): what middleware and files say, field for field our own nouns.

An added optional field is a minor version and readers ignore what they do not know; anything else is a new major.
Amounts, prices and quantities are strings in JSON: a JSON number is refused, because it has been a float somewhere.
"""

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

from pipeline.domain.erp import VoucherState

VERSION = "v1.0"


def _exact(value: object) -> object:
    if isinstance(value, bool | int | float):
        raise ValueError("amounts and quantities are strings, never numbers")
    if isinstance(value, str):
        try:
            value = Decimal(value)
        except InvalidOperation:
            raise ValueError("not a plain decimal number") from None
    if isinstance(value, Decimal) and not value.is_finite():
        raise ValueError("not a finite number")
    return value


Dec = Annotated[
    Decimal,
    BeforeValidator(_exact),
    PlainSerializer(lambda d: format(d, "f"), return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^-?\d+(\.\d+)?$"}),
]
Text = Annotated[str, Field(min_length=1)]


class Contract(BaseModel):
    """Base of every contract: immutable, readable from our dataclasses, tolerant of fields of a later minor version."""

    model_config = ConfigDict(
        frozen=True, from_attributes=True, extra="ignore", ser_json_bytes="base64", val_json_bytes="base64"
    )


class ChargeV1(Contract):
    type: Text
    amount: Dec
    tax_category: str | None = None


class CodingV1(Contract):
    gl: str
    cost_center: str
    amount: Dec
    source: str = "erp"


class RemitToV1(Contract):
    id: Text
    name: str = ""
    street: str = ""
    csz: str = ""


class BankV1(Contract):
    """A supplier's bank account: the number itself on the way in (never kept), or the fingerprint of one we know."""

    routing: str | None = None
    account: str | None = None
    fingerprint: str = ""
    last4: str = ""


class SupplierV1(Contract):
    """A supplier of the master (A.6). Owner and steward: VENDOR_MASTER."""

    id: Text
    name: Text
    group: str | None = None
    status: str = Field("active", pattern="^(active|hold|blocked|inactive)$")
    tax_id: str | None = None
    aliases: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    gln: tuple[str, ...] = ()
    street: str = ""
    csz: str = ""
    phone: str = ""
    remit_tos: tuple[RemitToV1, ...] = ()
    banks: tuple[BankV1, ...] = ()
    accounts: dict[str, str] = Field(default_factory=dict, description="our facility -> their account number for it")
    payment_terms: str | None = None
    currency: str | None = None
    po_required: bool = True
    recurring: bool = False
    match_level: str | None = None
    tolerances: dict[str, Any] = Field(default_factory=dict)
    invoice_amount_limit: Dec | None = None
    reportable_1099: bool = False
    w9_on_file: bool = True
    excluded: bool = False
    referral_source: bool = False
    active_contract: bool = False
    critical: bool = False
    edited_by: str | None = None
    edited_on: date | None = None


class PriceRevisionV1(Contract):
    effective_from: date
    price: Dec
    approved_by: str | None = None
    approved: bool = True


class OrderTaxV1(Contract):
    exempt: bool = True
    rate: Dec | None = None
    certificate_valid_to: date | None = None


class OrderLineV1(Contract):
    """An ordered line (A.5). `uom_conversions`: unit -> eaches, from the item master of this supplier only."""

    no: Text
    qty: Dec
    uom: Text
    unit_price: Dec
    description: str = ""
    buyer_item: str | None = None
    supplier_item: str | None = None
    mpn: str | None = None
    gtin: str | None = None
    gtin_packages: tuple[str, ...] = ()
    ndc: str | None = None
    cross_references: tuple[str, ...] = ()
    uom_conversions: dict[str, Dec] = Field(default_factory=dict)
    price_uom: str | None = None
    price_base_qty: Dec = Decimal(1)
    discount_pct: Dec = Decimal(0)
    price_revisions: tuple[PriceRevisionV1, ...] = ()
    contract_id: str | None = None
    contract_price: Dec | None = None
    price_is_estimate: bool = False
    match_basis: str = "quantity"
    amount_limit: Dec | None = None
    match_level: str | None = None
    receipt_required: bool | None = None
    inspection_required: bool | None = None
    receipt_complete: bool = False
    invoice_complete: bool = False
    promised_date: date | None = None
    ship_to: str | None = None
    status: str = "open"
    category: str | None = None
    tolerances: dict[str, Any] = Field(default_factory=dict)
    gl: str | None = None
    cost_center: str | None = None
    erp_billed_qty: Dec | None = None
    erp_billed_amount: Dec | None = None


class PurchaseOrderV1(Contract):
    """An order (A.5). Owner: procurement."""

    number: Text
    supplier_id: Text
    status: str = Field(pattern="^(draft|open|on_hold|closed|cancelled|final_closed)$")
    currency: str = Field(pattern="^[A-Z]{3}$")
    order_date: date
    lines: tuple[OrderLineV1, ...]
    type: str = "standard"
    revision: int = 0
    revision_approved: bool = True
    supplier_account_no: str | None = None
    legal_entity: str | None = None
    ship_to: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    amount_limit: Dec | None = None
    freight_terms: str | None = None
    planned_charges: tuple[ChargeV1, ...] = ()
    tax: OrderTaxV1 = OrderTaxV1()
    ers: bool = False
    buyer_user: str | None = None
    requester: str | None = None
    department: str | None = None
    match_policy: str | None = None
    sales_order: str | None = None
    payment_terms: str | None = None
    tolerances: dict[str, Any] = Field(default_factory=dict)
    source_as_of: str | None = None


class ReceiptLineV1(Contract):
    po_line: Text
    received: Dec = Decimal(0)
    rejected: Dec = Decimal(0)
    returned: Dec = Decimal(0)
    pending: Dec = Decimal(0)
    amount: Dec | None = None
    uom: str | None = None
    lots: tuple[str, ...] = ()
    serials: tuple[str, ...] = ()


class ReceiptV1(Contract):
    """A receipt (A.8): increments; corrections are signed lines. Owner: supply chain."""

    id: Text
    po_number: Text
    date: date
    lines: tuple[ReceiptLineV1, ...]
    packing_slip: str | None = None
    posted_by: str | None = None


class UsageV1(Contract):
    """Bill-only or consignment usage (A.8). The case id is pseudonymous: no patient identifiers."""

    case_id: Text
    po_number: Text
    po_line: Text
    qty: Dec
    lots: tuple[str, ...] = ()
    serials: tuple[str, ...] = ()
    used_at: date | None = None
    recorded_at: date | None = None


class BilledLineV1(Contract):
    po_line: str | None = None
    qty: Dec = Decimal(0)
    net: Dec = Decimal(0)
    uom: str | None = None
    kind: str = "item"
    po_number: str | None = None


class BilledV1(Contract):
    """An invoice the ERP holds (C.0.3): ours and others'. `key` is our idempotency key where it came from us."""

    invoice_number: Text
    invoice_date: date
    supplier_id: Text
    status: str
    total: Dec
    id: str = ""
    type: str = "invoice"
    po_number: str | None = None
    currency: str | None = None
    lines: tuple[BilledLineV1, ...] = ()
    charges: tuple[ChargeV1, ...] = ()
    references_invoice: str | None = None
    prepaid: Dec = Decimal(0)
    coding: tuple[CodingV1, ...] = ()
    final_for_po: str | None = None


class ContractPriceV1(Contract):
    supplier_id: Text
    item: Text
    uom: Text
    price: Dec
    currency: str
    contract_id: str | None = None
    facility_id: str | None = None
    from_qty: Dec = Decimal(0)
    valid_from: date | None = None
    valid_to: date | None = None


class ItemUomV1(Contract):
    """How many eaches one unit of an item of this supplier holds (A.7)."""

    supplier_id: Text
    item: Text
    uom: Text
    eaches: Dec


class GlAccountV1(Contract):
    """An account of the ledger. Owner: finance."""

    code: Text
    name: str
    active: bool = True


class SupplierXrefV1(Contract):
    """What another system calls a supplier (I.6): procurement, GHX, EDI, DUNS. Owner and steward: VENDOR_MASTER."""

    system: Text
    external_id: Text
    supplier_id: Text
    valid_from: date | None = None
    valid_to: date | None = None
    status: str = Field("approved", pattern="^(proposed|approved)$")
    evidence: str = ""


class AttachmentV1(Contract):
    name: Text
    media_type: str
    data: bytes


class VoucherLineV1(Contract):
    no: Text
    net: Dec
    po_number: str | None = None
    po_line: str | None = None
    qty: Dec | None = None
    uom: str | None = None
    item: str | None = None
    receipt_ids: tuple[str, ...] = ()
    description: str = ""
    gl: str | None = None
    cost_center: str | None = None


class VoucherV1(Contract):
    """An approved invoice to book (I.3): sum of lines + charges - allowances + tax + small difference = total."""

    invoice_id: Text
    supplier_id: Text
    type: str
    invoice_number: Text
    invoice_date: date
    currency: str = Field(pattern="^[A-Z]{3}$")
    total: Dec
    lines: tuple[VoucherLineV1, ...]
    tax_total: Dec = Decimal(0)
    due_date: date | None = None
    terms: str | None = None
    charges: tuple[ChargeV1, ...] = ()
    allowances: tuple[ChargeV1, ...] = ()
    small_difference: Dec = Decimal(0)
    coding: tuple[CodingV1, ...] = ()
    references_invoice: str | None = None
    legal_entity: str | None = None
    policy_hash: str = ""
    content_hash: str = ""
    approvals: tuple[str, ...] = ()
    attachments: tuple[AttachmentV1, ...] = ()


class VoucherStatusV1(Contract):
    key: str | None = None
    state: VoucherState
    voucher_no: str | None = None
    erp_id: str | None = None
    supplier_id: str | None = None
    invoice_number: str | None = None
    total: Dec | None = None
    currency: str | None = None
    open_amount: Dec | None = None
    paid_on: date | None = None
    reason: str | None = None


Payload = TypeVar("Payload", bound=Contract)


class Envelope(Contract, Generic[Payload]):
    """What every message carries (I.1) around its payload."""

    message_id: Text
    schema_: str = Field(alias="schema", pattern=r"^ap\.[a-z_]+\.v1(\.\d+)?$")
    source_system: str
    occurred_at: datetime
    legal_entity: str | None = None
    version: str | None = None
    correlation_id: str | None = None
    payload: Payload


ENTITIES: dict[str, type[Contract]] = {
    "supplier": SupplierV1,
    "purchase_order": PurchaseOrderV1,
    "receipt": ReceiptV1,
    "usage": UsageV1,
    "billed": BilledV1,
    "contract_price": ContractPriceV1,
    "item_uom": ItemUomV1,
    "gl_account": GlAccountV1,
    "supplier_xref": SupplierXrefV1,
    "voucher": VoucherV1,
    "voucher_status": VoucherStatusV1,
}


def schema_name(entity: str) -> str:
    """`ap.<entity>.v<major>.<minor>` as messages carry it."""
    return f"ap.{entity}.{VERSION}"
