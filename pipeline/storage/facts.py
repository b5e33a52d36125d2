"""All facts for one decision, by indexed look-ups only: the cost does not grow with the ledger."""

from datetime import date

from sqlalchemy import Connection

from pipeline.domain.identifiers import norm_po
from pipeline.domain.invoice import Invoice
from pipeline.domain.matching import Facts
from pipeline.domain.orders import PurchaseOrder
from pipeline.domain.supplier import Supplier
from pipeline.storage.masters import StoredMasters
from pipeline.storage.prior import earlier


def facts_for(connection: Connection, masters: StoredMasters, invoice: Invoice, as_of: date) -> Facts:
    """Supplier with its group and twins, facilities, orders, receipts, usage, earlier invoices."""
    billing = masters.supplier(invoice.supplier_id) if invoice.supplier_id else None
    related = _related(masters, billing)
    orders = _orders(masters, invoice, billing)
    owners = {order.supplier_id for order in orders} - {supplier.id for supplier in related}
    related += [owner for owner in map(masters.supplier, sorted(owners)) if owner]
    by_norm = {norm_po(order.number): order for order in orders}
    return Facts(
        invoice=invoice,
        as_of=as_of,
        suppliers=tuple(related),
        facilities=tuple(masters.facilities()),
        purchase_orders=tuple(orders),
        receipts=tuple(receipt for order in orders for receipt in masters.receipts(order.number)),
        prior_invoices=earlier(connection, invoice, related, by_norm),
        usage_records=tuple(usage for order in orders for usage in masters.usage(order.number)),
    )


def _related(masters: StoredMasters, billing: Supplier | None) -> list[Supplier]:
    if billing is None:
        return []
    found = {s.id: s for s in masters.group(billing.group)}
    if billing.tax_id:
        found |= {s.id: s for s in masters.find_by_tax_id(billing.tax_id)}
    for bank in billing.banks:
        found |= {s.id: s for s in masters.find_by_bank(bank.fingerprint)}
    return [found[key] for key in sorted(found)]


def _orders(masters: StoredMasters, invoice: Invoice, billing: Supplier | None) -> list[PurchaseOrder]:
    """The orders named; and where a name hits none, those that look like it and the group's open ones (B.1)."""
    named = {n for n in (invoice.po_number, *(line.po_number for line in invoice.lines)) if n}
    found = {order.number: order for order in masters.orders(named)}
    missing = {n for n in named if norm_po(n) not in {norm_po(x) for x in found}}
    if billing and (missing or not named):
        for number in sorted(missing):
            found |= {order.number: order for order in masters.orders_like(number, billing.group)}
        found |= {order.number: order for order in masters.open_orders(billing.group)}
    return [found[key] for key in sorted(found)]
