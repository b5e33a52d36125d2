"""CSV in: the files of `apdesk load` (spec I.2; columns in the contract) as our nouns.

A column that bears the name of a contract field is taken, known or not to the first version of the files; an empty cell
is an absent value. A row that cannot be taken is named by file, line and reason, and then nothing of its entity is taken.
"""

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from pipeline.domain.erp import BadErpData, ContractPrice, ItemUom, SupplierXref
from pipeline.domain.invoice import PriorInvoice, PriorLine
from pipeline.domain.orders import OrderLine, PurchaseOrder, Receipt, ReceiptLine, UsageRecord
from pipeline.domain.supplier import Supplier
from pipeline.export import contracts as c
from pipeline.export.mapping import Fingerprint, reasons

JSON_COLUMNS = frozenset({"planned_charges", "uom_conversions", "tolerances", "price_revisions", "charges", "coding"})
LIST_COLUMNS = frozenset({"serials", "lots", "gln", "aliases", "domains", "gtin_packages", "cross_references"})
ALIASES = {"lot": "lots", "domain": "domains"}
Cells = dict[str, Any]
Noun = TypeVar("Noun")
_LINE = TypeAdapter(OrderLine)
_RECEIPT_LINE = TypeAdapter(ReceiptLine)
_PRIOR_LINE = TypeAdapter(PriorLine)
_ORDER = TypeAdapter(PurchaseOrder)
_RECEIPT = TypeAdapter(Receipt)
_PRIOR = TypeAdapter(PriorInvoice)
_USAGE = TypeAdapter(UsageRecord)
_SUPPLIER = TypeAdapter(Supplier)
_UOM = TypeAdapter(ItemUom)
_PRICE = TypeAdapter(ContractPrice)
_XREF = TypeAdapter(SupplierXref)


def read_plain(file: Path, needed: Iterable[str], kind: type[Noun]) -> tuple[Noun, ...]:
    """Rows whose columns are the fields of a plain noun; further columns are ignored. Raises BadErpData naming the row."""
    adapter, known = TypeAdapter(kind), {field.name for field in fields(kind)}  # type: ignore[arg-type]
    found = []
    for place, cells in rows(file, needed):
        try:
            found.append(adapter.validate_python({name: cell for name, cell in cells.items() if name in known}))
        except ValidationError as problem:
            raise BadErpData(place, reasons(problem)) from problem
    return tuple(found)


def rows(file: Path, needed: Iterable[str]) -> Iterator[tuple[str, Cells]]:
    """(place, cells) per row; JSON and list cells are taken apart, amounts stay text. No file: no rows."""
    if not file.exists():
        return
    with file.open(encoding="utf-8-sig", newline="") as handle:
        reader = csv.DictReader(handle, strict=True)
        missing = sorted(set(needed) - set(reader.fieldnames or ()))
        if missing:
            raise BadErpData(f"{file.name} line 1", f"column {', '.join(missing)} is missing")
        try:
            for row in reader:
                place = f"{file.name} line {reader.line_num}"
                if None in row or None in row.values():
                    raise BadErpData(place, "more or fewer cells than columns")
                yield (
                    place,
                    {
                        ALIASES.get(k, k): _cell(ALIASES.get(k, k), v.strip(), place)
                        for k, v in row.items()
                        if v.strip()
                    },
                )
        except (csv.Error, UnicodeDecodeError) as problem:
            raise BadErpData(f"{file.name} after line {reader.line_num}", str(problem)) from None


def _cell(column: str, text: str, place: str) -> Any:
    if column in JSON_COLUMNS:
        try:
            return json.loads(text, parse_float=str, parse_int=str)
        except ValueError:
            raise BadErpData(place, f"{column} is not JSON") from None
    return text.split(";") if column in LIST_COLUMNS else text


def _take(model: type[c.Contract], adapter: TypeAdapter[Noun], cells: Cells, place: str, **parts: Any) -> Noun:
    try:
        return adapter.validate_python({**model.model_validate({**cells, **parts}).model_dump(), **parts})
    except ValidationError as problem:
        raise BadErpData(place, reasons(problem)) from None


