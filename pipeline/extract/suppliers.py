"""The supplier's name by joined evidence: label, payee, letterhead, footer, web domain (spec A.1 `supplier`)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.extract.candidates import Candidate, Layout, candidate
from pipeline.extract.geometry import Segment, Sheet, Token
from pipeline.extract.labels import Hit
from pipeline.extract.names import (
    CARE,
    CITY,
    CONTACT,
    DOMAIN,
    LEGAL,
    STREET,
    STRICT_LEGAL,
    TITLE_WORD,
    bare,
    is_name,
    name_of,
    same_party,
)
from pipeline.extract.parties import Party


@dataclass(slots=True)
class _Vote:
    name: str
    tokens: tuple[Token, ...]
    sheet: Sheet
    doubt: float
    why: list[str]
    shown: float


def supplier_candidates(layout: Layout, found: Sequence[Party]) -> list[Candidate]:
    """Evidence for the supplier's name from several places, joined by name: 1 - product of the doubts."""
    votes: list[_Vote] = []
    receiving = [p.name for p in found if p.role in ("buyer", "ship_to") and p.score > 0.5]
    for party in found:
        if party.role == "supplier":
            _vote(votes, party.name, party.tokens, party.sheet, 0.85 * party.score, f"label '{party.label}'")
        elif party.role == "remit_to" and party.name:
            _vote(votes, party.name, party.tokens, party.sheet, 0.7 * party.score, f"payee at '{party.label}'")
    inside = {id(s) for p in found if p.role in ("buyer", "ship_to") for s in p.segments}
    for name, tokens, sheet, weight, why in _letterhead(layout, inside):
        _vote(votes, name, tokens, sheet, weight, why)
    for vote in votes:
        if any(domain_fits(d, vote.name) for d in _domains(layout)):
            vote.doubt *= 0.3
            vote.why.append("fits an e-mail or web domain")
    out = []
    for vote in votes:
        score = 1 - vote.doubt
        if any(same_party(vote.name, r) for r in receiving):
            score *= 0.15
        elif CARE.search(vote.name) and not STRICT_LEGAL.search(vote.name):
            score *= 0.6
        out.append(
            candidate("supplier_name", vote.name, score, vote.tokens, vote.sheet, "; ".join(dict.fromkeys(vote.why)))
        )
    return out


def _vote(votes: list[_Vote], name: str, tokens: tuple[Token, ...], sheet: Sheet, weight: float, why: str) -> None:
    weight = max(0.0, min(0.97, weight))
    for vote in votes:
        if same_party(vote.name, name):
            vote.doubt *= 1 - weight
            vote.why.append(why)
            # Spell it as the strongest place does; a legal form makes a name complete.
            rank = weight + (0.25 if STRICT_LEGAL.search(name) else 0)
            if ends_with(vote.name, name):
                rank = 0.0  # the tail of a name that stands whole elsewhere
            elif ends_with(name, vote.name):
                rank = max(rank, vote.shown) + 0.01
            if rank > vote.shown:
                vote.name, vote.tokens, vote.sheet, vote.shown = name, tokens, sheet, rank
            return
    votes.append(_Vote(name, tokens, sheet, 1 - weight, [why], weight + (0.25 if STRICT_LEGAL.search(name) else 0)))


def ends_with(whole: str, tail: str) -> bool:
    """Whether `tail` is the last line of the name `whole`: both end in the same legal form."""
    long, short = whole.lower().split(), tail.lower().split()
    more = whole.split()[: len(long) - len(short)]
    named = 0 < len(more) <= 3 and all(word[:1].isupper() or word[:1] in "&-" for word in more)
    return named and long[-len(short) :] == short and bool(STRICT_LEGAL.search(tail))


def _letterhead(layout: Layout, inside: set[int]) -> Iterator[tuple[str, tuple[Token, ...], Sheet, float, str]]:
    """Names in the head of each page and in its foot, with a weight from size, place, legal form and neighbours."""
    for position, sheet in enumerate(layout.sheets):
        seen = 0
        for row in sheet.rows:
            for segment in row.segments:
                high = segment.y0 / sheet.height
                if id(segment) in inside or (0.35 < high < 0.78):
                    continue
                name = name_of(segment.text)
                opening = next((h for h in layout.hits_of(segment) if h.start == 0), None)
                if not is_name(name) or (opening and not _names_despite(opening, segment)):
                    continue
                if high >= 0.78:
                    if STRICT_LEGAL.search(name) and len(name) < 60:
                        yield name, segment.tokens, sheet, 0.35, "named in the footer"
                    continue
                lower = _second_line(sheet, segment, name)
                tokens = segment.tokens + (lower.tokens if lower else ())
                if lower:
                    name = f"{name} {name_of(lower.text)}"
                weight = _head_weight(sheet, segment, name, seen)
                seen += 1
                if weight > 0.02:
                    yield name, tokens, sheet, weight * (1.0 if position == 0 else 0.4), "letterhead"


