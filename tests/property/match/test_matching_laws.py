"""Laws that hold for every invoice (hypothesis)."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.lifecycle import MACHINES, RUN_EVENTS
from pipeline.domain.matching import Facts
from pipeline.match.scenarios import outcome_of, overridden, run_scenario
from pipeline.match.three_way import match_invoice
from rules.load import policy_from
from tests.unit.match.build import FX, case, line, order, order_line, prior, receipt

PRICES = st.integers(1, 4000).map(lambda cents: Decimal(cents) / 100)
QUANTITIES = st.integers(1, 60)


@st.composite
def billed(draw: st.DrawFn) -> dict[str, Any]:
    """One to four lines around an order: prices, quantities, receipts and earlier bills a little off."""
    count = draw(st.integers(1, 4))
    lines, ordered, goods, earlier = [], [], [], []
    for n in range(1, count + 1):
        qty, price = draw(QUANTITIES), draw(PRICES)
        more = draw(st.sampled_from([0, 0, 0, 1, 2, -1]))
        over = draw(st.sampled_from([Decimal(0), Decimal(0), Decimal("0.02"), Decimal("0.25"), Decimal("-0.2")]))
        billed_qty, unit = max(1, qty + more), max(Decimal("0.01"), price + over)
        lines.append(line(str(n), str(billed_qty), str(unit), str(unit * billed_qty)))
        ordered.append(order_line(str(n), qty=str(qty), unit_price=str(price)))
        received = draw(st.sampled_from([qty, qty, qty + 2, max(0, qty - 1)]))
        first = draw(st.integers(0, received))
        goods += [receipt(str(first), str(n), "2026-03-08"), receipt(str(received - first), str(n))]
        if draw(st.booleans()):
            done = str(draw(st.integers(0, 2)))
            earlier.append(prior(f"OLD-{n}", total="7.77", lines=[{"po_line": str(n), "qty": done, "net": done}]))
    invoice = {"lines": lines, "charges": draw(st.sampled_from([[], [{"type": "freight", "amount": "26.00"}]]))}
    return {"invoice": invoice, "orders": [order(lines=ordered)], "receipts": goods, "prior_invoices": earlier}


TOLERANCES = (
    "price.upper_pct",
    "price.upper_abs",
    "price.ignore_abs",
    "qty_ordered.upper_pct",
    "qty_ordered.value_floor",
    "qty_received.upper_pct",
    "header_variance_abs",
    "charge.unplanned_freight_abs",
)


@settings(max_examples=150, deadline=None)
@given(billed(), st.sampled_from(TOLERANCES), st.integers(1, 2000))
def test_widening_a_tolerance_never_adds_a_hold(facts: dict[str, Any], path: str, more: int) -> None:
    base = {"fx_to_usd": FX, "price": {"upper_pct": "2"}}
    scenario = case(**facts)
    narrow = policy_from(base)
    section: Any = narrow
    for step in path.split("."):
        section = getattr(section, step)
    wide = policy_from(overridden(base, {path: str(section + more)}))
    before, after = match_invoice(scenario.facts, narrow), match_invoice(scenario.facts, wide)
    assert before.status == "HOLD" or after.status != "HOLD"
    # Contract and header checks take over where a line check lets go; no other hold may appear.
    new = {(f.code, f.line) for f in after.findings if f.outcome == "hold"} - {
        (f.code, f.line) for f in before.findings if f.outcome == "hold"
    }
    assert {code for code, _ in new} <= {"TOTAL_VARIANCE", "PRICE_CONTRACT", "RCPT_TIMEOUT"}


@settings(max_examples=150, deadline=None)
@given(billed(), st.randoms(use_true_random=False))
def test_order_of_lines_and_receipts_does_not_matter(facts: dict[str, Any], shuffle: Any) -> None:
    scenario = case(**facts)
    mixed = _shuffled(scenario.facts, shuffle)
    first, second = match_invoice(scenario.facts, scenario.policy), match_invoice(mixed, scenario.policy)
    one, two = outcome_of("x", first), outcome_of("x", second)
    one["line_matches"].sort(key=str)
    two["line_matches"].sort(key=str)
    assert one == two


def _shuffled(facts: Facts, shuffle: Any) -> Facts:
    def mix(items: tuple[Any, ...]) -> tuple[Any, ...]:
        mixed = list(items)
        shuffle.shuffle(mixed)
        return tuple(mixed)

    orders = tuple(replace(o, lines=mix(o.lines)) for o in facts.purchase_orders)
    return replace(
        facts,
        invoice=replace(facts.invoice, lines=mix(facts.invoice.lines)),
        receipts=mix(facts.receipts),
        prior_invoices=mix(facts.prior_invoices),
        purchase_orders=orders,
    )


@settings(max_examples=150, deadline=None)
@given(billed(), st.data())
def test_splitting_a_line_in_two_never_changes_the_status(facts: dict[str, Any], data: st.DataObject) -> None:
    whole = run_scenario(case(**facts))
    lines = facts["invoice"]["lines"]
    place = data.draw(st.integers(0, len(lines) - 1))
    old = lines[place]
    qty, unit = int(old["qty"]), Decimal(old["unit_price"])
    first = data.draw(st.integers(0, qty))
    if first in (0, qty):
        return
    parts = [
        {**old, "qty": str(first), "net": str(first * unit)},
        {**old, "no": "9", "qty": str(qty - first), "net": str((qty - first) * unit)},
    ]
    split = {**facts["invoice"], "lines": [*lines[:place], *parts, *lines[place + 1 :]]}
    cut = run_scenario(case(**{**facts, "invoice": split}))
    assert cut["status"] == whole["status"]
    assert cut["disputed_amount"] == whole["disputed_amount"]


@settings(max_examples=100, deadline=None)
@given(billed())
def test_money_is_conserved(facts: dict[str, Any]) -> None:
    scenario = case(**facts)
    result = match_invoice(scenario.facts, scenario.policy)
    total = scenario.facts.invoice.total
    assert total is not None
    assert Decimal(0) <= result.disputed_amount <= total
    assert result.payable_now == (total if result.status == "AUTO_APPROVED" else 0)
    if result.links:
        assert sum(link.net for link in result.links) == scenario.facts.invoice.lines_total
    assert match_invoice(scenario.facts, scenario.policy) == result


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 30), st.integers(1, 30), st.integers(1, 70))
def test_a_merged_line_keeps_quantity_and_net(first: int, second: int, qty: int) -> None:
    """One line over two PO lines of one item: parts add up, whatever is over stays on the last."""
    ordered = [
        order_line("1", qty=str(first), buyer_item="A", supplier_item="V-A1", unit_price="3.33"),
        order_line("2", qty=str(second), buyer_item="A", supplier_item="V-A1", unit_price="3.33"),
    ]
    goods = [receipt(str(first), "1"), receipt(str(second), "2")]
    net = Decimal("3.33") * qty
    scenario = case(
        {"lines": [line(qty=str(qty), price="3.33", net=str(net))]}, orders=[order(lines=ordered)], receipts=goods
    )
    result = match_invoice(scenario.facts, scenario.policy)
    assert sum(link.qty_base for link in result.links) == qty
    assert sum(link.net for link in result.links) == net
    assert (result.status == "AUTO_APPROVED") == (qty <= first + second)


def test_no_path_reaches_posted_without_a_match_and_zero_holds_or_a_person() -> None:
    """Walk every path of the machine: POSTED needs a run that ended clean, or an approval, after the last hold."""
    moves = MACHINES["invoice"]
    seen, todo = set(), [("", "none")]
    while todo:
        state, cleared = todo.pop()
        if (state, cleared) in seen:
            continue
        seen.add((state, cleared))
        for (source, event), target in moves.items():
            if source != state:
                continue
            now = cleared
            if event in RUN_EVENTS.values():
                now = "matched" if event == "run_auto_approved" else "unmatched"
            elif event == "approve":
                now = "person"
            elif target in ("IN_REVIEW", "MATCHING", "RECEIVED", "CLASSIFIED", "EXTRACTED"):
                now = "unmatched"
            if target in ("POSTING", "POSTED") and source not in ("POSTING", "POST_UNKNOWN", "POST_FAILED"):
                assert now in ("matched", "person"), (source, event, target)
            todo.append((target, now))
    assert ("POSTED", "matched") in seen
    assert ("POSTED", "person") in seen
    assert not any(state == "POSTED" and cleared in ("none", "unmatched") for state, cleared in seen)
