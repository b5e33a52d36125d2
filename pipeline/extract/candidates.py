"""Candidates for a field, from whatever source: value, place, score and the reason in words."""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pipeline.domain.document import Box, Page
from pipeline.domain.reading import Source
from pipeline.extract.asides import set_asides_apart
from pipeline.extract.dates import find_dates
from pipeline.extract.geometry import Row, Segment, Sheet, Token, lay_out, overlap
from pipeline.extract.labels import Hit, find_labels
from pipeline.extract.parse import Amount, NotAnAmount, currency_of, decimal_mark_of, parse_amount


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible value of a field. `score` is in 0..1 before calibration; `value` is normalised text."""

    field: str
    value: str
    score: float
    source: Source
    why: str
    raw: str = ""
    page: int | None = None
    box: Box | None = None
    ocr: float = 1.0
    label: str = ""


class CandidateSource(Protocol):
    """A further reader, for example a trained model, whose scored candidates join the ones found by labels."""

    name: str

    def candidates(self, pages: Sequence[Page]) -> Sequence[Candidate]: ...


@dataclass(slots=True, eq=False)
class Layout:
    """A document's pages laid out, with all labels found once. `order` keys rows over all pages."""

    pages: tuple[Page, ...]
    sheets: list[Sheet]
    hits: dict[int, list[Hit]] = field(default_factory=dict)
    mark: str | None = None
    table: set[tuple[int, int]] = field(default_factory=set)

    @property
    def rows(self) -> Iterator[tuple[Sheet, Row]]:
        for sheet in self.sheets:
            for row in sheet.rows:
                yield sheet, row

    def hits_of(self, segment: Segment) -> list[Hit]:
        return self.hits.get(id(segment), [])

    def sheet(self, number: int) -> Sheet:
        return next(s for s in self.sheets if s.number == number)


def lay_out_all(pages: Sequence[Page]) -> Layout:
    """Rows, segments and labels of some pages."""
    sheets = [lay_out(page) for page in pages]
    for sheet in sheets:
        set_asides_apart(sheet)
    return label_all(pages, sheets)


def label_all(pages: Sequence[Page], sheets: list[Sheet]) -> Layout:
    layout = Layout(tuple(pages), sheets)
    texts = [t.text for s in sheets for r in s.rows for t in r.tokens if any(c.isdigit() for c in t.text)]
    layout.mark = decimal_mark_of(texts)
    for sheet, row in layout.rows:
        for segment in row.segments:
            found = find_labels(segment, sheet.source == "ocr")
            if found:
                layout.hits[id(segment)] = found
    return layout


def candidate(
    field: str, value: str, score: float, tokens: Sequence[Token], sheet: Sheet, why: str, label: str = ""
) -> Candidate:
    """A candidate at some tokens of a sheet; what OCR read weighs by its own certainty."""
    sure = sum(t.confidence for t in tokens) / len(tokens)
    return Candidate(
        field,
        value,
        min(1.0, score) * (1.0 if sheet.source != "ocr" else 0.5 + 0.5 * sure),
        Source.OCR if sheet.source == "ocr" else Source.TEXT,
        why,
        " ".join(t.text for t in tokens),
        sheet.number,
        sheet.box(tokens),
        sure,
        label,
    )


def header_hits(layout: Layout) -> Iterator[tuple[Sheet, Hit]]:
    for sheet, row in layout.rows:
        if (sheet.number, row.number) in layout.table:
            continue
        for segment in row.segments:
            for hit in layout.hits_of(segment):
                yield sheet, hit


# ------------------------------------------------------------------ places


@dataclass(frozen=True, slots=True)
class Spot:
    """Tokens that may hold a label's value, and how they lie to it: inline, right or below."""

    tokens: tuple[Token, ...]
    how: str
    score: float

    @property
    def text(self) -> str:
        return " ".join(t.text for t in self.tokens)


def inline(layout: Layout, hit: Hit) -> tuple[Token, ...]:
    """Tokens after the label up to the next label of its segment."""
    following = [h.start for h in layout.hits_of(hit.segment) if h.start >= hit.end]
    tokens = hit.segment.tokens[hit.end : min(following) if following else None]
    while tokens and not any(c.isalnum() for c in tokens[0].text):
        tokens = tokens[1:]
    return tokens


