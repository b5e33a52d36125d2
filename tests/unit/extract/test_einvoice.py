"""UBL and CII are read exactly; what is malformed is said, never guessed."""

import io
from decimal import Decimal

import pikepdf
import pytest

from pipeline.domain.document import Kind
from pipeline.domain.errors import InvalidInput
from pipeline.domain.reading import Reading, Source
from pipeline.extract.einvoice import cross_check, embedded_xml, read_einvoice
from pipeline.extract.einvoice_charges import charge_type
from pipeline.ocr.text_layer import read_text_layer
from tests.unit.extract.einvoices import CII, UBL
from tests.unit.ocr.papers import invoice, pdf


def read(xml: str) -> Reading:
    found = read_einvoice(xml.encode())
    assert found is not None
    return found


def test_ubl_header() -> None:
    reading = read(UBL)
    expected = {
        "invoice_number": "INV-20417", "invoice_date": "2026-03-14", "due_date": "2026-04-13", "currency": "USD",
        "po_number": "4500118098", "supplier_name": "Northwind Medical Supply, Inc.", "supplier_tax_id": "DE123456789",
        "buyer_name": "Cedar Valley", "account_no": "591928", "ship_to": "FAC-03", "references_invoice": "INV-1",
        "subtotal": "151.00", "tax_total": "15.60", "total": "171.60", "prepaid": "71.60", "amount_due": "100.00",
    }  # fmt: skip
    assert {name: reading.text(name) for name in expected} == expected
    assert {f.source for f in reading.fields.values()} == {Source.XML}
    assert {f.confidence for f in reading.fields.values()} == {1.0}
    assert (reading.kind, reading.invoice_type, reading.findings) == (Kind.INVOICE, "invoice", ())


def test_ubl_lines_charges_and_taxes() -> None:
    reading = read(UBL)
    first, second = reading.lines
    assert (first.quantity, first.unit, first.unit_price, first.line_total) == (
        1200,
        "BX",
        Decimal("8.50"),
        Decimal("102.00"),
    )
    assert (first.price_base_qty, first.sku, first.po_line, first.serials, first.lots) == (
        100,
        "NG-1",
        "10",
        ("SN9",),
        ("LOT7",),
    )
    assert second.allowance == 1
    assert [(c.type, c.amount, c.is_charge) for c in reading.charges] == [("freight", 10, True), ("discount", 5, False)]
    assert [(t.base, t.rate, t.amount) for t in reading.taxes] == [(156, 10, Decimal("15.60"))]


def test_cii() -> None:
    reading = read(CII)
    assert [reading.text(n) for n in ("invoice_number", "invoice_date", "supplier_name", "supplier_tax_id", "total")] == [
        "R-77", "2026-03-14", "Muster GmbH", "DE123456789", "119.00"]  # fmt: skip
    (line,) = reading.lines
    assert (line.description, line.quantity, line.unit_price, line.line_total) == ("Kanüle", 40, Decimal("2.5000"), 100)


@pytest.mark.parametrize(
    ("code", "kind", "name"),
    [("381", Kind.CREDIT_NOTE, "credit_note"), ("384", Kind.INVOICE, "corrected"), ("386", Kind.INVOICE, "prepayment"),
     ("325", Kind.OTHER, "invoice"), ("326", Kind.INVOICE, "invoice")],
)  # fmt: skip
def test_type_codes(code: str, kind: Kind, name: str) -> None:
    reading = read(CII.replace("<ram:TypeCode>380", f"<ram:TypeCode>{code}"))
    assert (reading.kind, reading.invoice_type) == (kind, name)


def test_a_credit_note_by_its_root() -> None:
    credit = (
        UBL.replace("Invoice-2", "CreditNote-2")
        .replace("<Invoice ", "<CreditNote ")
        .replace("</Invoice>", "</CreditNote>")
    )
    credit = credit.replace("cac:InvoiceLine>", "cac:CreditNoteLine>").replace(
        "cbc:InvoicedQuantity", "cbc:CreditedQuantity"
    )
    reading = read(credit)
    assert (reading.kind, len(reading.lines), reading.lines[0].quantity) == (Kind.CREDIT_NOTE, 2, 1200)


def test_wrappers_are_opened() -> None:
    body = UBL.split("?>", 1)[1]
    wrapped = f'<sh:StandardBusinessDocument xmlns:sh="urn:sbd"><sh:Head/>{body}</sh:StandardBusinessDocument>'
    assert read(wrapped).text("invoice_number") == "INV-20417"
    inner = UBL.replace("]]>", "")
    attached = f'<AttachedDocument xmlns="urn:oasis:x"><Attachment><Description><![CDATA[{inner}]]></Description></Attachment></AttachedDocument>'
    assert read(attached).text("invoice_number") == "INV-20417"


