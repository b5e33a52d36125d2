"""Numbers a model sees of a page: characters, known words, shapes, arithmetic, places. No training library needed."""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.document import Page

Array = NDArray[Any]

CHARS = "abcdefghijklmnopqrstuvwxyz0.,:;-/#%$€£()&@'+*_=|\"<>"
CHAR_IDS = {c: n + 2 for n, c in enumerate(CHARS)}  # 0 is padding, 1 any other character
CHAR_COUNT = len(CHARS) + 2
WORD_CHARS = 14  # first ten and last four of a longer word
PLACES = 6  # x0, y0, x1, y1, width, height
NUMERIC = 30
PAIR_ADJACENT = 169  # codes 169 and 170: next and previous word on the line
PAIR_CODES = 171
NEAR = 9  # three before, one after, above, left and right of that, end of the segment before, below
_CURRENCY = r"(?:rs|rm|us|fr|c|a|eur|usd|gbp|chf|cad|aud|inr|myr)?"
_AMOUNT = re.compile(
    rf"^[(\-+]?{_CURRENCY}\.?[^\w\s.,()\-]?[(\-+]?(\d{{1,3}}(?:[.,']\d{{3}})+|\d+)(?:([.,])(\d{{1,4}}))?[)\-]?(?:cr|eur)?[^\w\s.,()\-]?$",
    re.I,
)
_DATE = re.compile(r"^\d{1,4}[./\-]\d{1,2}[./\-]\d{2,4}$|^\d{1,2}[\-.]?[a-zäéû]{3,9}[\-.,]?\d{2,4}$", re.I)
_GROUP_HEAD = re.compile(r"^[(\-]?[$€£]?\d{1,3}[,.']?$")
_GROUP_TAIL = re.compile(r"^\d{3}(?:[.,]\d{2})?[€$)\-]?$")
_EDGE = ".:,;()[]*-_'\"|"


