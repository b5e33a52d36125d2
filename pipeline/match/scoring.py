"""How well an invoice line fits a PO line (spec B.2)."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from rapidfuzz.distance import OSA

from pipeline.domain.identifiers import norm_gtin, norm_item, skeleton
from pipeline.domain.invoice import InvoiceLine
from pipeline.match.target import Target, identifiers

_ONE = Decimal(1)
EQUAL = Decimal("1.00")
PACKAGE = Decimal("0.98")
CROSS = Decimal("0.97")
ALIKE = Decimal("0.90")
STATED = Decimal("0.85")
CONTRADICTED = Decimal("0.60")
WORDS = Decimal("0.9")
SIZE_PENALTY = Decimal("0.3")
_MIN_TYPO_LENGTH = 6
_TOKEN = re.compile(r"\d+(?:\.\d+)?|[a-z]+")
_SIZE_WORDS = frozenset(["xs", "s", "m", "l", "xl", "xxl", "xxxl", "small", "medium", "large", "adult", "pediatric", "infant", "neonatal", "left", "right"])


@dataclass(frozen=True, slots=True)
class Pair:
    """A possible pairing: score, the evidence for it, and what it rests on."""

    target: Target
    score: Decimal
    evidence: tuple[str, ...]
    kind: str  # equal | package | cross | alike | stated | words
    contradicted: bool = False

    @property
    def weak(self) -> bool:
        """Rests on words alone, or against stated identifiers."""
        return self.contradicted or self.kind == "words"


@lru_cache(maxsize=65536)
def tokens(text: str) -> frozenset[str]:
    """Lower-case words and numbers of a description; numbers are kept because sizes matter."""
    return frozenset(_TOKEN.findall(text.lower()))


@lru_cache(maxsize=65536)
def sizes(text: str) -> frozenset[str]:
    """Tokens that tell sizes, doses and gauges apart: every number, and words such as XL or left."""
    return frozenset(t for t in tokens(text) if t[0].isdigit() or t in _SIZE_WORDS)


def sizes_differ(a: str, b: str) -> bool:
    """Sizes stated on both sides with none in common: "6 mm" is not "8 mm"."""
    left, right = sizes(a), sizes(b)
    if not left or not right:
        return False
    numbers = [{t for t in side if t[0].isdigit()} for side in (left, right)]
    names = [side - digits for side, digits in zip((left, right), numbers, strict=True)]
    return any(x and y and x != y for x, y in (numbers, names))


class Scorer:
    """Scores invoice lines against the targets of their orders, through an index of identifiers and words."""

    def __init__(self, targets: list[Target]) -> None:
        self.targets = targets
        self._by_id: dict[tuple[str, str], list[Target]] = defaultdict(list)
        self._packages: dict[str, list[Target]] = defaultdict(list)
        self._cross: dict[str, list[Target]] = defaultdict(list)
        for target in targets:
            for entry in target.ids.items():
                self._by_id[entry].append(target)
            for raw in target.line.gtin_packages:
                gtin = norm_gtin(raw)
                if gtin:
                    self._packages[gtin].append(target)
            for raw in target.line.cross_references:
                self._cross[norm_item(raw)].append(target)
        self._words: dict[str, list[Target]] | None = None
        self._alike: dict[str, list[Target]] | None = None
        self._frequency: Counter[str] = Counter()

    def pairs(self, line: InvoiceLine, scope: frozenset[str] | None, ocr: bool) -> list[Pair]:
        """Every pair worth considering. `scope`: order numbers the line may use (None: all)."""
        ids = identifiers(line)
        hits: dict[int, Pair] = {}
        for kind, value in ids.items():
            for target in self._by_id.get((kind, value), ()):
                hits[target.place] = Pair(target, EQUAL, (f"{kind} {value}",), "equal")
        if not hits:
            self._indirect(line, ids, hits)
        if not hits and ocr and ids:
            self._typos(ids, hits)
        if not hits:
            self._described(line, ids, hits)
        found = hits.values() if scope is None else [p for p in hits.values() if p.target.key[0] in scope]
        if not found and hits:
            # The identifiers belong to another order than the one the line names.
            hits = {}
            self._described(line, ids, hits)
            found = [p for p in hits.values() if scope is None or p.target.key[0] in scope]
        return _narrowed(line, sorted(found, key=lambda pair: pair.target.place))

    def _indirect(self, line: InvoiceLine, ids: dict[str, str], hits: dict[int, Pair]) -> None:
        for target in self._packages.get(ids.get("gtin", ""), ()):
            hits[target.place] = Pair(target, PACKAGE, ("gtin of another package level",), "package")
        for target in self._cross.get(ids.get("supplier_item", ""), ()):
            hits.setdefault(target.place, Pair(target, CROSS, ("cross-reference",), "cross"))

    def _typos(self, ids: dict[str, str], hits: dict[int, Pair]) -> None:
        """One look-alike or one slip in an identifier that was read by OCR."""
        if self._alike is None:
            self._alike = defaultdict(list)
            for (kind, value), targets in self._by_id.items():
                self._alike[f"{kind}:{skeleton(value)}"].extend(targets)
        for kind, value in ids.items():
            for target in self._alike.get(f"{kind}:{skeleton(value)}", ()):
                hits[target.place] = Pair(target, ALIKE, (f"{kind} {value} looks like {target.ids[kind]}",), "alike")
            if len(value) < _MIN_TYPO_LENGTH:
                continue
            for target in self.targets:
                other = target.ids.get(kind, "")
                if len(other) >= _MIN_TYPO_LENGTH and OSA.distance(value, other, score_cutoff=1) <= 1:
                    hits.setdefault(target.place, Pair(target, ALIKE, (f"{kind} {value} is nearly {other}",), "alike"))

    def _described(self, line: InvoiceLine, ids: dict[str, str], hits: dict[int, Pair]) -> None:
        """The stated PO line number, or the words; stated identifiers that contradict cap the score."""
        own = tokens(line.description)
        pool = {target.place: target for target in self._sharing(own)}
        if line.po_line:
            pool.update({t.place: t for t in self.targets if t.line.no == line.po_line})
        for target in pool.values():
            other = tokens(target.line.description)
            shared = len(own & other)
            share = Decimal(shared) / len(own | other) if own and other else Decimal(0)
            score, kind, why = WORDS * share, "words", f"{shared} words in common"
            contradicted = any(kind in target.ids for kind in ids)
            if line.po_line and line.po_line == target.line.no and score < STATED:
                score, kind, why = STATED, "stated", f"PO line {line.po_line} stated"
            if sizes_differ(line.description, target.line.description):
                score, why = score * SIZE_PENALTY, f"{why}, other size"
            if contradicted:
                score, why = min(score, CONTRADICTED), f"{why}, other item number"
            hits[target.place] = Pair(target, score, (why,), kind, contradicted)

    def _sharing(self, own: frozenset[str]) -> Iterable[Target]:
        """Targets that may share half of the words: they share one of the line's rarest words (prefix filter)."""
        if not own:
            return ()
        if self._words is None:
            self._words = defaultdict(list)
            for target in self.targets:
                words = tokens(target.line.description)
                self._frequency.update(words)
                for word in words:
                    self._words[word].append(target)
        rare = sorted(own, key=lambda word: (self._frequency[word], word))
        prefix = rare[: len(rare) - (len(rare) + 1) // 2 + 1]
        return {t.place: t for word in prefix for t in self._words.get(word, ())}.values()


def _narrowed(line: InvoiceLine, pairs: list[Pair]) -> list[Pair]:
    """Among equally good pairs a stated PO line number decides."""
    if not line.po_line or len(pairs) < 2:
        return pairs
    best = max(pair.score for pair in pairs)
    stated = [pair for pair in pairs if pair.target.line.no == line.po_line and pair.score == best]
    return stated or pairs


def family(target: Target) -> tuple[str, str] | None:
    """What makes two PO lines lines of the same item."""
    for kind in ("buyer_item", "supplier_item", "gtin", "mpn", "ndc"):
        value = target.ids.get(kind)
        if value:
            return kind, value
    return None
