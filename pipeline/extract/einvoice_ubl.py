"""UBL Invoice and CreditNote 2.x to a reading (spec A.1-A.4, column UBL), Peppol, XRechnung, NLCIUS, A-NZ alike."""

from decimal import Decimal

from pipeline.domain.reading import ReadCharge, Reading, ReadLine, ReadTax, Source
from pipeline.extract.einvoice_charges import charge_type
from pipeline.extract.einvoice_draft import Draft, kind_of, plain
from pipeline.extract.einvoice_xml import Node, every, first, local, text, texts

ZERO = Decimal(0)
# Peppol asks for an order reference even where there is none.
NO_ORDER = frozenset({"NA", "N/A", "NONE", "0", "-"})


def read_ubl(root: Node) -> Reading:
    """Everything a UBL invoice or credit note says. Malformed values become findings, never guesses."""
    draft = Draft(Source.XML)
    credit = local(root) == "CreditNote"
    code = text(root, "InvoiceTypeCode", "CreditNoteTypeCode")
    _head(draft, root)
    _parties(draft, root)
    _money(draft, root)
    for node in every(root, "CreditNoteLine" if credit else "InvoiceLine"):
        draft.lines.append(_line(draft, node))
    kind, kind_type = kind_of(code, credit)
    return draft.done(kind, kind_type, "ubl")


def _head(draft: Draft, root: Node) -> None:
    draft.put("invoice_number", text(root, "ID"))
    draft.put_day("invoice_date", root, "IssueDate")
    draft.put_day("due_date", root, "DueDate", "PaymentMeans/PaymentDueDate", "PaymentTerms/PaymentDueDate")
    draft.put("currency", (text(root, "DocumentCurrencyCode") or "").upper() or None)
    order = text(root, "OrderReference/ID")
    draft.put("po_number", order if order and order.upper() not in NO_ORDER else None)
    draft.put("sales_order", text(root, "OrderReference/SalesOrderID"))
    draft.put("contract_ref", text(root, "ContractDocumentReference/ID"))
    draft.put("despatch_ref", text(root, "DespatchDocumentReference/ID"))
    draft.put("receipt_ref", text(root, "ReceiptDocumentReference/ID"))
    draft.put("buyer_reference", text(root, "BuyerReference"))
    draft.put(
        "references_invoice",
        text(root, "BillingReference/InvoiceDocumentReference/ID", "BillingReference/CreditNoteDocumentReference/ID"),
    )
    draft.put_day("period_start", root, "InvoicePeriod/StartDate")
    draft.put_day("period_end", root, "InvoicePeriod/EndDate")
    draft.put_day("delivery_date", root, "Delivery/ActualDeliveryDate")
    draft.put_day("tax_point_date", root, "TaxPointDate")
    draft.put("terms", " ".join(texts(root, "PaymentTerms/Note")) or None)
    draft.put("invoice_type_code", text(root, "InvoiceTypeCode", "CreditNoteTypeCode"))
    means = first(root, "PaymentMeans/PayeeFinancialAccount")
    draft.put("bank_account", text(means, "ID"))
    draft.put(
        "bank_routing",
        text(means, "FinancialInstitutionBranch/ID", "FinancialInstitutionBranch/FinancialInstitution/ID"),
    )


def _parties(draft: Draft, root: Node) -> None:
    seller = first(root, "AccountingSupplierParty/Party", "SellerSupplierParty/Party")
    draft.put("supplier_name", _name(seller))
    draft.put("supplier_trade_name", text(seller, "PartyName/Name"))
    draft.put("supplier_tax_id", _tax_id(seller))
    draft.put("supplier_address", _address(first(seller, "PostalAddress")))
    draft.put(
        "supplier_ids", " ".join(texts(seller, "EndpointID", "PartyIdentification/ID", "PartyLegalEntity/CompanyID"))
    )
    buyer = first(root, "AccountingCustomerParty/Party", "BuyerCustomerParty/Party")
    draft.put("buyer_name", _name(buyer))
    draft.put("buyer_tax_id", _tax_id(buyer))
    draft.put("bill_to", _address(first(buyer, "PostalAddress")))
    account = text(
        root, "AccountingCustomerParty/SupplierAssignedAccountID", "AccountingCustomerParty/CustomerAssignedAccountID"
    )
    draft.put("account_no", account or text(buyer, "PartyIdentification/ID"))
    draft.put("remit_to", text(root, "PayeeParty/PartyName/Name", "PayeeParty/PartyIdentification/ID"))
    delivery = first(root, "Delivery")
    place = first(delivery, "DeliveryLocation/Address", "DeliveryAddress")
    name = text(delivery, "DeliveryParty/PartyName/Name", "DeliveryLocation/Name")
    draft.put("ship_to_name", name)
    draft.put(
        "ship_to", text(delivery, "DeliveryLocation/ID") or ", ".join(filter(None, (name, _address(place)))) or None
    )


def _name(party: Node | None) -> str | None:
    return text(party, "PartyLegalEntity/RegistrationName", "PartyName/Name", "Contact/Name")


