"""Document, supplier, duplicate, order, charge, tax, credit and non-PO checks: each code and its boundary."""

from dataclasses import replace
from typing import Any

import pytest

from pipeline.match.three_way import match_invoice
from tests.unit.match.build import case, line, order, order_line, outcome, prior, receipt

CREDIT = {"type": "credit_note", "invoice_number": "CM-7", "references_invoice": "INV-1"}
ORIGINAL = prior(qty="10", net="250.00", total="250.00", status="paid", invoice_date="2026-03-05")
NON_PO = {"supplier_id": "U1", "po_number": None, "invoice_number": "U-9",
          "lines": [line(supplier_item=None, description="Power", qty="1", price="900.00", net="900.00")]}  # fmt: skip


def coded(amount: str, center: str = "CC1") -> list[dict[str, str]]:
    return [{"gl": "6310", "cost_center": center, "amount": amount}]


def twin(**changes: Any) -> dict[str, Any]:
    return prior(**{"number": "INV-5000", "total": "250.00", "invoice_date": "2026-02-01", "lines": [], **changes})


CASES: dict[str, tuple[dict[str, Any], str, list[str], list[str], str]] = {
    # document and supplier
    "statement": ({"invoice": {"doc_class": "statement"}}, "NOT_INVOICE", ["DOC_NOT_INVOICE"], [], "0.00"),
    "number missing": ({"invoice": {"invoice_number": None}}, "HOLD", ["DOC_MISSING_FIELD"], [], "0.00"),
    "lines missing": ({"invoice": {"lines": [], "lines_total": "250.00"}}, "HOLD", ["DOC_MISSING_FIELD"], [], "0.00"),
    "quantity missing": ({"invoice": {"lines": [line(qty=None)]}}, "HOLD", ["DOC_MISSING_FIELD"], [], "0.00"),
    "supplier not resolved": ({"invoice": {"supplier_id": None}}, "HOLD", ["SUP_UNKNOWN"], [], "0.00"),
    "terms worse than agreed": (
        {"invoice": {"terms": "net 30"}, "orders": [order(payment_terms="2/10 net 45")]},
        "AUTO_APPROVED", [], ["TERMS_MISMATCH"], "0.00"),
    "supplier unknown": (
        {"invoice": {"supplier_id": None, "supplier_name": "Who Inc"}}, "HOLD", ["SUP_UNKNOWN"], [], "0.00"),
    "reading raised a code": (
        {"invoice": {"findings": {"DOC_MULTI_INVOICE": "Two numbers."}}}, "HOLD", ["DOC_MULTI_INVOICE"], [], "0.00"),
    "low confidence in number": (
        {"invoice": {"field_confidence": {"invoice_number": "0.94"}}}, "HOLD", ["DOC_LOW_CONFIDENCE"], [], "0.00"),
    "total corroborated": (
        {"invoice": {"field_confidence": {"total": "0.60"}}}, "AUTO_APPROVED", [], ["CONF_CORROBORATED"], "0.00"),
    "total below floor": (
        {"invoice": {"field_confidence": {"total": "0.59"}}}, "HOLD", ["DOC_LOW_CONFIDENCE"], [], "0.00"),
    "total not corroborated when it does not close": (
        {"invoice": {"field_confidence": {"total": "0.90"}, "total": "250.01"}}, "HOLD",
        ["DOC_LOW_CONFIDENCE"], ["ROUNDING"], "0.00"),
    "bank of the sister company": (
        {"invoice": {"bank_fingerprint": "B2"}}, "HOLD", ["SUP_BANK_CHANGE"], [], "0.00"),
    "tax id differs in punctuation only": ({"invoice": {"stated_tax_id": "11 1"}}, "AUTO_APPROVED", [], [], "0.00"),
    "tax id differs": ({"invoice": {"stated_tax_id": "11-2"}}, "HOLD", ["SUP_TAX_ID_MISMATCH"], [], "0.00"),
    "other supplier's order": ({"invoice": {"supplier_id": "S2"}}, "HOLD", ["SUP_MISMATCH_PO"], [], "0.00"),
    "referral source": (
        {"invoice": {"supplier_id": "REF"}, "orders": [order(supplier_id="REF")]}, "NEEDS_APPROVAL", [], [], "0.00"),
    # dates
    "date of today": ({"invoice": {"invoice_date": "2026-03-15"}}, "AUTO_APPROVED", [], [], "0.00"),
    "date of tomorrow": ({"invoice": {"invoice_date": "2026-03-16"}}, "HOLD", ["DATE_FUTURE"], [], "0.00"),
    "181 days old": (
        {"invoice": {"invoice_date": "2025-09-15"}, "orders": [order(order_date="2025-09-01")]},
        "HOLD", ["DATE_STALE"], [], "0.00"),
    # duplicates
    "same number and total": ({"prior_invoices": [twin(number="0-INV 5000")]}, "AUTO_APPROVED", [], [], "0.00"),
    "punctuation and prefix do not matter": (
        {"prior_invoices": [twin(number="No. 5000")]}, "HOLD", ["DUP_EXACT"], [], "250.00"),
    "total a cent apart": ({"prior_invoices": [twin(total="250.01")]}, "HOLD", ["DUP_EXACT"], [], "250.00"),
    "total two cents apart": ({"prior_invoices": [twin(total="250.02")]}, "HOLD", ["DUP_NUMBER"], [], "250.00"),
    "sister company's record": ({"prior_invoices": [twin(supplier_id="S1W")]}, "HOLD", ["DUP_EXACT"], [], "250.00"),
    "vendor twin by tax id": ({"prior_invoices": [twin(supplier_id="S3")]}, "HOLD", ["DUP_PROBABLE"], [], "250.00"),
    "other supplier": ({"prior_invoices": [twin(supplier_id="S2")]}, "AUTO_APPROVED", [], [], "0.00"),
    "rejected twin": ({"prior_invoices": [twin(status="rejected")]}, "AUTO_APPROVED", [], [], "0.00"),
    "older than the window": (
        {"prior_invoices": [twin(invoice_date="2024-03-09")]}, "AUTO_APPROVED", [], [], "0.00"),
    "credit notes are compared with credit notes": (
        {"prior_invoices": [twin(type="credit_note")]}, "AUTO_APPROVED", [], [], "0.00"),
    "confusable": (
        {"invoice": {"invoice_number": "SO123"}, "prior_invoices": [twin(number="50123")]},
        "HOLD", ["DUP_PROBABLE"], [], "250.00"),
    "transposed within 60 days": (
        {"invoice": {"invoice_number": "12345"}, "prior_invoices": [twin(number="12354", invoice_date="2026-01-09")]},
        "HOLD", ["DUP_PROBABLE"], [], "250.00"),
    "transposed after 61 days": (
        {"invoice": {"invoice_number": "12345"}, "prior_invoices": [twin(number="12354", invoice_date="2026-01-08")]},
        "AUTO_APPROVED", [], [], "0.00"),
    "monthly bills": (
        {"invoice": {"invoice_number": "20260310"}, "prior_invoices": [twin(number="20260210")]},
        "AUTO_APPROVED", [], [], "0.00"),
    "total within 7 days": (
        {"prior_invoices": [twin(number="Z9", invoice_date="2026-03-03")]}, "AUTO_APPROVED", [], ["DUP_POSSIBLE"], "0.00"),
    "total after 8 days": (
        {"prior_invoices": [twin(number="Z9", invoice_date="2026-03-02")]}, "AUTO_APPROVED", [], [], "0.00"),
    "total and date, other order": (
        {"prior_invoices": [twin(number="Z9", invoice_date="2026-03-10", po_number="PO-9")]},
        "AUTO_APPROVED", [], ["DUP_POSSIBLE"], "0.00"),
    # arithmetic
    "line off by two cents": (
        {"invoice": {"lines": [line(net="250.02")]}}, "AUTO_APPROVED", [], ["PRICE_WITHIN_TOL@1", "ROUNDING"], "0.00"),
    "line off by three cents": (
        {"invoice": {"lines": [line(net="250.03")]}}, "HOLD", ["ARI_LINE@1"], ["PRICE_WITHIN_TOL@1"], "0.00"),
    "total off by six cents": ({"invoice": {"total": "250.06"}}, "HOLD", ["ARI_TOTAL"], [], "0.00"),
    "amount due differs": ({"invoice": {"amount_due": "249.99"}}, "HOLD", ["ARI_TOTAL"], [], "0.00"),
    "prepayment not posted": (
        {"invoice": {"prepaid": "50.00", "amount_due": "200.00"}}, "HOLD", ["ARI_TOTAL"], [], "0.00"),
    "posted prepayment forgotten": (
        {"prior_invoices": [prior("P-1", total="50.00", type="prepayment", lines=[])]}, "HOLD", ["ARI_TOTAL"], [], "0.00"),
    "negative invoice": (
        {"invoice": {"lines": [line(qty="-10", net="-250.00")]}}, "HOLD", ["NEG_INVOICE"], [], "0.00"),
    # orders
    "closed": ({"orders": [order(status="closed")]}, "HOLD", ["PO_CLOSED"], [], "0.00"),
    "on hold": ({"orders": [order(status="on_hold")]}, "HOLD", ["PO_NOT_APPROVED"], [], "0.00"),
    "cancelled": ({"orders": [order(status="cancelled")]}, "HOLD", ["PO_CANCELLED"], [], "0.00"),
    "line cancelled": ({"orders": [order(lines=[order_line(status="cancelled")])]}, "HOLD", ["PO_CANCELLED@1"], [], "0.00"),
    "finally matched": (
        {"prior_invoices": [prior(final_for_po="PO-1")]}, "HOLD", ["PO_FINAL_MATCHED"], [], "0.00"),
    "expired": ({"orders": [order(valid_to="2026-03-09")]}, "HOLD", ["PO_EXPIRED"], [], "0.00"),
    "service period inside": (
        {"invoice": {"period_end": "2026-03-09"}, "orders": [order(valid_to="2026-03-09")]},
        "AUTO_APPROVED", [], [], "0.00"),
    "after the fact": ({"orders": [order(order_date="2026-03-11")]}, "AUTO_APPROVED", [], ["PO_AFTER_INVOICE"], "0.00"),
    "receipt settlement": ({"orders": [order(ers=True)]}, "HOLD", ["ERS_INVOICE"], [], "250.00"),
    "other currency": ({"orders": [order(currency="EUR")]}, "HOLD", ["CUR_MISMATCH"], [], "0.00"),
    "other legal entity": ({"invoice": {"ship_to": "F3"}}, "HOLD", ["SHIP_TO_MISMATCH"], [], "0.00"),
    "unknown order": ({"invoice": {"po_number": "PO-7", "lines": [line("9")]}}, "HOLD", ["PO_NOT_FOUND"], [], "0.00"),
    "no order number": ({"invoice": {"po_number": None, "lines": [line("9")]}}, "HOLD", ["PO_MISSING"], [], "0.00"),
    "order inferred": ({"invoice": {"po_number": "4711"}}, "HOLD", ["PO_INFERRED"], [], "0.00"),
    "order inferred and allowed": (
        {"invoice": {"po_number": None}, "policy": {"allow_auto_on_inferred_po": True}},
        "AUTO_APPROVED", [], ["PO_INFERRED"], "0.00"),
    "contradicting item number": (
        {"invoice": {"lines": [line(supplier_item="V-A9")]}}, "HOLD", ["LINE_SUBSTITUTE@1"], [], "0.00"),
    "summary line": (
        {"invoice": {"lines": [line(supplier_item=None, description="as per order", qty="1", price="250.00")]}},
        "HOLD", ["LINE_AMBIGUOUS@1"], [], "0.00"),
    "PO line number alone": (
        {"invoice": {"lines": [line(supplier_item=None, description="", po_line="1")]}}, "AUTO_APPROVED", [], [], "0.00"),
    "weakly read identifier": (
        {"invoice": {"lines": [line(supplier_item="V-AI", confidence="0.8", source="ocr", description="")]}},
        "HOLD", ["LINE_AMBIGUOUS@1"], [], "0.00"),
    # amounts, usage
    "blanket over its limit": (
        {"orders": [order(lines=[order_line(match_basis="amount", amount_limit="249.99")])],
         "receipts": [receipt("0", amount="250.00")]}, "HOLD", ["PO_LIMIT@1"], [], "0.01"),
    "usage missing": ({"orders": [order(type="bill_only")]}, "HOLD", ["BO_USAGE_MISSING@1"], [], "0.00"),
    "foreign serial": (
        {"orders": [order(type="bill_only")], "invoice": {"lines": [line(serials=["X1"])]}, "usage_records": [
            {"case_id": "C", "po_number": "PO-1", "po_line": "1", "qty": "10", "serials": ["X2"]}]},
        "HOLD", ["BO_SERIAL_MISMATCH@1"], [], "0.00"),
    # charges and tax
    "freight within": (
        {"invoice": {"charges": [{"type": "freight", "amount": "25.00"}]}}, "AUTO_APPROVED", [],
        ["CHG_UNPLANNED_SMALL"], "0.00"),
    "freight above": (
        {"invoice": {"charges": [{"type": "freight", "amount": "25.01"}]}}, "HOLD", ["CHG_UNPLANNED"], [], "25.01"),
    "freight line": (
        {"invoice": {"lines": [line(), {"no": "2", "kind": "charge", "description": "Freight", "net": "30.00"}]}},
        "HOLD", ["CHG_UNPLANNED"], [], "30.00"),
    "planned freight, ten percent": (
        {"invoice": {"charges": [{"type": "freight", "amount": "110.00"}]},
         "orders": [order(planned_charges=[{"type": "freight", "amount": "100.00"}])]},
        "AUTO_APPROVED", [], ["CHG_WITHIN_TOL"], "0.00"),
    "planned freight exceeded": (
        {"invoice": {"charges": [{"type": "freight", "amount": "110.01"}]},
         "orders": [order(planned_charges=[{"type": "freight", "amount": "100.00"}])]}, "HOLD", ["CHG_OVER"], [], "10.01"),
    "freight on our carrier": (
        {"invoice": {"charges": [{"type": "freight", "amount": "1.00"}]}, "orders": [order(freight_terms="collect")]},
        "HOLD", ["FRT_TERMS"], [], "1.00"),
    "tax to the exempt": ({"invoice": {"tax_total": "0.01"}}, "HOLD", ["TAX_UNEXPECTED"], [], "0.01"),
    "tax within one": (
        {"invoice": {"tax_total": "21.00"}, "orders": [order(tax={"exempt": False, "rate": "8"})]},
        "AUTO_APPROVED", [], [], "0.00"),
    "too little tax": (
        {"invoice": {"tax_total": "18.99"}, "orders": [order(tax={"exempt": False, "rate": "8"})]},
        "HOLD", ["TAX_VARIANCE"], [], "0.00"),
    "no tax": ({"orders": [order(tax={"exempt": False, "rate": "8"})]}, "AUTO_APPROVED", [], ["TAX_MISSING"], "0.00"),
    # credit notes
    "credit": (
        {"invoice": CREDIT, "prior_invoices": [ORIGINAL], "receipts": [receipt("10", returned="10")]},
        "AUTO_APPROVED", [], [], "0.00"),
    "credit without original": ({"invoice": CREDIT}, "HOLD", ["CR_NO_REFERENCE"], ["CR_RETURN_MISSING@1"], "0.00"),
    "credit too large": (
        {"invoice": {**CREDIT, "lines": [line(price="25.01", net="250.10")]}, "prior_invoices": [ORIGINAL],
         "receipts": [receipt("10", returned="10")]}, "HOLD", ["CR_EXCEEDS"], [], "0.00"),
    "restocking fee at one": (
        {"invoice": {**CREDIT, "lines": [line(price="24.90", net="249.00")]}, "prior_invoices": [ORIGINAL],
         "receipts": [receipt("10", returned="10")]}, "AUTO_APPROVED", [], [], "0.00"),
    "restocking fee": (
        {"invoice": {**CREDIT, "lines": [line(price="22.50", net="225.00")]}, "prior_invoices": [ORIGINAL],
         "receipts": [receipt("10", returned="10")]}, "HOLD", ["CR_PRICE_UNDER@1"], [], "25.00"),
    # no order
    "coding missing": ({"invoice": NON_PO, "orders": []}, "HOLD", ["NPO_CODING"], [], "0.00"),
    "coding short": (
        {"invoice": {**NON_PO, "coding": coded("899.99")}, "orders": []}, "HOLD", ["NPO_CODING"], [], "0.00"),
    "coded": ({"invoice": {**NON_PO, "coding": coded("900.00")}, "orders": []}, "NEEDS_APPROVAL", [], [], "0.00"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_check(name: str) -> None:
    given, status, holds, warns, disputed = CASES[name]
    got = outcome(**given)
    assert (got["status"], got["holds"], got["warns"], got["disputed_amount"]) == (status, holds, warns, disputed)


def test_credit_pays_a_negative_amount_also_when_printed_negative() -> None:
    stated = {**CREDIT, "lines": [line(net="-250.00", price="-25.00")], "lines_total": "-250.00", "total": "-250.00"}
    for invoice in (CREDIT, stated):
        got = outcome(invoice, prior_invoices=[ORIGINAL], receipts=[receipt("10", returned="10")])
        assert (got["status"], got["payable_now"]) == ("AUTO_APPROVED", "-250.00")


def test_splitting_bills_does_not_lower_the_ladder() -> None:
    parts = [prior(f"U-{n}", supplier_id="U1", po_number=None, total="900.00", status="approved", lines=[],
                   invoice_date="2026-03-08", coding=coded("900.00")) for n in (1, 2)]  # fmt: skip
    invoice = {**NON_PO, "coding": coded("900.00"), "invoice_number": "ZZ-77", "invoice_date": "2026-03-09"}
    assert outcome(invoice, orders=[], prior_invoices=parts)["approval_chain"] == ["DEPT_MANAGER", "DEPT_DIRECTOR"]
    other = {**invoice, "coding": coded("900.00", "CC2")}
    assert outcome(other, orders=[], prior_invoices=parts)["approval_chain"] == ["DEPT_MANAGER"]


def test_a_supplier_that_is_not_printed_is_a_missing_field() -> None:
    given = case()
    facts = replace(given.facts, invoice=replace(given.facts.invoice, supplier_id=None))
    assert [f.code for f in match_invoice(facts, given.policy).holds] == ["DOC_MISSING_FIELD"]


def test_two_orders_on_one_invoice() -> None:
    second = order(number="PO-2", lines=[order_line("2")])
    goods = [receipt(), {**receipt(po_line="2"), "po_number": "PO-2"}]
    lines = [line(), line("2", po_number="PO-2")]
    got = outcome({"lines": lines}, orders=[order(), second], receipts=goods)
    assert got["status"] == "AUTO_APPROVED"
    assert [m["po_number"] for m in got["line_matches"]] == ["PO-1", "PO-2"]


def test_every_finding_explains_itself() -> None:
    given = case(
        {"lines": [line(qty="11", price="3.00", net="33.00")]}, orders=[order(lines=[order_line(unit_price="3")])]
    )
    result = match_invoice(given.facts, given.policy)
    first = result.holds[0]
    assert first.message == "Billed 11, ordered 10: 1 x 3.00 = 3.00 USD over; limit 0 % from system policy."
    assert (first.expected, first.actual, str(first.variance_abs)) == ("10", "11", "1")
    assert all(f.message.endswith(".") and f.owner for f in result.holds)
