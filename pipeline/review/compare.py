"""Invoice, order, receipts and earlier invoices side by side, with the difference in words (spec F.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from pipeline.domain.invoice import ZERO, InvoiceLine, PriorInvoice
from pipeline.domain.matching import Facts, Finding, MatchResult
from pipeline.domain.orders import OrderLine, PurchaseOrder
from pipeline.domain.records import InvoiceRecord


@dataclass(frozen=True, slots=True)
class CompareRow:
    """One invoice line beside its order line; `words` say what differs, and `fine` that nothing does."""

    line: InvoiceLine
    po_number: str = ""
    order: OrderLine | None = None
    received: Decimal | None = None
    prior: Decimal = ZERO
    evidence: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    fine: bool = True


@dataclass(frozen=True, slots=True)
class Twin:
    """An earlier invoice that this one may repeat, field by field: (name, this one, the earlier one, equal)."""

    invoice: PriorInvoice
    rows: tuple[tuple[str, str, str, bool], ...]


def compare(record: InvoiceRecord, facts: Facts) -> tuple[CompareRow, ...]:
    """One row per billed line, in the order of the document."""
    if record.invoice is None:
        return ()
    links = {link.invoice_line: link for link in record.match.links} if record.match else {}
    orders = {order.number: order for order in facts.purchase_orders}
    rows = []
    for line in record.invoice.lines:
        link = links.get(line.no)
        order = orders.get(link.po_number) if link else None
        known = next((o for o in order.lines if link and o.no == link.po_line), None) if order else None
        rows.append(_row(line, order, known, link.evidence if link else (), record.match, facts))
    return tuple(rows)


def _row(
    line: InvoiceLine,
    order: PurchaseOrder | None,
    known: OrderLine | None,
    evidence: tuple[str, ...],
    match: MatchResult | None,
    facts: Facts,
) -> CompareRow:
    findings = [f for f in (match.findings if match else ()) if f.line == line.no and f.outcome != "info"]
    words = tuple(_finding_words(f) for f in findings)
    fine = not any(f.outcome in ("hold", "wait") for f in findings)
    if order is None or known is None:
        return CompareRow(line, words=words or ("Not tied to an order line.",), fine=fine and bool(words))
    return CompareRow(
        line, order.number, known, _received(facts, order.number, known.no), _prior(facts, order.number, known.no),
        evidence, words or _agreement(line, known), fine,
    )  # fmt: skip


def _finding_words(finding: Finding) -> str:
    if finding.message:
        return finding.message
    return f"{finding.code}: expected {finding.expected or 'nothing'}, is {finding.actual or 'nothing'}"


def _agreement(line: InvoiceLine, known: OrderLine) -> tuple[str, ...]:
    """Nothing was found; still say what is not literally equal."""
    words = []
    if line.uom and line.uom != known.uom:
        words.append(f"billed per {line.uom}, ordered per {known.uom}")
    elif line.unit_price is not None and line.unit_price != known.unit_price:
        change = line.unit_price - known.unit_price
        words.append(f"price {'+' if change > 0 else ''}{change} per {known.uom}, within limits")
    return tuple(words) or ("agrees",)


def _received(facts: Facts, number: str, po_line: str) -> Decimal | None:
    """Received less returned; None when nothing was ever received."""
    lines = [
        r for receipt in facts.receipts if receipt.po_number == number for r in receipt.lines if r.po_line == po_line
    ]
    return sum((r.received - r.returned for r in lines), ZERO) if lines else None


COUNTED = frozenset({"auto_approved", "approved", "posting", "post_failed", "post_unknown", "posted", "paid"})


def _prior(facts: Facts, number: str, po_line: str) -> Decimal:
    """Billed before on this order line, credit notes negative (C.0.3)."""
    total = ZERO
    for earlier in facts.prior_invoices:
        if earlier.status.lower() not in COUNTED or earlier.id == facts.invoice.id:
            continue
        sign = -1 if earlier.type == "credit_note" else 1
        for line in earlier.lines:
            if (
                (line.po_number or earlier.po_number) == number
                and line.po_line == po_line
                and line.kind != "price_adjustment"
            ):
                total += sign * line.qty
    return total


def twins(record: InvoiceRecord, facts: Facts) -> tuple[Twin, ...]:
    """The earlier invoices that the duplicate findings speak of, nearest first."""
    findings = [f for f in (record.match.findings if record.match else ()) if f.code.startswith("DUP_")]
    if not findings or record.invoice is None:
        return ()
    named = {word for f in findings for word in (*f.evidence, f.actual or "", f.expected or "")}
    near = [p for p in facts.prior_invoices if p.id != record.id and _near(record, p, named)]
    near.sort(key=lambda p: -sum(row[3] for row in _twin(record, p).rows))
    return tuple(_twin(record, p) for p in near[:3])


def _near(record: InvoiceRecord, prior: PriorInvoice, named: set[str]) -> bool:
    invoice = record.invoice
    return invoice is not None and (
        prior.id in named or prior.invoice_number in named or prior.total == invoice.total
        or prior.invoice_number == invoice.invoice_number
    )  # fmt: skip


def _twin(record: InvoiceRecord, prior: PriorInvoice) -> Twin:
    mine = record.invoice
    assert mine is not None
    pairs: Sequence[tuple[str, object, object]] = (
        ("supplier", mine.supplier_id, prior.supplier_id), ("number", mine.invoice_number, prior.invoice_number),
        ("date", mine.invoice_date, prior.invoice_date), ("total", mine.total, prior.total),
        ("currency", mine.currency, prior.currency), ("order", mine.po_number, prior.po_number),
        ("status", record.state.lower(), prior.status),
    )  # fmt: skip
    return Twin(prior, tuple((name, _text(a), _text(b), a == b) for name, a, b in pairs))


def _text(value: object) -> str:
    return "–" if value is None else str(value)
