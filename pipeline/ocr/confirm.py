"""A second opinion: doubtful words read again by another engine, from their own piece of the picture.

Two engines that agree on an amount are right far more often than one engine is sure (docs/decisions/0003).
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageOps

from pipeline.domain.document import Box, Page, Word
from pipeline.domain.errors import InvalidInput, MissingDependency
from pipeline.ocr.engine import OcrEngine
from pipeline.ocr.read import page_image

LINE_PIXELS = 48
BORDER = 20


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the second engine reads in a box, beside what the first one read there."""

    box: Box
    first: str
    second: str
    confidence: float

    @property
    def agrees(self) -> bool:
        """The same letters and digits, the same sign, the same decimal mark."""
        return bool(self.first) and _plain(self.first) == _plain(self.second)


def confirm(words: Sequence[Word], image: Image.Image, boxes: Sequence[Box], engine: OcrEngine) -> tuple[Opinion, ...]:
    """One opinion for each box, in the same order. `image` is the page's own picture (see read.page_image).

    `words` are the page's words; those whose middle lies in a box are the first reading. A crop that the engine cannot
    read gives an empty second reading at confidence 0, which agrees with nothing.
    """
    return tuple(_opinion(words, image, box, engine) for box in boxes)


class SecondReader:
    """What another engine reads at a box of a page, asked one box at a time; pictures are drawn at the first question.

    Gives None where it cannot be asked: the page was not read by OCR, cannot be drawn, or the engine is not installed.
    """

    def __init__(self, data: bytes, media_type: str, pages: Sequence[Page], engine: OcrEngine) -> None:
        self._data, self._media_type, self._engine = data, media_type, engine
        self._pages = {page.number: page for page in pages if page.source == "ocr"}
        self._images: dict[int, Image.Image] = {}

    def __call__(self, number: int, box: Box) -> str | None:
        page = self._pages.get(number)
        if page is None:
            return None
        try:
            if number not in self._images:
                self._images[number] = page_image(self._data, self._media_type, page)
            (opinion,) = confirm(page.words, self._images[number], (box,), self._engine)
        except (InvalidInput, MissingDependency):
            return None
        return opinion.second


def _opinion(words: Sequence[Word], image: Image.Image, box: Box, engine: OcrEngine) -> Opinion:
    inside = sorted((w for w in words if _within(w.box.middle, box)), key=lambda w: w.box.x0)
    first = " ".join(word.text for word in inside)
    read_line = getattr(engine, "read_line", engine.read)
    try:
        again = sorted(read_line(_crop(image, box)), key=lambda w: w.box.x0)
    except InvalidInput:
        again = []
    second = " ".join(word.text for word in again)
    return Opinion(box, first, second, min((word.confidence for word in again), default=0.0))


def _crop(image: Image.Image, box: Box) -> Image.Image:
    """The box with a little margin, brought to a height engines like, on white ground."""
    margin = 0.15 * box.height * image.height + 2
    left, top = max(0, int(box.x0 * image.width - margin)), max(0, int(box.y0 * image.height - margin))
    right = min(image.width, int(box.x1 * image.width + margin) + 1)
    bottom = min(image.height, int(box.y1 * image.height + margin) + 1)
    piece = image.convert("L").crop((left, top, max(right, left + 1), max(bottom, top + 1)))
    scale = LINE_PIXELS / piece.height
    if scale > 1.2:
        piece = piece.resize((max(1, round(piece.width * scale)), LINE_PIXELS), Image.Resampling.BICUBIC)
    return ImageOps.expand(piece, BORDER, fill=255)


def _within(point: tuple[float, float], box: Box) -> bool:
    return box.x0 <= point[0] <= box.x1 and box.y0 <= point[1] <= box.y1


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).upper()
    return re.sub(r"[^0-9A-Z.,()-]", "", folded).strip(".,")
