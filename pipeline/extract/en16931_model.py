"""What EN 16931 calls an invoice, out of either syntax (UBL, CII): only what its rules look at. Absent is None."""

from dataclasses import dataclass, field
from decimal import Decimal

from pipeline.extract.einvoice_draft import CREDIT_CODES
from pipeline.extract.einvoice_xml import Node, day, every, first, local, number, text

TRADE = "SupplyChainTradeTransaction"


@dataclass(slots=True)
class Party:
    """BG-4, BG-7, BG-10, BG-11. `gst`: its number is one of Australia or New Zealand, whose profile takes it for VAT.
    `address` and `country` of its postal address; `endpoint` (id, scheme)."""

    name: str | None = None
    address: bool = False
    country: str | None = None
    vat: str | None = None
    registration: str | None = None
    legal: str | None = None
    ids: bool = False
    gst: bool = False
    endpoint: tuple[str, str | None] | None = None


@dataclass(slots=True)
class Extra:
    """An allowance or charge (BG-20, BG-21, BG-27, BG-28)."""

    charge: bool
    amount: str | None
    reason: bool
    category: str | None = None
    rate: Decimal | None = None


@dataclass(slots=True)
class Tax:
    """One group of the VAT breakdown (BG-23)."""

    base: str | None
    amount: str | None
    category: str | None
    rate: Decimal | None
    reason: bool


@dataclass(slots=True)
class Span:
    """A period (BG-14, BG-26) as ISO dates."""

    start: str | None
    end: str | None


@dataclass(slots=True)
class Line:
    """An invoice line (BG-25)."""

    no: str | None
    quantity: str | None
    unit: str | None
    net: str | None
    name: str | None
    price: str | None
    gross: str | None
    category: str | None
    rate: Decimal | None
    extras: list[Extra] = field(default_factory=list)
    period: Span | None = None
    loose_ids: list[str] = field(default_factory=list)
    half_attributes: bool = False


@dataclass(slots=True)
class Means:
    """Payment instructions (BG-16): `account` and `card` are None when their groups are absent, "" when without an id."""

    code: str | None
    account: str | None
    card: str | None


@dataclass(slots=True)
class En:
    seller: Party
    buyer: Party
    payee: Party | None
    representative: Party | None
    lines: list[Line]
    extras: list[Extra]
    taxes: list[Tax]
    means: list[Means]
    totals: dict[str, str | None]
    period: Span | None
    tax_point: bool
    tax_point_code: bool
    tax_currency: bool
    bt111: bool
    empty_references: list[str]
    deliver_address: bool
    deliver_country: str | None
    delivered: bool
    due: bool
    credit: bool


