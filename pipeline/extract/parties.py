"""Who sells, who buys, where goods go and whom to pay: from labelled blocks, letterhead, footer and web domains (A.1)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from pipeline.extract.candidates import Candidate, Layout, inline
from pipeline.extract.dates import find_dates, fold
from pipeline.extract.geometry import Block, Segment, Sheet, Token, blocks
from pipeline.extract.header import candidate
from pipeline.extract.labels import Hit, joined, words_of

LEGAL = re.compile(
    r"\b(?:inc|incorporated|llc|l\.l\.c|llp|lp|ltd|limited|corp|corporation|co|company|plc|gmbh|mbh|ag|kg|ohg|gbr|ug|e\.?k|se|sarl|"
    r"s\.a\.r\.l|sas|s\.a\.s|sasu|eurl|sa|s\.a|sci|scop|b\.?v|n\.?v|v\.?o\.?f|pty|pvt|private|sdn|bhd|srl|s\.r\.l|spa|s\.p\.a|oy|ab|aps|a/s|"
    r"enterprise|enterprises|group|trading|holdings?|associates|partners|systems|supply|supplies|services|industries|medical|laboratories|"
    r"distributors|instruments|technologies|solutions)\b\.?",
    re.I,
)
STRICT_LEGAL = re.compile(
    r"\b(?:inc|incorporated|llc|l\.l\.c|llp|ltd|limited|corp|corporation|co|company|plc|gmbh|mbh|ag|ohg|gbr|sarl|sas|sasu|eurl|sa|s\.a|b\.?v|"
    r"n\.?v|pty|pvt|sdn|bhd|srl|s\.r\.l|spa|oy|aps)\b\.?",
    re.I,
)
CARE = re.compile(
    r"\b(?:hospital|health|medical center|clinic|cancer|surgery center|hospice|klinik|krankenhaus|hopital|clinique|ziekenhuis|infirmary)\b",
    re.I,
)
_TITLE = re.compile(
    r"\b(?:invoice|statement|credit|memo|receipt|packing|slip|order|acknowledg\w*|quote|quotation|proforma|pro forma|remittance|rechnung|facture|avoir|"
    r"gutschrift|factuur|bon|copy|original|duplicate|page|tax|bill|purchase|delivery|note|kopie|lieferschein|ticket|thank|welcome)\b",
    re.I,
)
_SKIP = re.compile(
    r"^\W*(?:attn|att|attention|c/o|a/p|accounts? payable|zu haenden|z\.? ?hd|t\.?a\.?v|a l'attention|acct|account|customer|cust|id|no|nr|phone|tel|fax|"
    r"e-?mail|vat|gln|siret|siren|page|date|code|contact|gstin)\b[^a-z]*", re.I)  # fmt: skip
_CITY = re.compile(
    r"\b[A-Z]{2},?\s+\d{5}(?:-\d{4})?\b|^\s*(?:[A-Z]{1,2}-)?\d{4,5}\s+[^\W\d]{3,}|\b\d{4}\s?[A-Z]{2}\b|\b[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}\b"
)
_STREET = re.compile(
    r"\b(?:street|st|road|rd|ave|avenue|blvd|boulevard|drive|dr|lane|ln|way|pkwy|parkway|court|ct|suite|ste|plaza|highway|hwy|box|straße|strasse|str|rue|"
    r"weg|platz|allee|straat|laan|chemin|jalan|jln|lot|no)\b", re.I)  # fmt: skip
_CUT = re.compile(
    r",?\s*(?:au capital\b|p\.?\s?o\.?\s?box\b|\battn\b|\btel\b|\bphone\b|\bfax\b|•|·|\||;|\d{1,6}\s+[A-Z][a-z]|\bvia ach\b|\bor ach\b).*$", re.I)  # fmt: skip
_CONTACT = re.compile(r"\b(?:tel|phone|fax|www|http|@)|@|\(\d{3}\)\s?\d{3}", re.I)
_DOMAIN = re.compile(r"(?:@|www\.|https?://(?:www\.)?)([a-z0-9][a-z0-9\-]{1,40})\.[a-z]{2,}", re.I)


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


def name_of(text: str) -> str:
    """A party's name without what follows on the same line (address, telephone)."""
    return _CUT.sub("", text).strip(" ,;:-–•|*").strip()