def _tax_id(party: Node | None) -> str | None:
    """The VAT or GST number before any other registration."""
    schemes = every(party, "PartyTaxScheme")
    for scheme in schemes:
        if (text(scheme, "TaxScheme/ID") or "").upper() in ("VAT", "GST", "VA"):
            return text(scheme, "CompanyID")
    return text(party, "PartyTaxScheme/CompanyID", "PartyLegalEntity/CompanyID")


def _address(node: Node | None) -> str | None:
    street = " ".join(texts(node, "StreetName", "BuildingNumber", "AdditionalStreetName"))
    lines = " ".join(texts(node, "AddressLine/Line"))
    town = " ".join(texts(node, "CityName", "CountrySubentity", "CountrySubentityCode", "PostalZone"))
    country = text(node, "Country/IdentificationCode")
    return ", ".join(filter(None, (street or lines, town, country))) or None


def _money(draft: Draft, root: Node) -> None:
    sums = first(root, "LegalMonetaryTotal", "RequestedMonetaryTotal")
    draft.put_amount("subtotal", sums, "LineExtensionAmount", "TaxExclusiveAmount")
    draft.put_amount("net_total", sums, "TaxExclusiveAmount")
    draft.put_amount("total", sums, "TaxInclusiveAmount", "PayableAmount")
    draft.put_amount("prepaid", sums, "PrepaidAmount")
    draft.put_amount("rounding", sums, "PayableRoundingAmount")
    draft.put_amount("amount_due", sums, "PayableAmount")
    _taxes(draft, root)
    for node in every(root, "AllowanceCharge"):
        amount = draft.amount(node, "Amount")
        if amount is not None:
            is_charge = (text(node, "ChargeIndicator") or "").lower() in ("true", "1")
            reason = text(node, "AllowanceChargeReason")
            kind = charge_type(text(node, "AllowanceChargeReasonCode"), reason, is_charge)
            draft.charges.append(ReadCharge(kind, amount, is_charge))


def _taxes(draft: Draft, root: Node) -> None:
    """Tax in the document's currency; a second total in the tax currency (BT-111) is not added to it."""
    currency = draft.fields["currency"].value if "currency" in draft.fields else None
    totals = every(root, "TaxTotal")
    own = [node for node in totals if _currency(first(node, "TaxAmount")) in (None, currency)]
    amounts = [value for node in own or totals if (value := draft.amount(node, "TaxAmount")) is not None]
    if amounts:
        draft.put("tax_total", plain(sum(amounts, ZERO)))
    for node in (sub for total in own or totals for sub in every(total, "TaxSubtotal")):
        base, amount = draft.amount(node, "TaxableAmount"), draft.amount(node, "TaxAmount")
        rate = draft.amount(node, "TaxCategory/Percent", "Percent")
        if amount is not None and base is not None:
            draft.taxes.append(ReadTax(base, rate or ZERO, amount, text(node, "TaxCategory/ID") or "S"))
    rates = {tax.rate for tax in draft.taxes}
    if len(rates) == 1:
        draft.put("tax_rate", plain(rates.pop()))


def _currency(node: Node | None) -> str | None:
    return node.get("currencyID") if node is not None else None


def _line(draft: Draft, node: Node) -> ReadLine:
    item = first(node, "Item")
    quantity = first(node, "InvoicedQuantity", "CreditedQuantity")
    base = draft.amount(node, "Price/BaseQuantity")
    if base is not None and base <= 0:
        draft.problems.append(f"Line {text(node, 'ID')} has a price base quantity of {base}.")
        base = None
    instances = every(item, "ItemInstance")
    return ReadLine(
        description=text(item, "Name", "Description") or text(node, "Note") or "",
        sku=text(item, "SellersItemIdentification/ID"),
        quantity=draft.amount(node, "InvoicedQuantity", "CreditedQuantity"),
        unit=quantity.get("unitCode") if quantity is not None else None,
        unit_price=draft.amount(node, "Price/PriceAmount"),
        line_total=draft.amount(node, "LineExtensionAmount"),
        no=text(node, "ID"),
        po_number=text(node, "OrderLineReference/OrderReference/ID"),
        po_line=text(node, "OrderLineReference/LineID"),
        buyer_item=text(item, "BuyersItemIdentification/ID"),
        gtin=text(item, "StandardItemIdentification/ID"),
        mpn=text(item, "ManufacturersItemIdentification/ID"),
        price_base_qty=base or Decimal(1),
        allowance=_line_extras(draft, node, charge=False),
        charge=_line_extras(draft, node, charge=True),
        tax_rate=draft.amount(item, "ClassifiedTaxCategory/Percent"),
        serials=tuple(value for one in instances for value in texts(one, "SerialID")),
        lots=tuple(value for one in instances for value in texts(one, "LotIdentification/LotNumberID")),
        source=Source.XML,
    )


def _line_extras(draft: Draft, node: Node, *, charge: bool) -> Decimal:
    found = ZERO
    for extra in every(node, "AllowanceCharge"):
        if ((text(extra, "ChargeIndicator") or "").lower() in ("true", "1")) == charge:
            found += draft.amount(extra, "Amount") or ZERO
    return found
