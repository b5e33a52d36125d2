"""Tesseract: in every distribution, and its errors are independent of the other engine's.

Whole pages go to its program (pytesseract), which can be stopped; single lines to its library in this process (tesslib).
"""

import os
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

import pytesseract
from PIL import Image

from pipeline.domain.document import Box, Word
from pipeline.domain.errors import InvalidInput, MissingDependency
from pipeline.ocr.tesslib import line_reader

TIMEOUT_SECONDS, LINE_SECONDS = 60, 10
WHOLE_PAGE = 3
ONE_LINE = 7
# Two processes with several threads each fight for the cores: measured 2.5 times slower.
THREADS = "1"


class TesseractEngine:
    """`languages` as Tesseract names them (`eng`, `deu+eng`); `segmentation` is its page segmentation mode."""

    name = "tesseract"

    def __init__(self, languages: str = "eng", segmentation: int = WHOLE_PAGE) -> None:
        os.environ["OMP_THREAD_LIMIT"] = THREADS
        self._languages = languages
        self._segmentation = segmentation

    @cached_property
    def version(self) -> str:
        try:
            return str(pytesseract.get_tesseract_version())
        except (pytesseract.TesseractNotFoundError, SystemExit) as error:
            raise _missing() from error

    def read(self, image: Image.Image) -> tuple[Word, ...]:
        return self._read(image, self._segmentation)

    def read_line(self, image: Image.Image) -> tuple[Word, ...]:
        """A crop that holds one line of print."""
        reader = line_reader(self._languages, ONE_LINE, LINE_SECONDS)
        if reader is None:
            return self._read(image, ONE_LINE)
        rows = reader.rows(image)
        if rows is None:
            raise InvalidInput("The line cannot be read: it is noise.", "Ask for a new scan.")
        return _words(rows, image.size)

    def turn(self, image: Image.Image) -> int | None:
        """Degrees clockwise to make the page upright by Tesseract's script detection; None when it cannot tell."""
        try:
            found = pytesseract.image_to_osd(
                image, output_type=pytesseract.Output.DICT, timeout=TIMEOUT_SECONDS, config="--dpi 150"
            )
        except (pytesseract.TesseractError, RuntimeError, ValueError, KeyError):
            return None
        except pytesseract.TesseractNotFoundError as error:
            raise _missing() from error
        return int(found["rotate"]) % 360 if float(found["orientation_conf"]) >= 1.0 else None

    def _read(self, image: Image.Image, segmentation: int) -> tuple[Word, ...]:
        try:
            found = pytesseract.image_to_data(
                image,
                lang=self._languages,
                config=f"--oem 1 --psm {segmentation}",
                output_type=pytesseract.Output.DICT,
                timeout=TIMEOUT_SECONDS,
            )
        except pytesseract.TesseractNotFoundError as error:
            raise _missing() from error
        except (pytesseract.TesseractError, RuntimeError, ValueError) as error:
            raise InvalidInput("The page cannot be read: it is noise, or too large.", "Ask for a new scan.") from error
        columns = ("text", "conf", "left", "top", "width", "height")
        return _words(
            (dict(zip(columns, row, strict=True)) for row in zip(*(found[name] for name in columns), strict=True)),
            image.size,
        )


def _words(rows: Iterable[Mapping[str, Any]], size: tuple[int, int]) -> tuple[Word, ...]:
    """The words of Tesseract's table; its confidences in whole percent, as its program gives them."""
    width, height = size
    words = []
    for row in rows:
        text, confidence = (row["text"] or "").strip(), int(float(row["conf"]))
        if text and confidence >= 0:
            left, top, across, down = (int(row[name]) for name in ("left", "top", "width", "height"))
            box = Box(left / width, top / height, (left + across) / width, (top + down) / height)
            words.append(Word(text, box, confidence / 100))
    return tuple(words)


def _missing() -> MissingDependency:
    return MissingDependency("Tesseract is not installed.", "Install it: apt-get install tesseract-ocr.")
