"""Boundaries that one broken comparison would move."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from pipeline.match.three_way import match_invoice
from tests.unit.match.build import case, line, order, order_line, outcome, prior, receipt

FREIGHT = {"type": "freight", "amount": "20.00"}
ORIGINAL = prior(qty="10", net="250.00", total="250.00", status="paid", invoice_date="2026-03-05")
EARLIER_CREDIT = prior("CM-1", "6", "120.00", type="credit_note", references_invoice="INV-1", total="120.00")
CREDIT = {"type": "credit_note", "invoice_number": "CM-7", "references_invoice": "INV-1"}
BACK = [receipt("20", returned="20")]
SERVICE = {"match_basis": "amount", "amount_limit": "1000.00"}


def with_line(**changes: Any) -> list[dict[str, Any]]:
    return [order(lines=[order_line(**changes)])]


def two(price: str, net: str) -> dict[str, Any]:
    return {"lines": [line("1", "5", price, net), line("2", "5", price, net, supplier_item="V-A1")]}


def usage(**changes: Any) -> dict[str, Any]:
    return {"case_id": "C", "po_number": "PO-1", "po_line": "1", "qty": "10", **changes}


CASES: dict[str, tuple[dict[str, Any], str, list[str], list[str], str]] = {
    "two lines share one absolute limit": (
        {"invoice": two("2010.00", "10050.00"), "orders": with_line(unit_price="2004.00")}, "HOLD", ["PRICE_OVER@1", "PRICE_OVER@2"], [], "60.00"),
    "two lines within the shared limit": (
        {"invoice": two("2009.00", "10045.00"), "orders": with_line(unit_price="2004.00")},
        "AUTO_APPROVED", [], ["PRICE_WITHIN_TOL@1", "PRICE_WITHIN_TOL@2"], "0.00"),
    "two lines share the ignored amount": (
        {"invoice": two("0.16", "0.80"), "orders": with_line(unit_price="0.04")}, "HOLD", ["PRICE_OVER@1", "PRICE_OVER@2"], [], "1.20"),
    "two lines share the contract limit": (
        {"invoice": two("2010.00", "10050.00"), "orders": with_line(unit_price="2010.00", contract_price="2004.00")},
        "HOLD", ["PRICE_CONTRACT@1", "PRICE_CONTRACT@2"], [], "60.00"),
    "low price inside the ignored amount": (
        {"invoice": {"lines": [line(price="0.10", net="1.00")]}, "orders": with_line(unit_price="0.20")}, "AUTO_APPROVED", [], [], "0.00"),
    "unit ratio just outside two percent": (
        {"invoice": {"lines": [line(qty="1", price="25.60", net="25.60")]}, "receipts": [receipt("1")],
         "orders": with_line(qty="1", uom="BX", uom_conversions={"EA": "1", "BX": "10"})}, "HOLD", ["PRICE_OVER@1"], [], "23.10"),
    "retro adjustment tolerated": (
        {"invoice": {"lines": [line(kind="price_adjustment", po_line="1", price=None, net="5.00")]},
         "prior_invoices": [prior(qty="10", net="250.00")]}, "AUTO_APPROVED", [], [], "0.00"),
    "revision from the order date itself": (
        {"invoice": {"lines": [line(price="27.00", net="270.00")]},
         "orders": with_line(price_revisions=[{"effective_from": "2026-03-01", "price": "27.00"}, {"effective_from": "2026-01-01", "price": "20.00"}])},
        "AUTO_APPROVED", [], [], "0.00"),
    "pricing by receipt date": (
        {"invoice": {"lines": [line(price="27.00", net="270.00")]}, "policy": {"pricing_date_basis": "receipt_date"},
         "orders": with_line(price_revisions=[{"effective_from": "2026-03-09", "price": "27.00"}])}, "AUTO_APPROVED", [], [], "0.00"),
    "receipt of today counts": ({"receipts": [receipt(day="2026-03-15")]}, "AUTO_APPROVED", [], [], "0.00"),
    "returned more than kept": (
        {"receipts": [receipt("10", returned="2"), receipt("1", day="2026-03-10")], "invoice": {"lines": [line(qty="10", net="250.00")]}},
        "HOLD", ["QTY_RETURNED@1"], [], "25.00"),
    "all that was received and returned": (
        {"receipts": [receipt("9", returned="1")]}, "WAIT_RECEIPT", ["RCPT_PARTIAL@1"], [], "0.00"),
    "rejected and returned apart": (
        {"invoice": {"lines": [line(qty="8", net="200.00")]}, "receipts": [receipt("10", rejected="3", returned="1")], "orders": with_line(match_level="four_way")},
        "HOLD", ["QTY_OVER_ACCEPTED@1"], [], "25.00"),
    "tolerated receipt excess is not rejected again": (
        {"receipts": [receipt("9")], "orders": with_line(match_level="four_way"), "policy": {"qty_received.value_floor": "25.00"}},
        "AUTO_APPROVED", [], ["QTY_WITHIN_TOL@1"], "0.00"),
    "inspection on its last day": (
        {"receipts": [receipt("10", pending="10")], "orders": with_line(match_level="four_way"), "inspection_since": "2026-03-08"},
        "WAIT_RECEIPT", ["INSPECTION_PENDING@1"], [], "0.00"),
    "promised on the invoice date": (
        {"receipts": [], "orders": with_line(promised_date="2026-03-10")}, "WAIT_RECEIPT", ["RCPT_MISSING@1"], [], "0.00"),
    "service within": ({"orders": with_line(**SERVICE), "receipts": [receipt("0", amount="250.00")]}, "AUTO_APPROVED", [], [], "0.00"),
    "service waits": ({"orders": with_line(**SERVICE), "receipts": [receipt("0", amount="249.99")]}, "WAIT_RECEIPT", ["RCPT_PARTIAL@1"], [], "0.00"),
    "service receipt tolerance": (
        {"orders": with_line(**SERVICE), "receipts": [receipt("0", amount="249.00")], "policy": {"amount_received.upper_pct": "1"}},
        "AUTO_APPROVED", [], ["QTY_WITHIN_TOL@1"], "0.00"),
    "service entry reversed": (
        {"orders": with_line(**SERVICE), "receipts": [receipt("0", amount="300.00"), receipt("0", day="2026-03-10", amount="-50.01")]},
        "HOLD", ["QTY_RETURNED@1"], [], "0.01"),
    "service limit tolerance": (
        {"orders": with_line(match_basis="amount", amount_limit="249.00"), "receipts": [receipt("0", amount="250.00")],
         "policy": {"amount_ordered.upper_pct": "1"}}, "AUTO_APPROVED", [], [], "0.00"),
    "service without limit or receipts": (
        {"orders": with_line(match_basis="amount", unit_price="0", match_level="two_way"), "receipts": []}, "HOLD", ["PO_LIMIT@1"], [], "250.00"),
    "whole order at its limit": ({"orders": [order(amount_limit="250.00")]}, "AUTO_APPROVED", [], [], "0.00"),
    "whole order over its limit": (
        {"orders": [order(amount_limit="249.00")]}, "HOLD", ["PO_LIMIT@1"], [], "1.00"),
    "ERP has billed more money": (
        {"orders": with_line(**SERVICE, erp_billed_amount="800.00"), "receipts": [receipt("0", amount="1050.00")]}, "HOLD", ["PO_LIMIT@1"], [], "50.00"),
    "usage of today": ({"orders": [order(type="bill_only")], "usage_records": [usage(used_at="2026-03-15", serials=["X"])]}, "AUTO_APPROVED", [], [], "0.00"),
    "usage of tomorrow": ({"orders": [order(type="bill_only")], "usage_records": [usage(used_at="2026-03-16")]}, "HOLD", ["BO_USAGE_MISSING@1"], [], "0.00"),
    "usage recorded after two days": (
        {"orders": [order(type="bill_only")], "usage_records": [usage(used_at="2026-03-05", recorded_at="2026-03-07")]}, "AUTO_APPROVED", [], [], "0.00"),
    "usage recorded after three days": (
        {"orders": [order(type="bill_only")], "usage_records": [usage(used_at="2026-03-05", recorded_at="2026-03-08")]}, "AUTO_APPROVED", [], ["BO_LATE@1"], "0.00"),
    "ordered two business days after the case": (
        {"orders": [order(type="bill_only", order_date="2026-03-10")], "usage_records": [usage(used_at="2026-03-06")]}, "AUTO_APPROVED", [], [], "0.00"),
    "ordered three business days after the case": (
        {"orders": [order(type="bill_only", order_date="2026-03-11")], "usage_records": [usage(used_at="2026-03-06")]}, "AUTO_APPROVED", [], ["BO_LATE@1"], "0.00"),
    "freight billed before": (
        {"invoice": {"charges": [FREIGHT]}, "prior_invoices": [prior(charges=[{"type": "freight", "amount": "5.01"}])]}, "HOLD", ["CHG_UNPLANNED"], [], "20.00"),
    "freight billed before, held": (
        {"invoice": {"charges": [FREIGHT]}, "prior_invoices": [prior(status="held", charges=[FREIGHT])]}, "AUTO_APPROVED", [], ["CHG_UNPLANNED_SMALL"], "0.00"),
    "freight credited": (
        {"invoice": {"charges": [FREIGHT]}, "prior_invoices": [prior(charges=[FREIGHT]), prior("CM", type="credit_note", charges=[FREIGHT])]},
        "AUTO_APPROVED", [], ["CHG_UNPLANNED_SMALL"], "0.00"),
    "other charges do not count as freight": (
        {"invoice": {"charges": [FREIGHT]}, "prior_invoices": [prior(charges=[{"type": "handling", "amount": "90.00"}])]}, "AUTO_APPROVED", [], ["CHG_UNPLANNED_SMALL"], "0.00"),
    "planned freight exactly": (
        {"invoice": {"charges": [FREIGHT]}, "orders": [order(planned_charges=[FREIGHT])]}, "AUTO_APPROVED", [], [], "0.00"),
    "fuel line": (
        {"invoice": {"lines": [line(), {"no": "2", "kind": "charge", "description": "Fuel on delivery", "net": "1.00"}]},
         "orders": [order(planned_charges=[{"type": "fuel_surcharge", "amount": "1.00"}])]}, "AUTO_APPROVED", [], [], "0.00"),
    "charge line outside the line total": (
        {"invoice": {"lines": [line(), {"no": "2", "kind": "charge", "description": "Freight", "net": "9.00"}], "lines_total": "250.00", "total": "259.00"}},
        "AUTO_APPROVED", [], ["CHG_UNPLANNED_SMALL"], "0.00"),
    "certificate ends today": (
        {"orders": [order(tax={"exempt": True, "certificate_valid_to": "2026-03-10"})]}, "AUTO_APPROVED", [], [], "0.00"),
    "certificate ended": (
        {"orders": [order(tax={"exempt": True, "certificate_valid_to": "2026-03-09"})]}, "AUTO_APPROVED", [], ["TAX_CERT_EXPIRED"], "0.00"),
    "tax without a known rate": (
        {"invoice": {"tax_total": "5.00"}, "orders": [order(tax={"exempt": False})]}, "HOLD", ["TAX_VARIANCE"], [], "5.00"),
    "taxed charge": (
        {"invoice": {"charges": [{**FREIGHT, "tax_category": "S"}], "tax_total": "21.60"}, "orders": [order(tax={"exempt": False, "rate": "8"})]},
        "AUTO_APPROVED", [], ["CHG_UNPLANNED_SMALL"], "0.00"),
    "allowance lowers the tax base": (
        {"invoice": {"allowances": [{"type": "discount", "amount": "50.00"}], "tax_total": "16.00"}, "orders": [order(tax={"exempt": False, "rate": "8"})]},
        "AUTO_APPROVED", [], [], "0.00"),
    "untaxed line": (
        {"invoice": {"lines": [line(tax_category="E")], "tax_total": "0.00"}, "orders": [order(tax={"exempt": False, "rate": "8"})]}, "AUTO_APPROVED", [], [], "0.00"),
    "credit quantity over earlier credits": (
        {"invoice": {**CREDIT, "lines": [line(qty="5", net="125.00")]}, "prior_invoices": [ORIGINAL, EARLIER_CREDIT], "receipts": BACK}, "HOLD", ["CR_EXCEEDS"], [], "0.00"),
    "credit beside a held credit": (
        {"invoice": {**CREDIT, "lines": [line(qty="5", net="125.00")]}, "prior_invoices": [ORIGINAL, {**EARLIER_CREDIT, "status": "held"}], "receipts": [receipt("10", returned="5")]},
        "AUTO_APPROVED", [], [], "0.00"),
    "credit of another original": (
        {"invoice": {**CREDIT, "lines": [line(qty="5", net="125.00")]}, "prior_invoices": [ORIGINAL, {**EARLIER_CREDIT, "references_invoice": "INV-2"}], "receipts": BACK},
        "AUTO_APPROVED", [], [], "0.00"),
    "credit in another currency": (
        {"invoice": {**CREDIT, "currency": "EUR"}, "prior_invoices": [{**ORIGINAL, "currency": "USD"}], "receipts": BACK}, "HOLD", ["CUR_MISMATCH"], [], "0.00"),
    "remit-to on file": ({"invoice": {"remit_to_id": "R1"}}, "AUTO_APPROVED", [], [], "0.00"),
    "remit-to of the sister company": ({"invoice": {"remit_to_id": "R2"}}, "HOLD", ["SUP_REMIT_MISMATCH"], [], "0.00"),
    "exactly 180 days old": (
        {"invoice": {"invoice_date": "2025-09-16"}, "orders": [order(order_date="2025-09-01")]}, "AUTO_APPROVED", [], [], "0.00"),
    "exactly at the duplicate window": ({"prior_invoices": [prior("INV-5000", total="250.00", invoice_date="2024-03-10", lines=[])]}, "HOLD", ["DUP_EXACT"], [], "250.00"),
    "number at its threshold": ({"invoice": {"field_confidence": {"invoice_number": "0.95"}}}, "AUTO_APPROVED", [], [], "0.00"),
    "account in other punctuation": ({"invoice": {"account_no": "12-3"}, "orders": [order(supplier_account_no="123")]}, "AUTO_APPROVED", [], [], "0.00"),
    "order of the invoice date": ({"orders": [order(order_date="2026-03-10")]}, "AUTO_APPROVED", [], [], "0.00"),
    "line limit": ({"policy": {"line_amount_limit": "249.99"}}, "HOLD", ["LINE_AMT_LIMIT@1"], [], "0.00"),
    "line at its limit": ({"policy": {"line_amount_limit": "250.00"}}, "AUTO_APPROVED", [], [], "0.00"),
    "no rate": ({"invoice": {"currency": "CHF"}, "orders": [order(currency="CHF")]}, "HOLD", ["DOC_MISSING_FIELD"], [], "0.00"),
    "candidate outside the price": (
        {"invoice": {"po_number": None, "lines": [line(price="25.51", net="255.10")]}}, "HOLD", ["PO_MISSING"], [], "0.00"),
    "candidate at the price limit": (
        {"invoice": {"po_number": None, "lines": [line(price="25.50", net="255.00")]}}, "HOLD", ["PO_INFERRED"], ["PRICE_WITHIN_TOL@1"], "0.00"),
    "packing slip decides between orders": (
        {"invoice": {"po_number": None, "despatch_ref": "PS 7"}, "orders": [order(), order(number="PO-2")], "receipts": [{**receipt(), "packing_slip": "PS-7"}]},
        "HOLD", ["PO_INFERRED"], [], "0.00"),
    "sales order decides between orders": (
        {"invoice": {"po_number": None, "sales_order": "SO7"}, "orders": [order(sales_order="SO-7"), order(number="PO-2")]}, "HOLD", ["PO_INFERRED"], [], "0.00"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_boundary(name: str) -> None:
    given, status, holds, warns, disputed = CASES[name]
    got = outcome(**given)
    assert (got["status"], got["holds"], got["warns"], got["disputed_amount"]) == (status, holds, warns, disputed)


def test_a_document_is_no_duplicate_of_itself() -> None:
    given = case(prior_invoices=[prior("INV-5000", total="250.00", qty="10", net="250.00", id="me")])
    facts = replace(given.facts, invoice=replace(given.facts.invoice, id="me"))
    assert match_invoice(facts, given.policy).status == "AUTO_APPROVED"
    assert match_invoice(given.facts, given.policy).status == "HOLD"


def test_facts_beyond_scenarios() -> None:
    given = case()
    closed = replace(given.facts, closed_through=date(2026, 3, 10), last_revisions={"PO-1": -1})
    assert [f.code for f in match_invoice(closed, given.policy).findings] == ["PERIOD_CLOSED", "PO_CHANGED"]
    odd = case(policy={"anomaly": {"enabled": True, "above": "200.00"}})
    history = tuple(Decimal(n) for n in (100, 101, 102, 103, 104, 105, 106, 107))
    assert [f.code for f in match_invoice(replace(odd.facts, recent_totals=history), odd.policy).warnings] == [
        "ANOM_AMOUNT"
    ]
    assert match_invoice(replace(odd.facts, recent_totals=history[:7]), odd.policy).warnings == ()


def test_coding_facts() -> None:
    bill = {"supplier_id": "U1", "po_number": None, "lines": [line(supplier_item=None, description="Power", qty="1", price="900.00", net="900.00")],
            "coding": [{"gl": "6310", "cost_center": "CC1", "amount": "900.00"}]}  # fmt: skip
    given = case(bill, orders=[])
    good = replace(given.facts, gl_accounts=frozenset({"6310"}), budgets={"CC1": Decimal("900.00")})
    assert match_invoice(good, given.policy).holds == ()
    bad = replace(given.facts, gl_accounts=frozenset({"1"}), budgets={"CC1": Decimal("899.99")})
    assert [f.code for f in match_invoice(bad, given.policy).holds] == ["NPO_GL_INVALID", "NPO_BUDGET"]
