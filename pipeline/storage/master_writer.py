"""Write a load: idempotent upserts in one transaction (spec I.2)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, delete, insert, select, text

from pipeline.domain.errors import InvalidInput
from pipeline.domain.events import SYSTEM, Action, EventDraft
from pipeline.domain.identifiers import skeleton, squash
from pipeline.domain.invoice import PriorInvoice
from pipeline.domain.orders import PurchaseOrder, Receipt, UsageRecord
from pipeline.domain.supplier import Facility, Supplier
from pipeline.storage import codec, ledger
from pipeline.storage.columns import key, units
from pipeline.storage.keys import Keys
from pipeline.storage.masters import VERSION
from pipeline.storage.rows import number_keys, po_key
from pipeline.storage.tables import (
    catalogue,
    facilities,
    prior_invoices,
    prior_orders,
    purchase_orders,
    receipts,
    supplier_banks,
    suppliers,
    usage_records,
)
from pipeline.storage.unit_of_work import StoredUnitOfWork

Value = TypeVar("Value", Supplier, PurchaseOrder, Receipt, PriorInvoice)
NAMES = ("facilities", "items", "suppliers", "banks", "orders", "receipts", "usage", "prior")
CHUNK = 500
_COUNT = text(
    "INSERT INTO counters (name, value) VALUES (:name, 1) ON CONFLICT (name) DO UPDATE SET value = counters.value + 1"
)


def write(work: StoredUnitOfWork, keys: Keys, loaded: Any, source: str) -> None:
    """`loaded` has the lists of intake.masters.Assembled. The caller commits."""
    connection = work.connection
    _replace(connection, facilities, facilities.c.id, map(_facility_row, loaded.facilities))
    _replace(connection, catalogue, catalogue.c.id, map(_item_row, loaded.items))
    fresh = _with_kept(connection, loaded.suppliers, suppliers.c.id, lambda s: s.id, _kept(loaded, "suppliers"))
    _replace(connection, suppliers, suppliers.c.id, map(_supplier_row, fresh))
    _write_banks(connection, keys, loaded)
    orders = _with_kept(connection, loaded.orders, purchase_orders.c.po_key, order_key, _kept(loaded, "orders"))
    _replace(connection, purchase_orders, purchase_orders.c.po_key, map(_order_row, orders))
    arrived = _with_kept(connection, loaded.receipts, receipts.c.id, lambda r: r.id, _kept(loaded, "receipts"))
    _replace(connection, receipts, receipts.c.id, map(_receipt_row, arrived))
    _replace(connection, usage_records, usage_records.c.id, map(_usage_row, loaded.usage))
    prior = _with_kept(connection, loaded.prior, prior_invoices.c.id, prior_key, _kept(loaded, "prior"))
    _write_prior(connection, prior)
    ledger.put(connection, loaded.ledger)
    connection.execute(_COUNT, {"name": VERSION})
    counts = {name: len(getattr(loaded, name)) for name in NAMES}
    work.record(EventDraft(SYSTEM, Action.MASTER_LOADED, "masters", "masters", after=counts, comment=source[-200:]))


def unsealed(connection: Connection, keys: Keys, supplier_id: str, fingerprint: str) -> tuple[str, str]:
    """Routing and account of a known bank account. Raises InvalidInput when there is none."""
    mine = (supplier_banks.c.supplier_id == supplier_id) & (supplier_banks.c.fingerprint == fingerprint)
    sealed = connection.execute(select(supplier_banks.c.sealed).where(mine)).scalar()
    if not sealed:  # The ERP told the fingerprint only.
        raise InvalidInput(f"Supplier {supplier_id} has no account {fingerprint}.")
    routing, _, account = keys.unseal(bytes(sealed), f"{supplier_id}/{fingerprint}").partition("\n")
    return routing, account


def _replace(connection: Connection, table: Table, column: Any, rows: Iterable[dict[str, Any]]) -> None:
    """Later rows of one load win over earlier ones with the same key."""
    latest = {row[column.name]: row for row in rows}
    names = list(latest)
    for start in range(0, len(names), CHUNK):
        connection.execute(delete(table).where(column.in_(names[start : start + CHUNK])))
    if latest:
        connection.execute(insert(table), list(latest.values()))


def _kept(loaded: Any, kind: str) -> list[str]:
    """The fields of a kind that this load did not bring."""
    return sorted(name.partition(".")[2] for name in loaded.kept if name.startswith(f"{kind}."))


def _with_kept(
    connection: Connection, values: Sequence[Value], column: Any, name: Callable[[Value], str], kept: Sequence[str]
) -> list[Value]:
    """`values` with the stored content of the fields that this load did not bring."""
    if not kept or not values:
        return list(values)
    stored: dict[str, Value] = {}
    names = [name(value) for value in values]
    for start in range(0, len(names), CHUNK):
        query = select(column, column.table.c.body).where(column.in_(names[start : start + CHUNK]))
        stored |= {row[0]: codec.load(type(values[0]), row.body) for row in connection.execute(query)}
    return [
        replace(value, **{field: getattr(stored[key_], field) for field in kept}) if key_ in stored else value
        for key_, value in zip(names, values, strict=True)
    ]


def _item_row(item: Any) -> dict[str, Any]:
    return {"id": key(f"{item.supplier_id}/{item.buyer_item}"), "supplier_id": item.supplier_id, "body": item.body}


def order_key(order: PurchaseOrder) -> str:
    return po_key(order.number) or ""


def _facility_row(facility: Facility) -> dict[str, Any]:
    return {"id": facility.id, "body": codec.dump(facility)}


def _supplier_row(supplier: Supplier) -> dict[str, Any]:
    tax_key = key(squash(supplier.tax_id)) if supplier.tax_id else None
    return {"id": supplier.id, "group_id": supplier.group, "tax_key": tax_key, "body": codec.dump(supplier)}


def _write_banks(connection: Connection, keys: Keys, loaded: Any) -> None:
    """The accounts of a loaded supplier are replaced as a whole: an account that is gone is no longer on file."""
    if "banks" in _kept(loaded, "suppliers"):
        return
    banks = loaded.banks
    owners = sorted({supplier.id for supplier in loaded.suppliers})
    for start in range(0, len(owners), CHUNK):
        mine = supplier_banks.c.supplier_id.in_(owners[start : start + CHUNK])
        connection.execute(delete(supplier_banks).where(mine))
    rows = {(bank.supplier_id, bank.fingerprint): _bank_row(keys, bank) for bank in banks}
    if rows:
        connection.execute(insert(supplier_banks), list(rows.values()))


def _bank_row(keys: Keys, bank: Any) -> dict[str, Any]:
    context = f"{bank.supplier_id}/{bank.fingerprint}"
    return {
        "supplier_id": bank.supplier_id,
        "fingerprint": bank.fingerprint,
        "account_hmac": keys.bank_hmac(bank.routing, bank.account),
        "bank_name": bank.bank_name,
        "sealed": keys.seal(f"{bank.routing}\n{bank.account}", context),
    }


def _order_row(order: PurchaseOrder) -> dict[str, Any]:
    return {
        "po_key": order_key(order),
        "skeleton_key": key(skeleton(order.number)),
        "supplier_id": order.supplier_id,
        "status": order.status,
        "body": codec.dump(order),
    }


def _receipt_row(receipt: Receipt) -> dict[str, Any]:
    return {"id": receipt.id, "po_key": po_key(receipt.po_number), "day": receipt.date, "body": codec.dump(receipt)}


def usage_key(usage: UsageRecord) -> str:
    name = "/".join((usage.case_id, po_key(usage.po_number) or "", usage.po_line, *usage.lots, *usage.serials))
    return key(name) or ""


def _usage_row(usage: UsageRecord) -> dict[str, Any]:
    return {"id": usage_key(usage), "po_key": po_key(usage.po_number), "body": codec.dump(usage)}


def _write_prior(connection: Connection, prior: Sequence[PriorInvoice]) -> None:
    rows = {str(row["id"]): row for row in map(_prior_row, prior)}
    links = {
        (name, po) for name, invoice in zip(map(prior_key, prior), prior, strict=True) for po in _orders_of(invoice)
    }
    names = list(rows)
    for start in range(0, len(names), CHUNK):
        connection.execute(delete(prior_orders).where(prior_orders.c.prior_id.in_(names[start : start + CHUNK])))
    _replace(connection, prior_invoices, prior_invoices.c.id, rows.values())
    if links:
        connection.execute(insert(prior_orders), [{"prior_id": name, "po_key": po} for name, po in sorted(links)])


def prior_key(invoice: PriorInvoice) -> str:
    # With its date: a supplier who uses a number again next year has two invoices, and both were billed.
    return key(f"{invoice.supplier_id}/{invoice.type}/{invoice.invoice_date}/{invoice.invoice_number}") or ""


def _orders_of(invoice: PriorInvoice) -> set[str]:
    named = (invoice.po_number, invoice.final_for_po, *(line.po_number for line in invoice.lines))
    return {found for number in named if number and (found := po_key(number))}


def _prior_row(invoice: PriorInvoice) -> dict[str, Any]:
    number, skeleton_key = number_keys(invoice.invoice_number)
    reference, _ = number_keys(invoice.references_invoice)
    return {
        "id": prior_key(invoice),
        "supplier_id": invoice.supplier_id,
        "number_key": number,
        "skeleton_key": skeleton_key,
        "reference_key": reference,
        "invoice_date": invoice.invoice_date,
        "total": invoice.total,
        "total_units": units(abs(invoice.total)),
        "po_number": invoice.po_number,
        "body": codec.dump(invoice),
    }
