"""Line checks of C.6 and C.7: each code, its boundary, its dispute."""

from typing import Any

import pytest

from tests.unit.match.build import line, order, order_line, outcome, prior, receipt


def priced(price: str, net: str, **changes: Any) -> dict[str, Any]:
    return {"lines": [line(price=price, net=net, **changes)]}


def with_line(**changes: Any) -> list[dict[str, Any]]:
    return [order(lines=[order_line(**changes)])]


CASES: dict[str, tuple[dict[str, Any], str, list[str], list[str], str]] = {
    "exact": ({}, "AUTO_APPROVED", [], [], "0.00"),
    "price at 2 percent": (
        {"invoice": priced("25.50", "255.00")}, "AUTO_APPROVED", [], ["PRICE_WITHIN_TOL@1"], "0.00"),
    "price above 2 percent": ({"invoice": priced("25.51", "255.10")}, "HOLD", ["PRICE_OVER@1"], [], "5.10"),
    "price over 50.00 though within 2 percent": (
        {"invoice": priced("1020.02", "5100.10", qty="5"), "orders": with_line(unit_price="1010.00"),
         "receipts": [receipt("5")]}, "HOLD", ["PRICE_OVER@1"], [], "50.10"),
    "small excess is ignored": (
        {"invoice": priced("0.60", "6.00"), "orders": with_line(unit_price="0.50")},
        "AUTO_APPROVED", [], ["PRICE_WITHIN_TOL@1"], "0.00"),
    "free goods billed": ({"invoice": priced("0.50", "5.00"), "orders": with_line(unit_price="0")},
                          "HOLD", ["PRICE_OVER@1"], [], "5.00"),
    "ten percent cheaper": ({"invoice": priced("22.50", "225.00")}, "AUTO_APPROVED", [], [], "0.00"),
    "more than ten percent cheaper": (
        {"invoice": priced("22.40", "224.00")}, "AUTO_APPROVED", [], ["PRICE_UNDER@1"], "0.00"),
    "estimated price": (
        {"invoice": priced("27.50", "275.00"), "orders": with_line(price_is_estimate=True)},
        "AUTO_APPROVED", [], ["PRICE_WITHIN_TOL@1"], "0.00"),
    "estimated price exceeded": (
        {"invoice": priced("27.60", "276.00"), "orders": with_line(price_is_estimate=True)},
        "HOLD", ["PRICE_OVER@1"], [], "26.00"),
    "contract one percent inclusive": (
        {"orders": with_line(contract_price="24.7525")}, "AUTO_APPROVED", [], [], "0.00"),
    "contract ignores the discount": (
        {"invoice": priced("25.00", "250.00"), "orders": with_line(unit_price="50.00", discount_pct="50",
         contract_price="20.00")}, "HOLD", ["PRICE_CONTRACT@1"], [], "50.00"),
    "revision not approved": (
        {"invoice": priced("27.00", "270.00"), "orders": with_line(price_revisions=[
            {"effective_from": "2026-02-01", "price": "27.00", "approved_by": None}])},
        "HOLD", ["PRICE_OVER@1"], [], "20.00"),
    "pricing by invoice date": (
        {"invoice": priced("27.00", "270.00"), "policy": {"pricing_date_basis": "invoice_date"},
         "orders": with_line(price_revisions=[{"effective_from": "2026-03-05", "price": "27.00"}])},
        "AUTO_APPROVED", [], [], "0.00"),
    "line allowance counts": (
        {"invoice": priced("26.00", "250.00", allowance="10.00")}, "AUTO_APPROVED", [], [], "0.00"),
    "unit mix-up": (
        {"invoice": {"lines": [line(qty="1", price="25.00", net="25.00", uom="EA")]}, "receipts": [receipt("1")],
         "orders": with_line(qty="1", uom="BX", uom_conversions={"EA": "1", "BX": "10"})},
        "HOLD", ["UOM_SUSPECT@1"], [], "22.50"),
    "unit mix-up the cheap way": (
        {"invoice": {"lines": [line(qty="1", price="25.00", net="25.00", uom="BX")]}, "receipts": [receipt("10")],
         "orders": with_line(uom="EA", uom_conversions={"EA": "1", "BX": "10"})},
        "HOLD", ["UOM_SUSPECT@1"], [], "0.00"),
    "unknown unit": ({"invoice": {"lines": [line(uom="KT")]}}, "HOLD", ["UOM_UNKNOWN@1"], [], "0.00"),
    "unknown receipt unit": ({"receipts": [receipt("10", uom="KT")]}, "HOLD", ["UOM_UNKNOWN@1"], [], "0.00"),
    "unit synonyms": ({"invoice": {"lines": [line(uom="PCE")]}}, "AUTO_APPROVED", [], [], "0.00"),
    "pack size differs": ({"invoice": {"lines": [line(pack_qty="12")]}}, "HOLD", ["UOM_PACK_MISMATCH@1"], [], "0.00"),
    "over ordered and received": (
        {"invoice": {"lines": [line(qty="12", net="300.00")]}}, "HOLD",
        ["QTY_OVER_ORDERED@1", "QTY_OVER_RECEIVED@1"], [], "50.00"),
    "over ordered, received": (
        {"invoice": {"lines": [line(qty="12", net="300.00")]}, "receipts": [receipt("12")]},
        "HOLD", ["QTY_OVER_ORDERED@1"], [], "50.00"),
    "value floor": (
        {"invoice": {"lines": [line(qty="12", net="300.00")]}, "receipts": [receipt("12")],
         "policy": {"qty_ordered.value_floor": "50.00"}}, "AUTO_APPROVED", [], ["QTY_WITHIN_TOL@1"], "0.00"),
    "value floor exceeded": (
        {"invoice": {"lines": [line(qty="12", net="300.00")]}, "receipts": [receipt("12")],
         "policy": {"qty_ordered.value_floor": "49.99"}}, "HOLD", ["QTY_OVER_ORDERED@1"], [], "50.00"),
    "quantity limit and percent both hold": (
        {"invoice": {"lines": [line(qty="12", net="300.00")]}, "receipts": [receipt("12")],
         "policy": {"qty_ordered.upper_pct": "20", "qty_ordered.upper_qty": "1"}},
        "HOLD", ["QTY_OVER_ORDERED@1"], [], "50.00"),
    "held invoices consume nothing": (
        {"prior_invoices": [prior(qty="10", net="260.00", status="held")]}, "AUTO_APPROVED", [], [], "0.00"),
    "credits give quantity back": (
        {"prior_invoices": [prior(qty="10", net="260.00"),
                            prior("CM-1", "10", "260.00", type="credit_note", references_invoice="INV-1")]},
        "AUTO_APPROVED", [], [], "0.00"),
    "the ERP has billed more than we know": (
        {"orders": with_line(erp_billed_qty="1")}, "HOLD", ["QTY_OVER_ORDERED@1", "QTY_OVER_RECEIVED@1"], [], "25.00"),
    "posted invoices are not counted twice": (
        {"invoice": {"lines": [line(qty="5", net="125.00")]}, "orders": with_line(erp_billed_qty="5"),
         "prior_invoices": [prior(qty="5", net="125.01")]}, "AUTO_APPROVED", [], [], "0.00"),
    "approved ones come on top of the ERP's": (
        {"invoice": {"lines": [line(qty="5", net="125.00")]}, "orders": with_line(erp_billed_qty="5"),
         "prior_invoices": [prior(qty="1", net="25.00", status="approved")]}, "HOLD",
        ["QTY_OVER_ORDERED@1", "QTY_OVER_RECEIVED@1"], [], "25.00"),
    "price adjustments bill no quantity": (
        {"prior_invoices": [prior(net="20.00", lines=[
            {"po_line": "1", "qty": "10", "net": "20.00", "kind": "price_adjustment"}])]},
        "AUTO_APPROVED", [], [], "0.00"),
    "receipt completed short": (
        {"receipts": [receipt("8")], "orders": with_line(receipt_complete=True)},
        "HOLD", ["QTY_OVER_RECEIVED@1"], [], "50.00"),
    "returned goods billed": ({"receipts": [receipt("10", returned="2")]}, "HOLD", ["QTY_RETURNED@1"], [], "50.00"),
    "nothing received": ({"receipts": []}, "WAIT_RECEIPT", ["RCPT_MISSING@1"], [], "0.00"),
    "received but billed before": (
        {"invoice": {"lines": [line(qty="5", net="125.00")]}, "receipts": [receipt("5")],
         "prior_invoices": [prior(qty="5", net="125.01")]}, "WAIT_RECEIPT", ["RCPT_MISSING@1"], [], "0.00"),
    "waited seven days": ({"receipts": [], "as_of": "2026-03-19"}, "WAIT_RECEIPT", ["RCPT_MISSING@1"], [], "0.00"),
    "waited eight days": ({"receipts": [receipt("4")], "as_of": "2026-03-20"}, "HOLD", ["RCPT_TIMEOUT@1"], [], "150.00"),
    "clock starts at the promised date": (
        {"receipts": [], "as_of": "2026-03-20", "orders": with_line(promised_date="2026-03-14")},
        "WAIT_RECEIPT", ["RCPT_MISSING@1"], ["EARLY_INVOICE@1"], "0.00"),
    "no receipt needed": ({"receipts": [], "orders": with_line(receipt_required=False)}, "AUTO_APPROVED", [], [], "0.00"),
    "level none": ({"receipts": [], "orders": with_line(match_level="none")}, "AUTO_APPROVED", [], [], "0.00"),
    "rejected counts in four-way only": (
        {"receipts": [receipt("10", rejected="2")], "orders": with_line(match_level="four_way")},
        "HOLD", ["QTY_OVER_ACCEPTED@1"], [], "50.00"),
    "rejected then returned is deducted once": (
        {"invoice": {"lines": [line(qty="8", net="200.00")]}, "receipts": [receipt("10", rejected="2", returned="2")],
         "orders": with_line(inspection_required=True)}, "AUTO_APPROVED", [], [], "0.00"),
    "inspection pending": (
        {"receipts": [receipt("10", pending="10")], "orders": [order(type="capital")]},
        "WAIT_RECEIPT", ["INSPECTION_PENDING@1"], [], "0.00"),
    "inspection overdue": (
        {"receipts": [receipt("10", pending="10")], "orders": [order(type="capital")],
         "inspection_since": "2026-03-07"}, "HOLD", ["QTY_OVER_ACCEPTED@1"], [], "250.00"),
    "backorder line is ignored": (
        {"invoice": {"lines": [line(), line("2", qty="0", net="0.00")]}}, "AUTO_APPROVED", [], [], "0.00"),
    "retro adjustment": (
        {"invoice": {"lines": [line(kind="price_adjustment", po_line="1", price=None, net="30.00")]},
         "orders": with_line(price_revisions=[{"effective_from": "2026-02-15", "price": "27.00"}]),
         "prior_invoices": [prior(qty="10", net="250.00")]}, "HOLD", ["PRICE_RETRO_OVER@1"], [], "10.00"),
    "price and quantity in one dispute": (
        {"invoice": {"lines": [line(qty="12", price="30.00", net="360.00")]}, "receipts": [receipt("12")]},
        "HOLD", ["PRICE_OVER@1", "QTY_OVER_ORDERED@1"], [], "110.00"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_line_check(name: str) -> None:
    given, status, holds, warns, disputed = CASES[name]
    got = outcome(**given)
    assert (got["status"], got["holds"], got["warns"], got["disputed_amount"]) == (status, holds, warns, disputed)


def test_header_variance_is_inclusive_and_then_holds() -> None:
    def four(price: str, net: str) -> dict[str, Any]:
        lines = [line(str(n), "100", price, net) for n in range(1, 5)]
        ordered = [order_line(str(n), qty="100", unit_price="20.00") for n in range(1, 5)]
        goods = [receipt("100", str(n)) for n in range(1, 5)]
        return outcome({"lines": lines}, orders=[order(lines=ordered)], receipts=goods)

    assert four("20.25", "2025.00")["status"] == "AUTO_APPROVED"
    got = four("20.26", "2026.00")
    assert (got["holds"], got["disputed_amount"], got["primary_owner"]) == (["TOTAL_VARIANCE"], "104.00", "BUYER")


def test_limits_are_converted_to_document_currency() -> None:
    # 50.00 USD are 5,000 JPY at 0.01.
    ordered = [order(currency="JPY", lines=[order_line(qty="1", unit_price="1000000")])]
    at_limit = {"currency": "JPY", "lines": [line(qty="1", price="1005000", net="1005000")], "tax_total": "0"}
    above = {"currency": "JPY", "lines": [line(qty="1", price="1005001", net="1005001")], "tax_total": "0"}
    assert outcome(at_limit, orders=ordered, receipts=[receipt("1")])["status"] == "AUTO_APPROVED"
    got = outcome(above, orders=ordered, receipts=[receipt("1")])
    assert (got["holds"], got["disputed_amount"]) == (["PRICE_OVER@1"], "5001")


def test_the_most_specific_tolerance_wins_and_says_so() -> None:
    from pipeline.match.three_way import match_invoice
    from tests.unit.match.build import case

    ordered = with_line(category="implants", tolerances={"price": {"upper_pct": "5"}})
    given = case(
        priced("26.00", "260.00"),
        orders=ordered,
        policy={"overrides": {"category": {"implants": {"price": {"upper_pct": "0"}}}}},
    )
    finding = match_invoice(given.facts, given.policy).findings[0]
    assert (finding.code, finding.limit_source) == ("PRICE_WITHIN_TOL", "PO line PO-1/1")
    assert outcome(
        priced("26.00", "260.00"),
        orders=with_line(category="implants"),
        policy={"overrides": {"category": {"implants": {"price": {"upper_pct": "0"}}}}},
    )["holds"] == ["PRICE_OVER@1"]
