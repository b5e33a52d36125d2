"""Charges and tax (spec C.8), each code once per invoice."""

from datetime import date
from decimal import Decimal

from pipeline.domain.identifiers import norm_po
from pipeline.domain.invoice import Charge, PriorInvoice
from pipeline.domain.orders import OrderTax, PurchaseOrder
from pipeline.domain.supplier import Facility
from pipeline.match.arithmetic import Sums, all_charges, sums_of
from pipeline.match.run import COUNTED, HUNDRED, ZERO, Run, same_order
from rules.tolerance import within

# Freight is not ours to pay: the supplier's, or our own carrier's.
NOT_OURS = frozenset({"supplier_pays", "third_party", "collect"})
_UNTAXED = frozenset({"E", "Z", "O", "AE", "K", "G"})


def check_charges(run: Run) -> None:
    """FRT_TERMS, CHG_UNPLANNED(_SMALL), CHG_OVER, CHG_WITHIN_TOL: per type, cumulative over the invoice's orders."""
    sums: dict[str, Decimal] = {}
    for charge in all_charges(run):
        sums[charge.type] = sums.get(charge.type, ZERO) + charge.amount
    for kind, amount in sorted(sums.items()):
        if amount <= 0:
            continue
        if kind == "freight" and any(order.freight_terms in NOT_OURS for order in run.orders):
            _report(run, "FRT_TERMS", "hold", kind, ZERO, amount, amount, amount, "the order's freight terms")
            continue
        plans = [c.amount for order in run.orders for c in order.planned_charges if c.type == kind]
        if plans:
            _planned(run, kind, amount, sum(plans, ZERO))
        else:
            _unplanned(run, kind, amount)


def _prior(run: Run, kind: str) -> Decimal:
    """Charges of a type on earlier counted invoices of the same orders; credit notes give back."""
    total, own = ZERO, {norm_po(order.number) for order in run.orders}
    for prior in run.facts.prior_invoices:
        if prior.status.upper() not in COUNTED or (prior.id and prior.id == run.invoice.id):
            continue
        if prior.charges and not own.isdisjoint(_orders_of(prior)):
            amount = sum((c.amount for c in prior.charges if c.type == kind), ZERO)
            total += -abs(amount) if prior.type == "credit_note" else amount
    return total


def _orders_of(prior: PriorInvoice) -> set[str]:
    """Orders that an earlier invoice bills, by its head and by its lines."""
    return {norm_po(number) for number in (prior.po_number, *(line.po_number for line in prior.lines)) if number}


def _planned(run: Run, kind: str, amount: Decimal, planned: Decimal) -> None:
    over = _prior(run, kind) + amount - planned
    if over <= 0:
        return
    pct, source = run.tightest("charge.planned_pct")
    top, top_source = run.tightest("charge.planned_abs")
    ignore, _ = run.tightest("charge.ignore_abs")
    source = source if source != "system policy" else top_source
    if within(over, planned, pct, top, ignore):
        _report(run, "CHG_WITHIN_TOL", "warn", kind, planned, amount, over, ZERO, source)
    else:
        _report(run, "CHG_OVER", "hold", kind, planned, amount, over, min(amount, over), source)


def _unplanned(run: Run, kind: str, amount: Decimal) -> None:
    limit, source = run.tightest("charge.unplanned_freight_abs" if kind == "freight" else "charge.unplanned_other_abs")
    total = _prior(run, kind) + amount
    if limit is not None and total > limit:
        _report(run, "CHG_UNPLANNED", "hold", kind, limit, amount, total - limit, amount, source)
    else:
        _report(run, "CHG_UNPLANNED_SMALL", "warn", kind, limit or ZERO, amount, ZERO, ZERO, source)


def _report(
    run: Run,
    code: str,
    outcome: str,
    kind: str,
    base: Decimal,
    amount: Decimal,
    over: Decimal,
    disputed: Decimal,
    source: str,
) -> None:
    run.dispute(disputed)
    words, before = kind.replace("_", " "), _prior(run, kind)
    earlier = f" after {before} billed earlier" if before else ""
    run.add(
        code,
        outcome,
        f"{words.capitalize()} of {amount} {run.currency}{earlier}: allowed or planned {base:.2f} in all, "
        f"{over:.2f} over; limit from {source}.",
        expected=str(base),
        actual=str(amount),
        variance_abs=over,
        limit=str(base),
        limit_source=source,
        disputed=disputed,
    )


