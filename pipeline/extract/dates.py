"""Dates from text, and which of day and month comes first. Never settled silently (spec 0.2, A.1)."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from pipeline.extract.parse import NotParsable


class NotADate(NotParsable):
    """Not wholly one date of the calendar."""


MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar janvier janv januari enero gennaio jaenner",
            "feb february februar fevrier fevr fev februari febr",
            "mar march marz maerz mars marzo maart mrz mrt maer",
            "apr april avril avr abril aprile",
            "may mai mei mayo maggio",
            "jun june juni juin junio giugno",
            "jul july juli juillet juil julio luglio",
            "aug august aout augustus agosto",
            "sep sept september septembre septiembre settembre",
            "oct october oktober okt octobre octubre ottobre",
            "nov november novembre noviembre",
            "dec december dezember dez decembre diciembre dicembre",
        ),
        1,
    )
    for name in names.split()
}
_MONTH = "(?:" + "|".join(sorted(MONTHS, key=len, reverse=True)) + ")"
_FORMS = (
    ("ymd", re.compile(r"(?<![\d/.\-])(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?![\d])")),
    (
        "num",
        re.compile(
            r"(?<![\d/.\-])(\d{1,2})\s?([-/.])\s?(\d{1,2})\s?\2\s?(\d{4}(?=\d{1,2}:\d{2})|\d{4}(?!\d)|\d{2}(?!\d))(?![-/.,]\d)"
        ),
    ),
    (
        "dmy",
        re.compile(
            rf"(?<![\d/.,])(\d{{1,2}})(?:st|nd|rd|th|er|ter)?[.,]?[\s\-/]*(?:of |de |den )?({_MONTH})(?![a-z])"
            r"[.,]?[\s\-/,']*(\d{4}|\d{2})(?!\d|[.:,]\d)"
        ),
    ),
    (
        "mdy",
        re.compile(
            rf"(?<![a-z])({_MONTH})(?![a-z])[.,]?[\s\-/]*(\d{{1,2}})(?:st|nd|rd|th)?[\s,\-/.]+(\d{{4}}|'?\d{{2}})"
            r"(?!\d|[.:,]\d)"
        ),
    ),
)
_COMPACT = re.compile(r"^((?:19|20)\d{2})(\d{2})(\d{2})$")


@dataclass(frozen=True, slots=True)
class DateFound:
    """A date at `start`..`end` of a text. `day_first` and `month_first` are set both only when both readings exist."""

    start: int
    end: int
    raw: str
    certain: date | None = None
    day_first: date | None = None
    month_first: date | None = None
    mark: str = ""

    @property
    def ambiguous(self) -> bool:
        return self.certain is None

    def read(self, day_first: bool) -> date:
        """The date under one habit."""
        chosen = self.certain or (self.day_first if day_first else self.month_first)
        assert chosen is not None
        return chosen


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Lower case without accents, same length wherever one letter stays one letter."""
    out = []
    for char in text.replace("ß", "s"):
        base = unicodedata.normalize("NFKD", char)
        out.append(base[0] if base else char)
    return "".join(out).lower()


@lru_cache(maxsize=4096)
def find_dates(text: str) -> tuple[DateFound, ...]:
    """Every date in a text, left to right, without overlaps."""
    folded = fold(text)
    if len(folded) != len(text) or len(text) > 2000 or not any(c.isdigit() for c in folded):
        return ()
    found: list[DateFound] = []
    for form, pattern in _FORMS:
        for match in pattern.finditer(folded):
            if any(match.start() < f.end and f.start < match.end() for f in found):
                continue
            made = _make(form, match, text)
            if made:
                found.append(made)
    return tuple(sorted(found, key=lambda f: f.start))


def parse_date(text: str, day_first: bool | None = None) -> DateFound:
    """Exactly one date filling the text (a weekday or "le" before it is allowed). Raises NotADate."""
    if compact := _COMPACT.match(text.strip()):
        day = _day(int(compact[1]), int(compact[2]), int(compact[3]))
        if day:
            return DateFound(0, len(text), text, certain=day)
    found = find_dates(text)
    rest = len(text.strip(" .,;:()")) - (found[0].end - found[0].start) if found else 0
    if len(found) != 1 or rest > 12:
        raise NotADate(text[:60])
    only = found[0]
    if only.ambiguous and day_first is not None:
        return DateFound(only.start, only.end, only.raw, certain=only.read(day_first), mark=only.mark)
    return only


def _make(form: str, match: re.Match[str], text: str) -> DateFound | None:
    start, end, raw = match.start(), match.end(), text[match.start() : match.end()]
    if form == "ymd":
        day = _day(int(match[1]), int(match[3]), int(match[4]))
        return DateFound(start, end, raw, certain=day) if day else None
    if form in ("dmy", "mdy"):
        d, m, y = (match[1], match[2], match[3]) if form == "dmy" else (match[2], match[1], match[3])
        day = _day(_year(y.strip("'")), MONTHS[m], int(d))
        return DateFound(start, end, raw, certain=day) if day else None
    year, a, b = _year(match[4]), int(match[1]), int(match[3])
    first, second = _day(year, b, a), _day(year, a, b)
    if not first and not second:
        return None
    if first == second or not first or not second:
        return DateFound(start, end, raw, certain=first or second, mark=match[2])
    return DateFound(start, end, raw, day_first=first, month_first=second, mark=match[2])


def _year(text: str) -> int:
    year = int(text)
    return year if year > 99 else year + (1900 if year > 79 else 2000)


def _day(year: int, month: int, day: int) -> date | None:
    if not 1950 <= year <= 2099:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Order:
    """Whether the day comes first, how sure that is (0.5..1), and why."""

    day_first: bool
    confidence: float
    why: str


def settle_order(dates: Iterable[DateFound], net_days: Iterable[int], american: bool, european: bool) -> Order:
    """Day or month first, from the document: certain numeric dates, date + terms = another date, then the country."""
    seen = list(dates)
    numeric = [d for d in seen if d.mark]
    votes = [_vote(d) for d in numeric if d.certain and d.certain.day != d.certain.month]
    first, second = votes.count(True), votes.count(False)
    if first != second and min(first, second) == 0:
        return Order(
            first > 0, 0.97 if first + second == 1 else 0.99, "another date of this document has only one reading"
        )
    unclear = [d for d in numeric if d.ambiguous]
    if not unclear:
        return Order(not american, 0.9, "no ambiguous date")
    days = set(net_days)
    fits = {habit: _fits(seen, habit, days) for habit in (True, False)}
    if fits[True] != fits[False]:
        return Order(fits[True], 0.96, "date plus payment days gives the due date")
    if american != european:
        return Order(european, 0.9, "habit of the document's country")
    dotted = all(d.mark == "." for d in unclear)
    return Order(True, 0.75 if dotted else 0.55, "no evidence; day first assumed")


def _vote(found: DateFound) -> bool:
    """True when a certain numeric date shows the day first (first number equals the day and cannot be the month)."""
    head = int(re.match(r"\d+", found.raw)[0])  # type: ignore[index]
    assert found.certain is not None
    return head == found.certain.day


def _fits(dates: list[DateFound], day_first: bool, days: set[int]) -> bool:
    """One date plus the terms gives another one that is printed after it."""
    values = [d.read(day_first) for d in dates]
    return any(value + timedelta(days=n) in values[at + 1 :] for n in days if n for at, value in enumerate(values))
