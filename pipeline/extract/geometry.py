"""A page as rows and segments: words on one line, broken where a column gap or a drawn line lies between them."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median

from pipeline.domain.document import Box, Page, Ruling, Word
from pipeline.extract.once import once_per_page


@dataclass(frozen=True, slots=True, eq=False)
class Token:
    """A word or a part of one (`Date:03/04` gives two), in points of its page."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    confidence: float
    page: int

    @property
    def height(self) -> float:
        return self.y1 - self.y0

    @property
    def mid(self) -> float:
        return (self.y0 + self.y1) / 2


@dataclass(slots=True, eq=False)
class Segment:
    """Neighbouring tokens of one row that read as one piece."""

    tokens: tuple[Token, ...]
    row: int
    page: int
    x0: float = 0.0
    y0: float = 0.0
    x1: float = 0.0
    y1: float = 0.0
    text: str = ""

    def __post_init__(self) -> None:
        self.x0, self.x1 = self.tokens[0].x0, max(t.x1 for t in self.tokens)
        self.y0, self.y1 = min(t.y0 for t in self.tokens), max(t.y1 for t in self.tokens)
        self.text = " ".join(t.text for t in self.tokens)

    @property
    def height(self) -> float:
        return self.y1 - self.y0

    @property
    def middle(self) -> float:
        return (self.x0 + self.x1) / 2


@dataclass(slots=True, eq=False)
class Row:
    """One line of a page, left to right."""

    number: int
    page: int
    segments: list[Segment]

    @property
    def tokens(self) -> list[Token]:
        return [t for s in self.segments for t in s.tokens]

    @property
    def y0(self) -> float:
        return min(s.y0 for s in self.segments)

    @property
    def y1(self) -> float:
        return max(s.y1 for s in self.segments)

    @property
    def text(self) -> str:
        return "  ".join(s.text for s in self.segments)


@dataclass(slots=True, eq=False)
class Sheet:
    """One page laid out. `line` is the usual text height in points."""

    number: int
    width: float
    height: float
    rows: list[Row]
    line: float
    source: str
    quality: float
    verticals: list[tuple[float, float, float]] = field(default_factory=list)

    def box(self, parts: Iterable[Token | Segment]) -> Box:
        """The union of some parts, in 0..1 of the page."""
        seen = list(parts)
        return Box(
            round(max(0.0, min(p.x0 for p in seen) / self.width), 5),
            round(max(0.0, min(p.y0 for p in seen) / self.height), 5),
            round(min(1.0, max(p.x1 for p in seen) / self.width), 5),
            round(min(1.0, max(p.y1 for p in seen) / self.height), 5),
        )


_GLUED = re.compile(r"^([^\W\d][^:]*?[.:]*[:#])(?=[^/\s:])(.+)$")
_PO_GLUED = re.compile(r"^(P\.[O0]\.?|P0\.|No\.|Nr\.|INV\.|CUST\.)(\d{4}[\d\-/A-Z]*)$", re.I)
_HASH = re.compile(r"^(#)(\w.*)$")


@once_per_page
def lay_out(page: Page) -> Sheet:
    """Rows and segments of one page."""
    width, height = max(page.width, 1.0), max(page.height, 1.0)
    tokens = _grouped(_mended([t for word in page.words for t in _tokens(word, page.number, width, height)]))
    line = median([t.height for t in tokens if any(c.isalnum() for c in t.text)] or [10.0])
    if page.source == "ocr":
        tokens = [t for t in tokens if not _sideways(t, line)]
    walls = sorted(w for r in page.rulings if (w := _wall(r, width, height, line)))
    sheet = Sheet(page.number, width, height, [], line, page.source, page.quality, walls)
    for number, members in enumerate(_rows(tokens)):
        sheet.rows.append(Row(number, page.number, _segments(members, number, page.number, walls)))
    return sheet


def _sideways(token: Token, line: float) -> bool:
    """Print along a margin that OCR took for one tall word: it would pull the rows beside it together."""
    return token.height > 3.5 * line and token.height > 1.5 * (token.x1 - token.x0) and len(token.text) > 1


def _wall(ruling: Ruling, width: float, height: float, line: float) -> tuple[float, float, float] | None:
    """A vertical drawn line as (x, top, bottom) in points, when it is long enough to part columns."""
    x0, x1, y0, y1 = ruling.x0 * width, ruling.x1 * width, ruling.y0 * height, ruling.y1 * height
    if abs(x1 - x0) > 2.0 or abs(y1 - y0) < line * 0.9:
        return None
    return (x0 + x1) / 2, min(y0, y1), max(y0, y1)


