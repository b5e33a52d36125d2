"""Does the page say what the XML says? A hybrid invoice whose two halves differ must be held (spec C.1).

People look at the page, machines pay by the XML. Each difference is a finding DOC_MALFORMED_EINVOICE, which holds.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from rapidfuzz import fuzz

from pipeline.domain.document import Page
from pipeline.domain.reading import Reading
from pipeline.extract.einvoice_draft import MALFORMED

AMOUNT = re.compile(r"\d{1,3}(?:[ .,'’  ]\d{3})+(?:[.,]\d{1,4})?|\d+(?:[.,]\d{1,4})?")
SUPPLIER_LIKENESS = 80
# Months by their first letters in English, German, French, Dutch, Spanish and Italian.
MONTHS = (
    "jan gen ene", "feb fev feb", "mar mae mrz maa", "apr avr abr", "may mai mei mag", "jun juin giu",
    "jul juil lug", "aug aou ago", "sep set", "oct okt ott", "nov", "dec dez dic",
)  # fmt: skip


def cross_check(reading: Reading, pages: Sequence[Page]) -> tuple[tuple[str, str], ...]:
    """Findings for every key value of the XML that the pages do not show. Pages without words cannot be compared."""
    lines = [_line_text(page) for page in pages if page.words]
    if not lines:
        return ()
    page_text = "\n".join(lines)
    missing = []
    number = reading.text("invoice_number")
    if number and _compact(number) not in _compact(page_text):
        missing.append(f"number {number}")
    total = reading.amount("total")
    if total is not None and not _amount_shown(total, page_text):
        missing.append(f"total {total}")
    day = reading.day("invoice_date")
    if day and not _day_shown(day, page_text):
        missing.append(f"date {day.isoformat()}")
    if not _supplier_shown(reading, page_text):
        missing.append(f"supplier {reading.text('supplier_name')}")
    return tuple((MALFORMED, f"The XML says {what}, but the page does not show it.") for what in missing)


def _line_text(page: Page) -> str:
    """The page's words; a new line where the next word starts further left and lower."""
    parts: list[str] = []
    for before, word in zip((None, *page.words), page.words, strict=False):
        if before is not None:
            parts.append("\n" if word.box.y0 > before.box.middle[1] else " ")
        parts.append(word.text)
    return "".join(parts)


def _fold(value: str) -> str:
    return unicodedata.normalize("NFKD", value).encode("ascii", "ignore").decode().lower()


def _compact(value: str) -> str:
    return re.sub(r"[^0-9a-z]", "", _fold(value))


def _amount_shown(amount: Decimal, page_text: str) -> bool:
    wanted = abs(amount)
    squeezed = re.sub(r"(?<=\d) (?=[.,]\d)|(?<=\d[.,]) (?=\d)", "", page_text)
    for source in (page_text, squeezed):
        for found in AMOUNT.finditer(source):
            if wanted in _values(found.group()):
                return True
    return False


def _values(text: str) -> Iterable[Decimal]:
    """What a printed amount can mean: the last point or comma as decimal sign, or none of them."""
    digits = re.sub(r"[^\d.,]", "", text)
    cut = max(digits.rfind("."), digits.rfind(","))
    yield Decimal(re.sub(r"[.,]", "", digits) or "0")
    if cut >= 0:
        whole, rest = re.sub(r"[.,]", "", digits[:cut]), digits[cut + 1 :]
        if whole and rest:
            yield Decimal(f"{whole}.{rest}")


def _day_shown(day: date, page_text: str) -> bool:
    folded = _fold(page_text)
    y, m, d = rf"(?:{day.year}|{day.year % 100:02d})", f"0?{day.month}", f"0?{day.day}"
    sep = r"\s?[-./ ]\s?"
    names = "|".join(MONTHS[day.month - 1].split())
    word = rf"(?:{names})[a-z]*\.?"
    patterns = (
        rf"{d}{sep}{m}{sep}{y}", rf"{m}{sep}{d}{sep}{y}", rf"{day.year}{sep}{m}{sep}{d}", day.strftime("%Y%m%d"),
        rf"{d}(?:st|nd|rd|th|\.)?[-\s/]*{word}[-\s,/]*{y}", rf"{word}[-\s]*{d}(?:st|nd|rd|th)?[-,\s]*{y}",
    )  # fmt: skip
    return any(re.search(rf"(?<!\d){pattern}(?!\d)", folded) for pattern in patterns)


def _supplier_shown(reading: Reading, page_text: str) -> bool:
    """Name, trade name, tax number, bank account or mail domain: one of them ties the page to the supplier."""
    names = [name for key in ("supplier_name", "supplier_trade_name") if (name := reading.text(key))]
    if not names:
        return True
    folded, compact = _fold(page_text), _compact(page_text)
    for key in ("supplier_tax_id", "bank_account"):
        value = _compact(reading.text(key) or "")
        if len(value) >= 7 and value in compact:
            return True
    return any(_compact(n) in compact or fuzz.partial_ratio(_fold(n), folded) >= SUPPLIER_LIKENESS for n in names)
