"""The item table: where its head stands, what its columns are, which rows belong to which item."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.extract.candidates import Layout, amounts_in
from pipeline.extract.geometry import Row, Segment, Sheet, Token
from pipeline.extract.labels import Hit, Role, column_roles, words_of

CORE = ("description", "sku", "quantity", "unit_price", "line_total")
NUMERIC = frozenset({"quantity", "unit_price", "line_total", "ordered", "backordered", "discount", "tax"})


@dataclass(slots=True, eq=False)
class Column:
    """A column under its head. `left` and `right` are its borders once the body has been seen."""

    text: str
    x0: float
    x1: float
    roles: tuple[Role, ...]
    role: str = ""
    left: float = 0.0
    right: float = 0.0


@dataclass(slots=True, eq=False)
class Head:
    """The head of a table: `first`..`last` are its rows."""

    sheet: Sheet
    first: int
    last: int
    columns: list[Column]
    score: float


@dataclass(slots=True, eq=False)
class Item:
    """Rows of one item: cell tokens by role, and the rows that only carry text."""

    sheet: Sheet
    rows: list[Row] = field(default_factory=list)
    cells: dict[str, list[Token]] = field(default_factory=dict)
    anchor: Row | None = None

    def text(self, role: str) -> str:
        return " ".join(t.text for t in self.cells.get(role, ()))


@dataclass(slots=True, eq=False)
class Table:
    """Items of one document, the heads they stood under, and every (page, row) that the table takes."""

    heads: list[Head]
    items: list[Item]
    rows: set[tuple[int, int]]


def find_table(layout: Layout) -> Table:
    """The item table over all pages; empty when no head is found."""
    heads: list[Head] = []
    items: list[Item] = []
    taken: set[tuple[int, int]] = set()
    current: Head | None = None
    open_table = False
    for sheet in layout.sheets:
        found = _heads(layout, sheet)
        start = 0
        if not found and current and open_table:
            found = [Head(sheet, -1, -1, [Column(c.text, c.x0, c.x1, c.roles, c.role) for c in current.columns], 0.0)]
        for number, head in enumerate(found):
            if head.last < start and head.first >= 0:
                continue
            limit = found[number + 1].first if number + 1 < len(found) else len(sheet.rows)
            if current and head.first >= 0 and not _same_shape(current, head) and items and not open_table:
                continue
            body, open_table = _body(layout, sheet, head, limit)
            made = _items(layout, sheet, head, body)
            if not made:
                continue
            current = head
            heads.append(head)
            items += made
            taken |= {(sheet.number, r) for r in range(max(0, head.first), head.last + 1)}
            taken |= {(sheet.number, row.number) for item in made for row in item.rows}
            start = max((row.number for item in made for row in item.rows), default=head.last) + 1
    return Table(heads, items, taken)


def _same_shape(a: Head, b: Head) -> bool:
    return [c.role for c in a.columns] == [c.role for c in b.columns]


# ------------------------------------------------------------------ heads


def _heads(layout: Layout, sheet: Sheet) -> list[Head]:
    """Heads top to bottom, each the best of one to three rows read together."""
    out: list[Head] = []
    at = 0
    while at < len(sheet.rows):
        best: Head | None = None
        for count in (1, 2, 3):
            rows = sheet.rows[at : at + count]
            if len(rows) < count or (count > 1 and rows[-1].y0 - rows[-2].y1 > 0.9 * sheet.line):
                break
            head = _head(layout, sheet, rows)
            if head and (best is None or head.score > best.score):
                best = head
        if best:
            out.append(best)
            at = best.last + 1
        else:
            at += 1
    return out


def _head(layout: Layout, sheet: Sheet, rows: Sequence[Row]) -> Head | None:
    tokens = [t for r in rows for t in r.tokens]
    if any(re.search(r"\d[.,]\d{2}\b|\d{4,}", t.text) for t in tokens) or len(tokens) > 45:
        return None
    fuzzy = sheet.source == "ocr"
    pieces = [p for r in rows for p in _pieces(r, fuzzy)]
    if len(rows) > 1:
        if not _pieces_known(_pieces(rows[0], fuzzy)) and not _pieces_known(_pieces(rows[-1], fuzzy)):
            return None
        pieces = _stack(pieces, fuzzy)
    known = [p for p in pieces if p.roles]
    unknown = [p for p in pieces if not p.roles and any(c.isalpha() for c in p.text)]
    columns = _settle(sorted(known, key=lambda c: c.x0))
    roles = {c.role for c in columns}
    core = len(roles & set(CORE))
    if "line_total" not in roles and not {"unit_price", "quantity"} <= roles:
        return None
    if core < 2 or (len(columns) < 3 and not {"description", "line_total"} <= roles):
        return None
    if not roles & {"description", "sku", "quantity", "unit_price"} or len(unknown) > len(known):
        return None
    score = core + 0.3 * len(columns) - 0.8 * len(unknown) - 0.15 * len(rows)
    every = sorted([*columns, *unknown], key=lambda c: c.x0)
    return Head(sheet, rows[0].number, rows[-1].number, every, score) if score > 1.5 else None


def _pieces_known(pieces: Sequence[Column]) -> bool:
    return sum(1 for p in pieces if p.roles) >= 1


def _pieces(row: Row, fuzzy: bool) -> list[Column]:
    """Heads of a row: whole segments where they are known, else the longest known runs of words within them."""
    out: list[Column] = []
    for segment in row.segments:
        roles = column_roles(segment.text, fuzzy)
        if roles or len(segment.tokens) == 1:
            if any(words_of(t.text) for t in segment.tokens):
                out.append(Column(segment.text, segment.x0, segment.x1, roles))
            continue
        out += _split(segment, fuzzy)
    return out


def _split(segment: Segment, fuzzy: bool) -> list[Column]:
    out: list[Column] = []
    at, tokens = 0, segment.tokens
    while at < len(tokens):
        for count in range(min(4, len(tokens) - at), 0, -1):
            part = tokens[at : at + count]
            text = " ".join(t.text for t in part)
            roles = column_roles(text, fuzzy and count == 1)
            if roles or count == 1:
                if any(words_of(t.text) for t in part):
                    out.append(Column(text, part[0].x0, part[-1].x1, roles))
                at += count
                break
    # `Training Date Description` gives three heads, but an unknown word beside a known one belongs to it.
    merged: list[Column] = []
    for column in out:
        if merged and not column.roles and not merged[-1].roles:
            text = f"{merged[-1].text} {column.text}"
            merged[-1] = Column(text, merged[-1].x0, column.x1, column_roles(text, fuzzy))
        else:
            merged.append(column)
    return merged


def _stack(pieces: Sequence[Column], fuzzy: bool) -> list[Column]:
    """Heads of several rows joined where one stands above the other."""
    out: list[Column] = []
    for piece in pieces:
        home = next(
            (o for o in out if min(o.x1, piece.x1) - max(o.x0, piece.x0) > 0.3 * min(o.x1 - o.x0, piece.x1 - piece.x0)),
            None,
        )
        if home is None:
            out.append(Column(piece.text, piece.x0, piece.x1, piece.roles))
            continue
        text = f"{home.text} {piece.text}"
        roles = column_roles(text, fuzzy) or column_roles(text.replace("- ", ""), fuzzy)
        home.text, home.roles = text, roles or home.roles or piece.roles
        home.x0, home.x1 = min(home.x0, piece.x0), max(home.x1, piece.x1)
    return out


def _settle(columns: list[Column]) -> list[Column]:
    """One role per column: strong and rare ones first, the first role of a wording that is still free."""
    used: set[str] = set()
    waiting = list(columns)
    for column in waiting:
        if len(column.roles) == 1:
            role = column.roles[0].name
            column.role = role if role not in used or role in ("lot", "tax") else f"{role}_2"
            used.add(column.role)
    for column in waiting:
        if column.role:
            continue
        names = [r.name for r in column.roles]
        free = [n for n in names if n not in used]
        column.role = _choose(free, columns, column) if free else f"{names[0]}_2"
        used.add(column.role)
    return columns


def _choose(free: Sequence[str], columns: Sequence[Column], column: Column) -> str:
    """Between several free roles: numbers stand right, item codes left; `item` is a description only without one."""
    others = {c.role for c in columns} | {r.name for c in columns if c is not column for r in c.roles[:1]}
    last = column is max(columns, key=lambda c: c.x0)
    for name in ("line_total", "unit_price") if last else ("unit_price", "line_total"):
        if name in free and name not in others:
            if (
                name == "unit_price"
                and "unit" in free
                and any(r.name == "unit_price" for c in columns if c is not column for r in c.roles)
            ):
                continue
            if (
                name == "line_total"
                and not last
                and any(r.name == "line_total" for c in columns if c is not column for r in c.roles)
            ):
                continue
            return name
    if "description" in free and "description" not in others:
        return "description"
    if "no" in free and column is min(columns, key=lambda c: c.x0) and "sku" not in free:
        return "no"
    for name in ("sku", "quantity", "unit", "description", "no"):
        if name in free:
            return name
    return free[0]


# ------------------------------------------------------------------ body

_END = frozenset({"subtotal", "total", "amount_due", "tax_total", "prepaid", "discount", "freight", "fuel_surcharge", "handling",
                  "other_charge", "rounding", "other_money"})  # fmt: skip


def _body(layout: Layout, sheet: Sheet, head: Head, limit: int) -> tuple[list[Row], bool]:
    """Rows under a head down to the totals, and whether the table may go on over the page."""
    out: list[Row] = []
    top = sheet.rows[head.last].y1 if head.last >= 0 else 0.0
    bottom = top
    for row in sheet.rows[head.last + 1 : limit]:
        if head.last >= 0 and row.y0 - bottom > 0.25 * sheet.height:
            return out, False
        kind = _row_kind(layout, row, head)
        if kind == "end":
            return out, False
        if kind == "carry":
            bottom = row.y1
            continue
        out.append(row)
        bottom = row.y1
    return out, True


def _row_kind(layout: Layout, row: Row, head: Head) -> str:
    """end for totals, carry for sums carried between pages, item for the rest."""
    hit = _leading_money(layout, row)
    if hit is None:
        return "item"
    names = {r.name for r in hit.roles if r.section == "money"}
    amounts = [a for a in amounts_in(row.tokens, layout.mark) if not a.percent and a.x0 > hit.x0]
    if "other_money" in names and not names & {"total", "subtotal"} and amounts:
        return "carry"
    if not amounts and not any(t.text.endswith("%") for t in row.tokens):
        return (
            "end"
            if names & {"subtotal", "total", "amount_due"}
            and len(row.segments) <= 2
            and hit.end == len(hit.segment.tokens)
            else "item"
        )
    charge = names <= {"freight", "fuel_surcharge", "handling", "other_charge", "discount", "prepaid", "tax_total"}
    if charge and _fills_columns(row, head, amounts[-1].x1 if amounts else 0.0):
        return "item"
    return "end"


def _leading_money(layout: Layout, row: Row) -> Hit | None:
    """The money label that opens the row; a number or a code before it makes the row an item."""
    for segment in row.segments:
        hits = layout.hits_of(segment)
        for hit in hits:
            if hit.section("money"):
                alone = (
                    hit.start == 0 and hit.end == len(segment.tokens) and re.search(r"total|due|summe|totaal", hit.text)
                )
                if alone:
                    return hit
                before = [t for s in row.segments for t in s.tokens if t.x0 < hit.x0 - 0.1]
                if any(re.search(r"\d", t.text) for t in before):
                    return (
                        hit
                        if "total" in hit.text and not re.search(r"\d[.,]\d", " ".join(t.text for t in before))
                        else None
                    )
                return hit
    return None


def _fills_columns(row: Row, head: Head, right: float) -> bool:
    """A charge printed as an item: its text stands in the table's text columns and it has a quantity or a price."""
    numbers = [t for t in row.tokens if re.fullmatch(r"\$?-?[\d.,]*\d", t.text)]
    text = next((c for c in head.columns if c.role in ("description", "sku")), None)
    if text is None or not row.segments:
        return False
    left = min(t.x0 for t in row.tokens)
    starts = left < text.x1 and left < head.columns[-1].x0 * 0.6
    return starts and len(numbers) >= 3


