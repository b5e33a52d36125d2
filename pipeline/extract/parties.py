"""Who buys, where goods go and whom to pay: from labelled and unlabelled blocks (spec A.1)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.extract.address import Piece, is_address, joined_address, pieces_of, whole_address
from pipeline.extract.candidates import Candidate, Layout, candidate, inline
from pipeline.extract.dates import fold
from pipeline.extract.geometry import Segment, Sheet, Token, blocks
from pipeline.extract.header import is_fax_line, tokens_at
from pipeline.extract.labels import Hit
from pipeline.extract.names import CARE, CITY, CONTACT, LEGAL, STRICT_LEGAL, is_name, name_of, same_party


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
                    made = _payee if role.name == "remit_to" else _party
                    party = made(layout, sheet, hit, role.name, role.strength * hit.score)
                    if party:
                        out.append(party)
    return out if any(p.role == "remit_to" for p in out) else [*out, *_payees_in_sentences(layout)]


# ------------------------------------------------------------------ payees


def _payee(layout: Layout, sheet: Sheet, hit: Hit, role: str, score: float) -> Party | None:
    """Whom and where to pay: the name and the whole address, inline, beside or below the label, and nothing after it."""
    own = _own_part(layout, hit)
    if own:
        pieces = [Piece(own), *_same_row(layout, sheet, hit)]
        pieces += pieces_of(_lower(layout, sheet, hit, (own[0].x0, hit.x0)))
    else:
        pieces = pieces_of(_under(sheet, hit, hit.x0, layout, 6) or _beside(sheet, hit, layout))
    block = whole_address(pieces)
    while block and not is_address(block[0].text) and not is_name(name_of(block[0].text)):
        block = block[1:]
    if not block:
        return None
    name = name_of(block[0].text).strip("() ")
    name = name if is_name(name) and len(name) > 3 else ""
    marked = hit.segment.tokens[hit.end - 1].text.endswith(":")
    placed = any(is_address(p.text) for p in block)
    if not placed:
        clear = marked or not own or hit.text.endswith("to") or bool(LEGAL.search(name))
        if not name or not clear or (own and len(own) > 7 and not STRICT_LEGAL.search(name)):
            return None
        block = block[:1]
    tokens = tuple(t for p in block for t in p.tokens)
    spoken = 1.0 if marked or placed else 0.75
    segments = _segments_of(sheet, tokens)
    lines = (joined_address(block),) if placed else (name,)
    return Party(role, name, lines, (hit.segment, *segments), tokens, sheet, score * spoken * 0.97, hit.text)


def _own_part(layout: Layout, hit: Hit) -> tuple[Token, ...]:
    """What follows the label in its segment; a box or a department within it does not end it."""
    ends = [h.start for h in _strict(layout, hit.segment) if h.start >= hit.end]
    tokens = hit.segment.tokens[hit.end : min(ends) if ends else None]
    while tokens and not any(c.isalnum() for c in tokens[0].text):
        tokens = tokens[1:]
    return tokens


def _segments_of(sheet: Sheet, tokens: Sequence[Token]) -> tuple[Segment, ...]:
    mine = set(map(id, tokens))
    return tuple(s for row in sheet.rows for s in row.segments if any(id(t) in mine for t in s.tokens))


def _same_row(layout: Layout, sheet: Sheet, hit: Hit) -> list[Piece]:
    """Segments that go on right of the label's own one: the gap is a wide comma, not a column."""
    out: list[Piece] = []
    last = hit.segment
    for segment in sheet.rows[hit.segment.row].segments:
        if segment.x0 <= hit.segment.x0:
            continue
        if segment.x0 - last.x1 > 2.5 * sheet.line or any(h.start == 0 for h in _strict(layout, segment)):
            break
        out.append(Piece(segment.tokens))
        last = segment
    return out


def _strict(layout: Layout, segment: Segment) -> list[Hit]:
    """Labels that end an address: all but those that belong to one."""
    return [
        h
        for h in layout.hits_of(segment)
        if h.text not in ("pobox", "attn", "attention", "dept", "department", "lockbox")
    ]


