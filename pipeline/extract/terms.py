"""Payment terms in words: net days and cash discount (spec A.1 `terms`)."""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from pipeline.extract.dates import fold


@dataclass(frozen=True, slots=True)
class Terms:
    """`net_days` None when the words state no period; 0 is due on receipt."""

    text: str
    net_days: int | None
    discount_pct: Decimal | None = None
    discount_days: int | None = None


_DISCOUNT = re.compile(
    r"(\d{1,2}(?:[.,]\d{1,2})?)\s*%?\s*(?:/|\s+)\s*(\d{1,3})(?:\s*days)?[,;]?\s*(?:/|-)?\s*(?:net|n)\s*/?\s*(\d{1,3})\b"
)
_NET = re.compile(r"\b(?:net|n)\s*/?\s*(\d{1,3})(?:\s*(?:days|tage|jours|dagen))?(?!\s*[/.\-]\s*\d|\d|[.,]\d)")
_WITHIN = re.compile(
    r"(?:within|in|innerhalb|binnen|innerhalb von|binnen|sous|a|dans les|delai de paiement"
    r"|zahlungsziel|due|payable|net|zahlbar"
    r"|betaling|termijn|terms)\D{0,30}?\b(\d{1,3})\s*(?:days|day|tage|tagen|jours|dagen|d\b)"
)
_PLAIN = re.compile(r"^\W*(\d{1,3})\s*(?:days|tage|jours|dagen)(?:\s*(?:net|netto|fin de mois|eom))?\W*$")
_RECEIPT = re.compile(
    r"due (?:up)?on receipt|payable on receipt|\bcod\b|sofort|a reception|bij ontvangst|immediate(?:ly)?\b|comptant"
)
_PHRASE = re.compile(r"(?:\d[^:]{0,14})?(?:net|due|zahlbar|payable|sous|innerhalb).{0,40}")


@lru_cache(maxsize=4096)
def parse_terms(text: str) -> Terms | None:
    """The terms stated in a text, None when it states none. Never raises."""
    if len(text) > 400:
        return None
    low = fold(text)
    if match := _DISCOUNT.search(low):
        pct = Decimal(match[1].replace(",", "."))
        if pct < 20 and int(match[2]) <= int(match[3]):
            return Terms(_cut(text, match.start(), match.end()), int(match[3]), pct, int(match[2]))
    if match := _NET.search(low) or _PLAIN.search(low):
        return Terms(_cut(text, match.start(), match.end()), int(match[1]))
    if (match := _WITHIN.search(low)) and not re.search(r"return|claim|notif|shortage|damage|report|dispute", low):
        return Terms(_cut(text, match.start(), match.end()), int(match[1]))
    if match := _RECEIPT.search(low):
        return Terms(_cut(text, match.start(), match.end()), 0)
    return None


def _cut(text: str, start: int, end: int) -> str:
    return (
        " ".join(text[start:end].split())
        if len(text) > 60
        else " ".join(re.sub(r"^(?:payment )?terms\W*", "", text, flags=re.I).split())
    )
