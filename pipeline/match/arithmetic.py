"""Arithmetic of the document (spec C.3, C.0.7): limits in document currency, never converted."""

import re
from dataclasses import dataclass, replace
from decimal import Decimal

from pipeline.domain.invoice import Charge, Invoice, InvoiceLine
from pipeline.domain.money import round_money
from pipeline.match.run import COUNTED, HUNDRED, ZERO, Run, same_order

_ASIDE = ("charge", "tax_only", "allowance")
_CHARGE_WORDS = (
    ("freight", ("FREIGHT", "SHIPPING", "SHIPMENT", "DELIVERY", "POSTAGE", "CARRIAGE")),
    ("fuel_surcharge", ("FUEL",)),
    ("handling", ("HANDLING",)),
    ("hazmat", ("HAZMAT", "HAZARDOUS")),
    ("small_order", ("SMALL ORDER", "MINIMUM ORDER")),
    ("restocking", ("RESTOCK",)),
    ("cold_chain", ("COLD CHAIN", "DRY ICE")),
    ("distribution_fee", ("DISTRIBUTION",)),
)


# What else may stand in the text of a line that bills nothing but a charge.
_CHARGE_FILLERS = frozenset(
    ["AND", "CHARGE", "CHARGES", "COST", "COSTS", "FEE", "FEES", "OUTBOUND", "INBOUND", "TOTAL"]
)
_CHARGE_ONLY = frozenset(["FREIGHT", "SHIPPING", "FUEL", "SURCHARGE", "HANDLING", "DELIVERY", "POSTAGE"])


@dataclass(frozen=True, slots=True)
class Sums:
    """The amounts that a total is made of; `moved` are charge lines counted as charges (B.3.7)."""

    lines_total: Decimal
    charges: Decimal
    allowances: Decimal
    tax: Decimal
    moved: Decimal


def charge_type(description: str) -> str:
    """Type of a charge billed as a line, from its words; the fuel surcharge before freight."""
    text = description.upper()
    if "FUEL" in text:
        return "fuel_surcharge"
    return next((kind for kind, words in _CHARGE_WORDS if any(word in text for word in words)), "other")


def line_net(line: InvoiceLine, currency: str | None) -> Decimal | None:
    """The line's net, or what quantity and price give when no net is stated (X12 810 has none)."""
    if line.net is not None:
        return line.net
    return extension(line, currency)


def extension(line: InvoiceLine, currency: str | None) -> Decimal | None:
    """round(qty x price / price base) - allowance + charge; None when a factor is missing."""
    if line.qty is None or line.unit_price is None or not line.price_base_qty:
        return None
    return round_money(line.qty * line.unit_price / line.price_base_qty, currency) - line.allowance + line.charge


def bills_a_charge(line: InvoiceLine) -> bool:
    """Whether an item line says nothing but FREIGHT, SHIPPING, FUEL ... (B.3.7); one with an item number does not."""
    if line.kind != "item" or line.po_line or any((line.supplier_item, line.buyer_item, line.gtin, line.mpn, line.ndc)):
        return False
    words = set(re.findall(r"[A-Z]+", line.description.upper()))
    return not words.isdisjoint(_CHARGE_ONLY) and words <= _CHARGE_ONLY | _CHARGE_FILLERS


def completed(invoice: Invoice) -> Invoice:
    """The invoice with derived line nets, freight lines as charges, and a credit note's amounts turned positive."""
    lines = invoice.lines
    if any(bills_a_charge(line) for line in lines):
        lines = tuple(replace(line, kind="charge") if bills_a_charge(line) else line for line in lines)
        invoice = replace(invoice, lines=lines)
    if any(line.net is None for line in lines):
        lines = tuple(
            replace(line, net=extension(line, invoice.currency)) if line.net is None else line for line in lines
        )
        invoice = replace(invoice, lines=lines)
    if invoice.type == "credit_note" and invoice.total is not None and invoice.total < 0:
        return _turned(invoice)
    return invoice


def _turned(invoice: Invoice) -> Invoice:
    def neg(value: Decimal | None) -> Decimal | None:
        return None if value is None else -value

    lines = tuple(
        replace(
            line,
            net=neg(line.net),
            qty=abs(line.qty) if line.qty is not None else None,
            unit_price=abs(line.unit_price) if line.unit_price is not None else None,
            allowance=-line.allowance,
            charge=-line.charge,
        )
        for line in invoice.lines
    )
    return replace(
        invoice,
        lines=lines,
        lines_total=neg(invoice.lines_total),
        tax_total=neg(invoice.tax_total),
        total=neg(invoice.total),
        prepaid=neg(invoice.prepaid),
        rounding=neg(invoice.rounding),
        amount_due=neg(invoice.amount_due),
        charges=tuple(replace(c, amount=-c.amount) for c in invoice.charges),
        allowances=tuple(replace(c, amount=-c.amount) for c in invoice.allowances),
        tax_breakdown=tuple(replace(t, base=-t.base, amount=-t.amount) for t in invoice.tax_breakdown),
    )


