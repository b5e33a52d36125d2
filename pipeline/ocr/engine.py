"""What an OCR engine is: an upright grey picture in, words with boxes and confidences out."""

from functools import lru_cache
from typing import Protocol

from PIL import Image

from pipeline.domain.document import Word
from pipeline.domain.errors import InvalidInput


class OcrEngine(Protocol):
    """Reads one upright page. Boxes are in 0..1 of the picture, confidences in 0..1. Uses one thread."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    def read(self, image: Image.Image) -> tuple[Word, ...]:
        """Words in no particular order. Raises InvalidInput when the picture cannot be read, MissingDependency when
        the engine is not installed."""
        ...


@lru_cache(maxsize=4)
def engine_named(name: str) -> OcrEngine:
    """`paddle`, `tesseract` or `none`, one of each in a process; what is not used is neither imported nor loaded."""
    if name == "paddle":
        from pipeline.ocr.paddle import PaddleEngine

        return PaddleEngine()
    if name == "tesseract":
        from pipeline.ocr.tesseract import TesseractEngine

        return TesseractEngine()
    if name == "none":
        from pipeline.ocr.null import NullEngine

        return NullEngine()
    raise InvalidInput(f"There is no OCR engine “{name}”.", "Use paddle, tesseract or none.")
