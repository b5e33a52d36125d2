"""Assigning invoice lines to PO lines (spec B.3, B.4)."""

import heapq
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from pipeline.domain.identifiers import norm_po, squash
from pipeline.domain.invoice import InvoiceLine
from pipeline.match.run import HUNDRED, ONE, ZERO, Run
from pipeline.match.scoring import Pair, Scorer, narrowed
from pipeline.match.target import Ledger, Target, expected_net, reference_price
from rules.tolerance import within

_FORBIDDEN = 10.0
_TIE = 1e-6


@dataclass(slots=True)
class Part:
    """What one invoice line takes of one PO line. `qty` is None where units do not convert."""

    target: Target
    qty: Decimal | None
    net: Decimal


@dataclass(slots=True)
class Item:
    """One billed line on its way through pairing; `place` is its document order."""

    line: InvoiceLine
    place: int
    # `wide` are all that fit; `pairs` those that a stated PO line number leaves among equals.
    pairs: list[Pair] = field(default_factory=list)
    wide: list[Pair] = field(default_factory=list)
    chosen: Pair | None = None
    parts: list[Part] = field(default_factory=list)
    verdict: str = ""  # "" | unmatched | ambiguous
    why: str = ""
    skip_price: bool = False
    skip_qty: bool = False

    @property
    def no(self) -> str:
        return self.line.no

    @property
    def net(self) -> Decimal:
        return self.line.net if self.line.net is not None else ZERO


@dataclass(slots=True)
class Pairing:
    items: list[Item]
    targets: list[Target]
    ledger: Ledger
    # The packing slip that the invoice names, squashed: its receipts are linked first (B.3.8).
    packing_slip: str | None = None


def pair_lines(run: Run, lines: list[InvoiceLine], scopes: dict[str, str]) -> Pairing:
    """Pair every item line. `scopes`: number read on a line -> order number that it was resolved to."""
    ledger = Ledger(run, {norm_po(order.number) for order in run.orders})
    targets: list[Target] = []
    for order in run.orders:
        for line in order.lines:
            targets.append(Target(run, ledger, order, line, len(targets)))
    slip = squash(run.invoice.despatch_ref or "") or None
    pairing = Pairing([Item(line, place) for place, line in enumerate(lines)], targets, ledger, slip)
    scorer = Scorer(targets)
    for item in pairing.items:
        number = item.line.po_number or run.invoice.po_number
        named = scopes.get(number or "")
        scope = frozenset((norm_po(named),)) if named and len(run.orders) > 1 else None
        ocr = "ocr" in (item.line.source, run.invoice.source)
        floor = run.policy.pairing.floor
        item.wide = [p for p in scorer.pairs(item.line, scope, ocr) if p.score >= floor]
        item.pairs = narrowed(item.line, item.wide)
    for item in pairing.items:
        if item.line.kind == "price_adjustment" and item.pairs:
            item.chosen = max(item.pairs, key=lambda p: (p.score, -p.target.place))
            item.parts = [Part(item.chosen.target, ZERO, item.net)]
    _assign(run, pairing)
    _allocate(run, pairing)
    _judge(run, pairing)
    return pairing


def _assign(run: Run, pairing: Pairing) -> None:
    """One-to-one core: the easy pairs at once, the rest block by block."""
    goods = [item for item in pairing.items if item.line.kind != "price_adjustment"]
    wanted: dict[int, int] = defaultdict(int)
    for item in goods:
        for pair in item.pairs:
            wanted[pair.target.place] += 1
    contested = []
    for item in goods:
        if len(item.pairs) == 1 and wanted[item.pairs[0].target.place] == 1:
            item.chosen = item.pairs[0]
        elif item.pairs:
            contested.append(item)
    for block in _blocks(contested):
        _solve(run, pairing, block)


def _blocks(items: list[Item]) -> list[list[Item]]:
    """Connected components of lines that compete for the same PO lines."""
    root = list(range(len(items)))

    def find(place: int) -> int:
        while root[place] != place:
            root[place] = root[root[place]]
            place = root[place]
        return place

    owner: dict[int, int] = {}
    for place, item in enumerate(items):
        for pair in item.pairs:
            other = owner.setdefault(pair.target.place, place)
            root[find(place)] = find(other)
    blocks: dict[int, list[Item]] = defaultdict(list)
    for place, item in enumerate(items):
        blocks[find(place)].append(item)
    return list(blocks.values())


