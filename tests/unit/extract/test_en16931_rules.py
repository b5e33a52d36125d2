"""EN 16931 beyond the sums: each rule that can be broken is broken once in a whole invoice, and is named."""

import pytest

from tests.unit.extract.test_einvoice_rules import CII, UBL, told

SELLER_VAT = "<c:PartyTaxScheme><b:CompanyID>DE123456789</b:CompanyID><c:TaxScheme><b:ID>VAT</b:ID></c:TaxScheme></c:PartyTaxScheme>"
LINE_TAX = "<c:ClassifiedTaxCategory><b:ID>S</b:ID><b:Percent>19</b:Percent></c:ClassifiedTaxCategory>"
GROUP = "<c:TaxCategory><b:ID>S</b:ID><b:Percent>19</b:Percent><c:TaxScheme>"
DUE = "<b:DueDate>2026-04-16</b:DueDate>"
SELLER_PLACE = (
    "<c:PostalAddress><c:Country><b:IdentificationCode>DE</b:IdentificationCode></c:Country></c:PostalAddress>"
)


@pytest.mark.parametrize(
    ("before", "after", "rule"),
    [
        (SELLER_PLACE, "", "BR-08: the seller has no postal address."),
        ("<b:IdentificationCode>DE</b:IdentificationCode>", "", "BR-09"),
        ("<c:PostalAddress><c:Country><b:IdentificationCode>FR</b:IdentificationCode></c:Country></c:PostalAddress>", "", "BR-10"),
        ("<b:IdentificationCode>FR</b:IdentificationCode>", "", "BR-11"),
        ("<b:TaxInclusiveAmount>124.95</b:TaxInclusiveAmount>", "", "BR-14"),
        ("<b:PayableAmount>100.00</b:PayableAmount>", "", "BR-15"),
        (DUE, DUE + "<c:PayeeParty><c:PartyIdentification/></c:PayeeParty>", "BR-17"),
        (DUE, DUE + "<c:TaxRepresentativeParty/>", "BR-56"),
        ("<c:InvoiceLine><b:ID>1</b:ID>", "<c:InvoiceLine>", "BR-21: line 1 has no number."),
        ('<b:InvoicedQuantity unitCode="EA">1</b:InvoicedQuantity>', "", "BR-22"),
        (' unitCode="EA"', "", "BR-23"),
        ("<b:Name>x</b:Name>", "", "BR-25"),
        ("<b:PriceAmount>100.00</b:PriceAmount>", "", "BR-26"),
        ("<b:PriceAmount>100.00", "<b:PriceAmount>-100.00", "BR-27"),
        (DUE, DUE + "<c:InvoicePeriod><b:StartDate>2026-03-31</b:StartDate><b:EndDate>2026-03-01</b:EndDate></c:InvoicePeriod>", "BR-29"),
        (DUE, DUE + "<c:InvoicePeriod/>", "BR-CO-19: the invoicing period has neither a first nor a last day."),
        ("<b:AllowanceChargeReason>Rebate</b:AllowanceChargeReason>", "", "BR-33: an allowance has no reason."),
        ("<b:AllowanceChargeReason>Freight</b:AllowanceChargeReason>", "", "BR-38"),
        ("<b:TaxableAmount>105.00</b:TaxableAmount>", "", "BR-45"),
        (GROUP, GROUP.replace("<b:Percent>19</b:Percent>", ""), "BR-48"),
        (DUE, DUE + "<c:PaymentMeans><b:PaymentMeansCode>58</b:PaymentMeansCode></c:PaymentMeans>", "BR-61"),
        (DUE, DUE + "<c:PaymentMeans><c:PayeeFinancialAccount/></c:PaymentMeans>", "BR-49"),
        (DUE, DUE + "<c:PaymentMeans><b:PaymentMeansCode>30</b:PaymentMeansCode><c:PayeeFinancialAccount/></c:PaymentMeans>", "BR-50"),
        (DUE, DUE + "<c:AdditionalDocumentReference/>", "BR-52"),
        (DUE, DUE + "<b:TaxCurrencyCode>SEK</b:TaxCurrencyCode>", "BR-53"),
        (DUE, DUE + "<c:BillingReference><c:InvoiceDocumentReference/></c:BillingReference>", "BR-55"),
        (DUE, DUE + "<c:Delivery><c:DeliveryLocation><c:Address/></c:DeliveryLocation></c:Delivery>", "BR-57"),
        (DUE, "", "BR-CO-25"),
        (DUE, DUE + "<b:TaxPointDate>2026-03-01</b:TaxPointDate><c:InvoicePeriod><b:DescriptionCode>3</b:DescriptionCode></c:InvoicePeriod>", "BR-CO-03"),
        (SELLER_PLACE, SELLER_PLACE + "<b:EndpointID>1</b:EndpointID>", "BR-62"),
        ("<b:Name>x</b:Name>", "<b:Name>x</b:Name><c:StandardItemIdentification><b:ID>4</b:ID></c:StandardItemIdentification>", "BR-64"),
        ("<b:Name>x</b:Name>", "<b:Name>x</b:Name><c:AdditionalItemProperty><b:Name>y</b:Name></c:AdditionalItemProperty>", "BR-54"),
        ("DE123456789", "123456789", "BR-CO-09"),
        (LINE_TAX, "", "BR-CO-04"),
        ("<b:PrepaidAmount>24.95", "<b:PrepaidAmount>24.950", "BR-DEC-16"),
        (SELLER_VAT, "", "BR-S-02: the seller's VAT number is missing."),
        (SELLER_VAT, "", "BR-CO-26"),
        (LINE_TAX, LINE_TAX.replace("19", "0"), "BR-S-05"),
        (LINE_TAX, LINE_TAX.replace("19", "7"), "BR-S-08: the taxable amount is stated as 105.00, but comes to 5.00."),
        (LINE_TAX, LINE_TAX.replace(">S<", ">E<"), "BR-E-01"),
        (LINE_TAX, LINE_TAX.replace(">S<", ">AE<"), "BR-AE-02: the buyer's VAT or registration number is missing"),
        (GROUP, GROUP.replace("<b:Percent>", "<b:TaxExemptionReason>none</b:TaxExemptionReason><b:Percent>"), "BR-S-10"),
        (GROUP, GROUP.replace(">S<", ">E<"), "BR-E-10: the reason why no VAT is charged is missing."),
        (GROUP, GROUP.replace(">S<", ">K<"), "BR-IC-11"),
        (GROUP, GROUP.replace(">S<", ">K<"), "BR-IC-12"),
        (GROUP, GROUP.replace(">S<", ">O<"), "BR-O-11"),
        (LINE_TAX, LINE_TAX.replace(">S<", ">O<"), "BR-O-02: a VAT number is given"),
        (LINE_TAX, LINE_TAX.replace(">S<", ">Z<"), "BR-Z-05: the rate must be 0, not 19."),
    ],
)  # fmt: skip
def test_a_broken_rule_is_named(before: str, after: str, rule: str) -> None:
    assert before in UBL
    assert rule in told(UBL.replace(before, after))


