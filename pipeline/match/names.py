"""How alike two names or addresses are (spec A.6: token-set ratio without legal suffixes)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from pipeline.domain.supplier import Supplier

LEGAL = {
    *(
        [
            "INC",
            "LLC",
            "LTD",
            "CORP",
            "CO",
            "GMBH",
            "KK",
            "CORPORATION",
            "INCORPORATED",
            "COMPANY",
            "LIMITED",
            "LLP",
            "LP",
            "PLC",
            "AG",
            "KG",
            "SE",
            "SA",
            "SAS",
            "SARL",
        ]
    ),
    *(["BV", "NV", "THE"]),
}
STREET = {
    "STREET": "ST",
    "AVENUE": "AVE",
    "ROAD": "RD",
    "DRIVE": "DR",
    "BOULEVARD": "BLVD",
    "LANE": "LN",
    "PARKWAY": "PKWY",
    "SUITE": "STE",
    "HIGHWAY": "HWY",
    "COURT": "CT",
    "PLACE": "PL",
}


@dataclass(frozen=True, slots=True)
class Scored:
    supplier: Supplier
    score: float


@lru_cache(maxsize=20_000)
def plain_name(name: str) -> str:
    """Upper case, no punctuation, no legal suffix, no THE."""
    words = re.sub(r"[^0-9A-Z]+", " ", name.upper().replace("&", " AND ").replace(".", "")).split()
    return " ".join(word for word in words if word not in LEGAL) or " ".join(words)


def name_score(printed: str, known: str) -> float:
    """0..1. The token-set ratio alone calls a name that merely contains the other equal, so the token-sort ratio,
    which counts what is extra, weighs in: "Acme Medical" is not "Acme Medical West"."""
    a, b = plain_name(printed), plain_name(known)
    if not a or not b:
        return 0.0
    if a == b or a.replace(" ", "") == b.replace(" ", ""):
        return 1.0
    return (0.5 * fuzz.token_set_ratio(a, b) + 0.5 * fuzz.token_sort_ratio(a, b)) / 100


def similarity(printed: str, supplier: Supplier) -> float:
    """The best score over the supplier's name and aliases."""
    return max(name_score(printed, name) for name in (supplier.name, *supplier.aliases))


def best_names(printed: str, suppliers: Sequence[Supplier]) -> tuple[Scored, ...]:
    """The two best suppliers by name, best first; ties in order of id, so that the outcome never depends on storage."""
    scored = sorted((Scored(s, similarity(printed, s)) for s in suppliers), key=lambda x: (-x.score, x.supplier.id))
    return tuple(scored[:2])


@lru_cache(maxsize=20_000)
def _address_words(text: str) -> frozenset[str]:
    words = re.sub(r"[^0-9A-Z]+", " ", text.upper().replace("P.O.", "PO").replace("P O BOX", "PO BOX")).split()
    return frozenset(STREET.get(word, word) for word in words)


def same_address(printed: str, street: str, csz: str) -> bool:
    """Whether `printed` names this street (or PO box) and place: its numbers must all be there, nearly all words too."""
    if not street:
        return False
    there, wanted = _address_words(printed), _address_words(f"{street} {csz}")
    numbers = {word for word in wanted if any(c.isdigit() for c in word)}
    words = wanted - numbers
    if not numbers <= there:
        return False
    return not words or len(words & there) / len(words) >= 0.7
