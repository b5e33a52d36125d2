"""Who buys, where goods go and whom to pay: from labelled and unlabelled blocks (spec A.1)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.extract.candidates import Candidate, Layout, inline
from pipeline.extract.dates import fold
from pipeline.extract.geometry import Segment, Sheet, Token, blocks
from pipeline.extract.header import candidate, is_fax_line
from pipeline.extract.labels import Hit
from pipeline.extract.names import CARE, CITY, CONTACT, is_name, name_of, same_party


@dataclass(frozen=True, slots=True, eq=False)
class Party:
    """A labelled party: its name and address lines with their place."""

    role: str
    name: str
    lines: tuple[str, ...]
    segments: tuple[Segment, ...]
    tokens: tuple[Token, ...]
    sheet: Sheet
    score: float
    label: str

    @property
    def text(self) -> str:
        return ", ".join(line.strip(" ,") for line in self.lines)


def parties(layout: Layout) -> list[Party]:
    """Every labelled party of the document."""
    out: list[Party] = []
    for sheet, row in layout.rows:
        if (sheet.number, row.number) in layout.table:
            continue
        for segment in row.segments:
            if is_fax_line(sheet, segment):
                continue
            for hit in layout.hits_of(segment):
                roles = [r for r in hit.roles if r.section == "party"]
                for role in roles:
                    party = _party(layout, sheet, hit, role.name, role.strength * hit.score)
                    if party:
                        out.append(party)
    return out


def _party(layout: Layout, sheet: Sheet, hit: Hit, role: str, score: float) -> Party | None:
    own = inline(layout, hit)
    own_text = name_of(" ".join(t.text for t in own)).strip("() ")
    whole_label = len(hit.segment.tokens) == hit.end - hit.start
    if own_text and is_name(own_text) and (hit.start == 0 or role == "remit_to") and len(own_text) > 3:
        follow = _under(sheet, hit, hit.segment.tokens[hit.end].x0, layout, 4)
        lines = (" ".join(t.text for t in own), *(s.text for s in follow))
        marked = hit.segment.tokens[hit.end - 1].text.endswith(":")
        if not marked and role in ("supplier", "buyer") and hit.end - hit.start == 1:
            return None  # a word of a sentence or of a name, not a label
        return Party(
            role, own_text, lines, (hit.segment, *follow), own, sheet, score * (1.0 if marked else 0.6), hit.text
        )
    if own_text and not whole_label and own_text[0] not in "(#" and not re.search(r"\d", own_text):
        return None
    under = _under(sheet, hit, hit.x0, layout, 6) or _beside(sheet, hit, layout)
    names = [s for s in under[:5] if is_name(name_of(s.text)) and not _is_label(layout, s)]
    if not names:
        return None
    first = names[0]
    clear = 1.0 if hit.segment.tokens[hit.end - 1].text.endswith(":") or whole_label else 0.75
    lines = tuple(s.text for s in under[under.index(first) :])
    return Party(role, name_of(first.text), lines, tuple(under), first.tokens, sheet, score * clear * 0.97, hit.text)


def _is_label(layout: Layout, segment: Segment) -> bool:
    """The whole segment is a label of its own (`Nummer`, `Kundennr.`)."""
    return any(h.start == 0 and h.end == len(segment.tokens) and h.section("header") for h in layout.hits_of(segment))


def _under(sheet: Sheet, hit: Hit, left: float, layout: Layout, count: int) -> list[Segment]:
    """The block that starts below the label: segments with its left edge, or centred under it."""
    out: list[Segment] = []
    bottom, right = hit.segment.y1, hit.x1
    for row in sheet.rows[hit.segment.row + 1 : hit.segment.row + 1 + count * 3]:
        if row.y0 - bottom > 2.2 * max(sheet.line, hit.segment.height):
            break
        match = [
            s
            for s in row.segments
            if abs(s.x0 - left) < 1.2 * sheet.line
            or (not out and s.x0 < right and s.x1 > left)
            or (out and abs(s.x0 - out[0].x0) < sheet.line)
        ]
        if not match:
            continue
        found = min(match, key=lambda s: abs(s.x0 - (out[0].x0 if out else left)))
        opening = next((h for h in layout.hits_of(found) if h.start == 0), None)
        if (
            opening
            and (opening.section("party") or opening.section("money"))
            and (out or opening.end == len(found.tokens))
        ):
            break
        if (
            opening
            and opening.section("header")
            and opening.text not in ("attn", "attention", "pobox", "contact", "dept")
            and inline(layout, opening)
            and (not is_name(found.text) or found.tokens[opening.end - 1].text.endswith(":"))
        ):
            break
        out.append(found)
        bottom = found.y1
        if len(out) >= count:
            break
    return out


def _beside(sheet: Sheet, hit: Hit, layout: Layout) -> list[Segment]:
    """The block right of a label in the margin."""
    row = sheet.rows[hit.segment.row]
    after = [s for s in row.segments if s.x0 > hit.segment.x1]
    if not after or any(h.start == 0 for h in layout.hits_of(after[0])):
        return []
    out = [after[0]]
    for lower in sheet.rows[hit.segment.row + 1 : hit.segment.row + 6]:
        match = [s for s in lower.segments if abs(s.x0 - out[0].x0) < sheet.line]
        if not match or lower.y0 - out[-1].y1 > 1.5 * sheet.line:
            break
        out.append(match[0])
    return out


# ------------------------------------------------------------------ candidates


def party_candidates(layout: Layout, found: Sequence[Party]) -> list[Candidate]:
    """Buyer, ship-to, bill-to and remit-to."""
    out: list[Candidate] = []
    for party in found:
        why = f"name in the block of the label '{party.label}'"
        if party.role == "buyer":
            out.append(candidate("buyer_name", party.name, party.score, party.tokens, party.sheet, why, party.label))
            out.append(
                candidate("bill_to", party.text, party.score * 0.95, party.tokens, party.sheet, why, party.label)
            )
        elif party.role == "ship_to":
            out.append(candidate("ship_to", party.name, party.score, party.tokens, party.sheet, why, party.label))
            out.append(
                candidate("buyer_name", party.name, party.score * 0.35, party.tokens, party.sheet, why, party.label)
            )
        elif party.role == "remit_to":
            out.append(candidate("remit_to", party.text, party.score, party.tokens, party.sheet, why, party.label))
    out += _unlabelled_buyer(layout, found, out)
    return out


def _unlabelled_buyer(layout: Layout, found: Sequence[Party], known: Sequence[Candidate]) -> Iterator[Candidate]:
    """An address block without a label in the upper half, as in a window envelope, that is not the letterhead."""
    if not layout.sheets or any(c.field == "buyer_name" and c.score > 0.6 for c in known):
        return
    sheet = layout.sheets[0]
    taken = {id(s) for p in found if p.role != "buyer" for s in p.segments}
    suppliers = [p.name for p in found if p.role in ("remit_to", "supplier")]
    every = blocks(sheet)
    first = every[0] if every else None
    for block in every:
        lines = block.lines
        if len(lines) < 2 or block.first.y0 > sheet.height * 0.55 or any(id(s) in taken for s in block.segments):
            continue
        name = name_of(lines[0])
        city = any(CITY.search(line) for line in lines[1:6])
        addressed = any(
            re.match(r"\W*(?:attn|att|a l'attention|z\.? ?hd)\b|.*accounts payable", fold(line)) for line in lines[:4]
        )
        if not is_name(name) or not (city or addressed) or any(same_party(name, s) for s in suppliers):
            continue
        contact = any(CONTACT.search(line) for line in lines)
        head = block is first
        score = 0.5 + 0.3 * addressed + 0.1 * bool(CARE.search(name)) - 0.25 * contact - 0.15 * head
        if score > 0.35:
            yield candidate(
                "buyer_name", name, score, block.first.tokens, sheet, "name of an address block without a label"
            )
            yield candidate(
                "bill_to", ", ".join(lines), score, block.first.tokens, sheet, "an address block without a label"
            )


def addressed_boxes(found: Sequence[Party]) -> list[tuple[int, float, float, float, float]]:
    """Where the receiving parties' blocks stand, as (page, x0, y0, x1, y1) in points."""
    out = []
    for party in found:
        if party.role in ("buyer", "ship_to") and party.score > 0.5:
            parts = party.segments
            out.append(
                (
                    party.sheet.number,
                    min(s.x0 for s in parts) - 2,
                    min(s.y0 for s in parts) - 2,
                    max(s.x1 for s in parts) + 2,
                    max(s.y1 for s in parts) + 14,
                )
            )
    return out