@pytest.mark.parametrize(
    ("before", "after", "rule"),
    [
        ("<m:CountryID>DE</m:CountryID>", "", "BR-09"),
        ("<m:LineID>1</m:LineID>", "", "BR-21"),
        ("<m:Name>x</m:Name>", "", "BR-25"),
        ('<m:ID schemeID="VA">DE123456789</m:ID>', "", "BR-S-02"),
        ("<m:SpecifiedTradePaymentTerms><m:Description>30 days</m:Description></m:SpecifiedTradePaymentTerms>", "", "BR-CO-25"),
        ("<m:CategoryCode>S</m:CategoryCode><m:BasisAmount>", "<m:CategoryCode>G</m:CategoryCode><m:BasisAmount>", "BR-G-10"),
        ("<m:BasisAmount>110.00", "<m:BasisAmount>112.00", "BR-S-08"),
    ],
)  # fmt: skip
def test_the_same_in_the_other_syntax(before: str, after: str, rule: str) -> None:
    assert before in CII
    assert rule in told(CII.replace(before, after))


def test_a_credit_note_needs_no_due_date() -> None:
    assert "BR-CO-25" not in told(UBL.replace(DUE, "").replace("<b:InvoiceTypeCode>380", "<b:InvoiceTypeCode>381"))
