"""CSV rows put together into suppliers, orders, receipts and earlier invoices."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from pipeline.domain.invoice import Charge, PriorInvoice, PriorLine
from pipeline.domain.orders import OrderLine, OrderTax, PriceRevision, PurchaseOrder, Receipt, ReceiptLine, UsageRecord
from pipeline.domain.supplier import BankAccount, Facility, RemitTo, Supplier
from pipeline.intake import csv_rows as rows


@dataclass(frozen=True, slots=True)
class SecretAccount:
    """A bank account as loaded; the number is sealed and fingerprinted by whoever stores it, and never kept plain."""

    supplier_id: str
    fingerprint: str
    routing: str
    account: str


@dataclass(slots=True)
class Assembled:
    """What one load brings. `unlinked` parents are those whose child file was absent: their children stay as stored."""

    facilities: list[Facility] = field(default_factory=list)
    suppliers: list[Supplier] = field(default_factory=list)
    banks: list[SecretAccount] = field(default_factory=list)
    orders: list[PurchaseOrder] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    usage: list[UsageRecord] = field(default_factory=list)
    prior: list[PriorInvoice] = field(default_factory=list)


Tables = Mapping[str, Sequence[Any]]


def assemble(tables: Tables) -> tuple[Assembled, list[str]]:
    """The domain values of a load and what does not fit together (a line without its order ...)."""
    problems: list[str] = []
    found = Assembled(
        facilities=[_facility(row) for row in tables.get("facilities", ())],
        suppliers=_suppliers(tables),
        banks=[
            SecretAccount(r.supplier_id, r.fingerprint, r.routing, r.account) for r in tables.get("supplier_banks", ())
        ],
        orders=_orders(tables, problems),
        receipts=_receipts(tables, problems),
        usage=[_usage(row) for row in tables.get("usage_records", ())],
        prior=_prior(tables, problems),
    )
    return found, problems


def _by(items: Iterable[Any], key: Callable[[Any], Any]) -> dict[Any, list[Any]]:
    groups: dict[Any, list[Any]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return groups


def _orphans(name: str, parent: str, groups: Mapping[Any, Any], known: set[Any], problems: list[str]) -> None:
    problems += [f"{name}.csv: {key} is not in {parent}.csv." for key in sorted(set(groups) - known, key=str)]


def _facility(row: rows.FacilityRow) -> Facility:
    return Facility(**{**row.model_dump(), "aliases": tuple(row.aliases)})


def _suppliers(tables: Tables) -> list[Supplier]:
    aliases = _by(tables.get("supplier_aliases", ()), lambda r: r.supplier_id)
    accounts = _by(tables.get("supplier_accounts", ()), lambda r: r.supplier_id)
    banks = _by(tables.get("supplier_banks", ()), lambda r: r.supplier_id)
    remits = _by(tables.get("supplier_remit_tos", ()), lambda r: r.supplier_id)
    return [
        Supplier(
            **row.model_dump(exclude={"domain", "gln"}),
            domains=(row.domain.lower(),) if row.domain else (),
            gln=tuple(row.gln),
            aliases=tuple(r.alias for r in aliases[row.id]),
            accounts={r.facility: r.account_no for r in accounts[row.id]},
            banks=tuple(BankAccount(r.fingerprint, r.account[-4:]) for r in banks[row.id]),
            remit_tos=tuple(RemitTo(r.remit_id, r.name, r.street, r.csz) for r in remits[row.id]),
        )
        for row in tables.get("suppliers", ())
    ]


def _orders(tables: Tables, problems: list[str]) -> list[PurchaseOrder]:
    lines = _by(tables.get("purchase_order_lines", ()), lambda r: r.po_number)
    heads = tables.get("purchase_orders", ())
    if heads:
        _orphans("purchase_order_lines", "purchase_orders", lines, {r.number for r in heads}, problems)
    return [_order(row, lines[row.number]) for row in heads]


def _order(row: rows.OrderRow, lines: Sequence[rows.OrderLineRow]) -> PurchaseOrder:
    plain = row.model_dump(exclude={"planned_charges", "tax_exempt", "tax_rate"})
    return PurchaseOrder(
        **plain,
        lines=tuple(_order_line(line) for line in lines),
        planned_charges=_charges(row.planned_charges),
        tax=OrderTax(row.tax_exempt, row.tax_rate),
    )


def _order_line(row: rows.OrderLineRow) -> OrderLine:
    plain = row.model_dump(exclude={"po_number", "price_revisions", "cross_references"})
    revisions = tuple(
        PriceRevision(
            effective_from=date.fromisoformat(r["effective_from"]),
            price=Decimal(str(r["price"])),
            approved_by=r.get("approved_by"),
            approved=bool(r.get("approved", True)),
        )
        for r in row.price_revisions
    )
    return OrderLine(**plain, price_revisions=revisions, cross_references=tuple(row.cross_references))


def _charges(raw: Sequence[Mapping[str, Any]]) -> tuple[Charge, ...]:
    return tuple(Charge(str(c["type"]), Decimal(str(c["amount"]))) for c in raw)


def _receipts(tables: Tables, problems: list[str]) -> list[Receipt]:
    lines = _by(tables.get("receipt_lines", ()), lambda r: r.receipt_id)
    heads = tables.get("receipts", ())
    if heads:
        _orphans("receipt_lines", "receipts", lines, {r.id for r in heads}, problems)
    return [
        Receipt(
            id=row.id,
            po_number=row.po_number,
            date=row.date,
            packing_slip=row.packing_slip,
            posted_by=row.posted_by,
            lines=tuple(ReceiptLine(**r.model_dump(exclude={"receipt_id", "po_number"})) for r in lines[row.id]),
        )
        for row in heads
    ]


def _usage(row: rows.UsageRow) -> UsageRecord:
    plain = row.model_dump(exclude={"lot", "serials"})
    return UsageRecord(**plain, lots=tuple(row.lot), serials=tuple(row.serials))


def _prior(tables: Tables, problems: list[str]) -> list[PriorInvoice]:
    lines = _by(tables.get("prior_invoice_lines", ()), lambda r: (r.supplier_id, r.invoice_number))
    heads = tables.get("prior_invoices", ())
    if heads:
        known = {(r.supplier_id, r.invoice_number) for r in heads}
        _orphans("prior_invoice_lines", "prior_invoices", lines, known, problems)
    return [
        PriorInvoice(
            **row.model_dump(exclude={"charges"}),
            charges=_charges(row.charges),
            lines=tuple(_prior_line(r, row.po_number) for r in lines[(row.supplier_id, row.invoice_number)]),
        )
        for row in heads
    ]


def _prior_line(row: rows.PriorLineRow, po_number: str | None) -> PriorLine:
    plain = row.model_dump(exclude={"invoice_number", "supplier_id"})
    return PriorLine(**{**plain, "po_number": row.po_number or po_number})
