"""Mails and archives to documents; nothing is lost, nothing is named dangerously."""

import io
import struct
from email.message import EmailMessage, MIMEPart
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pipeline.domain.document import Limits, ReadStatus
from pipeline.intake.mail import read_headers
from pipeline.intake.unpack import safe_name, unpack
from tests.unit.intake.test_guard import pdf, picture, zipped

LIMITS = Limits()
NS = 'xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"'


def ubl(number: str) -> bytes:
    return f"<Invoice {NS}><ID>{number}</ID></Invoice>".encode()


def other_pdf() -> bytes:
    return pdf(2)


def mail(*files: tuple[str, bytes], subject: str = "Invoice") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Billing <billing@northwind.example>"
    message["Subject"] = subject
    message["Date"] = "Mon, 16 Mar 2026 23:50:00 -0800"
    message["Message-ID"] = "<1@northwind.example>"
    message.set_content("Please find the invoice attached.")
    for name, data in files:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message


def test_a_plain_file_is_its_own_part() -> None:
    (part,) = unpack(pdf(), "a.pdf", LIMITS)
    assert (part.name, part.media_type, part.refused) == ("a.pdf", "application/pdf", None)


def test_every_attachment_is_a_part() -> None:
    parts = unpack(mail(("a.pdf", pdf()), ("b.pdf", other_pdf())).as_bytes(), "m.eml", LIMITS)
    assert [part.name for part in parts] == ["a.pdf", "b.pdf"]


def test_a_forwarded_mail_is_opened() -> None:
    outer = mail(subject="Fwd")
    outer.add_attachment(mail(("inner.pdf", pdf())))
    assert [part.name for part in unpack(outer.as_bytes(), "m.eml", LIMITS)] == ["inner.pdf"]


def test_an_attached_mail_file_and_a_zip_are_opened() -> None:
    outer = mail(("fwd.eml", mail(("a.pdf", pdf())).as_bytes()), ("pack.zip", zipped(**{"x/b.pdf": other_pdf()})))
    assert [part.name for part in unpack(outer.as_bytes(), "m.eml", LIMITS)] == ["a.pdf", "b.pdf"]


def test_a_logo_is_no_document_but_a_photographed_page_is() -> None:
    message = mail(("a.pdf", pdf()))
    message.add_attachment(picture((120, 60)), maintype="image", subtype="png", filename="image001.png")
    page = io.BytesIO()
    Image.new("L", (1200, 1600), 200).save(page, "JPEG")
    message.add_attachment(
        page.getvalue(), maintype="image", subtype="jpeg", filename="IMG_2041.jpg", disposition="inline"
    )
    assert [part.name for part in unpack(message.as_bytes(), "m.eml", LIMITS)] == ["a.pdf", "IMG_2041.jpg"]
    parts = unpack(message.as_bytes(), "m.eml", LIMITS, with_inline=True)
    assert [(part.name, part.inline) for part in parts] == [
        ("a.pdf", False), ("image001.png", True), ("IMG_2041.jpg", False)]  # fmt: skip


def test_a_mail_without_attachments_has_no_parts() -> None:
    assert unpack(mail().as_bytes(), "m.eml", LIMITS) == ()


def test_the_same_bytes_attached_twice_count_once() -> None:
    assert len(unpack(mail(("a.pdf", pdf()), ("copy.pdf", pdf())).as_bytes(), "m.eml", LIMITS)) == 1


def test_equal_names_are_kept_apart() -> None:
    parts = unpack(mail(("a.pdf", pdf()), ("A.pdf", other_pdf())).as_bytes(), "m.eml", LIMITS)
    assert [part.name for part in parts] == ["a.pdf", "A (2).pdf"]


def test_a_program_among_invoices_is_named_and_the_rest_still_comes() -> None:
    parts = unpack(mail(("a.pdf", pdf()), ("b.pdf", b"MZ" + bytes(99))).as_bytes(), "m.eml", LIMITS)
    assert [part.refused.status if part.refused else None for part in parts] == [None, ReadStatus.QUARANTINED]
    assert parts[1].data.startswith(b"MZ")


def test_a_damaged_attachment_is_not_read() -> None:
    raw = mail(("a.pdf", pdf())).as_bytes()
    encoded = raw.index(b"JVBERi0")
    broken = raw[: encoded + 200] + b"!!!" + raw[encoded + 203 :]
    (part,) = unpack(broken, "m.eml", LIMITS)
    assert part.refused is not None


def signed() -> bytes:
    message = MIMEPart()
    message["Content-Type"] = 'multipart/signed; protocol="application/pkcs7-signature"; boundary="b"'
    body = mail(("a.pdf", pdf()))
    del body["From"], body["Subject"], body["Date"], body["Message-ID"]
    signature = b"Content-Type: application/pkcs7-signature; name=smime.p7s\r\n\r\nMIIB\r\n"
    head = b'From: a@b.example\nSubject: s\nContent-Type: multipart/signed; boundary="sig"\n\n'
    return head + b"--sig\n" + body.as_bytes() + b"\n--sig\n" + signature + b"\n--sig--\n"


def test_a_signed_mail_is_read_without_its_signature() -> None:
    assert [part.name for part in unpack(signed(), "m.eml", LIMITS)] == ["a.pdf"]