# ------------------------------------------------------------------ columns and items


def _items(layout: Layout, sheet: Sheet, head: Head, body: Sequence[Row]) -> list[Item]:
    if not body or not head.columns:
        return []
    _borders(sheet, head, body)
    items: list[Item] = []
    loose: list[Row] = []
    for row in body:
        cells = _cells(row, head)
        if _is_anchor(layout, cells, head):
            item = Item(sheet, [row], {k: list(v) for k, v in cells.items()}, row)
            _attach(loose, items, item, head)
            loose = []
            items.append(item)
        elif not _is_divider(row) and not _is_note(row, head):
            loose.append(row)
    _attach(loose, items, None, head)
    return items


def _borders(sheet: Sheet, head: Head, body: Sequence[Row]) -> None:
    """Between two heads the border is the place that crosses the fewest words of the body; drawn lines win."""
    columns = head.columns
    anchors = [r for r in body if sum(1 for t in r.tokens if re.search(r"\d", t.text)) >= 2] or list(body)
    spans = [(t.x0, t.x1) for r in anchors for t in r.tokens]
    columns[0].left, columns[-1].right = 0.0, sheet.width
    for left, right in zip(columns, columns[1:], strict=False):
        low, high = left.x0 + 1, max(left.x0 + 2, right.x1 - 1)
        walls = [
            x
            for x, top, bottom in sheet.verticals
            if left.x1 - 2 <= x <= right.x0 + 2 and top <= body[0].y1 and bottom >= body[0].y0
        ]
        border = sum(walls) / len(walls) if walls else _quietest(spans, low, high, (left.x1 + right.x0) / 2)
        left.right = right.left = border


