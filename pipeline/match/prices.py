"""Units, price and contract of each billed line (spec C.6). The net line amount is compared."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from pipeline.match.pairing import Item, Pairing
from pipeline.match.run import HUNDRED, ZERO, Run
from pipeline.match.target import LineKey, Target, contract_net, expected_net, reference_price
from pipeline.match.words import limit_words, percent, plain
from rules.limits import Limits
from rules.tolerance import within

# Line-level money and quantity holds: while one of them stands the header sum says nothing new (TOTAL_VARIANCE).
_MONEY_HOLDS = frozenset(
    [
        "LINE_UNMATCHED",
        "UOM_UNKNOWN",
        "UOM_PACK_MISMATCH",
        "UOM_SUSPECT",
        "PRICE_OVER",
        "PRICE_CONTRACT",
        "PRICE_RETRO_OVER",
        "QTY_OVER_ORDERED",
        "QTY_OVER_RECEIVED",
        "QTY_RETURNED",
        "QTY_OVER_ACCEPTED",
        "PO_LIMIT",
        "RCPT_TIMEOUT",
        "BO_QTY_OVER_USED",
        "BO_USAGE_MISSING",
        "BO_SERIAL_MISMATCH",
    ]
)

Expect = Callable[[Run, Pairing, Item], Decimal | None]


@dataclass(slots=True)
class Prices:
    """Outcome for the dispute: share of a line's net that is payable at the right price, and the header sum."""

    payable: dict[int, Decimal]
    unfavourable: Decimal = ZERO
    crowds: frozenset[tuple[int, str]] = frozenset()


def check_units(run: Run, item: Item) -> None:
    """UOM_UNKNOWN, UOM_PACK_MISMATCH: quantity and price of the line are skipped."""
    line = item.line
    if line.kind == "price_adjustment" or not item.parts or item.parts[0].target.by_amount:
        return
    target = item.parts[0].target
    factor = target.factor(line.uom)
    if factor is None or target.factor(target.line.price_uom) is None:
        item.skip_price = item.skip_qty = True
        unit = line.uom if factor is None else target.line.price_uom
        run.hold(
            "UOM_UNKNOWN",
            f"Line {item.no}: nobody knows how many {target.own_unit} one {unit} is.",
            item.no,
            expected=target.line.uom,
            actual=unit,
        )
    elif line.pack_qty is not None and line.pack_qty != factor:
        item.skip_price = item.skip_qty = True
        run.hold(
            "UOM_PACK_MISMATCH",
            f"Line {item.no} states {plain(line.pack_qty)} per {line.uom or target.line.uom}, "
            f"the item has {plain(factor)}.",
            item.no,
            expected=plain(factor),
            actual=plain(line.pack_qty),
        )
    elif line.qty is None:
        item.skip_price = item.skip_qty = True
        run.hold("DOC_MISSING_FIELD", f"Not found on the invoice: quantity of line {item.no}.")


def check_prices(run: Run, pairing: Pairing) -> Prices:
    """Every price code on its own line."""
    result = Prices({})
    adjustments: dict[LineKey, list[Item]] = defaultdict(list)
    result.crowds = _crowds_over(run, pairing)
    for item in pairing.items:
        if not item.parts or item.skip_price:
            continue
        if item.line.kind == "price_adjustment":
            adjustments[item.parts[0].target.key].append(item)
        elif not item.parts[0].target.by_amount:
            _check_line(run, pairing, item, result)
    for items in adjustments.values():
        _check_adjustment(run, pairing, items)
    return result


