"""Rows of the item table: wrapped, two-line and foreign rows, page breaks; and items without columns."""

from dataclasses import dataclass
from decimal import Decimal

from models.pages import captions, tables
from models.pages import vocabulary as v
from models.pages.canvas import Piece
from models.pages.draft import Draft
from models.pages.facts import Item
from models.pages.formats import ID_PATTERNS, identifier
from models.pages.tables import Again, Column


@dataclass(slots=True)
class RowStyle:
    """How the rows of one table look."""

    step: float
    sku_inside: str  # "" | before | under
    section: bool
    ruled: bool
    carry: bool
    unit_beside: bool
    price_tail: str


def row_style(d: Draft, cols: list[Column]) -> RowStyle:
    rng = d.rng
    has_sku = any(c.name == "sku" for c in cols)
    inside = "" if has_sku else rng.choice(("", "", "before", "under"))
    return RowStyle(
        rng.choice((0.0, 0.1, 0.3, 0.8, 1.5)), inside, d.chance(0.06), d.chance(0.2), d.chance(0.3), *_habits(d, cols)
    )


def _habits(d: Draft, cols: list[Column]) -> tuple[bool, str]:
    beside = not any(c.name == "unit" for c in cols) and d.chance(0.2)
    tail = d.rng.choice(("/", d.facts.style.currency, d.facts.style.symbol)) if d.chance(0.05) else ""
    return beside, tail


def rows(d: Draft, cols: list[Column], y: float, reserve: float, again: Again) -> float:
    """All items; breaks the page where the paper ends. `again` draws the head of a following page, returns its y."""
    c, style = d.canvas, row_style(d, cols)
    running = Decimal(0)
    for number, item in enumerate(d.facts.items, 1):
        need = c.line * (2.2 + len(item.extra))
        if y + need > c.limit - (reserve if number == len(d.facts.items) else 0) and len(c.pages[-1]) > 20:
            if style.carry:
                _carry(d, cols, y, running)
            c.new_page()
            y = again(cols)
            if style.carry and d.chance(0.5):
                y = _carry(d, cols, y, running)
        if style.section and d.chance(0.2):
            y = _between(d, cols, y)
        y = _row(d, cols, style, item, number, y)
        running += item.total
    return y


def _carry(d: Draft, cols: list[Column], y: float, running: Decimal) -> float:
    text = d.rng.choice(captions.CARRIED[d.facts.style.language])
    d.canvas.put(cols[-1].x1 - d.canvas.inner * 0.35, y, text)
    d.canvas.put(cols[-1].x1, y, d.facts.style.number(running, 2), align="right")
    return y + d.canvas.line * 1.3


def _row(d: Draft, cols: list[Column], style: RowStyle, item: Item, number: int, y: float) -> float:
    c = d.canvas
    low = y + c.line
    for col in cols:
        text = tables.cell(d, item, col.name, number)
        tag = tables.TAGS.get(col.name, "")
        if col.name == "description":
            low = max(low, _describe(d, col, style, item, number, y))
        else:
            _cell(d, col, style, item, text, number if tag else -1, y)
    if style.ruled:
        c.rule(cols[0].x0, low, cols[-1].x1, low)
    return low + c.size * style.step


def _cell(d: Draft, col: Column, style: RowStyle, item: Item, text: str, number: int, y: float) -> None:
    """One cell that is not the description; a quantity may have its unit beside it, a price a tail like "/ EA"."""
    c, width, tag = d.canvas, max(col.x1 - col.x0, 10), tables.TAGS.get(col.name, "")
    pieces = [Piece(text, tag, number)]
    if col.name == "quantity" and style.unit_beside:
        pieces.append(Piece(item.unit, "item_unit", number))
    if col.name == "unit_price" and style.price_tail:
        pieces.append(Piece(f"/{item.unit}" if style.price_tail == "/" else style.price_tail))
    wide = c.measure(" ".join(p.text for p in pieces))
    if col.name in ("sku", "lot", "pack") and wide > width and d.chance(0.5):
        c.put(col.x0, y, pieces, size=max(c.size * width / wide, c.size * 0.6))
    else:
        c.put(col.anchor, y, pieces, align=col.align)


