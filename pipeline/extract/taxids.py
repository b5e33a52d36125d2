"""Shapes of tax identifiers and of IBANs."""

import re

_SHAPES = (
    r"\d{2}-\d{7}",  # US EIN
    r"DE\d{9}",
    r"ATU\d{8}",
    r"FR[0-9A-Z]{2}\d{9}",
    r"NL\d{9}B\d{2}",
    r"BE[01]?\d{9}",
    r"GB\d{9}(?:\d{3})?",
    r"IE\d[A-Z0-9]\d{5}[A-Z]{1,2}",
    r"LU\d{8}",
    r"CHE\d{9}(?:MWST|TVA|IVA)?",
    r"IT\d{11}",
    r"ES[A-Z0-9]\d{7}[A-Z0-9]",
    r"PT\d{9}",
    r"DK\d{8}",
    r"SE\d{12}",
    r"FI\d{8}",
    r"NO\d{9}(?:MVA)?",
    r"\d{9}MVA",
    r"PL\d{10}",
    r"CZ\d{8,10}",
    r"HU\d{8}",
    r"RO\d{2,10}",
    r"EL\d{9}",
    r"SK\d{10}",
    r"\d{2}[A-Z]{5}\d{4}[A-Z][0-9A-Z]{3}",  # GSTIN
    r"[A-Z]{5}\d{4}[A-Z](?:SD|ST|XM)\d{3}",  # Indian service tax
)
_KNOWN = re.compile("^(?:" + "|".join(_SHAPES) + ")$")
_LOOSE = re.compile(r"^(?:[A-Z]{2})?[0-9A-Z]{7,15}$")


def tax_id_kind(text: str) -> float:
    """How much a text looks like a tax id: 1 for a known national shape, 0.7 for a plausible one, 0 for none."""
    flat = re.sub(r"[\s./]", "", text.upper())
    digits = sum(c.isdigit() for c in flat)
    if digits < 6 or re.fullmatch(r"\d{3}-?\d{3}-?\d{4}", flat):
        return 0.0
    if re.fullmatch(r"\d{2}-\d{7}", flat) or _KNOWN.match(flat.replace("-", "")):
        return 1.0
    return 0.7 if _LOOSE.match(flat.replace("-", "")) and digits >= 7 else 0.0


_IBAN = re.compile(r"\b([A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){2,7}(?:\s?[A-Z0-9]{1,4})?)\b")


def looks_like_iban(text: str) -> str | None:
    """The IBAN in a text, without spaces, when its check digits fit (ISO 13616)."""
    for match in _IBAN.finditer(text):
        parts = match[1].split()
        for count in range(len(parts), 0, -1):
            flat = "".join(parts[:count])
            if 15 <= len(flat) <= 34 and valid_iban(flat):
                return flat
    return None


def valid_iban(flat: str) -> bool:
    turned = flat[4:] + flat[:4]
    return int("".join(str(int(c, 36)) for c in turned)) % 97 == 1
