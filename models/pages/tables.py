"""The item table: random columns, wording, alignment, wrapped and two-line rows, page breaks."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from models.pages import captions
from models.pages import vocabulary as v
from models.pages.canvas import Piece
from models.pages.draft import Draft
from models.pages.facts import Item, cents

TAGS = {
    "sku": "item_sku",
    "description": "item_description",
    "quantity": "item_quantity",
    "unit": "item_unit",
    "unit_price": "item_unit_price",
    "line_total": "item_line_total",
    "tax_rate": "item_tax_rate",
    "discount": "item_discount",
}
RIGHT = {
    "ordered",
    "quantity",
    "backordered",
    "unit_price",
    "list_price",
    "discount",
    "tax_rate",
    "tax",
    "line_total",
    "no",
}
WEIGHTS = {
    "no": 0.5,
    "sku": 1.5,
    "description": 4.2,
    "ordered": 0.7,
    "quantity": 0.8,
    "backordered": 0.7,
    "unit": 0.7,
    "pack": 0.9,
    "unit_price": 1.2,
    "list_price": 1.2,
    "discount": 0.8,
    "tax_rate": 0.7,
    "tax": 1.0,
    "line_total": 1.4,
    "date": 1.2,
    "lot": 1.3,
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table in points."""

    name: str
    head: str
    x0: float
    x1: float
    align: str

    @property
    def anchor(self) -> float:
        return {"left": self.x0, "right": self.x1, "center": (self.x0 + self.x1) / 2}[self.align]


Again = Callable[[list[Column]], float]


def columns(d: Draft, x: float, width: float) -> list[Column]:
    """A random but plausible choice and order of columns, with their captions and places."""
    rng, kind = d.rng, d.facts.kind
    names = ["description"]
    for name, chance in (("sku", 0.66), ("no", 0.28), ("unit", 0.5), ("pack", 0.08), ("date", 0.06), ("lot", 0.06)):
        if rng.random() < chance:
            names.append(name)
    if rng.random() < 0.93:
        names.append("quantity")
        if rng.random() < 0.15:
            names.append("ordered")
            if rng.random() < 0.6:
                names.append("backordered")
    if kind != "packing_slip":
        names += [
            n
            for n, p in (
                ("unit_price", 0.92),
                ("line_total", 0.98),
                ("list_price", 0.05),
                ("tax_rate", 0.1 if d.facts.style.locale == "us" else 0.4),
                ("tax", 0.06),
            )
            if rng.random() < p
        ]
        if any(i.discount for i in d.facts.items):
            names.append("discount")
    order = [
        "no",
        "date",
        "sku",
        "description",
        "lot",
        "pack",
        "ordered",
        "quantity",
        "backordered",
        "unit",
        "list_price",
        "unit_price",
        "discount",
        "tax_rate",
        "tax",
        "line_total",
    ]
    style = rng.random()
    if style < 0.22:
        order = [
            "no",
            "quantity",
            "ordered",
            "backordered",
            "unit",
            "sku",
            "pack",
            "description",
            "lot",
            "date",
            "list_price",
            "unit_price",
            "discount",
            "tax_rate",
            "tax",
            "line_total",
        ]
    elif style < 0.32:
        order = [
            "no",
            "description",
            "sku",
            "lot",
            "date",
            "pack",
            "unit_price",
            "list_price",
            "quantity",
            "ordered",
            "backordered",
            "unit",
            "discount",
            "tax",
            "tax_rate",
            "line_total",
        ]
    elif style < 0.40:
        order = [
            "no",
            "sku",
            "description",
            "date",
            "lot",
            "pack",
            "unit",
            "unit_price",
            "list_price",
            "ordered",
            "quantity",
            "backordered",
            "discount",
            "line_total",
            "tax_rate",
            "tax",
        ]
    elif style < 0.45:
        rng.shuffle(order)
    chosen = [n for n in order if n in names]
    return _place(d, chosen, x, width)


