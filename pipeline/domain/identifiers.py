"""Comparing numbers that people and machines print differently (spec B.1, B.2, C.4)."""

import re
from functools import lru_cache

_NOT_ALNUM = re.compile(r"[^A-Z0-9]")
_NUMBER_PREFIX = re.compile(r"^(?:INVOICE|INV|NUMBER|NUM|NO|NR)+(?=\d)")
_CONFUSABLE = str.maketrans("OQILZSBG", "00112586")
# Below this length one more or one less character says too little.
_MIN_INDEL_LENGTH = 5
_GTIN_LENGTHS = (8, 12, 13, 14)


@lru_cache(maxsize=65536)
def squash(raw: str) -> str:
    """Upper case, letters A-Z and digits only."""
    return _NOT_ALNUM.sub("", raw.upper())


@lru_cache(maxsize=65536)
def normalise_invoice_number(raw: str) -> str:
    """Comparable form of an invoice number: no punctuation, no word for "invoice number", no leading zeros (C.4)."""
    return _NUMBER_PREFIX.sub("", squash(raw)).lstrip("0")


@lru_cache(maxsize=65536)
def skeleton(raw: str) -> str:
    """Normalised text with look-alike characters mapped together (B.1): O,Q to 0; I,L to 1; Z 2; S 5; B 8; G 6."""
    return squash(raw).translate(_CONFUSABLE)


def norm_po(raw: str) -> str:
    """Comparable form of an order number: upper case, A-Z and 0-9 only (B.1)."""
    return squash(raw)


@lru_cache(maxsize=65536)
def norm_item(raw: str) -> str:
    """Comparable form of an item identifier: upper case, alphanumeric, no leading zeros (B.2)."""
    return squash(raw).lstrip("0")


@lru_cache(maxsize=65536)
def norm_gtin(raw: str) -> str | None:
    """A GTIN at 14 digits, or None when its length or check digit is wrong (A.2, B.2)."""
    digits = squash(raw)
    return digits.zfill(14) if gtin_is_valid(digits) else None


def gtin_is_valid(raw: str) -> bool:
    """Whether a GTIN-8, -12, -13 or -14 has the right check digit (modulo 10, weights 3 and 1)."""
    digits = squash(raw)
    if not digits.isdigit() or len(digits) not in _GTIN_LENGTHS:
        return False
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits[:-1])))
    return (10 - total % 10) % 10 == int(digits[-1])


def same_skeleton(a: str, b: str) -> bool:
    """Whether two invoice numbers differ at most in characters that look alike."""
    return skeleton(normalise_invoice_number(a)) == skeleton(normalise_invoice_number(b))


def near_by_slip(a: str, b: str) -> bool:
    """One adjacent transposition, or one character more or less with the shorter at least 5 long (C.4).

    A substituted digit is not near: 20260210 and 20260310 are two monthly bills.
    """
    left, right = normalise_invoice_number(a), normalise_invoice_number(b)
    if len(left) == len(right):
        return _transposed(left, right)
    short, long = sorted((left, right), key=len)
    return len(short) >= _MIN_INDEL_LENGTH and len(long) - len(short) == 1 and _one_more(short, long)


def near_invoice_number(a: str, b: str) -> bool:
    """Whether two invoice numbers may be one number read or typed twice (C.4, without the window of dates)."""
    return same_skeleton(a, b) or near_by_slip(a, b)


def _transposed(a: str, b: str) -> bool:
    places = [place for place, (x, y) in enumerate(zip(a, b, strict=True)) if x != y]
    if len(places) != 2 or places[1] != places[0] + 1:
        return False
    first, second = places
    return a[first] == b[second] and a[second] == b[first]


def _one_more(short: str, long: str) -> bool:
    place = next((place for place, char in enumerate(short) if char != long[place]), len(short))
    return short[place:] == long[place + 1 :]
