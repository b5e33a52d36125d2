"""What one invoice bills on one PO line, how it is worded, and what of it is disputed (spec C.0.7, C.7)."""

from dataclasses import dataclass, field
from decimal import Decimal

from pipeline.match.pairing import Item, Pairing, Part
from pipeline.match.run import ZERO, Run
from pipeline.match.target import Received, Target
from pipeline.match.words import limit_words, plain


@dataclass(slots=True)
class Group:
    """All that the invoice bills on one PO line."""

    target: Target
    entries: list[tuple[Item, Part]] = field(default_factory=list)
    received: Received = field(default_factory=Received)
    # Upper bounds of what is payable, in base units or money, one per failed check.
    bounds: list[Decimal] = field(default_factory=list)

    @property
    def first(self) -> Item:
        return min((item for item, _ in self.entries), key=lambda item: item.place)

    @property
    def qty(self) -> Decimal:
        return sum((part.qty or ZERO for item, part in self.entries if item.line.kind != "price_adjustment"), ZERO)

    @property
    def net(self) -> Decimal:
        return sum((part.net for _, part in self.entries), ZERO)

    @property
    def billed(self) -> Decimal:
        """What this invoice adds: money on amount-based lines, base units else."""
        return self.net if self.target.by_amount else self.qty

    @property
    def prior(self) -> Decimal:
        return self.target.prior_net if self.target.by_amount else self.target.prior_qty


def groups_of(pairing: Pairing) -> list[Group]:
    """Groups in document order of their first line."""
    groups: dict[int, Group] = {}
    for item in pairing.items:
        if item.verdict == "ambiguous":
            continue
        for part in item.parts:
            groups.setdefault(part.target.place, Group(part.target)).entries.append((item, part))
    return sorted(groups.values(), key=lambda group: (group.first.place, group.target.sort_key()))


def amount_limit(target: Target) -> Decimal | None:
    line = target.line
    if line.amount_limit is not None:
        return line.amount_limit
    ordered = line.qty * line.unit_price / line.price_base_qty if line.price_base_qty else ZERO
    return ordered if ordered > 0 else None


def warn_tolerated(run: Run, group: Group, what: str, base: Decimal, excess: Decimal, section: str) -> None:
    words, source = limit_words(group.target.limits, section)
    run.warn(
        "QTY_WITHIN_TOL",
        f"Billed {plain(group.prior + group.billed)}, {what} {plain(base)}: {plain(excess)} over, within {words}.",
        group.first.no,
        expected=plain(base),
        actual=plain(group.prior + group.billed),
        variance_abs=excess,
        limit=words,
        limit_source=source,
    )


def report_quantity(
    run: Run,
    group: Group,
    code: str,
    outcome: str,
    what: str,
    base: Decimal,
    excess: Decimal,
    section: str,
) -> None:
    """One sentence: "Billed 110, received 100: 10 x 3.00 = 30.00 USD over; limit 0 % from system policy"."""
    if group.target.by_amount:
        report_amount(run, group, code, outcome, what, base, excess, section)
        return
    words, source = limit_words(group.target.limits, section) if section else ("0", "system policy")
    price = group.net / group.qty if group.qty else ZERO
    shown = price.quantize(Decimal("0.0001"))
    value = run.money(excess * price)
    earlier = f" ({plain(group.prior)} of it earlier)" if group.prior else ""
    run.add(
        code,
        outcome,
        f"Billed {plain(group.prior + group.qty)}{earlier}, {what} {plain(base)}: {plain(excess)} x "
        f"{run.money(price) if shown == run.money(price) else plain(shown)} = {value} {run.currency} over; "
        f"limit {words} from {source}.",
        group.first.no,
        expected=plain(base),
        actual=plain(group.prior + group.qty),
        variance_abs=excess,
        variance_pct=(excess * 100 / base).quantize(Decimal("0.01")) if base > 0 else None,
        limit=words,
        limit_source=source,
        evidence=(f"{group.target.order.number}/{group.target.line.no}",),
    )


def report_amount(
    run: Run, group: Group, code: str, outcome: str, what: str, base: Decimal, excess: Decimal, section: str
) -> None:
    words, source = limit_words(group.target.limits, section)
    run.add(
        code,
        outcome,
        f"Billed {group.prior + group.net} {run.currency} in all, {what} {base}: {excess} over; "
        f"limit {words} from {source}.",
        group.first.no,
        expected=str(base),
        actual=str(group.prior + group.net),
        variance_abs=excess,
        limit=words,
        limit_source=source,
        evidence=(f"{group.target.order.number}/{group.target.line.no}",),
    )


def dispute_groups(run: Run, groups: list[Group], payable_at_price: dict[int, Decimal]) -> None:
    """C.0.7: billed net less what is payable at the right price and quantity, rounded once per PO line."""
    for group in groups:
        # Price adjustments bill no quantity; PRICE_RETRO_OVER disputes them on its own.
        goods = [(item, part) for item, part in group.entries if item.line.kind != "price_adjustment"]
        if group.target.by_amount:
            goods = group.entries
        if not group.bounds and not any(item.place in payable_at_price for item, _ in goods):
            continue
        net = sum((part.net for _, part in goods), ZERO)
        payable = sum((_payable_part(item, part, payable_at_price) for item, part in goods), ZERO)
        if group.bounds:
            payable = _at_payable_quantity(group, payable)
        run.dispute(max(ZERO, net - run.money(payable)))


def _payable_part(item: Item, part: Part, payable_at_price: dict[int, Decimal]) -> Decimal:
    whole = payable_at_price.get(item.place)
    return part.net if whole is None or not item.net else part.net * whole / item.net


def _at_payable_quantity(group: Group, payable: Decimal) -> Decimal:
    billed = group.billed
    ordered = amount_limit(group.target) if group.target.by_amount else group.target.ordered
    bounds = group.bounds if ordered is None else [*group.bounds, ordered - group.prior]
    quantity = max(ZERO, min(billed, *bounds))
    return payable * quantity / billed if billed else ZERO
