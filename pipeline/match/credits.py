"""Credit notes against the invoice that they credit (spec C.9)."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from pipeline.domain.identifiers import norm_po, normalise_invoice_number
from pipeline.domain.invoice import InvoiceLine, PriorInvoice
from pipeline.domain.matching import LineLink
from pipeline.match.orders import items_of
from pipeline.match.run import COUNTED, DEAD, ZERO, Run, group_of, same_order
from pipeline.match.scoring import EQUAL, STATED, Pair, Scorer, narrowed
from pipeline.match.target import Ledger, LineKey, Target


@dataclass(slots=True)
class Credited:
    """A credit line, the PO line that it gives back, and the quantity in base units."""

    line: InvoiceLine
    target: Target
    qty: Decimal
    score: Decimal = EQUAL
    why: str = ""


def check_credit(run: Run) -> tuple[LineLink, ...]:
    """CR_NO_REFERENCE, CR_EXCEEDS, CR_PRICE_UNDER, CR_RETURN_MISSING.

    Returns what the credit gives back on which PO line: once it counts, it lowers the prior quantity there (C.0.3).
    """
    original = _original(run)
    if original is None:
        named = run.invoice.references_invoice
        what = f"Invoice {named} is not known" if named else "No original invoice is named"
        run.hold("CR_NO_REFERENCE", f"{what} for this supplier.", actual=named)
    elif original.currency and run.currency and original.currency != run.currency:
        run.hold("CUR_MISMATCH", f"Credited in {run.currency}, billed in {original.currency}.")
        original = None
    ledger, credited = _credited(run, original)
    if original is not None:
        _check_amount(run, original)
        _check_lines(run, original, credited)
    _check_returns(run, ledger, credited)
    return tuple(_link(credit) for credit in credited)


def _link(credit: Credited) -> LineLink:
    """Positive amounts: the type of the document carries the sign."""
    target, net = credit.target, credit.line.net if credit.line.net is not None else ZERO
    return LineLink(
        credit.line.no, target.order.number, target.line.no, abs(credit.qty), abs(net), credit.score, (credit.why,)
    )


def _original(run: Run) -> PriorInvoice | None:
    named = run.invoice.references_invoice
    if not named:
        return None
    number, day = normalise_invoice_number(named), run.invoice.invoice_date
    found: list[PriorInvoice] = []
    for prior in run.facts.prior_invoices:
        if (
            prior.type != "credit_note"
            and prior.status.upper() not in DEAD
            and normalise_invoice_number(prior.invoice_number) == number
            and group_of(run, prior.supplier_id) == run.group
        ):
            found.append(prior)
    # A number used again in another year: the latest that the credit note can mean.
    before = [prior for prior in found if day is None or prior.invoice_date <= day]
    return max(before or found, key=lambda prior: (prior.invoice_date, prior.id), default=None)


def _earlier_credits(run: Run, original: PriorInvoice) -> list[PriorInvoice]:
    number = normalise_invoice_number(original.invoice_number)
    return [
        prior
        for prior in run.facts.prior_invoices
        if prior.type == "credit_note"
        and prior.status.upper() in COUNTED
        and not (prior.id and prior.id == run.invoice.id)
        and normalise_invoice_number(prior.references_invoice or "") == number
        and group_of(run, prior.supplier_id) == run.group
    ]


def _check_amount(run: Run, original: PriorInvoice) -> None:
    """Credits so far and this one against the original total; no tolerance."""
    if run.invoice.total is None:
        return
    total = sum((abs(prior.total) for prior in _earlier_credits(run, original)), ZERO) + abs(run.invoice.total)
    if total > abs(original.total):
        _exceeds(run, f"{total} {run.currency} credited in all", abs(original.total), total)


def _exceeds(run: Run, what: str, most: Decimal, got: Decimal) -> None:
    run.hold(
        "CR_EXCEEDS",
        f"{what}, but the original invoice has {most}.",
        expected=str(most),
        actual=str(got),
        variance_abs=got - most,
        limit="0",
        limit_source="system policy",
    )


def _credited(run: Run, original: PriorInvoice | None) -> tuple[Ledger, list[Credited]]:
    """Credit lines tied to PO lines by stated number or identifier; price adjustments give back no quantity."""
    numbers = [run.invoice.po_number, original.po_number if original else None]
    numbers += [line.po_number for line in run.invoice.lines]
    numbers += [line.po_number for line in original.lines] if original else []
    wanted = {norm_po(number) for number in numbers if number}
    ledger = Ledger(run, wanted)
    orders = [order for order in run.facts.purchase_orders if norm_po(order.number) in wanted]
    targets: list[Target] = []
    for order in orders:
        for order_line in order.lines:
            targets.append(Target(run, ledger, order, order_line, len(targets)))
    run.orders = tuple(orders)
    scorer = Scorer(targets)
    found = []
    for line in items_of(run):
        pair = _pair_of(run, scorer, targets, line)
        if pair is None:
            continue
        target, why = pair.target, pair.evidence[0]
        if line.kind == "price_adjustment" or target.by_amount:
            # Money only; price adjustments and services give back no quantity.
            found.append(Credited(line, target, ZERO, pair.score, why))
            continue
        factor = target.factor(line.uom)
        if factor is None:
            run.hold(
                "UOM_UNKNOWN", f"Line {line.no}: nobody knows how to convert {line.uom}.", line.no, actual=line.uom
            )
        elif line.qty is not None:
            found.append(Credited(line, target, line.qty * factor, pair.score, why))
    return ledger, found


def _pair_of(run: Run, scorer: Scorer, targets: list[Target], line: InvoiceLine) -> Pair | None:
    number = line.po_number or run.invoice.po_number
    if line.po_line:
        stated = [
            t for t in targets if t.line.no == line.po_line and (not number or same_order(number, t.order.number))
        ]
        if len(stated) == 1:
            return Pair(stated[0], STATED, (f"PO line {line.po_line} stated",), "stated")
    pairs = [
        p
        for p in narrowed(line, scorer.pairs(line, None, False))
        if p.score >= run.policy.pairing.accept and not p.contradicted
    ]
    return max(pairs, key=lambda p: (p.score, -p.target.place), default=None)


def _billed(original: PriorInvoice, target: Target) -> tuple[Decimal, Decimal] | None:
    """Base quantity and net that the original billed on a PO line; None when it did not, or in an unknown unit."""
    qty, net = ZERO, ZERO
    for line in original.lines:
        number = line.po_number or original.po_number or ""
        if line.kind == "price_adjustment" or (norm_po(number), line.po_line) != target.key:
            continue
        factor = target.factor(line.uom)
        if factor is None:
            return None
        qty += line.qty * factor
        net += line.net
    return (qty, net) if qty > 0 else None


def _check_lines(run: Run, original: PriorInvoice, credited: list[Credited]) -> None:
    earlier = _earlier_credits(run, original)
    sums: dict[LineKey, Decimal] = defaultdict(lambda: ZERO)
    for credit in credited:
        if not credit.qty:
            continue
        sums[credit.target.key] += credit.qty
        billed = _billed(original, credit.target)
        if billed is None:
            continue
        before = sum((b[0] for prior in earlier if (b := _billed(prior, credit.target))), ZERO)
        total = before + sums[credit.target.key]
        if total > billed[0]:
            _exceeds(run, f"PO line {credit.target.line.no}: {total} units credited in all", billed[0], total)
        _check_price(run, credit, billed)


def _check_price(run: Run, credit: Credited, billed: tuple[Decimal, Decimal]) -> None:
    """CR_PRICE_UNDER: less money back per unit than was billed (a hidden restocking fee)."""
    due = run.money(billed[1] * credit.qty / billed[0])
    missing = due - (credit.line.net or ZERO)
    limit = credit.target.limits.values["credit.price_under_abs"] or ZERO
    if missing <= limit:
        return
    run.dispute(missing)
    source = credit.target.limits.source("credit.price_under_abs")
    run.hold(
        "CR_PRICE_UNDER",
        f"Line {credit.line.no} credits {credit.line.net}, billed was {due}: {missing} {run.currency} missing; "
        f"limit {limit:.2f} from {source}.",
        credit.line.no,
        expected=str(due),
        actual=str(credit.line.net),
        variance_abs=missing,
        limit=str(limit),
        limit_source=source,
        disputed=missing,
    )


def _check_returns(run: Run, ledger: Ledger, credited: list[Credited]) -> None:
    """CR_RETURN_MISSING: more credited than has been returned so far. Money in our favour is taken all the same."""
    groups: dict[LineKey, list[Credited]] = defaultdict(list)
    for credit in credited:
        if credit.qty:
            groups[credit.target.key].append(credit)
    for credits in groups.values():
        target, got = credits[0].target, ledger.received(credits[0].target)
        total = sum((c.qty for c in credits), ZERO) + _credited_before(run, target)
        if total > got.returned:
            run.warn(
                "CR_RETURN_MISSING",
                f"{total.normalize():f} units credited in all, {got.returned.normalize():f} returned so far.",
                credits[0].line.no,
                expected=str(got.returned),
                actual=str(total),
                variance_abs=total - got.returned,
            )


def _credited_before(run: Run, target: Target) -> Decimal:
    """Base quantity on earlier counted credit notes for a PO line."""
    total = ZERO
    for prior in run.facts.prior_invoices:
        if (
            prior.type == "credit_note"
            and prior.status.upper() in COUNTED
            and not (prior.id and prior.id == run.invoice.id)
        ):
            billed = _billed(prior, target)
            total += billed[0] if billed else ZERO
    return total
