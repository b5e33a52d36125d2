"""Pages for encrypted PDFs with a password on file, and for Word and Excel documents."""

import io
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pikepdf
import pypdfium2 as pdfium
import pytest

from pipeline.domain.arrivals import Refused, UnpackedPart
from pipeline.domain.document import Channel, Limits, ReadStatus, Upload
from pipeline.intake.guard import inspect
from pipeline.intake.unpack import unpack
from pipeline.process.pool import Exit, Request, Result
from pipeline.process.rendering import ChildRenderer, Task, answered, asked, converted, opened, render
from tests.unit.intake.test_guard import pdf
from tests.unit.process.office import docx, office_program

LIMITS = Limits()
OFFICE = shutil.which("soffice")


class Here:
    """A pool whose child is this process."""

    def __init__(self, bad: Exit | None = None) -> None:
        self.requests: list[Request] = []
        self._bad = bad

    def read(self, request: Request) -> Result:
        self.requests.append(request)
        if self._bad:
            return Result(request.key, None, self._bad, "It broke.", 0.0)
        return Result(request.key, render(request.data, LIMITS), Exit.OK, None, 0.0)


def renderer(pool: Here, *passwords: str, program: str | None = None) -> ChildRenderer:
    return ChildRenderer(lambda: pool, lambda upload: passwords, program)  # type: ignore[arg-type, return-value]


def locked(password: str = "geheim", data: bytes | None = None) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data or pdf())) as document:
        document.save(out, encryption=pikepdf.Encryption(owner="owner", user=password))
    return out.getvalue()


def part_of(data: bytes, name: str) -> UnpackedPart:
    (part,) = unpack(data, name, LIMITS)
    return part


def upload(data: bytes) -> Upload:
    return Upload("portal/file", data, Channel.PORTAL, date(2026, 3, 2))


def text(data: bytes) -> str:
    return "".join(page.get_textpage().get_text_range() for page in pdfium.PdfDocument(data))


def test_the_password_that_fits_opens_the_pdf() -> None:
    pool, data = Here(), locked()
    found = renderer(pool, "wrong", "geheim")(part_of(data, "a.pdf"), upload(data))
    assert (found.name, found.refused, found.media_type) == ("a.pdf", None, "application/pdf")
    assert "Invoice 0" in text(found.data)
    assert not pikepdf.open(io.BytesIO(found.data)).is_encrypted


def test_the_same_file_gives_the_same_pages() -> None:
    data = locked()
    assert opened(data, ["geheim"]) == opened(data, ["other", "geheim"])


def test_a_wrong_password_says_so_without_naming_it() -> None:
    pool, data = Here(), locked()
    found = renderer(pool, "falsch")(part_of(data, "a.pdf"), upload(data))
    assert found.refused is not None
    assert found.refused.status is ReadStatus.PASSWORD
    assert "none of those on file" in found.refused.reason
    assert "falsch" not in repr(found)


def test_without_a_password_on_file_nobody_is_asked() -> None:
    pool, data = Here(), locked()
    part = part_of(data, "a.pdf")
    assert renderer(pool)(part, upload(data)) == part
    assert pool.requests == []


def test_what_a_password_hid_is_looked_at_by_the_guard() -> None:
    with pikepdf.open(io.BytesIO(pdf())) as document:
        document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))
        out = io.BytesIO()
        document.save(out)
    data = locked(data=out.getvalue())
    found = renderer(Here(), "geheim")(part_of(data, "a.pdf"), upload(data))
    assert found.refused is not None
    assert found.refused.code == "ACTIVE"


def test_other_refusals_are_left_alone() -> None:
    part = UnpackedPart(
        "a.pdf", b"%PDF-1.7", "application/pdf", refused=Refused(ReadStatus.REJECTED, "Cut off.", "DAMAGED")
    )
    assert renderer(Here(), "geheim")(part, upload(b"")) is part


def test_a_word_document_without_libreoffice_says_what_to_do() -> None:
    data = docx("Invoice 1")
    found = renderer(Here())(part_of(data, "a.docx"), upload(data))
    assert found.refused is not None
    assert found.refused.reason == (
        "The file is a Word document, which cannot be turned into pages here (LibreOffice is not installed); send a PDF."
    )


def test_a_presentation_is_not_converted(tmp_path: Path) -> None:
    part = part_of(docx("Invoice 1").replace(b"word/", b"pptx/").replace(b"pptx/", b"ppt/x"), "a.pptx")
    assert part.refused is not None
    assert renderer(Here(), program=office_program(tmp_path, pdf()))(part, upload(part.data)).refused == part.refused


def test_a_word_document_becomes_pages(tmp_path: Path) -> None:
    data = docx("Invoice 1")
    program = office_program(tmp_path, pdf())
    found = renderer(Here(), program=program)(part_of(data, "a.docx"), upload(data))
    assert (found.name, found.refused) == ("a.docx", None)
    assert "Invoice 0" in text(found.data)
    called = (tmp_path / "called").read_text()
    assert "--headless" in called
    assert "UserInstallation=file:///" in called
    assert "APDESK" not in called


def test_pages_that_nobody_made_are_a_refusal(tmp_path: Path) -> None:
    data = docx("Invoice 1")
    found = renderer(Here(), program=office_program(tmp_path, None))(part_of(data, "a.docx"), upload(data))
    assert found.refused is not None
    assert found.refused.status is ReadStatus.REJECTED
    assert "could not turn into pages" in found.refused.reason


def test_a_conversion_that_breaks_is_quarantined(tmp_path: Path) -> None:
    data = docx("Invoice 1")
    found = renderer(Here(Exit.TIMEOUT), program="soffice")(part_of(data, "a.docx"), upload(data))
    assert found.refused is not None
    assert found.refused.status is ReadStatus.QUARANTINED


def test_a_template_loaded_from_elsewhere_is_quarantined() -> None:
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
    bad = f'<Relationship Id="r1" Type="{kind}attachedTemplate" Target="http://evil.example/t.dotm" TargetMode="External"/>'
    harmless = f'<Relationship Id="r1" Type="{kind}hyperlink" Target="http://supplier.example" TargetMode="External"/>'
    for relations, code in ((bad, "ACTIVE"), (harmless, "OFFICE")):
        verdict = inspect(docx("Invoice", relations=relations), "a.docx", LIMITS)
        assert getattr(verdict, "code", None) == code


@pytest.mark.parametrize("message", [b"", b"\0" * 8, b"\0" * 7 + b"\4nullno pages", b"\xff" * 20])
def test_an_answer_that_makes_no_sense_is_no_answer(message: bytes) -> None:
    with pytest.raises((ValueError, Exception)):
        answered(message)


def test_a_task_survives_its_way() -> None:
    refused, pages = answered(render(asked(Task("pdf", passwords=("ü",)), locked("ü")), LIMITS))
    assert refused is None
    assert pages.startswith(b"%PDF-")


@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed")
def test_the_real_libreoffice_gives_the_same_pages_twice() -> None:
    task = Task("office", "a Word document", program=str(OFFICE))
    first = converted(docx("Invoice 4711", "Total 12.00"), task, LIMITS)
    assert isinstance(first, bytes)
    assert "Invoice 4711" in text(first)
    assert converted(docx("Invoice 4711", "Total 12.00"), replace(task), LIMITS) == first