def _crowds_over(run: Run, pairing: Pairing) -> frozenset[tuple[int, str]]:
    """Lines (and the section) that share an item with others and together exceed its price or contract tolerance.

    Limits are per line; without this, one line billed as two would get the absolute limit twice.
    """
    crowds: dict[object, list[Item]] = defaultdict(list)
    for item in pairing.items:
        if item.parts and not item.skip_price and item.line.kind != "price_adjustment":
            target = item.parts[0].target
            if not target.by_amount:
                crowds[target.family or target.place].append(item)
    found: set[tuple[int, str]] = set()
    for items in crowds.values():
        if len(items) > 1:
            section = _price_section(items[0].parts[0].target)
            wanted = (("price", section, _sum_expected), ("contract", "contract", _contract_expected))
            for name, limits, expect in wanted:
                if not _together(run, pairing, items, limits, expect):
                    found.update((item.place, name) for item in items)
    return frozenset(found)


def _together(run: Run, pairing: Pairing, items: list[Item], section: str, expect: Expect) -> bool:
    each = [expect(run, pairing, item) for item in items]
    expected = sum((amount for amount in each if amount is not None), ZERO)
    over = sum((item.net for item, amount in zip(items, each, strict=True) if amount is not None), ZERO) - expected
    values = items[0].parts[0].target.limits.values
    ignore = values["contract.ignore_abs" if section == "contract" else "price.ignore_abs"]
    return within(over, expected, values[f"{section}.upper_pct"], values[f"{section}.upper_abs"], ignore)


def _check_line(run: Run, pairing: Pairing, item: Item, result: Prices) -> None:
    expected = _sum_expected(run, pairing, item)
    if expected is None:
        return
    target, net = item.parts[0].target, item.net
    values = target.limits.values
    section = _price_section(target)
    ignore = values["price.ignore_abs"]
    over = net - expected
    tolerated = within(over, expected, values[f"{section}.upper_pct"], values[f"{section}.upper_abs"], ignore)
    if over > 0 and (item.place, "price") in result.crowds:
        tolerated = False
    lower = values["price.lower_warn_pct"]
    under = lower is not None and -over * HUNDRED > lower * expected and -over > (ignore or ZERO)
    if (not tolerated or under) and _looks_like_unit(run, pairing, item):
        result.payable[item.place] = min(net, expected)
        _report(run, item, "UOM_SUSPECT", "hold", expected, section, "the unit of measure looks mixed up")
        return
    if not tolerated:
        result.payable[item.place] = min(net, expected)
        _report(run, item, "PRICE_OVER", "hold", expected, section, "above the order")
        return
    if over > 0:
        result.unfavourable += over
        _report(run, item, "PRICE_WITHIN_TOL", "warn", expected, section, "above the order, within tolerance")
    elif under:
        _report(run, item, "PRICE_UNDER", "warn", expected, section, "far below the order, paid as billed")
    _check_contract(run, pairing, item, result)


def _price_section(target: Target) -> str:
    """Estimated prices have wider limits (SAP PS), unless PO line or PO set their own price limits."""
    if not target.line.price_is_estimate or "price" in target.line.tolerances or "price" in target.order.tolerances:
        return "price"
    return "price_estimate"


def _sum_expected(run: Run, pairing: Pairing, item: Item) -> Decimal | None:
    """A line split over several PO lines is compared whole with the sum of its expected amounts."""
    total = ZERO
    for part in item.parts:
        expected = expected_net(run, part.target, pairing.ledger, part.qty) if part.qty is not None else None
        if expected is None:
            return None
        total += expected
    return total


def _looks_like_unit(run: Run, pairing: Pairing, item: Item) -> bool:
    """Invoice price / reference price is within +-2 % of a ratio of two different factors of the item."""
    target, line = item.parts[0].target, item.line
    reference = reference_price(run, target, pairing.ledger)
    factor = target.factor(line.uom)
    factors = set(target.factors.values())
    if not reference or not factor or len(factors) < 2 or not line.qty:
        return False
    if line.unit_price is not None and line.price_base_qty:
        price = line.unit_price / (line.price_base_qty * factor)
    else:
        price = item.net / (line.qty * factor)
    pct = target.limits.values["uom_suspect_pct"] or ZERO
    return any(
        a != b and abs(price * b - reference * a) * HUNDRED <= pct * reference * a for a in factors for b in factors
    )