def _tokens(word: Word, page: int, width: float, height: float) -> Iterable[Token]:
    """The word in points; a label glued to its value is cut in two, by the share of letters."""
    text = word.text.strip()
    if not text:
        return
    box = word.box
    x0, x1 = box.x0 * width, box.x1 * width
    y0, y1 = box.y0 * height, box.y1 * height
    cut = None
    if not text.lower().startswith(("http", "www")):
        cut = _GLUED.match(text) or (_HASH.match(text) if any(c.isdigit() for c in text) else None)
        cut = cut or _PO_GLUED.match(text)
    if cut:
        at = x0 + (x1 - x0) * len(cut[1]) / len(text)
        yield Token(cut[1], x0, y0, at, y1, word.confidence, page)
        yield Token(cut[2], at, y0, x1, y1, word.confidence, page)
        return
    yield Token(text, x0, y0, x1, y1, word.confidence, page)


def _mended(tokens: list[Token]) -> list[Token]:
    """Words that a narrow comma, point or apostrophe tore apart (`1, 035.60`, `Children ' s`) made whole again."""
    out: list[Token] = []
    for token in tokens:
        if out and _torn(out[-1], token):
            last = out[-1]
            out[-1] = Token(
                last.text + token.text,
                last.x0,
                min(last.y0, token.y0),
                token.x1,
                max(last.y1, token.y1),
                min(last.confidence, token.confidence),
                last.page,
            )
        else:
            out.append(token)
    return out


_HEAD = re.compile(r"(?:[$€£]|[A-Z]{2,3})?-?\d{1,3}")
_TAIL = re.compile(r"\d{3}\.\d{2}(?:CR|-)?[€$£]?")


def _grouped(tokens: list[Token]) -> list[Token]:
    """`5 691.98` made whole where a page writes its thousands so: no amount has a comma or four digits in a row."""
    pairs = [i for i in range(1, len(tokens)) if _one_amount(tokens[i - 1], tokens[i])]
    if len({round(tokens[i].mid) for i in pairs}) < 2:
        return tokens
    if any(re.search(r"\d,\d{3}|^\D*\d{4,}\.\d{2}\b", t.text) for t in tokens):
        return tokens
    out: list[Token] = []
    for number, token in enumerate(tokens):
        if out and (number in pairs or _thousands(out[-1], token, tokens[number + 1 : number + 2])):
            a = out[-1]
            text, low, high = a.text + token.text, min(a.y0, token.y0), max(a.y1, token.y1)
            out[-1] = Token(text, a.x0, low, token.x1, high, min(a.confidence, token.confidence), a.page)
        else:
            out.append(token)
    return out


def _one_amount(left: Token, right: Token) -> bool:
    near = 0 <= right.x0 - left.x1 < 0.75 * left.height and abs(left.mid - right.mid) < 0.3 * left.height
    return near and bool(_HEAD.fullmatch(left.text) and _TAIL.fullmatch(right.text))


def _thousands(left: Token, middle: Token, following: Sequence[Token]) -> bool:
    """The first group of `1 286 164.44`."""
    if not following or not re.fullmatch(r"\d{3}", middle.text) or not _one_amount(middle, following[0]):
        return False
    near = 0 <= middle.x0 - left.x1 < 0.75 * left.height and abs(left.mid - middle.mid) < 0.3 * left.height
    return near and bool(_HEAD.fullmatch(left.text))


_OPEN = re.compile(r"\d[.,]$|[A-Za-z]'$")
_SHUT = re.compile(r"^[.,]\d{2,3}\b|^'")


def _torn(left: Token, right: Token) -> bool:
    gap = right.x0 - left.x1
    if left.text[-1].isdigit() and re.match(r"[.,]\d{2,3}\b", right.text) and 0 <= gap < 0.65 * left.height:
        return abs(left.mid - right.mid) < 0.3 * left.height
    if re.search(r"\d{1,3},$", left.text) and re.match(r"\d{3}[.]\d{2}$", right.text) and 0 <= gap < 0.9 * left.height:
        return abs(left.mid - right.mid) < 0.3 * left.height
    if abs(left.mid - right.mid) > 0.3 * left.height or not -0.3 * left.height < gap < 0.42 * max(
        left.height, right.height
    ):
        return False
    if left.text[-1].isdigit() and _SHUT.match(right.text) and right.text[0] != "'":
        return True
    if right.text.isdigit() and re.search(r"\d$", left.text):
        if left.text.isdigit() and gap < 0.15 * left.height:
            return True
        # A narrow last digit torn off: `4.1 1`, `4218301 7`.
        return len(right.text) == 1 and bool(re.search(r"\d[.,]\d$|^\d{5,}$", left.text))
    if left.text[-1].isalpha() and right.text in ("'", "’"):
        return True
    if not _OPEN.search(left.text):
        return False
    return (
        bool(re.match(r"\d{3}(?!\d)|\d{2}$", right.text))
        if left.text[-1] in ".,"
        else right.text[0].isalpha() and len(right.text) <= 2
    )