def _once(seen: set[Any], key: Any, place: str) -> None:
    if key in seen:
        raise BadErpData(place, f"{key} stands in the file twice")
    seen.add(key)


def _orphans(lines: dict[Any, Any], heads: set[Any], file: str) -> None:
    for key in lines:
        if key not in heads:
            raise BadErpData(file, f"lines of {key}, which has no head")


def read_orders(folder: Path) -> tuple[PurchaseOrder, ...]:
    """`purchase_orders.csv` with `purchase_order_lines.csv`."""
    lines: dict[str, list[OrderLine]] = defaultdict(list)
    seen: set[Any] = set()
    for place, cells in rows(folder / "purchase_order_lines.csv", ("po_number", "no", "qty", "uom", "unit_price")):
        line = _take(c.OrderLineV1, _LINE, cells, place)
        _once(seen, (cells.get("po_number"), line.no), place)
        lines[cells.get("po_number", "")].append(line)
    orders: dict[Any, PurchaseOrder] = {}
    heads: set[Any] = set()
    for place, cells in rows(
        folder / "purchase_orders.csv", ("number", "supplier_id", "status", "currency", "order_date")
    ):
        tax = {"exempt": cells.pop("tax_exempt", "True"), "rate": cells.pop("tax_rate", None)}
        _once(heads, cells.get("number"), place)
        tax["certificate_valid_to"] = cells.pop("certificate_valid_to", None)
        mine = tuple(lines.get(cells.get("number", ""), ()))
        orders[cells.get("number")] = _take(c.PurchaseOrderV1, _ORDER, {**cells, "tax": tax}, place, lines=mine)
    _orphans(lines, heads, "purchase_order_lines.csv")
    return tuple(orders.values())


def read_receipts(folder: Path) -> tuple[Receipt, ...]:
    """`receipts.csv` with `receipt_lines.csv`; a receipt id may stand for several orders."""
    lines: dict[Any, list[ReceiptLine]] = defaultdict(list)
    for place, cells in rows(folder / "receipt_lines.csv", ("receipt_id", "po_number", "po_line", "received")):
        lines[cells.get("receipt_id"), cells.get("po_number")].append(
            _take(c.ReceiptLineV1, _RECEIPT_LINE, cells, place)
        )
    found: list[Any] = []
    heads: set[Any] = set()
    for place, cells in rows(folder / "receipts.csv", ("id", "po_number", "date")):
        key = (cells.get("id"), cells.get("po_number"))
        _once(heads, key, place)
        found.append(_take(c.ReceiptV1, _RECEIPT, cells, place, lines=tuple(lines.get(key, ()))))
    _orphans(lines, heads, "receipt_lines.csv")
    return tuple(found)


def read_billed(folder: Path) -> tuple[PriorInvoice, ...]:
    """`prior_invoices.csv` with `prior_invoice_lines.csv`: what the ERP holds."""
    lines: dict[Any, list[PriorLine]] = defaultdict(list)
    for place, cells in rows(folder / "prior_invoice_lines.csv", ("invoice_number", "supplier_id", "qty", "net")):
        key = (cells.get("supplier_id"), cells.get("invoice_number"))
        lines[key].append(_take(c.BilledLineV1, _PRIOR_LINE, cells, place))
    found: list[Any] = []
    heads: set[Any] = set()
    needed = ("invoice_number", "invoice_date", "supplier_id", "status", "total")
    for place, cells in rows(folder / "prior_invoices.csv", needed):
        key = (cells.get("supplier_id"), cells.get("invoice_number"))
        _once(heads, key, place)
        found.append(_take(c.BilledV1, _PRIOR, cells, place, lines=tuple(lines.get(key, ()))))
    _orphans(lines, heads, "prior_invoice_lines.csv")
    return tuple(found)