def tnef(name: str, data: bytes) -> bytes:
    def attribute(code: int, body: bytes) -> bytes:
        return struct.pack("<BHHI", 2, code, 6, len(body)) + body + struct.pack("<H", sum(body) & 0xFFFF)

    title = name.encode() + b"\0"
    return b"\x78\x9f\x3e\x22\0\0" + attribute(0x9002, bytes(14)) + attribute(0x8010, title) + attribute(0x800F, data)


def test_winmail_dat_is_opened() -> None:
    parts = unpack(mail(("winmail.dat", tnef("a.pdf", pdf()))).as_bytes(), "m.eml", LIMITS)
    assert [part.name for part in parts] == ["a.pdf"]


def test_a_nested_bomb_is_refused() -> None:
    bomb = zipped(**{"big": b"0" * 50_000_000})
    (part,) = unpack(mail(("a.zip", bomb)).as_bytes(), "m.eml", LIMITS)
    assert part.refused is not None
    assert part.refused.status is ReadStatus.QUARANTINED


def test_a_mail_nested_a_thousand_times_is_refused() -> None:
    raw = b"From: a@b.example\nSubject: x\n"
    raw += b"".join(b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (i, i) for i in range(1000))
    (part,) = unpack(raw, "m.eml", LIMITS)
    assert part.refused is not None
    assert part.refused.code == "NESTED"


@pytest.mark.parametrize(
    "names",
    [("F-1.pdf", "F-1.xml"), ("scan.pdf", "data.xml"), ("Invoice F-1.pdf", "ubl.xml")],
)
def test_pdf_and_xml_of_one_invoice_are_joined(names: tuple[str, str]) -> None:
    parts = unpack(mail((names[0], pdf()), (names[1], ubl("F-1"))).as_bytes(), "m.eml", LIMITS)
    assert [(part.name, part.companion) for part in parts] == [(names[0], ubl("F-1"))]


def test_of_several_the_number_or_name_decides_and_a_stranger_stays_alone() -> None:
    message = mail(
        ("Invoice-F-1.pdf", pdf()),
        ("b.pdf", other_pdf()),
        ("x.xml", ubl("F-1")),
        ("b.xml", ubl("Q9")),
        ("y.xml", ubl("Z")),
    )
    parts = unpack(message.as_bytes(), "m.eml", LIMITS)
    assert {part.name: part.companion for part in parts} == {
        "Invoice-F-1.pdf": ubl("F-1"), "b.pdf": ubl("Q9"), "y.xml": None}  # fmt: skip


def test_an_xml_that_is_no_invoice_is_not_joined() -> None:
    parts = unpack(mail(("a.pdf", pdf()), ("a.xml", b"<note/>")).as_bytes(), "m.eml", LIMITS)
    assert [part.companion for part in parts] == [None, None]


@pytest.mark.parametrize(
    ("raw", "safe"),
    [("../../etc/passwd", "passwd"), ("C:\\temp\\a.pdf", "a.pdf"), ("a\0b.pdf", "ab.pdf"), ("", "document"),
     ("con.pdf", "document_con.pdf"), ("in\u202efdp.exe", "infdp.exe"), ("a<b>.pdf", "a_b_.pdf"), ("..", "document"),
     ("Rechnung März.pdf", "Rechnung März.pdf"), ("line\nbreak.pdf", "linebreak.pdf")],
)  # fmt: skip
def test_names_are_made_safe(raw: str, safe: str) -> None:
    assert safe_name(raw) == safe


@given(st.text(max_size=300))
def test_any_name_is_one_plain_file_name(raw: str) -> None:
    name = safe_name(raw)
    assert name
    assert PurePosixPath(name).name == name
    assert name.isprintable()
    assert len(name) <= 140


def test_encoded_names_are_read() -> None:
    head = b"From: a@b.example\nSubject: x\nContent-Type: application/pdf\nContent-Transfer-Encoding: 8bit\n"
    long_name = b"Content-Disposition: attachment; filename*=UTF-8''R%C3%A9sum%C3%A9.pdf\n\n"
    (part,) = unpack(head + long_name + pdf(), "m.eml", LIMITS)
    assert part.name == "Résumé.pdf"


def test_headers() -> None:
    raw = mail().as_bytes()
    results = (
        b"Authentication-Results: mx.hospital.example; spf=pass smtp.mailfrom=x; dkim=fail; dkim=pass; dmarc=fail\n"
    )
    headers = read_headers(results + raw)
    assert (headers.sender, headers.subject, headers.message_id) == (
        "billing@northwind.example", "Invoice", "<1@northwind.example>")  # fmt: skip
    assert headers.sent_on is not None
    assert headers.sent_on.isoformat() == "2026-03-16"
    assert headers.authentication == {"spf": "pass", "dkim": "pass", "dmarc": "fail"}
    assert headers.servers == (("mx.hospital.example", headers.authentication),)


def test_two_senders_and_look_alike_letters_are_said() -> None:
    headers = read_headers(b"From: a@b.example\nFrom: c@d.example\n\n")
    assert headers.problems == ("The mail names two senders.",)
    assert "look like" in read_headers("From: a@nоrthwind.example\n\n".encode()).problems[0]


@given(st.binary(max_size=500))
def test_any_bytes_give_headers_and_parts(noise: bytes) -> None:
    raw = b"From: a@b.example\nSubject: x\n" + noise
    read_headers(raw)
    unpack(raw, "m.eml", LIMITS)