def of_ubl(root: Node) -> En:
    total, currency = first(root, "LegalMonetaryTotal"), text(root, "DocumentCurrencyCode")
    tax_currency = text(root, "TaxCurrencyCode")
    taxes = every(root, "TaxTotal")
    own = next((t for t in taxes if _currency(t) in (None, currency)), None)
    place = first(root, "Delivery/DeliveryLocation/Address")
    period = first(root, "InvoicePeriod")
    payee, agent = first(root, "PayeeParty"), first(root, "TaxRepresentativeParty")
    names = {"BT-106": "LineExtensionAmount", "BT-109": "TaxExclusiveAmount", "BT-112": "TaxInclusiveAmount",
             "BT-115": "PayableAmount", "BT-107": "AllowanceTotalAmount", "BT-108": "ChargeTotalAmount",
             "BT-113": "PrepaidAmount", "BT-114": "PayableRoundingAmount"}  # fmt: skip
    return En(
        seller=_ubl_party(first(root, "AccountingSupplierParty/Party")),
        buyer=_ubl_party(first(root, "AccountingCustomerParty/Party")),
        payee=_ubl_party(payee) if payee is not None else None,
        representative=_ubl_party(agent) if agent is not None else None,
        lines=[_ubl_line(node) for node in (*every(root, "InvoiceLine"), *every(root, "CreditNoteLine"))],
        extras=[_ubl_extra(node) for node in every(root, "AllowanceCharge")],
        taxes=[
            Tax(text(t, "TaxableAmount"), text(t, "TaxAmount"), text(t, "TaxCategory/ID"),
                number(text(t, "TaxCategory/Percent")),
                text(t, "TaxCategory/TaxExemptionReason", "TaxCategory/TaxExemptionReasonCode") is not None)
            for t in every(own, "TaxSubtotal")
        ],
        means=[
            Means(text(m, "PaymentMeansCode"), _id(m, "PayeeFinancialAccount", "ID"),
                  _id(m, "CardAccount", "PrimaryAccountNumberID"))
            for m in every(root, "PaymentMeans")
        ],
        totals={name: text(total, path) for name, path in names.items()} | {"BT-110": text(own, "TaxAmount")},
        period=_span(period, "StartDate", "EndDate"),
        tax_point=text(root, "TaxPointDate") is not None,
        tax_point_code=text(period, "DescriptionCode") is not None,
        tax_currency=tax_currency is not None,
        bt111=any(_currency(t) == tax_currency for t in taxes),
        empty_references=[
            rule
            for rule, path in (("BR-52", "AdditionalDocumentReference"), ("BR-55", "BillingReference/InvoiceDocumentReference"))
            if any(text(node, "ID") is None for node in every(root, path))
        ],
        deliver_address=place is not None,
        deliver_country=text(place, "Country/IdentificationCode"),
        delivered=text(root, "Delivery/ActualDeliveryDate") is not None,
        due=text(root, "DueDate", "PaymentMeans/PaymentDueDate", "PaymentTerms/Note") is not None,
        credit=local(root) == "CreditNote" or text(root, "InvoiceTypeCode") in CREDIT_CODES,
    )  # fmt: skip


def _currency(total: Node) -> str | None:
    found = first(total, "TaxAmount")
    return found.get("currencyID") if found is not None else None


def _id(node: Node, group: str, name: str) -> str | None:
    found = first(node, group)
    return None if found is None else text(found, name) or ""


def _span(node: Node | None, start: str, end: str) -> Span | None:
    if node is None:
        return None
    days = [day(text(node, path)) for path in (start, end)]
    return Span(*(found.isoformat() if found else None for found in days))


def _ubl_party(node: Node | None) -> Party:
    found = Party(
        name=text(node, "PartyLegalEntity/RegistrationName", "PartyName/Name"),
        address=first(node, "PostalAddress") is not None,
        country=text(node, "PostalAddress/Country/IdentificationCode"),
        legal=text(node, "PartyLegalEntity/CompanyID"),
        ids=text(node, "PartyIdentification/ID") is not None,
    )
    for scheme in every(node, "PartyTaxScheme"):
        if (text(scheme, "TaxScheme/ID") or "").upper() in ("VAT", "GST"):
            found.vat = found.vat or text(scheme, "CompanyID")
            found.gst = (text(scheme, "TaxScheme/ID") or "").upper() == "GST"
        else:
            found.registration = found.registration or text(scheme, "CompanyID")
    endpoint = first(node, "EndpointID")
    if endpoint is not None and (endpoint.text or "").strip():
        found.endpoint = ((endpoint.text or "").strip(), endpoint.get("schemeID"))
    return found


def _ubl_extra(node: Node) -> Extra:
    return Extra(
        (text(node, "ChargeIndicator") or "").lower() in ("true", "1"),
        text(node, "Amount"),
        text(node, "AllowanceChargeReason", "AllowanceChargeReasonCode") is not None,
        text(node, "TaxCategory/ID"),
        number(text(node, "TaxCategory/Percent")),
    )


