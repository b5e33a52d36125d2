"""cXML InvoiceDetailRequest: read exactly; every other message is refused in words."""

import contextlib
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.doctype import without_cxml_doctype
from pipeline.domain.document import Kind, Limits
from pipeline.domain.errors import InvalidInput
from pipeline.domain.reading import Reading
from pipeline.extract.einvoice import read_einvoice
from pipeline.intake.guard import inspect
from pipeline.intake.verdicts import Accepted, Refused

DOCTYPE = '<!DOCTYPE cXML SYSTEM "http://xml.cxml.org/schemas/cXML/1.2.045/InvoiceDetail.dtd">'
HEADER = """<InvoiceDetailRequestHeader invoiceID="HM-20417" purpose="standard" operation="new" invoiceDate="2026-03-02T09:00:00-05:00">
<InvoiceDetailHeaderIndicator/><InvoiceDetailLineIndicator/>
<InvoicePartner><Contact role="from"><Name xml:lang="en">Harbor Medical Supply Inc.</Name><PostalAddress><Street>12 Dock Road</Street>
<City>Boston</City><State>MA</State><PostalCode>02110</PostalCode><Country isoCountryCode="US">USA</Country></PostalAddress></Contact>
<IdReference domain="federalTaxID" identifier="12-3456789"/></InvoicePartner>
<InvoicePartner><Contact role="billTo"><Name xml:lang="en">General Hospital</Name></Contact></InvoicePartner>
<InvoiceDetailShipping><Contact role="shipTo" addressID="FAC-01"><Name xml:lang="en">Dock A</Name></Contact></InvoiceDetailShipping>
<PaymentTerm payInNumberOfDays="30"/></InvoiceDetailRequestHeader>"""
LINE = """<InvoiceDetailItem invoiceLineNumber="1" quantity="10"><UnitOfMeasure>BX</UnitOfMeasure>
<UnitPrice><Money currency="USD">12.50</Money></UnitPrice><InvoiceDetailItemReference lineNumber="3"><ItemID><SupplierPartID>A-100</SupplierPartID>
<BuyerPartID>4711</BuyerPartID></ItemID><Description xml:lang="en">Nitrile gloves</Description><SerialNumber>S1</SerialNumber></InvoiceDetailItemReference>
<SubtotalAmount><Money currency="USD">125.00</Money></SubtotalAmount></InvoiceDetailItem>"""
SUMMARY = """<InvoiceDetailSummary><SubtotalAmount><Money currency="USD">125.00</Money></SubtotalAmount>
<Tax><Money currency="USD">7.50</Money><Description xml:lang="en">Sales tax</Description><TaxDetail purpose="tax" category="sales" percentageRate="6">
<TaxableAmount><Money currency="USD">125.00</Money></TaxableAmount><TaxAmount><Money currency="USD">7.50</Money></TaxAmount></TaxDetail></Tax>
<SpecialHandlingAmount><Money currency="USD">2.00</Money></SpecialHandlingAmount><ShippingAmount><Money currency="USD">9.00</Money></ShippingAmount>
<GrossAmount><Money currency="USD">143.50</Money></GrossAmount><InvoiceDetailDiscount><Money currency="USD">3.50</Money></InvoiceDetailDiscount>
<NetAmount><Money currency="USD">140.00</Money></NetAmount><DueAmount><Money currency="USD">140.00</Money></DueAmount></InvoiceDetailSummary>"""


def message(
    header: str = HEADER, lines: str = LINE, summary: str = SUMMARY, doctype: str = DOCTYPE, mode: str = "production"
) -> bytes:
    order = '<InvoiceDetailOrderInfo><OrderReference orderID="PO-100245"><DocumentReference payloadID="1"/></OrderReference></InvoiceDetailOrderInfo>'
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n{doctype}\n<cXML payloadID="1@harbor.example" timestamp="2026-03-02T09:00:00-05:00">'
        '<Header><From><Credential domain="DUNS"><Identity>123456789</Identity></Credential></From></Header>'
        f'<Request deploymentMode="{mode}"><InvoiceDetailRequest>{header}<InvoiceDetailOrder>{order}{lines}</InvoiceDetailOrder>{summary}'
        "</InvoiceDetailRequest></Request></cXML>"
    ).encode()


def read(data: bytes) -> Reading:
    assert isinstance(inspect(data, "invoice.xml", Limits()), Accepted)
    found = read_einvoice(data)
    assert found is not None
    return found


