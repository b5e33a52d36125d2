"""Candidates of the header fields that labels, formats and places point at: numbers, dates, terms, ids (spec A.1)."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from pipeline.extract.bank import is_bank_account
from pipeline.extract.candidates import Candidate, Layout, Spot, candidate, header_hits, spots
from pipeline.extract.dates import DateFound, Order, find_dates, fold, settle_order
from pipeline.extract.geometry import Segment, Sheet, Token
from pipeline.extract.labels import Hit
from pipeline.extract.names import STREET
from pipeline.extract.taxids import tax_id_kind
from pipeline.extract.terms import Terms, parse_terms

ID_FIELDS = ("invoice_number", "po_number", "sales_order", "account_no", "despatch_ref", "references_invoice")
_ID = re.compile(r"^[A-Z0-9][A-Z0-9\-/._\\+&]{0,39}$", re.I)
_MONEYISH = re.compile(r"^[$€£]|^\d{1,3}(?:[.,]\d{3})*[.,]\d{2}$|%$")
_PHONE = re.compile(r"^\(?\d{3}\)?[-. ]\d{3}[-.]\d{4}$")
_PREFIX = re.compile(r"^[A-Z]{1,6}[-.]?$")
_STATE_ZIP = re.compile(r"^[A-Z]{2} \d{5}(?:-\d{4})?$")
_TITLE = frozenset(
    ["no", "number", "nr", "date", "page", "of", "total", "tax", "from", "to", "and", "original", "copy", "dated"]
)


def _place(sheet: Sheet, hit: Hit, layout: Layout) -> float:
    """Labels of the first page's upper part are likelier than those of stubs, footers and later pages."""
    first = sheet.number == layout.sheets[0].number
    height = hit.segment.y0 / sheet.height
    return (1.0 if first else 0.85) * (1.0 if height < 0.5 else 0.95)


# ------------------------------------------------------------------ numbers


def number_candidates(layout: Layout) -> list[Candidate]:
    """Document, order, account and reference numbers beside or under their labels."""
    out: list[Candidate] = []
    for sheet, hit in header_hits(layout):
        roles = [r for r in hit.roles if r.section == "header" and r.name in ID_FIELDS]
        if any(r.name == "account_no" for r in roles) and is_bank_account(layout, sheet, hit):
            roles = [r for r in roles if r.name != "account_no"]
        if not roles:
            continue
        for spot in spots(layout, hit, below_rows=1):
            taken = identifier(spot.tokens)
            if not taken:
                continue
            value = join_id(taken)
            for role in roles:
                strength = role.strength
                if role.name == "invoice_number" and hit.text == "no":
                    strength = 0.9 if _titled(sheet, hit) else 0.4 if _of_party(layout, sheet, hit) else strength
                if role.name == "invoice_number" and spot.how == "inline" and _heads_page(layout, sheet, hit):
                    strength = max(strength, 0.85)
                name = role.name
                if name == "invoice_number" and _REFERS.search(fold(hit.segment.text[: _begin(hit)])):
                    name = "references_invoice"  # `Credit for returned goods, our invoice 551903`
                score = strength * hit.score * spot.score * _place(sheet, hit, layout)
                score *= _id_quality(value, role.strength, role.name)
                why = f"{spot.how} of the label '{hit.text}'"
                out.append(candidate(name, value, score, taken, sheet, why, hit.text))
            break
    return out + list(_account_in_brackets(layout))


def _account_in_brackets(layout: Layout) -> Iterator[Candidate]:
    """`Bill to (8128901)`: the number of the billed customer beside the label of its address."""
    for sheet, hit in header_hits(layout):
        if not hit.role("party", "buyer") or hit.end >= len(hit.segment.tokens):
            continue
        after = hit.segment.tokens[hit.end]
        number = re.fullmatch(r"[(\[]#?([A-Z]{0,3}\d{4,12})[)\]]:?", after.text)
        if number:
            why = f"in brackets after the label '{hit.text}'"
            yield candidate("account_no", number[1], 0.8, (after,), sheet, why, hit.text)


_INVOICE_TITLE = re.compile(
    r"^(?:\w+ )?(?:invoice|rechnung|facture|factuur|credit (?:memo|note)|gutschrift|avoir|bill)$"
)


