"""E-invoices made on the spot."""

UBL = """<?xml version="1.0" encoding="UTF-8"?>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
<cbc:ID>INV-20417</cbc:ID><cbc:IssueDate>2026-03-14+01:00</cbc:IssueDate><cbc:DueDate>2026-04-13</cbc:DueDate>
<cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode><cbc:DocumentCurrencyCode>USD</cbc:DocumentCurrencyCode>
<cac:OrderReference><cbc:ID>4500118098</cbc:ID></cac:OrderReference>
<cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>INV-1</cbc:ID></cac:InvoiceDocumentReference></cac:BillingReference>
<cac:AccountingSupplierParty><cac:Party><cac:PartyName><cbc:Name>Northwind</cbc:Name></cac:PartyName>
<cac:PartyTaxScheme><cbc:CompanyID>123</cbc:CompanyID><cac:TaxScheme><cbc:ID>LOC</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>
<cac:PartyTaxScheme><cbc:CompanyID>DE123456789</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>
<cac:PartyLegalEntity><cbc:RegistrationName>Northwind Medical Supply, Inc.</cbc:RegistrationName></cac:PartyLegalEntity>
</cac:Party></cac:AccountingSupplierParty>
<cac:AccountingCustomerParty><cac:Party><cac:PartyIdentification><cbc:ID>591928</cbc:ID></cac:PartyIdentification>
<cac:PartyName><cbc:Name>Cedar Valley</cbc:Name></cac:PartyName></cac:Party></cac:AccountingCustomerParty>
<cac:Delivery><cac:DeliveryLocation><cbc:ID>FAC-03</cbc:ID></cac:DeliveryLocation></cac:Delivery>
<cac:AllowanceCharge><cbc:ChargeIndicator>true</cbc:ChargeIndicator><cbc:AllowanceChargeReason>Freight</cbc:AllowanceChargeReason>
<cbc:Amount currencyID="USD">10.00</cbc:Amount></cac:AllowanceCharge>
<cac:AllowanceCharge><cbc:ChargeIndicator>false</cbc:ChargeIndicator><cbc:AllowanceChargeReasonCode>95</cbc:AllowanceChargeReasonCode>
<cbc:Amount currencyID="USD">5.00</cbc:Amount></cac:AllowanceCharge>
<cac:TaxTotal><cbc:TaxAmount currencyID="USD">15.60</cbc:TaxAmount><cac:TaxSubtotal>
<cbc:TaxableAmount currencyID="USD">156.00</cbc:TaxableAmount><cbc:TaxAmount currencyID="USD">15.60</cbc:TaxAmount>
<cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>10</cbc:Percent></cac:TaxCategory></cac:TaxSubtotal></cac:TaxTotal>
<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">14.00</cbc:TaxAmount></cac:TaxTotal>
<cac:LegalMonetaryTotal><cbc:LineExtensionAmount currencyID="USD">151.00</cbc:LineExtensionAmount>
<cbc:TaxExclusiveAmount currencyID="USD">156.00</cbc:TaxExclusiveAmount><cbc:TaxInclusiveAmount currencyID="USD">171.60</cbc:TaxInclusiveAmount>
<cbc:PrepaidAmount currencyID="USD">71.60</cbc:PrepaidAmount><cbc:PayableAmount currencyID="USD">100.00</cbc:PayableAmount></cac:LegalMonetaryTotal>
<cac:InvoiceLine><cbc:ID>1</cbc:ID><cbc:InvoicedQuantity unitCode="BX">1200</cbc:InvoicedQuantity>
<cbc:LineExtensionAmount currencyID="USD">102.00</cbc:LineExtensionAmount>
<cac:OrderLineReference><cbc:LineID>10</cbc:LineID></cac:OrderLineReference>
<cac:Item><cbc:Name>Nitrile gloves</cbc:Name><cac:SellersItemIdentification><cbc:ID>NG-1</cbc:ID></cac:SellersItemIdentification>
<cac:ItemInstance><cbc:SerialID>SN9</cbc:SerialID><cac:LotIdentification><cbc:LotNumberID>LOT7</cbc:LotNumberID></cac:LotIdentification></cac:ItemInstance></cac:Item>
<cac:Price><cbc:PriceAmount currencyID="USD">8.50</cbc:PriceAmount><cbc:BaseQuantity>100</cbc:BaseQuantity></cac:Price></cac:InvoiceLine>
<cac:InvoiceLine><cbc:ID>2</cbc:ID><cbc:InvoicedQuantity unitCode="EA">4</cbc:InvoicedQuantity>
<cbc:LineExtensionAmount currencyID="USD">49.00</cbc:LineExtensionAmount>
<cac:AllowanceCharge><cbc:ChargeIndicator>false</cbc:ChargeIndicator><cbc:Amount currencyID="USD">1.00</cbc:Amount></cac:AllowanceCharge>
<cac:Item><cbc:Name>Gauze</cbc:Name></cac:Item><cac:Price><cbc:PriceAmount currencyID="USD">12.50</cbc:PriceAmount></cac:Price></cac:InvoiceLine>
</Invoice>"""