def test_an_invoice() -> None:
    found = read(message())
    assert (found.kind, found.findings) == (Kind.INVOICE, ())
    wanted = {
        "invoice_number": "HM-20417", "po_number": "PO-100245", "supplier_name": "Harbor Medical Supply Inc.",
        "supplier_tax_id": "12-3456789", "supplier_ids": "123456789", "buyer_name": "General Hospital", "ship_to": "FAC-01",
        "currency": "USD", "subtotal": "125.00", "tax_total": "7.50", "total": "140.00", "amount_due": "140.00",
        "terms": "net 30 days", "supplier_address": "12 Dock Road, Boston MA 02110, USA", "tax_rate": "6",
    }  # fmt: skip
    assert {name: found.text(name) for name in wanted} == wanted
    assert found.day("invoice_date") == date(2026, 3, 2)
    assert [(c.type, c.amount, c.is_charge) for c in found.charges] == [
        ("freight", 9, True), ("handling", 2, True), ("discount", Decimal("3.5"), False),
    ]  # fmt: skip
    (line,) = found.lines
    assert (line.no, line.quantity, line.unit, line.unit_price, line.line_total) == (
        "1",
        10,
        "BX",
        Decimal("12.5"),
        125,
    )
    assert (line.sku, line.buyer_item, line.po_number, line.po_line, line.serials) == (
        "A-100",
        "4711",
        "PO-100245",
        "3",
        ("S1",),
    )


def test_a_credit_memo_is_positive_amounts_of_a_credit_note() -> None:
    header = HEADER.replace('purpose="standard"', 'purpose="lineLevelCreditMemo"').replace(
        "<PaymentTerm", '<InvoiceIDInfo invoiceID="HM-1" invoiceDate="2026-02-01"/><PaymentTerm'
    )
    lines = LINE.replace('quantity="10"', 'quantity="-10"').replace(">125.00<", ">-125.00<")
    summary = SUMMARY
    for amount in ("125.00", "7.50", "2.00", "9.00", "143.50", "3.50", "140.00"):
        summary = summary.replace(f">{amount}<", f">-{amount}<")
    found = read(message(header, lines, summary))
    assert (found.kind, found.invoice_type, found.findings) == (Kind.CREDIT_NOTE, "credit_note", ())
    assert (found.text("total"), found.text("references_invoice")) == ("140.00", "HM-1")
    (line,) = found.lines
    assert (line.quantity, line.unit_price, line.line_total) == (10, Decimal("12.5"), 125)
    assert [charge.amount for charge in found.charges] == [9, 2, Decimal("3.5")]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (message(HEADER.replace('operation="new"', 'operation="delete"')), "asks to delete invoice HM-20417"),
        (message(HEADER.replace('operation="new"', 'operation="new" isInformationOnly="yes"')), "for information only"),
        (message(HEADER.replace('purpose="standard"', 'purpose="gift"')), "unknown purpose"),
        (message(mode="test"), "is a test"),
        (message(header=""), "no InvoiceDetailRequestHeader"),
        (message().replace(b"InvoiceDetailRequest>", b"OrderRequest>"), "is an order; only"),
        (b"<cXML><Response/></cXML>", "is no invoice"),
    ],
)
def test_other_messages_are_refused_in_words(data: bytes, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        read_einvoice(data)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (message(summary=SUMMARY.replace(">140.00<", ">150.00<")), "come to 140.00, the total is 150.00"),
        (message(summary=SUMMARY.replace('USD">7.50', 'EUR">7.50')), "counts in EUR, USD"),
        (message(summary=""), "no InvoiceDetailSummary"),
        (message(lines=LINE.replace('quantity="10"', 'quantity="ten"')), "is no number"),
        (message(HEADER.replace("2026-03-02T09", "2026-13-02T09")), "is no date"),
    ],
)
def test_what_does_not_add_up_holds(data: bytes, says: str) -> None:
    ((code, sentence),) = read(data).findings
    assert code == "DOC_MALFORMED_EINVOICE"
    assert says in sentence


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE cXML SYSTEM "http://evil.example/InvoiceDetail.dtd">',
        '<!DOCTYPE cXML SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE cXML SYSTEM "http://xml.cxml.org/schemas/cXML/1.2.045/InvoiceDetail.dtd" [<!ENTITY x "y">]>',
        '<!DOCTYPE cXML [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE html SYSTEM "http://xml.cxml.org/schemas/cXML/1.2.045/InvoiceDetail.dtd">',
        '<!DOCTYPE cXML SYSTEM "http://xml.cxml.org/schemas/cXML/../x/InvoiceDetail.dtd">',
        f"{DOCTYPE}{DOCTYPE}",
        f"<!-- -->{DOCTYPE}",
    ],
)
def test_any_other_doctype_stays_refused(doctype: str) -> None:
    data = message(doctype=doctype)
    verdict = inspect(data, "invoice.xml", Limits())
    assert isinstance(verdict, Refused)
    assert verdict.code == "DOCTYPE"
    with pytest.raises(InvalidInput, match="DOCTYPE"):
        read_einvoice(data)


def test_the_rest_of_the_document_is_untouched() -> None:
    data = message()
    blank = without_cxml_doctype(data)
    assert len(blank) == len(data)
    assert blank.replace(b" ", b"") == data.replace(DOCTYPE.encode(), b"").replace(b" ", b"")
    assert without_cxml_doctype(blank) == blank


@given(st.integers(0, 3000), st.binary(max_size=8), st.integers(0, 40))
def test_any_bytes_are_a_value_or_a_reason(place: int, put: bytes, cut: int) -> None:
    data = message()
    at = place % len(data)
    with contextlib.suppress(InvalidInput):
        read_einvoice(data[:at] + put + data[at + cut :])
