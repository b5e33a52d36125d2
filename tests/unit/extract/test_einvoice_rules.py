"""EN 16931: a broken rule is named; an invoice that keeps them, or does not claim the standard, passes."""

import pytest

from pipeline.extract.einvoice import read_einvoice

UBL = """<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2" xmlns:c="urn:c" xmlns:b="urn:b">
<b:CustomizationID>urn:cen.eu:en16931:2017</b:CustomizationID><b:ID>7</b:ID><b:IssueDate>2026-03-16</b:IssueDate>
<b:InvoiceTypeCode>380</b:InvoiceTypeCode><b:DocumentCurrencyCode>EUR</b:DocumentCurrencyCode>
<b:DueDate>2026-04-16</b:DueDate>
<c:AccountingSupplierParty><c:Party><c:PostalAddress><c:Country><b:IdentificationCode>DE</b:IdentificationCode></c:Country></c:PostalAddress>
<c:PartyTaxScheme><b:CompanyID>DE123456789</b:CompanyID><c:TaxScheme><b:ID>VAT</b:ID></c:TaxScheme></c:PartyTaxScheme><c:PartyLegalEntity><b:RegistrationName>S</b:RegistrationName></c:PartyLegalEntity></c:Party></c:AccountingSupplierParty>
<c:AccountingCustomerParty><c:Party><c:PostalAddress><c:Country><b:IdentificationCode>FR</b:IdentificationCode></c:Country></c:PostalAddress><c:PartyLegalEntity><b:RegistrationName>B</b:RegistrationName></c:PartyLegalEntity></c:Party></c:AccountingCustomerParty>
<c:AllowanceCharge><b:ChargeIndicator>true</b:ChargeIndicator><b:AllowanceChargeReason>Freight</b:AllowanceChargeReason><c:TaxCategory><b:ID>S</b:ID><b:Percent>19.0</b:Percent></c:TaxCategory><b:Amount>10.00</b:Amount></c:AllowanceCharge>
<c:AllowanceCharge><b:ChargeIndicator>false</b:ChargeIndicator><b:AllowanceChargeReason>Rebate</b:AllowanceChargeReason><c:TaxCategory><b:ID>S</b:ID><b:Percent>19</b:Percent></c:TaxCategory><b:Amount>5.00</b:Amount></c:AllowanceCharge>
<c:TaxTotal><b:TaxAmount currencyID="EUR">19.95</b:TaxAmount><c:TaxSubtotal><b:TaxableAmount>105.00</b:TaxableAmount>
<b:TaxAmount>19.95</b:TaxAmount><c:TaxCategory><b:ID>S</b:ID><b:Percent>19</b:Percent><c:TaxScheme><b:ID>VAT</b:ID></c:TaxScheme></c:TaxCategory></c:TaxSubtotal></c:TaxTotal>
<c:LegalMonetaryTotal><b:LineExtensionAmount>100.00</b:LineExtensionAmount><b:TaxExclusiveAmount>105.00</b:TaxExclusiveAmount>
<b:TaxInclusiveAmount>124.95</b:TaxInclusiveAmount><b:AllowanceTotalAmount>5.00</b:AllowanceTotalAmount>
<b:ChargeTotalAmount>10.00</b:ChargeTotalAmount><b:PrepaidAmount>24.95</b:PrepaidAmount><b:PayableAmount>100.00</b:PayableAmount></c:LegalMonetaryTotal>
<c:InvoiceLine><b:ID>1</b:ID><b:InvoicedQuantity unitCode="EA">1</b:InvoicedQuantity><b:LineExtensionAmount>100.00</b:LineExtensionAmount>
<c:Item><b:Name>x</b:Name><c:ClassifiedTaxCategory><b:ID>S</b:ID><b:Percent>19</b:Percent></c:ClassifiedTaxCategory></c:Item><c:Price><b:PriceAmount>100.00</b:PriceAmount></c:Price></c:InvoiceLine></Invoice>"""