def is_name(text: str) -> bool:
    """Whether a line may be a party's name rather than an address, a label or a number."""
    letters = sum(c.isalpha() for c in text)
    digits = sum(c.isdigit() for c in text)
    if letters < 3 or digits > letters or len(text) > 90 or "@" in text or find_dates(text):
        return False
    if text.startswith("(") or re.search(
        r"\b(?:contact|capital|cedex|logo|name|nom|line \d)\b|,\s*le$|^nom commercial$", text, re.I
    ):
        return False
    if _SKIP.match(text) or _CITY.search(text) or text.rstrip().endswith(":") or "www." in text.lower():
        return False
    return not (digits and _STREET.search(text) and not STRICT_LEGAL.search(text))


def parties(layout: Layout) -> list[Party]:
    """Every labelled party of the document."""
    out: list[Party] = []
    for sheet, row in layout.rows:
        if (sheet.number, row.number) in layout.table:
            continue
        for segment in row.segments:
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
        return Party(
            role, own_text, lines, (hit.segment, *follow), own, sheet, score * (1.0 if marked else 0.6), hit.text
        )
    if own_text and not whole_label and own_text[0] not in "(#" and not re.search(r"\d", own_text):
        return None
    under = _under(sheet, hit, hit.x0, layout, 6) or _beside(sheet, hit, layout)
    names = [s for s in under[:3] if is_name(name_of(s.text))]
    if not names:
        return None
    first = names[0]
    clear = 1.0 if hit.segment.tokens[hit.end - 1].text.endswith(":") or whole_label else 0.75
    lines = tuple(s.text for s in under[under.index(first) :])
    return Party(role, name_of(first.text), lines, tuple(under), first.tokens, sheet, score * clear * 0.97, hit.text)


def _under(sheet: Sheet, hit: Hit, left: float, layout: Layout, count: int) -> list[Segment]:
    """The block that starts below the label: segments with its left edge, or centred under it."""
    out: list[Segment] = []
    bottom, right = hit.segment.y1, hit.x1
    for row in sheet.rows[hit.segment.row + 1 : hit.segment.row + 1 + count * 3]:
        if row.y0 - bottom > 2.2 * max(sheet.line, hit.segment.height):
            break
        match = [
            s for s in row.segments
            if abs(s.x0 - left) < 1.2 * sheet.line or (not out and s.x0 < right and s.x1 > left)
            or (out and abs(s.x0 - out[0].x0) < sheet.line)
        ]  # fmt: skip
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
    """Buyer, ship-to, bill-to and remit-to; then the supplier, who is none of the receiving parties."""
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
    return out + supplier_candidates(layout, found)


def _unlabelled_buyer(layout: Layout, found: Sequence[Party], known: Sequence[Candidate]) -> Iterator[Candidate]:
    """An address block without a label in the upper half, as in a window envelope, that is not the letterhead."""
    if not layout.sheets or any(c.field == "buyer_name" and c.score > 0.6 for c in known):
        return
    sheet = layout.sheets[0]
    taken = {id(s) for p in found if p.role != "buyer" for s in p.segments}
    suppliers = [p.name for p in found if p.role in ("remit_to", "supplier")]
    for block in blocks(sheet):
        lines = block.lines
        if len(lines) < 2 or block.first.y0 > sheet.height * 0.55 or any(id(s) in taken for s in block.segments):
            continue
        name = name_of(lines[0])
        city = any(_CITY.search(line) for line in lines[1:6])
        addressed = any(
            re.match(r"\W*(?:attn|att|a l'attention|z\.? ?hd)\b|.*accounts payable", fold(line)) for line in lines[:4]
        )
        if not is_name(name) or not (city or addressed) or any(same_party(name, s) for s in suppliers):
            continue
        contact = any(_CONTACT.search(line) for line in lines)
        head = block.first.y0 < sheet.height * 0.12
        score = 0.5 + 0.3 * addressed + 0.1 * bool(CARE.search(name)) - 0.25 * contact - 0.15 * head
        if score > 0.35:
            yield candidate(
                "buyer_name", name, score, block.first.tokens, sheet, "name of an address block without a label"
            )
            yield candidate(
                "bill_to", ", ".join(lines), score, block.first.tokens, sheet, "an address block without a label"
            )