def test_other_business_documents_are_told_apart() -> None:
    order = '<Order xmlns="urn:oasis:names:specification:ubl:schema:xsd:Order-2"/>'
    assert read(order).kind is Kind.PURCHASE_ORDER
    assert read_einvoice(b"<note>hello</note>") is None


@pytest.mark.parametrize("bad", ["NaN", "1e309", "1.234,56", "12 000", "INF", "0x10"])
def test_an_amount_that_is_no_number_is_absent_and_held(bad: str) -> None:
    reading = read(UBL.replace(">171.60<", f">{bad}<"))
    assert "total" not in reading.fields
    assert reading.findings[0][0] == "DOC_MALFORMED_EINVOICE"
    assert bad in reading.findings[0][1]


def test_a_date_that_does_not_exist_is_absent_and_held() -> None:
    reading = read(UBL.replace("2026-03-14+01:00", "2026-02-30"))
    assert reading.text("invoice_date") is None
    assert "2026-02-30" in reading.findings[0][1]


def test_repeated_line_numbers_become_unique() -> None:
    reading = read(UBL.replace("<cbc:ID>2</cbc:ID><cbc:InvoicedQuantity", "<cbc:ID>1</cbc:ID><cbc:InvoicedQuantity"))
    assert [line.no for line in reading.lines] == ["1", "1#2"]


@pytest.mark.parametrize("order", ["NA", "n/a", "-"])
def test_a_placeholder_is_no_order_number(order: str) -> None:
    assert read(UBL.replace("4500118098", order)).text("po_number") is None


@pytest.mark.parametrize(
    "xml",
    [
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
        b"<unclosed>",
        b"\xff\xfe<",
        b"",
        b"<a>" * 5000,
    ],
)
def test_dangerous_and_damaged_xml_is_refused(xml: bytes) -> None:
    with pytest.raises(InvalidInput):
        read_einvoice(xml)


def hybrid(*files: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf(invoice))) as document:
        for name, data in files:
            document.attachments[name] = data
        document.save(out)
    return out.getvalue()


def test_the_xml_inside_a_pdf_is_found() -> None:
    assert embedded_xml(hybrid(("factur-x.xml", CII.encode()))) == CII.encode()
    assert embedded_xml(hybrid(("rechnung.xml", UBL.encode()), ("notes.xml", b"<note/>"))) == UBL.encode()
    assert embedded_xml(hybrid()) is None
    assert embedded_xml(b"%PDF-1.4 broken") is None


def test_two_different_invoices_inside_decide_nothing() -> None:
    other = UBL.replace("INV-20417", "INV-99999").encode()
    assert embedded_xml(hybrid(("a.xml", UBL.encode()), ("b.xml", other))) is None


def test_a_page_that_says_the_same_raises_nothing() -> None:
    reading = read(UBL.replace(">171.60<", ">151.00<"))
    assert cross_check(reading, read_text_layer(pdf(invoice))) == ()


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("INV-20417", "INV-20418", "number"),
        ("2026-03-14+01:00", "2026-03-15", "date"),
        ("Northwind Medical Supply, Inc.", "Evil Payments Ltd", "supplier"),
    ],
)
def test_every_difference_between_page_and_xml_is_held(old: str, new: str, word: str) -> None:
    xml = UBL.replace(">171.60<", ">151.00<").replace("<cbc:Name>Northwind<", "<cbc:Name>Evil<")
    findings = cross_check(read(xml.replace(old, new)), read_text_layer(pdf(invoice)))
    assert [code for code, _ in findings] == ["DOC_MALFORMED_EINVOICE"]
    assert f"says {word}" in findings[0][1]


def test_another_total_on_the_page_is_held() -> None:
    findings = cross_check(read(UBL.replace(">171.60<", ">1510.00<")), read_text_layer(pdf(invoice)))
    assert [text for _, text in findings] == ["The XML says total 1510.00, but the page does not show it."]


def test_charges_are_named_by_their_words_then_by_their_code() -> None:
    assert charge_type("FC", "Fuel surcharge", True) == "fuel_surcharge"
    assert charge_type("FC", None, True) == "freight"
    assert charge_type(None, "Mindermengenzuschlag", True) == "small_order"
    assert charge_type(None, "Treuebonus", False) == "rebate"
    assert charge_type("ZZZ", "Something", True) == "other"
    assert charge_type(None, None, False) == "discount"
