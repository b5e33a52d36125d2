"""How well an invoice line fits a PO line (spec B.2)."""

import re
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA

from pipeline.domain.identifiers import norm_gtin, norm_item, skeleton
from pipeline.domain.invoice import InvoiceLine
from pipeline.match.target import Target, identifiers

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
_SIZE_WORDS = frozenset(
    [
        "xs",
        "s",
        "m",
        "l",
        "xl",
        "xxl",
        "xxxl",
        "small",
        "medium",
        "large",
        "adult",
        "pediatric",
        "infant",
        "neonatal",
        "left",
        "right",
    ]
)


@dataclass(slots=True)
class Pair:
    """A possible pairing: score, the evidence for it, and what it rests on."""

    target: Target
    score: Decimal
    evidence: tuple[str, ...]
    kind: str  # equal | package | cross | alike | stated | words
    contradicted: bool = False


@lru_cache(maxsize=65536)
def tokens(text: str) -> frozenset[str]:
    """Lower-case words and numbers of a description; numbers are kept because sizes matter."""
    return frozenset(_TOKEN.findall(text.lower()))


@lru_cache(maxsize=65536)
def _split_sizes(text: str) -> tuple[frozenset[str], frozenset[str]]:
    found = sizes(text)
    digits = frozenset(t for t in found if t[0].isdigit())
    return digits, found - digits


@lru_cache(maxsize=65536)
def sizes(text: str) -> frozenset[str]:
    """Tokens that tell sizes, doses and gauges apart: every number, and words such as XL or left."""
    return frozenset(t for t in tokens(text) if t[0].isdigit() or t in _SIZE_WORDS)


def sizes_differ(a: str, b: str) -> bool:
    """Sizes stated on both sides, and neither side's are all among the other's: "6 mm" is not "8 mm"."""
    return any(_conflict(len(x), len(y), len(x & y)) for x, y in zip(_split_sizes(a), _split_sizes(b), strict=True))


def _conflict(left: int, right: int, shared: int) -> bool:
    return bool(left and right and shared < left and shared < right)


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
        self._words: dict[str, NDArray[np.intp]] | None = None
        self._size_lengths: list[NDArray[np.intp]] = []
        self._lengths: NDArray[np.intp] = np.zeros(0, dtype=np.intp)
        self._judged: dict[tuple[str, str], tuple[Decimal, str]] = {}
        self._alike: dict[str, list[Target]] | None = None
        self._described_before: dict[tuple[str, str | None, tuple[str, ...]], dict[int, Pair]] = {}

    def pairs(self, line: InvoiceLine, scope: frozenset[str] | None, ocr: bool) -> list[Pair]:
        """Every pair worth considering. `scope`: order numbers the line may use (None: all)."""
        ids = identifiers(line)
        hits: dict[int, Pair] = {}
        for kind, value in ids.items():
            for target in self._by_id.get((kind, value), ()):
                hits[target.place] = Pair(target, EQUAL, (f"{kind} {value}",), "equal")
        if not hits:
            self._indirect(ids, hits)
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
        return sorted(found, key=lambda pair: pair.target.place)

    def _indirect(self, ids: dict[str, str], hits: dict[int, Pair]) -> None:
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
        key = (line.description, line.po_line, tuple(ids))
        if key not in self._described_before:
            self._described_before[key] = self._describe(line, ids)
        hits.update(self._described_before[key])

    def _describe(self, line: InvoiceLine, ids: dict[str, str]) -> dict[int, Pair]:
        hits: dict[int, Pair] = {}
        chosen = self._sharing(line.description)
        if line.po_line:
            chosen = dict.fromkeys([*chosen, *(n for n, t in enumerate(self.targets) if t.line.no == line.po_line)])
        for number in chosen:
            target = self.targets[number]
            score, why = self._by_words(line.description, target.line.description)
            kind, contradicted = "words", any(name in target.ids for name in ids)
            if line.po_line and line.po_line == target.line.no and score < STATED:
                kind, why = "stated", f"PO line {line.po_line} stated"
                score = STATED * (SIZE_PENALTY if sizes_differ(line.description, target.line.description) else 1)
            if contradicted:
                score, why = min(score, CONTRADICTED), f"{why}, other item number"
            hits[target.place] = Pair(target, score, (why,), kind, contradicted)
        return hits

    def _by_words(self, own: str, other: str) -> tuple[Decimal, str]:
        """0.9 x Jaccard of the words, once per pair of texts; another size lowers it (B.2)."""
        known = self._judged.get((own, other))
        if known is None:
            left, right = tokens(own), tokens(other)
            shared = len(left & right)
            score = WORDS * shared / len(left | right) if shared else Decimal(0)
            why = f"{shared} words in common"
            known = (score * SIZE_PENALTY, f"{why}, other size") if sizes_differ(own, other) else (score, why)
            self._judged[own, other] = known
        return known

    def _sharing(self, text: str) -> dict[int, None]:
        """Places of the targets that share at least half of all words and state no other size: the rest cannot pair."""
        own = tokens(text)
        if not own:
            return {}
        if self._words is None:
            self._index()
        shared = self._shared(own)
        fits = shared * 2 >= self._lengths + len(own) - shared
        for part, lengths in zip(_split_sizes(text), self._size_lengths, strict=True):
            if part:
                common = self._shared(part)
                fits &= ~((lengths > 0) & (common < lengths) & (common < len(part)))
        return dict.fromkeys(np.nonzero(fits)[0].tolist())

    def _shared(self, words: frozenset[str]) -> NDArray[np.intp]:
        """How many of the words each target has."""
        assert self._words is not None
        postings = [self._words[word] for word in words if word in self._words]
        if not postings:
            return np.zeros(len(self.targets), dtype=np.intp)
        return np.bincount(np.concatenate(postings), minlength=len(self.targets))

    def _index(self) -> None:
        words: dict[str, list[int]] = defaultdict(list)
        texts = [target.line.description for target in self.targets]
        for number, text in enumerate(texts):
            for word in tokens(text):
                words[word].append(number)
        self._lengths = np.array([len(tokens(text)) for text in texts], dtype=np.intp)
        self._size_lengths = [np.array([len(_split_sizes(t)[n]) for t in texts], dtype=np.intp) for n in (0, 1)]
        self._words = {word: np.array(places, dtype=np.intp) for word, places in words.items()}


def narrowed(line: InvoiceLine, pairs: list[Pair]) -> list[Pair]:
    """Among equally good pairs a stated PO line number decides."""
    if not line.po_line or len(pairs) < 2:
        return pairs
    best = max(pair.score for pair in pairs)
    stated = [pair for pair in pairs if pair.target.line.no == line.po_line and pair.score == best]
    return stated or pairs
