"""Labelled pages as padded tensors."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.features import NEAR, NUMERIC, PLACES, WORD_CHARS, Features, page_features
from models.layout.labels import KIND_IDS, label_id
from models.layout.lexicon import WORDS
from models.pages.generate import LabelledPage

Array = NDArray[Any]
SEED = 20261124  # of the training pages
HELD_OUT = 7  # of the pages for validation
INPUTS = ("chars", "words", "numeric", "places", "near", "pairs", "mask")
ANCHORS = ("item_line_total", "item_unit_price", "item_quantity", "item_description", "item_sku", "item_unit")


@dataclass(frozen=True, slots=True)
class Example:
    """Features and targets of one page in reading order; `rows` is the anchor's position for item words, else -1."""

    features: Features
    tags: Array
    rows: Array
    kind: int
    first: float


def example(made: LabelledPage, drop: Array | None = None, words_path: str = str(WORDS)) -> Example:
    """A labelled page as the network sees it."""
    features = page_features(made.page, words_path, drop)
    order = features.order
    tags = np.array([label_id(made.tags[i], made.begins[i]) for i in order], np.int64)
    return Example(
        features,
        tags,
        anchors([made.tags[i] for i in order], [made.items[i] for i in order]),
        KIND_IDS[made.kind],
        float(made.first),
    )


def anchors(tags: list[str], items: list[int]) -> Array:
    """For each item word the position of its row's anchor: the line total if there is one, else the next best part."""
    best: dict[int, tuple[int, int]] = {}
    for position, (tag, item) in enumerate(zip(tags, items, strict=True)):
        if item >= 0 and tag in ANCHORS:
            rank = (ANCHORS.index(tag), position)
            best[item] = min(best.get(item, rank), rank)
    return np.array(
        [best[item][1] if item in best and tag else -1 for tag, item in zip(tags, items, strict=True)], np.int64
    )


def crop(e: Example, start: int, size: int) -> Example:
    """A window of an example; rows whose anchor lies outside lose it."""
    f, end = e.features, start + size
    cut = Features(
        f.order[start:end],
        f.chars[start:end],
        f.words[start:end],
        f.numeric[start:end],
        f.places[start:end],
        f.pairs[start:end, start:end],
        np.where((f.near[start:end] >= start) & (f.near[start:end] < end), f.near[start:end] - start, -1),
    )
    rows = e.rows[start:end] - start
    rows = np.where((e.rows[start:end] < 0) | (rows < 0) | (rows >= size), -1, rows)
    return Example(cut, e.tags[start:end], rows, e.kind, e.first)


def collate(found: list[Example]) -> dict[str, Array]:
    """Pad to the longest page; padding has tag and row -100."""
    n, b = max(len(e.tags) for e in found), len(found)
    out: dict[str, Array] = {
        "chars": np.zeros((b, n, WORD_CHARS), np.int64),
        "words": np.zeros((b, n), np.int64),
        "numeric": np.zeros((b, n, NUMERIC), np.float32),
        "places": np.zeros((b, n, PLACES), np.float32),
        "pairs": np.zeros((b, n, n), np.int64),
        "mask": np.zeros((b, n), np.float32),
        "near": np.full((b, n, NEAR), -1, np.int64),
        "tags": np.full((b, n), -100, np.int64),
        "rows": np.full((b, n), -100, np.int64),
        "kind": np.array([e.kind for e in found], np.int64),
        "first": np.array([e.first for e in found], np.float32),
    }
    for k, e in enumerate(found):
        m = len(e.tags)
        f = e.features
        out["chars"][k, :m], out["words"][k, :m], out["numeric"][k, :m], out["places"][k, :m] = (
            f.chars,
            f.words,
            f.numeric,
            f.places,
        )
        out["near"][k, :m] = f.near
        out["pairs"][k, :m, :m], out["mask"][k, :m], out["tags"][k, :m] = f.pairs, 1.0, e.tags
        out["rows"][k, :m] = np.where(e.rows < 0, -100, e.rows)
    return out