def spots(layout: Layout, hit: Hit, below_rows: int = 3) -> list[Spot]:
    """Where the value of a label may stand, likeliest first."""
    out: list[Spot] = []
    own = inline(layout, hit)
    if own:
        out.append(Spot(own, "inline", 1.0))
    sheet = layout.sheet(hit.segment.page)
    row = sheet.rows[hit.segment.row]
    last = not any(h.start >= hit.end for h in layout.hits_of(hit.segment))
    right = (_right(layout, row, hit) or _level(layout, sheet, hit)) if last and not own else None
    if right:
        out.append(Spot(right.tokens, "right", 0.93))
    if not own or len(own) > 4:
        under = _below(layout, sheet, hit, below_rows)
        out += [Spot(s.tokens, "below", (0.9 if not right else 0.8) - 0.06 * n) for n, s in enumerate(under)]
    return out


def _right(layout: Layout, row: Row, hit: Hit) -> Segment | None:
    """The next segment of the row unless a label opens it."""
    after = [s for s in row.segments if s.x0 > hit.segment.x0 and s is not hit.segment]
    while after and not any(c.isalnum() for c in after[0].text):
        after = after[1:]
    if not after or any(h.start == 0 for h in layout.hits_of(after[0])):
        return None
    return after[0]


def _level(layout: Layout, sheet: Sheet, hit: Hit) -> Segment | None:
    """The value right of a label although it stands a little higher or lower than the label's own row."""
    mine = sheet.rows[hit.segment.row]
    if any(s.x0 > hit.segment.x1 for s in mine.segments):
        return None
    best = None
    for row in sheet.rows[max(0, hit.segment.row - 1) : hit.segment.row + 2]:
        for segment in row.segments:
            off = abs((segment.y0 + segment.y1) - (hit.segment.y0 + hit.segment.y1)) / 2
            near = segment.x0 - hit.segment.x1
            if (
                row is mine
                or off > 0.75 * hit.segment.height
                or not 0 < near < 12 * sheet.line
                or layout.hits_of(segment)
            ):
                continue
            if best is None or segment.x0 < best.x0:
                best = segment
    return best


def _below(layout: Layout, sheet: Sheet, hit: Hit, count: int) -> list[Segment]:
    """Segments under the label that share its column, until another label or a wide gap."""
    out: list[Segment] = []
    left, right, bottom = hit.x0, hit.x1, hit.segment.y1
    for row in sheet.rows[hit.segment.row + 1 : hit.segment.row + 1 + count * 3]:
        if row.y0 - bottom > 3.8 * max(sheet.line, hit.segment.height):
            break
        best = None
        for segment in row.segments:
            shared = min(right, segment.x1) - max(left, segment.x0)
            near = abs(segment.x0 - left) < 0.5 * sheet.line
            if (shared > 0 or near) and (best is None or shared > overlap(best, hit.segment)):
                best = segment
        if best is None:
            continue
        if any(h.start == 0 and h.end == len(best.tokens) for h in layout.hits_of(best)) or (
            out == [] and any(h.start == 0 and inline(layout, h) for h in layout.hits_of(best))
        ):
            break
        out.append(best)
        bottom = best.y1
        if len(out) >= count:
            break
    return out


# ------------------------------------------------------------------ amounts on a row


@dataclass(frozen=True, slots=True)
class AmountAt:
    """An amount or a percentage at some tokens."""

    amount: Amount
    tokens: tuple[Token, ...]
    percent: bool = False
    repaired: bool = False

    @property
    def x0(self) -> float:
        return self.tokens[0].x0

    @property
    def x1(self) -> float:
        return self.tokens[-1].x1

    @property
    def number_x0(self) -> float:
        """Where its first digit stands, currency signs aside."""
        return next((t.x0 for t in self.tokens if any(c.isdigit() for c in t.text)), self.x0)


_PERCENT = re.compile(r"^\(?(\d{1,2}(?:[.,]\d{1,4})?)\s*%\)?[,:]?$")


def amounts_in(tokens: Sequence[Token], mark: str | None) -> list[AmountAt]:
    """Amounts left to right; currency signs, credit marks and spaced groups joined; dates left out."""
    taken = _dated(tokens)
    out: list[AmountAt] = []
    at = 0
    while at < len(tokens):
        if at in taken or not _may_start(tokens[at].text):
            at += 1
            continue
        found, count = _amount_at(tokens, at, mark, taken)
        if found:
            out.append(found)
        at += max(1, count)
    return out


