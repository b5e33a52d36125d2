"""Mails in other wrappings: signed as a whole (S/MIME), saved by Outlook (.msg), sent by Outlook (winmail.dat)."""

import struct
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from functools import lru_cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.document import Limits, ReadStatus
from pipeline.intake.outlook import outlook_headers
from pipeline.intake.smime import signed_content
from pipeline.intake.tnef import tnef_attachments
from pipeline.intake.unpack import unpack
from pipeline.intake.verdicts import RefusalError
from pipeline.process.guarding import look
from tests.unit.intake.compound import LEAST, Tree, attachment, compound, message
from tests.unit.intake.test_guard import pdf

LIMITS = Limits()
UBL = (
    b'<?xml version="1.0"?><Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"><ID>7</ID></Invoice>'
)


@lru_cache(maxsize=1)
def entity() -> bytes:
    """The body that is signed: a mail without its outer headers."""
    inner = EmailMessage()
    inner.set_content("Our invoice is attached.")
    inner.add_attachment(pdf(), maintype="application", subtype="pdf", filename="invoice 7.pdf")
    return inner.as_bytes()


@pytest.fixture(scope="module")
def signer() -> pkcs7.PKCS7SignatureBuilder:
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Supplier")]),
    )
    now = datetime.now(UTC)
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    built = built.serial_number(7).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    certificate = built.sign(key, hashes.SHA256())
    return pkcs7.PKCS7SignatureBuilder().add_signer(certificate, key, hashes.SHA256())


def signed(signer: pkcs7.PKCS7SignatureBuilder, data: bytes) -> bytes:
    return signer.set_data(data).sign(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary])


def wrapped(envelope: bytes) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "Billing <billing@supplier.example>", "Signed invoice"
    mail["Date"], mail["Message-ID"] = "Mon, 16 Mar 2026 09:00:00 +0000", "<7@supplier.example>"
    mail.set_content(envelope, "application", "pkcs7-mime", filename="smime.p7m", params={"smime-type": "signed-data"})
    return mail.as_bytes()


def in_pieces(envelope: bytes, content: bytes) -> bytes:
    """The same envelope as programs write it that do not know the length beforehand: indefinite, content in pieces."""
    pieces = b"".join(
        b"\x04\x81" + bytes([len(content[at : at + 100])]) + content[at : at + 100]
        for at in range(0, len(content), 100)
    )
    octets = b"\x24\x80" + pieces + b"\0\0"
    data = bytes.fromhex("06092a864886f70d010701")
    body = b"\x02\x01\x01\x31\x00\x30\x80" + data + b"\xa0\x80" + octets + b"\0\0\0\0" + b"\x31\x00"
    assert content in envelope
    return b"\x30\x80" + bytes.fromhex("06092a864886f70d010702") + b"\xa0\x80\x30\x80" + body + b"\0\0" * 3


def test_a_mail_signed_as_a_whole_is_opened(signer: pkcs7.PKCS7SignatureBuilder) -> None:
    found = look(wrapped(signed(signer, entity())), "m.eml", LIMITS)
    assert [(part.name, part.data, part.refused) for part in found.parts] == [("invoice 7.pdf", pdf(), None)]
    assert found.headers is not None
    assert found.headers.sender == "billing@supplier.example"


def test_an_envelope_of_unknown_length_is_opened(signer: pkcs7.PKCS7SignatureBuilder) -> None:
    envelope = in_pieces(signed(signer, entity()), entity())
    assert signed_content(envelope) == entity()
    assert [part.name for part in unpack(wrapped(envelope), "m.eml", LIMITS)] == ["invoice 7.pdf"]


def test_a_signed_e_invoice_is_taken_out_of_its_envelope(signer: pkcs7.PKCS7SignatureBuilder) -> None:
    (part,) = unpack(signed(signer, UBL), "IT01234567890_1.xml.p7m", LIMITS)
    assert (part.name, part.data, part.media_type) == ("IT01234567890_1.xml", UBL, "application/xml")


def test_an_encrypted_mail_and_a_bare_signature_say_so(signer: pkcs7.PKCS7SignatureBuilder) -> None:
    encrypted = bytes.fromhex("308006092a864886f70d010703a0803080") + bytes(60)
    (part,) = unpack(wrapped(encrypted), "m.eml", LIMITS)
    assert part.refused is not None
    assert part.refused.status is ReadStatus.PASSWORD
    detached = signer.set_data(UBL).sign(serialization.Encoding.DER, [pkcs7.PKCS7Options.DetachedSignature])
    (part,) = unpack(detached, "a.p7s", LIMITS)
    assert part.refused is not None
    assert "without the document" in part.refused.reason


