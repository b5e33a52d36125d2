"""An invoice without line detail: which ordered lines add up to its net (spec B.3.6)."""

from decimal import Decimal

from pipeline.match.pairing import Item, Pairing, Part
from pipeline.match.run import ZERO, Run
from pipeline.match.scoring import Pair
from pipeline.match.target import Target, expected_net, identifiers

_SUMMARY_SCORE = Decimal("0.45")


def link_summary(run: Run, pairing: Pairing) -> None:
    """Link a single summary line to the whole order or the one subset that equals it; the clerk confirms."""
    if len(pairing.items) != 1:
        return
    item = pairing.items[0]
    if item.verdict != "unmatched" or identifiers(item.line) or item.line.po_line or not item.net:
        return
    amounts = [(target, _open_amount(run, pairing, target)) for target in pairing.targets]
    live = [(target, amount) for target, amount in amounts if amount > 0]
    slack = run.own_limit(run.policy.pairing.subset_abs)
    chosen = _only_solution(live, item.net, slack, run.policy.pairing.subset_steps)
    if chosen:
        _link(item, chosen)


def _open_amount(run: Run, pairing: Pairing, target: Target) -> Decimal:
    if target.by_amount:
        return (target.line.amount_limit or ZERO) - target.prior_net
    return expected_net(run, target, pairing.ledger, max(ZERO, target.open_qty)) or ZERO


def _link(item: Item, chosen: list[tuple[Target, Decimal]]) -> None:
    item.verdict, item.why = "ambiguous", "only the total fits; please confirm the ordered lines it stands for"
    item.skip_price = item.skip_qty = True
    item.pairs = [Pair(target, _SUMMARY_SCORE, ("subset_total",), "words") for target, _ in chosen]
    item.chosen = item.pairs[0]
    item.parts = [Part(target, None if target.by_amount else target.open_qty, amount) for target, amount in chosen]


def _only_solution(
    live: list[tuple[Target, Decimal]], wanted: Decimal, slack: Decimal, steps: int
) -> list[tuple[Target, Decimal]]:
    """The only subset within `slack` of `wanted`; nothing when there are two, none, or the search grows too large.

    The whole order wins outright. Work is bounded by steps, not by time, so that the same facts give the same answer.
    """
    if live and abs(sum((amount for _, amount in live), ZERO) - wanted) <= slack:
        return live
    order = sorted(range(len(live)), key=lambda n: (-live[n][1], n))
    rest = [ZERO] * (len(order) + 1)
    for n in range(len(order) - 1, -1, -1):
        rest[n] = rest[n + 1] + live[order[n]][1]
    solutions: list[tuple[int, ...]] = []
    stack: list[tuple[int, Decimal, tuple[int, ...]]] = [(0, wanted, ())]
    while stack:
        steps -= 1
        if steps < 0 or len(solutions) > 1:
            return []
        depth, left, taken = stack.pop()
        if abs(left) <= slack:
            solutions.append(taken)
            continue
        if depth == len(order) or left < -slack or rest[depth] < left - slack:
            continue
        stack.append((depth + 1, left, taken))
        stack.append((depth + 1, left - live[order[depth]][1], (*taken, order[depth])))
    return [live[n] for n in sorted(solutions[0])] if len(solutions) == 1 else []