def _rows(tokens: Sequence[Token]) -> list[list[Token]]:
    """Tokens whose middles lie on one line. A tall word does not pull two small lines together."""
    rows: list[list[Token]] = []
    spans: list[list[float]] = []
    for token in sorted(tokens, key=lambda t: t.mid):
        for number in range(len(rows) - 1, max(-1, len(rows) - 6), -1):
            top, bottom = spans[number]
            shared = min(bottom, token.y1) - max(top, token.y0)
            small = min(bottom - top, token.height)
            if small > 0 and shared >= 0.55 * small and not _stacked(rows[number], token):
                rows[number].append(token)
                count = len(rows[number])
                spans[number] = [top + (token.y0 - top) / count, bottom + (token.y1 - bottom) / count]
                break
        else:
            rows.append([token])
            spans.append([token.y0, token.y1])
    return [
        sorted(row, key=lambda t: t.x0) for row, _ in sorted(zip(rows, spans, strict=True), key=lambda p: sum(p[1]))
    ]


def _stacked(row: Sequence[Token], token: Token) -> bool:
    """The token lies above or below a word of the row rather than beside it."""
    for other in row:
        shared = min(other.x1, token.x1) - max(other.x0, token.x0)
        if shared > 0.5 * min(other.x1 - other.x0, token.x1 - token.x0) and abs(other.mid - token.mid) > 0.35 * min(
            other.height, token.height
        ):
            return True
    return False


def _segments(
    tokens: Sequence[Token], row: int, page: int, walls: Sequence[tuple[float, float, float]]
) -> list[Segment]:
    wide = [(t.x1 - t.x0) / len(t.text) for t in tokens if len(t.text) > 1]
    usual = median(wide) if wide else median([t.height for t in tokens]) * 0.5
    out: list[Segment] = []
    group: list[Token] = []
    for token in tokens:
        if group and (_apart(group[-1], token, usual) or _walled(group[-1], token, walls)):
            out.append(Segment(tuple(group), row, page))
            group = []
        group.append(token)
    if group:
        out.append(Segment(tuple(group), row, page))
    return out


def _apart(left: Token, right: Token, usual: float) -> bool:
    """A gap wider than a space: about two letters, measured on the smaller neighbour's own letters."""
    own = min(left.height, right.height) * 0.62
    unit = max(0.45 * own, min(usual, own))
    return right.x0 - left.x1 > 1.75 * unit


def _walled(left: Token, right: Token, walls: Sequence[tuple[float, float, float]]) -> bool:
    middle = left.mid
    at = bisect_left(walls, (left.x1 - 1.5,))
    while at < len(walls) and walls[at][0] <= right.x0 + 1.5:
        if walls[at][1] <= middle <= walls[at][2]:
            return True
        at += 1
    return False


def overlap(a: Segment | Token, b: Segment | Token) -> float:
    """Shared width in points; negative is the gap between them."""
    return min(a.x1, b.x1) - max(a.x0, b.x0)


@dataclass(slots=True, eq=False)
class Block:
    """Segments stacked under each other with a common left edge, right edge or middle: an address, a note."""

    segments: list[Segment]

    @property
    def lines(self) -> list[str]:
        return [s.text for s in self.segments]

    @property
    def first(self) -> Segment:
        return self.segments[0]


def blocks(sheet: Sheet) -> list[Block]:
    """Every segment in exactly one block, top to bottom."""
    open_blocks: list[Block] = []
    done: list[Block] = []
    for row in sheet.rows:
        for segment in row.segments:
            home = next((b for b in reversed(open_blocks) if _continues(b.segments[-1], segment)), None)
            if home:
                home.segments.append(segment)
            else:
                open_blocks.append(Block([segment]))
        still = [b for b in open_blocks if row.y0 - b.segments[-1].y1 < 2.0 * sheet.line]
        done += [b for b in open_blocks if b not in still]
        open_blocks = still
    return sorted(done + open_blocks, key=lambda b: (b.first.y0, b.first.x0))


def _continues(above: Segment, below: Segment) -> bool:
    tall = min(above.height, below.height)
    if above.row == below.row or below.y0 - above.y1 > 0.95 * max(tall, 1.0) or below.y0 < above.y0:
        return False
    left = abs(above.x0 - below.x0) < 0.6 * tall
    middle = abs(above.middle - below.middle) < 0.6 * tall
    right = abs(above.x1 - below.x1) < 0.4 * tall
    return left or middle or right