def _lower(layout: Layout, sheet: Sheet, hit: Hit, lefts: tuple[float, ...]) -> list[Segment]:
    """Lines under a payee that starts beside its label: at the payee's left edge or at the label's."""
    out: list[Segment] = []
    bottom = hit.segment.y1
    for row in sheet.rows[hit.segment.row + 1 : hit.segment.row + 9]:
        if row.y0 - bottom > 1.1 * max(sheet.line, hit.segment.height):
            break
        match = [s for s in row.segments if any(abs(s.x0 - left) < 0.8 * sheet.line for left in lefts)]
        if not match:
            continue
        if any(h.start == 0 and not h.section("party") for h in _strict(layout, match[0])):
            break
        out.append(match[0])
        bottom = match[0].y1
    return out


_PAY_TO = re.compile(
    r"\b(?:pay\w*|remit\w*|checks?|mail|wire|zahl\w*|paie\w*|regl\w*)\b.{0,80}?\b(?:to|an|a l'ordre de)\b:?\s+"
    r"(?=[A-Z][^:]{3,70}?,?\s+(?:p\.?\s?[o0]\.?\s*b[o0][x×]\s|\d{1,6}\s+[A-Z]))",
    re.I,
)


def _payees_in_sentences(layout: Layout) -> Iterator[Party]:
    """`Payment net 30 to Smith Inc., PO Box 1, Chicago, IL 60673 or ACH`: a payee with its address inside a sentence."""
    for sheet, row in layout.rows:
        if (sheet.number, row.number) in layout.table:
            continue
        text = " ".join(t.text for t in row.tokens)
        found = _PAY_TO.search(text)
        if not found or is_fax_line(sheet, row.segments[0]):
            continue
        tokens = tokens_at(row.tokens, found.end(), len(text))
        lower = sheet.rows[row.number + 1].segments if row.number + 1 < len(sheet.rows) else []
        near = [s for s in lower if s.y0 - row.y1 < sheet.line and abs(s.x0 - row.segments[0].x0) < sheet.line]
        block = whole_address([Piece(tokens), *pieces_of(near[:1])])
        name = name_of(block[0].text) if block else ""
        if not block or not is_name(name) or not CITY.search(joined_address(block)):
            continue
        used = tuple(t for p in block for t in p.tokens)
        lines = (joined_address(block),)
        yield Party("remit_to", name, lines, _segments_of(sheet, used), used, sheet, 0.8, found[0][:24])


# ------------------------------------------------------------------ labelled blocks


def _party(layout: Layout, sheet: Sheet, hit: Hit, role: str, score: float) -> Party | None:
    own = inline(layout, hit)
    own_text = name_of(" ".join(t.text for t in own)).strip("() ")
    whole_label = len(hit.segment.tokens) == hit.end - hit.start
    if own_text and is_name(own_text) and hit.start == 0 and len(own_text) > 3:
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
    told = _named_value(sheet, under)
    if told:
        text = name_of(" ".join(t.text for t in told))
        where = (*under, *_segments_of(sheet, told))
        return Party(role, text, tuple(s.text for s in under), where, told, sheet, score * 0.97, hit.text)
    names = [s for s in under[:5] if is_name(name_of(s.text)) and not _is_label(layout, s)]
    if not names:
        return None
    first = names[0]
    clear = 1.0 if hit.segment.tokens[hit.end - 1].text.endswith(":") or whole_label else 0.75
    block = whole_address(pieces_of(under[under.index(first) :]))
    placed = any(is_address(p.text) for p in block[1:])
    lines = tuple(p.text for p in block) if placed else tuple(s.text for s in under[under.index(first) :])
    return Party(role, name_of(first.text), lines, tuple(under), first.tokens, sheet, score * clear * 0.97, hit.text)


_NAME_LABEL = re.compile(r"(?:name|firma|firmenname|nom|raison sociale|naam|company|company name|unternehmen)\s?:?")


def _named_value(sheet: Sheet, under: Sequence[Segment]) -> tuple[Token, ...]:
    """The value of `Name:` in a party set as a list of labels and values; empty where it is not set so."""
    for segment in under:
        first = segment.tokens[0]
        if not _NAME_LABEL.fullmatch(fold(first.text)) or not (first.text.endswith(":") or len(segment.tokens) == 1):
            continue
        right = [s for s in sheet.rows[segment.row].segments if s.x0 > segment.x0]
        value = segment.tokens[1:] or (right[0].tokens if right else ())
        if value and is_name(name_of(" ".join(t.text for t in value))):
            return tuple(value)
    return ()


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
