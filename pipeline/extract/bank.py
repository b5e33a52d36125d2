"""The supplier's bank: routing and account numbers, told apart from our customer number (spec A.1, C.2 SUP_BANK_CHANGE)."""

import re

from pipeline.extract.candidates import Candidate, Layout, candidate, header_hits, spots
from pipeline.extract.dates import fold
from pipeline.extract.geometry import Sheet, Token
from pipeline.extract.labels import Hit
from pipeline.extract.taxids import looks_like_iban

_ACCOUNT = re.compile(r"^(?:(?:your|our)?(?:account|acct|ac)(?:no|id)?|konto(?:no)?)$")
_BANK = re.compile(
    r"\b(?:routing|aba|ach|wire|iban|swift|bic|sort code|bank|eft|rtn|transit|electronic(?:ally)? (?:payment|pay|fund)s?"
    r"|bankverbindung|blz|virement)\b"
)
_OURS = re.compile(r"\b(?:customer|cust|your|client|bill to|sold to|kunden\w*)\b")


def is_bank_account(layout: Layout, sheet: Sheet, hit: Hit) -> bool:
    """An `Account` that stands among words of a bank: in its own row, or in a row next to it in the same block."""
    if not _ACCOUNT.match(hit.text):
        return False
    row = sheet.rows[hit.segment.row]
    own = fold(" ".join(s.text for s in row.segments if abs(s.x0 - hit.segment.x0) < 0.45 * sheet.width))
    if _OURS.search(own):
        return False
    if _BANK.search(own):
        return True
    for number in (hit.segment.row - 2, hit.segment.row - 1, hit.segment.row + 1, hit.segment.row + 2):
        if not 0 <= number < len(sheet.rows):
            continue
        near = sheet.rows[number]
        gap = max(near.y0 - row.y1, row.y0 - near.y1)
        if gap > 2.4 * sheet.line:
            continue
        for segment in near.segments:
            shared = min(segment.x1, hit.segment.x1) - max(segment.x0, hit.segment.x0)
            if (shared > 0 or abs(segment.x0 - hit.segment.x0) < sheet.line) and _BANK.search(fold(segment.text)):
                return True
    return False


def bank_candidates(layout: Layout) -> list[Candidate]:
    """Routing and account numbers by label; an IBAN by its own check digits."""
    out: list[Candidate] = []
    for sheet, hit in header_hits(layout):
        for name in ("bank_routing", "bank_account"):
            role = hit.role("header", name)
            strength = role.strength if role else 0.0
            if name == "bank_account" and not role and hit.role("header", "account_no"):
                strength = 0.9 if is_bank_account(layout, sheet, hit) else 0.0
            if strength:
                out += _number(layout, sheet, hit, name, strength)
    for sheet, row in layout.rows:
        for segment in row.segments:
            if iban := looks_like_iban(segment.text):
                why = "an IBAN whose check digits fit"
                out.append(candidate("bank_account", iban, 0.97, segment.tokens, sheet, why))
    return out


def _number(layout: Layout, sheet: Sheet, hit: Hit, name: str, strength: float) -> list[Candidate]:
    for spot in spots(layout, hit, below_rows=1):
        run = _run(spot.tokens)
        value = re.sub(r"[^0-9A-Z]", "", "".join(t.text for t in run).upper())
        digits = sum(c.isdigit() for c in value)
        if digits < 5 or (
            name == "bank_routing" and sheet.source != "ocr" and value.isdigit() and not 6 <= digits <= 10
        ):
            continue
        why = f"{spot.how} of '{hit.text}'"
        if name == "bank_routing" and value.isdigit() and digits == 9 and not _aba(value):
            why += "; its check digit does not fit"
        return [candidate(name, value, strength * spot.score * hit.score, run, sheet, why, hit.text)]
    return []


def _aba(number: str) -> bool:
    """The check digit of an American routing number."""
    return sum(int(c) * w for c, w in zip(number, (3, 7, 1) * 3, strict=True)) % 10 == 0


def _run(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """Leading tokens made of digits, letters and hyphens that belong to one account number."""
    kept: list[Token] = []
    for token in tokens:
        text = token.text.strip(",;.:)(")
        if not kept and (
            not any(c.isdigit() for c in text) and (token.text.startswith("(") or text.lower() in ("no", "number"))
        ):
            continue
        if not re.fullmatch(r"[A-Z]{0,4}\d[\dA-Z\-./]*", text):
            break
        kept.append(token)
        if token.text.endswith((",", ";", ".")):
            break
    return tuple(kept)
