"""The document's currency, and which country's habits it follows."""

import re
from collections import Counter
from dataclasses import dataclass

from pipeline.domain.reading import Source
from pipeline.extract.candidates import Candidate, Layout
from pipeline.extract.dates import fold
from pipeline.extract.geometry import Token
from pipeline.extract.parse import CODES, currency_of

_US_PLACE = re.compile(
    r"\b(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY])"
    r",?\s+\d{5}(?:-\d{4})?\b"
)
_EURO = re.compile(
    r"\b(?:GmbH|Rechnung\w*|USt|MwSt|SARL|SAS|TVA|SIRET|Facture|BTW|Factuur|IBAN|Montant|Betrag|Deutschland|France|Nederland)\b",
    re.I,
)
_UK = re.compile(r"\b(?:VAT Reg|VAT No|United Kingdom|UK|England|GB\s?\d{3})\b")
_INDIA = re.compile(r"\b(?:GSTIN|CGST|SGST|IGST|India|Rs\.?|INR)\b")
_MALAYSIA = re.compile(r"\b(?:SDN\.?\s*BHD|Malaysia|RM|Selangor|Kuala Lumpur|Johor|Jalan|Jln)\b", re.I)
_COUNTRY = {"us": "USD", "euro": "EUR", "uk": "GBP", "india": "INR", "malaysia": "MYR"}


@dataclass(frozen=True, slots=True)
class Habits:
    """Signs of the country. `american`: month before day; `european`: day before month."""

    country: str | None
    american: bool
    european: bool


def habits(layout: Layout) -> Habits:
    """The country by vote of place names, tax words and legal forms."""
    votes: Counter[str] = Counter()
    for _, row in layout.rows:
        text = row.text
        for name, pattern in (
            ("us", _US_PLACE),
            ("euro", _EURO),
            ("uk", _UK),
            ("india", _INDIA),
            ("malaysia", _MALAYSIA),
        ):
            votes[name] += len(pattern.findall(text))
    tongue = sum(len(_EURO.findall(row.text)) + row.text.count("€") for _, row in layout.rows)
    if layout.mark == ",":
        votes["euro"] += 3
    if tongue >= 4:
        # A French or German text with a foreign address keeps its own habits.
        votes["euro"] += votes["us"] + 1
    country = votes.most_common(1)[0][0] if votes and votes.most_common(1)[0][1] else None
    return Habits(country, country == "us", country is not None and country != "us")


def currency_candidates(layout: Layout, found: Habits) -> list[Candidate]:
    """Codes named as the currency, codes and signs beside amounts, then the country."""
    votes: Counter[str] = Counter()
    places: dict[str, tuple[int, object]] = {}
    for sheet, row in layout.rows:
        tokens = row.tokens
        for at, token in enumerate(tokens):
            code = _code(
                token.text, tokens[at - 1].text if at else "", tokens[at + 1].text if at + 1 < len(tokens) else ""
            )
            if not code:
                continue
            named = token.text.strip("().:,") in CODES
            votes[code] += (3 if _beside_amount(tokens, at) else 0.5) if named else 1  # type: ignore[assignment]
            places.setdefault(code, (sheet.number, sheet.box([token])))
    total = sum(votes.values())
    source = Source.OCR if layout.sheets and layout.sheets[0].source == "ocr" else Source.TEXT
    out = []
    for code, count in votes.most_common(3):
        page, box = places[code]
        score = 0.95 * count / total if code != "USD" or found.country in ("us", None) else 0.8 * count / total
        out.append(Candidate("currency", code, score, source, "code or sign beside the amounts", code, page, box))  # type: ignore[arg-type]
    if found.country:
        out.append(
            Candidate("currency", _COUNTRY[found.country], 0.75 if not out else 0.2, source, "the addresses' country")
        )
    return out


def _beside_amount(tokens: list[Token], at: int) -> bool:
    """A code counts beside an amount, in brackets or after a word of currency; `INR Test Strip` names no currency."""
    text = tokens[at].text
    near = [tokens[i] for i in (at - 1, at + 1) if 0 <= i < len(tokens)]
    if text.startswith("(") or any(re.search(r"\d[.,]\d{2}\b", t.text) for t in near):
        return True
    before = fold(near[0].text) if at else ""
    return before.endswith(":") or bool(
        re.search(r"curr|total|amount|devise|wahrung|betrag|montant|price|in$|valuta", before)
    )


def _code(text: str, before: str, after: str) -> str | None:
    """A currency at this token: a code by itself, or a sign on an amount."""
    bare = text.strip("().:,*")
    if bare in CODES:
        return bare
    if match := re.match(r"^[-(+]?(US\$|CA?\$|A\$|[$€£₹])|([€£₹$])[)\-]?$", text):
        return currency_of(match[1] or match[2])
    if bare.lower() in ("rm", "rs", "euro", "euros", "eur") and (
        re.match(r"[\d.]", after) or re.search(r"\d$|:$|devise", before.lower()) or bare.isupper()
    ):
        return currency_of(bare)
    return None
