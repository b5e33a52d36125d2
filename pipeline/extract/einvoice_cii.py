"""CII to a reading (spec A.1-A.4, column CII): Factur-X, ZUGFeRD 1.0 and 2.x, XRechnung, Order-X is told apart."""

from decimal import Decimal

from pipeline.domain.reading import ReadCharge, Reading, ReadLine, ReadTax, Source
from pipeline.extract.einvoice_charges import charge_type
from pipeline.extract.einvoice_draft import Draft, kind_of, plain
from pipeline.extract.einvoice_xml import Node, every, first, number, text, texts

ZERO = Decimal(0)
TRADE = ("SupplyChainTradeTransaction", "SpecifiedSupplyChainTradeTransaction")
AGREEMENT = ("ApplicableHeaderTradeAgreement", "ApplicableSupplyChainTradeAgreement")
DELIVERY = ("ApplicableHeaderTradeDelivery", "ApplicableSupplyChainTradeDelivery")
SETTLEMENT = ("ApplicableHeaderTradeSettlement", "ApplicableSupplyChainTradeSettlement")
SUMS = ("SpecifiedTradeSettlementHeaderMonetarySummation", "SpecifiedTradeSettlementMonetarySummation")
LINE_SUMS = ("SpecifiedTradeSettlementLineMonetarySummation", "SpecifiedTradeSettlementMonetarySummation")
LINE_AGREEMENT = ("SpecifiedLineTradeAgreement", "SpecifiedSupplyChainTradeAgreement")
LINE_DELIVERY = ("SpecifiedLineTradeDelivery", "SpecifiedSupplyChainTradeDelivery")
LINE_SETTLEMENT = ("SpecifiedLineTradeSettlement", "SpecifiedSupplyChainTradeSettlement")


def read_cii(root: Node) -> Reading:
    """Everything a cross-industry invoice says. Malformed values become findings, never guesses."""
    draft = Draft(Source.XML)
    head = first(root, "ExchangedDocument", "HeaderExchangedDocument")
    trade = first(root, *TRADE)
    agreement, delivery, settlement = first(trade, *AGREEMENT), first(trade, *DELIVERY), first(trade, *SETTLEMENT)
    _head(draft, head, agreement, delivery, settlement)
    _parties(draft, agreement, delivery, settlement)
    _money(draft, settlement)
    for node in every(trade, "IncludedSupplyChainTradeLineItem"):
        if _counts(node):
            draft.lines.append(_line(draft, node))
    kind, kind_type = kind_of(text(head, "TypeCode"))
    return draft.done(kind, kind_type, "cii")


def _head(
    draft: Draft, head: Node | None, agreement: Node | None, delivery: Node | None, settlement: Node | None
) -> None:
    draft.put("invoice_number", text(head, "ID"))
    draft.put_day("invoice_date", head, "IssueDateTime/DateTimeString", "IssueDateTime/DateTime")
    terms = every(settlement, "SpecifiedTradePaymentTerms")
    for node in terms:
        draft.put_day("due_date", node, "DueDateDateTime/DateTimeString", "DueDateDateTime/DateTime")
    draft.put("terms", " ".join(t for node in terms for t in texts(node, "Description")) or None)
    draft.put("currency", (text(settlement, "InvoiceCurrencyCode") or "").upper() or None)
    draft.put("po_number", _document(agreement, "BuyerOrderReferencedDocument"))
    draft.put("sales_order", _document(agreement, "SellerOrderReferencedDocument"))
    draft.put("contract_ref", _document(agreement, "ContractReferencedDocument"))
    draft.put("buyer_reference", text(agreement, "BuyerReference"))
    draft.put("despatch_ref", _document(delivery, "DespatchAdviceReferencedDocument"))
    draft.put("despatch_ref", _document(delivery, "DeliveryNoteReferencedDocument"))
    draft.put("receipt_ref", _document(delivery, "ReceivingAdviceReferencedDocument"))
    draft.put("references_invoice", _document(settlement, "InvoiceReferencedDocument"))
    event = first(delivery, "ActualDeliverySupplyChainEvent", "ActualDespatchSupplyChainEvent")
    draft.put_day("delivery_date", event, "OccurrenceDateTime/DateTimeString")
    draft.put_day("period_start", settlement, "BillingSpecifiedPeriod/StartDateTime/DateTimeString")
    draft.put_day("period_end", settlement, "BillingSpecifiedPeriod/EndDateTime/DateTimeString")
    draft.put("invoice_type_code", text(head, "TypeCode"))
    means = first(settlement, "SpecifiedTradeSettlementPaymentMeans")
    draft.put(
        "bank_account",
        text(means, "PayeePartyCreditorFinancialAccount/IBANID", "PayeePartyCreditorFinancialAccount/ProprietaryID"),
    )
    draft.put("bank_routing", text(means, "PayeeSpecifiedCreditorFinancialInstitution/BICID"))


