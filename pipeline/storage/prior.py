"""Earlier invoices as facts: the ERP's and our own, never counted twice (spec C.0.3, C.4, C.9)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, or_, select

from pipeline.domain.identifiers import normalise_invoice_number
from pipeline.domain.invoice import Invoice, InvoiceLine, PriorInvoice, PriorLine
from pipeline.domain.matching import LineLink
from pipeline.domain.orders import OrderLine, PurchaseOrder
from pipeline.domain.records import InvoiceRecord
from pipeline.storage import codec
from pipeline.storage.columns import PER_UNIT, units
from pipeline.storage.rows import number_keys, po_key
from pipeline.storage.tables import invoice_orders, invoices, prior_invoices, prior_orders

# Our states as the statuses of earlier invoices. What is not listed is no invoice that others are compared with.
STATUS = {
    "EXTRACTED": "held",
    "MATCHING": "held",
    "IN_REVIEW": "held",
    "WAIT_RECEIPT": "waiting",
    "AWAITING_APPROVAL": "held",
    "AUTO_APPROVED": "approved",
    "APPROVED": "approved",
    "POSTING": "approved",
    "POST_FAILED": "approved",
    "POST_UNKNOWN": "approved",
    "POSTED": "posted",
    "PAID": "paid",
    "REJECTED": "rejected",
    "DUPLICATE": "rejected",
    "VOID": "void",
}
BILLED = ("approved", "posted", "paid")
LOOKBACK_DAYS = 730
# Totals alone make a candidate only near in time: 60 days for slips of the pen, fewer for the other rules (C.4).
NEAR_DAYS = 60
CENT = PER_UNIT // 100
RECENT = 24
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Family:
    """Supplier ids: `group` may bill for each other; `twins` are the group and whoever shares its tax id or a bank."""

    group: tuple[str, ...]
    twins: tuple[str, ...]


def earlier(
    connection: Connection, invoice: Invoice, family: Family, orders: Mapping[str, PurchaseOrder]
) -> tuple[PriorInvoice, ...]:
    """Every earlier invoice that this decision may depend on, in a stable order.

    `orders` are by key.
    """
    theirs = _from_erp(connection, invoice, family, orders)
    ours = _from_us(connection, invoice, family, orders)
    merged = _merged(theirs, ours)
    return tuple(sorted(merged, key=lambda p: (p.invoice_date, p.supplier_id, p.invoice_number, p.type, p.id)))


def _merged(theirs: Iterable[PriorInvoice], ours: Iterable[PriorInvoice]) -> list[PriorInvoice]:
    """One document that both know is counted once: with the ERP's status, our id, and lines from whoever has them."""
    known = {_identity(prior): prior for prior in theirs}
    alone: list[PriorInvoice] = []
    for mine in ours:
        twin = known.get(_identity(mine)) if mine.status in BILLED else None
        if twin is None or twin.id:
            alone.append(mine)
            continue
        known[_identity(mine)] = _completed(twin, mine)
    return [*known.values(), *alone]


def _completed(theirs: PriorInvoice, mine: PriorInvoice) -> PriorInvoice:
    """The ERP's document with what only we know: ledgers often keep no charges, prepayments, coding or PO lines."""
    tied = any(line.po_line for line in theirs.lines)
    return replace(
        theirs,
        id=mine.id,
        po_number=theirs.po_number or mine.po_number,
        currency=theirs.currency or mine.currency,
        lines=theirs.lines if tied or not mine.lines else mine.lines,
        charges=theirs.charges or mine.charges,
        coding=theirs.coding or mine.coding,
        references_invoice=theirs.references_invoice or mine.references_invoice,
        prepaid=theirs.prepaid or mine.prepaid,
    )


def _identity(prior: PriorInvoice) -> tuple[str, str, bool, int | None, date]:
    number = normalise_invoice_number(prior.invoice_number)
    return prior.supplier_id, number, prior.type == "credit_note", units(abs(prior.total)), prior.invoice_date


def _from_erp(
    connection: Connection, invoice: Invoice, family: Family, orders: Mapping[str, PurchaseOrder]
) -> list[PriorInvoice]:
    touching = select(prior_orders.c.prior_id).where(prior_orders.c.po_key.in_(sorted(orders)))
    found: dict[str, PriorInvoice] = {}
    for conditions in _wanted(prior_invoices, invoice, family, touching, bool(orders)):
        query = select(prior_invoices.c.id, prior_invoices.c.body).where(*conditions)
        for row in connection.execute(query):
            if row.id not in found:
                found[row.id] = codec.load(PriorInvoice, row.body)
    return [found[name] for name in sorted(found)]


def _from_us(
    connection: Connection, invoice: Invoice, family: Family, orders: Mapping[str, PurchaseOrder]
) -> list[PriorInvoice]:
    touching = select(invoice_orders.c.invoice_id).where(invoice_orders.c.po_key.in_(sorted(orders)))
    alive: list[ColumnElement[bool]] = [invoices.c.id != invoice.id, invoices.c.state.in_(list(STATUS))]
    arrived = connection.execute(select(invoices.c.sequence).where(invoices.c.id == invoice.id)).scalar()
    if arrived is not None:
        # A copy that came later and is not billed is the copy's problem; it must not hold the original back.
        billed = [state for state, status in STATUS.items() if status in BILLED]
        alive.append(or_(invoices.c.sequence < arrived, invoices.c.state.in_(billed)))
    found: dict[str, PriorInvoice | None] = {}
    for conditions in _wanted(invoices, invoice, family, touching, bool(orders)):
        query = select(invoices.c.id, invoices.c.body).where(*conditions, *alive)
        for row in connection.execute(query):
            if row.id not in found:
                found[row.id] = as_prior(codec.load(InvoiceRecord, row.body), orders)
    return [prior for prior in found.values() if prior is not None]


