"""Where labels stand on a page: wordings from `labels.toml`, exact first, forgiving of OCR where a page was scanned."""

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from rapidfuzz.distance import OSA

from pipeline.extract.geometry import Segment, Token

_NUMBER = frozenset({"number", "numero", "nr", "num", "nbr", "nummer", "n", "no", "numro", "numer"})
_DOTTED = re.compile(r"^(?:\w\.)+\w?\.?$")
LONGEST = 7
_CURRENCIES = frozenset({"eur", "euro", "usd", "gbp", "chf", "inr", "myr", "rm", "rs", "sgd", "cad", "aud"})


@dataclass(frozen=True, slots=True)
class Role:
    """What a wording may stand for: section is header, money or party."""

    section: str
    name: str
    strength: float


@dataclass(frozen=True, slots=True, eq=False)
class Hit:
    """A label at tokens `start`..`end` (end excluded) of a segment. `score` is 1 for an exact wording."""

    segment: Segment
    start: int
    end: int
    roles: tuple[Role, ...]
    score: float
    text: str

    def role(self, section: str, name: str) -> Role | None:
        return next((r for r in self.roles if r.section == section and r.name == name), None)

    def section(self, section: str) -> Role | None:
        return next((r for r in self.roles if r.section == section), None)

    @property
    def x0(self) -> float:
        return self.segment.tokens[self.start].x0

    @property
    def x1(self) -> float:
        return self.segment.tokens[self.end - 1].x1


@cache
def words_of(text: str) -> tuple[str, ...]:
    """The comparable words of a token: no case, accents or points; every word for "number" is "no"."""
    plain = unicodedata.normalize("NFKD", text.replace("°", "o").replace("ß", "ss").replace("№", "no"))
    plain = plain.encode("ascii", "ignore").decode().lower().replace("#", " no ").replace("'", " ")
    if _DOTTED.match(plain.strip(" :()")):
        plain = plain.replace(".", "")
    parts = re.findall(r"[a-z]+|\d+", plain)
    return tuple("no" if p in _NUMBER else "rechnung" if p.endswith("rechnung") else p for p in parts)


def joined(text: str) -> str:
    return "".join(w for part in text.split() for w in words_of(part))


@cache
def _tables() -> tuple[dict[str, tuple[Role, ...]], dict[str, tuple[Role, ...]], frozenset[str]]:
    """Labels by joined wording, column heads by joined wording, and all joined beginnings."""
    data = tomllib.loads((Path(__file__).parent / "labels.toml").read_text(encoding="utf-8"))
    labels: dict[str, list[Role]] = {}
    columns: dict[str, list[Role]] = {}
    for section, roles in data.items():
        target = columns if section == "column" else labels
        for name, entry in roles.items():
            for strength, level in (("strong", 0.95), ("weak", 0.6)):
                for wording in entry[strength]:
                    _add(target, joined(wording), Role(section, name, level))
    return (
        {k: tuple(v) for k, v in labels.items()},
        {k: tuple(v) for k, v in columns.items()},
        frozenset(labels) | frozenset(columns),
    )


def _add(target: dict[str, list[Role]], key: str, role: Role) -> None:
    known = target.setdefault(key, [])
    if not any(r.section == role.section and r.name == role.name for r in known):
        known.append(role)


def is_label(text: str) -> bool:
    """Whether a text is exactly a wording of some label or of some table head."""
    labels, columns, _ = _tables()
    key = joined(text)
    return key in labels or key in columns


def label_roles(text: str) -> tuple[Role, ...]:
    """The roles of a text that is exactly one label's wording."""
    return _tables()[0].get(joined(text), ())


@lru_cache(maxsize=4096)
def column_roles(text: str, fuzzy: bool = False) -> tuple[Role, ...]:
    """What a table head may stand for; currency codes, percent signs and brackets aside."""
    key = joined(text)
    table = _tables()[1]
    for variant in (key, re.sub(r"(usd|eur|gbp|chf|inr|rm|euro)", "", key), re.sub(r"no$", "", key)):
        if variant in table:
            return table[variant]
    if fuzzy and len(key) >= 4:
        near = _nearest(key, "column")
        return table.get(near, ()) if near else ()
    return ()


@cache
def _by_shape(section: str) -> dict[tuple[int, str], tuple[str, ...]]:
    shape: dict[tuple[int, str], list[str]] = {}
    for key in _tables()[1 if section == "column" else 0]:
        if len(key) >= 5:
            shape.setdefault((len(key), key[0]), []).append(key)
            shape.setdefault((len(key), "$" + key[-1]), []).append(key)
    return {k: tuple(v) for k, v in shape.items()}