CII = """<r:CrossIndustryInvoice xmlns:r="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100" xmlns:m="urn:m">
<r:ExchangedDocumentContext><m:GuidelineSpecifiedDocumentContextParameter><m:ID>urn:cen.eu:en16931:2017</m:ID></m:GuidelineSpecifiedDocumentContextParameter></r:ExchangedDocumentContext>
<r:ExchangedDocument><m:ID>7</m:ID><m:TypeCode>380</m:TypeCode><m:IssueDateTime><m:DateTimeString>20260316</m:DateTimeString></m:IssueDateTime></r:ExchangedDocument>
<r:SupplyChainTradeTransaction><m:IncludedSupplyChainTradeLineItem><m:AssociatedDocumentLineDocument><m:LineID>1</m:LineID></m:AssociatedDocumentLineDocument>
<m:SpecifiedTradeProduct><m:Name>x</m:Name></m:SpecifiedTradeProduct><m:SpecifiedLineTradeAgreement><m:NetPriceProductTradePrice><m:ChargeAmount>100.00</m:ChargeAmount></m:NetPriceProductTradePrice></m:SpecifiedLineTradeAgreement>
<m:SpecifiedLineTradeDelivery><m:BilledQuantity unitCode="EA">1</m:BilledQuantity></m:SpecifiedLineTradeDelivery>
<m:SpecifiedLineTradeSettlement><m:ApplicableTradeTax><m:CategoryCode>S</m:CategoryCode><m:RateApplicablePercent>19</m:RateApplicablePercent></m:ApplicableTradeTax><m:SpecifiedTradeSettlementLineMonetarySummation>
<m:LineTotalAmount>100.00</m:LineTotalAmount></m:SpecifiedTradeSettlementLineMonetarySummation></m:SpecifiedLineTradeSettlement></m:IncludedSupplyChainTradeLineItem>
<m:ApplicableHeaderTradeAgreement><m:SellerTradeParty><m:Name>S</m:Name><m:PostalTradeAddress><m:CountryID>DE</m:CountryID></m:PostalTradeAddress>
<m:SpecifiedTaxRegistration><m:ID schemeID="VA">DE123456789</m:ID></m:SpecifiedTaxRegistration></m:SellerTradeParty>
<m:BuyerTradeParty><m:Name>B</m:Name><m:PostalTradeAddress><m:CountryID>FR</m:CountryID></m:PostalTradeAddress></m:BuyerTradeParty></m:ApplicableHeaderTradeAgreement>
<m:ApplicableHeaderTradeSettlement><m:InvoiceCurrencyCode>EUR</m:InvoiceCurrencyCode>
<m:ApplicableTradeTax><m:CalculatedAmount>20.90</m:CalculatedAmount><m:CategoryCode>S</m:CategoryCode><m:BasisAmount>110.00</m:BasisAmount><m:RateApplicablePercent>19</m:RateApplicablePercent></m:ApplicableTradeTax>
<m:SpecifiedLogisticsServiceCharge><m:AppliedAmount>10.00</m:AppliedAmount><m:AppliedTradeTax><m:CategoryCode>S</m:CategoryCode><m:RateApplicablePercent>19</m:RateApplicablePercent></m:AppliedTradeTax></m:SpecifiedLogisticsServiceCharge>
<m:SpecifiedTradePaymentTerms><m:Description>30 days</m:Description></m:SpecifiedTradePaymentTerms><m:SpecifiedTradeSettlementHeaderMonetarySummation><m:LineTotalAmount>100.00</m:LineTotalAmount><m:ChargeTotalAmount>10.00</m:ChargeTotalAmount>
<m:TaxBasisTotalAmount>110.00</m:TaxBasisTotalAmount><m:TaxTotalAmount currencyID="EUR">20.90</m:TaxTotalAmount>
<m:GrandTotalAmount>130.90</m:GrandTotalAmount><m:DuePayableAmount>130.90</m:DuePayableAmount></m:SpecifiedTradeSettlementHeaderMonetarySummation>
</m:ApplicableHeaderTradeSettlement></r:SupplyChainTradeTransaction></r:CrossIndustryInvoice>"""


def told(xml: str) -> str:
    reading = read_einvoice(xml.encode())
    assert reading is not None
    return " ".join(sentence for code, sentence in reading.findings if code == "DOC_MALFORMED_EINVOICE")


@pytest.mark.parametrize("xml", [UBL, CII])
def test_an_invoice_that_keeps_the_rules_has_no_finding(xml: str) -> None:
    assert told(xml) == ""


@pytest.mark.parametrize(
    ("before", "after", "rule"),
    [
        ("<b:LineExtensionAmount>100.00</b:LineExtensionAmount><b:TaxEx", "<b:LineExtensionAmount>99.00</b:LineExtensionAmount><b:TaxEx", "BR-CO-10: the sum of the lines is stated as 99.00, but comes to 100.00."),
        ("<b:AllowanceTotalAmount>5.00", "<b:AllowanceTotalAmount>6.00", "BR-CO-11"),
        ("<b:ChargeTotalAmount>10.00", "<b:ChargeTotalAmount>11.00", "BR-CO-12"),
        ("<b:TaxExclusiveAmount>105.00", "<b:TaxExclusiveAmount>104.00", "BR-CO-13"),
        ('<b:TaxAmount currencyID="EUR">19.95', '<b:TaxAmount currencyID="EUR">19.96', "BR-CO-14"),
        ("<b:TaxInclusiveAmount>124.95", "<b:TaxInclusiveAmount>124.96", "BR-CO-15"),
        ("<b:PayableAmount>100.00", "<b:PayableAmount>124.95", "BR-CO-16"),
        ("<b:Percent>19", "<b:Percent>7", "BR-CO-17"),
        ("<b:ID>7</b:ID>", "", "BR-02: the invoice number is missing."),
        ("<b:IssueDate>2026-03-16</b:IssueDate>", "", "BR-03"),
        ("<b:RegistrationName>S</b:RegistrationName>", "", "BR-06"),
        ("InvoiceLine>", "OtherLine>", "BR-16"),
    ],
)  # fmt: skip
def test_a_broken_rule_is_named(before: str, after: str, rule: str) -> None:
    assert before in UBL
    assert rule in told(UBL.replace(before, after))


@pytest.mark.parametrize(
    ("before", "after", "rule"),
    [("130.90</m:Due", "30.90</m:Due", "BR-CO-16"), ("20.90</m:Calc", "90.90</m:Calc", "BR-CO-17")],
)
def test_the_same_in_cii(before: str, after: str, rule: str) -> None:
    assert rule in told(CII.replace(before, after))


def test_an_invoice_that_does_not_claim_the_standard_need_not_keep_it() -> None:
    assert (
        told(
            UBL.replace("urn:cen.eu:en16931:2017", "urn:us:own").replace(
                "<b:PayableAmount>100.00", "<b:PayableAmount>1.00"
            )
        )
        == ""
    )
