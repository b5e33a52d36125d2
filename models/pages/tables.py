"""The item table: random columns, wording, alignment, wrapped and two-line rows, page breaks."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from models.pages import captions
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


ORDERS = tuple(
    tuple(names.split())
    for names in (
        "no date sku description lot pack ordered quantity backordered "
        "unit list_price unit_price discount tax_rate tax line_total",
        "no quantity ordered backordered unit sku pack description lot "
        "date list_price unit_price discount tax_rate tax line_total",
        "no description sku lot date pack unit_price list_price quantity "
        "ordered backordered unit discount tax tax_rate line_total",
        "no sku description date lot pack unit unit_price list_price "
        "ordered quantity backordered discount line_total tax_rate tax",
    )
)


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
        if rng.random() < 0.24:
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
    style = rng.random()
    order = list(ORDERS[1 if style < 0.22 else 2 if style < 0.32 else 3 if style < 0.40 else 0])
    if 0.40 <= style < 0.45:
        rng.shuffle(order)
    chosen = [n for n in order if n in names]
    return place(d, chosen, x, width)


def place(d: Draft, chosen: list[str], x: float, width: float) -> list[Column]:
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
        return price(d, item.price)
    if name == "list_price":
        return price(d, cents(item.price * Decimal("1.2")))
    return s.money(cents(item.total * item.tax_rate / 100) if name == "tax" else item.total)


def hash_of(text: str) -> int:
    """A small stable number from a text."""
    return sum((n + 7) * ord(c) for n, c in enumerate(text)) * 7919


def price(d: Draft, value: Decimal) -> str:
    s = d.facts.style
    places = max(2, -int(value.as_tuple().exponent))
    text = s.number(value, places)
    return f"{s.symbol}{text}" if s.symbol_where == "all" and not s.symbol_gap else text
