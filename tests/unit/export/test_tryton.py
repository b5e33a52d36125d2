"""Tryton without Tryton: wire types, units, and what is planned from what it holds."""

import base64
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.erp import START, BusinessRefusal, Voucher, VoucherLine, advance
from pipeline.export import tryton_wire as wire
from pipeline.export.tryton_plan import OrderRow, Plan, plan_lines, price, share
from pipeline.export.tryton_units import Unit, conversions, convert, number

D = Decimal
CENT = D("0.01")
EACH, BOX, THIRD, KILO = (
    Unit(1, "EA", 1, Fraction(1), 0),
    Unit(2, "BX", 1, Fraction(10), 0),
    Unit(3, "T3", 1, Fraction(3), 0),
    Unit(4, "KG", 2, Fraction(1), 3),
)
UNITS = {unit.id: unit for unit in (EACH, BOX, THIRD, KILO)}
instants = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


@given(value=st.recursive(st.one_of(st.none(), st.integers(), st.text(), st.binary(), st.dates(), instants, st.decimals(allow_nan=False, allow_infinity=False)), lambda inner: st.lists(inner)))  # fmt: skip
def test_typed_json_comes_back_as_it_was(value: Any) -> None:

    assert json.loads(json.dumps(value, default=wire.encode), object_hook=wire.decode) == value


def test_warnings_are_never_skipped() -> None:
    client = httpx.Client(base_url="http://tryton")
    wire.TrytonRest(client, "db", "key", 7)

    assert json.loads(base64.urlsafe_b64decode(client.headers["X-Tryton-Context"])) == {"company": 7}


def test_quantities_lose_nothing_on_the_way_out_of_a_float() -> None:
    assert [number(x) for x in (0.1, 10.0, 2.5, 1e-06)] == [D("0.1"), D(10), D("2.5"), D("0.000001")]


def test_units_convert_exactly_or_not_at_all() -> None:
    assert convert(D(25), EACH, BOX) == D("2.5")
    assert convert(D(2), BOX, EACH) == D(20)
    assert convert(D(10), EACH, THIRD) is None
    assert convert(D(1), EACH, KILO) is None
    assert conversions([BOX, EACH, KILO]) == {"BX": D(10), "EA": D(1)}


money = st.decimals(min_value=D("0.01"), max_value=D(100000), places=2)
quantities = st.decimals(min_value=D("0.001"), max_value=D(5000), places=3)


@given(net=money, qty=quantities)
def test_price_and_rounding_line_always_give_the_net(net: Decimal, qty: Decimal) -> None:
    unit_price, rest = price(net, qty, 4, CENT)
    assert unit_price == unit_price.quantize(D("0.0001"))
    assert (unit_price * qty).quantize(CENT, "ROUND_HALF_UP") + rest == net


@given(qty=st.integers(1, 50), proposed=st.lists(st.integers(1, 20), min_size=1, max_size=5), manual=st.booleans())
def test_a_quantity_is_shared_out_completely_or_refused(qty: int, proposed: list[int], manual: bool) -> None:
    rows = [{"id": n, "quantity": float(q)} for n, q in enumerate(proposed)]
    if qty > sum(proposed) and not manual:
        with pytest.raises(BusinessRefusal, match=str(sum(proposed))):
            share(D(qty), rows, may_exceed=False)
        return
    parts = share(D(qty), rows, may_exceed=manual)
    assert sum(part for _, part in parts) == qty
    assert all(part > 0 for _, part in parts)


def order(method: str = "order", **line: Any) -> dict[str, OrderRow]:
    row = {
        "id": 11, "product": {"id": 5, "code": "G", "template": {"account_category": {"account_expense": {"id": 9}}}},
        "unit": 2, "description": "Gloves", "quantity": 10.0, "taxes": [], "moves": [],
    }  # fmt: skip
    return {"P1": OrderRow({"state": "processing", "invoice_method": method}, {"1": {**row, **line}})}


def draft(line: int, invoice: int, quantity: float, origin: int = 11) -> dict[str, Any]:
    return {"id": line, "invoice": {"id": invoice}, "quantity": quantity, "origin": f"purchase.line,{origin}"}


