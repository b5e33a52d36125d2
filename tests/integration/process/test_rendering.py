"""Encrypted PDFs and Word documents through real children, as an installation has them."""

import shutil
from pathlib import Path

import pytest

from pipeline.bootstrap import build_renderer
from pipeline.config import Settings
from pipeline.domain.document import ReadStatus
from tests.unit.process.office import docx
from tests.unit.process.test_rendering import locked, part_of, text, upload

PARTNERS = '[[partner]]\nname = "portal"\nsources = ["portal"]\npdf_passwords_file = "{file}"\n'


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "words").write_text("falsch\ngeheim\n")
    (tmp_path / "partners.toml").write_text(PARTNERS.format(file=tmp_path / "words"))
    return Settings(home=tmp_path, partners=tmp_path / "partners.toml")


def test_a_password_on_file_opens_the_pdf_of_that_source_only(settings: Settings) -> None:
    render, data = build_renderer(settings), locked()
    found = render(part_of(data, "a.pdf"), upload(data))
    assert found.refused is None
    assert "Invoice 0" in text(found.data)
    from dataclasses import replace

    other = render(part_of(data, "a.pdf"), replace(upload(data), name="elsewhere/file"))
    assert other.refused is not None
    assert other.refused.status is ReadStatus.PASSWORD


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_a_word_document_through_libreoffice(settings: Settings) -> None:
    data = docx("Invoice 4711", "Total 12.00")
    found = build_renderer(settings)(part_of(data, "a.docx"), upload(data))
    assert found.refused is None
    assert "Invoice 4711" in text(found.data)


def test_libreoffice_can_be_ruled_out(settings: Settings) -> None:
    data = docx("Invoice 4711")
    found = build_renderer(settings.model_copy(update={"soffice": "none"}))(part_of(data, "a.docx"), upload(data))
    assert found.refused is not None
    assert "LibreOffice is not installed" in found.refused.reason
