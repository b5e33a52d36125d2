"""From scores to candidates: spans of words for header fields, groups of words for lines."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.layout.labels import FIELDS, HEADER, ITEM
from pipeline.domain.document import Box, Page

Array = NDArray[Any]
BLOCKS = frozenset(
    ("supplier_address", "bill_to", "ship_to", "remit_to", "supplier_name", "buyer_name", "item_description")
)
WORDY = BLOCKS | {"terms", "currency"}  # all other fields hold a digit
LEAST = 0.15
JOIN_GAP = 3.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """Words that may be the value of a field. `value_text` is as printed (block fields: lines parted by a newline).

    `words` are indices into `Page.words`; `score` is the model's mean probability, not calibrated; `row` numbers the
    line item the part belongs to, or is None for a header field.
    """

    field: str
    value_text: str
    words: tuple[int, ...]
    box: Box
    score: float
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Scores:
    """Probabilities for the words of a page, by word of the page: labels, fields (O first), row links, kind, start."""

    tags: Array
    links: Array
    kinds: Array
    first: float
    order: Array
    lines: Array
    height: float

    @property
    def fields(self) -> Array:
        """Probability of O and of each field, begin and inside together."""
        both = self.tags[:, 1:].reshape(len(self.tags), len(FIELDS), 2).sum(2)
        return np.concatenate([self.tags[:, :1], both], 1)


def header_candidates(page: Page, scores: Scores) -> list[Candidate]:
    """All header candidates at or above LEAST, best first within a field."""
    fields = scores.fields
    top = fields[:, 1:].argmax(1)
    out: list[Candidate] = []
    for number, name in enumerate(HEADER):
        likely = fields[:, 1 + number] >= LEAST
        if name in BLOCKS:  # names and addresses take only words that are nothing else
            likely &= top == number
        if not likely.any():
            continue
        begins = scores.tags[:, 1 + 2 * number] > scores.tags[:, 2 + 2 * number]
        found = _spans(page, scores, likely, begins, name in BLOCKS)
        made = [_candidate(page, name, words, fields[:, 1 + number], scores) for words in found]
        out += [c for c in made if name in WORDY or any(char.isdigit() for char in c.value_text)]
    return sorted(out, key=lambda c: (HEADER.index(c.field), -c.score))


def _spans(page: Page, scores: Scores, likely: Array, begins: Array, block: bool) -> list[list[int]]:
    places = np.empty(len(scores.order), np.int64)
    places[scores.order] = np.arange(len(scores.order))
    runs: list[list[int]] = []
    last = -1
    for index in scores.order:
        i = int(index)
        if not likely[i]:
            continue
        near = (
            last >= 0
            and scores.lines[last] == scores.lines[i]
            and (page.words[i].box.x0 - page.words[last].box.x1) * page.width <= JOIN_GAP * scores.height
        )
        between = near and places[i] - places[last] == 1
        if between and not (begins[i] and not block):
            runs[-1].append(i)
        else:
            runs.append([i])
        last = i
    return _stacked(page, scores, runs) if block else runs


def _stacked(page: Page, scores: Scores, runs: list[list[int]]) -> list[list[int]]:
    """Join runs that stand below one another: less than a line apart, and overlapping sideways."""
    blocks: list[list[int]] = []
    for run in runs:
        box = _box(page, run)
        for block in blocks:
            above = _box(page, block)
            gap = (box.y0 - above.y1) * page.height
            if -0.4 * scores.height < gap < 1.1 * scores.height and min(box.x1, above.x1) - max(box.x0, above.x0) > 0:
                block += run
                break
        else:
            blocks.append(list(run))
    return blocks


def _box(page: Page, words: list[int]) -> Box:
    box = page.words[words[0]].box
    for index in words[1:]:
        box = box.union(page.words[index].box)
    return box


def text_of(page: Page, words: list[int], lines: Array) -> str:
    """The words in order, a newline where the line changes."""
    out = ""
    for n, index in enumerate(words):
        if n:
            out += " " if lines[index] == lines[words[n - 1]] else "\n"
        out += page.words[index].text
    return out


def _candidate(
    page: Page, name: str, words: list[int], chances: Array, scores: Scores, row: int | None = None
) -> Candidate:
    return Candidate(
        name, text_of(page, words, scores.lines), tuple(words), _box(page, words), float(np.mean(chances[words])), row
    )


def row_candidates(page: Page, scores: Scores) -> list[Candidate]:
    """Parts of line items, numbered by row from the top; each part is the words of one field in one row."""
    fields = scores.fields
    best = fields.argmax(1)
    first_item = 1 + len(HEADER)
    items = np.flatnonzero(best >= first_item)
    if not len(items):
        return []
    links = scores.links[np.ix_(items, items)]
    target = links.argmax(1)
    for _ in range(3):
        target = target[target]
    groups: dict[int, list[int]] = {}
    place = {int(w): n for n, w in enumerate(scores.order)}
    for word, anchor in zip(items, target, strict=True):
        groups.setdefault(int(anchor), []).append(int(word))
    top = sorted(groups.values(), key=lambda ws: min(place[w] for w in ws))
    out = []
    for row, words in enumerate(top):
        for number, name in enumerate(ITEM):
            part = sorted((w for w in words if best[w] == first_item + number), key=lambda w: place[w])
            if part:
                out.append(_candidate(page, name, part, fields[:, first_item + number], scores, row))
    return out
