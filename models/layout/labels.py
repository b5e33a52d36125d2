"""The labels of the layout model and their numbers."""

from pipeline.domain.document import Kind

HEADER = (
    "supplier_name",
    "supplier_tax_id",
    "supplier_address",
    "buyer_name",
    "bill_to",
    "ship_to",
    "remit_to",
    "invoice_number",
    "invoice_date",
    "due_date",
    "po_number",
    "account_no",
    "despatch_ref",
    "references_invoice",
    "terms",
    "period_end",
    "currency",
    "subtotal",
    "tax_total",
    "tax_amount",
    "tax_rate",
    "total",
    "amount_due",
    "freight",
    "fuel_surcharge",
    "handling",
    "discount",
    "prepaid",
    "rounding",
    "bank_account",
    "bank_routing",
)
ITEM = (
    "item_description",
    "item_sku",
    "item_quantity",
    "item_unit",
    "item_unit_price",
    "item_line_total",
    "item_tax_rate",
    "item_discount",
)
FIELDS = HEADER + ITEM
NAMES = ("O", *(f"{mark}-{name}" for name in FIELDS for mark in "BI"))
IDS = {name: number for number, name in enumerate(NAMES)}
KINDS = tuple(kind.value for kind in Kind)
KIND_IDS = {name: number for number, name in enumerate(KINDS)}
FIRST_ITEM = 1 + 2 * len(HEADER)


OPEN = -1  # a word of which only is known that it is none of the annotated fields


def label_id(tag: str, begin: bool) -> int:
    """The number of a tag ("" is none, "?" is OPEN) at the start or inside of its span."""
    if tag == "?":
        return OPEN
    return IDS[f"{'B' if begin else 'I'}-{tag}"] if tag else 0