def same_party(a: str, b: str) -> bool:
    """Whether two names mean one party, legal forms aside."""
    left, right = _bare(a), _bare(b)
    if not left or not right:
        return joined(a) == joined(b)
    return (
        left == right
        or fuzz.token_set_ratio(left, right) >= 92
        or fuzz.ratio(left.replace(" ", ""), right.replace(" ", "")) >= 88
    )


def _bare(name: str) -> str:
    words = [w for part in name.split() for w in words_of(part)]
    kept = [w for w in words if not STRICT_LEGAL.fullmatch(w)]
    return " ".join(kept)


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
        elif party.role == "remit_to":
            _vote(votes, party.name, party.tokens, party.sheet, 0.7 * party.score, f"payee at '{party.label}'")
    inside = {id(s) for p in found if p.role in ("buyer", "ship_to") for s in p.segments}
    for name, segment, sheet, weight, why in _letterhead(layout, inside):
        _vote(votes, name, segment.tokens, sheet, weight, why)
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
            if rank > vote.shown:
                vote.name, vote.tokens, vote.sheet, vote.shown = name, tokens, sheet, rank
            return
    votes.append(_Vote(name, tokens, sheet, 1 - weight, [why], weight + (0.25 if STRICT_LEGAL.search(name) else 0)))


def _letterhead(layout: Layout, inside: set[int]) -> Iterator[tuple[str, Segment, Sheet, float, str]]:
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
                        yield name, segment, sheet, 0.35, "named in the footer"
                    continue
                weight = _head_weight(sheet, segment, name, seen)
                seen += 1
                if weight > 0.02:
                    yield name, segment, sheet, weight * (1.0 if position == 0 else 0.4), "letterhead"


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
    if _TITLE.search(name) and not STRICT_LEGAL.search(name):
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
                    _CITY.search(other.text)
                    or _CONTACT.search(other.text)
                    or (re.search(r"\d", other.text) and _STREET.search(other.text))
                )
            ):
                return True
    return bool(_CITY.search(segment.text) or _CONTACT.search(segment.text))


def _domains(layout: Layout) -> list[str]:
    return [m.lower() for _, row in layout.rows for s in row.segments for m in _DOMAIN.findall(s.text)]


def domain_fits(domain: str, name: str) -> bool:
    """`cumberlandphysical` fits `Cumberland Physical Rehab Supply Co.`; free mail hosts fit nobody."""
    flat = re.sub(r"[^a-z0-9]", "", domain)
    if (
        flat in ("gmail", "yahoo", "hotmail", "outlook", "aol", "icloud", "gmx", "web", "orange", "free")
        or len(flat) < 4
    ):
        return False
    words = _bare(name).split()
    glued = "".join(words)
    return bool(glued) and (flat in glued or glued in flat or (len(words[0]) >= 4 and words[0] in flat))


def addressed_boxes(found: Sequence[Party]) -> list[tuple[int, float, float, float, float]]:
    """Where the receiving parties' blocks stand, as (page, x0, y0, x1, y1) in points."""
    out = []
    for party in found:
        if party.role in ("buyer", "ship_to") and party.score > 0.5:
            parts = party.segments
            out.append((party.sheet.number, min(s.x0 for s in parts) - 2, min(s.y0 for s in parts) - 2,
                        max(s.x1 for s in parts) + 2, max(s.y1 for s in parts) + 14))  # fmt: skip
    return out


def address_blocks(sheet: Sheet) -> list[Block]:
    """Blocks of a page that hold an address."""
    return [b for b in blocks(sheet) if any(_CITY.search(line) for line in b.lines)]