def _may_start(text: str) -> bool:
    return any(c.isdigit() for c in text) or text in ("-", "(", "−", "+") or currency_of(text.strip("(-:")) is not None


def _dated(tokens: Sequence[Token]) -> set[int]:
    """Positions of tokens that belong to a date."""
    if not any(sum(c.isdigit() for c in t.text) for t in tokens):
        return set()
    text, starts = "", []
    for token in tokens:
        starts.append(len(text))
        text += token.text + " "
    out: set[int] = set()
    for found in find_dates(text):
        if re.fullmatch(r"\d{1,2}\s?\.\s?\d{1,2}\s?\.\s?\d{2}", found.raw) and found.raw.count(".") < 2:
            continue
        out |= {i for i, s in enumerate(starts) if s < found.end and s + len(tokens[i].text) > found.start}
    return out


def _amount_at(tokens: Sequence[Token], at: int, mark: str | None, taken: set[int]) -> tuple[AmountAt | None, int]:
    first = tokens[at].text
    percent = _PERCENT.match(first) or (
        at + 1 < len(tokens) and tokens[at + 1].text.startswith("%") and _PERCENT.match(first.strip("(") + "%")
    )
    if percent:
        own = bool(_PERCENT.match(first))
        value = parse_amount(percent[1], mark)
        return AmountAt(value, tuple(tokens[at : at + (1 if own else 2)]), True), 1 if own else 2
    for count in range(min(4, len(tokens) - at), 0, -1):
        part = tokens[at : at + count]
        if any(at + i in taken for i in range(count)) or not _joins(part, mark):
            continue
        try:
            amount = parse_amount(" ".join(t.text for t in part).strip(":=* "), mark)
        except NotAnAmount:
            continue
        return AmountAt(amount, tuple(part)), count
    return _repaired(tokens[at])


_LOOKALIKE = str.maketrans(
    {"O": "0", "o": "0", "Ú": "0", "Q": "0", "D": "0", "l": "1", "I": "1", "S": "5", "B": "8", "Z": "2"}
)


def _repaired(token: Token) -> tuple[AmountAt | None, int]:
    """A single amount with one misread sign on a scanned page (`24-00`, `100.0O`), marked as repaired."""
    if token.confidence >= 1.0 or sum(c.isdigit() for c in token.text) < 2:
        return None, 1
    text = re.sub(r"^[S§](?=\d)", "$", token.text.strip("*|"))
    fixed = re.sub(r"^(\$?\d{1,6})[-:;'](\d{2})$", r"\1.\2", text.translate(_LOOKALIKE))
    if re.fullmatch(r"\$?\d{1,3}(?:[.,]\d{3})+[.,]\d{2}", fixed):
        fixed = re.sub(r"[.,](?=\d{3})", "", fixed)
    if not re.fullmatch(r"-?[$€£]?\d[\d,]*[.,]\d{2}", fixed):
        return None, 1
    try:
        return AmountAt(parse_amount(fixed, None), (token,), repaired=True), 1
    except NotAnAmount:
        return None, 1


def _joins(part: Sequence[Token], mark: str | None) -> bool:
    """Whether these tokens may be one amount: at most one number, or groups of three set close together."""
    numbers = [i for i, t in enumerate(part) if any(c.isdigit() for c in t.text)]
    if any(b.x0 - a.x1 > 1.6 * max(a.height, b.height) for a, b in itertools.pairwise(part)):
        return False
    if not numbers:
        return False
    for left, right in itertools.pairwise(numbers):
        a, b = part[left], part[right]
        grouped = re.fullmatch(r"(?:[A-Z]{2,3})?-?\d{1,3}", a.text.strip("$€£")) and re.fullmatch(
            r"\d{3}(?:[.,]\d{2})?[€$]?", b.text
        )
        signed = not a.text[:1].isdigit() or (left > 0 and currency_of(part[left - 1].text) is not None)
        if right != left + 1 or not grouped or b.x0 - a.x1 > 0.62 * a.height or (mark == "." and not signed):
            return False
    return True
