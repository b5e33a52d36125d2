"""A postal address read piece by piece: where it goes on, and where it ends (spec A.1 `remit_to`)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.extract.geometry import Segment, Token
from pipeline.extract.names import CITY, CONTACT, STREET, STRICT_LEGAL

ZIP = re.compile(
    r"\b[A-Z][A-Z0][,.]?\s*\d{5}(?:\s?-\s?\d{4})?\b|^\s*(?:[A-Z]{1,2}-)?\d{4,5}\s+[^\W\d]{3,}"
    r"|\b[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}\b|\b\d{4}\s?[A-Z]{2}\b"
)
_BOX = re.compile(
    r"\b(?:p\.?\s?[o0]\.?\s*b[o0][x×]|post office box|postfach|bo[iî]te postale|lockbox|lock box)\b", re.I
)
_PART = re.compile(
    r"^\W*(?:attn|attention|c/o|dept|department|suite|ste|floor|unit|bldg|building|lockbox|mail ?stop)\b", re.I
)
_COUNTRY = re.compile(
    r"(?:united states(?: of america)?|u\.?s\.?a\.?|canada|germany|deutschland|france|uk|nederland)", re.I
)
_PLACE = re.compile(r"^[^\d,]{3,30},\s*[A-Z]{2}$|^[^\d,]{3,30},$")
_END = re.compile(r"_{3,}|\bor\s+(?:ach|wire|by|via)\b|\b(?:tel|phone|fax|e-?mail|www|https?)\b|@|\$\s?\d", re.I)


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of neighbouring tokens that may be one line of an address."""

    tokens: tuple[Token, ...]

    @property
    def text(self) -> str:
        return " ".join(t.text for t in self.tokens)


def pieces_of(segments: Sequence[Segment]) -> list[Piece]:
    return [Piece(s.tokens) for s in segments]


def is_address(text: str) -> bool:
    """Whether a line by itself is a street, a box, a place or another part of an address."""
    bare = text.strip(" ,.;")
    if _BOX.search(bare) or _PART.match(bare) or ZIP.search(bare) or CITY.search(bare) or _COUNTRY.fullmatch(bare):
        return True
    if re.match(r"\d{1,6}[A-Z]?,?\s+[A-Z]", bare) and not re.search(r"[.!?]$", text.strip()):
        return len(bare.split()) <= 8
    return bool(STREET.search(bare) and re.search(r"\d", bare)) or bool(_PLACE.match(text.strip()))


def whole_address(pieces: Sequence[Piece]) -> list[Piece]:
    """The leading pieces that make one address: the payee's name, then street or box, then the place that ends it."""
    kept: list[Piece] = []
    begun = False
    for number, piece in enumerate(pieces):
        piece, ended = _cut(piece)
        if not piece.tokens:
            if ended:
                break
            continue
        own = is_address(piece.text)
        if kept and not own and (begun or not _goes_on(piece, pieces[number + 1 : number + 3])):
            break
        kept.append(piece)
        begun = begun or own
        if ended:
            break
    return kept


def _goes_on(piece: Piece, following: Sequence[Piece]) -> bool:
    """A further line of the name: short, no sentence, and an address comes after it."""
    text = piece.text
    if len(text.split()) > 6 or CONTACT.search(text) or (text.endswith(".") and not STRICT_LEGAL.search(text)):
        return False
    return any(is_address(p.text) for p in following)


def _cut(piece: Piece) -> tuple[Piece, bool]:
    """The piece up to the postal code that ends the address, or up to what is no address any more."""
    text = piece.text
    stop = _END.search(text)
    end = stop.start() if stop else len(text)
    found = [m for m in ZIP.finditer(text) if m.end() <= end]
    if found:
        end = found[-1].end() if found[-1].end() > found[-1].start() + 8 or text[:2].isalpha() else end
    kept: list[Token] = []
    at = 0
    for token in piece.tokens:
        if at >= end:
            break
        kept.append(token)
        at += len(token.text) + 1
    while kept and not any(c.isalnum() for c in kept[-1].text):
        kept.pop()
    return Piece(tuple(kept)), bool(found) or bool(stop)


def joined_address(pieces: Sequence[Piece]) -> str:
    """One line, parts parted by commas."""
    return ", ".join(re.sub(r"\s+([,.;])", r"\1", p.text).strip(" ,;") for p in pieces)