def check_tax(run: Run) -> None:
    """TAX_* against the orders' expectation; without an order against the ship-to facility's."""
    sums = sums_of(run)
    expectations = _expectations(run, sums)
    if not expectations:
        return
    day = run.invoice.invoice_date or run.facts.as_of
    exempt = [tax.exempt and not _expired(tax.certificate_valid_to, day) for tax, _ in expectations]
    if any(tax.exempt and _expired(tax.certificate_valid_to, day) for tax, _ in expectations):
        run.warn("TAX_CERT_EXPIRED", "The exemption certificate has expired.")
    if all(exempt):
        if sums.tax > 0:
            run.dispute(sums.tax)
            run.hold(
                "TAX_UNEXPECTED",
                f"Tax of {sums.tax} {run.currency} is billed to an exempt buyer.",
                expected="0.00",
                actual=str(sums.tax),
                variance_abs=sums.tax,
                limit="0",
                limit_source="tax exemption",
                disputed=sums.tax,
            )
        return
    taxable = [(tax.rate, base) for (tax, base), free in zip(expectations, exempt, strict=True) if not free]
    _compare(run, sums.tax, taxable)


def _expired(valid_to: date | None, day: date) -> bool:
    return valid_to is not None and valid_to < day


def _expectations(run: Run, sums: Sums) -> list[tuple[OrderTax, Decimal]]:
    """Tax rule and taxable base, one per order (the base is shared by the orders' billed lines)."""
    if run.orders:
        taxes = list(dict.fromkeys(_order_tax(run, order) for order in run.orders))
        if len(taxes) == 1:
            return [(taxes[0], _base(run, sums))]
        return [(_order_tax(run, order), _order_base(run, order)) for order in run.orders]
    place = run.facilities.get(run.invoice.ship_to or "")
    return [(_facility_tax(place), _base(run, sums))] if place else []


def _order_tax(run: Run, order: PurchaseOrder) -> OrderTax:
    """The order's tax; rate and certificate that it leaves open come from the ship-to facility."""
    tax, place = order.tax, run.facilities.get(order.ship_to or "")
    if place is None or (tax.rate is not None and tax.certificate_valid_to is not None):
        return tax
    return OrderTax(tax.exempt, tax.rate or place.tax_rate, tax.certificate_valid_to or place.certificate_valid_to)


def _facility_tax(place: Facility) -> OrderTax:
    return OrderTax(place.tax_exempt, place.tax_rate, place.certificate_valid_to)


def _base(run: Run, sums: Sums) -> Decimal:
    """lines_total - allowances, without lines of an untaxed category, with charges stated as taxed (C.8)."""
    invoice = run.invoice
    base = sums.lines_total - sums.moved - sums.allowances
    base -= sum((line.net or ZERO for line in invoice.lines if line.tax_category in _UNTAXED), ZERO)
    charges: list[Charge] = all_charges(run)
    return base + sum((c.amount for c in charges if c.tax_category and c.tax_category not in _UNTAXED), ZERO)


def _order_base(run: Run, order: PurchaseOrder) -> Decimal:
    invoice = run.invoice
    return sum(
        (
            line.net or ZERO
            for line in invoice.lines
            if same_order(line.po_number or invoice.po_number, order.number) and line.tax_category not in _UNTAXED
        ),
        ZERO,
    )


def _compare(run: Run, billed: Decimal, taxable: list[tuple[Decimal | None, Decimal]]) -> None:
    rates = [rate for rate, _ in taxable]
    known = all(rate is not None for rate in rates)
    expected = run.money(sum((base * (rate or ZERO) / HUNDRED for rate, base in taxable), ZERO))
    limit, source = run.tightest("tax.variance_abs")
    gap = abs(billed - expected)
    if known and billed == 0 and expected > 0:
        run.warn(
            "TAX_MISSING",
            f"No tax is billed, {expected} {run.currency} are expected: accrue use tax.",
            expected=str(expected),
            actual=str(billed),
            variance_abs=gap,
        )
        return
    if (known and (limit is None or gap <= limit)) or (not known and billed == 0):
        return
    disputed = max(ZERO, billed - expected)
    run.dispute(disputed)
    why = f"expected {expected}" if known else "no tax rate is known for this buyer"
    run.hold(
        "TAX_VARIANCE",
        f"Tax billed {billed} {run.currency}, {why}: difference {gap}; limit {limit} from {source}.",
        expected=str(expected) if known else None,
        actual=str(billed),
        variance_abs=gap,
        limit=str(limit),
        limit_source=source,
        disputed=disputed,
    )
