"""Resolve: from what is printed to what the masters know (spec A.6, B.1 input).

Pure: a reading with its corrections and the masters in, the invoice's facts out. A party is never created and never
guessed: without a clear winner the supplier stays unresolved and the invoice is held.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from pipeline.domain.document import Channel, Kind
from pipeline.domain.identifiers import norm_item
from pipeline.domain.invoice import Charge, Invoice, InvoiceLine, TaxRow
from pipeline.domain.money import round_money
from pipeline.domain.orders import PurchaseOrder
from pipeline.domain.reading import ReadCharge, Reading, ReadLine
from pipeline.domain.supplier import Facility, Supplier
from pipeline.match.names import Scored, best_names, same_address, similarity
from pipeline.ports import Masters

ACCEPT, MARGIN, PO_NAME = 0.90, 0.10, 0.80
KIND_SURE = 0.90
NUMERIC = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Party:
    """The supplier found, how sure, and the evidence in words; `ambiguous` when two are too close."""

    supplier: Supplier | None
    score: float
    evidence: tuple[str, ...] = ()
    ambiguous: bool = False


def resolve_invoice(reading: Reading, masters: Masters, *, channel: Channel, sender: str = "") -> tuple[Invoice, Party]:
    """The facts of `reading`. Raises nothing: what cannot be resolved stays None or becomes an id that is not on file."""
    fingerprint = _fingerprint(reading, masters)
    order = _order(reading, masters)
    party = resolve_supplier(reading, masters, order, fingerprint, sender)
    remit_to = _remit_to(reading, party.supplier)
    lines = tuple(_line(position, line, reading) for position, line in enumerate(reading.lines, 1))
    charges, allowances = _charges(reading)
    invoice = Invoice(
        doc_class=_doc_class(reading),
        type=reading.invoice_type if reading.kind is not Kind.CREDIT_NOTE else "credit_note",
        invoice_number=reading.text("invoice_number"),
        invoice_date=reading.day("invoice_date"),
        due_date=reading.day("due_date"),
        period_end=reading.day("period_end"),
        supplier_id=party.supplier.id if party.supplier else None,
        supplier_name=reading.text("supplier_name"),
        supplier_ambiguous=party.ambiguous,
        po_number=reading.text("po_number"),
        despatch_ref=reading.text("despatch_ref"),
        account_no=reading.text("account_no"),
        references_invoice=reading.text("references_invoice"),
        ship_to=resolve_facility(reading, masters.facilities()),
        remit_to_id=remit_to,
        bank_fingerprint=fingerprint,
        stated_tax_id=reading.text("supplier_tax_id"),
        currency=reading.text("currency"),
        lines=lines,
        charges=charges,
        allowances=allowances,
        tax_breakdown=tuple(TaxRow(row.base, row.rate, row.amount, row.category) for row in reading.taxes),
        tax_total=reading.amount("tax_total"),
        total=reading.amount("total"),
        prepaid=reading.amount("prepaid"),
        rounding=reading.amount("rounding"),
        amount_due=reading.amount("amount_due"),
        terms=reading.text("terms"),
        field_confidence=_confidences(reading, party),
        findings=_findings(reading),
        source=str(channel),
    )
    return replace(invoice, lines_total=_lines_total(reading, invoice)), party


def resolve_supplier(
    reading: Reading, masters: Masters, order: PurchaseOrder | None, fingerprint: str | None, sender: str
) -> Party:
    """A.6, in order; the first unique hit wins, and a name that contradicts it lowers the score."""
    name = reading.text("supplier_name") or ""
    for found, why in _by_identifier(reading, masters, fingerprint):
        if len(found) == 1:
            return _confirmed(found[0], name, why)
        if found:
            narrowed = best_names(name, found)
            if narrowed and narrowed[0].score >= ACCEPT and _clear(narrowed):
                return Party(narrowed[0].supplier, 0.97, (why, f"name {narrowed[0].score:.2f}"))
    ordered_from = masters.supplier(order.supplier_id) if order else None
    if ordered_from and name and similarity(name, ordered_from) >= PO_NAME:
        return Party(ordered_from, max(0.96, similarity(name, ordered_from)), ("supplier of the order", "name agrees"))
    return _by_name(name, masters, sender, reading)


def _by_identifier(
    reading: Reading, masters: Masters, fingerprint: str | None
) -> Sequence[tuple[Sequence[Supplier], str]]:
    stated = reading.text("supplier_assigned_id")
    own = masters.supplier(stated) if stated else None
    assigned = (own,) if own else masters.find_by_identifier(stated) if stated else ()
    tax_id = reading.text("supplier_tax_id")
    return (
        (masters.find_by_tax_id(tax_id) if tax_id else (), "tax id"),
        (assigned, "a number for the supplier"),
        (masters.find_by_bank(fingerprint) if fingerprint else (), "bank account"),
    )


def _confirmed(supplier: Supplier, name: str, why: str) -> Party:
    if not name:
        return Party(supplier, 0.97, (why,))
    score = similarity(name, supplier)
    if score >= 0.6:
        return Party(supplier, 0.99, (why, f"name {score:.2f}"))
    return Party(supplier, 0.80, (why, f"name differs: {name}"))


def _by_name(name: str, masters: Masters, sender: str, reading: Reading) -> Party:
    ranked = best_names(name, masters.suppliers()) if name else ()
    if not ranked or ranked[0].score < ACCEPT:
        return Party(None, ranked[0].score if ranked else 0.0)
    best = ranked[0]
    if not _clear(ranked):
        rival = ranked[1].supplier
        told_apart = [s for s in (best.supplier, rival) if _seconds(s, sender, reading)]
        if len(told_apart) == 1:
            return Party(told_apart[0], 0.96, (f"name {best.score:.2f}", "address or sender tells the twins apart"))
        return Party(None, best.score, (best.supplier.name, rival.name), ambiguous=True)
    evidence = (f"name {best.score:.2f}",)
    if _seconds(best.supplier, sender, reading):
        return Party(best.supplier, max(0.97, best.score), (*evidence, "address or sender agrees"))
    return Party(best.supplier, min(best.score, 0.96), evidence)


def _clear(ranked: Sequence[Scored]) -> bool:
    return len(ranked) < 2 or ranked[0].score - ranked[1].score >= MARGIN


def _seconds(supplier: Supplier, sender: str, reading: Reading) -> bool:
    domain = sender.rpartition("@")[2].strip("> ").lower()
    if domain and domain in supplier.domains:
        return True
    printed = " ".join(filter(None, (reading.text("supplier_address"), reading.text("remit_to"))))
    places = [(supplier.street, supplier.csz), *((remit.street, remit.csz) for remit in supplier.remit_tos)]
    return bool(printed) and any(same_address(printed, street, csz) for street, csz in places)


def resolve_facility(reading: Reading, facilities: Sequence[Facility]) -> str | None:
    """The facility that `ship_to` names. None when not stated or unclear: then ship-to is not checked (A.1)."""
    stated = reading.text("ship_to")
    if not stated:
        return None
    if exact := [f.id for f in facilities if f.id == stated.strip()]:
        return exact[0]
    by_name = [f for f in facilities if norm_item(f.name) in norm_item(stated)]
    if len(by_name) == 1:
        return by_name[0].id
    by_address = [f for f in facilities if f.street and same_address(stated, f.street, f.csz)]
    if len(by_address) == 1:
        return by_address[0].id
    return None


def _remit_to(reading: Reading, supplier: Supplier | None) -> str | None:
    printed = reading.text("remit_to")
    if not printed or supplier is None:
        return None
    if not any(c.isdigit() for c in printed) and similarity(printed, supplier) >= ACCEPT:
        # The supplier's own name without an address states no other place to pay to.
        return None
    for remit in supplier.remit_tos:
        if printed.strip() == remit.id or same_address(printed, remit.street, remit.csz):
            return remit.id
    if supplier.street and same_address(printed, supplier.street, supplier.csz):
        return supplier.remit_tos[0].id if supplier.remit_tos else None
    return f"not on file: {printed[:120]}"


def _fingerprint(reading: Reading, masters: Masters) -> str | None:
    account = reading.text("bank_account")
    return masters.bank_fingerprint(reading.text("bank_routing") or "", account) if account else None


def _order(reading: Reading, masters: Masters) -> PurchaseOrder | None:
    number = reading.text("po_number") or next((line.po_number for line in reading.lines if line.po_number), None)
    return masters.find_order(number) if number else None


def _is_bill(reading: Reading) -> bool:
    return reading.kind in (Kind.INVOICE, Kind.CREDIT_NOTE)


def _doc_class(reading: Reading) -> str:
    """What it is; a kind other than an invoice counts only when it is sure (C.1 DOC_NOT_INVOICE)."""
    return "invoice" if _is_bill(reading) or reading.kind_confidence < KIND_SURE else str(reading.kind)


def _findings(reading: Reading) -> dict[str, str]:
    found = dict(reading.findings)
    if not _is_bill(reading) and reading.kind_confidence < KIND_SURE:
        kind = str(reading.kind).replace("_", " ")
        found["DOC_NOT_INVOICE"] = (
            f"This looks like a document of kind {kind} ({reading.kind_confidence:.0%}); please decide."
        )
    return found


def _line(position: int, line: ReadLine, reading: Reading) -> InvoiceLine:
    net = line.line_total
    if net is None and line.quantity is not None and line.unit_price is not None:
        net = round_money(line.quantity * line.unit_price / line.price_base_qty, reading.text("currency") or "USD")
    return InvoiceLine(
        no=line.no or str(position),
        description=line.description,
        qty=line.quantity,
        uom=line.unit,
        unit_price=line.unit_price,
        net=net,
        kind=line.kind,
        po_number=line.po_number,
        po_line=line.po_line,
        supplier_item=line.sku,
        buyer_item=line.buyer_item,
        gtin=line.gtin,
        mpn=line.mpn,
        pack_qty=line.pack_qty,
        price_base_qty=line.price_base_qty,
        allowance=line.allowance,
        charge=line.charge,
        tax_rate=line.tax_rate,
        serials=line.serials,
        lots=line.lots,
        confidence=_decimal(line.confidence),
        source=str(line.source),
    )


def _charges(reading: Reading) -> tuple[tuple[Charge, ...], tuple[Charge, ...]]:
    def of(wanted: bool) -> tuple[Charge, ...]:
        return tuple(_charge(c) for c in reading.charges if c.is_charge is wanted)

    return of(True), of(False)


def _charge(charge: ReadCharge) -> Charge:
    return Charge(charge.type, charge.amount)


def _lines_total(reading: Reading, invoice: Invoice) -> Decimal | None:
    """The stated sum of lines; when none is printed, the lines' own sum (then ARI_TOTAL still has to close)."""
    stated = reading.amount("lines_total")
    if stated is None:
        stated = reading.amount("subtotal")
    if stated is not None:
        return stated
    nets = [line.net for line in invoice.lines]
    return sum((n for n in nets if n is not None), Decimal(0)) if nets and None not in nets else None


def _confidences(reading: Reading, party: Party) -> dict[str, Decimal]:
    named = ("invoice_number", "total", "invoice_date", "po_number", "currency")
    found = {name: _decimal(reading.fields[name].confidence) for name in named if name in reading.fields}
    return {**found, "supplier": _decimal(party.score)} if party.supplier else found


def _decimal(confidence: float) -> Decimal:
    return Decimal(str(confidence)).quantize(NUMERIC, ROUND_HALF_UP)