def _place(d: Draft, chosen: list[str], x: float, width: float) -> list[Column]:
    rng = d.rng
    table = captions.COLUMNS[d.facts.style.language if d.chance(0.95) else "en"]
    weights = [WEIGHTS[n] * rng.uniform(0.75, 1.35) for n in chosen]
    scale = width / sum(weights)
    numbers = rng.choice(("right", "right", "right", "center", "left"))
    at, out = x, []
    for name, weight in zip(chosen, weights, strict=True):
        wide = weight * scale
        pad = min(3.0, wide * 0.06)
        align = numbers if name in RIGHT else ("center" if name == "unit" and d.chance(0.3) else "left")
        out.append(Column(name, d.cased(rng.choice(table[name])), at + pad, at + wide - pad, align))
        at += wide
    return out


def head(d: Draft, cols: list[Column], y: float) -> float:
    """The captions, wrapped in their columns; in narrow columns over two lines."""
    c = d.canvas
    c.rule(cols[0].x0, y, cols[-1].x1, y)
    follow = d.chance(0.8)
    low = y
    for col in cols:
        align = col.align if follow else "left"
        anchor = col.anchor if follow else col.x0
        at = y
        for line in c.wrap(col.head, max(col.x1 - col.x0, 12), bold=d.bold_captions):
            at = d.text(anchor, at, line, bold=d.bold_captions, align=align)
        low = max(low, at)
    c.rule(cols[0].x0, low, cols[-1].x1, low)
    return low + c.size * d.rng.choice((0.1, 0.4, 0.8))


def cell(d: Draft, item: Item, name: str, number: int) -> str:
    """The printed text of one cell."""
    s = d.facts.style
    if name == "no":
        return str(number)
    if name in ("quantity", "ordered"):
        value = item.quantity if name == "quantity" else item.ordered
        return s.quantity(value, d.quantity_places if value == value.to_integral_value() else 3)
    simple = {
        "sku": item.sku,
        "description": item.description,
        "unit": item.unit,
        "backordered": s.quantity(item.ordered - item.quantity),
        "pack": "1/24",
        "date": s.day(d.facts.dates["ship"]),
        "lot": str(100000 + hash_of(item.sku) % 899999),
    }
    if name in simple:
        return simple[name]
    if name == "discount":
        return f"{item.discount}%" if item.discount else ""
    if name == "tax_rate":
        return f"{item.tax_rate}%"
    if name == "unit_price":
        return _price(d, item.price)
    if name == "list_price":
        return _price(d, cents(item.price * Decimal("1.2")))
    return s.money(cents(item.total * item.tax_rate / 100) if name == "tax" else item.total)


def hash_of(text: str) -> int:
    """A small stable number from a text."""
    return sum((n + 7) * ord(c) for n, c in enumerate(text)) * 7919


def _price(d: Draft, value: Decimal) -> str:
    s = d.facts.style
    places = max(2, -int(value.as_tuple().exponent))
    text = s.number(value, places)
    return f"{s.symbol}{text}" if s.symbol_where == "all" and not s.symbol_gap else text


@dataclass(slots=True)
class RowStyle:
    """How the rows of one table look."""

    step: float
    sku_inside: str  # "" | before | under
    section: bool
    ruled: bool
    carry: bool


def row_style(d: Draft, cols: list[Column]) -> RowStyle:
    rng = d.rng
    has_sku = any(c.name == "sku" for c in cols)
    inside = "" if has_sku else rng.choice(("", "", "before", "under"))
    return RowStyle(rng.choice((0.0, 0.1, 0.3, 0.8, 1.5)), inside, d.chance(0.06), d.chance(0.2), d.chance(0.3))


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
            c.put(
                cols[0].x0 + c.inner * 0.3,
                y,
                f"*** {d.rng.choice(v.GOODS_TAIL[d.facts.style.language]).upper()} ***",
                bold=True,
            )
            y += c.line
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
        text = cell(d, item, col.name, number)
        tag = TAGS.get(col.name, "")
        width = max(col.x1 - col.x0, 10)
        if col.name == "description":
            low = max(low, _describe(d, col, style, item, number, y))
        elif col.name in ("sku", "lot", "pack") and c.measure(text) > width and d.chance(0.5):
            c.put(
                col.x0,
                y,
                text,
                tag=tag,
                item=number if tag else -1,
                size=max(c.size * width / c.measure(text), c.size * 0.6),
            )
        else:
            c.put(col.anchor, y, text, tag=tag, item=number if tag else -1, align=col.align)
    if style.ruled:
        c.rule(cols[0].x0, low, cols[-1].x1, low)
    return low + c.size * style.step


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
                Piece(_price(d, item.price), "item_unit_price", number),
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