def bill(qty: str | None, net: str, **line: Any) -> Voucher:
    values: dict[str, Any] = {
        "po_number": "P1",
        "po_line": "1",
        "qty": D(qty) if qty else None,
        "item": "G",
        "uom": "BX",
    }
    lines = (VoucherLine("1", D(net), **{**values, **line}),)
    return Voucher("i", "S", "invoice", "N", date(2026, 1, 1), "USD", D(net), lines)


def planned(what: Voucher, orders: dict[str, OrderRow], drafts: list[dict[str, Any]]) -> Plan:
    return plan_lines(what, orders, drafts, UNITS, 4, CENT)


def test_the_draft_is_adopted_and_what_is_not_billed_leaves_it() -> None:
    drafts = [draft(1, 100, 10.0), draft(2, 100, 5.0, origin=12)]
    plan = planned(bill("4", "35.80"), order(), drafts)
    assert (plan.base, plan.write) == (100, [(1, {"quantity": 4.0, "unit_price": D("8.9500")})])
    assert plan.operations(drafts) == [["write", [1], plan.write[0][1]], ["delete", [2]]]


def test_lines_of_two_drafts_move_together() -> None:
    drafts = [draft(1, 100, 6.0), draft(2, 101, 4.0)]
    plan = planned(bill("10", "89.50"), order("fulfillment"), drafts)
    assert (plan.base, plan.add, len(plan.write)) == (100, [2], 2)


@pytest.mark.parametrize(
    ("what", "orders", "words"),
    [
        (bill("4", "35.80", item="X"), order(), "item G in Tryton, not X"),
        (bill("4", "35.80", uom="CS"), order(), "counts in BX, not CS"),
        (bill("4", "35.80", po_line="2"), order(), "no line 2"),
        (bill("4", "35.80", po_number="P2"), order(), "P2 is not open"),
        (bill("11", "98.45"), order(), "has 10 left to bill"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(what: Voucher, orders: dict[str, OrderRow], words: str) -> None:
    with pytest.raises(BusinessRefusal, match=words):
        planned(what, orders, [draft(1, 100, 10.0)])


def test_nothing_left_to_bill_is_refused_but_on_manual_orders() -> None:
    with pytest.raises(BusinessRefusal, match="nothing left"):
        planned(bill("4", "35.80"), order("fulfillment"), [])
    plan = planned(bill("4", "35.80"), order("manual"), [])
    assert plan.base is None
    assert [(c["quantity"], c["unit_price"], c["account"], c["origin"]) for c in plan.create] == [
        (4.0, D("8.9500"), 9, "purchase.line,11")
    ]


def test_a_service_billed_by_amount_takes_money_and_no_quantity() -> None:
    plan = planned(bill(None, "1250.00"), order("manual"), [draft(1, 100, 10.0)])
    assert [(c["quantity"], c["unit_price"]) for c in plan.create] == [(1.0, D("1250.0000"))]
    assert plan.write == []


@given(minutes=st.lists(st.integers(0, 200), min_size=1, max_size=30), began=st.integers(200, 300))
def test_a_row_is_delivered_until_its_version_was_seen(minutes: list[int], began: int) -> None:
    """Whatever was changed, every version inside the window reads as seen and any newer one as fresh."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    changed = {str(n): (start + timedelta(minutes=m), f"v{m}") for n, m in enumerate(minutes)}
    cursor = advance(START, start + timedelta(minutes=began), changed)
    assert cursor.since is not None
    window = {row: version for row, (at, version) in changed.items() if at >= cursor.since}
    assert cursor.fresh(window) == []
    assert cursor.fresh({row: version + "b" for row, version in window.items()}) == list(window)
    earlier = advance(cursor, start, {})
    assert earlier.since == cursor.since


def test_a_negative_line_is_shared_among_negative_proposals() -> None:
    credit = replace(bill("-2", "-17.90"), type="credit_note", total=D("-17.90"))
    plan = planned(credit, order("fulfillment"), [draft(1, 100, -2.0)])
    assert plan.write == [(1, {"quantity": -2.0, "unit_price": D("8.9500")})]