def _document(node: Node | None, name: str) -> str | None:
    return text(node, f"{name}/IssuerAssignedID", f"{name}/ID")


def _parties(draft: Draft, agreement: Node | None, delivery: Node | None, settlement: Node | None) -> None:
    seller, buyer = first(agreement, "SellerTradeParty"), first(agreement, "BuyerTradeParty")
    draft.put("supplier_name", text(seller, "Name", "SpecifiedLegalOrganization/TradingBusinessName"))
    draft.put("supplier_trade_name", text(seller, "SpecifiedLegalOrganization/TradingBusinessName"))
    draft.put("supplier_tax_id", _tax_id(seller))
    draft.put("supplier_address", _address(seller))
    draft.put("supplier_ids", " ".join(texts(seller, "ID", "GlobalID", "SpecifiedLegalOrganization/ID")))
    draft.put("buyer_name", text(buyer, "Name", "SpecifiedLegalOrganization/TradingBusinessName"))
    draft.put("buyer_tax_id", _tax_id(buyer))
    draft.put("bill_to", _address(buyer))
    draft.put("account_no", text(buyer, "ID"))
    draft.put("remit_to", text(settlement, "PayeeTradeParty/Name", "PayeeTradeParty/ID"))
    place = first(delivery, "ShipToTradeParty")
    draft.put("ship_to_name", text(place, "Name"))
    parts = ", ".join(filter(None, (text(place, "Name"), _address(place))))
    draft.put("ship_to", text(place, "GlobalID", "ID") or parts or None)


def _tax_id(party: Node | None) -> str | None:
    """The VAT number (scheme VA) before the tax office's number (FC)."""
    registrations = every(party, "SpecifiedTaxRegistration/ID")
    for node in sorted(registrations, key=lambda n: n.get("schemeID") != "VA"):
        if (node.text or "").strip():
            return " ".join((node.text or "").split())
    return text(party, "SpecifiedLegalOrganization/ID")


def _address(party: Node | None) -> str | None:
    node = first(party, "PostalTradeAddress")
    street = " ".join(texts(node, "LineOne", "LineTwo", "LineThree"))
    town = " ".join(texts(node, "PostcodeCode", "CityName", "CountrySubDivisionName"))
    return ", ".join(filter(None, (street, town, text(node, "CountryID")))) or None


def _money(draft: Draft, settlement: Node | None) -> None:
    sums = first(settlement, *SUMS)
    draft.put_amount("subtotal", sums, "LineTotalAmount", "TaxBasisTotalAmount")
    draft.put_amount("net_total", sums, "TaxBasisTotalAmount")
    draft.put_amount("total", sums, "GrandTotalAmount")
    draft.put_amount("prepaid", sums, "TotalPrepaidAmount")
    draft.put_amount("rounding", sums, "RoundingAmount")
    draft.put_amount("amount_due", sums, "DuePayableAmount")
    _tax_total(draft, sums)
    for node in every(settlement, "ApplicableTradeTax"):
        base, amount = draft.amount(node, "BasisAmount"), draft.amount(node, "CalculatedAmount")
        if base is not None and amount is not None:
            rate = draft.amount(node, "RateApplicablePercent", "ApplicablePercent") or ZERO
            draft.taxes.append(ReadTax(base, rate, amount, text(node, "CategoryCode") or "S"))
    rates = {tax.rate for tax in draft.taxes}
    if len(rates) == 1:
        draft.put("tax_rate", plain(rates.pop()))
    _charges(draft, settlement)


def _tax_total(draft: Draft, sums: Node | None) -> None:
    """The tax total in the document's currency, not the one in the tax currency (BT-111)."""
    currency = draft.fields["currency"].value if "currency" in draft.fields else None
    totals = every(sums, "TaxTotalAmount")
    own = [node for node in totals if node.get("currencyID") in (None, currency)] or totals
    if own:
        value = number(own[0].text)
        if value is None:
            draft.problems.append(f"“{(own[0].text or '')[:40]}” in TaxTotalAmount is no number.")
        else:
            draft.put("tax_total", plain(value))


