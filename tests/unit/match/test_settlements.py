"""What a person has settled stays settled, and nothing else does (spec E.4)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from pipeline.domain.invoice import Invoice, InvoiceLine, PriorInvoice
from pipeline.domain.matching import Facts, Settlement
from pipeline.domain.orders import OrderLine, PurchaseOrder, Receipt, ReceiptLine
from pipeline.domain.supplier import BankAccount, Facility, Supplier
from pipeline.match.three_way import match_invoice
from rules.load import default_policy

D = Decimal
SUPPLIER = Supplier("S1", "Acme", "G1", banks=(BankAccount("BK-1"),))
ORDER = PurchaseOrder(
    "PO-1",
    "S1",
    "open",
    "USD",
    date(2026, 3, 1),
    (OrderLine("1", D(100), "EA", D("10.00"), supplier_item="A1"),),
    ship_to="F1",
)
RECEIPT = Receipt("R1", "PO-1", date(2026, 3, 5), (ReceiptLine("1", received=D(100)),))
INVOICE = Invoice(
    id="i1",
    invoice_number="INV-7001",
    invoice_date=date(2026, 3, 10),
    received_on=date(2026, 3, 11),
    supplier_id="S1",
    supplier_name="Acme",
    po_number="PO-1",
    currency="USD",
    lines=(InvoiceLine("1", "Item", D(100), "EA", D("11.00"), D("1100.00"), supplier_item="A1"),),
    lines_total=D("1100.00"),
    tax_total=D(0),
    total=D("1100.00"),
)


def facts(**more: object) -> Facts:
    base = Facts(INVOICE, date(2026, 3, 15), (SUPPLIER,), (Facility("F1", "Main", "LE"),), (ORDER,), (RECEIPT,))
    return replace(base, **more)  # type: ignore[arg-type]


def holds(found: Facts) -> set[str]:
    return {f.code for f in match_invoice(found, default_policy()).holds}


def test_an_accepted_variance_is_approved() -> None:
    assert holds(facts()) == {"PRICE_OVER"}
    result = match_invoice(facts(settled=(Settlement("PRICE_OVER", "1", D("100.00")),)), default_policy())
    assert (result.status, result.payable_now) == ("AUTO_APPROVED", D("1100.00"))
    assert "PRICE_OVER" in {f.code for f in result.findings}


def test_a_variance_that_grew_comes_back() -> None:
    assert holds(facts(settled=(Settlement("PRICE_OVER", "1", D("99.99")),))) == {"PRICE_OVER"}


@pytest.mark.parametrize("line", [None, "2"])
def test_another_line_is_not_covered(line: str | None) -> None:
    assert holds(facts(settled=(Settlement("PRICE_OVER", line, D("100.00")),))) == {"PRICE_OVER"}


def test_a_call_back_about_one_account_never_settles_another() -> None:
    cheap = replace(INVOICE, lines=(replace(INVOICE.lines[0], unit_price=D("10.00"), net=D("1000.00")),))
    cheap = replace(cheap, lines_total=D("1000.00"), total=D("1000.00"), bank_fingerprint="BK-NEW")
    (finding,) = match_invoice(facts(invoice=cheap), default_policy()).holds
    settled = (Settlement("SUP_BANK_CHANGE", None, None, finding.actual),)
    assert holds(facts(invoice=cheap, settled=settled)) == set()
    other = replace(cheap, bank_fingerprint="BK-OTHER")
    assert holds(facts(invoice=other, settled=settled)) == {"SUP_BANK_CHANGE"}


def test_a_verdict_on_one_twin_never_hides_another() -> None:
    def twin(day: int, number: str) -> PriorInvoice:
        return PriorInvoice(number, date(2026, 3, day), "S1", "held", D("1100.00"), id=f"p{day}", currency="USD")

    both = (twin(8, "INV-7001"), twin(9, "INV-7001"))
    accepted = Settlement("PRICE_OVER", "1", D("100.00"))
    first = Settlement("DUP_EXACT", None, None, "INV-7001 of 2026-03-08")
    second = Settlement("DUP_EXACT", None, None, "INV-7001 of 2026-03-09")
    assert holds(facts(prior_invoices=both, settled=(accepted, first))) == {"DUP_EXACT"}
    assert holds(facts(prior_invoices=both, settled=(accepted, first, second))) == set()
