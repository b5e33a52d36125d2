"""Why a value was read wrongly or not at all, as far as the words on the page tell."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise

from models.compare import AMOUNTS, DATES, NAMES, days, number, plain, same

CAUSES = {
    "unread": "the true value does not stand in the words as read (OCR, a picture, or other words than the truth file's)",
    "form": "the right place, the value taken another way (day and month, decimal mark, sign)",
    "choice": "the true value was a candidate, another one won",
    "candidate": "the true value stands among the words, nothing pointed at it",
    "spurious": "a value was read where there is none",
}


def cause(field: str, accepted: Sequence[str], value: str | None, rivals: Sequence[str], words: Sequence[str]) -> str:
    """One of CAUSES for a value that is wrong (`value` given) or missing (None); `words` in reading order."""
    if not accepted:
        return "spurious"
    if value and any(_near(field, value, each) for each in accepted):
        return "form"
    if any(same(field, rival, each) for rival in rivals for each in accepted):
        return "choice"
    return "candidate" if any(stands(field, each, words) for each in accepted) else "unread"


def _near(field: str, value: str, truth: str) -> bool:
    """The same digits and letters, whatever the order of a date's parts, the decimal mark or the sign."""
    if field in NAMES or field == "currency":
        return False
    one, two = re.sub(r"[^0-9a-z]", "", plain(value)), re.sub(r"[^0-9a-z]", "", plain(truth))
    if field in DATES:
        return sorted(value.split("-")) == sorted(truth.split("-"))
    return one == two


def stands(field: str, truth: str, words: Sequence[str]) -> bool:
    """Whether the true value stands on the page, in one word or in a few that follow each other."""
    if field in NAMES:
        wanted = re.findall(r"[0-9a-z]+", plain(truth))
        there = set(re.findall(r"[0-9a-z]+", plain(" ".join(words))))
        return bool(wanted) and sum(w in there for w in wanted) >= 0.8 * len(wanted)
    if field in DATES:
        return _dated(date.fromisoformat(truth), words)
    if field in AMOUNTS:
        wanted_amount = number(truth)
        return wanted_amount is not None and any(_equal(w, wanted_amount) for w in (*words, *_pairs(words)))
    bare = re.sub(r"[^0-9a-z]", "", plain(truth))
    return bool(bare) and bare in re.sub(r"[^0-9a-z]", "", plain("".join(words)))


def _pairs(words: Sequence[str]) -> list[str]:
    return [a + b for a, b in pairwise(words)]


def _equal(word: str, wanted: Decimal) -> bool:
    found = number(word) if len(word) < 25 else None
    return found is not None and abs(abs(found) - abs(wanted)) < Decimal("0.006")


def _dated(wanted: date, words: Sequence[str]) -> bool:
    year = {str(wanted.year), f"{wanted.year % 100:02}"}
    for size in (1, 2, 3, 4):
        for n in range(len(words) - size + 1):
            text = " ".join(words[n : n + size])
            if len(text) < 24 and any(y in text for y in year) and wanted in days(text):
                return True
    return False
