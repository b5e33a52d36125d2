"""The business rules of EN 16931 that concern money and mandatory fields (BR-CO-10 to 17, BR-01 to 07, BR-16).

Only for invoices that claim the standard in their specification identifier (BT-24): other UBL need not keep to it. What is
broken is named with its rule, so that the sender's software house knows what to mend (spec C.1 DOC_MALFORMED_EINVOICE).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from pipeline.domain.reading import Reading
from pipeline.extract.einvoice_draft import MALFORMED
from pipeline.extract.einvoice_shape import repeated
from pipeline.extract.einvoice_xml import Node, every, first, local, number, text
from pipeline.extract.en16931_rules import further_rules

CENT = Decimal("0.01")
ZERO = Decimal(0)
# The published rule BR-CO-17 itself allows a difference below one unit.
TAX_SLACK = Decimal(1)
CLAIMS = ("en16931", "xrechnung", "peppol.eu:2017:poacc:billing")


@dataclass(frozen=True, slots=True)
class Sums:
    """The amounts of an invoice by their numbers in the standard; None where one is not stated."""

    lines: tuple[Decimal, ...]
    bt92: tuple[Decimal, ...]
    bt99: tuple[Decimal, ...]
    taxes: tuple[tuple[Decimal, Decimal, Decimal], ...]
    bt106: Decimal | None
    bt107: Decimal | None
    bt108: Decimal | None
    bt109: Decimal | None
    bt110: Decimal | None
    bt112: Decimal | None
    bt113: Decimal | None
    bt114: Decimal | None
    bt115: Decimal | None


def with_rules(reading: Reading, root: Node) -> Reading:
    """The reading with one finding that names every broken rule and every value given twice; unchanged when none is."""
    broken = [*dict.fromkeys(repeated(root)), *broken_rules(root)]
    if not broken:
        return reading
    before = [sentence for code, sentence in reading.findings if code == MALFORMED]
    others = tuple(pair for pair in reading.findings if pair[0] != MALFORMED)
    return replace(reading, findings=(*others, (MALFORMED, " ".join([*before, *broken]))))


def broken_rules(root: Node) -> Iterator[str]:
    """One sentence for each rule that the invoice breaks; none for an invoice that does not claim the standard."""
    cii = local(root).startswith("CrossIndustry")
    claim = _first_text(root, CII_HEAD["BR-01"] if cii else UBL_HEAD["BR-01"])
    if not any(word in claim.lower() for word in CLAIMS):
        return
    for rule, paths in (CII_HEAD if cii else UBL_HEAD).items():
        if not _first_text(root, paths):
            yield f"{rule}: {NAMES[rule]} is missing."
    sums = _cii(root) if cii else _ubl(root)
    if not sums.lines:
        yield "BR-16: there is no invoice line."
    yield from _money(sums)
    yield from dict.fromkeys(further_rules(root))


NAMES = {
    "BR-01": "the specification identifier", "BR-02": "the invoice number", "BR-03": "the issue date",
    "BR-04": "the type code", "BR-05": "the currency", "BR-06": "the seller's name", "BR-07": "the buyer's name",
}  # fmt: skip
SELLER, BUYER = "AccountingSupplierParty/Party", "AccountingCustomerParty/Party"
UBL_HEAD = {
    "BR-01": ("CustomizationID",), "BR-02": ("ID",), "BR-03": ("IssueDate",),
    "BR-04": ("InvoiceTypeCode", "CreditNoteTypeCode"), "BR-05": ("DocumentCurrencyCode",),
    "BR-06": (f"{SELLER}/PartyLegalEntity/RegistrationName", f"{SELLER}/PartyName/Name"),
    "BR-07": (f"{BUYER}/PartyLegalEntity/RegistrationName", f"{BUYER}/PartyName/Name"),
}  # fmt: skip
TRADE = "SupplyChainTradeTransaction"
SETTLEMENT = f"{TRADE}/ApplicableHeaderTradeSettlement"
CII_HEAD = {
    "BR-01": ("ExchangedDocumentContext/GuidelineSpecifiedDocumentContextParameter/ID",),
    "BR-02": ("ExchangedDocument/ID",), "BR-03": ("ExchangedDocument/IssueDateTime/DateTimeString",),
    "BR-04": ("ExchangedDocument/TypeCode",), "BR-05": (f"{SETTLEMENT}/InvoiceCurrencyCode",),
    "BR-06": (f"{TRADE}/ApplicableHeaderTradeAgreement/SellerTradeParty/Name",),
    "BR-07": (f"{TRADE}/ApplicableHeaderTradeAgreement/BuyerTradeParty/Name",),
}  # fmt: skip


def _money(s: Sums) -> Iterator[str]:
    zero = ZERO
    bt107, bt108, bt110 = s.bt107 or zero, s.bt108 or zero, s.bt110 or zero
    yield from _equal("BR-CO-10", "the sum of the lines", s.bt106, sum(s.lines, zero) if s.lines else None)
    yield from _equal("BR-CO-11", "the sum of allowances", bt107, sum(s.bt92, zero))
    yield from _equal("BR-CO-12", "the sum of charges", bt108, sum(s.bt99, zero))
    net = None if s.bt106 is None else s.bt106 - bt107 + bt108
    yield from _equal("BR-CO-13", "the total without tax", s.bt109, net)
    if s.taxes:
        yield from _equal("BR-CO-14", "the tax total", s.bt110, sum((tax for _, tax, _ in s.taxes), zero))
    yield from _equal("BR-CO-15", "the total with tax", s.bt112, None if s.bt109 is None else s.bt109 + bt110)
    due = None if s.bt112 is None else s.bt112 - (s.bt113 or zero) + (s.bt114 or zero)
    yield from _equal("BR-CO-16", "the amount due", s.bt115, due)
    for base, tax, rate in s.taxes:
        expected = (base * rate / 100).quantize(CENT, ROUND_HALF_UP)
        if abs(abs(tax) - abs(expected)) >= TAX_SLACK:
            yield f"BR-CO-17: the tax on {base} at {rate} % is stated as {tax}, not {expected}."


def _equal(rule: str, what: str, stated: Decimal | None, computed: Decimal | None) -> Iterator[str]:
    if stated is None or computed is None:
        return
    wanted = computed.quantize(CENT, ROUND_HALF_UP)
    if stated != wanted:
        yield f"{rule}: {what} is stated as {stated}, but comes to {wanted}."


def _ubl(root: Node) -> Sums:
    total = first(root, "LegalMonetaryTotal")
    currency = text(root, "DocumentCurrencyCode")
    tax = next((t for t in every(root, "TaxTotal") if _currency(t, "TaxAmount") in (None, currency)), None)
    charges = every(root, "AllowanceCharge")
    taxes = [
        (_amount(t, "TaxableAmount"), _amount(t, "TaxAmount"), _amount(t, "TaxCategory/Percent"))
        for t in every(tax, "TaxSubtotal")
    ]
    lines = [*every(root, "InvoiceLine"), *every(root, "CreditNoteLine")]
    return Sums(
        tuple(_amounts(lines, "LineExtensionAmount")),
        tuple(_amounts([c for c in charges if text(c, "ChargeIndicator") == "false"], "Amount")),
        tuple(_amounts([c for c in charges if text(c, "ChargeIndicator") == "true"], "Amount")),
        _whole(taxes),
        _amount(total, "LineExtensionAmount"), _amount(total, "AllowanceTotalAmount"), _amount(total, "ChargeTotalAmount"),
        _amount(total, "TaxExclusiveAmount"), _amount(tax, "TaxAmount"), _amount(total, "TaxInclusiveAmount"),
        _amount(total, "PrepaidAmount"), _amount(total, "PayableRoundingAmount"), _amount(total, "PayableAmount"),
    )  # fmt: skip


def _cii(root: Node) -> Sums:
    settlement = first(root, SETTLEMENT)
    total = first(settlement, "SpecifiedTradeSettlementHeaderMonetarySummation")
    currency = text(settlement, "InvoiceCurrencyCode")
    tax = next((t for t in every(total, "TaxTotalAmount") if t.get("currencyID") in (None, currency)), None)
    charges = every(settlement, "SpecifiedTradeAllowanceCharge")
    taxes = [
        (_amount(t, "BasisAmount"), _amount(t, "CalculatedAmount"), _amount(t, "RateApplicablePercent"))
        for t in every(settlement, "ApplicableTradeTax")
    ]
    logistics = every(settlement, "SpecifiedLogisticsServiceCharge")
    lines = every(root, f"{TRADE}/IncludedSupplyChainTradeLineItem/SpecifiedLineTradeSettlement")
    return Sums(
        tuple(_amounts(lines, "SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount")),
        tuple(_amounts([c for c in charges if text(c, "ChargeIndicator/Indicator") == "false"], "ActualAmount")),
        (
            *_amounts([c for c in charges if text(c, "ChargeIndicator/Indicator") == "true"], "ActualAmount"),
            # The extended profile states freight here and counts it among the charges.
            *_amounts(logistics, "AppliedAmount"),
        ),
        _whole(taxes),
        _amount(total, "LineTotalAmount"), _amount(total, "AllowanceTotalAmount"), _amount(total, "ChargeTotalAmount"),
        _amount(total, "TaxBasisTotalAmount"), number(tax.text) if tax is not None else None,
        _amount(total, "GrandTotalAmount"), _amount(total, "TotalPrepaidAmount"), _amount(total, "RoundingAmount"),
        _amount(total, "DuePayableAmount"),
    )  # fmt: skip


def _whole(
    taxes: list[tuple[Decimal | None, Decimal | None, Decimal | None]],
) -> tuple[tuple[Decimal, Decimal, Decimal], ...]:
    """Tax groups with base and tax; a group without a rate (exempt, outside the scope) counts as 0 %."""
    return tuple((base, tax, rate or ZERO) for base, tax, rate in taxes if base is not None and tax is not None)


def _amount(node: Node | None, path: str) -> Decimal | None:
    return number(text(node, path))


def _amounts(nodes: list[Node], path: str) -> Iterator[Decimal]:
    return (value for node in nodes if (value := _amount(node, path)) is not None)


def _currency(node: Node, path: str) -> str | None:
    found = first(node, path)
    return found.get("currencyID") if found is not None else None


def _first_text(root: Node, paths: tuple[str, ...]) -> str:
    return text(root, *paths) or ""
