"""Span scores: how many labelled spans were found exactly."""

from collections import defaultdict
from typing import Any

from models.layout.labels import NAMES

Span = tuple[str, int, int]


def spans(labels: Any) -> set[Span]:
    """Spans (field, first, last) of labels in reading order; an inside label after another field starts a span."""
    found: set[Span] = set()
    field, begin = "", 0
    for position, number in enumerate([*[int(n) for n in labels], 0]):
        mark, _, name = NAMES[number].partition("-")
        if field and (mark != "I" or name != field):
            found.add((field, begin, position - 1))
            field = ""
        if mark != "O" and not field:
            field, begin = name, position
    return found


def span_scores(truth: list[Any], guess: list[Any]) -> dict[str, dict[str, float]]:
    """Precision, recall and F1 per field and over `all`."""
    hit: dict[str, int] = defaultdict(int)
    want: dict[str, int] = defaultdict(int)
    got: dict[str, int] = defaultdict(int)
    for t, g in zip(truth, guess, strict=True):
        a, b = spans(t), spans(g)
        for span in a:
            want[span[0]] += 1
        for span in b:
            got[span[0]] += 1
        for span in a & b:
            hit[span[0]] += 1
    want["all"], got["all"], hit["all"] = sum(want.values()), sum(got.values()), sum(hit.values())
    out = {}
    for field in sorted(want):
        p, r = hit[field] / max(got[field], 1), hit[field] / max(want[field], 1)
        out[field] = {"precision": p, "recall": r, "f1": 2 * p * r / max(p + r, 1e-9), "spans": want[field]}
    return out
