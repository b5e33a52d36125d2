"""All facts for one decision, by indexed look-ups only: the cost does not grow with the ledger."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import Connection

from pipeline.domain.invoice import Invoice
from pipeline.domain.matching import Facts
from pipeline.domain.orders import PurchaseOrder
from pipeline.domain.supplier import Supplier
from pipeline.storage import ledger
from pipeline.storage.masters import StoredMasters
from pipeline.storage.prior import Family, earlier, recent_totals
from pipeline.storage.rows import po_key


def facts_for(connection: Connection, masters: StoredMasters, invoice: Invoice, as_of: date) -> Facts:
    """Supplier with its group and twins, facilities, orders, receipts, usage, earlier invoices."""
    billing = masters.supplier(invoice.supplier_id) if invoice.supplier_id else None
    family = _family(masters, invoice, billing)
    orders = _orders(masters, invoice, billing)
    numbers = [order.number for order in orders]
    known = {supplier.id for supplier in family}
    group = tuple(s.id for s in family if billing and s.group == billing.group)
    owners = [masters.supplier(owner) for owner in sorted({order.supplier_id for order in orders} - known)]
    by_key = {found: order for order in orders if (found := po_key(order.number))}
    before = earlier(connection, invoice, Family(group, tuple(sorted(known))), by_key)
    places = masters.facilities()
    home, entity = ledger.home_of(_placed(invoice, orders), places)
    return Facts(
        invoice=invoice,
        as_of=as_of,
        suppliers=(*family, *(owner for owner in owners if owner)),
        facilities=tuple(places),
        purchase_orders=tuple(orders),
        receipts=tuple(masters.receipts_of(numbers)),
        prior_invoices=before,
        usage_records=tuple(masters.usage_of(numbers)),
        recent_totals=recent_totals(connection, invoice),
        rates=ledger.rates_for(connection, invoice, before, home, as_of),
        gl_accounts=ledger.accounts_for(connection, invoice),
        budgets=ledger.budgets_for(connection, invoice),
        closed_through=ledger.closed_through(connection, entity),
    )


def _placed(invoice: Invoice, orders: Sequence[PurchaseOrder]) -> Invoice:
    """The invoice with a ship-to: its own, else the only one that its orders name."""
    places = {order.ship_to for order in orders if order.ship_to}
    if invoice.ship_to or len(places) != 1:
        return invoice
    return replace(invoice, ship_to=places.pop())


def _family(masters: StoredMasters, invoice: Invoice, billing: Supplier | None) -> list[Supplier]:
    """The billing supplier, its group, and whoever shares its tax id or a bank account, on file or as printed."""
    found = {s.id: s for s in masters.group(billing.group)} if billing else {}
    for tax_id in {billing.tax_id if billing else None, invoice.stated_tax_id}:
        found |= {s.id: s for s in masters.find_by_tax_id(tax_id)} if tax_id else {}
    banks = {bank.fingerprint for bank in billing.banks} if billing else set()
    for fingerprint in sorted(banks | ({invoice.bank_fingerprint} if invoice.bank_fingerprint else set())):
        found |= {s.id: s for s in masters.find_by_bank(fingerprint)}
    return [found[name] for name in sorted(found)]


def _orders(masters: StoredMasters, invoice: Invoice, billing: Supplier | None) -> Sequence[PurchaseOrder]:
    """The orders named. Only where a name hits none, or none is named, those that look like it and the group's open
    ones too (B.1): a supplier's other open orders do not bear on an invoice whose order is known."""
    named = sorted({n for n in (invoice.po_number, *(line.po_number for line in invoice.lines)) if n})
    found = {order.number: order for order in masters.orders(named)}
    hit = {po_key(number) for number in found}
    missing = [number for number in named if po_key(number) not in hit]
    if billing and (missing or not named):
        for number in missing:
            found |= {order.number: order for order in masters.orders_like(number, billing.group)}
        found |= {order.number: order for order in masters.open_orders(billing.group)}
    return [found[number] for number in sorted(found)]
