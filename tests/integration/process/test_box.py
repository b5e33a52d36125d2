"""One box of a scan read again by Tesseract in a killable child."""

import io
import shutil

import pytest
from PIL import Image, ImageDraw, ImageFont

from pipeline.domain.document import Box, Limits
from pipeline.domain.errors import InvalidInput
from pipeline.domain.reading import BoxReading
from pipeline.ocr.engine import engine_named
from pipeline.process.box import ChildBoxReader, joined, read_box
from pipeline.process.pool import ReaderPool

FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
BOX = Box(0.1, 0.1, 0.6, 0.2)
needs_tesseract = pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract-ocr is not installed")


def scan() -> bytes:
    image = Image.new("L", (1200, 1600), 255)
    pen, face = ImageDraw.Draw(image), ImageFont.truetype(FONT, 44)
    pen.text((140, 200), "INV-204417", fill=0, font=face)
    pen.text((140, 900), "elsewhere", fill=0, font=face)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def by_tesseract(data: bytes, name: str) -> bytes:
    """What the child of this test runs."""
    return read_box(data, name, [lambda: engine_named("tesseract")])


class Blobs:
    def get(self, sha256: str) -> bytes:
        return scan()


@needs_tesseract
def test_what_stands_in_the_box_and_nothing_else() -> None:
    pool = ReaderPool(1, "tests.integration.process.test_box:by_tesseract", Limits())
    try:
        reader = ChildBoxReader(pool, Blobs())
        (found,) = reader("sha", 1, BOX)
        assert (found.text, found.engine) == ("INV-204417", "tesseract")
        assert found.confidence > 0.5
        assert reader("sha", 1, Box(0.1, 0.3, 0.5, 0.35)) == ()
        with pytest.raises(InvalidInput):
            reader("sha", 9, BOX)
        with pytest.raises(InvalidInput, match="around one value"):
            reader("sha", 1, Box(0.0, 0.0, 1.0, 0.9))
    finally:
        pool.close()


def test_engines_that_agree_are_surer_than_each_alone() -> None:
    readings = [BoxReading("A1", 0.8, "paddle"), BoxReading("A1", 0.7, "tesseract"), BoxReading("Al", 0.9, "x")]
    assert joined(readings) == (BoxReading("A1", 0.94, "paddle + tesseract"), BoxReading("Al", 0.9, "x"))
