"""Earlier invoices as facts: the ERP's and our own, never counted twice (spec C.0.3, C.4)."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import ColumnElement, Connection, Table, and_, or_, select

from pipeline.domain.identifiers import norm_po, normalise_invoice_number
from pipeline.domain.invoice import Invoice, PriorInvoice, PriorLine
from pipeline.domain.matching import LineLink
from pipeline.domain.orders import OrderLine, PurchaseOrder
from pipeline.domain.records import InvoiceRecord
from pipeline.domain.supplier import Supplier
from pipeline.storage import codec
from pipeline.storage.tables import invoice_orders, invoices, prior_invoices, prior_orders

# Our states as the statuses of earlier invoices. What is not listed is no invoice that others are compared with.
STATUS = {
    "AUTO_APPROVED": "approved",
    "APPROVED": "approved",
    "POSTING": "approved",
    "POST_FAILED": "approved",
    "POST_UNKNOWN": "approved",
    "POSTED": "posted",
    "PAID": "paid",
    "IN_REVIEW": "held",
    "WAIT_RECEIPT": "waiting",
    "AWAITING_APPROVAL": "held",
    "REJECTED": "rejected",
    "DUPLICATE": "rejected",
    "VOID": "void",
}
CENT = Decimal("0.01")


def earlier(
    connection: Connection,
    invoice: Invoice,
    related: Iterable[Supplier],
    orders: Mapping[str, PurchaseOrder],
    lookback_days: int = 730,
) -> tuple[PriorInvoice, ...]:
    """Every earlier invoice that this decision may depend on, in a stable order."""
    family = list(related)
    groups = sorted({s.group for s in family if s.id == invoice.supplier_id})
    theirs = _from_erp(connection, invoice, family, groups, orders, lookback_days)
    ours = _from_us(connection, invoice, family, groups, orders, lookback_days)
    known = {_identity(prior) for prior in theirs}
    fresh = [p for p in ours if p.status not in ("approved", "posted", "paid") or _identity(p) not in known]
    return tuple(sorted((*theirs, *fresh), key=lambda p: (p.invoice_date, p.supplier_id, p.invoice_number, p.id)))


def _identity(prior: PriorInvoice) -> tuple[str, str, str]:
    return prior.supplier_id, normalise_invoice_number(prior.invoice_number), prior.type


def _from_erp(
    connection: Connection,
    invoice: Invoice,
    family: list[Supplier],
    groups: list[str],
    orders: Mapping[str, PurchaseOrder],
    lookback_days: int,
) -> list[PriorInvoice]:
    table = prior_invoices
    touching = select(prior_orders.c.prior_id).where(prior_orders.c.po_norm.in_(sorted(orders)))
    found: dict[str, PriorInvoice] = {}
    for condition in (table.c.id.in_(touching), *_alike(table, invoice, family, groups, lookback_days)):
        for row in connection.execute(select(table.c.id, table.c.body).where(condition)):
            found[row.id] = codec.load(PriorInvoice, row.body)
    return list(found.values())


def _from_us(
    connection: Connection,
    invoice: Invoice,
    family: list[Supplier],
    groups: list[str],
    orders: Mapping[str, PurchaseOrder],
    lookback_days: int,
) -> list[PriorInvoice]:
    table = invoices
    touching = select(invoice_orders.c.invoice_id).where(invoice_orders.c.po_norm.in_(sorted(orders)))
    conditions = [table.c.id.in_(touching), *_alike(table, invoice, family, groups, lookback_days)]
    if invoice.supplier_id and invoice.invoice_date and not invoice.po_number:
        # The last week's bills without an order, for the anti-splitting rule (E.3).
        since = invoice.invoice_date - timedelta(days=7)
        recent = and_(
            table.c.supplier_id == invoice.supplier_id, table.c.po_number.is_(None), table.c.invoice_date >= since
        )
        conditions.append(recent)
    found: dict[str, PriorInvoice] = {}
    for condition in conditions:
        query = select(table.c.id, table.c.body).where(
            condition, table.c.id != invoice.id, table.c.state.in_(list(STATUS))
        )
        for row in connection.execute(query):
            if row.id not in found:
                prior = as_prior(codec.load(InvoiceRecord, row.body), orders)
                if prior is not None:
                    found[row.id] = prior
    return list(found.values())


def _alike(
    table: Table, invoice: Invoice, family: list[Supplier], groups: list[str], lookback_days: int
) -> list[ColumnElement[bool]]:
    """Indexed conditions that no duplicate, credited original or fellow credit escapes (C.4, C.9)."""
    conditions: list[ColumnElement[bool]] = []
    norm = normalise_invoice_number(invoice.invoice_number) if invoice.invoice_number else ""
    if groups and norm:
        conditions.append(and_(table.c.supplier_group.in_(groups), table.c.number_norm == norm))
    if groups and invoice.total is not None:
        near = [invoice.total + step for step in (-CENT, Decimal(0), CENT)]
        same = and_(table.c.supplier_group.in_(groups), table.c.total.in_(near))
        if invoice.invoice_date:
            window = timedelta(days=lookback_days)
            day = invoice.invoice_date
            same = and_(same, table.c.invoice_date.between(day - window, day + window))
        conditions.append(same)
    twins = sorted({s.id for s in family})
    if twins and norm:
        conditions.append(and_(table.c.number_norm == norm, table.c.supplier_id.in_(twins)))
    if groups and invoice.references_invoice:
        original = normalise_invoice_number(invoice.references_invoice)
        mine = table.c.supplier_group.in_(groups)
        conditions.append(and_(mine, or_(table.c.number_norm == original, table.c.references_norm == original)))
    return conditions


def as_prior(record: InvoiceRecord, orders: Mapping[str, PurchaseOrder]) -> PriorInvoice | None:
    """One of our own invoices as an earlier invoice; None while it lacks what names it."""
    invoice = record.invoice
    if invoice is None or not invoice.supplier_id or not invoice.invoice_number or not invoice.invoice_date:
        return None
    kinds = {line.no: line.kind for line in invoice.lines}
    links = record.match.links if record.match else ()
    return PriorInvoice(
        invoice_number=invoice.invoice_number,
        invoice_date=invoice.invoice_date,
        supplier_id=invoice.supplier_id,
        status=STATUS[record.state],
        total=invoice.total if invoice.total is not None else Decimal(0),
        id=record.id,
        type=invoice.type,
        po_number=invoice.po_number,
        currency=invoice.currency,
        lines=tuple(_line(link, kinds.get(link.invoice_line, "item"), orders) for link in links),
        charges=invoice.charges,
        references_invoice=invoice.references_invoice,
        coding=record.coding,
    )


def _line(link: LineLink, kind: str, orders: Mapping[str, PurchaseOrder]) -> PriorLine:
    qty, uom = link.qty_base, None
    order = orders.get(norm_po(link.po_number))
    line = next((x for x in order.lines if x.no == link.po_line), None) if order else None
    if line is not None and line.uom_conversions:
        qty, uom = in_known_unit(line, link.qty_base)
    return PriorLine(link.po_line, qty, link.net, uom, kind, link.po_number)


def in_known_unit(line: OrderLine, qty_base: Decimal) -> tuple[Decimal, str | None]:
    """A base quantity in a unit the order line knows: the each itself where it has one, so that nothing is divided."""
    for unit, factor in sorted(line.uom_conversions.items()):
        if factor == 1:
            return qty_base, unit
    factor = line.uom_conversions.get(line.uom, Decimal(1))
    return qty_base / factor, line.uom