def _wanted(
    table: Table, invoice: Invoice, family: Family, touching: Any, has_orders: bool
) -> list[list[ColumnElement[bool]]]:
    """Indexed conditions, one query each: orders touched, duplicates' candidates, the original, the last week."""
    column = table.c
    mine: ColumnElement[bool] = column.supplier_id.in_(family.group)
    twins: ColumnElement[bool] = column.supplier_id.in_(family.twins)
    number, skeleton_key = number_keys(invoice.invoice_number)
    original, _ = number_keys(invoice.references_invoice)
    window = _window(column.invoice_date, invoice.invoice_date, LOOKBACK_DAYS)
    wanted: list[list[ColumnElement[bool]]] = [[column.id.in_(touching)]] if has_orders else []
    if not family.twins:
        return wanted
    if number:
        wanted += [[twins, column.number_key == number, *window], [mine, column.skeleton_key == skeleton_key, *window]]
    if invoice.total is not None and (amount := units(abs(invoice.total))) is not None:
        near = _window(column.invoice_date, invoice.invoice_date, NEAR_DAYS)
        wanted.append([mine, column.total_units.between(amount - CENT, amount + CENT), *near])
    if original:
        wanted += [[mine, column.number_key == original], [mine, column.reference_key == original]]
    if number:
        # Credits that were given on this very invoice.
        wanted.append([mine, column.reference_key == number])
    if invoice.supplier_id and invoice.invoice_date and not invoice.po_number:
        same = column.supplier_id == invoice.supplier_id
        recent = column.invoice_date.between(invoice.invoice_date - WEEK, invoice.invoice_date + WEEK)
        wanted.append([same, recent, column.po_number.is_(None)])
    return wanted


def _window(column: ColumnElement[Any], day: date | None, days: int) -> list[ColumnElement[bool]]:
    return [column.between(day - timedelta(days=days), day + timedelta(days=days))] if day else []


def as_prior(record: InvoiceRecord, orders: Mapping[str, PurchaseOrder]) -> PriorInvoice | None:
    """One of our own invoices as an earlier invoice; None while it lacks what names it."""
    invoice = record.invoice
    if invoice is None or not invoice.supplier_id or not invoice.invoice_number:
        return None
    by_no = {line.no: line for line in invoice.lines}
    links = record.match.links if record.match else ()
    return PriorInvoice(
        invoice_number=invoice.invoice_number,
        invoice_date=invoice.invoice_date or record.received_on,
        supplier_id=invoice.supplier_id,
        status=STATUS[record.state],
        total=invoice.total if invoice.total is not None else Decimal(0),
        id=record.id,
        type=invoice.type,
        po_number=record.match.po_numbers[0] if record.match and record.match.po_numbers else invoice.po_number,
        currency=invoice.currency,
        lines=tuple(_line(link, by_no.get(link.invoice_line), orders) for link in links),
        charges=invoice.charges,
        references_invoice=invoice.references_invoice,
        coding=record.coding or invoice.coding,
        prepaid=invoice.prepaid or Decimal(0),
    )


def _line(link: LineLink, billed: InvoiceLine | None, orders: Mapping[str, PurchaseOrder]) -> PriorLine:
    order = orders.get(po_key(link.po_number) or "")
    line = next((x for x in order.lines if x.no == link.po_line), None) if order else None
    kind = billed.kind if billed else "item"
    return PriorLine(link.po_line, link.qty_base, link.net, base_unit(line), kind, link.po_number)


def base_unit(line: OrderLine | None) -> str | None:
    """The unit of a link's base quantity: eaches where the order line converts to them, else the line's own unit (A.7)."""
    known = {unit.upper() for unit, factor in line.uom_conversions.items() if factor > 0} if line else set()
    return "EA" if line and (line.uom.upper() in known) else None


def recent_totals(connection: Connection, invoice: Invoice) -> tuple[Decimal, ...]:
    """Totals of the supplier's last 24 invoices in this currency that somebody or the rules approved, newest first (C.1
    ANOM_AMOUNT). The ERP's and ours; a document that both know counts once."""
    if not invoice.supplier_id:
        return ()
    found: dict[tuple[str | None, date, Decimal], None] = {}
    for table in (prior_invoices, invoices):
        column = table.c
        # Credits name an original; they say nothing about what is usually billed.
        wanted = [
            column.supplier_id == invoice.supplier_id,
            column.invoice_date.is_not(None),
            column.reference_key.is_(None),
        ]
        if table is invoices:
            approved = [state for state, status in STATUS.items() if status in BILLED]
            same_money = [column.currency == invoice.currency] if invoice.currency else []
            wanted += [column.state.in_(approved), column.total.is_not(None), column.id != invoice.id, *same_money]
        query = select(column.number_key, column.invoice_date, column.total).where(*wanted)
        for row in connection.execute(query.order_by(column.invoice_date.desc(), column.id).limit(RECENT)):
            if row.total > 0:
                found.setdefault((row.number_key, row.invoice_date, row.total))
    newest = sorted(found, key=lambda each: (each[1], each[0] or "", each[2]), reverse=True)
    return tuple(total for _, _, total in newest[:RECENT])
