"""Columns told by their figures: where the heads do not say it, quantity times price gives the amount (spec C.3)."""

import itertools
import re
from collections.abc import Sequence
from decimal import Decimal

from pipeline.extract.candidates import Layout, amounts_in
from pipeline.extract.geometry import Row, Token
from pipeline.extract.heads import Column, Head

NEAR = Decimal("0.02")
FIGURES = ("quantity", "unit_price", "line_total")
Figures = list[Decimal | None]
Triple = tuple[int, int, int]


def settle_columns(layout: Layout, head: Head, body: Sequence[Row]) -> None:
    """Gives the columns of a head the roles that multiply in most rows, when those that the wordings give do not."""
    table = _figures(layout, head.columns, body)
    if not table:
        return
    given = _given(head.columns)
    if given and _closing(table, given) >= 0.5:
        return
    wide = [n for n in range(len(head.columns)) if sum(row[n] is not None for row in table) * 5 >= 3 * len(table)]
    found = [t for t in itertools.permutations(wide, 3) if t[0] < t[1] or _fixed(head.columns, t)]
    best = max(found, key=lambda t: (_closing(table, t), _agreeing(head.columns, t), t[2]), default=None)
    if best is None or _closing(table, best) < 0.8 or not _telling(table, best):
        return
    _give(head.columns, _ordered(head.columns, table, best))


def _figures(layout: Layout, columns: Sequence[Column], body: Sequence[Row]) -> list[Figures]:
    """The first figure of every cell, for the rows that have three or more."""
    out = []
    for row in body:
        cells: list[list[Token]] = [[] for _ in columns]
        for token in row.tokens:
            middle = (token.x0 + token.x1) / 2
            at = next((n for n, c in enumerate(columns) if c.left <= middle < c.right), len(columns) - 1)
            cells[at].append(token)
        values = [_figure(layout, cell) for cell in cells]
        if sum(v is not None for v in values) >= 3:
            out.append(values)
    return out[:40]


def _figure(layout: Layout, cell: Sequence[Token]) -> Decimal | None:
    """The only figure of a cell; a text with a number in it is none."""
    words = sum(any(c.isalpha() for c in t.text) for t in cell)
    found = [a for a in amounts_in(cell, layout.mark) if not a.percent]
    if len(found) != 1 or words > 2 or re.match(r"0\d", cell[0].text):
        return None
    return abs(found[0].amount.value)


def _given(columns: Sequence[Column]) -> Triple | None:
    places = {c.role: n for n, c in enumerate(columns)}
    if not all(role in places for role in FIGURES):
        return None
    return places["quantity"], places["unit_price"], places["line_total"]


def _closing(table: Sequence[Figures], triple: Triple) -> float:
    """The share of rows in which the first two figures multiply to the third."""
    right = known = 0
    for row in table:
        count, price, amount = (row[n] for n in triple)
        known += amount is not None
        if count is not None and price is not None and amount is not None and amount:
            right += abs(count * price - amount) <= max(NEAR, amount / 10_000)
    return right / known if known else 0.0


def _telling(table: Sequence[Figures], triple: Triple) -> bool:
    """Ones multiply with anything: some row must have two real factors."""
    return any(
        None not in (row[triple[0]], row[triple[1]]) and 1 not in (row[triple[0]], row[triple[1]]) for row in table
    )


def _agreeing(columns: Sequence[Column], triple: Triple) -> int:
    names = [{r.name for r in columns[n].roles} for n in triple]
    return sum(role in name for role, name in zip(FIGURES, names, strict=True))


def _fixed(columns: Sequence[Column], triple: Triple) -> bool:
    """Whether the wordings say which factor is the price, so that the order of the two matters."""
    return columns[triple[0]].role == "quantity" or columns[triple[1]].role == "unit_price"


def _ordered(columns: Sequence[Column], table: Sequence[Figures], triple: Triple) -> Triple:
    """Which factor is the price: by its head, else the one with cents."""
    first, second, amount = triple
    if _agreeing(columns, triple) or not _agreeing(columns, (second, first, amount)):
        whole = [all(row[n] is None or row[n] == int(row[n] or 0) for row in table) for n in (first, second)]
        if _agreeing(columns, (first, second, amount)) > (columns[amount].role == "line_total") or whole[0] >= whole[1]:
            return triple
    return second, first, amount


def _give(columns: Sequence[Column], triple: Triple) -> None:
    for number, column in enumerate(columns):
        if column.role in FIGURES and number not in triple:
            column.role = f"{column.role}_2"
    for role, number in zip(FIGURES, triple, strict=True):
        columns[number].role = role
