"""Blocks that stand beside an item table: a column of labels and values whose lines are no part of the table's rows."""

from collections.abc import Sequence

from pipeline.extract.geometry import Row, Segment, Sheet
from pipeline.extract.heads import Head, find_heads
from pipeline.extract.labels import is_label


def set_asides_apart(sheet: Sheet) -> None:
    """Gives the lines of a block beside the item table rows of their own, from the table's head down."""
    for head in find_heads(sheet)[:2]:
        aside = _aside(sheet, head)
        if aside:
            _part(sheet, head.first, aside)
            return


def _aside(sheet: Sheet, head: Head) -> set[int]:
    """The segments (by identity) left or right of the table, when a block with labels stands there."""
    left = min(c.x0 for c in head.columns) - sheet.line
    right = max(c.x1 for c in head.columns) + 2 * sheet.line
    below = [s for row in sheet.rows[head.first :] for s in row.segments]
    above = [s for row in sheet.rows[max(0, head.first - 12) : head.first] for s in row.segments]
    for beside in ([s for s in below if s.x1 < left], [s for s in below if s.x0 > right]):
        if _is_block(sheet, beside, above):
            return {id(s) for s in beside}
    return set()


def _is_block(sheet: Sheet, beside: Sequence[Segment], above: Sequence[Segment]) -> bool:
    """Labels in it, one left edge, and it began above the table: a column of the table has none of these."""
    labels = [s for s in beside if is_label(s.text.strip(" :"))]
    if not labels or len(beside) < 2:
        return False
    edge = labels[0].x0
    flush = [s for s in beside if abs(s.x0 - edge) < 0.5 * sheet.line]
    return len(flush) * 3 >= len(beside) * 2 and any(abs(s.x0 - edge) < 0.5 * sheet.line for s in above)


def _part(sheet: Sheet, first: int, aside: set[int]) -> None:
    rows: list[Row] = sheet.rows[:first]
    for row in sheet.rows[first:]:
        mine = [s for s in row.segments if id(s) in aside]
        rest = [s for s in row.segments if id(s) not in aside]
        rows += [Row(0, row.page, segments) for segments in (mine, rest) if segments]
    for number, row in enumerate(rows):
        row.number = number
        for segment in row.segments:
            segment.row = number
    sheet.rows = rows