_REFERS = re.compile(
    r"\b(?:credit(?:ed|s)?|return(?:ed|s)?|refer\w*|against|correct\w*|cancel\w*|applie[sd]|adjust\w*|gutschrift|storno\w*|zu|"
    r"avoir|annul\w*|relatif|concernant|betreft)\b(?!\s*(?:memo|note|no)\b)"
)


def _begin(hit: Hit) -> int:
    """Where a label begins in the text of its segment."""
    return sum(len(t.text) + 1 for t in hit.segment.tokens[: hit.start])


def _heads_page(layout: Layout, sheet: Sheet, hit: Hit) -> bool:
    """`Invoice 4418427` as the title of the first page: the number that follows the bare word is the document's."""
    first = sheet.number == layout.sheets[0].number and hit.segment.y0 < 0.35 * sheet.height
    following = hit.segment.tokens[hit.end : hit.end + 1]
    digits = sum(c.isdigit() for t in following for c in t.text)
    return first and hit.start == 0 and hit.text in ("invoice", "inv") and digits >= 4


def _of_party(layout: Layout, sheet: Sheet, hit: Hit) -> bool:
    """`Number:` right under the label of a party is the number of that party."""
    for row in sheet.rows[max(0, hit.segment.row - 2) : hit.segment.row]:
        for segment in row.segments:
            label = next((h for h in layout.hits_of(segment) if h.start == 0 and h.section("party")), None)
            if label and abs(segment.x0 - hit.segment.x0) < sheet.line and label.end >= len(segment.tokens) - 1:
                return True
    return False


def _titled(sheet: Sheet, hit: Hit) -> bool:
    """A bare `No.` or `#` directly under or beside the title is the document's own number."""
    for row in sheet.rows[max(0, hit.segment.row - 2) : hit.segment.row + 1]:
        for segment in row.segments:
            near = segment.x0 - 40 < hit.segment.x1 and segment.x1 + 40 > hit.segment.x0
            if segment is not hit.segment and near and _INVOICE_TITLE.match(fold(segment.text).strip(" :")):
                return True
    return False