def _ubl_line(node: Node) -> Line:
    quantity = first(node, "InvoicedQuantity", "CreditedQuantity")
    item = first(node, "Item")
    return Line(
        no=text(node, "ID"),
        quantity=text(node, "InvoicedQuantity", "CreditedQuantity"),
        unit=quantity.get("unitCode") if quantity is not None else None,
        net=text(node, "LineExtensionAmount"),
        name=text(item, "Name"),
        price=text(node, "Price/PriceAmount"),
        gross=text(node, "Price/AllowanceCharge/BaseAmount"),
        category=text(item, "ClassifiedTaxCategory/ID"),
        rate=number(text(item, "ClassifiedTaxCategory/Percent")),
        extras=[_ubl_extra(one) for one in every(node, "AllowanceCharge")],
        period=_span(first(node, "InvoicePeriod"), "StartDate", "EndDate"),
        loose_ids=_loose(
            item, ("BR-64", "StandardItemIdentification/ID", "schemeID"),
            ("BR-65", "CommodityClassification/ItemClassificationCode", "listID"),
        ),
        half_attributes=any(
            text(one, "Name") is None or text(one, "Value") is None for one in every(item, "AdditionalItemProperty")
        ),
    )  # fmt: skip


def _loose(node: Node | None, *wanted: tuple[str, str, str]) -> list[str]:
    """The rules of identifiers that do not say of which scheme they are."""
    return [rule for rule, path, name in wanted if any(not one.get(name) for one in every(node, path))]


def of_cii(root: Node) -> En:
    agreement = first(root, f"{TRADE}/ApplicableHeaderTradeAgreement")
    delivery = first(root, f"{TRADE}/ApplicableHeaderTradeDelivery")
    settlement = first(root, f"{TRADE}/ApplicableHeaderTradeSettlement")
    total = first(settlement, "SpecifiedTradeSettlementHeaderMonetarySummation")
    currency, tax_currency = text(settlement, "InvoiceCurrencyCode"), text(settlement, "TaxCurrencyCode")
    sums = every(total, "TaxTotalAmount")
    own = next((t.text for t in sums if t.get("currencyID") in (None, currency)), None)
    groups = every(settlement, "ApplicableTradeTax")
    place = first(delivery, "ShipToTradeParty/PostalTradeAddress")
    payee, agent = first(settlement, "PayeeTradeParty"), first(agreement, "SellerTaxRepresentativeTradeParty")
    names = {"BT-106": "LineTotalAmount", "BT-109": "TaxBasisTotalAmount", "BT-112": "GrandTotalAmount",
             "BT-115": "DuePayableAmount", "BT-107": "AllowanceTotalAmount", "BT-108": "ChargeTotalAmount",
             "BT-113": "TotalPrepaidAmount", "BT-114": "RoundingAmount"}  # fmt: skip
    terms = every(settlement, "SpecifiedTradePaymentTerms")
    return En(
        seller=_cii_party(first(agreement, "SellerTradeParty")),
        buyer=_cii_party(first(agreement, "BuyerTradeParty")),
        payee=_cii_party(payee) if payee is not None else None,
        representative=_cii_party(agent) if agent is not None else None,
        lines=[_cii_line(node) for node in every(root, f"{TRADE}/IncludedSupplyChainTradeLineItem")],
        extras=[_cii_extra(node) for node in every(settlement, "SpecifiedTradeAllowanceCharge")]
        + [_cii_freight(node) for node in every(settlement, "SpecifiedLogisticsServiceCharge")],
        taxes=[
            Tax(text(t, "BasisAmount"), text(t, "CalculatedAmount"), text(t, "CategoryCode"),
                number(text(t, "RateApplicablePercent")), text(t, "ExemptionReason", "ExemptionReasonCode") is not None)
            for t in groups
        ],
        means=[
            Means(text(m, "TypeCode"), _account(first(m, "PayeePartyCreditorFinancialAccount")),
                  _id(m, "ApplicableTradeSettlementFinancialCard", "ID"))
            for m in every(settlement, "SpecifiedTradeSettlementPaymentMeans")
        ],
        totals={name: text(total, path) for name, path in names.items()} | {"BT-110": (own or "").strip() or None},
        period=_span(first(settlement, "BillingSpecifiedPeriod"), "StartDateTime/DateTimeString", "EndDateTime/DateTimeString"),
        tax_point=any(first(t, "TaxPointDate") is not None for t in groups),
        tax_point_code=any(text(t, "DueDateTypeCode") is not None for t in groups),
        tax_currency=tax_currency is not None,
        bt111=any(t.get("currencyID") == tax_currency for t in sums),
        empty_references=[
            rule
            for rule, node, path in (
                ("BR-52", agreement, "AdditionalReferencedDocument"), ("BR-55", settlement, "InvoiceReferencedDocument"),
            )
            if any(text(one, "IssuerAssignedID") is None for one in every(node, path))
        ],
        deliver_address=place is not None,
        deliver_country=text(place, "CountryID"),
        delivered=text(delivery, "ActualDeliverySupplyChainEvent/OccurrenceDateTime/DateTimeString") is not None,
        due=any(text(t, "DueDateDateTime/DateTimeString", "Description") is not None for t in terms),
        credit=text(root, "ExchangedDocument/TypeCode") in CREDIT_CODES,
    )  # fmt: skip


