"""Items of a list that has no table head: rows that end in an amount, named on the same row or the one above."""

from dataclasses import replace
from decimal import Decimal

from pipeline.domain.reading import ReadLine
from pipeline.extract.candidates import Layout, amounts_in
from pipeline.extract.geometry import Row, Sheet
from pipeline.extract.items import TIMES, line_of, times
from pipeline.extract.parse import currency_of
from pipeline.extract.table import Item


def headless(layout: Layout, sheet: Sheet, first: int, last: int) -> list[ReadLine]:
    """Items of a list without heads: rows that end in an amount, with their following text rows."""
    groups: list[Item] = []
    title: Row | None = None
    for row in sheet.rows[first:last]:
        amounts = [
            a
            for a in amounts_in(row.tokens, layout.mark)
            if not a.percent and (a.amount.decimals == 2 or a.amount.currency)
        ]
        words = [t for t in row.tokens if any(c.isalpha() for c in t.text) and not currency_of(t.text)]
        money = any(h.start == 0 and h.section("money") for s in row.segments for h in layout.hits_of(s))
        if amounts and words and amounts[-1].x1 > 0.6 * sheet.width and not money:
            end = set(map(id, amounts[-1].tokens))
            text = [t for t in row.tokens if id(t) not in end]
            item = Item(sheet, [row], {"description": text, "line_total": list(amounts[-1].tokens)}, row)
            if title and _figures_only(row, amounts[-1].amount.value, layout.mark):
                item = _named(item, title)
                if groups and groups[-1].rows[-1] is title:
                    _drop_row(groups[-1], title)
            groups.append(item)
            title = None
            continue
        if groups and row.y0 - groups[-1].rows[-1].y1 < 0.9 * sheet.line and words and not money:
            groups[-1].rows.append(row)
            groups[-1].cells["description"] += row.tokens
        title = row if words and not money and not amounts else None
    lines = []
    for group in groups:
        line = line_of(layout, group)
        if line:
            lines.append(_trim(line, group, layout))
    return lines


def _figures_only(row: Row, total: Decimal, mark: str | None) -> bool:
    """`520 EA @ 0.6240   324.48`: the figures of the item that the row above names."""
    text = " ".join(t.text for t in row.tokens)
    found = TIMES.match(text)
    return bool(found) and times(text, mark, total) is not None


def _named(item: Item, title: Row) -> Item:
    """The item named by the row above it."""
    cells = {**item.cells, "description": list(title.tokens)}
    return Item(item.sheet, [title, *item.rows], cells, item.anchor)


def _drop_row(item: Item, row: Row) -> None:
    taken = set(map(id, row.tokens))
    item.rows = [r for r in item.rows if r is not row]
    item.cells["description"] = [t for t in item.cells["description"] if id(t) not in taken]


def _trim(line: ReadLine, item: Item, layout: Layout) -> ReadLine:
    """Figures that became quantity and price leave the description."""
    rows: list[Row] = item.rows
    words = [t.text for r in rows for t in r.tokens]
    if line.quantity is None:
        inside = times(" ".join(words), layout.mark, line.line_total)
        if inside:
            line = replace(line, quantity=inside.quantity, unit=inside.unit or line.unit, unit_price=inside.price)
    return replace(line, confidence=min(line.confidence, 0.9))
