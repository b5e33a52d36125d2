import pytest

from models.classifier.predict import load_classifier
from pipeline.domain.document import Kind
from pipeline.extract.classify import CombinedClassifier, KeywordClassifier
from tests.unit.extract.pages import page_of

PAGES = {
    Kind.INVOICE: "Apex LLC          INVOICE\nInvoice No: 77   Packing slip 12\nItem   Qty   Price   "
    "Amount\nTotal 12.00\nPlease remit to Apex LLC",
    Kind.CREDIT_NOTE: "Apex LLC          CREDIT MEMO\nCredit No: 77\nOriginal invoice: 66\nItem   Qty   Price   "
    "Amount\nTotal credit 12.00",
    Kind.STATEMENT: "Apex LLC          Statement of Account\nStatement date 01/02/2026\nDate   Invoice   Amount "
    "  Balance\nCurrent   1-30   31-60   61-90   Over 90",
    Kind.ORDER_ACK: "Apex LLC          ORDER ACKNOWLEDGEMENT\nThank you for your order\nThis is not an "
    "invoice\nOrder total 12.00",
    Kind.PACKING_SLIP: "Apex LLC          PACKING SLIP\nShip date 01/02/2026   Carrier UPS\nOrdered   Shipped   "
    "Lot\nPacked by 7",
}


@pytest.mark.parametrize("kind", PAGES)
def test_the_rule_knows_titles(kind: Kind) -> None:
    guess = KeywordClassifier()((page_of(PAGES[kind]),))
    assert guess.kind is kind
    assert guess.evidence


@pytest.mark.parametrize("kind", PAGES)
def test_rule_and_model_together_are_sure(kind: Kind) -> None:
    guess = CombinedClassifier(load_classifier())((page_of(PAGES[kind]),))
    assert guess.kind is kind
    assert guess.probability >= 0.9


def test_nothing_known_is_other_and_unsure() -> None:
    assert KeywordClassifier()((page_of("blue sky"),)).probability <= 0.5