def _quietest(spans: Sequence[tuple[float, float]], low: float, high: float, usual: float) -> float:
    """The middle of the widest stretch crossed by the fewest spans, preferring one near the gap between the heads."""
    steps = max(4, int((high - low) / 1.5))
    width = (high - low) / steps
    places = [low + (i + 0.5) * width for i in range(steps)]
    counts = [sum(1 for a, b in spans if a - 0.3 < x < b + 0.3) for x in places]
    least = min(counts)
    best, score = usual, float("-inf")
    start = None
    for i in range(steps + 1):
        quiet = i < steps and counts[i] == least
        if quiet and start is None:
            start = i
        if not quiet and start is not None:
            a, b = places[start], places[i - 1]
            inside = a - width <= usual <= b + width
            value = (b - a) + (40 if inside else -0.5 * min(abs(a - usual), abs(b - usual)))
            if value > score:
                best, score = (min(max(usual, a), b) if inside else (a + b) / 2), value
            start = None
    return best


def _cells(row: Row, head: Head) -> dict[str, list[Token]]:
    out: dict[str, list[Token]] = {}
    for token in row.tokens:
        middle = (token.x0 + token.x1) / 2
        column = next((c for c in head.columns if c.left <= middle < c.right), head.columns[-1])
        out.setdefault(column.role or f"?{column.text}", []).append(token)
    return out


