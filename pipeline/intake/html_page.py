"""A mail's HTML set as plain pages: text and tables only, nothing fetched, nothing run, nothing that a reader cannot see.

The pages are an ordinary PDF, so that the words, boxes and pictures of a mail's invoice are those of any other document.
The same HTML gives the same bytes.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree, html
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

MAX_HTML = 2_000_000
MAX_DEPTH = 200
MAX_PAGES = 40
SILENT = frozenset({"script", "style", "head", "template", "noscript", "iframe", "object", "embed", "svg", "math", "form",
                    "select", "textarea", "button", "map", "video", "audio", "canvas", "title", "meta", "link"})  # fmt: skip
BLOCKS = frozenset({"p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ul", "ol", "dl", "dt", "dd", "pre", "hr",
                    "blockquote", "center", "section", "article", "header", "footer", "address", "body", "tbody"})  # fmt: skip
HIDDEN = re.compile(
    r"display:none|visibility:hidden|mso-hide:all|opacity:0(?:\.0*)?(?:;|$)|font-size:[01](?:\.\d+)?(?:px|pt|em|%)?(?:;|$)"
    r"|max-height:0|(?:text-indent|left|top):-\d{3,}",
)
INK = re.compile(r"(?:^|;)color:([^;!]+)")
GROUND = re.compile(r"(?:^|;)background(?:-color)?:([^;!]+)")
COLOUR = re.compile(
    r"#(?:[0-9a-f]{6}|[0-9a-f]{3})(?![0-9a-f])|rgba?\((\d{1,3}),(\d{1,3}),(\d{1,3})|\b(?:white|black)\b"
)
PLAIN = {"white": (255, 255, 255), "black": (0, 0, 0)}
LEAST_CONTRAST = 60  # of 765
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
SIZE, LEAD, MARGIN, GAP = 9.0, 12.0, 40.0, 6.0
FONT, BOLD = "Helvetica", "Helvetica-Bold"


@dataclass(slots=True)
class Row:
    """One line across the page: its cells from left to right, each as pieces of text."""

    cells: list[str]
    spans: list[int]
    bold: bool = False


@dataclass(slots=True)
class Block:
    """A paragraph (one row of one cell) or the rows of a table."""

    rows: list[Row] = field(default_factory=list)
    table: bool = False


def blocks_of(data: bytes | str) -> list[Block]:
    """The visible paragraphs and tables in order. Never raises: what is no HTML gives nothing."""
    if len(data) > MAX_HTML:
        return []
    try:
        root = html.document_fromstring(
            data, parser=html.HTMLParser(no_network=True, huge_tree=False, remove_comments=True)
        )
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError):
        return []
    out: list[Block] = []
    _walk(root, out, _hidden_names(root), Look(), 0)
    return [block for block in out if any(cell for row in block.rows for cell in row.cells)]


def text_of(blocks: list[Block]) -> str:
    """The blocks as lines of text, cells parted by tabs."""
    return "\n".join("\t".join(row.cells) for block in blocks for row in block.rows)


def _hidden_names(root: html.HtmlElement) -> frozenset[str]:
    """Classes and ids that the mail's own style sheet hides; rules for other screens (@media) do not count."""
    found: set[str] = set()
    for sheet in root.iter("style"):
        css = re.sub(r"/\*.*?\*/", "", sheet.text_content()[:200_000], flags=re.DOTALL)
        css = re.sub(r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", "", css)
        for selectors, body in RULE.findall(css):
            if HIDDEN.search(_style(body)):
                found.update(
                    re.findall(r"^[\w]*([.#][\w-]+)$", "\n".join(s.strip() for s in selectors.split(",")), re.M)
                )
    return frozenset(found)


def _style(raw: str) -> str:
    return re.sub(r"\s+", "", raw.lower())


def _is_hidden(node: html.HtmlElement, names: frozenset[str]) -> bool:
    own = {f".{name}" for name in node.get("class", "").split()} | {f"#{node.get('id', '')}"}
    return bool(node.get("hidden") is not None or HIDDEN.search(_style(node.get("style", ""))) or own & names)


@dataclass(frozen=True, slots=True)
class Look:
    """In what colour text is written here, and on what ground."""

    ink: tuple[int, ...] = (0, 0, 0)
    ground: tuple[int, ...] = (255, 255, 255)

    def within(self, node: html.HtmlElement) -> "Look":
        style = _style(node.get("style", ""))
        ink, ground = INK.search(style), GROUND.search(style)
        return Look(
            _colour(ink[1] if ink else node.get("color", "")) or self.ink,
            _colour(ground[1] if ground else node.get("bgcolor", "")) or self.ground,
        )

    @property
    def seen(self) -> bool:
        return sum(abs(a - b) for a, b in zip(self.ink, self.ground, strict=True)) >= LEAST_CONTRAST


def _colour(raw: str) -> tuple[int, ...] | None:
    """Red, green and blue; None for what is no plain colour."""
    found = COLOUR.search(_style(raw))
    if not found:
        return None
    if found[1]:
        return tuple(int(part) for part in found.groups())
    if found[0] in PLAIN:
        return PLAIN[found[0]]
    digits = found[0][1:]
    digits = digits if len(digits) == 6 else "".join(2 * d for d in digits)
    return tuple(int(digits[at : at + 2], 16) for at in (0, 2, 4))


def _walk(node: html.HtmlElement, out: list[Block], names: frozenset[str], look: Look, depth: int) -> None:
    """Text goes to the last open paragraph; blocks and tables begin a new one."""
    if not isinstance(node.tag, str) or node.tag in SILENT or depth > MAX_DEPTH or _is_hidden(node, names):
        return
    look = look.within(node)
    if node.tag == "table" and not node.xpath(".//table"):
        out.append(Block(list(_rows(node, names, look)), table=True))
        out.append(Block())
        return
    fresh = node.tag in BLOCKS or node.tag in ("table", "tr", "td", "th")
    if fresh:
        out.append(Block())
    bold = node.tag in ("h1", "h2", "h3", "b", "strong")
    _say(out, node.text if look.seen else None, bold)
    for child in node:
        if child.tag == "br":
            out.append(Block())
        else:
            _walk(child, out, names, look, depth + 1)
        _say(out, child.tail if look.seen else None, bold)
    if fresh:
        out.append(Block())


def _say(out: list[Block], text: str | None, bold: bool) -> None:
    words = _plain(text)
    if not words:
        if text and out and not out[-1].table and out[-1].rows:
            row = out[-1].rows[0]
            row.cells[0] = row.cells[0].rstrip() + " "
        return
    lead = " " if text and text[:1].isspace() else ""
    end = " " if text and text[-1:].isspace() else ""
    if not out or out[-1].table:
        out.append(Block())
    if not out[-1].rows:
        out[-1].rows.append(Row([words + end], [1], bold))
        return
    row = out[-1].rows[0]
    row.cells[0] = " ".join((row.cells[0] + lead).split("  ")) + words + end


def _plain(text: str | None) -> str:
    """One line in letters that every reader of PDFs has; invisible characters go."""
    raw = "".join(c if c.isprintable() else " " for c in (text or "").replace("\xa0", " "))
    raw = re.sub("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]", "", raw)
    return " ".join(raw.split())


def _rows(table: html.HtmlElement, names: frozenset[str], look: Look) -> Iterator[Row]:
    for line in table.iter("tr"):
        if _is_hidden(line, names):
            continue
        cells, spans, heads = [], [], 0
        for cell in line:
            if cell.tag not in ("td", "th") or _is_hidden(cell, names):
                continue
            inner: list[Block] = []
            _walk(cell, inner, names, look.within(line), 0)
            cells.append("\n".join(" ".join(r.cells).strip() for b in inner for r in b.rows))
            span = cell.get("colspan", "1")
            spans.append(max(1, min(20, int(span)))) if span.isdigit() else spans.append(1)
            heads += cell.tag == "th"
        if cells:
            yield Row(cells, spans, bold=heads == len(cells))


def to_pdf(blocks: list[Block]) -> bytes:
    """The blocks on A4 pages."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    _Pen(canvas).draw(blocks)
    canvas.save()
    return out.getvalue()


class _Pen:
    """Where on the page the next line goes."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas, self._y, self._pages = canvas, A4[1] - MARGIN, 1

    def draw(self, blocks: list[Block]) -> None:
        for block in blocks:
            widths = _widths(block, A4[0] - 2 * MARGIN)
            for row in block.rows:
                if self._pages <= MAX_PAGES:
                    self._row(row, widths)
            self._y -= LEAD if block.table else 0.4 * LEAD

    def _row(self, row: Row, widths: list[float]) -> None:
        font = BOLD if row.bold else FONT
        columns, at = [], 0
        for cell, span in zip(row.cells, row.spans, strict=True):
            room = sum(widths[at : at + span]) or widths[-1]
            lines = [x for part in cell.split("\n") for x in simpleSplit(_letters(part), font, SIZE, room - GAP)]
            columns.append((sum(widths[:at]), room, lines))
            at += span
        height = max((len(lines) for _, _, lines in columns), default=0)
        for number in range(height):
            self._down()
            self._canvas.setFont(font, SIZE)
            for left, room, lines in columns:
                if number < len(lines):
                    self._line(lines[number], MARGIN + left, room, font, len(widths) > 1)

    def _line(self, text: str, x: float, room: float, font: str, table: bool) -> None:
        if table and re.fullmatch(r"[^A-Za-z]{0,3}[\d.,' ]+[^A-Za-z]{0,2}", text):
            # Figures stand under one another.
            x += room - GAP - pdfmetrics.stringWidth(text, font, SIZE)
        self._canvas.drawString(x, self._y, text)

    def _down(self) -> None:
        self._y -= LEAD
        if self._y < MARGIN:
            self._canvas.showPage()
            self._pages += 1
            self._y = A4[1] - MARGIN - LEAD


def _letters(text: str) -> str:
    """In the letters of the standard fonts; what they lack becomes a question mark, seen by whoever checks."""
    return text.encode("cp1252", "replace").decode("cp1252")


def _widths(block: Block, room: float) -> list[float]:
    """Columns as wide as their longest word needs at least, the rest by how much they say."""
    count = max((sum(row.spans) for row in block.rows), default=1)
    least, wish = [12.0] * count, [12.0] * count
    for row in block.rows:
        at = 0
        for cell, span in zip(row.cells, row.spans, strict=True):
            if span == 1 and at < count:
                font = BOLD if row.bold else FONT
                longest = max((pdfmetrics.stringWidth(_letters(w), font, SIZE) for w in cell.split()), default=0.0)
                whole = max((pdfmetrics.stringWidth(_letters(w), font, SIZE) for w in cell.split("\n")), default=0.0)
                least[at], wish[at] = max(least[at], longest + 2 * GAP), max(wish[at], whole + 2 * GAP)
            at += span
    if sum(wish) <= room:
        return wish if count > 1 else [room]
    over = sum(least)
    if over >= room:
        return [w * room / over for w in least]
    spare, more = room - over, sum(w - m for w, m in zip(wish, least, strict=True)) or 1.0
    return [m + spare * (w - m) / more for w, m in zip(wish, least, strict=True)]