def sums_of(run: Run) -> Sums:
    """What the stated parts add up to. Charge lines count inside the line total, or as charges when that closes."""
    invoice = run.invoice
    nets = sum((line.net or ZERO for line in invoice.lines), ZERO)
    aside = sum((line.net or ZERO for line in invoice.lines if line.kind in _ASIDE), ZERO)
    stated = invoice.lines_total
    lines_total = nets if stated is None else stated
    outside = bool(aside) and stated is not None and abs(nets - stated) > abs(nets - aside - stated)
    charges = sum((c.amount for c in invoice.charges), ZERO) + (aside if outside else ZERO)
    allowances = sum((c.amount for c in invoice.allowances), ZERO)
    tax = invoice.tax_total if invoice.tax_total is not None else sum((t.amount for t in invoice.tax_breakdown), ZERO)
    return Sums(lines_total, charges, allowances, tax, ZERO if outside else aside)


def all_charges(run: Run) -> list[Charge]:
    """Header charges and charge lines."""
    lines = [
        Charge(charge_type(line.description), line.net, line.tax_category)
        for line in run.invoice.lines
        if line.kind == "charge" and line.net is not None
    ]
    return [*run.invoice.charges, *lines]


def check_arithmetic(run: Run) -> None:
    """ARI_LINE, ARI_SUM, ARI_TAX, ARI_TOTAL and ROUNDING."""
    rules, sums = run.policy.arithmetic, sums_of(run)
    rounding = _check_lines(run, run.own_limit(rules.line_abs))
    rounding |= _check_sum(run, sums, run.own_limit(rules.sum_abs))
    rounding |= _check_tax_rows(run, sums, run.own_limit(rules.tax_abs))
    rounding |= _check_total(run, sums, run.own_limit(rules.total_abs))
    _check_due(run)
    if rounding:
        run.warn("ROUNDING", f"Small rounding difference {run.small_difference} {run.currency}.")


def _differs(
    run: Run, code: str, got: Decimal, want: Decimal, limit: Decimal, what: str, line: str | None = None
) -> bool:
    """Hold on a difference above the limit; True when there is one within it."""
    gap = abs(got - want)
    if gap <= limit:
        return gap > 0
    run.hold(
        code,
        f"{what}: stated {got}, calculated {want}, difference {gap} {run.currency}; limit {limit} from system policy.",
        line,
        expected=str(want),
        actual=str(got),
        variance_abs=gap,
        limit=str(limit),
        limit_source="system policy",
    )
    return False


def _check_lines(run: Run, limit: Decimal) -> bool:
    rounding = False
    for line in run.invoice.lines:
        if line.net is None:
            continue
        want = extension(line, run.currency)
        if want is not None and want != line.net:
            rounding |= _differs(run, "ARI_LINE", line.net, want, limit, f"Line {line.no}", line.no)
    return rounding


def _check_sum(run: Run, sums: Sums, limit: Decimal) -> bool:
    if run.invoice.lines_total is None or not run.invoice.lines:
        return False
    nets = sum((line.net or ZERO for line in run.invoice.lines), ZERO)
    aside = sum((line.net or ZERO for line in run.invoice.lines if line.kind in _ASIDE), ZERO)
    want = nets - (aside - sums.moved)
    return _differs(run, "ARI_SUM", sums.lines_total, want, limit, "Sum of lines")


def _check_tax_rows(run: Run, sums: Sums, limit: Decimal) -> bool:
    rows, rounding = run.invoice.tax_breakdown, False
    for row in rows:
        want = run.money(row.base * row.rate / HUNDRED)
        rounding |= _differs(run, "ARI_TAX", row.amount, want, limit, f"Tax of {row.rate} % on {row.base}")
    if rows:
        rounding |= _differs(run, "ARI_TAX", sums.tax, sum((r.amount for r in rows), ZERO), limit, "Sum of tax")
    return rounding


def _check_total(run: Run, sums: Sums, limit: Decimal) -> bool:
    total = run.invoice.total
    if total is None:
        return False
    want = sums.lines_total + sums.charges - sums.allowances + sums.tax
    within = _differs(run, "ARI_TOTAL", total, want, limit, "Total")
    if within:
        run.small_difference = total - want
    return within


def _check_due(run: Run) -> None:
    """amount due = total - prepaid + rounding, exactly; prepaid = the orders' posted prepayments still open (C.0.7)."""
    invoice = run.invoice
    if invoice.total is None:
        return
    prepaid, due = invoice.prepaid or ZERO, invoice.amount_due
    if due is not None:
        _differs(run, "ARI_TOTAL", due, invoice.total - prepaid + (invoice.rounding or ZERO), ZERO, "Amount due")
    elif prepaid or invoice.rounding:
        run.hold("ARI_TOTAL", "A prepayment or rounding is stated, but no amount due.")
    if invoice.type not in ("prepayment", "credit_note"):
        _differs(run, "ARI_TOTAL", prepaid, open_prepayments(run), ZERO, "Prepaid against posted prepayments")


def open_prepayments(run: Run) -> Decimal:
    """Counted prepayment invoices of the invoice's orders, less what later invoices already deducted."""
    open_sum = ZERO
    for prior in run.facts.prior_invoices:
        if prior.status.upper() not in COUNTED or not any(same_order(prior.po_number, o.number) for o in run.orders):
            continue
        open_sum += prior.total if prior.type == "prepayment" else -prior.prepaid
    return open_sum
