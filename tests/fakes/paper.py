"""Invoices drawn for the desk's tests: page image, words and the box of every value agree with one another."""

import io
from dataclasses import dataclass, field
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from pipeline.domain.document import Box, Page, Word

WIDTH, HEIGHT = 1224, 1584
FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"


@lru_cache
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    try:
        return ImageFont.truetype(FONT, size)
    except OSError:
        return ImageFont.load_default()


@dataclass
class Paper:
    """A page being written: `put` draws words and answers with the box of what was drawn (0..1)."""

    image: Image.Image = field(default_factory=lambda: Image.new("RGB", (WIDTH, HEIGHT), "white"))
    words: list[Word] = field(default_factory=list)

    def put(self, x: int, y: int, text: str, size: int = 24) -> Box:
        draw, face = ImageDraw.Draw(self.image), font(size)
        start, boxes = x, []
        for word in text.split(" "):
            left, top, right, bottom = draw.textbbox((start, y), word, font=face)
            draw.text((start, y), word, fill="#111", font=face)
            box = Box(left / WIDTH, top / HEIGHT, right / WIDTH, bottom / HEIGHT)
            if word:
                boxes.append(box)
                self.words.append(Word(word, box))
            start = int(right + size * 0.3)
        whole = boxes[0]
        for box in boxes[1:]:
            whole = whole.union(box)
        return whole

    def rule(self, y: int) -> None:
        ImageDraw.Draw(self.image).line((90, y, WIDTH - 90, y), fill="#888", width=2)

    def page(self, number: int = 1) -> Page:
        return Page(number, 612, 792, tuple(self.words))

    def webp(self, width: int, rotation: int = 0) -> bytes:
        turned = self.image.rotate(-rotation, expand=True) if rotation else self.image
        height = round(turned.height * width / turned.width)
        out = io.BytesIO()
        turned.resize((width, height)).save(out, "WEBP", quality=70)
        return out.getvalue()


class FakeImages:
    """Page pictures of the papers drawn in this test."""

    def __init__(self) -> None:
        self.papers: dict[tuple[str, int], Paper] = {}

    def page(self, sha256: str, page: int, width: int, rotation: int = 0, skew: float = 0.0) -> bytes:
        paper = self.papers.get((sha256, page)) or Paper()
        return paper.webp(width, rotation)