def _contract_expected(run: Run, _pairing: Pairing, item: Item) -> Decimal | None:
    """Expected at contract price; parts without a contract count as billed; None without any contract."""
    if all(part.target.line.contract_price is None for part in item.parts):
        return None
    expected = ZERO
    for part in item.parts:
        agreed = contract_net(run, part.target, part.qty or ZERO)
        expected += part.net if agreed is None else agreed
    return expected


def _check_contract(run: Run, pairing: Pairing, item: Item, result: Prices) -> None:
    expected = _contract_expected(run, pairing, item)
    if expected is None:
        return
    values = item.parts[0].target.limits.values
    limits = values["contract.upper_pct"], values["contract.upper_abs"], values["contract.ignore_abs"]
    over = item.net - expected
    if within(over, expected, *limits) and not (over > 0 and (item.place, "contract") in result.crowds):
        return
    result.payable[item.place] = min(item.net, expected)
    contract = item.parts[0].target.line.contract_id
    words = f"above contract {contract}" if contract else "above the contract price"
    _report(run, item, "PRICE_CONTRACT", "hold", expected, "contract", words)


def _check_adjustment(run: Run, pairing: Pairing, items: list[Item]) -> None:
    """PRICE_RETRO_OVER: what was billed so far plus the adjustments, against the price in force."""
    target = items[0].parts[0].target
    net = sum((item.net for item in items), ZERO)
    expected = expected_net(run, target, pairing.ledger, target.prior_qty)
    if expected is None or target.by_amount:
        return
    section, values = _price_section(target), target.limits.values
    over = target.prior_net + net - expected
    limits = values[f"{section}.upper_pct"], values[f"{section}.upper_abs"], values["price.ignore_abs"]
    if within(over, expected, *limits):
        return
    words, source = limit_words(target.limits, section)
    disputed = max(ZERO, min(net, over))
    run.dispute(disputed)
    run.hold(
        "PRICE_RETRO_OVER",
        f"With this adjustment {target.prior_net + net} {run.currency} are billed, {expected} are due: "
        f"{over} over; limit {words} from {source}.",
        items[0].no,
        expected=str(expected),
        actual=str(target.prior_net + net),
        variance_abs=over,
        variance_pct=percent(over, expected),
        limit=words,
        limit_source=source,
        disputed=disputed,
    )


def _report(run: Run, item: Item, code: str, outcome: str, expected: Decimal, section: str, what: str) -> None:
    limits: Limits = item.parts[0].target.limits
    over = item.net - expected
    words, source = limit_words(limits, section)
    pct = percent(over, expected)
    run.add(
        code,
        outcome,
        f"Line {item.no}: billed {item.net}, expected {expected}: {abs(over)} {run.currency} "
        f"({'no base' if pct is None else f'{pct} %'}) {what}; limit {words} from {source}.",
        item.no,
        expected=str(expected),
        actual=str(item.net),
        variance_abs=over,
        variance_pct=pct,
        limit=words,
        limit_source=source,
        disputed=max(ZERO, over) if outcome == "hold" else ZERO,
        evidence=tuple(f"{p.target.order.number}/{p.target.line.no}" for p in item.parts),
    )


def check_header(run: Run, prices: Prices) -> None:
    """TOTAL_VARIANCE: many small variances add up."""
    held = {f.code for f in run.findings if f.outcome == "hold"}
    limit, source = run.tightest("header_variance_abs")
    if limit is None or not held.isdisjoint(_MONEY_HOLDS) or prices.unfavourable <= limit:
        return
    run.dispute(prices.unfavourable)
    run.hold(
        "TOTAL_VARIANCE",
        f"Small price differences add up to {prices.unfavourable} {run.currency}; limit {limit} from {source}.",
        actual=str(prices.unfavourable),
        variance_abs=prices.unfavourable,
        limit=str(limit),
        limit_source=source,
        disputed=prices.unfavourable,
    )