def _charges(draft: Draft, settlement: Node | None) -> None:
    for node in every(settlement, "SpecifiedTradeAllowanceCharge"):
        amount = draft.amount(node, "ActualAmount")
        if amount is not None:
            is_charge = _is_charge(node)
            draft.charges.append(
                ReadCharge(charge_type(text(node, "ReasonCode"), text(node, "Reason"), is_charge), amount, is_charge)
            )
    for node in every(settlement, "SpecifiedLogisticsServiceCharge"):
        amount = draft.amount(node, "AppliedAmount")
        if amount is not None:
            kind = charge_type("FC", text(node, "Description"), True)
            draft.charges.append(ReadCharge(kind, amount, True))


def _is_charge(node: Node) -> bool:
    return (text(node, "ChargeIndicator/Indicator", "ChargeIndicator") or "").lower() in ("true", "1")


def _counts(node: Node) -> bool:
    """Group and information lines repeat what their detail lines say (EXTENDED profile); notes bill nothing."""
    status = (text(node, "AssociatedDocumentLineDocument/LineStatusReasonCode") or "").upper()
    if status in ("GROUP", "INFORMATION"):
        return False
    settlement = first(node, *LINE_SETTLEMENT)
    billed = text(first(node, *LINE_DELIVERY), "BilledQuantity")
    return billed is not None or text(first(settlement, *LINE_SUMS), "LineTotalAmount") is not None


def _line(draft: Draft, node: Node) -> ReadLine:
    product = first(node, "SpecifiedTradeProduct")
    agreement, delivery = first(node, *LINE_AGREEMENT), first(node, *LINE_DELIVERY)
    settlement = first(node, *LINE_SETTLEMENT)
    price = first(agreement, "NetPriceProductTradePrice")
    if price is None:
        price = _gross(agreement)
    quantity = first(delivery, "BilledQuantity")
    number_ = text(node, "AssociatedDocumentLineDocument/LineID")
    base = draft.amount(price, "BasisQuantity")
    if base is not None and base <= 0:
        draft.problems.append(f"Line {number_} has a price base quantity of {base}.")
        base = None
    instances = every(product, "IndividualTradeProductInstance")
    return ReadLine(
        description=text(product, "Name", "Description")
        or text(node, "AssociatedDocumentLineDocument/IncludedNote/Content")
        or "",
        sku=text(product, "SellerAssignedID"),
        quantity=draft.amount(delivery, "BilledQuantity"),
        unit=quantity.get("unitCode") if quantity is not None else None,
        unit_price=draft.amount(price, "ChargeAmount"),
        line_total=draft.amount(first(settlement, *LINE_SUMS), "LineTotalAmount"),
        no=number_,
        po_number=_document(agreement, "BuyerOrderReferencedDocument"),
        po_line=text(agreement, "BuyerOrderReferencedDocument/LineID"),
        buyer_item=text(product, "BuyerAssignedID"),
        gtin=text(product, "GlobalID"),
        price_base_qty=base or Decimal(1),
        allowance=_extras(draft, settlement, charge=False),
        charge=_extras(draft, settlement, charge=True),
        tax_rate=draft.amount(
            settlement, "ApplicableTradeTax/RateApplicablePercent", "ApplicableTradeTax/ApplicablePercent"
        ),
        serials=tuple(value for one in instances for value in texts(one, "SupplierAssignedSerialID")),
        lots=tuple(value for one in instances for value in texts(one, "BatchID")),
        source=Source.XML,
    )


def _gross(agreement: Node | None) -> Node | None:
    """The gross price stands in only where no net price and no discount on it is given."""
    gross = first(agreement, "GrossPriceProductTradePrice")
    return gross if gross is not None and not every(gross, "AppliedTradeAllowanceCharge") else None


def _extras(draft: Draft, settlement: Node | None, *, charge: bool) -> Decimal:
    found = ZERO
    for extra in every(settlement, "SpecifiedTradeAllowanceCharge"):
        if _is_charge(extra) == charge:
            found += draft.amount(extra, "ActualAmount") or ZERO
    return found
