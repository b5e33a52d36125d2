"""Both real engines read clean print; their boxes lie on the words."""

import pytest

from pipeline.ocr.confirm import confirm
from pipeline.ocr.engine import engine_named
from pipeline.ocr.prepare import turn
from pipeline.ocr.read import ocr_picture, page_image, read_pages
from pipeline.ocr.render import Picture
from pipeline.ocr.tesseract import LINE_SECONDS, ONE_LINE, TesseractEngine
from pipeline.ocr.tesslib import line_reader
from tests.unit.ocr.papers import packed, picture

ENGINES = ("paddle", "tesseract")


@pytest.mark.parametrize("name", ENGINES)
def test_clean_print_is_read(name: str) -> None:
    (page,) = read_pages(packed(picture(), dpi=(150, 150)), "image/png", engine_named(name))
    words = [word.text for word in page.words]
    for wanted in ("INV-20417", "03/14/2026", "102.00", "151.00"):
        assert wanted in words
    assert page.quality > 0.8
    box = next(word.box for word in page.words if word.text == "Northwind")
    assert box.x0 == pytest.approx(120 / 1240, abs=0.01)
    assert box.y0 == pytest.approx(106 / 1754, abs=0.01)


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_turned_scan_is_read_upright(degrees: int) -> None:
    image = turn(picture(), degrees)
    page = ocr_picture(Picture(1, image, image.width * 0.48, image.height * 0.48), engine_named("paddle"))
    assert page.rotation == (360 - degrees) % 360
    assert "INV-20417" in [word.text for word in page.words]


def test_the_second_engine_confirms_an_amount() -> None:
    data = packed(picture(), dpi=(150, 150))
    (page,) = read_pages(data, "image/png", engine_named("paddle"))
    box = next(word.box for word in page.words if word.text == "151.00")
    (opinion,) = confirm(page.words, page_image(data, "image/png", page), [box], engine_named("tesseract"))
    assert opinion.agrees, opinion


def test_the_library_reads_a_line_as_the_program_does() -> None:
    line = picture().crop((110, 90, 900, 150))
    assert line_reader("eng", ONE_LINE, LINE_SECONDS) is not None
    read = TesseractEngine(segmentation=ONE_LINE)
    assert [word.text for word in read.read_line(line)] == ["Northwind", "Medical", "Supply,", "Inc."]
    assert read.read_line(line) == read.read(line)


def test_without_the_library_the_program_reads_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.ocr.tesseract.line_reader", lambda *_: None)
    assert TesseractEngine().read_line(picture().crop((110, 90, 900, 150)))[0].text == "Northwind"


def test_there_is_no_reader_for_a_language_that_is_not_installed() -> None:
    assert line_reader("tlh", ONE_LINE, LINE_SECONDS) is None