def _account(node: Node | None) -> str | None:
    return None if node is None else text(node, "IBANID", "ProprietaryID") or ""


def _cii_party(node: Node | None) -> Party:
    numbers = {one.get("schemeID"): (one.text or "").strip() for one in every(node, "SpecifiedTaxRegistration/ID")}
    found = Party(
        name=text(node, "Name"),
        address=first(node, "PostalTradeAddress") is not None,
        country=text(node, "PostalTradeAddress/CountryID"),
        vat=numbers.get("VA") or None,
        registration=numbers.get("FC") or None,
        legal=text(node, "SpecifiedLegalOrganization/ID"),
        ids=text(node, "ID", "GlobalID") is not None,
    )
    endpoint = first(node, "URIUniversalCommunication/URIID")
    if endpoint is not None and (endpoint.text or "").strip():
        found.endpoint = ((endpoint.text or "").strip(), endpoint.get("schemeID"))
    return found


def _cii_extra(node: Node) -> Extra:
    return Extra(
        (text(node, "ChargeIndicator/Indicator") or "").lower() in ("true", "1"),
        text(node, "ActualAmount"),
        text(node, "Reason", "ReasonCode") is not None,
        text(node, "CategoryTradeTax/CategoryCode"),
        number(text(node, "CategoryTradeTax/RateApplicablePercent")),
    )


def _cii_freight(node: Node) -> Extra:
    """The extended profile's freight counts among the charges."""
    tax = first(node, "AppliedTradeTax")
    rate = number(text(tax, "RateApplicablePercent"))
    return Extra(True, text(node, "AppliedAmount"), True, text(tax, "CategoryCode"), rate)


def _cii_line(node: Node) -> Line:
    agreement, settlement = first(node, "SpecifiedLineTradeAgreement"), first(node, "SpecifiedLineTradeSettlement")
    quantity = first(node, "SpecifiedLineTradeDelivery/BilledQuantity")
    product = first(node, "SpecifiedTradeProduct")
    return Line(
        no=text(node, "AssociatedDocumentLineDocument/LineID"),
        quantity=text(node, "SpecifiedLineTradeDelivery/BilledQuantity"),
        unit=quantity.get("unitCode") if quantity is not None else None,
        net=text(settlement, "SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount"),
        name=text(product, "Name"),
        price=text(agreement, "NetPriceProductTradePrice/ChargeAmount"),
        gross=text(agreement, "GrossPriceProductTradePrice/ChargeAmount"),
        category=text(settlement, "ApplicableTradeTax/CategoryCode"),
        rate=number(text(settlement, "ApplicableTradeTax/RateApplicablePercent")),
        extras=[_cii_extra(one) for one in every(settlement, "SpecifiedTradeAllowanceCharge")],
        period=_span(
            first(settlement, "BillingSpecifiedPeriod"), "StartDateTime/DateTimeString", "EndDateTime/DateTimeString"
        ),
        loose_ids=_loose(
            product, ("BR-64", "GlobalID", "schemeID"),
            ("BR-65", "DesignatedProductClassification/ClassCode", "listID"),
        ),
        half_attributes=any(
            text(one, "Description") is None or text(one, "Value") is None
            for one in every(product, "ApplicableProductCharacteristic")
        ),
    )  # fmt: skip


def model_of(root: Node) -> En:
    """The model of a UBL or CII invoice."""
    return of_cii(root) if local(root).startswith("CrossIndustry") else of_ubl(root)
