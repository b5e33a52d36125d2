"""What may come in, and the plain sentence for what may not."""

import io
import zipfile
import zlib

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from pipeline.domain.document import Limits, ReadStatus
from pipeline.intake.guard import EICAR, inspect
from pipeline.intake.verdicts import Accepted, Refused

LIMITS = Limits(pages=5, page_pixels=4_000_000, archive_members=10, archive_bytes=2_000_000)


def pdf(pages: int = 1) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, invariant=1)
    for number in range(pages):
        canvas.drawString(72, 700, f"Invoice {number}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def changed(change) -> bytes:  # type: ignore[no-untyped-def]
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf())) as document:
        change(document)
        document.save(out)
    return out.getvalue()


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def picture(size: tuple[int, int] = (200, 300), kind: str = "PNG", mode: str = "L") -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, 1).save(out, kind)
    return out.getvalue()


def refused(data: bytes, name: str = "invoice.pdf") -> Refused:
    verdict = inspect(data, name, LIMITS)
    assert isinstance(verdict, Refused), verdict
    assert verdict.reason.endswith(".")
    assert "\n" not in verdict.reason
    return verdict


X12 = b"ISA*00*          *00*          *ZZ*A              *ZZ*B              *260316*0830*U*00401*000000021*0*P*>~"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (pdf(), "pdf"),
        (b"\xef\xbb\xbf" + pdf(), "pdf"),
        (b"x" * 900 + pdf(), "pdf"),
        (pdf() + b"\0" * 5000, "pdf"),
        (picture(), "png"),
        (picture(kind="JPEG"), "jpeg"),
        (picture(kind="TIFF"), "tiff"),
        (picture(kind="WEBP"), "webp"),
        (b"<Invoice/>", "xml"),
        ("<?xml version='1.0' encoding='utf-16'?><Invoice/>".encode("utf-16"), "xml"),
        (X12, "edi"),
        (b"From: a@b.example\r\nSubject: Invoice\r\n\r\nHello", "eml"),
        (zipped(a=pdf()), "zip"),
    ],
)
def test_good_files_come_in_whatever_their_name(data: bytes, kind: str) -> None:
    verdict = inspect(data, "whatever.bin", LIMITS)
    assert isinstance(verdict, Accepted), verdict
    assert verdict.kind == kind


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "EMPTY"),
        (b"%PDF-1.7\n", "DAMAGED"),
        (pdf()[: len(pdf()) // 3], "DAMAGED"),
        (pdf(6), "PAGES"),
        (b"just some words", "KIND"),
        (b"<!DOCTYPE html><html><body>x</body></html>", "KIND"),
        (b"<html><body>x</body></html>", "KIND"),
        (b"<?php system('x'); ?>", "SCRIPT"),
        (picture()[:60], "DAMAGED"),
        (picture((10, 10)), "SHAPE"),
        (picture((4000, 20)), "SHAPE"),
        (b"GIF89a" + bytes(100), "KIND"),
        (b"<a><b></a>", "DAMAGED"),
        (zipped(), "EMPTY"),
        (zipped(a=pdf())[:100], "DAMAGED"),
        (zipped(**{"[Content_Types].xml": b"", "word/document.xml": b""}), "OFFICE"),
        (b"Rar!\x1a\x07" + bytes(50), "ARCHIVE"),
        (b"UNB+UNOA:1+x", "KIND"),
    ],
)
def test_useless_files_are_rejected(data: bytes, code: str) -> None:
    verdict = refused(data)
    assert (verdict.status, verdict.code) == (ReadStatus.REJECTED, code)


def action(kind: str, **more: object):  # type: ignore[no-untyped-def]
    def change(document: pikepdf.Pdf) -> None:
        document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name(kind), **more)

    return change


def link_action(document: pikepdf.Pdf) -> None:
    link = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, A=pikepdf.Dictionary(S=pikepdf.Name.Launch, F="x")
    )
    document.pages[0].Annots = pikepdf.Array([link])


def attach(name: str, data: bytes):  # type: ignore[no-untyped-def]
    def change(document: pikepdf.Pdf) -> None:
        document.attachments[name] = data

    return change


def bomb(document: pikepdf.Pdf) -> None:
    packed = zlib.compress(b" " * 80_000_000, 9)
    document.pages[0].Contents = pikepdf.Stream(document, b"", Filter=pikepdf.Name.FlateDecode)
    document.pages[0].Contents.write(packed, filter=pikepdf.Name.FlateDecode)


