"""PP-OCRv6 (tiny) through faster-paddle: weights (Apache-2.0) inside the wheel (MIT), nothing is downloaded.

The engine returns lines of print; they are split into words here, each word placed by the white gaps in the line.
"""

import io
import unicodedata
from functools import cached_property
from importlib.metadata import version as installed_version
from typing import Any

import numpy as np
from PIL import Image

from pipeline.domain.document import Box, Word
from pipeline.domain.errors import InvalidInput

# Widths of characters relative to a digit, for a first guess where a word of a line begins.
NARROW, WIDE = "ijl.,:;'|!()[]-fItr1 ", "mwMW@%&"


class PaddleEngine:
    """One detector and one recogniser on one thread, loaded at the first page that needs them (60 ms) and kept."""

    name = "paddle"

    def __init__(self, size: str = "tiny") -> None:
        self.version = f"{installed_version('faster-paddle')} PP-OCRv6 {size}"
        self._size = size

    @cached_property
    def _engine(self) -> Any:
        import faster_paddle

        return faster_paddle.OcrEngine(self._size, threads=1)

    def read(self, image: Image.Image) -> tuple[Word, ...]:
        grey = image.convert("L")
        packed = io.BytesIO()
        grey.save(packed, "BMP")
        try:
            found = self._engine.ocr(packed.getvalue())
        except (RuntimeError, ValueError, OSError) as error:
            raise InvalidInput("The page cannot be read: it is noise, or too large.", "Ask for a new scan.") from error
        pixels = np.asarray(grey)
        return tuple(word for line in found["bounds"].values() for word in _words(line, pixels))

    def read_line(self, image: Image.Image) -> tuple[Word, ...]:
        """A crop that holds one line of print, set on a wider ground because the detector needs a margin."""
        return self.read(image)


def _words(line: dict[str, Any], pixels: np.ndarray) -> list[Word]:
    text = " ".join(unicodedata.normalize("NFKC", line["text"]).split())
    height, width = pixels.shape
    left, top = (max(0, int(v)) for v in line["topLeftCoord"])
    right, bottom = min(width, int(line["bottomRightCoord"][0])), min(height, int(line["bottomRightCoord"][1]))
    if not text or right <= left or bottom <= top:
        return []
    confidence = float(line["confidence"])
    return [
        Word(part, Box((left + x0) / width, top / height, (left + x1) / width, bottom / height), confidence)
        for part, x0, x1 in split_line(text, pixels[top:bottom, left:right])
    ]


def split_line(text: str, crop: np.ndarray) -> list[tuple[str, float, float]]:
    """Words of a line with their left and right edge in pixels of the crop.

    Edges are guessed from the widths of the characters, then moved to the nearest white gap of the print.
    """
    parts = text.split(" ")
    width = crop.shape[1]
    weights = [_weight(part) for part in parts]
    space = 0.55
    total = sum(weights) + space * (len(parts) - 1)
    gaps = _gaps(crop)
    clear = [gap for gap in gaps if gap[1] - gap[0] >= 0.25 * crop.shape[0] and gap[0] > 0 and gap[1] < width]
    if len(clear) == len(parts) - 1:
        starts, ends = [0, *(gap[1] for gap in clear)], [*(gap[0] for gap in clear), width]
        return [(part, float(a), float(b)) for part, a, b in zip(parts, starts, ends, strict=True)]
    edges: list[tuple[str, float, float]] = []
    position, start = 0.0, 0.0
    for part, weight in zip(parts, weights, strict=True):
        position += weight
        end = position / total * width
        begin_next = (position + space) / total * width
        if len(edges) < len(parts) - 1:
            end, begin_next = _snap((end + begin_next) / 2, end, begin_next, gaps, width)
        edges.append((part, start, max(end, start + 1)))
        start, position = begin_next, position + space
    part, begin, _ = edges[-1]
    edges[-1] = (part, begin, float(width))
    return edges


def _weight(part: str) -> float:
    return sum(0.55 if c in NARROW else 1.4 if c in WIDE else 1.15 if c.isupper() else 1.0 for c in part)


def _gaps(crop: np.ndarray) -> list[tuple[int, int]]:
    """White columns between the print of a line: (first, last + 1), widest gaps last not sorted."""
    if crop.size == 0:
        return []
    dark = crop < (int(crop.min()) + int(crop.max())) / 2
    rows = slice(crop.shape[0] // 8, crop.shape[0] - crop.shape[0] // 8 or None)
    empty = ~dark[rows].any(axis=0)
    flips = np.flatnonzero(np.diff(np.concatenate(([0], empty.astype(np.int8), [0]))))
    least = max(2, crop.shape[0] // 7)
    return [(int(a), int(b)) for a, b in zip(flips[::2], flips[1::2], strict=True) if b - a >= least]


def _snap(middle: float, end: float, begin: float, gaps: list[tuple[int, int]], width: int) -> tuple[float, float]:
    """The widest gap near the guessed place; the guess itself where the print shows none."""
    reach = max(12.0, 0.08 * width)
    near = [gap for gap in gaps if abs((gap[0] + gap[1]) / 2 - middle) <= reach and gap[0] > 0 and gap[1] < width]
    if not near:
        return end, begin
    best = max(near, key=lambda gap: (gap[1] - gap[0]) - 0.5 * abs((gap[0] + gap[1]) / 2 - middle))
    return float(best[0]), float(best[1])