def _solve(run: Run, pairing: Pairing, block: list[Item]) -> None:
    """linear_sum_assignment over a block; a dummy column per line means "no PO line"."""
    targets = sorted({p.target.place: p.target for i in block for p in i.pairs}.values(), key=Target.sort_key)
    column = {target.place: number for number, target in enumerate(targets)}
    # Lines in an order that does not depend on the document, so that ties fall the same way.
    block = sorted(block, key=lambda item: _line_key(item))
    cost = np.full((len(block), len(targets) + len(block)), _FORBIDDEN)
    cost[:, len(targets) :] = float(run.policy.pairing.dummy_cost)
    traits = _traits(run, pairing, targets)
    ties = _TIE * np.arange(len(targets))
    for row, item in enumerate(block):
        numbers = np.array([column[pair.target.place] for pair in item.pairs])
        scores = np.array([float(pair.score) for pair in item.pairs])
        cost[row, numbers] = 1.0 - scores - _bonus(item, traits)[numbers] + ties[numbers]
    rows, columns = linear_sum_assignment(cost)
    for row, number in zip(rows.tolist(), columns.tolist(), strict=True):
        if number < len(targets) and cost[row, number] < _FORBIDDEN:
            place = targets[number].place
            block[row].chosen = next(p for p in block[row].pairs if p.target.place == place)


def _line_key(item: Item) -> tuple[Decimal, Decimal, str, str, int]:
    line = item.line
    return (line.qty or ZERO, item.net, line.supplier_item or line.buyer_item or "", line.description, item.place)


def _traits(run: Run, pairing: Pairing, targets: list[Target]) -> NDArray[np.float64]:
    """Per PO line: reference price, open quantity, factor of its own unit. Approximate, for ranking only."""
    rows = []
    for target in targets:
        price = reference_price(run, target, pairing.ledger)
        own = target.factor(None)
        rows.append((float(price or 0), float(target.open_qty), float(own or 0)))
    return np.array(rows, dtype=np.float64).T


