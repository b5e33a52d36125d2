"""ANOM_PATTERN (spec C.1, monthly): unusual patterns over a supplier's invoices. A report, never a hold.

Pure functions over history; the thresholds are those of the specification.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from scipy.stats import chisquare

WINDOW_DAYS = 30
AT_LEAST = 3
ROUND_TO = Decimal(1000)
NEAR_LIMIT = Decimal("0.95")
BENFORD_LEAST, BENFORD_P = 300, 0.001
_TAIL = re.compile(r"(\d+)\D*$")


@dataclass(frozen=True, slots=True)
class Billed:
    """One invoice of the history; `total` in legal entity currency."""

    supplier_id: str
    number: str
    day: date
    total: Decimal


@dataclass(frozen=True, slots=True)
class Pattern:
    """What stands out: `kind` round_amounts | just_below_limit | weekend_dates | sequential_numbers | benford."""

    supplier_id: str
    kind: str
    message: str
    numbers: tuple[str, ...] = ()


def patterns(history: Iterable[Billed], as_of: date, limits: Sequence[Decimal]) -> list[Pattern]:
    """Every pattern, by supplier. `limits` are those above which somebody else must approve."""
    suppliers: dict[str, list[Billed]] = defaultdict(list)
    for one in history:
        if one.day <= as_of:
            suppliers[one.supplier_id].append(one)
    found: list[Pattern] = []
    for name, invoices in sorted(suppliers.items()):
        invoices.sort(key=lambda one: (one.day, one.number))
        recent = [one for one in invoices if one.day > as_of - timedelta(days=WINDOW_DAYS)]
        found += _round(name, recent) + _below(name, recent, limits) + _weekends(name, recent)
        found += _sequential(name, recent) + _benford(name, invoices)
    return found


def _several(name: str, kind: str, what: str, invoices: Sequence[Billed]) -> list[Pattern]:
    if len(invoices) < AT_LEAST:
        return []
    message = f"{len(invoices)} invoices in {WINDOW_DAYS} days {what}."
    return [Pattern(name, kind, message, tuple(one.number for one in invoices))]


def _round(name: str, recent: Sequence[Billed]) -> list[Pattern]:
    hits = [one for one in recent if one.total > 0 and one.total % ROUND_TO == 0]
    return _several(name, "round_amounts", f"over round amounts (whole {ROUND_TO})", hits)


def _below(name: str, recent: Sequence[Billed], limits: Sequence[Decimal]) -> list[Pattern]:
    """95 to 100 % of a limit: at the limit itself nobody further is asked."""
    found: list[Pattern] = []
    for limit in sorted(set(limits)):
        hits = [one for one in recent if limit * NEAR_LIMIT <= one.total <= limit]
        found += _several(name, "just_below_limit", f"within 5 % below the limit of {limit}", hits)
    return found


def _weekends(name: str, recent: Sequence[Billed]) -> list[Pattern]:
    return _several(name, "weekend_dates", "dated on a weekend", [one for one in recent if one.day.weekday() >= 5])


def _sequential(name: str, recent: Sequence[Billed]) -> list[Pattern]:
    """Numbers without a gap: a supplier with other customers skips those that he bills them."""
    tails = [(int(found[1]), one) for one in recent if (found := _TAIL.search(one.number))]
    tails.sort(key=lambda each: each[0])
    if len(tails) < AT_LEAST or any(b[0] - a[0] != 1 for a, b in pairwise(tails)):
        return []
    return _several(name, "sequential_numbers", "numbered one after the other, as if we were the only customer",
                    [one for _, one in tails])  # fmt: skip


def _benford(name: str, invoices: Sequence[Billed]) -> list[Pattern]:
    """First two digits against Benford's law."""
    digits = [_first_two(one.total) for one in invoices if one.total >= 10]
    if len(digits) < BENFORD_LEAST:
        return []
    counts = Counter(digits)
    expected = [len(digits) * math.log10(1 + 1 / d) for d in range(10, 100)]
    p = float(chisquare([counts[d] for d in range(10, 100)], expected).pvalue)
    if p >= BENFORD_P:
        return []
    return [Pattern(name, "benford", f"The first two digits of {len(digits)} totals are unlike natural amounts.")]


def _first_two(total: Decimal) -> int:
    return int("".join(str(digit) for digit in total.as_tuple().digits)[:2])
