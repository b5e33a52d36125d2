"""One pydantic model per CSV file. Required columns are those of the contract; the optional ones are in docs/csv.md."""

import json
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints


def _bool(value: Any) -> Any:
    text = str(value).strip().lower()
    if text in ("true", "1", "yes", "y"):
        return True
    if text in ("false", "0", "no", "n"):
        return False
    raise ValueError("must be True or False")


def _decimal(value: Any) -> Any:
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise ValueError("must be a plain number with a point") from None
    if not number.is_finite():
        raise ValueError("must be a finite number")
    return number


def _json(value: Any) -> Any:
    try:
        return json.loads(value, parse_float=Decimal) if isinstance(value, str) else value
    except json.JSONDecodeError:
        raise ValueError("must be JSON") from None


def _list(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return [part.strip() for part in value.split(";") if part.strip()]


def _positive(value: Any) -> Any:
    number = _decimal(value)
    if number <= 0:
        raise ValueError("must be above 0")
    return number


Positive = Annotated[Decimal, BeforeValidator(_positive)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Flag = Annotated[bool, BeforeValidator(_bool)]
Number = Annotated[Decimal, BeforeValidator(_decimal)]
Units = Annotated[dict[str, Number], BeforeValidator(_json)]
Plain = Annotated[dict[str, Any], BeforeValidator(_json)]
Names = Annotated[list[str], BeforeValidator(_list)]


class Row(BaseModel):
    """Unknown columns are ignored: exports carry more than we need. An empty cell is an absent value, never zero."""

    model_config = ConfigDict(frozen=True, extra="ignore", str_strip_whitespace=True)

    @classmethod
    def needed(cls) -> set[str]:
        return {name for name, info in cls.model_fields.items() if info.is_required()}


class ChargeRow(Row):
    type: str
    amount: Number


class RevisionRow(Row):
    effective_from: date
    price: Number
    approved_by: str | None = None
    approved: bool = True


Charges = Annotated[list[ChargeRow], BeforeValidator(_json)]
Revisions = Annotated[list[RevisionRow], BeforeValidator(_json)]


class FacilityRow(Row):
    id: str
    name: str
    legal_entity: str
    tax_exempt: Flag
    street: str = ""
    csz: str = ""
    dock: str = ""
    tax_rate: Number | None = None
    certificate_valid_to: date | None = None
    aliases: Names = []
    currency: str = "USD"


class ItemRow(Row):
    buyer_item: str
    supplier_id: str
    supplier_item: str | None = None
    mpn: str | None = None
    gtin: str | None = None
    description: str = ""
    uom: str = "EA"
    uom_conversions: Units = {}
    price: Number | None = None
    category: str | None = None


class SupplierRow(Row):
    id: str
    name: str
    group: str
    status: str
    tax_id: str | None = None
    street: str = ""
    csz: str = ""
    phone: str = ""
    domain: str = ""
    payment_terms: str | None = None
    po_required: Flag = True
    reportable_1099: Flag = False
    w9_on_file: Flag = True
    excluded: Flag = False
    recurring: Flag = False
    referral_source: Flag = False
    active_contract: Flag = False
    critical: Flag = False
    currency: str | None = None
    gln: Names = []
    match_level: str | None = None
    invoice_amount_limit: Number | None = None
    tolerances: Plain = {}
    edited_by: str | None = None
    edited_on: date | None = None


class AliasRow(Row):
    supplier_id: str
    alias: str


class AccountRow(Row):
    supplier_id: str
    facility: str
    account_no: str


class BankRow(Row):
    fingerprint: str
    supplier_id: str
    routing: str = ""
    account: str
    bank_name: str = ""


class RemitRow(Row):
    remit_id: str
    supplier_id: str
    name: str = ""
    street: str = ""
    csz: str = ""


class OrderRow(Row):
    number: str
    supplier_id: str
    status: str
    type: str = "standard"
    currency: str
    order_date: date
    ship_to: str | None = None
    supplier_account_no: str | None = None
    freight_terms: str | None = None
    planned_charges: Charges = []
    tax_exempt: Flag = True
    tax_rate: Number | None = None
    certificate_valid_to: date | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    ers: Flag = False
    revision: int = 0
    revision_approved: Flag = True
    amount_limit: Number | None = None
    buyer_user: str | None = None
    requester: str | None = None
    department: str | None = None
    match_policy: str | None = None
    sales_order: str | None = None
    tolerances: Plain = {}


class OrderLineRow(Row):
    po_number: str
    no: str
    qty: Number
    uom: str
    unit_price: Number
    description: str = ""
    buyer_item: str | None = None
    supplier_item: str | None = None
    mpn: str | None = None
    gtin: str | None = None
    uom_conversions: Units = {}
    contract_price: Number | None = None
    contract_id: str | None = None
    promised_date: date | None = None
    match_level: str | None = None
    match_basis: str = "quantity"
    amount_limit: Number | None = None
    receipt_complete: Flag = False
    receipt_required: Flag | None = None
    inspection_required: Flag | None = None
    price_uom: str | None = None
    price_base_qty: Number = Decimal(1)
    discount_pct: Number = Decimal(0)
    price_revisions: Revisions = []
    price_is_estimate: Flag = False
    category: str | None = None
    status: str = "open"
    tolerances: Plain = {}
    gl: str | None = None
    cost_center: str | None = None
    cross_references: Names = []


class ReceiptRow(Row):
    id: str
    po_number: str
    date: date
    packing_slip: str | None = None
    posted_by: str | None = None


class ReceiptLineRow(Row):
    receipt_id: str
    po_number: str
    po_line: str
    received: Number = Decimal(0)
    rejected: Number = Decimal(0)
    returned: Number = Decimal(0)
    pending: Number = Decimal(0)
    amount: Number | None = None
    uom: str | None = None


class UsageRow(Row):
    case_id: str
    po_number: str
    po_line: str
    qty: Number
    lot: Names = []
    serials: Names = []
    used_at: date | None = None
    recorded_at: date | None = None


class PriorRow(Row):
    invoice_number: str
    invoice_date: date
    supplier_id: str
    type: str = "invoice"
    status: str
    po_number: str | None = None
    currency: str | None = None
    total: Number
    charges: Charges = []
    references_invoice: str | None = None
    final_for_po: str | None = None
    prepaid: Number = Decimal(0)


class PriorLineRow(Row):
    invoice_number: str
    supplier_id: str
    po_line: str | None = None
    qty: Number = Decimal(0)
    net: Number = Decimal(0)
    uom: str | None = None
    kind: str = "item"
    po_number: str | None = None


class RateRow(Row):
    currency: Currency
    valid_from: date
    rate: Positive
    to_currency: Currency = "USD"


class AccountCodeRow(Row):
    code: str
    name: str = ""
    active: Flag = True


class BudgetRow(Row):
    cost_center: str
    available: Number


class ClosedRow(Row):
    closed_through: date
    legal_entity: str = "*"


FILES: dict[str, type[Row]] = {
    "facilities": FacilityRow,
    "items": ItemRow,
    "suppliers": SupplierRow,
    "supplier_aliases": AliasRow,
    "supplier_accounts": AccountRow,
    "supplier_banks": BankRow,
    "supplier_remit_tos": RemitRow,
    "purchase_orders": OrderRow,
    "purchase_order_lines": OrderLineRow,
    "receipts": ReceiptRow,
    "receipt_lines": ReceiptLineRow,
    "usage_records": UsageRow,
    "prior_invoices": PriorRow,
    "prior_invoice_lines": PriorLineRow,
    "exchange_rates": RateRow,
    "gl_accounts": AccountCodeRow,
    "budgets": BudgetRow,
    "closed_periods": ClosedRow,
}