def _bonus(item: Item, traits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Modifiers for ranking only: price within 2 %, open quantity, same unit (B.2), for every PO line of the block."""
    price, room, own = traits
    line = item.line
    if line.qty is None:
        return np.zeros_like(price)
    target = item.pairs[0].target
    factor = float(target.factor(line.uom) or 0)
    qty, expected = float(line.qty) * factor, float(line.qty) * factor * price
    fits = (expected > 0) & (np.abs(float(item.net) - expected) <= 0.02 * expected + 1e-9)
    return np.asarray(0.05 * fits + 0.03 * (qty <= room) + 0.01 * (factor == own), dtype=np.float64)


def _allocate(run: Run, pairing: Pairing) -> None:
    """Quantities onto PO lines: what fits, then merged lines (1 to many), then split lines (many to 1)."""
    taken: dict[int, Decimal] = defaultdict(lambda: ZERO)
    merged, split = [], []
    for item in pairing.items:
        if item.line.kind == "price_adjustment":
            continue
        if item.chosen is None:
            used = [p for p in item.pairs if p.score >= run.policy.pairing.accept]
            if used:
                split.append((item, max(used, key=lambda p: (p.score, -p.target.place))))
            continue
        qty, target = _base_qty(item, item.chosen.target), item.chosen.target
        if qty is not None and qty > target.open_qty and not target.by_amount and len(_kin(item, item.chosen)) > 1:
            merged.append((item, item.chosen))
            continue
        item.parts = [Part(target, qty, item.net)]
        taken[target.place] += qty or ZERO
    for item, pair in (*merged, *split):
        item.chosen = pair
        _spread(run, item, pair, taken)


def _base_qty(item: Item, target: Target) -> Decimal | None:
    factor = target.factor(item.line.uom)
    if factor is None or item.line.qty is None:
        return None
    return item.line.qty if factor == ONE else item.line.qty * factor


def _kin(item: Item, pair: Pair) -> list[Target]:
    """PO lines of the same item that fit the invoice line equally well, in promised order."""
    own = pair.target.family
    kin = [
        p.target
        for p in item.wide
        if p.score == pair.score
        and not p.target.by_amount
        and (p.target is pair.target or (own and p.target.family == own))
    ]
    # The PO line that the invoice names is filled first; else the promised order decides.
    stated = item.line.po_line
    return sorted(kin, key=lambda target: (target.line.no != stated, target.sort_key()))


def _spread(run: Run, item: Item, pair: Pair, taken: dict[int, Decimal]) -> None:
    """Fill PO lines up to what is open; the remainder stays on the last one, so that over-billing shows (B.3.3)."""
    kin = _kin(item, pair) or [pair.target]
    left = _base_qty(item, pair.target)
    if left is None or item.line.qty is None or pair.target.by_amount:
        item.parts = [Part(pair.target, left, item.net)]
        return
    shares: list[tuple[Target, Decimal]] = []
    for number, target in enumerate(kin):
        room = max(ZERO, target.open_qty - taken[target.place])
        share = left if number == len(kin) - 1 else min(left, room)
        if share > 0 or (number == len(kin) - 1 and not shares):
            shares.append((target, share))
            taken[target.place] += share
            left -= share
    item.parts = _pro_rata(run, item, shares)


def _pro_rata(run: Run, item: Item, shares: list[tuple[Target, Decimal]]) -> list[Part]:
    """Split the net by quantity; the last part takes the rounding, so that no cent is lost."""
    whole = sum((qty for _, qty in shares), ZERO)
    parts, left = [], item.net
    for number, (target, qty) in enumerate(shares):
        last = number == len(shares) - 1 or not whole
        net = left if last else run.money(item.net * qty / whole)
        parts.append(Part(target, qty, net))
        left -= net
    return parts


def _judge(run: Run, pairing: Pairing) -> None:
    """Which pairs stand: thresholds and uniqueness of B.2."""
    rules = run.policy.pairing
    for item in pairing.items:
        pair = item.chosen
        if pair is None:
            item.verdict = "ambiguous" if item.pairs else "unmatched"
            item.why = "several lines compete for one PO line" if item.pairs else ""
            continue
        if pair.kind == "equal" or pair.contradicted:
            continue
        rivals = [p for p in item.pairs if _rival(p, pair) and pair.score - p.score < rules.margin]
        if pair.score < rules.accept:
            unsure = bool(rivals) or not _price_fits(run, pairing, item, pair.target)
        else:
            unsure = any(_price_fits(run, pairing, item, p.target) for p in rivals)
        if unsure:
            item.verdict, item.parts = "ambiguous", []
            names = ", ".join(f"{p.target.order.number}/{p.target.line.no}" for p in (pair, *rivals[:4]))
            item.why = f"not certain which PO line is meant ({names})"


def _rival(other: Pair, pair: Pair) -> bool:
    own = pair.target.family
    return other.target is not pair.target and (own is None or other.target.family != own)


def _price_fits(run: Run, pairing: Pairing, item: Item, target: Target) -> bool:
    qty = _base_qty(item, target)
    if qty is None or target.by_amount:
        return target.by_amount
    expected = expected_net(run, target, pairing.ledger, qty)
    if expected is None:
        return False
    limits = target.limits.values
    gap = abs(item.net - expected)
    return within(gap, expected, limits["price.upper_pct"], limits["price.upper_abs"], limits["price.ignore_abs"])


def report_pairing(run: Run, pairing: Pairing) -> None:
    """LINE_UNMATCHED, LINE_SUBSTITUTE, LINE_AMBIGUOUS, and the confidence of the pairing as a whole (B.4)."""
    for item in pairing.items:
        if item.verdict == "unmatched":
            # An unmatched deduction is no claim on us; it must not lower what others dispute.
            run.dispute(max(ZERO, item.net))
            run.hold(
                "LINE_UNMATCHED",
                f"Line {item.no} ({item.line.description or item.line.supplier_item or 'no text'}, "
                f"{item.net} {run.currency}) is on none of the orders.",
                item.no,
                actual=str(item.net),
                variance_abs=item.net,
                disputed=max(ZERO, item.net),
            )
        elif item.verdict == "ambiguous":
            run.hold("LINE_AMBIGUOUS", f"Line {item.no}: {item.why}.", item.no, evidence=_shown(item.pairs))
        else:
            _report_substitute(run, item)
    _report_confidence(run, pairing)


def _shown(pairs: list[Pair]) -> tuple[str, ...]:
    best = heapq.nsmallest(5, pairs, key=lambda p: (-p.score, p.target.place))
    return tuple(f"{p.target.order.number}/{p.target.line.no} {p.score:.2f} {p.evidence[0]}" for p in best)


def _report_substitute(run: Run, item: Item) -> None:
    pair = item.chosen
    if pair is None or not item.parts:
        return
    if pair.contradicted:
        run.hold(
            "LINE_SUBSTITUTE",
            f"Line {item.no} states another item number than PO line {pair.target.line.no}.",
            item.no,
            expected=", ".join(pair.target.ids.values()),
            actual=item.line.supplier_item or item.line.buyer_item,
            evidence=pair.evidence,
        )
    elif pair.kind == "cross" and "supplier_item" in pair.target.ids:
        strict = pair.target.line.category in run.policy.substitute_hold_categories
        run.add(
            "LINE_SUBSTITUTE",
            "hold" if strict else "warn",
            f"Line {item.no} is a known substitute for PO line {pair.target.line.no}.",
            item.no,
            expected=pair.target.line.supplier_item,
            actual=item.line.supplier_item,
            evidence=pair.evidence,
        )


def _report_confidence(run: Run, pairing: Pairing) -> None:
    linked = [item for item in pairing.items if item.chosen is not None and item.parts]
    if all(item.chosen is not None and item.chosen.kind == "equal" for item in linked):
        return
    weakest = min(linked, key=lambda item: (line_confidence(item), item.place))
    score = line_confidence(weakest)
    if score < run.policy.pairing.touchless and ("LINE_SUBSTITUTE", weakest.no) not in run.places:
        run.hold(
            "LINE_AMBIGUOUS",
            f"Line {weakest.no} is paired with {score * HUNDRED:.0f} % confidence; "
            f"{run.policy.pairing.touchless * HUNDRED:.0f} % is asked.",
            weakest.no,
            actual=f"{score:.2f}",
            limit=f"{run.policy.pairing.touchless}",
            limit_source="system policy",
            evidence=_shown(weakest.pairs),
        )


def line_confidence(item: Item) -> Decimal:
    """Score of the pair times how surely quantity, price and identifier were read (B.4)."""
    return item.chosen.score * item.line.confidence if item.chosen else ZERO