def fan_out(document: pikepdf.Pdf) -> None:
    inner = document.make_stream(b"0 0 m", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form, BBox=[0, 0, 1, 1])
    for _ in range(7):
        resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=inner))
        inner = document.make_stream(
            b"/F Do " * 10, Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form, BBox=[0, 0, 1, 1], Resources=resources
        )
    document.pages[0].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=inner))


def self_drawing(document: pikepdf.Pdf) -> None:
    form = document.make_stream(b"/F Do", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form, BBox=[0, 0, 1, 1])
    other = document.make_stream(b"/F Do", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form, BBox=[0, 0, 1, 1])
    form.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=other))
    other.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=form))
    document.pages[0].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=form))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (EICAR, "MALWARE"),
        (b"MZ" + bytes(200), "PROGRAM"),
        (b"\x7fELF" + bytes(200), "PROGRAM"),
        (changed(action("/JavaScript", JS="app.alert(1)")), "ACTIVE"),
        (changed(action("/Launch", F="calc.exe")), "ACTIVE"),
        (changed(action("/SubmitForm", F="http://x")), "ACTIVE"),
        (changed(link_action), "ACTIVE"),
        (changed(attach("invoice.exe", b"MZ")), "MALWARE"),
        (changed(attach("invoice.txt", EICAR)), "MALWARE"),
        (changed(bomb), "BOMB"),
        (changed(fan_out), "BOMB"),
        (changed(self_drawing), "BOMB"),
        (pdf() + zipped(a=b"x"), "POLYGLOT"),
        (picture() + zipped(a=b"x"), "POLYGLOT"),
        (picture((3000, 2000), mode="1"), "PIXELS"),
        (b'<!DOCTYPE a SYSTEM "http://x"><a/>', "DOCTYPE"),
        (b'<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="1.0"/>', "PROGRAM"),
        (b"<a><EmbeddedDocumentBinaryObject>TVqQAAMAAAAEAAAA</EmbeddedDocumentBinaryObject></a>", "MALWARE"),
        (zipped(**{"../evil.pdf": b"x"}), "ESCAPE"),
        (zipped(**{"/etc/x": b"x"}), "ESCAPE"),
        (zipped(a=b"0" * 3_000_000), "BOMB"),
        (zipped(**{f"f{i}": b"x" for i in range(11)}), "BOMB"),
        (zipped(**{"a.zip": zipped(**{"b.zip": zipped(**{"c.zip": b""})})}), "BOMB"),
        (zipped(**{"[Content_Types].xml": b"", "word/vbaProject.bin": b""}), "MACRO"),
    ],
)
def test_dangerous_files_are_quarantined(data: bytes, code: str) -> None:
    verdict = refused(data)
    assert (verdict.status, verdict.code) == (ReadStatus.QUARANTINED, code)


def test_locked_files_ask_for_an_open_copy() -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf())) as document:
        document.save(out, encryption=pikepdf.Encryption(owner="o", user="u", R=6))
    assert refused(out.getvalue()).status is ReadStatus.PASSWORD


def test_a_pdf_with_an_owner_password_only_comes_in() -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf())) as document:
        document.save(out, encryption=pikepdf.Encryption(owner="o", user="", R=6))
    assert isinstance(inspect(out.getvalue(), "x", LIMITS), Accepted)


def test_a_symbolic_link_in_a_zip_is_quarantined() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        entry = zipfile.ZipInfo("link")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")
    assert refused(out.getvalue()).code == "ESCAPE"


def test_limits_are_the_callers() -> None:
    assert refused_by(pdf(), Limits(file_bytes=100)).code == "SIZE"
    assert refused_by(pdf(), Limits(kinds=("xml",))).code == "KIND"


def refused_by(data: bytes, limits: Limits) -> Refused:
    verdict = inspect(data, "x", limits)
    assert isinstance(verdict, Refused)
    return verdict


@given(
    st.binary(max_size=400),
    st.sampled_from([b"", b"%PDF-1.4\n", b"PK\x03\x04", b"<a>", b"II*\0", b"\x89PNG\r\n\x1a\n"]),
)
def test_any_bytes_get_a_verdict(noise: bytes, start: bytes) -> None:
    assert isinstance(inspect(start + noise, "x", LIMITS), Accepted | Refused)