def _second_line(sheet: Sheet, segment: Segment, name: str) -> Segment | None:
    """The line that ends a name broken in two: set like the first, right below it, with the legal form."""
    if STRICT_LEGAL.search(name) or TITLE_WORD.search(name) or segment.row + 1 >= len(sheet.rows):
        return None
    for lower in sheet.rows[segment.row + 1].segments:
        text = name_of(lower.text)
        aligned = abs(lower.x0 - segment.x0) < 2 or abs(lower.middle - segment.middle) < 2
        alike = abs(lower.height - segment.height) < 0.2 * segment.height
        near = lower.y0 - segment.y1 < 0.5 * segment.height
        if aligned and alike and near and STRICT_LEGAL.search(text) and len(text.split()) <= 4 and _no_street(text):
            return lower
    return None


def _no_street(text: str) -> bool:
    return not (CITY.search(text) or CONTACT.search(text) or any(c.isdigit() for c in text))


def _names_despite(hit: Hit, segment: Segment) -> bool:
    """A name may begin with a word that is also a label (`Service Company Inc.`) when it goes on with a legal form."""
    if hit.text in ("le", "du", "den", "vom", "an", "to", "for", "from", "no", "me", "a", "data"):
        return not segment.tokens[hit.end - 1].text.endswith(":")
    open_end = (
        not segment.tokens[hit.end - 1].text.endswith(":")
        and hit.end < len(segment.tokens)
        and segment.tokens[hit.end].text != ":"
    )
    return open_end and (bool(STRICT_LEGAL.search(segment.text)) or hit.role("party", "supplier") is not None)


def _head_weight(sheet: Sheet, segment: Segment, name: str, seen: int) -> float:
    tall = segment.height / max(sheet.line, 1.0)
    weight = 0.22 + 0.3 * bool(STRICT_LEGAL.search(name)) + (0.08 if LEGAL.search(name) else 0)
    weight += min(0.3, max(0.0, (tall - 1.15) * 0.4)) + (0.18 if seen == 0 else 0.06 if seen < 3 else -0.08)
    weight += 0.12 if _followed_by_address(sheet, segment) else 0
    weight -= 0.25 if segment.y0 / sheet.height > 0.22 else 0
    if TITLE_WORD.search(name) and not STRICT_LEGAL.search(name):
        weight -= 0.4
    if len(name.split()) > 7 or name.endswith("."):
        weight -= 0.25 if not STRICT_LEGAL.search(name) else 0.0
    return weight


def _followed_by_address(sheet: Sheet, segment: Segment) -> bool:
    for row in sheet.rows[segment.row + 1 : segment.row + 4]:
        for other in row.segments:
            if (
                other.x0 < segment.x1
                and other.x1 > segment.x0
                and (
                    CITY.search(other.text)
                    or CONTACT.search(other.text)
                    or (re.search(r"\d", other.text) and STREET.search(other.text))
                )
            ):
                return True
    return bool(CITY.search(segment.text) or CONTACT.search(segment.text))


def _domains(layout: Layout) -> list[str]:
    return [m.lower() for _, row in layout.rows for s in row.segments for m in DOMAIN.findall(s.text)]


def domain_fits(domain: str, name: str) -> bool:
    """`cumberlandphysical` fits `Cumberland Physical Rehab Supply Co.`; free mail hosts fit nobody."""
    flat = re.sub(r"[^a-z0-9]", "", domain)
    if (
        flat in ("gmail", "yahoo", "hotmail", "outlook", "aol", "icloud", "gmx", "web", "orange", "free")
        or len(flat) < 4
    ):
        return False
    words = bare(name).split()
    glued = "".join(words)
    return bool(glued) and (flat in glued or glued in flat or (len(words[0]) >= 4 and words[0] in flat))