@cache
def _nearest(key: str, section: str) -> str | None:
    """The wording one or two slips away (one for up to 8 letters), None when there is none or two."""
    allowed = 1 if len(key) <= 8 else 2
    best: list[str] = []
    least = allowed + 1
    shapes = _by_shape(section)
    for length in range(len(key) - allowed, len(key) + allowed + 1):
        for mark in (key[0], "$" + key[-1]):
            for known in shapes.get((length, mark), ()):
                distance = OSA.distance(key, known, score_cutoff=allowed)
                if distance < least:
                    best, least = [known], int(distance)
                elif distance == least <= allowed and known not in best:
                    best.append(known)
    return best[0] if best else None


def find_labels(segment: Segment, fuzzy: bool) -> list[Hit]:
    """Leftmost longest labels of a segment, without overlaps. Inside running text only clear ones count."""
    flat = [(word, index) for index, token in enumerate(segment.tokens) for word in words_of(token.text)]
    labels = _tables()[0]
    hits: list[Hit] = []
    at = 0
    while at < len(flat):
        hit = _match_at(segment, flat, at, labels, fuzzy and (at == 0 or bool(hits)))
        if hit and _may_stand(segment, hit):
            hits.append(hit)
            at = next((i for i, (_, index) in enumerate(flat) if index >= hit.end), len(flat))
        else:
            index = flat[at][1]
            at = next((i for i in range(at, len(flat)) if flat[i][1] > index), len(flat))
    return hits


def _match_at(
    segment: Segment, flat: list[tuple[str, int]], at: int, labels: dict[str, tuple[Role, ...]], fuzzy: bool
) -> Hit | None:
    if at and flat[at - 1][1] == flat[at][1]:
        return None
    start = flat[at][1]
    for count in range(min(LONGEST, len(flat) - at), 0, -1):
        last = at + count - 1
        if last + 1 < len(flat) and flat[last + 1][1] == flat[last][1]:
            continue
        if any(t.text.endswith(":") for t in segment.tokens[start : flat[last][1]]):
            continue
        key = "".join(word for word, _ in flat[at : last + 1])
        roles = labels.get(key) or (
            labels.get(key[: -len(flat[last][0])]) if flat[last][0] in _CURRENCIES and count > 1 else None
        )
        score = 1.0
        figure = not any(c.isalpha() for c in segment.tokens[flat[last][1]].text)
        if roles is None and fuzzy and len(key) >= 5 and not key.isdigit() and not (figure and count > 1):
            near = _nearest(key.translate(_LETTERS), "label")
            roles, score = (labels.get(near), 0.85) if near else (None, 0.0)
        if roles and not key.isdigit():
            return Hit(segment, start, flat[last][1] + 1, roles, score, key)
    return None


_NO_PLACE = frozenset({"before", "total", "excluding", "excl", "including", "incl", "less", "subtotal", "no", "exempt"})
_LETTERS = str.maketrans("015", "ols")
_BREAK = re.compile(r"[:;,.•|)\]*·]$|\d")
_SHORT = frozenset({"po", "so", "wo", "invoice", "due", "terms", "vat", "date", "tel", "fax", "iban", "bic"})


def _may_stand(segment: Segment, hit: Hit) -> bool:
    """A label opens a segment, follows a value or a break, or is marked by a colon; not a word inside a sentence."""
    if hit.text == "net" and hit.end < len(segment.tokens) and segment.tokens[hit.end].text.isdigit():
        return False
    if hit.start == 0:
        return True
    before: Token = segment.tokens[hit.start - 1]
    last = segment.tokens[hit.end - 1].text
    nextone = segment.tokens[hit.end].text if hit.end < len(segment.tokens) else ""
    if last.endswith((":", "#")) or nextone in (":", "#"):
        return True
    broken = bool(_BREAK.search(before.text)) or before.text in ("-", "–", "/")
    strong = any(r.strength > 0.9 for r in hit.roles)
    if broken and strong:
        return True
    words = sum(len(words_of(t.text)) for t in segment.tokens[hit.start : hit.end])
    if strong and (words >= 2 or hit.text in _SHORT) and any(c.isdigit() for c in nextone):
        return True
    return strong and words >= 2 and not nextone and _places_tax(segment, hit)


def _places_tax(segment: Segment, hit: Hit) -> bool:
    """`PA sales tax`, `Lancaster County sales tax`: one to three words that say whose tax it is."""
    before = [t.text for t in segment.tokens[: hit.start]]
    named = len(before) <= 3 and all(word[:1].isupper() and word.isalpha() for word in before)
    return named and bool(hit.role("money", "tax_total")) and not _NO_PLACE & {word.lower() for word in before}
