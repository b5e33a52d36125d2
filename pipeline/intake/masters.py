"""CSV rows put together into suppliers, orders, receipts and earlier invoices."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from pipeline.domain.erp import GlAccount
from pipeline.domain.invoice import Charge, PriorInvoice, PriorLine
from pipeline.domain.ledger import Budget, ClosedPeriod, ExchangeRate, LedgerFacts
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
    bank_name: str = ""


@dataclass(frozen=True, slots=True)
class CatalogueItem:
    """One row of the item master, as JSON."""

    supplier_id: str
    buyer_item: str
    body: str


# Child file -> the fields of the parent that it fills.
CHILDREN = (
    ("supplier_aliases", "suppliers.aliases"),
    ("supplier_accounts", "suppliers.accounts"),
    ("supplier_banks", "suppliers.banks"),
    ("supplier_remit_tos", "suppliers.remit_tos"),
    ("purchase_order_lines", "orders.lines"),
    ("receipt_lines", "receipts.lines"),
    ("prior_invoice_lines", "prior.lines"),
)


@dataclass(frozen=True, slots=True)
class Assembled:
    """What one load brings. `kept`: fields whose file was absent, so that what is stored there stays."""

    kept: frozenset[str] = frozenset()
    items: list[CatalogueItem] = field(default_factory=list)
    facilities: list[Facility] = field(default_factory=list)
    suppliers: list[Supplier] = field(default_factory=list)
    banks: list[SecretAccount] = field(default_factory=list)
    orders: list[PurchaseOrder] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    usage: list[UsageRecord] = field(default_factory=list)
    prior: list[PriorInvoice] = field(default_factory=list)
    ledger: LedgerFacts = field(default_factory=LedgerFacts)


Tables = Mapping[str, Sequence[Any]]
Units = Mapping[tuple[str, str | None], Mapping[str, Decimal]]


def assemble(tables: Tables) -> Assembled:
    """The domain values of a load whose rows fit together (csv_checks)."""
    found = Assembled(
        facilities=[_facility(row) for row in tables.get("facilities", ())],
        items=[CatalogueItem(r.supplier_id, r.buyer_item, r.model_dump_json()) for r in tables.get("items", ())],
        suppliers=_suppliers(tables),
        banks=[
            SecretAccount(r.supplier_id, r.fingerprint, r.routing, r.account, r.bank_name)
            for r in tables.get("supplier_banks", ())
        ],
        orders=_orders(tables),
        receipts=_receipts(tables),
        usage=[_usage(row) for row in tables.get("usage_records", ())],
        prior=_prior(tables),
        ledger=_ledger(tables),
    )
    return replace(found, kept=frozenset(field for name, field in CHILDREN if name not in tables))


def _ledger(tables: Tables) -> LedgerFacts:
    """Lists that replace what is stored; a file that is absent leaves its list alone."""

    def of(name: str, kind: Callable[..., Any]) -> tuple[Any, ...] | None:
        return tuple(kind(**row.model_dump()) for row in tables[name]) if name in tables else None

    return LedgerFacts(
        rates=of("exchange_rates", ExchangeRate),
        accounts=of("gl_accounts", GlAccount),
        budgets=of("budgets", Budget),
        closed=of("closed_periods", ClosedPeriod),
    )


def _by(items: Iterable[Any], key: Callable[[Any], Any]) -> dict[Any, list[Any]]:
    groups: dict[Any, list[Any]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return groups


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


def _orders(tables: Tables) -> list[PurchaseOrder]:
    lines = _by(tables.get("purchase_order_lines", ()), lambda r: r.po_number)
    units = {(r.supplier_id, r.buyer_item): r.uom_conversions for r in tables.get("items", ())}
    return [_order(row, lines[row.number], units) for row in tables.get("purchase_orders", ())]


def _order(row: rows.OrderRow, lines: Sequence[rows.OrderLineRow], units: Units) -> PurchaseOrder:
    plain = row.model_dump(exclude={"planned_charges", "tax_exempt", "tax_rate", "certificate_valid_to"})
    return PurchaseOrder(
        **plain,
        lines=tuple(_order_line(line, units.get((row.supplier_id, line.buyer_item), {})) for line in lines),
        planned_charges=_charges(row.planned_charges),
        tax=OrderTax(row.tax_exempt, row.tax_rate, row.certificate_valid_to),
    )


def _order_line(row: rows.OrderLineRow, from_item: Mapping[str, Decimal]) -> OrderLine:
    """Units come from the order line, else from the item master (A.7)."""
    plain = row.model_dump(exclude={"po_number", "price_revisions", "cross_references", "uom_conversions"})
    return OrderLine(
        **plain,
        uom_conversions=dict(row.uom_conversions or from_item),
        price_revisions=tuple(PriceRevision(**r.model_dump()) for r in row.price_revisions),
        cross_references=tuple(row.cross_references),
    )


def _charges(raw: Sequence[rows.ChargeRow]) -> tuple[Charge, ...]:
    return tuple(Charge(c.type, c.amount) for c in raw)


def _receipts(tables: Tables) -> list[Receipt]:
    lines = _by(tables.get("receipt_lines", ()), lambda r: r.receipt_id)
    return [
        Receipt(
            id=row.id,
            po_number=row.po_number,
            date=row.date,
            packing_slip=row.packing_slip,
            posted_by=row.posted_by,
            lines=tuple(ReceiptLine(**r.model_dump(exclude={"receipt_id", "po_number"})) for r in lines[row.id]),
        )
        for row in tables.get("receipts", ())
    ]


def _usage(row: rows.UsageRow) -> UsageRecord:
    plain = row.model_dump(exclude={"lot", "serials"})
    return UsageRecord(**plain, lots=tuple(row.lot), serials=tuple(row.serials))


def _prior(tables: Tables) -> list[PriorInvoice]:
    lines = _by(tables.get("prior_invoice_lines", ()), lambda r: (r.supplier_id, r.invoice_number))
    return [
        PriorInvoice(
            **row.model_dump(exclude={"charges"}),
            charges=_charges(row.charges),
            lines=tuple(_prior_line(r, row.po_number) for r in lines[(row.supplier_id, row.invoice_number)]),
        )
        for row in tables.get("prior_invoices", ())
    ]


def _prior_line(row: rows.PriorLineRow, po_number: str | None) -> PriorLine:
    plain = row.model_dump(exclude={"invoice_number", "supplier_id"})
    return PriorLine(**{**plain, "po_number": row.po_number or po_number})
