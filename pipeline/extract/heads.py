"""Heads of item tables: which words stand over which columns."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.extract.geometry import Row, Segment, Sheet
from pipeline.extract.labels import Role, column_roles, words_of

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


def find_heads(sheet: Sheet) -> list[Head]:
    """Heads top to bottom, each the best of one to three rows read together."""
    out: list[Head] = []
    at = 0
    while at < len(sheet.rows):
        best = _best_at(sheet, at)
        if best and best.last > best.first:
            # A line of other labels right above a head is no part of it when the rows below read as well without it.
            rest = [
                h for n in range(best.first + 1, best.last + 1) if _foreign(sheet, n - 1) and (h := _best_at(sheet, n))
            ]
            best = max([best, *(h for h in rest if _core(best) <= _core(h))], key=lambda h: (h.score, -h.first))
        if best:
            out.append(best)
            at = best.last + 1
        else:
            at += 1
    return out


def _within(head: Head, row: Row, line: float) -> bool:
    """Whether a row stays between the outer edges of a head that is whole already."""
    left, right = head.columns[0].x0 - 2 * line, max(c.x1 for c in head.columns) + 2 * line
    return all(s.x1 > left and s.x0 < right for s in row.segments)


def _core(head: Head) -> set[str]:
    return {c.role for c in head.columns} & set(CORE)


def _foreign(sheet: Sheet, number: int) -> bool:
    """A row whose words are mostly no column heads, or that holds values."""
    pieces = _pieces(sheet.rows[number], sheet.source == "ocr")
    unknown = sum(1 for p in pieces if not p.roles)
    return unknown * 2 > len(pieces) or any(c.isdigit() for t in sheet.rows[number].tokens for c in t.text)


def _best_at(sheet: Sheet, at: int) -> Head | None:
    best: Head | None = None
    for count in (1, 2, 3):
        rows = sheet.rows[at : at + count]
        if len(rows) < count or (count > 1 and rows[-1].y0 - rows[-2].y1 > 0.9 * sheet.line):
            break
        if best and len(_core(best)) >= 3 and not _within(best, rows[-1], sheet.line):
            break  # a block beside the table goes on there
        head = _head(sheet, rows)
        if head and (best is None or head.score > best.score):
            best = head
    return best


def _head(sheet: Sheet, rows: Sequence[Row]) -> Head | None:
    tokens = [t for r in rows for t in r.tokens]
    if len(tokens) > 45 or any(re.search(r"\d[.,]\d{2}\b|\d{4,}|:$", t.text) for t in tokens):
        return None
    fuzzy = sheet.source == "ocr"
    pieces = [p for r in rows for p in _pieces(r, fuzzy)]
    completed = 0
    if len(rows) > 1:
        if not _pieces_known(_pieces(rows[0], fuzzy)) and not _pieces_known(_pieces(rows[-1], fuzzy)):
            return None
        pieces, completed = _stack(pieces, fuzzy)
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
    if completed and completed == len(_pieces(rows[-1], fuzzy)):
        score += 0.2  # the last row only ends wordings that the row above begins
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
    out = _with_small_words(out)
    # `Training Date Description` gives three heads, but an unknown word beside a known one belongs to it.
    merged: list[Column] = []
    for column in out:
        if merged and not column.roles and not merged[-1].roles:
            text = f"{merged[-1].text} {column.text}"
            merged[-1] = Column(text, merged[-1].x0, column.x1, column_roles(text, fuzzy))
        else:
            merged.append(column)
    return merged


_SMALL = frozenset({"of", "de", "du", "des", "der", "the", "and", "per", "pro", "van", "in", "et", "und", "en", "or"})


def _with_small_words(pieces: list[Column]) -> list[Column]:
    """`Description of` is one head: a small word goes with the head before it."""
    out: list[Column] = []
    for piece in pieces:
        if out and out[-1].roles and not piece.roles and piece.text.lower().strip(".&/-") in (*_SMALL, ""):
            out[-1] = Column(f"{out[-1].text} {piece.text}", out[-1].x0, piece.x1, out[-1].roles)
        else:
            out.append(piece)
    return out


def _stack(pieces: Sequence[Column], fuzzy: bool) -> tuple[list[Column], int]:
    """Heads of several rows joined where one stands above the other, and how many became known wordings so."""
    out: list[Column] = []
    completed = 0
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
        completed += bool(roles) and bool(home.roles) and not piece.roles and piece.text.isalpha()
        home.text, home.roles = text, roles or home.roles or piece.roles
        home.x0, home.x1 = min(home.x0, piece.x0), max(home.x1, piece.x1)
    return out, completed


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
