"""Words of an image by the OCR engine that production uses, for training pages and evaluation."""

import io
from functools import cache
from typing import Any

import faster_paddle
from PIL import Image

from models.pages.lines import split_line
from pipeline.domain.document import Box, Page, Word


@cache
def engine() -> Any:
    return faster_paddle.OcrEngine("tiny", threads=1)


def read_image(data: bytes, number: int = 1) -> Page:
    """A page of words; the engine gives lines, which are cut at blanks in proportion to their characters."""
    with Image.open(io.BytesIO(data)) as image:
        width, height = image.size
    words: list[Word] = []
    for found in engine().ocr(data)["bounds"].values():
        (x0, y0), (x1, y1) = found["topLeftCoord"], found["bottomRightCoord"]
        words += split_line(
            found["text"], Box(x0 / width, y0 / height, x1 / width, y1 / height), float(found["confidence"])
        )
    return Page(number, float(width), float(height), tuple(words), "ocr")