def _between(d: Draft, cols: list[Column], y: float) -> float:
    """A row that is no item: a section head, a delivery or order reference, a remark."""
    c, rng, facts = d.canvas, d.rng, d.facts
    kind = rng.randrange(3)
    if kind == 0:
        c.put(c.left + c.inner * 0.3, y, f"*** {rng.choice(v.GOODS_TAIL[facts.style.language]).upper()} ***", bold=True)
    elif kind == 1:
        day = facts.style.day(facts.dates["order"])
        number = identifier(rng, rng.choice(ID_PATTERNS), facts.dates["order"])
        c.put(cols[0].x0, y, f"{d.pick(captions.DECOYS)} {number} {rng.choice(('', 'of', 'vom', 'du', '-'))} {day}")
    else:
        c.put(cols[0].x0 + c.inner * 0.1, y, rng.choice(v.SERVICES[facts.style.language]), bold=rng.random() < 0.5)
    return y + c.line


def _describe(d: Draft, col: Column, style: RowStyle, item: Item, number: int, y: float) -> float:
    c, width = d.canvas, max(col.x1 - col.x0, 30)
    pieces: list[Piece] = []
    if style.sku_inside == "before":
        glue = d.rng.choice((" -", ":", "", " |"))
        y2 = y
        c.put(col.x0, y, [Piece(item.sku, "item_sku", number), Piece(glue or " ")])
        indent = c.measure(f"{item.sku}{glue} ")
        if width - indent > 50:
            lines = c.wrap(item.description, width - indent)
            c.put(col.x0 + indent, y, lines[0], tag="item_description", item=number)
            y2 = y + c.line
            rest = c.wrap(item.description[len(lines[0]) :].strip(), width) if len(lines) > 1 else []
        else:
            y2, rest = y + c.line, c.wrap(item.description, width)
    else:
        y2, rest = y, c.wrap(item.description, width)
    for line in rest:
        c.put(col.x0, y2, line, tag="item_description", item=number)
        y2 += c.line
    if style.sku_inside == "under":
        word = d.rng.choice(("SKU:", "Item", "Art.", "Réf.", "Ref:", "#", "Code", ""))
        pieces = [Piece(word), Piece(item.sku, "item_sku", number)] if word else [Piece(item.sku, "item_sku", number)]
        c.put(col.x0, y2, pieces, size=c.size * 0.9)
        y2 += c.line
    for extra in item.extra:
        c.put(col.x0, y2, extra, size=c.size * 0.9)
        y2 += c.line
    return y2


def stacked(d: Draft, x: float, y: float, width: float, again: Again) -> float:
    """Items without columns: description on one line, "2 x 4.50 ... 9.00" on the same or the next."""
    c, s = d.canvas, d.facts.style
    order = d.rng.choice(("below", "above", "same", "only_total"))
    times = d.rng.choice(("x", "X", "@", "*", "à"))
    with_sku = d.chance(0.4)
    for number, item in enumerate(d.facts.items, 1):
        if y + 3 * c.line > c.limit and len(c.pages[-1]) > 20:
            c.new_page()
            y = again([])
        total = s.money(item.total)
        if with_sku:
            c.put(x, y, item.sku, tag="item_sku", item=number)
            y += c.line
        room = width - c.measure(total + "   ")
        if order in ("below", "above"):
            amounts = [
                Piece(s.quantity(item.quantity), "item_quantity", number),
                *([Piece(item.unit, "item_unit", number)] if d.chance(0.2) else []),
                Piece(times),
                Piece(tables.price(d, item.price), "item_unit_price", number),
            ]
            describe = c.wrap(item.description, width if order == "below" else room)
            if order == "above":
                c.put(x, y, amounts)
                c.put(x + width, y, total, tag="item_line_total", item=number, align="right")
                y += c.line
            for line in describe:
                c.put(x, y, line, tag="item_description", item=number)
                y += c.line
            if order == "below":
                c.put(x + c.size, y, amounts)
                c.put(x + width, y, total, tag="item_line_total", item=number, align="right")
                y += c.line
        else:
            lead = [] if order == "only_total" else [Piece(s.quantity(item.quantity), "item_quantity", number)]
            lines = c.wrap(item.description, max(room - c.size * 3, 40))
            c.put(x, y, [*lead, Piece(lines[0], "item_description", number)])
            c.put(x + width, y, total, tag="item_line_total", item=number, align="right")
            y += c.line
            for line in lines[1:]:
                c.put(x, y, line, tag="item_description", item=number)
                y += c.line
    return y
