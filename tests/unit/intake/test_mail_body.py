"""An invoice that is the mail itself: what is seen is set on pages, what is hidden is not, and other mails stay mails."""

from email.message import EmailMessage

import pypdfium2 as pdfium
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.document import Limits
from pipeline.intake.html_page import blocks_of, text_of, to_pdf
from pipeline.intake.unpack import UnpackedPart, unpack
from tests.unit.intake.test_guard import pdf

INVOICE = """<html><head><style>.pre, #also { display : none } @media (max-width:600px) { .total { display:none } }</style></head>
<body><div class="pre">Total: 1.00</div><p id="also">Total: 2.00</p><div style="font-size:0px">Total: 3.00</div>
<table bgcolor="#003366"><tr><td><span style="color:#ffffff">Harbor Medical Supply Inc.</span></td></tr></table>
<p style="color: #FEFEFE">Total: 4.00</p><table><tr><td bgcolor="#003366"><span style="color:#036">Total: 6.00</span></td></tr></table><script>document.write("Total: 5.00")</script>
<h1>INVOICE</h1><table><tr><td>Invoice number:</td><td>HM-20417</td></tr><tr><td>PO number:</td><td>PO-100245</td></tr></table>
<table><tr><th>Item</th><th>Description</th><th>Qty</th><th>Price</th><th>Amount</th></tr>
<tr><td>A-100</td><td>Nitrile gloves&nbsp;M</td><td>10</td><td>$12.50</td><td>$125.00</td></tr>
<tr class="total"><td colspan="4">Total due</td><td>$125.00</td></tr></table>
<img src="http://tracker.example/x.png"></body></html>"""


def mail(html: str, *attached: tuple[str, bytes]) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "billing@harbor.example", "ap@hospital.example", "Invoice"
    message.set_content("Please see the HTML part.")
    message.add_alternative(html, subtype="html")
    for name, data in attached:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def parts(html: str, *attached: tuple[str, bytes]) -> tuple[UnpackedPart, ...]:
    return unpack(mail(html, *attached), "mail.eml", Limits())


def words(data: bytes) -> str:
    document = pdfium.PdfDocument(data)
    return "\n".join(page.get_textpage().get_text_range() for page in document)


def test_a_mail_that_is_an_invoice_becomes_one_document() -> None:
    (part,) = parts(INVOICE)
    assert (part.name, part.media_type, part.refused) == ("mail text.pdf", "application/pdf", None)
    text = words(part.data)
    for seen in (
        "Harbor Medical Supply Inc.",
        "HM-20417",
        "PO-100245",
        "Nitrile gloves M",
        "$12.50",
        "Total due",
        "$125.00",
    ):
        assert seen in text


def test_what_a_reader_cannot_see_is_not_on_the_page() -> None:
    text = words(parts(INVOICE)[0].data)
    assert not [n for n in range(1, 7) if f"Total: {n}.00" in text]


def test_the_same_mail_gives_the_same_bytes() -> None:
    assert parts(INVOICE)[0].data == parts(INVOICE)[0].data


def test_nothing_of_the_html_is_active_in_the_pdf() -> None:
    data = parts(INVOICE)[0].data
    assert b"http" not in data.replace(b"http://www.reportlab.com", b"")
    assert b"/URI" not in data


def test_an_attached_document_is_the_invoice_and_the_text_stays_a_letter() -> None:
    assert [part.name for part in parts(INVOICE, ("invoice.pdf", pdf()))] == ["invoice.pdf"]


def test_a_refused_attachment_is_not_replaced_by_the_text() -> None:
    (part,) = parts(INVOICE, ("invoice.pdf", b"%PDF-1.7 cut off"))
    assert part.refused


def test_an_announcement_is_no_invoice() -> None:
    assert parts("<p>Dear Sir, your invoice HM-20417 is attached. Questions? Call us.</p>") == ()
    assert parts("<p>Invoices made easy! Save 20.00 and 30.00 today. Total: 50.00</p>") == ()


def test_a_forwarded_invoice_is_found() -> None:
    outer = EmailMessage()
    outer["From"], outer["To"], outer["Subject"] = "clerk@hospital.example", "ap@hospital.example", "Fwd"
    outer.set_content("FYI")
    from email import message_from_bytes, policy

    outer.add_attachment(message_from_bytes(mail(INVOICE), policy=policy.default))
    (part,) = unpack(outer.as_bytes(), "mail.eml", Limits())
    assert "HM-20417" in words(part.data)


def test_columns_stay_columns() -> None:
    found = blocks_of("<table><tr><td>a</td><td>b c</td></tr><tr><td colspan=2>d<br>e</td></tr></table>")
    assert text_of(found).splitlines() == ["a\tb c", "d", "e"]


@settings(deadline=None)  # the time is the machine's, not the reader's
@given(st.text(alphabet="<>/abdtrplhis=\"' \n1.é\x00", max_size=200))
def test_any_html_gives_pages_or_nothing(raw: str) -> None:
    assert to_pdf(blocks_of(f"<p>{raw}</p>")).startswith(b"%PDF-")
