"""Values that may stand once in an e-invoice and stand twice: two programs would read two invoices (spec C.1).

It stands in for the cardinalities of the schema files, for everything that we read; the order of elements is not checked,
because it changes no value.
"""

from collections.abc import Iterator

from pipeline.extract.einvoice_xml import Node, every, local

UBL_SUMS = (
    "LineExtensionAmount", "TaxExclusiveAmount", "TaxInclusiveAmount", "AllowanceTotalAmount", "ChargeTotalAmount",
    "PrepaidAmount", "PayableRoundingAmount", "PayableAmount",
)  # fmt: skip
UBL_LINE = {
    "": ("ID", "InvoicedQuantity", "CreditedQuantity", "LineExtensionAmount", "Item", "Price"),
    "/Price": ("PriceAmount", "BaseQuantity"),
    "/Item": ("Name", "SellersItemIdentification", "BuyersItemIdentification", "StandardItemIdentification"),
    "/AllowanceCharge": ("ChargeIndicator", "Amount"),
}
UBL: dict[str, tuple[str, ...]] = {
    "": (
        "ID", "IssueDate", "DueDate", "InvoiceTypeCode", "CreditNoteTypeCode", "DocumentCurrencyCode", "TaxCurrencyCode",
        "BuyerReference", "OrderReference", "AccountingSupplierParty", "AccountingCustomerParty", "PayeeParty",
        "LegalMonetaryTotal",
    ),
    "OrderReference": ("ID", "SalesOrderID"),
    "AccountingSupplierParty": ("Party",),
    "AccountingCustomerParty": ("Party",),
    "LegalMonetaryTotal": UBL_SUMS,
    "TaxTotal": ("TaxAmount",),
    "TaxTotal/TaxSubtotal": ("TaxableAmount", "TaxAmount", "TaxCategory"),
    "AllowanceCharge": ("ChargeIndicator", "Amount"),
    "PaymentMeans": ("PayeeFinancialAccount",),
    "PaymentMeans/PayeeFinancialAccount": ("ID",),
} | {f"{line}{path}": names for line in ("InvoiceLine", "CreditNoteLine") for path, names in UBL_LINE.items()}  # fmt: skip
TRADE = "SupplyChainTradeTransaction"
AGREEMENT, SETTLEMENT = f"{TRADE}/ApplicableHeaderTradeAgreement", f"{TRADE}/ApplicableHeaderTradeSettlement"
LINE = f"{TRADE}/IncludedSupplyChainTradeLineItem"
CII: dict[str, tuple[str, ...]] = {
    "": ("ExchangedDocument", "SupplyChainTradeTransaction"),
    "ExchangedDocument": ("ID", "TypeCode", "IssueDateTime"),
    TRADE: ("ApplicableHeaderTradeAgreement", "ApplicableHeaderTradeDelivery", "ApplicableHeaderTradeSettlement"),
    AGREEMENT: ("SellerTradeParty", "BuyerTradeParty", "BuyerOrderReferencedDocument"),
    SETTLEMENT: ("InvoiceCurrencyCode", "SpecifiedTradeSettlementHeaderMonetarySummation"),
    f"{SETTLEMENT}/SpecifiedTradeSettlementHeaderMonetarySummation": (
        "LineTotalAmount", "ChargeTotalAmount", "AllowanceTotalAmount", "TotalPrepaidAmount", "DuePayableAmount",
    ),
    f"{SETTLEMENT}/ApplicableTradeTax": ("CalculatedAmount", "BasisAmount", "CategoryCode", "RateApplicablePercent"),
    f"{SETTLEMENT}/SpecifiedTradeAllowanceCharge": ("ChargeIndicator", "ActualAmount"),
    LINE: ("AssociatedDocumentLineDocument", "SpecifiedTradeProduct", "SpecifiedLineTradeAgreement",
           "SpecifiedLineTradeDelivery", "SpecifiedLineTradeSettlement"),
    f"{LINE}/AssociatedDocumentLineDocument": ("LineID",),
    f"{LINE}/SpecifiedLineTradeAgreement": ("NetPriceProductTradePrice",),
    f"{LINE}/SpecifiedLineTradeAgreement/NetPriceProductTradePrice": ("ChargeAmount", "BasisQuantity"),
    f"{LINE}/SpecifiedLineTradeDelivery": ("BilledQuantity",),
    f"{LINE}/SpecifiedLineTradeSettlement/SpecifiedTradeSettlementLineMonetarySummation": ("LineTotalAmount",),
}  # fmt: skip


def repeated(root: Node) -> Iterator[str]:
    """One sentence for each element that stands twice where the standard allows it once."""
    for path, names in (CII if local(root).startswith("CrossIndustry") else UBL).items():
        for parent in every(root, path) if path else [root]:
            inside = [local(child) for child in parent]
            for name in names:
                if inside.count(name) > 1:
                    yield f"{name} stands {inside.count(name)} times in {local(parent)}, where it may stand once."