@lru_cache(maxsize=50_000)
def fold(text: str) -> str:
    """Lower case without accents, every digit as 0."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss")).lower()
    return "".join("0" if c.isdigit() else c for c in plain if not unicodedata.combining(c))


def word_key(text: str) -> str:
    """The form under which a word is looked up in the word list."""
    folded = fold(text)
    return folded.strip(_EDGE) or folded


@cache
def word_ids(path: str) -> dict[str, int]:
    """The word list: a word a line; ids start at 1, 0 is "not listed"."""
    return {word: n + 1 for n, word in enumerate(Path(path).read_text(encoding="utf-8").splitlines()) if word}


def amount(text: str) -> int | None:
    """The value of an amount with two decimals in cents, or of a whole number times 100; None for other words.

    Only for hints to the model (equal amounts, sums, products); values are read strictly elsewhere.
    """
    found = _AMOUNT.match(text)
    if not found or len(text) > 18:
        return None
    whole, mark, cents = found.group(1), found.group(2), found.group(3)
    if mark and len(cents) == 3 and len(whole) <= 3 and not re.search(r"[.,']", whole):
        whole, cents = whole + cents, ""
    digits = re.sub(r"[.,']", "", whole)
    return int(digits + ((cents or "") + "00")[:2]) if len(digits) < 12 else None


@dataclass(frozen=True, slots=True)
class Features:
    """Arrays for n words in reading order: `order` maps row to word of the page."""

    order: Array
    chars: Array
    words: Array
    numeric: Array
    places: Array
    pairs: Array
    near: Array


def reading_order(boxes: Array, height: float) -> tuple[Array, Array]:
    """Words sorted by line then x, and the line of each: boxes are rows of x0, y0, x1, y1 in lengths of equal unit."""
    middle = (boxes[:, 1] + boxes[:, 3]) / 2
    by_y = np.argsort(middle, kind="stable")
    lines = np.zeros(len(boxes), np.int64)
    line, start = 0, middle[by_y[0]] if len(by_y) else 0.0
    for index in by_y:
        if middle[index] - start > height * 0.55:
            line, start = line + 1, middle[index]
        else:
            start = start * 0.7 + middle[index] * 0.3
        lines[index] = line
    return np.lexsort((boxes[:, 0], lines)), lines


def page_features(page: Page, words_path: str, drop: Array | None = None) -> Features:
    """All inputs for a page. `drop` marks words whose listed id is hidden (training only)."""
    ratio = page.height / page.width if page.width else 1.3
    boxes = np.array(
        [(w.box.x0, w.box.y0 * ratio, w.box.x1, w.box.y1 * ratio) for w in page.words], np.float32
    ).reshape(-1, 4)
    tall = float(np.median(boxes[:, 3] - boxes[:, 1])) if len(boxes) else 0.012
    tall = max(tall, 1e-3)
    order, lines = reading_order(boxes, tall)
    boxes, lines = boxes[order], lines[order]
    texts = [page.words[i].text for i in order]
    known = word_ids(words_path)
    ids = np.array([known.get(word_key(t), 0) for t in texts], np.int64)
    if drop is not None:
        ids[drop[: len(ids)]] = 0
    places = np.stack(
        [
            boxes[:, 0],
            boxes[:, 1] / ratio,
            boxes[:, 2],
            boxes[:, 3] / ratio,
            boxes[:, 2] - boxes[:, 0],
            (boxes[:, 3] - boxes[:, 1]) / tall * 0.2,
        ],
        1,
    )
    return Features(
        order,
        np.array([_chars(t) for t in texts], np.int64).reshape(-1, WORD_CHARS),
        ids,
        _numeric(texts, boxes, lines, tall, ratio),
        places.astype(np.float32),
        pair_codes(boxes, lines, tall),
        neighbours(boxes, lines, tall),
    )


@lru_cache(maxsize=50_000)
def _chars(text: str) -> tuple[int, ...]:
    folded = fold(text)
    if len(folded) > WORD_CHARS:
        folded = folded[:10] + folded[-4:]
    ids = [CHAR_IDS.get(c, 1) for c in folded]
    return tuple(ids + [0] * (WORD_CHARS - len(ids)))


@lru_cache(maxsize=50_000)
def _shape(text: str) -> tuple[float, ...]:
    digits = sum(c.isdigit() for c in text)
    letters = sum(c.isalpha() for c in text)
    value = amount(text)
    decimals = re.search(r"[.,](\d+)\D*$", text)
    return (
        float(value is not None),
        float(value is not None and bool(decimals) and len(decimals.group(1)) == 2) if decimals else 0.0,
        float(value is not None and not decimals),
        float(bool(_DATE.match(text))),
        float("%" in text),
        float(text[:1] in "$€£₹" or text[-1:] in "€$£"),
        digits / max(len(text), 1),
        letters / max(len(text), 1),
        min(len(text), 20) / 20,
        float(text.isupper()),
        float(text.istitle()),
        float(text.endswith(":")),
        float(text.endswith((".", ","))),
        float(bool(digits and letters)),
        float(text.startswith("#")),
        float(text.startswith(("-", "(")) or text.endswith(("-", ")", "CR"))),
        min(len(str(value or "")), 10) / 10,
    )


def _numeric(texts: list[str], boxes: Array, lines: Array, tall: float, ratio: float) -> Array:
    out = np.zeros((len(texts), NUMERIC), np.float32)
    if not texts:
        return out
    base = [_shape(t) for t in texts]
    width = len(base[0])
    out[:, :width] = base
    same = np.concatenate([[False], lines[1:] == lines[:-1]])
    gap = np.concatenate([[0.0], boxes[1:, 0] - boxes[:-1, 2]]) / tall
    out[:, width] = np.where(same, np.clip(gap, 0, 30) / 30, 1.0)
    out[:-1, width + 1] = np.where(same[1:], np.clip(gap[1:], 0, 30) / 30, 1.0)
    out[-1, width + 1] = 1.0
    out[:, width + 2] = np.minimum(np.bincount(lines)[lines], 20) / 20
    out[:, width + 3] = min(len(texts), 600) / 600
    out[:, width + 4] = ratio / 2
    out[:, width + 5 :] = _arithmetic(texts, lines, _values(texts, same, gap))[:, : NUMERIC - width - 5]
    return out


def _values(texts: list[str], same: Array, gap: Array) -> list[int | None]:
    """The amount of each word; the parts of one torn at its grouping mark ("1 325,50") have the whole amount."""
    values = [amount(t) for t in texts]
    start = 0
    for n in range(1, len(texts) + 1):
        tail = n < len(texts) and same[n] and gap[n] < 0.8 and _GROUP_TAIL.match(texts[n])
        if tail and (n - 1 > start or _GROUP_HEAD.match(texts[n - 1])) and not re.search(r"[.,]\d\d\D*$", texts[n - 1]):
            continue
        if n - start > 1:
            whole = amount("".join(t.rstrip(",.'") for t in texts[start : n - 1]) + texts[n - 1])
            values[start:n] = [whole] * (n - start)
        start = n
    return values


def _arithmetic(texts: list[str], lines: Array, values: list[int | None]) -> Array:
    """Hints per word: largest amount, repeated amount, repeated text, sum, part of a sum, factors and product."""
    out = np.zeros((len(texts), 8), np.float32)
    heads = {
        n for n in range(len(texts) - 1) if values[n] and values[n] == values[n + 1] and amount(texts[n]) != values[n]
    }
    marked = [bool(re.search(r"[.,]\d{2}\D*$", t)) for t in texts]
    cents = {v for v, m in zip(values, marked, strict=True) if v and m}
    top, count = max(cents, default=0), Counter(v for n, v in enumerate(values) if v and n not in heads)
    repeated = Counter(texts)
    listed = sorted(cents)[-60:]
    sums: set[int] = set()
    parts: set[int] = set()
    for n, a in enumerate(listed):
        for b in listed[n:]:
            if a + b in cents:
                sums.add(a + b)
                parts.update((a, b))
    for n, value in enumerate(values):
        out[n, 2] = float(repeated[texts[n]] > 1 and len(texts[n]) > 3)
        if value:
            out[n, 0], out[n, 1] = float(value == top), min(max(count[value] - 1, 0), 4) / 4
            out[n, 3], out[n, 4] = float(value in sums), float(value in parts)
    start = 0
    for end in range(1, len(texts) + 1):
        if end == len(texts) or lines[end] != lines[start]:
            _products(values, start, end, out)
            start = end
    return out


def _products(values: list[int | None], start: int, end: int, out: Array) -> None:
    found = [(n, v) for n in range(start, end) if (v := values[n])][:14]
    for i, (n, a) in enumerate(found):
        for m, b in found[i + 1 :]:
            for k, c in found:
                if k not in (n, m) and abs(a * b - c * 100) <= 100 and a != 100 and b != 100:
                    out[n, 5], out[m, 6], out[k, 7] = 1.0, 1.0, 1.0


def neighbours(boxes: Array, lines: Array, tall: float) -> Array:
    """Positions of the NEAR words where a caption may stand, -1 for none; rows are words in reading order."""
    n = len(boxes)
    near = np.full((n, NEAR), -1, np.int64)
    if n < 2:
        return near
    for k in (1, 2, 3):
        same = np.flatnonzero(lines[k:] == lines[:-k]) if n > k else np.zeros(0, np.int64)
        near[same + k, k - 1] = same
        if k == 1:
            near[same, 3] = same + 1
    close = np.concatenate([[False], (lines[1:] == lines[:-1]) & (boxes[1:, 0] - boxes[:-1, 2] < 1.4 * tall)])
    near[:, 4], near[:, 8] = _upright(boxes, tall)
    up = near[:, 4]
    has = up >= 0
    left, right = np.where(close, np.arange(n) - 1, -1), np.where(np.append(close[1:], False), np.arange(n) + 1, -1)
    near[has, 5], near[has, 6] = left[up[has]], right[up[has]]
    starts = np.maximum.accumulate(np.where(close, 0, np.arange(n)))
    before = starts - 1
    near[:, 7] = np.where((before >= 0) & (lines[np.maximum(before, 0)] == lines), before, -1)
    return near


def _upright(boxes: Array, tall: float) -> tuple[Array, Array]:
    """For each word the nearest one above and the nearest below that overlap sideways, or -1."""
    middle = (boxes[:, 1] + boxes[:, 3]) / (2 * tall)
    down = middle[:, None] - middle[None, :]
    over = np.minimum(boxes[:, None, 2], boxes[None, :, 2]) - np.maximum(boxes[:, None, 0], boxes[None, :, 0])
    beside = over > -0.2 * tall
    bonus = 0.1 * np.clip(over / tall, 0, 3)
    found = []
    for way in (down, -down):
        cost = np.where((way > 0.6) & beside, way - bonus, np.inf)
        best = cost.argmin(1)
        found.append(np.where(np.isfinite(cost[np.arange(len(boxes)), best]), best, -1))
    return found[0], found[1]


def pair_codes(boxes: Array, lines: Array, tall: float) -> Array:
    """How the second word of every pair lies to the first, in line heights: one of 13 x 13 places, or next to it."""
    n = len(boxes)
    x0, x1 = boxes[:, 0] / tall, boxes[:, 2] / tall
    y = (boxes[:, 1] + boxes[:, 3]) / (2 * tall)
    right = x0[None, :] - x1[:, None]
    left = x0[:, None] - x1[None, :]
    steps = np.array([1.0, 3.0, 8.0, 20.0], np.float32)
    across = np.where(right > 0, 8 + np.digitize(right, steps), np.where(left > 0, 4 - np.digitize(left, steps), 7))
    over = (right <= 0) & (left <= 0)
    across = np.where(over & (np.abs(x1[None, :] - x1[:, None]) < 0.7), 6, across)
    across = np.where(over & (np.abs(x0[None, :] - x0[:, None]) < 0.7), 5, across)
    down = y[None, :] - y[:, None]
    bands = np.array([0.5, 1.6, 3.0, 5.0, 9.0, 20.0], np.float32)
    level = np.digitize(np.abs(down), bands)
    codes = across * 13 + np.where(down >= 0, 6 + level, 6 - level)
    if n > 1:
        at = np.flatnonzero(lines[1:] == lines[:-1])
        codes[at, at + 1] = PAIR_ADJACENT
        codes[at + 1, at] = PAIR_ADJACENT + 1
    return codes.astype(np.uint8)
