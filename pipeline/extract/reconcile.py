"""Totals chosen together: the set of candidates that closes the arithmetic and says so (spec C.3)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from itertools import combinations

from pipeline.extract.money import CHARGES, Money

CENT = Decimal("0.01")
SLACK = 2  # cents; ARI_TOTAL allows five, a reader should be stricter than the check behind it


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to read the totals. Amounts in document currency; `score` ranks choices; `why` says what closed."""

    score: float
    total: Money | None = None
    subtotal: Money | None = None
    tax: tuple[Money, ...] = ()
    charges: tuple[Money, ...] = ()
    discounts: tuple[Money, ...] = ()
    prepaid: Money | None = None
    rounding: Money | None = None
    due: Money | None = None
    closed: bool = False
    summed: bool = False
    due_closed: bool = False
    payments: bool = False
    why: tuple[str, ...] = ()
    rivals: tuple[Money, ...] = field(default=())


def reconcile(found: Sequence[Money], lines_sum: Decimal | None) -> Choice:
    """The best reading of the labelled amounts, given the sum of the lines (None when there are none)."""
    totals = _top(found, "total", 6)
    known = {m.value for m in totals}
    dues = [m for m in _top(found, "amount_due", 3) if m.value not in known]
    # What is due stands in for a total that is not printed; beside one it has to close the sum to win.
    totals += [replace(m, score=m.score * 0.75) for m in dues] if totals else dues
    subtotals: list[Money | None] = [*_top(found, "subtotal", 5), None]
    taxes = _tax_options(found)
    extras = _unique([m for m in found if m.role in (*CHARGES, "discount", "rounding") and m.value], 5)
    sum_cents = _cents(lines_sum) if lines_sum is not None else None
    tendered = _tendered(found)
    best = Choice(-1.0)
    heads: list[Money | None] = [*totals] or [None]
    for total in heads:
        for subtotal in subtotals:
            for tax in taxes:
                for chosen in _subsets(extras):
                    made = _weigh(total, subtotal, tax, chosen, sum_cents, tendered)
                    if made.score > best.score:
                        best = made
    return _settle_due(best, found, totals)


def _top(found: Sequence[Money], role: str, count: int) -> list[Money]:
    """The best candidate per value; a value printed twice counts more."""
    by_value: dict[Decimal, list[Money]] = {}
    for money in found:
        if money.role == role:
            by_value.setdefault(money.value, []).append(money)
    ranked = sorted(by_value.values(), key=lambda g: -(max(_weight(m) for m in g) + 0.08 * (len(g) - 1)))
    return [max(g, key=_weight) for g in ranked[:count]]


def _weight(money: Money) -> float:
    return money.score + 0.15 * (money.emphasis - 1)


def _unique(found: Sequence[Money], count: int) -> list[Money]:
    seen: dict[tuple[str, Decimal], Money] = {}
    for money in found:
        key = (money.role, abs(money.value))
        if key not in seen or money.score > seen[key].score:
            seen[key] = money
    return sorted(seen.values(), key=lambda m: -m.score)[:count]


def _tax_options(found: Sequence[Money]) -> list[tuple[Money, ...]]:
    """No tax, each labelled tax alone, and all distinct rows together (7 % and 19 %, state and county)."""
    rows: dict[tuple[int, int, Decimal], Money] = {}
    for money in found:
        if money.role == "tax_total":
            key = (money.page, money.row, money.value)
            if key not in rows or money.score > rows[key].score:
                rows[key] = money
    singles = sorted(rows.values(), key=lambda m: -m.score)[:6]
    options: list[tuple[Money, ...]] = [()]
    options += [(m,) for m in _unique(singles, 6)]
    rates = [m for m in singles if "total" not in m.label and "summe" not in m.label and m.value]
    for count in (2, 3):
        options += [c for c in combinations(rates[:5], count) if len({(m.page, m.row) for m in c}) == count]
    return options


def _subsets(extras: Sequence[Money]) -> list[tuple[Money, ...]]:
    return [c for n in range(len(extras) + 1) for c in combinations(extras, n)]


def _cents(value: Decimal) -> int:
    return int((value * 100).quantize(Decimal(1), ROUND_HALF_UP))


def signed(money: Money) -> int:
    """Its effect on the total in cents: a discount lowers it however it is printed, rounding keeps its sign."""
    value = _cents(money.value)
    return -abs(value) if money.role == "discount" else value


