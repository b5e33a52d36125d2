"""Tesseract through pytesseract: in every distribution, and its errors are independent of the other engine's."""

import os
from functools import cached_property

import pytesseract
from PIL import Image

from pipeline.domain.document import Box, Word
from pipeline.domain.errors import InvalidInput, MissingDependency

TIMEOUT_SECONDS = 60
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
        return self._read(image, ONE_LINE)

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
        width, height = image.size
        words = []
        columns = (found["text"], found["conf"], found["left"], found["top"], found["width"], found["height"])
        for text, confidence, left, top, across, down in zip(*columns, strict=True):
            if text.strip() and float(confidence) >= 0:
                box = Box(left / width, top / height, (left + across) / width, (top + down) / height)
                words.append(Word(text.strip(), box, float(confidence) / 100))
        return tuple(words)


def _missing() -> MissingDependency:
    return MissingDependency("Tesseract is not installed.", "Install it: apt-get install tesseract-ocr.")
