"""Words of an image by the OCR engine that production uses, for training pages and evaluation."""

import io
from functools import cache
from typing import Any

import faster_paddle
from PIL import Image

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
        words += split_line(found["text"], Box(x0 / width, y0 / height, x1 / width, y1 / height), float(found["confidence"]))
    return Page(number, float(width), float(height), tuple(words), "ocr")


def split_line(text: str, box: Box, confidence: float) -> list[Word]:
    """The words of a line, each as wide as its share of the characters."""
    total = sum(_weight(c) for c in text) or 1.0
    out: list[Word] = []
    at, start, token = 0.0, 0.0, ""
    for char in text + " ":
        if char == " ":
            if token:
                out.append(Word(token, Box(box.x0 + box.width * start / total, box.y0, box.x0 + box.width * min(at / total, 1.0), box.y1), confidence))
            token = ""
            at += _weight(char)
            start = at
        else:
            token += char
            at += _weight(char)
    return out


def _weight(char: str) -> float:
    if char in " .,:;'|!iIl1()[]/":
        return 0.55
    return 1.25 if char.isupper() or char in "mw%@&" else 1.0