def identifier(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """The tokens of an identifier at the start of a place; empty when there is none."""
    words = [t for t in tokens if any(c.isalnum() for c in t.text)]
    if not words:
        return ()
    first = words[0].text.strip(":;,()")
    if _good_id(first) and not _opens_street(words):
        if (
            find_dates(" ".join(t.text for t in words[:3]))
            and find_dates(" ".join(t.text for t in words[:3]))[0].start == 0
        ):
            return ()
        if re.fullmatch(r"\d{3,4}", first) and len(words) > 1 and re.fullmatch(r"\d{3,7}", words[1].text):
            run = list(_while_digits(words))
            return tuple(run) if len(run) > 1 else (words[0],)
        return (words[0],)
    second = words[1].text.strip(":;,()") if len(words) > 1 else ""
    if _STATE_ZIP.match(f"{first} {second}"):
        return ()
    if (
        _PREFIX.match(first)
        and first.lower() not in _TITLE
        and _good_id(second)
        and not find_dates(f"{first} {second}")
    ):
        return (words[0], words[1])
    return ()


def _opens_street(words: Sequence[Token]) -> bool:
    """`600 Foundry Street`: the number of a house, not of a document."""
    following = [w.text.strip(".,") for w in words[1:4]]
    house = re.fullmatch(r"\d{1,5}[A-Za-z]?", words[0].text) and len(following) > 1
    return bool(house) and following[0][:1].isalpha() and bool(STREET.search(" ".join(w.text for w in words)))


def _while_digits(words: Sequence[Token]) -> Iterator[Token]:
    for word in words:
        if not word.text.isdigit():
            return
        yield word


def _good_id(text: str) -> bool:
    if re.match(r"box\s?\d", text, re.I) or not _ID.match(text) or sum(c.isdigit() for c in text) < 1 or len(text) > 40:
        return False
    return not (_MONEYISH.search(text) or _PHONE.match(text) or find_dates(text))


def join_id(tokens: Sequence[Token]) -> str:
    text = " ".join(t.text.strip(":;,()") for t in tokens)
    text = re.sub(r"^(?:No|Nr|N°|Nº)[.:]\s*(?=[A-Z0-9])", "", text, flags=re.I)
    return text.rstrip(".").lstrip("#").strip()


def _id_quality(value: str, strength: float, field: str) -> float:
    digits = sum(c.isdigit() for c in value)
    quality = 1.0 if len(value) >= 4 and digits >= 3 else 0.85 if digits >= 2 or len(value) >= 4 else 0.6
    if strength < 0.9 and digits < 3:
        quality *= 0.5
    if field == "account_no" and digits < 3:
        quality *= 0.5
    return quality


# ------------------------------------------------------------------ dates

_DATE_FIELDS = ("invoice_date", "due_date", "other_date", "period_end")


def date_order(layout: Layout, terms: Iterable[Terms], american: bool, european: bool) -> Order:
    """Which of day and month comes first in this document."""
    found = [d for _, row in layout.rows for s in row.segments for d in find_dates(s.text)]
    return settle_order(found, [t.net_days for t in terms if t.net_days], american, european)


def date_candidates(layout: Layout, order: Order) -> list[Candidate]:
    """Invoice and due dates by label, then dates without any label as weak candidates for the invoice date."""
    out: list[Candidate] = []
    used: set[tuple[int, float, float]] = set()
    for sheet, hit in header_hits(layout):
        roles = [r for r in hit.roles if r.section == "header" and r.name in _DATE_FIELDS]
        if not roles:
            continue
        for spot in spots(layout, hit, below_rows=2):
            placed = _first_date(spot)
            if not placed:
                continue
            tokens, found, early = placed
            used.add((sheet.number, tokens[0].x0, tokens[0].y0))
            for role in roles:
                base = role.strength * hit.score * spot.score * _place(sheet, hit, layout) * (1.0 if early else 0.75)
                out += _date(role.name, base, tokens, found, sheet, order, f"{spot.how} of '{hit.text}'", hit.text)
            break
    out += _due_in_words(layout, order)
    loose = list(_loose_dates(layout, order, used))
    if len({c.value for c in [*out, *loose]}) == 1:
        # The only date of the document can hardly be anything else.
        loose = [replace(c, score=min(0.75, c.score + 0.3), why="the only date of the document") for c in loose]
    elif any(c.field == "invoice_date" for c in out):
        loose = [replace(c, score=c.score * 0.6) for c in loose]
    return out + loose


_DUE_WORDS = re.compile(
    r"(?:net(?:to)?|zahlbar|tagen?|payable|due|payment|payments?|pay|zahlung|overdue|paid|regler|payer|paiement|betalen)\b[^.]{0,28}?"
    r"\b(?:bis(?: zum)?|by|until|before|no later than|le|am|on|voor|avant le|uiterlijk)\s*:?\s*$"
)
_DEBIT_WORDS = re.compile(r"lastschrift|eingezogen|abgebucht|debited|direct debit|preleve|prelevement|incasso")
_CASH_WORDS = re.compile(r"skonto|discount|escompte|korting|%")


def _due_in_words(layout: Layout, order: Order) -> Iterator[Candidate]:
    """A due date inside a sentence: `zahlbar innerhalb 30 Tagen bis zum 04.04.2013`; a discount date is none."""
    for sheet, row in layout.rows:
        for segment in row.segments:
            if len(segment.tokens) < 4:
                continue
            text = segment.text
            start = 0
            for found in find_dates(text):
                before = fold(text)[start : found.start]
                start = found.end
                debit = _DEBIT_WORDS.search(fold(text)) and re.search(r"\b(?:am|on|le|op)\s*$", before)
                if (_DUE_WORDS.search(before) and not _CASH_WORDS.search(before[-30:])) or debit:
                    tokens = tokens_at(segment.tokens, found.start, found.end)
                    yield from _date("due_date", 0.85, tokens, found, sheet, order, "a due date in words", "words")


def tokens_at(tokens: Sequence[Token], start: int, end: int) -> tuple[Token, ...]:
    """The tokens that cover some characters of their joined text."""
    at, chosen = 0, []
    for token in tokens:
        if at < end and at + len(token.text) > start:
            chosen.append(token)
        at += len(token.text) + 1
    return tuple(chosen)


def is_fax_line(sheet: Sheet, segment: Segment) -> bool:
    """The line that a fax machine or a scanner prints along the very edge of a page."""
    edge = segment.y1 < 0.035 * sheet.height or segment.y0 > 0.975 * sheet.height
    return edge and bool(re.search(r"\d{1,2}:\d{2}|\bfax\b|\bp\.?\s?\d{1,2}", segment.text, re.I))


def _first_date(spot: Spot) -> tuple[tuple[Token, ...], DateFound, bool] | None:
    dates = find_dates(spot.text)
    if not dates:
        return None
    found = dates[0]
    return tokens_at(spot.tokens, found.start, found.end), found, found.start < 8


def _date(
    field: str, base: float, tokens: Sequence[Token], found: DateFound, sheet: Sheet, order: Order, why: str, label: str
) -> list[Candidate]:
    """The date; an ambiguous one gives both readings, weighed by how sure the document's habit is."""
    if found.certain:
        return [candidate(field, found.certain.isoformat(), base, tokens, sheet, why, label)]
    first, second = found.read(order.day_first), found.read(not order.day_first)
    reason = f"{why}; day and month could be exchanged: {order.why}"
    return [
        candidate(field, first.isoformat(), base * order.confidence, tokens, sheet, reason, label),
        candidate(field, second.isoformat(), base * (1 - order.confidence), tokens, sheet, reason, label),
    ]


def _loose_dates(layout: Layout, order: Order, used: set[tuple[int, float, float]]) -> Iterator[Candidate]:
    """Dates that no label claims. The upper part of the first page counts most."""
    for sheet, row in layout.rows:
        if (sheet.number, row.number) in layout.table:
            continue
        for segment in row.segments:
            placed = _first_date(Spot(segment.tokens, "inline", 1.0))
            if not placed or (sheet.number, placed[0][0].x0, placed[0][0].y0) in used:
                continue
            tokens, found, _ = placed
            if is_fax_line(sheet, segment):
                continue
            alone = len(tokens) >= len(segment.tokens) - 2
            high = segment.y0 / sheet.height < 0.45 and sheet.number == layout.sheets[0].number
            base = 0.3 + 0.15 * alone + 0.1 * high
            why = "a date without a label in the upper part of the page" if high else "a date without a label"
            yield from _date("invoice_date", base, tokens, found, sheet, order, why, "")


# ------------------------------------------------------------------ terms, tax ids


def terms_found(layout: Layout) -> list[tuple[Sheet, tuple[Token, ...], Terms]]:
    """Every statement of payment terms with its place."""
    out = []
    for sheet, row in layout.rows:
        for segment in row.segments:
            if terms := parse_terms(segment.text):
                out.append((sheet, segment.tokens, terms))
    return out


def terms_candidates(found: Sequence[tuple[Sheet, tuple[Token, ...], Terms]]) -> list[Candidate]:
    out = []
    for sheet, tokens, terms in found:
        out.append(
            candidate("terms", terms.text, 0.85 if len(tokens) < 9 else 0.7, tokens, sheet, "payment terms in words")
        )
    return out


def tax_candidates(layout: Layout, buyer_boxes: Sequence[tuple[int, float, float, float, float]]) -> list[Candidate]:
    """The supplier's tax ids: by label and by format; those within the buyer's block count little."""
    out: list[Candidate] = []
    for sheet, hit in header_hits(layout):
        role = hit.role("header", "supplier_tax_id")
        if not role:
            continue
        for spot in spots(layout, hit, below_rows=1):
            found = _tax_id(spot.tokens)
            if not found:
                continue
            value, tokens, shape = found
            score = role.strength * spot.score * shape
            if any(
                p == sheet.number and x0 <= tokens[0].x0 <= x1 and y0 <= tokens[0].y0 <= y1
                for p, x0, y0, x1, y1 in buyer_boxes
            ):
                score *= 0.25
            out.append(
                candidate("supplier_tax_id", value, score, tokens, sheet, f"{spot.how} of '{hit.text}'", hit.text)
            )
            break
    return out


def _tax_id(tokens: Sequence[Token]) -> tuple[str, tuple[Token, ...], float] | None:
    """The longest leading run that has the shape of a tax id."""
    for count in range(min(6, len(tokens)), 0, -1):
        text = " ".join(t.text.strip(",;:()") for t in tokens[:count])
        shape = tax_id_kind(text)
        if shape:
            return text.strip(" ."), tuple(tokens[:count]), shape
    return None
