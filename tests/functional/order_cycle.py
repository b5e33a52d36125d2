"""A whole cycle of one order in UBL: 100 ordered, 90 received, 100 billed; made by hand after the published examples."""

UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
PARTY = (
    "<c:Party><c:PartyName><b:Name>{name}</b:Name></c:PartyName>"
    "<c:PartyTaxScheme><b:CompanyID>{tax}</b:CompanyID><c:TaxScheme><b:ID>VAT</b:ID></c:TaxScheme></c:PartyTaxScheme></c:Party>"
)
SELLER = PARTY.format(name="Harbor Medical Supply Inc.", tax="12-3456789")
BUYER = PARTY.format(name="General Hospital", tax="98-7654321")
ITEM = "<c:Item><b:Name>Saline 0.9 % 1 l</b:Name><c:SellersItemIdentification><b:ID>S-900</b:ID></c:SellersItemIdentification></c:Item>"


def document(kind: str, body: str) -> bytes:
    return (
        f'<?xml version="1.0"?><{kind} xmlns="{UBL}{kind}-2" xmlns:b="{UBL}CommonBasicComponents-2" '
        f'xmlns:c="{UBL}CommonAggregateComponents-2">{body}</{kind}>'
    ).encode()


def order(number: str = "PO-77001", quantity: str = "100") -> bytes:
    return document(
        "Order",
        f"<b:ID>{number}</b:ID><b:IssueDate>2026-02-20</b:IssueDate><b:DocumentCurrencyCode>USD</b:DocumentCurrencyCode>"
        f"<c:SellerSupplierParty>{SELLER}</c:SellerSupplierParty><c:OrderLine><c:LineItem><b:ID>1</b:ID>"
        f'<b:Quantity unitCode="EA">{quantity}</b:Quantity><c:Price><b:PriceAmount currencyID="USD">10.00</b:PriceAmount></c:Price>'
        f"{ITEM}</c:LineItem></c:OrderLine>",
    )


def receipt(number: str = "R-1", quantity: str = "90", po: str = "PO-77001") -> bytes:
    return document(
        "ReceiptAdvice",
        f"<b:ID>{number}</b:ID><b:IssueDate>2026-02-27</b:IssueDate><c:OrderReference><b:ID>{po}</b:ID></c:OrderReference>"
        f'<c:ReceiptLine><b:ID>1</b:ID><b:ReceivedQuantity unitCode="EA">{quantity}</b:ReceivedQuantity>'
        f"<c:OrderLineReference><b:LineID>1</b:LineID></c:OrderLineReference></c:ReceiptLine>",
    )


def despatch(po: str = "PO-77001") -> bytes:
    return document(
        "DespatchAdvice",
        f"<b:ID>D-1</b:ID><b:IssueDate>2026-02-25</b:IssueDate><c:OrderReference><b:ID>{po}</b:ID></c:OrderReference>"
        f"<c:DespatchSupplierParty>{SELLER}</c:DespatchSupplierParty><c:DespatchLine><b:ID>1</b:ID>"
        f'<b:DeliveredQuantity unitCode="EA">100</b:DeliveredQuantity>'
        f"<c:OrderLineReference><b:LineID>1</b:LineID></c:OrderLineReference>{ITEM}</c:DespatchLine>",
    )


def invoice(number: str = "HM-1", quantity: str = "100", total: str = "1000.00", po: str = "PO-77001") -> bytes:
    return document(
        "Invoice",
        f"<b:ID>{number}</b:ID><b:IssueDate>2026-03-02</b:IssueDate><b:InvoiceTypeCode>380</b:InvoiceTypeCode>"
        f"<b:DocumentCurrencyCode>USD</b:DocumentCurrencyCode><c:OrderReference><b:ID>{po}</b:ID></c:OrderReference>"
        f"<c:AccountingSupplierParty>{SELLER}</c:AccountingSupplierParty>"
        f"<c:AccountingCustomerParty>{BUYER}</c:AccountingCustomerParty>"
        '<c:TaxTotal><b:TaxAmount currencyID="USD">0.00</b:TaxAmount></c:TaxTotal>'
        f'<c:LegalMonetaryTotal><b:LineExtensionAmount currencyID="USD">{total}</b:LineExtensionAmount>'
        f'<b:TaxExclusiveAmount currencyID="USD">{total}</b:TaxExclusiveAmount>'
        f'<b:TaxInclusiveAmount currencyID="USD">{total}</b:TaxInclusiveAmount>'
        f'<b:PayableAmount currencyID="USD">{total}</b:PayableAmount></c:LegalMonetaryTotal>'
        f'<c:InvoiceLine><b:ID>1</b:ID><b:InvoicedQuantity unitCode="EA">{quantity}</b:InvoicedQuantity>'
        f'<b:LineExtensionAmount currencyID="USD">{total}</b:LineExtensionAmount>'
        f"<c:OrderLineReference><b:LineID>1</b:LineID></c:OrderLineReference>{ITEM}"
        '<c:Price><b:PriceAmount currencyID="USD">10.00</b:PriceAmount></c:Price></c:InvoiceLine>',
    )