def read_usage(folder: Path) -> tuple[UsageRecord, ...]:
    file = rows(folder / "usage_records.csv", ("case_id", "po_number", "po_line", "qty"))
    return tuple(_take(c.UsageV1, _USAGE, cells, place) for place, cells in file)


def read_suppliers(folder: Path, fingerprint: Fingerprint) -> tuple[Supplier, ...]:
    """`suppliers.csv` with aliases, account numbers, remit-to addresses and banks. Bank numbers leave as fingerprints."""
    parts: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for _, cells in rows(folder / "supplier_aliases.csv", ("supplier_id", "alias")):
        parts[cells.get("supplier_id", "")]["aliases"].append(cells.get("alias", ""))
    for _, cells in rows(folder / "supplier_accounts.csv", ("supplier_id", "facility", "account_no")):
        parts[cells.get("supplier_id", "")]["accounts"].append((cells.get("facility", ""), cells.get("account_no", "")))
    for _, cells in rows(folder / "supplier_remit_tos.csv", ("remit_id", "supplier_id")):
        address = {k: cells.get(k, "") for k in ("name", "street", "csz")}
        parts[cells.get("supplier_id", "")]["remit_tos"].append({"id": cells.get("remit_id"), **address})
    for place, cells in rows(folder / "supplier_banks.csv", ("supplier_id", "account")):
        parts[cells.get("supplier_id", "")]["banks"].append(_bank(cells, fingerprint, place))
    found: list[Any] = []
    heads: set[Any] = set()
    for place, cells in rows(folder / "suppliers.csv", ("id", "name")):
        _once(heads, cells.get("id"), place)
        mine = parts.get(cells.get("id", ""), {})
        cells["group"] = cells.get("group") or cells.get("id")
        extra = {**mine, "accounts": dict(mine.get("accounts", ()))}
        found.append(_take(c.SupplierV1, _SUPPLIER, {**cells, **extra}, place))
    _orphans(parts, heads, "supplier_*.csv")
    return tuple(found)


def _bank(cells: Cells, fingerprint: Fingerprint, place: str) -> dict[str, str]:
    account = str(cells.get("account", ""))
    if not account:
        raise BadErpData(place, "a bank without an account number")
    return {"fingerprint": fingerprint(cells.get("routing", ""), account), "last4": account[-4:]}


def read_xrefs(folder: Path) -> tuple[SupplierXref, ...]:
    """`supplier_xrefs.csv`: what other systems call our suppliers (I.6)."""
    file = rows(folder / "supplier_xrefs.csv", ("system", "external_id", "supplier_id"))
    return tuple(_take(c.SupplierXrefV1, _XREF, cells, place) for place, cells in file)


def read_items(folder: Path) -> tuple[tuple[ItemUom, ...], tuple[ContractPrice, ...]]:
    """`items.csv`: units and list prices per item and supplier; `item_uoms.csv` and `contract_prices.csv` add to them."""
    units, prices = [], []
    for place, cells in rows(folder / "items.csv", ("buyer_item", "supplier_id", "uom")):
        item, supplier = cells.get("buyer_item", ""), cells.get("supplier_id", "")
        for uom, eaches in cells.get("uom_conversions", {}).items():
            values = {"supplier_id": supplier, "item": item, "uom": uom, "eaches": eaches}
            units.append(_take(c.ItemUomV1, _UOM, values, place))
        if cells.get("price"):
            values = {"supplier_id": supplier, "item": item, "uom": cells.get("uom"), "price": cells["price"]}
            values["currency"] = cells.get("currency", "USD")
            prices.append(_take(c.ContractPriceV1, _PRICE, values, place))
    for place, cells in rows(folder / "item_uoms.csv", ("supplier_id", "item", "uom", "eaches")):
        units.append(_take(c.ItemUomV1, _UOM, cells, place))
    for place, cells in rows(folder / "contract_prices.csv", ("supplier_id", "item", "uom", "price", "currency")):
        prices.append(_take(c.ContractPriceV1, _PRICE, cells, place))
    return tuple(units), tuple(prices)