CII = """<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
 xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
 xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100">
<rsm:ExchangedDocument><ram:ID>R-77</ram:ID><ram:TypeCode>380</ram:TypeCode>
<ram:IssueDateTime><udt:DateTimeString format="102">20260314</udt:DateTimeString></ram:IssueDateTime></rsm:ExchangedDocument>
<rsm:SupplyChainTradeTransaction>
<ram:IncludedSupplyChainTradeLineItem><ram:AssociatedDocumentLineDocument><ram:LineID>0</ram:LineID>
<ram:IncludedNote><ram:Content>Thank you</ram:Content></ram:IncludedNote></ram:AssociatedDocumentLineDocument></ram:IncludedSupplyChainTradeLineItem>
<ram:IncludedSupplyChainTradeLineItem><ram:AssociatedDocumentLineDocument><ram:LineID>1</ram:LineID></ram:AssociatedDocumentLineDocument>
<ram:SpecifiedTradeProduct><ram:SellerAssignedID>K-9</ram:SellerAssignedID><ram:Name>Kanüle</ram:Name></ram:SpecifiedTradeProduct>
<ram:SpecifiedLineTradeAgreement><ram:NetPriceProductTradePrice><ram:ChargeAmount>2.5000</ram:ChargeAmount></ram:NetPriceProductTradePrice></ram:SpecifiedLineTradeAgreement>
<ram:SpecifiedLineTradeDelivery><ram:BilledQuantity unitCode="C62">40</ram:BilledQuantity></ram:SpecifiedLineTradeDelivery>
<ram:SpecifiedLineTradeSettlement><ram:SpecifiedTradeSettlementLineMonetarySummation><ram:LineTotalAmount>100.00</ram:LineTotalAmount></ram:SpecifiedTradeSettlementLineMonetarySummation></ram:SpecifiedLineTradeSettlement></ram:IncludedSupplyChainTradeLineItem>
<ram:ApplicableHeaderTradeAgreement><ram:SellerTradeParty><ram:Name>Muster GmbH</ram:Name>
<ram:SpecifiedTaxRegistration><ram:ID schemeID="FC">201/113</ram:ID></ram:SpecifiedTaxRegistration>
<ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">DE123456789</ram:ID></ram:SpecifiedTaxRegistration></ram:SellerTradeParty>
<ram:BuyerTradeParty><ram:ID>GE2020</ram:ID><ram:Name>Klinik AG</ram:Name></ram:BuyerTradeParty></ram:ApplicableHeaderTradeAgreement>
<ram:ApplicableHeaderTradeDelivery/>
<ram:ApplicableHeaderTradeSettlement><ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>
<ram:ApplicableTradeTax><ram:CalculatedAmount>19.00</ram:CalculatedAmount><ram:BasisAmount>100.00</ram:BasisAmount>
<ram:CategoryCode>S</ram:CategoryCode><ram:RateApplicablePercent>19</ram:RateApplicablePercent></ram:ApplicableTradeTax>
<ram:SpecifiedTradeSettlementHeaderMonetarySummation><ram:LineTotalAmount>100.00</ram:LineTotalAmount>
<ram:TaxBasisTotalAmount>100.00</ram:TaxBasisTotalAmount><ram:TaxTotalAmount currencyID="EUR">19.00</ram:TaxTotalAmount>
<ram:GrandTotalAmount>119.00</ram:GrandTotalAmount><ram:DuePayableAmount>119.00</ram:DuePayableAmount>
</ram:SpecifiedTradeSettlementHeaderMonetarySummation></ram:ApplicableHeaderTradeSettlement>
</rsm:SupplyChainTradeTransaction></rsm:CrossIndustryInvoice>"""

SEGMENTS = """ST*810*0001
BIG*20260304*SI620470*20260212*4500118098***DI
CUR*SE*USD
REF*AP*6813432
N1*SE*BRIGHTWATER MEDICAL*92*SUP-101
REF*TJ*74-7716846
N1*BT*CEDAR VALLEY MEDICAL CENTER
N1*ST*CEDAR VALLEY MEDICAL CENTER*92*FAC-01
N3*1200 HOSPITAL DRIVE
N1*RI*FIRST BANK
REF*AP*99999
ITD*01*3*2**10*20260418
IT1*1*30*CS*42.75*HP*VC*BMD-10830*IN*100235*PO*4500118098
PID*F****GAUZE SPONGE
SAC*C*D240***100
REF*LT*L77
IT1*2*12*EA*45.55**VC*BMD-4144
TXI*ST*5.00*8
TDS*{total}
CAD*M****UPSN**BM*1Z999
SAC*C*D240***1500*******03***FREIGHT
SAC*N*F050***99999
CTT*2
SE*{count}*0001"""


def x12(
    total: str = "58043", count: int | None = None, separators: str = "*~", iea: bool = True, body: str = ""
) -> bytes:
    """An 810 in an interchange; 12.83 + 1.00 + 546.60 + 5.00 tax + 15.00 freight = 580.43."""
    element, end = separators
    lines = (body or SEGMENTS).split("\n")
    real = len(lines) if count is None else count
    head = "ISA*00*          *00*          *ZZ*SUP-101        *ZZ*CEDARVALLEY    *260316*0830*U*00401*000000021*0*P*>"
    inner = ["GS*IN*S*C*20260316*0830*21*X*004010", *lines, "GE*1*21", *(["IEA*1*000000021"] if iea else [])]
    text = "~".join([head, *inner, ""]).format(total=total, count=real)
    return text.replace("~", "\0").replace("*", element).replace("\0", end).encode()
