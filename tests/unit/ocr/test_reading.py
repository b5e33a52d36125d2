"""Which pages go to OCR, and how a badly lying scan is read; with an engine that knows what is upright."""

import numpy as np
import pytest
from PIL import Image

from pipeline.domain.document import Box, Page, Word
from pipeline.ocr.confirm import confirm
from pipeline.ocr.null import NullEngine
from pipeline.ocr.paddle import split_line
from pipeline.ocr.prepare import turn
from pipeline.ocr.quality import is_doubtful, page_quality
from pipeline.ocr.read import ocr_picture, page_image, read_pages
from pipeline.ocr.recent import RecentPictures
from pipeline.ocr.render import Picture
from tests.unit.ocr.papers import invoice, packed, pdf, picture

WORDS = tuple(Word(f"word{i}", Box(0.1, i / 20, 0.3, i / 20 + 0.02), 0.97) for i in range(10))


class MarkedEngine:
    """Reads well only when the black mark is at the top left, as on an upright page."""

    name, version = "marked", "1"

    def __init__(self) -> None:
        self.calls = 0

    def read(self, image: Image.Image) -> tuple[Word, ...]:
        self.calls += 1
        corner = np.asarray(image)[: image.height // 8, : image.width // 8]
        sure = 0.97 if corner.min() < 50 else 0.4
        return tuple(Word(w.text, w.box, sure) for w in WORDS)


def marked() -> Image.Image:
    image = picture()
    image.paste(0, (60, 60, 110, 90))
    return image


def test_a_page_upside_down_is_read_again_turned() -> None:
    engine = MarkedEngine()
    page = ocr_picture(Picture(1, turn(marked(), 180), 595, 842), engine)
    assert (page.rotation, page.quality, page.source) == (180, 0.97, "ocr")
    assert engine.calls == 2


def test_an_upright_page_is_read_once() -> None:
    engine = MarkedEngine()
    page = ocr_picture(Picture(1, marked(), 595, 842), engine)
    assert (page.rotation, engine.calls) == (0, 1)


def test_a_sideways_page_has_its_sides_swapped() -> None:
    page = ocr_picture(Picture(1, turn(marked(), 270), 842, 595), MarkedEngine())
    assert (page.rotation, page.width, page.height) == (90, 595, 842)


def test_only_pages_without_text_go_to_the_engine() -> None:
    engine = MarkedEngine()
    (page,) = read_pages(pdf(invoice), "application/pdf", engine)
    assert (page.source, engine.calls) == ("pdf_text", 0)
    (scan,) = read_pages(packed(marked()), "image/png", engine)
    assert (scan.source, len(scan.words)) == ("ocr", 10)


def test_without_an_engine_a_scan_has_quality_zero() -> None:
    (page,) = read_pages(packed(picture()), "image/png", NullEngine())
    assert (page.words, page.quality) == ((), 0.0)


def test_the_picture_of_a_page_is_the_one_that_was_read() -> None:
    data = packed(turn(marked(), 180))
    (page,) = read_pages(data, "image/png", MarkedEngine())
    again = page_image(data, "image/png", page)
    assert np.asarray(again)[: again.height // 8, : again.width // 8].min() < 50


def test_only_pictures_of_the_file_being_read_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    recent, data, page, image = RecentPictures(), bytes(3), Page(1, 595, 842, ()), picture()
    recent.begin(data)
    recent.keep(page, image)
    assert recent.find(data, page) is image
    assert recent.find(data, Page(2, 595, 842, ())) is None
    assert recent.find(data, Page(1, 595, 842, (), rotation=180)) is None
    assert recent.find(bytearray(3), page) is None  # type: ignore[arg-type]
    monkeypatch.setattr("pipeline.ocr.recent.MOST_PIXELS", image.width * image.height + 1)
    recent.keep(Page(2, 595, 842, ()), image)
    assert recent.find(data, Page(2, 595, 842, ())) is None
    recent.begin(b"another")
    assert recent.find(data, page) is None


def test_quality_weighs_by_length() -> None:
    words = (Word("a", Box(0, 0, 1, 1), 0.2), Word("longer-word", Box(0, 0, 1, 1), 1.0))
    assert page_quality(words) == (0.9333, 0.2)
    assert page_quality(()) == (0.0, 0.0)
    assert is_doubtful(words)


def test_words_of_a_line_are_cut_at_its_white_gaps() -> None:
    line = np.full((30, 400), 255, np.uint8)
    line[5:25, 0:100] = 0
    line[5:25, 140:150] = 0
    line[5:25, 320:400] = 0
    parts = split_line("Total 7 4,250.00", line)
    assert [(text, round(a), round(b)) for text, a, b in parts] == [
        ("Total", 0, 100), ("7", 140, 150), ("4,250.00", 320, 400)]  # fmt: skip


class SayingEngine(NullEngine):
    def __init__(self, text: str) -> None:
        self._text = text

    def read(self, image: Image.Image) -> tuple[Word, ...]:
        return (Word(self._text, Box(0, 0, 1, 1), 0.9),)


def test_a_second_opinion_agrees_only_on_the_same_amount() -> None:
    words = (Word("1,204.50", Box(0.1, 0.1, 0.2, 0.12)),)
    box = Box(0.09, 0.09, 0.21, 0.13)
    (same,) = confirm(words, picture(), [box], SayingEngine("1,204.50"))
    (other,) = confirm(words, picture(), [box], SayingEngine("1,284.50"))
    (shifted,) = confirm(words, picture(), [box], SayingEngine("12,04.50"))
    assert (same.agrees, other.agrees, shifted.agrees) == (True, False, False)
    assert other.second == "1,284.50"
    (nothing,) = confirm((), picture(), [box], SayingEngine(""))
    assert not nothing.agrees
