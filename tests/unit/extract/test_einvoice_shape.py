"""A value that may stand once and stands twice is a finding: the first one is never taken in silence."""

import pytest

from tests.unit.extract.test_einvoice_rules import CII, UBL, told


@pytest.mark.parametrize(
    ("xml", "part", "says"),
    [
        (UBL, "<b:ID>7</b:ID>", "ID stands 2 times in Invoice"),
        (UBL, "<b:PayableAmount>100.00</b:PayableAmount>", "PayableAmount stands 2 times in LegalMonetaryTotal"),
        (
            UBL,
            '<b:InvoicedQuantity unitCode="EA">1</b:InvoicedQuantity>',
            "InvoicedQuantity stands 2 times in InvoiceLine",
        ),
        (UBL, "<b:PriceAmount>100.00</b:PriceAmount>", "PriceAmount stands 2 times in Price"),
        (UBL, "<b:DocumentCurrencyCode>EUR</b:DocumentCurrencyCode>", "DocumentCurrencyCode stands 2 times"),
        (CII, "<m:DuePayableAmount>130.90</m:DuePayableAmount>", "DuePayableAmount stands 2 times"),
        (CII, "<m:LineID>1</m:LineID>", "LineID stands 2 times in AssociatedDocumentLineDocument"),
        (CII, "<m:InvoiceCurrencyCode>EUR</m:InvoiceCurrencyCode>", "InvoiceCurrencyCode stands 2 times"),
    ],
)
def test_what_stands_twice_is_named(xml: str, part: str, says: str) -> None:
    assert xml.count(part) == 1
    assert says in told(xml.replace(part, part + part.replace("100.00", "1.00")))


def test_it_counts_for_invoices_that_claim_no_standard_too() -> None:
    plain = UBL.replace("urn:cen.eu:en16931:2017", "urn:own")
    assert told(plain) == ""
    assert "stands 2 times" in told(plain.replace("<b:ID>7</b:ID>", "<b:ID>7</b:ID><b:ID>8</b:ID>"))
