"""The item table: where its head stands, what its columns are, which rows belong to which item."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.extract.candidates import Layout, amounts_in
from pipeline.extract.columns import settle_columns
from pipeline.extract.geometry import Row, Sheet, Token
from pipeline.extract.heads import Column, Head, find_heads
from pipeline.extract.labels import Hit


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
        found = find_heads(sheet)
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


# ------------------------------------------------------------------ body

_END = frozenset(
    {
        "subtotal",
        "total",
        "amount_due",
        "tax_total",
        "prepaid",
        "discount",
        "freight",
        "fuel_surcharge",
        "handling",
        "other_charge",
        "rounding",
        "other_money",
    }
)


def _body(layout: Layout, sheet: Sheet, head: Head, limit: int) -> tuple[list[Row], bool]:
    """Rows under a head down to the totals, and whether the table may go on over the page."""
    out: list[Row] = []
    top = sheet.rows[head.last].y1 if head.last >= 0 else 0.0
    bottom = top
    for row in sheet.rows[head.last + 1 : limit]:
        if head.last >= 0 and row.y0 - bottom > 0.25 * sheet.height:
            return out, False
        if _stands_aside(row, head):
            continue
        kind = _row_kind(layout, row, head)
        if kind == "end":
            return out, False
        if kind == "carry":
            bottom = row.y1
            continue
        out.append(row)
        bottom = row.y1
    return out, True


def _stands_aside(row: Row, head: Head) -> bool:
    """A line of a block left of the table."""
    return max(s.x1 for s in row.segments) < head.columns[0].x0 - 2 * head.sheet.line


def _row_kind(layout: Layout, row: Row, head: Head) -> str:
    """end for totals, carry for sums carried between pages, item for the rest."""
    labels = sum(1 for s in row.segments if any(h.start == 0 and h.section("money") for h in layout.hits_of(s)))
    if labels >= 2 and labels * 2 >= len(row.segments) and not amounts_in(row.tokens, layout.mark):
        return "end"  # the head of a small table of totals
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
    if charge and _fills_columns(row, head):
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
                if _after_a_remark(hit, before):
                    return hit
                if any(re.search(r"\d", t.text) for t in before):
                    return (
                        hit
                        if "total" in hit.text and not re.search(r"\d[.,]\d", " ".join(t.text for t in before))
                        else None
                    )
                return hit
    return None


def _after_a_remark(hit: Hit, before: Sequence[Token]) -> bool:
    """`Credit for returned goods, our invoice 551903   Merchandise   167.20`: a sum with a sentence left of it."""
    whole = hit.start == 0 and hit.end == len(hit.segment.tokens)
    summing = hit.role("money", "subtotal") or hit.role("money", "total")
    return bool(whole and summing) and sum(t.text.strip(".,").isalpha() for t in before) >= 4


def _fills_columns(row: Row, head: Head) -> bool:
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
    _merge_unknown(head, body)
    settle_columns(layout, head, body)
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
    for left, right in itertools.pairwise(columns):
        low, high = left.x0 + 1, max(left.x0 + 2, right.x1 - 1)
        walls = [
            x
            for x, top, bottom in sheet.verticals
            if left.x1 - 2 <= x <= right.x0 + 2 and top <= body[0].y1 and bottom >= body[0].y0
        ]
        border = sum(walls) / len(walls) if walls else _quietest(spans, low, high, (left.x1 + right.x0) / 2)
        left.right = right.left = border


def _merge_unknown(head: Head, body: Sequence[Row]) -> None:
    """A column without a role whose words run on from the text column at its left belongs to it."""
    at = 1
    while at < len(head.columns):
        left, column = head.columns[at - 1], head.columns[at]
        crossing = own = 0
        for segment in (s for row in body for s in row.segments):
            inside = [t for t in segment.tokens if column.left <= (t.x0 + t.x1) / 2 < column.right]
            own += bool(inside)
            crossing += bool(inside) and segment.tokens[0].x0 < column.left - 1
        if not column.role and left.role in ("description", "") and own and crossing * 2 > own:
            left.right, left.x1 = column.right, column.x1
            del head.columns[at]
        else:
            at += 1


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
            # A space between two words is narrow; only a wide gap earns the bonus of its place.
            value = (b - a) + (min(40.0, 4 * (b - a)) if inside else -0.5 * min(abs(a - usual), abs(b - usual)))
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
