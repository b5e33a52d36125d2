"""Compares a printed value with the truth of a bench file: for evaluation only, so lenient in formats."""

import re
import unicodedata
from datetime import date
from decimal import Decimal, InvalidOperation
from difflib import SequenceMatcher

AMOUNTS = frozenset(("subtotal", "tax_total", "total", "amount_due", "quantity", "unit_price", "line_total"))
DATES = frozenset(("invoice_date", "due_date"))
NAMES = frozenset(("supplier_name", "buyer_name", "description"))
_MONTHS = (
    "jan",
    "feb fev fév",
    "mar mär maa mrt",
    "apr avr",
    "may mai mei",
    "jun juin",
    "jul juil",
    "aug aou aoû",
    "sep",
    "oct okt",
    "nov",
    "dec dez déc",
)


def plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    return folded.encode("ascii", "ignore").decode().lower()


def number(text: str) -> Decimal | None:
    """The amount in a printed text, whichever of point and comma is the decimal mark."""
    negative = bool(re.search(r"^\(.*\)$|^[^\d]*-|-\s*[^\d]*$|CR$", text.strip()))
    digits = re.sub(r"[^\d.,]", "", text).strip(".,")
    last = max(digits.rfind("."), digits.rfind(","))
    if last >= 0 and (
        digits.count(digits[last]) > 1 or (len(digits) - last == 4 and digits[last] == "," and "." not in digits)
    ):
        digits = re.sub(r"[.,]", "", digits)
    elif last >= 0:
        digits = re.sub(r"[.,]", "", digits[:last]) + "." + digits[last + 1 :]
    try:
        return -Decimal(digits) if negative else Decimal(digits)
    except InvalidOperation:
        return None


def days(text: str) -> set[date]:
    """Every date the text can mean (both orders of day and month)."""
    low = plain(text)
    found: set[date] = set()
    numbers = [int(n) for n in re.findall(r"\d+", low)]
    named = [
        n for n, names in enumerate(_MONTHS, 1) if any(re.search(rf"\b\d*\s*-?{plain(m)}", low) for m in names.split())
    ]
    triples = [tuple(numbers[:3])] if len(numbers) >= 3 else []
    orders = [(y, m, d) for a, b, c in triples for y, m, d in ((a, b, c), (c, a, b), (c, b, a), (a, c, b))]
    if named and len(numbers) >= 2:
        orders = [(y, named[0], d) for y, d in ((numbers[1], numbers[0]), (numbers[0], numbers[1]))]
    for y, m, d in orders:
        try:
            found.add(date(y + 2000 if y < 100 else y, m, d))
        except (ValueError, OverflowError):  # a long number is no year
            continue
    return found


def same(field: str, printed: str, truth: str, unsigned: bool = False) -> bool:
    """Whether the printed text holds the true value."""
    if field in AMOUNTS:
        a, b = number(printed), number(truth)
        if a is None or b is None:
            return False
        return abs(abs(a) - abs(b)) < Decimal("0.006") if unsigned else abs(a - b) < Decimal("0.006")
    if field in DATES:
        return date.fromisoformat(truth) in days(printed)
    if field in NAMES:
        return same_name(printed, truth)
    if field == "currency":
        symbols = {"EUR": "€", "USD": "$", "GBP": "£", "INR": "₹"}
        return truth in printed.upper() or symbols.get(truth, "?") in printed
    a_id, b_id = re.sub(r"[^0-9a-z]", "", plain(printed)), re.sub(r"[^0-9a-z]", "", plain(truth))
    return a_id == b_id or (
        field == "supplier_tax_id" and re.sub(r"^[a-z]{2}", "", a_id) == re.sub(r"^[a-z]{2}", "", b_id)
    )


def same_name(a: str, b: str) -> bool:
    """Most words in common, or nearly the same letters."""
    one, two = set(re.findall(r"[0-9a-z]+", plain(a))), set(re.findall(r"[0-9a-z]+", plain(b)))
    if not one or not two:
        return False
    if len(one & two) / min(len(one), len(two)) >= 0.8 and len(one & two) / len(one | two) >= 0.5:
        return True
    return SequenceMatcher(None, "".join(sorted(one)), "".join(sorted(two))).ratio() >= 0.85 and bool(one & two)