@given(st.binary(max_size=200), st.integers(0, 400))
def test_damaged_envelopes_are_refused(noise: bytes, cut: int) -> None:
    start = bytes.fromhex("308006092a864886f70d010702a0803080020101310030800609")
    for data in (start + noise, in_pieces(entity(), entity())[:cut] + noise):
        said = "."
        try:
            signed_content(data)
        except RefusalError as refusal:
            said = refusal.refused.reason
        assert said.endswith(".")


def test_a_message_saved_by_outlook_gives_its_attachments_and_headers() -> None:
    inner: Tree = message("Rechnung", "x@y.example", [attachment("Rechnung März 2026.pdf", big(b"%inner"))])
    outer = message(
        "Fwd: Invoice",
        "/O=EXCHANGE/CN=BILLING",
        [attachment("Invoice 2026-0007.pdf", big(b"%outer")), {"__substg1.0_3701000D": inner}],
        "From: Billing <billing@supplier.example>\r\nSubject: Fwd: Invoice\r\nDate: Mon, 16 Mar 2026 09:00:00 +0000\r\n"
        "Authentication-Results: mx.hospital.example; dmarc=fail\r\n",
    )
    found = look(compound(outer), "saved.msg", LIMITS)
    assert [part.name for part in found.parts] == ["Invoice 2026-0007.pdf", "Rechnung März 2026.pdf"]
    assert all(part.refused is None for part in found.parts)
    assert found.headers is not None
    assert (found.headers.sender, found.headers.authentication) == ("billing@supplier.example", {"dmarc": "fail"})


def test_a_message_without_transport_headers_names_the_sender_that_outlook_knows() -> None:
    headers = outlook_headers(compound(message("Invoice\r\nBcc: x", "billing@supplier.example", [])))
    assert (headers.sender, headers.subject) == ("billing@supplier.example", "Invoice Bcc: x")


def test_a_damaged_message_file_is_refused_in_words() -> None:
    data = compound(message("Invoice", "a@b.example", [attachment("a.pdf", big(b"%"))]))
    for cut in (600, 1500, 3000):
        for part in unpack(data[:cut], "a.msg", LIMITS):
            assert part.refused is not None
            assert part.refused.reason.endswith(".")


def big(mark: bytes) -> bytes:
    return (pdf() + b"\n").ljust(LEAST, mark[-1:]) + mark


def winmail(short: str, properties: bytes, data: bytes) -> bytes:
    """In the order of Outlook: rendering, date, data, title, metafile, then the properties with the long name."""

    def attribute(code: int, body: bytes) -> bytes:
        return struct.pack("<BHHI", 2, code, 6, len(body)) + body + struct.pack("<H", sum(body) & 0xFFFF)

    title = short.encode("cp1252") + b"\0"
    return b"".join(
        (
            b"\x78\x9f\x3e\x22\x01\0",
            struct.pack("<BHHI", 1, 0x9006, 8, 4) + bytes(6),
            attribute(0x9002, bytes(14)),
            attribute(0x8013, bytes(14)),
            attribute(0x800F, data),
            attribute(0x8010, title),
            attribute(0x8011, bytes(40)),
            attribute(0x9005, properties),
        )
    )


def long_name(name: str) -> bytes:
    """Size, a named property, then PidTagAttachLongFilename in UTF-16."""
    raw = name.encode("utf-16-le") + b"\0\0"
    fixed = struct.pack("<HHI", 0x03, 0x0E20, 99)
    named = struct.pack("<HH16sIII", 0x03, 0x8001, bytes(16), 0, 7, 1)
    stated = struct.pack("<HHII", 0x1F, 0x3707, 1, len(raw)) + raw + bytes(-len(raw) % 4)
    return struct.pack("<I", 3) + fixed + named + stated


def test_winmail_dat_gives_the_names_as_they_were() -> None:
    data = winmail("RECHNU~1.PDF", long_name("Rechnung März 2026.pdf"), pdf())
    second = winmail("B.PDF", b"\xff" * 9, pdf() + b"\n")[6 + 15 :]
    assert [name for name, _ in tnef_attachments(data + second)] == ["Rechnung März 2026.pdf", "B.PDF"]
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "a@b.example", "Invoice"
    mail.set_content("See attachment.")
    mail.add_attachment(data, maintype="application", subtype="ms-tnef", filename="winmail.dat")
    assert [part.name for part in unpack(mail.as_bytes(), "m.eml", LIMITS)] == ["Rechnung März 2026.pdf"]
