"""From PDF user space (points, origin bottom left, before /Rotate) to 0..1 of the page as displayed, and back."""

import math
from dataclasses import dataclass, replace

import pypdfium2 as pdfium

from pipeline.domain.document import Box, Page


@dataclass(frozen=True, slots=True)
class Frame:
    """The visible part of a page in user space and the clockwise turn (0, 90, 180, 270) under which it is looked at."""

    left: float
    bottom: float
    right: float
    top: float
    turn: int

    @classmethod
    def of(cls, page: pdfium.PdfPage) -> "Frame":
        """PDFium's own idea of the page: crop box within media box, with /Rotate."""
        left, bottom, right, top = page.get_bbox()
        if right - left <= 0 or top - bottom <= 0:
            left, bottom, right, top = 0.0, 0.0, page.get_width() or 1.0, page.get_height() or 1.0
        return cls(left, bottom, right, top, page.get_rotation() % 360)

    def turned(self, degrees: int) -> "Frame":
        """The same page turned further clockwise."""
        return replace(self, turn=(self.turn + degrees) % 360)

    @property
    def width(self) -> float:
        """Points across, as displayed."""
        return self.right - self.left if self.turn % 180 == 0 else self.top - self.bottom

    @property
    def height(self) -> float:
        return self.top - self.bottom if self.turn % 180 == 0 else self.right - self.left

    def point(self, x: float, y: float) -> tuple[float, float]:
        """A user-space point in 0..1 of the displayed page, origin top left."""
        across = (x - self.left) / (self.right - self.left)
        up = (y - self.bottom) / (self.top - self.bottom)
        return {0: (across, 1 - up), 90: (up, across), 180: (1 - across, up), 270: (1 - up, 1 - across)}[self.turn]

    def box(self, left: float, bottom: float, right: float, top: float) -> Box:
        x0, y0 = self.point(left, bottom)
        x1, y1 = self.point(right, top)
        return Box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))

    def text_angle(self, turn: int) -> int:
        """How far (0, 90, 180, 270 clockwise) the displayed page must be turned to make text of this turn upright."""
        return (turn - self.turn) % 360


def turn_box(box: Box, degrees: int) -> Box:
    """A box of a page, after the page was turned clockwise by a multiple of 90 degrees."""
    match degrees % 360:
        case 90:
            return Box(1 - box.y1, box.x0, 1 - box.y0, box.x1)
        case 180:
            return Box(1 - box.x1, 1 - box.y1, 1 - box.x0, 1 - box.y0)
        case 270:
            return Box(box.y0, 1 - box.x1, box.y1, 1 - box.x0)
    return box


def as_displayed(box: Box, page: Page) -> Box:
    """A box of a read page on the page as its file displays it: skew put back, then the turn.

    Pages are read upright and straight (`Page.rotation`, `Page.skew`); overlays on the untouched original need this.
    """
    if page.skew:
        box = _skewed(box, page)
    return turn_box(box, -page.rotation)


def _skewed(box: Box, page: Page) -> Box:
    """The box's middle turned back about the page's middle; its size stays, as words are small."""
    middle_x, middle_y = box.middle
    across, down = (middle_x - 0.5) * page.width, (middle_y - 0.5) * page.height
    cos, sin = math.cos(math.radians(page.skew)), math.sin(math.radians(page.skew))
    x = 0.5 + (across * cos - down * sin) / page.width
    y = 0.5 + (across * sin + down * cos) / page.height
    return Box(x - box.width / 2, y - box.height / 2, x + box.width / 2, y + box.height / 2)