_NUMBER = re.compile(r"\d")


def _is_anchor(layout: Layout, cells: dict[str, list[Token]], head: Head) -> bool:
    """A row that carries an item's figures: a line amount, or a quantity with a price."""
    roles = {c.role for c in head.columns}
    total = any(not a.percent for a in amounts_in(cells.get("line_total", ()), layout.mark))
    price = any(not a.percent for a in amounts_in(cells.get("unit_price", ()), layout.mark))
    count = any(_NUMBER.search(t.text) for t in cells.get("quantity", ()))
    named = any(cells.get(k) for k in ("description", "sku", "quantity", "unit_price", "no"))
    if "line_total" in roles:
        return (total and named) or (price and count)
    return price and count


def _is_divider(row: Row) -> bool:
    text = row.text.strip()
    return text.startswith(("***", "---", "===", "___")) or not any(c.isalnum() for c in text)


def _is_note(row: Row, head: Head) -> bool:
    """A sentence over several columns is no part of an item."""
    for segment in row.segments:
        crossed = sum(1 for c in head.columns[1:] if segment.x0 < c.left - 2 and segment.x1 > c.left + 2)
        if crossed >= 3 and segment.x1 - segment.x0 > 0.4 * head.sheet.width:
            return True
    return False


def _attach(loose: Sequence[Row], items: list[Item], following: Item | None, head: Head) -> None:
    """Text rows go to the item above, unless they stand nearer to the one below or nothing is above."""
    for number, row in enumerate(loose):
        above = items[-1] if items else None
        gap_above = row.y0 - max(r.y1 for r in above.rows) if above else 1e9
        gap_below = following.rows[0].y0 - loose[-1].y1 if following else 1e9
        line = head.sheet.line
        if (
            above
            and gap_above <= max(0.9 * line, min(gap_below, 1.2 * line))
            and (gap_above <= gap_below + 0.5 or number)
        ):
            _extend(above, row, head, last=True)
        elif following and gap_below < 0.9 * line:
            _extend(following, row, head, last=False)


def _extend(item: Item, row: Row, head: Head, last: bool) -> None:
    cells = _cells(row, head)
    item.rows = [*item.rows, row] if last else [row, *item.rows]
    for role, tokens in cells.items():
        key = role if role in ("description", "sku", "lot", "buyer_item") else f"+{role}"
        have = item.cells.setdefault(key, [])
        item.cells[key] = [*have, *tokens] if last else [*tokens, *have]
