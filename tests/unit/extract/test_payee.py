"""Whom to pay, and on which account: the whole address and nothing else, our number and the bank's told apart."""

import pytest

from pipeline.domain.reading import Reading
from pipeline.extract.extract import extract_invoices
from tests.unit.extract.pages import always_invoice, page_of

HEAD = """
Ferro Tools Inc.
INVOICE
Invoice No: F-20331      Date: 03/02/2026
Total   $120.00
"""


def read(text: str) -> Reading:
    (reading,) = extract_invoices((page_of(HEAD + text),), classifier=always_invoice)
    return reading


@pytest.mark.parametrize(
    "block",
    [
        "\n\nRemit to: Ferro Tools Inc., PO Box 771, Chicago, IL 60673\nGo paperless: ask us about e-invoicing.",
        "\n\nRemit To:\nFerro Tools Inc.\nPO Box 771\nChicago, IL 60673\nThank you for your business today.",
        "\n\nREMITTANCE: Ferro Tools Inc.,   PO Box 771, Chicago, IL 60673\nPrices are subject to change.",
        "\n\nRemit to: Ferro Tools Inc., PO Box 771, Chicago,\nIL 60673\nRECEIVED BY ______",
        "\n\nPayment Net 30, i.e. by 2026-04-01, to Ferro Tools Inc., PO Box 771, Chicago, IL 60673 or ACH:",
    ],
)
def test_the_payee_is_the_name_and_the_whole_address(block: str) -> None:
    assert read(block).text("remit_to") == "Ferro Tools Inc., PO Box 771, Chicago, IL 60673"


def test_a_payee_that_is_not_printed_is_absent() -> None:
    assert read("\n\nPlease remit payment within 30 days of the date above.").text("remit_to") is None


def test_a_bank_account_is_not_our_customer_number() -> None:
    found = read("\n\nAccount: 8841207\n\n\n\n\nUnion Bank, Routing (ABA): 046437854, Account: 8844964909.")
    assert found.text("account_no") == "8841207"
    assert (found.text("bank_routing"), found.text("bank_account")) == ("046437854", "8844964909")


def test_a_bank_block_over_several_lines() -> None:
    found = read("\n\nPay by ACH\nRouting No: 046437854\nAccount No: 8844964909")
    assert found.text("account_no") is None
    assert found.text("bank_account") == "8844964909"


def test_the_customer_number_in_brackets_after_bill_to() -> None:
    assert read("\n\nBILL TO (8128901)\nCedar Hospital\n1 Main St\nDayton, OH 45401").text("account_no") == "8128901"
