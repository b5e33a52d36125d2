"""Write a load: idempotent upserts in one transaction, and wake what waited for it (spec C.7, I.2)."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Table, delete, insert

from pipeline.domain.events import SYSTEM, Action, EventDraft
from pipeline.domain.identifiers import norm_po, normalise_invoice_number, skeleton, squash
from pipeline.domain.invoice import PriorInvoice
from pipeline.domain.orders import PurchaseOrder, Receipt, UsageRecord
from pipeline.domain.supplier import Facility, Supplier
from pipeline.storage import codec
from pipeline.storage.secrets import Keys
from pipeline.storage.tables import (
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


def write(work: StoredUnitOfWork, keys: Keys, loaded: Any, source: str) -> None:
    """`loaded` has the lists of intake.masters.Assembled. The caller commits."""
    connection = work.connection
    _replace(connection, facilities, facilities.c.id, map(_facility_row, loaded.facilities))
    _replace(connection, suppliers, suppliers.c.id, map(_supplier_row, loaded.suppliers))
    _write_banks(connection, keys, loaded.banks)
    groups = {s.id: s.group for s in work.masters.suppliers()}
    _replace(connection, purchase_orders, purchase_orders.c.po_norm, (_order_row(o, groups) for o in loaded.orders))
    _replace(connection, receipts, receipts.c.id, map(_receipt_row, loaded.receipts))
    _replace(connection, usage_records, usage_records.c.id, map(_usage_row, loaded.usage))
    _write_prior(connection, loaded.prior, groups)
    names = ("facilities", "suppliers", "orders", "receipts", "usage", "prior")
    counts = {name: len(getattr(loaded, name)) for name in names}
    work.record(EventDraft(SYSTEM, Action.MASTER_LOADED, "masters", "masters", after=counts, comment=source[-200:]))


def _replace(connection: Connection, table: Table, key: Any, rows: Iterable[dict[str, Any]]) -> None:
    """Later rows of one load win over earlier ones with the same key."""
    latest = {row[key.name]: row for row in rows}
    if not latest:
        return
    keys = list(latest)
    for start in range(0, len(keys), 500):
        connection.execute(delete(table).where(key.in_(keys[start : start + 500])))
    connection.execute(insert(table), list(latest.values()))


def _facility_row(facility: Facility) -> dict[str, Any]:
    return {"id": facility.id, "body": codec.dump(facility)}


def _supplier_row(supplier: Supplier) -> dict[str, Any]:
    tax = squash(supplier.tax_id)[:64] if supplier.tax_id else None
    return {"id": supplier.id, "group_id": supplier.group, "tax_norm": tax, "body": codec.dump(supplier)}


def _write_banks(connection: Connection, keys: Keys, banks: Sequence[Any]) -> None:
    if not banks:
        return
    owners = sorted({bank.supplier_id for bank in banks})
    connection.execute(delete(supplier_banks).where(supplier_banks.c.supplier_id.in_(owners)))
    rows = {
        (bank.supplier_id, bank.fingerprint): {
            "supplier_id": bank.supplier_id,
            "fingerprint": bank.fingerprint,
            "account_hmac": keys.bank_hmac(bank.routing, bank.account),
            "sealed": keys.seal(f"{bank.routing}/{bank.account}"),
        }
        for bank in banks
    }
    connection.execute(insert(supplier_banks), list(rows.values()))


def _order_row(order: PurchaseOrder, groups: dict[str, str]) -> dict[str, Any]:
    return {
        "po_norm": norm_po(order.number)[:64],
        "skeleton": skeleton(order.number)[:80],
        "supplier_id": order.supplier_id,
        "supplier_group": groups.get(order.supplier_id, order.supplier_id),
        "status": order.status,
        "body": codec.dump(order),
    }


def _receipt_row(receipt: Receipt) -> dict[str, Any]:
    return {"id": receipt.id, "po_norm": norm_po(receipt.po_number), "day": receipt.date, "body": codec.dump(receipt)}


def _usage_row(usage: UsageRecord) -> dict[str, Any]:
    key = f"{usage.case_id}/{norm_po(usage.po_number)}/{usage.po_line}"
    return {"id": key[:200], "po_norm": norm_po(usage.po_number), "body": codec.dump(usage)}


def _write_prior(connection: Connection, prior: Sequence[PriorInvoice], groups: dict[str, str]) -> None:
    rows, links = [], []
    for invoice in prior:
        norm = normalise_invoice_number(invoice.invoice_number)[:80]
        key = f"{invoice.supplier_id}/{invoice.type}/{invoice.invoice_number}"[:200]
        reference = invoice.references_invoice
        rows.append(
            {
                "id": key,
                "supplier_id": invoice.supplier_id,
                "supplier_group": groups.get(invoice.supplier_id, invoice.supplier_id),
                "number_norm": norm,
                "number_skeleton": skeleton(norm)[:80],
                "invoice_date": invoice.invoice_date,
                "total": invoice.total,
                "references_norm": normalise_invoice_number(reference)[:80] if reference else None,
                "body": codec.dump(invoice),
            }
        )
        named = {n for n in (invoice.po_number, *(line.po_number for line in invoice.lines)) if n}
        links += [{"prior_id": key, "po_norm": norm_po(n)[:80]} for n in sorted(named)]
    _replace(connection, prior_invoices, prior_invoices.c.id, rows)
    keys = sorted({row["id"] for row in rows})
    for start in range(0, len(keys), 500):
        connection.execute(delete(prior_orders).where(prior_orders.c.prior_id.in_(keys[start : start + 500])))
    unique = {(link["prior_id"], link["po_norm"]): link for link in links}
    if unique:
        connection.execute(insert(prior_orders), list(unique.values()))
