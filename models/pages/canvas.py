"""A sheet of paper that keeps words: text is measured with font metrics and placed, never drawn."""

from dataclasses import dataclass, field
from functools import cache
from random import Random

from reportlab.pdfbase import pdfmetrics

SANS, SERIF, MONO = "Helvetica", "Times-Roman", "Courier"
BOLD = {SANS: "Helvetica-Bold", SERIF: "Times-Bold", MONO: "Courier-Bold"}
SIZES = {"letter": (612.0, 792.0), "a4": (595.0, 842.0), "half": (612.0, 396.0), "a5": (420.0, 595.0)}


@cache
def _advances(font: str) -> dict[str, float]:
    metrics = pdfmetrics.getFont(font)
    return {
        chr(code): metrics.stringWidth(chr(code), 1000) / 1000 for code in (*range(32, 127), *range(160, 256), 0x20AC)
    }


@dataclass(slots=True)
class Placed:
    """A word on a page: box in points, its field (or ""), whether it starts its span, its item (or -1)."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    tag: str = ""
    begin: bool = False
    item: int = -1
    bold: bool = False


@dataclass(slots=True)
class Piece:
    """Text with one tag; several pieces make a line."""

    text: str
    tag: str = ""
    item: int = -1


@dataclass(slots=True)
class Canvas:
    """Pages of placed words, and the looks of the document (font, size, leading, box tightness)."""

    width: float
    height: float
    font: str
    size: float
    leading: float
    stretch: float
    top: float
    bottom: float
    left: float
    right: float
    pages: list[list[Placed]] = field(default_factory=lambda: [[]])
    rules: list[list[tuple[float, float, float, float]]] = field(default_factory=lambda: [[]])
    upper: bool = False

    @property
    def inner(self) -> float:
        return self.width - self.left - self.right

    @property
    def line(self) -> float:
        return self.size * self.leading

    @property
    def limit(self) -> float:
        return self.height - self.bottom

    def measure(self, text: str, size: float | None = None, bold: bool = False) -> float:
        table = _advances(BOLD[self.font] if bold else self.font)
        return sum(table.get(c, 0.55) for c in text) * (size or self.size) * self.stretch

    def put(
        self,
        x: float,
        y: float,
        text: str | list[Piece],
        *,
        tag: str = "",
        item: int = -1,
        size: float | None = None,
        bold: bool = False,
        align: str = "left",
        page: int = -1,
    ) -> float:
        """Place one line with its top at y; x is the left edge, right edge or middle by `align`. Returns its width."""
        size = size or self.size
        pieces = [Piece(text, tag, item)] if isinstance(text, str) else text
        total = self.measure(" ".join(p.text for p in pieces), size, bold)
        at = x - total if align == "right" else x - total / 2 if align == "center" else x
        space = self.measure(" ", size, bold)
        out = self.pages[page]
        for piece in pieces:
            first = True
            for token in piece.text.split():
                wide = self.measure(token, size, bold)
                out.append(
                    Placed(
                        token,
                        at,
                        y + size * self.top,
                        at + wide,
                        y + size,
                        piece.tag,
                        first and bool(piece.tag),
                        piece.item,
                        bold,
                    )
                )
                at += wide + space
                first = False
        return total

    def wrap(self, text: str, width: float, size: float | None = None, bold: bool = False) -> list[str]:
        """Break a text into lines no wider than `width` points."""
        lines: list[str] = []
        current = ""
        for token in text.split():
            trial = f"{current} {token}".strip()
            if current and self.measure(trial, size, bold) > width:
                lines.append(current)
                current = token
            else:
                current = trial
        return [*lines, current] if current else lines or [""]

    def rule(self, x0: float, y0: float, x1: float, y1: float) -> None:
        self.rules[-1].append((x0, y0, x1, y1))

    def new_page(self) -> None:
        self.pages.append([])
        self.rules.append([])


def draw_canvas(rng: Random, looks: str) -> Canvas:
    """A canvas with random paper, font and spacing; `looks` is modern, mono or receipt."""
    if looks == "receipt":
        width = rng.choice((204.0, 226.0, 280.0, 300.0))
        return Canvas(
            width,
            842.0,
            rng.choice((MONO, MONO, SANS)),
            rng.uniform(7, 10),
            rng.uniform(1.1, 1.5),
            rng.uniform(0.8, 1.0),
            0.2,
            20,
            rng.uniform(6, 20),
            rng.uniform(6, 20),
        )
    paper = rng.choices(("letter", "a4", "half", "a5"), (50, 42, 4, 4))[0]
    width, height = SIZES[paper]
    if rng.random() < 0.03:
        width, height = height, width
    font = MONO if looks == "mono" else rng.choices((SANS, SERIF, MONO), (78, 17, 5))[0]
    margin = rng.uniform(18, 62)
    size = rng.uniform(6.5, 9.5) if looks == "mono" else rng.uniform(6.8, 11)
    if width < 500:
        size *= 0.85
    return Canvas(
        width,
        height,
        font,
        size,
        rng.uniform(1.08, 1.6),
        rng.uniform(0.82, 1.16) if font != MONO else rng.uniform(0.9, 1.0),
        rng.choice((0.05, 0.15, 0.25)),
        rng.uniform(25, 60),
        margin,
        margin * rng.uniform(0.6, 1.4),
        upper=rng.random() < 0.15,
    )