def _weigh(
    total: Money | None,
    subtotal: Money | None,
    tax: tuple[Money, ...],
    extras: tuple[Money, ...],
    lines: int | None,
    tendered: frozenset[int],
) -> Choice:
    score = (_weight(total) * 2 if total else 0.0) + (subtotal.score if subtotal else 0.0)
    score += sum(m.score for m in tax) / len(tax) * 0.6 if tax else 0.0
    score += sum(0.1 * m.score for m in extras)
    why: list[str] = []
    effect = sum(_cents(m.value) for m in tax) + sum(signed(m) for m in extras)
    closed = False
    if total is not None:
        goal = _cents(total.value)
        if subtotal is not None and abs(_cents(subtotal.value) + effect - goal) <= SLACK:
            if subtotal.tokens != total.tokens:
                closed, score = True, score + (1.6 if tax or extras or subtotal.row != total.row else 0.9)
                why.append("subtotal, tax and charges give the total")
            else:
                score -= 0.9
        elif subtotal is None and lines is not None and abs(lines + effect - goal) <= SLACK:
            closed, score = True, score + 1.2
            why.append("lines, tax and charges give the total")
        elif subtotal is not None:
            score -= 0.9
        elif tax or extras:
            score -= 0.3
    gained, summed = _line_bonus(total, subtotal, extras, lines, why)
    score += gained
    if (
        subtotal is not None
        and total is not None
        and abs(_cents(subtotal.value)) > abs(_cents(total.value))
        and not closed
    ):
        score -= 0.4
    if tax and total is not None and sum(abs(_cents(m.value)) for m in tax) > 0.4 * abs(_cents(total.value)):
        score -= 2.0  # no tax is that high: a base or a total stands in the tax's place
        closed = False
        why = [reason for reason in why if "give the total" not in reason]
    if len(tax) > 1 and not closed:
        score -= 0.8
    score += _rate_bonus(tax, subtotal, why)
    if total is not None and _cents(total.value) in tendered:
        score += 0.9
        why.append("cash less change is the total")
    return Choice(
        score,
        total,
        subtotal,
        tax,
        tuple(m for m in extras if m.role in CHARGES),
        tuple(m for m in extras if m.role == "discount"),
        rounding=next((m for m in extras if m.role == "rounding"), None),
        closed=closed,
        summed=summed,
        why=tuple(why),
    )


def _line_bonus(
    total: Money | None, subtotal: Money | None, extras: tuple[Money, ...], lines: int | None, why: list[str]
) -> tuple[float, bool]:
    """What the lines' sum says for a subtotal. Lines may carry the charges; the subtotal may have the discount off."""
    if subtotal is None or lines is None:
        return 0.0, False
    net = _cents(subtotal.value)
    if abs(net - lines) <= SLACK or any(abs(net - lines - signed(m)) <= SLACK for m in extras):
        why.append("the lines sum to the subtotal")
        return 0.8, True
    if total is not None and abs(lines - _cents(total.value)) <= SLACK:
        why.append("the lines sum to the total")
        return 0.3, True
    return 0.0, False


def _rate_bonus(tax: tuple[Money, ...], subtotal: Money | None, why: list[str]) -> float:
    """A printed rate that gives the printed tax."""
    bonus = 0.0
    for money in tax:
        base = money.base if money.base is not None else (subtotal.value if subtotal and len(tax) == 1 else None)
        if money.rate and base and abs(base * money.rate / 100 - money.value) <= Decimal("0.05"):
            bonus += 0.4 / len(tax)
            why.append(f"{money.rate}% of {base} is the tax")
    return bonus


def _tendered(found: Sequence[Money]) -> frozenset[int]:
    """What was paid in cash less what was given back, for every pair."""
    paid = [_cents(m.value) for m in found if m.role == "prepaid" and m.label != "change"]
    back = [_cents(m.value) for m in found if m.role == "prepaid" and m.label == "change"]
    return frozenset(p - b for p in paid for b in back if p - b > 0) | frozenset(p for p in paid if 0 in back)


def _settle_due(best: Choice, found: Sequence[Money], totals: Sequence[Money]) -> Choice:
    """Amount due and prepaid amount: total - prepaid = due (spec A.1)."""
    due_options = _top(found, "amount_due", 4)
    paid_options = _unique([m for m in found if m.role == "prepaid" and m.value], 4)
    due, paid, closed = (due_options[0] if due_options else None), None, False
    if best.total is not None:
        goal = _cents(best.total.value)
        for option in due_options:
            if abs(_cents(option.value) - goal) <= SLACK:
                # One amount cannot prove itself where payments are printed that it may have off already.
                due, closed = option, not (paid_options and option.tokens == best.total.tokens)
                break
        for option in due_options:
            for payment in paid_options:
                if not closed and abs(goal - abs(_cents(payment.value)) - _cents(option.value)) <= SLACK:
                    due, paid, closed = option, payment, True
    rivals = tuple(m for m in totals if best.total is not None and m.value != best.total.value)
    why = best.why + (
        ("total less payments is the amount due" if paid else "the amount due repeats the total",) if closed else ()
    )
    return Choice(
        best.score,
        best.total,
        best.subtotal,
        best.tax,
        best.charges,
        best.discounts,
        paid,
        best.rounding,
        due,
        best.closed,
        best.summed,
        closed,
        bool(paid_options),
        why,
        rivals,
    )
