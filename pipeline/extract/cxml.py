"""cXML InvoiceDetailRequest to a reading (spec A.1-A.4). Other cXML messages are refused in words.

Amounts of the summary count once: what a line repeats of tax, shipping and discounts is summed there already.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal

from pipeline.domain.document import Kind
from pipeline.domain.errors import InvalidInput
from pipeline.domain.reading import ReadCharge, Reading, ReadLine, ReadTax, Source
from pipeline.extract.einvoice_charges import charge_type
from pipeline.extract.einvoice_draft import Draft, plain
from pipeline.extract.einvoice_xml import Node, day, every, first, local, number, text, texts

ZERO, ONE = Decimal(0), Decimal(1)
PURPOSES = {
    "standard": (Kind.INVOICE, "invoice"),
    "debitMemo": (Kind.INVOICE, "debit_note"),
    "lineLevelDebitMemo": (Kind.INVOICE, "debit_note"),
    "creditMemo": (Kind.CREDIT_NOTE, "credit_note"),
    "lineLevelCreditMemo": (Kind.CREDIT_NOTE, "credit_note"),
}
MESSAGES = {
    "OrderRequest": "an order",
    "ConfirmationRequest": "an order confirmation",
    "ShipNoticeRequest": "a ship notice",
    "ReceiptRequest": "a receipt",
    "StatusUpdateRequest": "a status message",
    "PaymentRemittanceRequest": "a remittance advice",
    "PunchOutSetupRequest": "a catalogue session",
    "ProfileRequest": "a profile question",
}
SELLER, BUYER, PAYEE = ("from", "issuerOfInvoice"), ("billTo", "soldTo", "buyer"), ("remitTo",)
TAX_IDS = ("federalTaxID", "vatID", "supplierTaxID", "taxID", "stateTaxID")
CENT = Decimal("0.01")


def read_cxml(root: Node) -> Reading:
    """One invoice. Raises InvalidInput, with the reason, for any other message and for one that asks for no payment."""
    request = first(root, "Request")
    body = first(request, "InvoiceDetailRequest")
    if request is None or body is None:
        inner = next((local(node) for node in request if local(node)), "") if request is not None else ""
        what = MESSAGES.get(inner, "no invoice")
        raise InvalidInput(f"This cXML message is {what}; only InvoiceDetailRequest is read.")
    header = first(body, "InvoiceDetailRequestHeader")
    if header is None:
        raise InvalidInput("The cXML invoice has no InvoiceDetailRequestHeader.")
    kind = _kind(request, header)
    draft = Draft(Source.XML)
    _head(draft, root, header)
    _orders(draft, body)
    _money(draft, first(body, "InvoiceDetailSummary"))
    if kind[0] is Kind.CREDIT_NOTE:
        _turn(draft)
    return draft.done(*kind, "cxml")


def _kind(request: Node, header: Node) -> tuple[Kind, str]:
    named = f"invoice {header.get('invoiceID', '')}".strip()
    if request.get("deploymentMode") == "test":
        raise InvalidInput(f"This cXML message is a test ({named}); it asks for no payment.")
    if header.get("operation", "new") != "new":
        raise InvalidInput(f"This cXML message asks to delete {named}; a person decides what becomes of it.")
    if header.get("isInformationOnly") == "yes":
        raise InvalidInput(f"This cXML message is for information only ({named}); it asks for no payment.")
    purpose = header.get("purpose", "standard")
    if purpose not in PURPOSES:
        raise InvalidInput(f"This cXML message has the unknown purpose “{purpose[:40]}” ({named}).")
    return PURPOSES[purpose]


def _head(draft: Draft, root: Node, header: Node) -> None:
    draft.put("invoice_number", (header.get("invoiceID") or "").strip())
    _day(draft, "invoice_date", header.get("invoiceDate"))
    period = first(header, "Period")
    if period is not None:
        _day(draft, "period_start", period.get("startDate"))
        _day(draft, "period_end", period.get("endDate"))
    original = first(header, "InvoiceIDInfo", "InvoiceDetailRequestHeader/InvoiceIDInfo")
    if original is not None:
        draft.put("references_invoice", original.get("invoiceID"))
    terms = [node.get("payInNumberOfDays") for node in every(header, "PaymentTerm")]
    draft.put("terms", next((f"net {days} days" for days in terms if days and days.isdigit()), None))
    for name, values in _extrinsics(header):
        if name in ("netduedate", "paymentnetduedate", "duedate"):
            _day(draft, "due_date", values)
    _parties(draft, root, header)


def _extrinsics(node: Node) -> Iterable[tuple[str, str]]:
    for one in every(node, "Extrinsic"):
        yield (one.get("name") or "").replace(" ", "").lower(), " ".join((one.text or "").split())


def _parties(draft: Draft, root: Node, header: Node) -> None:
    seller, buyer, payee = (_partner(header, roles) for roles in (SELLER, BUYER, PAYEE))
    draft.put("supplier_name", text(first(seller, "Contact"), "Name") or text(first(payee, "Contact"), "Name"))
    draft.put("supplier_address", _address(first(seller, "Contact")))
    draft.put("supplier_tax_id", _identifier(seller, *TAX_IDS))
    draft.put("supplier_ids", " ".join(texts(root, "Header/From/Credential/Identity")))
    draft.put("buyer_name", text(first(buyer, "Contact"), "Name"))
    draft.put("bill_to", _address(first(buyer, "Contact")))
    draft.put("remit_to", text(first(payee, "Contact"), "Name"))
    bank = next((p for p in (_partner(header, ("wireReceivingBank",)), payee) if p is not None), None)
    draft.put("bank_account", _identifier(bank, "ibanID", "accountID", "bankAccountID"))
    draft.put("bank_routing", _identifier(bank, "bankRoutingID", "swiftID", "abaRoutingNumber"))
    for place in every(header, "InvoiceDetailShipping/Contact"):
        if place.get("role") == "shipTo":
            draft.put(
                "ship_to", place.get("addressID") or ", ".join(filter(None, (text(place, "Name"), _address(place))))
            )
            draft.put("ship_to_name", text(place, "Name"))


def _partner(header: Node, roles: tuple[str, ...]) -> Node | None:
    partners = every(header, "InvoicePartner")
    found = [p for role in roles for p in partners if any(c.get("role") == role for c in every(p, "Contact"))]
    return found[0] if found else None


def _identifier(partner: Node | None, *domains: str) -> str | None:
    ids = {node.get("domain"): node.get("identifier") for node in every(partner, "IdReference")}
    return next((ids[name] for name in domains if ids.get(name)), None)


def _address(contact: Node | None) -> str | None:
    place = first(contact, "PostalAddress")
    town = " ".join(texts(place, "City", "State", "PostalCode"))
    return ", ".join(filter(None, (" ".join(texts(place, "Street")), town, text(place, "Country")))) or None


def _orders(draft: Draft, body: Node) -> None:
    orders: list[str] = []
    for node in every(body, "InvoiceDetailOrder"):
        po = _order_number(draft, first(node, "InvoiceDetailOrderInfo"))
        orders += [po] if po else []
        for item in node:
            if local(item) in ("InvoiceDetailItem", "InvoiceDetailServiceItem"):
                draft.lines.append(_line(draft, item, po))
    for node in every(body, "InvoiceDetailHeaderOrder"):
        po = _order_number(draft, first(node, "InvoiceDetailOrderInfo"))
        orders += [po] if po else []
        summary = first(node, "InvoiceDetailOrderSummary")
        amount = draft.amount(summary, "SubtotalAmount/Money")
        draft.lines.append(
            ReadLine(f"Order {po}" if po else "Order", line_total=amount, po_number=po, source=Source.XML)
        )
    if len(set(orders)) == 1:
        draft.put("po_number", orders[0])


def _order_number(draft: Draft, info: Node | None) -> str | None:
    own = first(info, "SupplierOrderInfo")
    if own is not None:
        draft.put("sales_order", own.get("orderID"))
    contract = first(info, "MasterAgreementIDInfo", "MasterAgreementReference")
    if contract is not None:
        draft.put("contract_ref", contract.get("agreementID"))
    node = first(info, "OrderReference", "OrderIDInfo")
    return (node.get("orderID") or "").strip() or None if node is not None else None


def _line(draft: Draft, item: Node, po: str | None) -> ReadLine:
    reference = first(item, "InvoiceDetailItemReference", "InvoiceDetailServiceItemReference")
    basis = first(item, "PriceBasisQuantity")
    per = number(basis.get("quantity")) if basis is not None else None
    no, raw = item.get("invoiceLineNumber"), item.get("quantity")
    quantity = number(raw)
    if raw and quantity is None:
        draft.problems.append(f"The quantity “{raw[:20]}” of line {no} is no number.")
    factor = number(basis.get("conversionFactor")) if basis is not None else None
    if (per is not None and per <= 0) or factor not in (None, ONE):
        draft.problems.append(f"The price basis of line {no} is in another unit than the quantity.")
        per = None
    maker = first(reference, "ManufacturerPartID", "ItemDetail/ManufacturerPartID")
    return ReadLine(
        description=text(reference, "Description") or "",
        sku=text(reference, "ItemID/SupplierPartID"),
        quantity=quantity,
        unit=text(item, "UnitOfMeasure"),
        unit_price=draft.amount(item, "UnitPrice/Money"),
        line_total=draft.amount(item, "SubtotalAmount/Money"),
        no=no,
        po_number=po,
        po_line=reference.get("lineNumber") if reference is not None else None,
        buyer_item=text(reference, "ItemID/BuyerPartID"),
        mpn=" ".join((maker.text or "").split()) or None if maker is not None else None,
        price_base_qty=per or ONE,
        tax_rate=next(filter(None, (number(t.get("percentageRate")) for t in every(item, "Tax/TaxDetail"))), None),
        serials=_serials(reference),
        source=Source.XML,
    )  # fmt: skip


def _serials(reference: Node | None) -> tuple[str, ...]:
    own = (reference.get("serialNumber") or "").strip() if reference is not None else ""
    return tuple(dict.fromkeys((*texts(reference, "SerialNumber"), *([own] if own else []))))


def _money(draft: Draft, summary: Node | None) -> None:
    if summary is None:
        draft.problems.append("The cXML invoice has no InvoiceDetailSummary.")
        return
    currencies = {(m.get("currency") or "").upper() for m in summary.iter("Money")} - {""}
    if len(currencies) > 1:
        draft.problems.append(f"The summary counts in {', '.join(sorted(currencies))}.")
    draft.put("currency", min(currencies, default=None))
    draft.put_amount("subtotal", summary, "SubtotalAmount/Money")
    draft.put_amount("tax_total", summary, "Tax/Money", "Tax/TaxAmount/Money")
    draft.put_amount("total", summary, "NetAmount/Money", "GrossAmount/Money")
    draft.put_amount("prepaid", summary, "DepositAmount/Money")
    draft.put_amount("amount_due", summary, "DueAmount/Money", "NetAmount/Money", "GrossAmount/Money")
    _charges(draft, summary)
    for node in every(summary, "Tax/TaxDetail"):
        base, amount = draft.amount(node, "TaxableAmount/Money"), draft.amount(node, "TaxAmount/Money")
        if base is not None and amount is not None:
            draft.taxes.append(ReadTax(base, number(node.get("percentageRate")) or ZERO, amount))
    rates = {tax.rate for tax in draft.taxes}
    if len(rates) == 1:
        draft.put("tax_rate", plain(rates.pop()))
    _adds_up(draft)


def _charges(draft: Draft, summary: Node) -> None:
    found = [
        ReadCharge("freight", draft.amount(summary, "ShippingAmount/Money") or ZERO),
        ReadCharge("handling", draft.amount(summary, "SpecialHandlingAmount/Money") or ZERO),
        ReadCharge("discount", draft.amount(summary, "InvoiceDetailDiscount/Money") or ZERO, False),
    ]
    for node in every(summary, "InvoiceHeaderModifications/Modification"):
        detail = first(node, "ModificationDetail")
        words = " ".join(filter(None, (detail.get("name") if detail is not None else "", text(detail, "Description"))))
        cost = draft.amount(node, "AdditionalCost/Money")
        if cost is not None:
            found.append(ReadCharge(charge_type(None, words, True), cost))
        off = draft.amount(node, "AdditionalDeduction/DeductionAmount/Money", "AdditionalDeduction/Money")
        if off is not None:
            found.append(ReadCharge(charge_type(None, words, False), off, False))
        if cost is None and off is None:
            draft.problems.append("A modification of the total states no amount.")
    draft.charges.extend(charge for charge in found if charge.amount)


def _adds_up(draft: Draft) -> None:
    """The parts of the summary make its total; which of them is wrong is not guessed."""
    stated = {
        name: Decimal(draft.fields[name].value) for name in ("subtotal", "tax_total", "total") if name in draft.fields
    }
    if "subtotal" not in stated or "total" not in stated:
        draft.problems.append("The summary has no subtotal or no total.")
        return
    extras = sum((c.amount if c.is_charge else -c.amount for c in draft.charges), ZERO)
    made = stated["subtotal"] + stated.get("tax_total", ZERO) + extras
    if abs(made - stated["total"]) > CENT:
        draft.problems.append(f"The parts of the summary come to {plain(made)}, the total is {plain(stated['total'])}.")


def _turn(draft: Draft) -> None:
    """A credit memo's amounts without the minus that cXML asks for: its purpose says that it is a credit."""
    total = draft.fields.get("total")
    if total is None or not total.value.startswith("-"):
        return
    for name in ("subtotal", "tax_total", "total", "prepaid", "amount_due"):
        if name in draft.fields:
            draft.fields[name] = replace(draft.fields[name], value=plain(-Decimal(draft.fields[name].value)))
    draft.charges[:] = [replace(charge, amount=-charge.amount) for charge in draft.charges]
    draft.taxes[:] = [replace(tax, base=-tax.base, amount=-tax.amount) for tax in draft.taxes]
    draft.lines[:] = [_turned(line) for line in draft.lines]


def _turned(line: ReadLine) -> ReadLine:
    """Quantity or price carries the minus of the amount, whichever the sender chose."""
    quantity, price, total = line.quantity, line.unit_price, line.line_total
    if quantity is not None and quantity < 0:
        quantity = -quantity
    elif price is not None and price < 0:
        price = -price
    return replace(line, quantity=quantity, unit_price=price, line_total=-total if total is not None else None)


def _day(draft: Draft, name: str, raw: str | None) -> None:
    found: date | None = day(raw)
    if raw and found is None:
        draft.problems.append(f"{name.replace('_', ' ').capitalize()} “{raw[:40]}” is no date.")
    draft.put(name, found.isoformat() if found else None, raw)
