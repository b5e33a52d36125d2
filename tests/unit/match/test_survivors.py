"""Readings of the specification that one broken comparison would change (tests/benchmarks/mutate_matching.py)."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from pipeline.domain.matching import Finding, LineLink, MatchResult
from pipeline.match.three_way import match_invoice
from rules.tolerance import quantity_within, within
from tests.unit.match.build import case, line, order, order_line, outcome, prior, receipt

WORDS = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa"]
SERVICE = {"match_basis": "amount", "amount_limit": "1000.00"}


def result(*args: Any, **more: Any) -> MatchResult:
    scenario = case(*args, **more)
    return match_invoice(scenario.facts, scenario.policy)


def finding(found: MatchResult, code: str) -> Finding:
    (one,) = [f for f in found.findings if f.code == code]
    return one


def taken(links: tuple[LineLink, ...]) -> list[tuple[str, str, str]]:
    return [(link.po_line, format(link.qty_base.normalize(), "f"), str(link.net)) for link in links]


def described(shared: int, ordered: int, price: str = "25.00", net: str = "250.00", qty: str = "10") -> dict[str, Any]:
    """Billed by words alone: `shared` of the `ordered` words that the PO line has."""
    bare = {"supplier_item": None, "buyer_item": None}
    return {
        "invoice": {"lines": [line(price=price, net=net, description=" ".join(WORDS[:shared]), **bare)]},
        "orders": [order(lines=[order_line(qty=qty, description=" ".join(WORDS[:ordered]), **bare)])],
    }


def halves(price: str | None, *nets: str) -> list[dict[str, Any]]:
    """Two lines of 5 of the same item."""
    return [line(str(n), "5", price, net, supplier_item="V-A1") for n, net in enumerate(nets, 1)]  # type: ignore[arg-type]


def of_item(no: str, **changes: Any) -> dict[str, Any]:
    """A PO line of item A1."""
    return order_line(no, **{"buyer_item": "A1", "supplier_item": "V-A1", "description": "Item A1", **changes})


def service(net: str, received: str | None = None, limit: str | None = "1000.00", **more: Any) -> dict[str, Any]:
    lines = [order_line(match_basis="amount", amount_limit=limit, unit_price=more.pop("unit_price", "1.00"))]
    return {
        "invoice": {"lines": [line(price=net, qty="1", net=net)]},
        "orders": [order(lines=lines, **more)],
        "receipts": [receipt("0", amount=received or net)],
    }


CASES: dict[str, tuple[dict[str, Any], str, list[str], list[str], str]] = {
    # What the specification says and no sample asks.
    "a line that says freight is a charge": (
        {"invoice": {"lines": [line(), {"no": "2", "description": "Freight charge", "net": "20.00"}]}},
        "AUTO_APPROVED", [], ["CHG_UNPLANNED_SMALL"], "0.00"),
    "a freight line with an item number is an item": (
        {"invoice": {"lines": [line(), {"no": "2", "description": "Freight", "supplier_item": "F-9", "net": "20.00"}]}},
        "HOLD", ["LINE_UNMATCHED@2"], [], "20.00"),
    "freight box is an item": (
        {"invoice": {"lines": [line(), {"no": "2", "description": "Freight box", "net": "20.00"}]}}, "HOLD", ["LINE_UNMATCHED@2"], [], "20.00"),
    "freight of an earlier invoice over several orders": (
        {"invoice": {"charges": [{"type": "freight", "amount": "20.00"}]}, "prior_invoices": [prior(
            po_number="PO-9", charges=[{"type": "freight", "amount": "15.00"}],
            lines=[{"po_number": "PO-1", "po_line": "1", "qty": "0", "net": "0.00"}])]},
        "HOLD", ["CHG_UNPLANNED"], [], "20.00"),
    "a cancelled line is not priced": (
        {"invoice": {"lines": [line(price="30.00", net="300.00")]}, "orders": [order(lines=[order_line(status="cancelled")])]},
        "HOLD", ["PO_CANCELLED@1"], [], "0.00"),
    "an unmatched deduction disputes nothing": (
        {"invoice": {"lines": [line(price="26.00", net="260.00"), line("9", "1", "-5.00", "-5.00")]}},
        "HOLD", ["LINE_UNMATCHED@9", "PRICE_OVER@1"], [], "10.00"),
    "a rounded line leaves the total confirmed": (
        {"invoice": {"lines": [line(net="250.01")], "field_confidence": {"total": "0.80"}}},
        "AUTO_APPROVED", [], ["CONF_CORROBORATED", "PRICE_WITHIN_TOL@1", "ROUNDING"], "0.00"),
    "a rounded total is not confirmed": (
        {"invoice": {"total": "250.01", "field_confidence": {"total": "0.80"}}}, "HOLD", ["DOC_LOW_CONFIDENCE"], ["ROUNDING"], "0.00"),
    "a usage record with a time of day": (
        {"orders": [order(type="bill_only")], "receipts": [],
         "usage_records": [{"case_id": "C", "po_number": "PO-1", "po_line": "1", "qty": "10", "used_at": "2026-03-02T10:30:00"}]},
        "AUTO_APPROVED", [], [], "0.00"),
    # Pairing.
    "half of the words are just enough": (described(3, 6, qty="20"), "HOLD", ["LINE_AMBIGUOUS@1"], [], "0.00"),
    "eight of nine words are touchless": (described(8, 9), "AUTO_APPROVED", [], [], "0.00"),
    "seven of nine words pair, whatever the price": (
        described(7, 9, "30.00", "300.00"), "HOLD", ["LINE_AMBIGUOUS@1", "PRICE_OVER@1"], [], "50.00"),
    "six of nine words need the price": (described(6, 9, "26.25", "262.50"), "HOLD", ["LINE_AMBIGUOUS@1"], [], "0.00"),
    "six of nine words with a tolerated price": (
        described(6, 9, "25.40", "254.00"), "HOLD", ["LINE_AMBIGUOUS@1"], ["PRICE_WITHIN_TOL@1"], "0.00"),
    "a runner-up at the margin is none": (
        {"invoice": {"lines": [line(description=" ".join(WORDS[:5]), supplier_item=None)]},
         "orders": [order(lines=[order_line(n, description=" ".join(WORDS[:k]), supplier_item=None, buyer_item=None)
                                 for n, k in (("1", 5), ("2", 6))])]}, "AUTO_APPROVED", [], [], "0.00"),
    "the weakest line is the one to confirm": (
        {"invoice": {"lines": [line(), line("2", description=" ".join(WORDS[:5]), supplier_item=None)]},
         "orders": [order(lines=[order_line(), order_line("2", description=" ".join(WORDS[:6]), supplier_item=None, buyer_item=None)])],
         "receipts": [receipt(), receipt(po_line="2")]}, "HOLD", ["LINE_AMBIGUOUS@2"], [], "0.00"),
    "an adjustment goes to the line that it describes best": (
        {"invoice": {"lines": [line(kind="price_adjustment", qty=None, price=None, net="5.00", description="alpha beta gamma", supplier_item=None)]},
         "orders": [order(lines=[order_line("1", description="alpha beta gamma delta epsilon"), order_line("2", description="alpha beta gamma")])],
         "prior_invoices": [prior(lines=[{"po_line": "2", "qty": "10", "net": "250.00"}])]}, "AUTO_APPROVED", [], [], "0.00"),
    # Quantities and amounts.
    "two lines over one PO line report on the first": (
        {"invoice": {"lines": [line("1", "6", "25.00", "150.00"), line("2", "6", "25.00", "150.00", supplier_item="V-A1")]}},
        "HOLD", ["QTY_OVER_ORDERED@1", "QTY_OVER_RECEIVED@1"], [], "50.00"),
    "billed all that came, some of it went back": ({"receipts": [receipt("10", returned="2")]}, "HOLD", ["QTY_RETURNED@1"], [], "50.00"),
    "a service without price and limit follows its receipts": (service("250.00", limit=None, unit_price="0"), "AUTO_APPROVED", [], [], "0.00"),
    "a service above its limit within percent": (
        {**service("1050.00"), "policy": {"amount_ordered": {"upper_pct": "10", "upper_abs": None}}}, "AUTO_APPROVED", [], [], "0.00"),
    "an order above its limit within percent": (
        {"orders": [order(amount_limit="235.00")], "policy": {"amount_ordered": {"upper_pct": "10", "upper_abs": None}}}, "AUTO_APPROVED", [], [], "0.00"),
    "a service above its receipts within percent": (
        {**service("1050.00", "1000.00", "2000.00"), "policy": {"amount_received": {"upper_pct": "10", "upper_abs": None}}},
        "AUTO_APPROVED", [], ["QTY_WITHIN_TOL@1"], "0.00"),
    "a service given back": (
        {"invoice": {"lines": [line(price="900.00", qty="1", net="900.00")]}, "orders": [order(lines=[order_line(**SERVICE)])],
         "receipts": [receipt("0", amount="1000.00"), receipt("0", day="2026-03-10", amount="-200.00")]},
        "HOLD", ["QTY_RETURNED@1"], [], "100.00"),
    # Prices.
    "two lines share the percentage too": (
        {"invoice": {"lines": halves("2.16", "10.80", "10.80")}, "orders": [order(lines=[order_line(unit_price="2.00")])]},
        "HOLD", ["PRICE_OVER@1", "PRICE_OVER@2"], [], "1.60"),
    "of two lines over together the exact one is not held": (
        {"invoice": {"lines": halves(None, "10020.00", "10080.00")}, "orders": [order(lines=[order_line(unit_price="2004.00")])]},
        "HOLD", ["PRICE_OVER@2"], [], "60.00"),
    "of two lines over the contract the exact one is not held": (
        {"invoice": {"lines": halves(None, "10020.00", "10080.00")},
         "orders": [order(lines=[order_line(unit_price="2016.00", contract_price="2004.00")])]}, "HOLD", ["PRICE_CONTRACT@2"], [], "60.00"),
    "the contract has its own ignored amount": (
        {"invoice": {"lines": halves("25.00", "125.00", "125.00")}, "orders": [order(lines=[order_line(contract_price="24.60")])],
         "policy": {"contract.ignore_abs": "5.00"}}, "AUTO_APPROVED", [], [], "0.00"),
    "a unit ratio at two percent": (
        {"invoice": {"lines": [line(qty="1", price="25.50", net="25.50")]}, "receipts": [receipt("1")],
         "orders": [order(lines=[order_line(qty="1", uom="BX", uom_conversions={"EA": "1", "BX": "10"})])]},
        "HOLD", ["UOM_SUSPECT@1"], [], "23.00"),
    # Documents and charges.
    "a line at the limit of one line passes": ({"policy": {"line_amount_limit": "250.00"}}, "AUTO_APPROVED", [], [], "0.00"),
    "a number read at its threshold": ({"invoice": {"field_confidence": {"invoice_number": "0.95"}}}, "AUTO_APPROVED", [], [], "0.00"),
    "freight of nothing is no freight": (
        {"invoice": {"charges": [{"type": "freight", "amount": "0.00"}]}, "orders": [order(freight_terms="supplier_pays")]},
        "AUTO_APPROVED", [], [], "0.00"),
    "its own earlier run is no earlier freight": (
        {"invoice": {"id": "ME", "charges": [{"type": "freight", "amount": "20.00"}]},
         "prior_invoices": [prior(id="ME", charges=[{"type": "freight", "amount": "20.00"}])]},
        "AUTO_APPROVED", [], ["CHG_UNPLANNED_SMALL"], "0.00"),
    "a unit of size zero is unknown": (
        {"invoice": {"lines": [line(uom="BX")]}, "orders": [order(lines=[order_line(uom_conversions={"EA": "1", "BX": "0"})])]},
        "HOLD", ["UOM_UNKNOWN@1"], [], "0.00"),
    "eaches convert wherever a box does": (
        {"invoice": {"lines": [line(price="2.50", net="25.00")]}, "receipts": [receipt("1")],
         "orders": [order(lines=[order_line(qty="1", uom="BX", uom_conversions={"BX": "10"})])]}, "AUTO_APPROVED", [], [], "0.00"),
    "goods of a service that went back": (
        {"orders": [order(lines=[order_line(match_basis="amount", amount_limit="1000.00")])], "receipts": [receipt("10", returned="4")]},
        "HOLD", ["QTY_RETURNED@1"], [], "100.00"),
    "returned more than rejected, some in inspection": (
        {"invoice": {"lines": [line(qty="7", net="175.00")]}, "orders": [order(type="capital")],
         "receipts": [receipt("10", returned="3", rejected="1", pending="2")]}, "WAIT_RECEIPT", ["INSPECTION_PENDING@1"], [], "0.00"),
    "credited on a line that the original does not bill": (
        {"invoice": {"type": "credit_note", "invoice_number": "CM-7", "references_invoice": "INV-1", "lines": [line(qty="4", net="100.00")]},
         "orders": [order(lines=[order_line(), order_line("2")])],
         "prior_invoices": [prior(total="250.00", lines=[{"po_line": "2", "qty": "10", "net": "250.00"}])]},
        "AUTO_APPROVED", [], ["CR_RETURN_MISSING@1"], "0.00"),
    "a zero invoice is not negative": (
        {"invoice": {"lines": [line(), line("2", "-10", "25.00", "-250.00", supplier_item="V-A1")]}, "receipts": []},
        "AUTO_APPROVED", [], [], "0.00"),
}  # fmt: skip


@pytest.mark.parametrize("name", list(CASES))
def test_case(name: str) -> None:
    given, status, holds, warns, disputed = CASES[name]
    got = outcome(**given)
    assert (got["status"], got["holds"], got["warns"], got["disputed_amount"]) == (status, holds, warns, disputed)


def test_a_stated_po_line_is_filled_first_and_the_rest_goes_to_the_same_item() -> None:
    found = result(
        {"lines": [line(qty="15", net="375.00", po_line="2")]},
        orders=[order(lines=[of_item("1"), of_item("2")])],
        receipts=[receipt(), receipt(po_line="2")],
    )
    assert (found.status, taken(found.links)) == ("AUTO_APPROVED", [("2", "10", "250.00"), ("1", "5", "125.00")])


def test_the_line_with_room_is_taken_whole() -> None:
    found = result(orders=[order(lines=[of_item("1", qty="5"), of_item("2")])], receipts=[receipt(po_line="2")])
    assert taken(found.links) == [("2", "10", "250.00")]


def test_the_line_in_the_same_unit_is_preferred() -> None:
    units = {"EA": "1", "BX": "10"}
    boxed = of_item("1", qty="1", uom="BX", unit_price="250.00", uom_conversions=units)
    found = result(orders=[order(lines=[boxed, of_item("2", uom_conversions=units)])], receipts=[receipt(po_line="2")])
    assert taken(found.links) == [("2", "10", "250.00")]


def test_the_line_with_the_price_is_preferred() -> None:
    found = result(
        orders=[order(lines=[of_item("1", unit_price="30.00"), of_item("2")])], receipts=[receipt(po_line="2")]
    )
    assert taken(found.links) == [("2", "10", "250.00")]


def test_a_merged_line_splits_to_the_cent() -> None:
    lines = [of_item(no, qty="1", unit_price="33.33") for no in ("1", "2", "3")]
    found = result(
        {"lines": [line(qty="3", price="33.333333", net="100.00")]},
        orders=[order(lines=lines)],
        receipts=[receipt("1", no) for no in ("1", "2", "3")],
    )
    assert taken(found.links) == [("1", "1", "33.33"), ("2", "1", "33.33"), ("3", "1", "33.34")]


def test_receipts_are_consumed_first_in_first_out() -> None:
    days = [receipt("4", day="2026-03-05"), receipt("3", day="2026-03-06"), receipt("3", day="2026-03-07")]
    earlier = [prior(qty="4", net="100.00")]
    found = result({"lines": [line(qty="4", net="100.00")]}, receipts=days, prior_invoices=earlier)
    assert found.links[0].receipt_ids == ("GR-2026-03-06-1", "GR-2026-03-07-1")


def test_two_lines_consume_one_after_the_other() -> None:
    days = [receipt("5", day="2026-03-05"), receipt("5", day="2026-03-06")]
    lines = [line("1", "5", "25.00", "125.00"), line("2", "5", "25.00", "125.00", supplier_item="V-A1")]
    found = result({"lines": lines}, receipts=days)
    assert [link.receipt_ids for link in found.links] == [("GR-2026-03-05-1",), ("GR-2026-03-06-1",)]


def test_the_packing_slip_names_its_receipt() -> None:
    days = [receipt("5", day="2026-03-05"), {**receipt("5", day="2026-03-06"), "packing_slip": "PS 77"}]
    found = result({"lines": [line(qty="5", net="125.00")], "despatch_ref": "ps-77"}, receipts=days)
    assert found.links[0].receipt_ids == ("GR-2026-03-06-1",)


def test_a_return_uses_up_the_oldest_receipt() -> None:
    days = [
        receipt("5", day="2026-03-05"),
        receipt("0", day="2026-03-06", returned="5"),
        receipt("5", day="2026-03-07"),
    ]
    found = result({"lines": [line(qty="5", net="125.00")]}, receipts=days)
    assert found.links[0].receipt_ids == ("GR-2026-03-07-1",)


def test_a_credit_note_gives_its_quantity_back() -> None:
    """Without links our own credit note would not lower what has been billed when the goods are billed again."""
    credit = {"type": "credit_note", "invoice_number": "CM-7", "references_invoice": "INV-1"}
    original = prior(qty="10", net="250.00", total="250.00")
    found = result(
        {**credit, "lines": [line(qty="4", net="100.00")]},
        prior_invoices=[original],
        receipts=[receipt("10", returned="4")],
    )
    assert (found.status, taken(found.links)) == ("AUTO_APPROVED", [("1", "4", "100.00")])


def test_of_two_originals_the_latest_before_the_credit_is_meant() -> None:
    credit = {"type": "credit_note", "invoice_number": "CM-7", "references_invoice": "INV-1"}
    old = prior(qty="1", net="25.00", total="25.00", invoice_date="2025-02-01")
    new = prior(qty="10", net="250.00", total="250.00", invoice_date="2026-03-10")
    found = result({**credit, "lines": [line(qty="4", net="100.00")]}, prior_invoices=[old, new])
    assert "CR_EXCEEDS" not in {f.code for f in found.findings}


def test_returned_in_the_words_of_a_missing_return() -> None:
    credit = {"type": "credit_note", "invoice_number": "CM-7", "references_invoice": "INV-1"}
    found = result(
        {**credit, "lines": [line(qty="4", net="100.00")]},
        prior_invoices=[prior(qty="10", net="250.00", total="250.00")],
        receipts=[receipt("10", returned="3", rejected="1")],
    )
    one = finding(found, "CR_RETURN_MISSING")
    assert (one.expected, one.actual, one.variance_abs) == ("3", "4", Decimal(1))
    assert one.message == "4 units credited in all, 3 returned so far."


def test_accepted_is_what_an_inspection_shows() -> None:
    found = result(orders=[order(type="capital")], receipts=[receipt("10", pending="4")])
    assert (finding(found, "INSPECTION_PENDING").expected, found.status) == ("6", "WAIT_RECEIPT")
    found = result(orders=[order(type="capital")], receipts=[receipt("10", rejected="4")])
    assert (finding(found, "QTY_OVER_ACCEPTED").expected, found.disputed_amount) == ("6", Decimal("100.00"))


def test_an_order_limit_disputes_what_is_over() -> None:
    earlier = [prior(lines=[{"po_line": "2", "qty": "1", "net": "900.00"}])]
    lines = [order_line(), order_line("2")]
    found = result(orders=[order(amount_limit="1000.00", lines=lines)], prior_invoices=earlier)
    assert (finding(found, "PO_LIMIT").disputed, found.disputed_amount) == (Decimal("150.00"), Decimal("150.00"))


def test_the_revision_that_an_invoice_was_first_matched_with_is_kept() -> None:
    scenario = case(orders=[order(revision=2)])
    first = match_invoice(scenario.facts, scenario.policy)
    assert first.po_revisions == (("PO-1", 2),)
    assert "PO_CHANGED" not in {f.code for f in first.findings}
    before = replace(scenario.facts, last_revisions={"PO-1": 1})
    again = match_invoice(before, scenario.policy)
    assert (finding(again, "PO_CHANGED").outcome, again.po_revisions, again.status) == (
        "info", (("PO-1", 1),), "AUTO_APPROVED",
    )  # fmt: skip


def test_a_finding_disputes_only_when_it_holds() -> None:
    over = finding(result({"lines": [line(price="26.00", net="260.00")]}), "PRICE_OVER")
    tolerated = finding(result({"lines": [line(price="25.10", net="251.00")]}), "PRICE_WITHIN_TOL")
    assert (over.disputed, tolerated.disputed) == (Decimal("10.00"), Decimal(0))


def test_the_primary_code_is_the_first_of_the_order() -> None:
    found = result({"lines": [line(price="26.00", net="260.00")], "remit_to_id": "R9"})
    assert (found.primary_code, found.primary_owner) == ("SUP_REMIT_MISMATCH", "VENDOR_MASTER")


def test_tolerance_functions_at_zero() -> None:
    nothing, one = Decimal(0), Decimal(1)
    assert within(nothing, nothing, nothing, nothing, nothing)
    assert not within(one, nothing, Decimal(2), None, nothing)
    assert not within(one, Decimal(100), nothing, None, nothing)
    assert within(one, Decimal(100), nothing, None, one)
    assert quantity_within(nothing, nothing, nothing, nothing, one, nothing)
    assert quantity_within(one, Decimal(10), nothing, None, one, one)
    assert not quantity_within(one, Decimal(10), nothing, None, one, nothing)
    assert not quantity_within(one, Decimal(10), nothing, None, None, one)


@pytest.mark.parametrize(
    ("stated", "agreed", "worse"),
    [
        ("net 30", "net 30", False),
        ("net 29", "net 30", True),
        ("net 45", "net 30", False),
        ("2/10 net 30", "2/10 net 30", False),
        ("1/10 net 30", "2/10 net 30", True),
        ("3/5 net 30", "2/10 net 30", False),
        ("2/9 net 30", "2/10 net 30", True),
        ("0/5 net 30", "0/10 net 30", False),
    ],
)
def test_terms_that_are_worse_for_us(stated: str, agreed: str, worse: bool) -> None:
    got = outcome({"terms": stated}, orders=[order(payment_terms=agreed)])
    assert got["warns"] == (["TERMS_MISMATCH"] if worse else [])


@pytest.mark.parametrize(
    ("usual", "above", "warned"), [("100.00", "249.99", True), ("100.00", "250.00", False), ("250.00", "100.00", False)]
)
def test_an_unusual_amount_is_above_the_fence_and_the_floor(usual: str, above: str, warned: bool) -> None:
    scenario = case(policy={"anomaly": {"enabled": True, "above": above}})
    found = match_invoice(replace(scenario.facts, recent_totals=(Decimal(usual),) * 8), scenario.policy)
    assert [f.code for f in found.findings] == (["ANOM_AMOUNT"] if warned else [])
    assert found.status == "AUTO_APPROVED"


def test_an_unmatched_line_shows_what_it_disputes() -> None:
    found = result({"lines": [line(), line("9", "1", "20.00", "20.00")]})
    assert (finding(found, "LINE_UNMATCHED").disputed, found.disputed_amount) == (Decimal("20.00"), Decimal("20.00"))


def test_a_packing_slip_whose_goods_went_back_names_nothing() -> None:
    back = {**receipt("5", day="2026-03-05", returned="5"), "packing_slip": "PS1"}
    found = result(
        {"lines": [line(qty="5", net="125.00")], "despatch_ref": "PS1"}, receipts=[back, receipt("5", day="2026-03-06")]
    )
    assert found.links[0].receipt_ids == ("GR-2026-03-06-1",)
