"""Amounts from noisy text: a value, or our own typed error, never anything else (spec 0.2, A).

Amounts are strict: what is not wholly a number with an optional sign and currency is no amount. Where the text alone
cannot tell (`1.234`), the likelier value comes first and the other one stays in `alternatives`.
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal


class NotParsable(ValueError):
    """The text does not hold the kind of value that was asked for."""


class NotAnAmount(NotParsable):
    """Not wholly one number."""


class NotAQuantity(NotParsable):
    """Not wholly one quantity with an optional unit."""


SYMBOLS = {"$": "USD", "€": "EUR", "£": "GBP", "₹": "INR", "¥": "JPY", "₩": "KRW", "zł": "PLN"}
WORDS = {
    "rs": "INR",
    "rs.": "INR",
    "us$": "USD",
    "a$": "AUD",
    "c$": "CAD",
    "ca$": "CAD",
    "s$": "SGD",
    "hk$": "HKD",
    "euro": "EUR",
    "euros": "EUR",
    "rm": "MYR",
    "chf": "CHF",
    "kr": "SEK",
    "fr.": "CHF",
    "dollars": "USD",
    "us": "USD",
}
CODES = frozenset(
    [
        "USD",
        "EUR",
        "GBP",
        "CHF",
        "INR",
        "MYR",
        "CAD",
        "AUD",
        "NZD",
        "SGD",
        "HKD",
        "JPY",
        "CNY",
        "SEK",
        "NOK",
        "DKK",
        "PLN",
        "CZK",
        "HUF",
        "RON",
        "BGN",
        "ZAR",
        "BRL",
        "MXN",
        "AED",
        "SAR",
        "KRW",
        "KWD",
        "BHD",
        "JOD",
        "ILS",
        "TRY",
        "THB",
        "IDR",
        "PHP",
        "VND",
    ]
)
_DASHES = str.maketrans({"−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "’": "'", "\u00a0": " ", "\u202f": " "})
_EDGE = re.compile(
    r"^(?P<pre>(?:us\$|ca?\$|a\$|s\$|hk\$|[$€£₹¥₩]"
    r"|[a-z]{2,7}\.?)?)\s*(?P<num>[-+(]*\s*[$€£₹]?\s*[-+]?[\d.,' ]*\d[\d.,' ]*"
    r"(?:[,.]-{1,2})?\s*[-)]*)\s*(?P<post>(?:(?!(?:cr|dr|db)-?$)(?:us\$|[$€£₹¥]|zł|[a-z]{2,7}\.?))?)\s*(?P<cr>cr|dr|db)?\s*(?P<tail>-?)$",
    re.I,
)
_PLAIN = re.compile(r"^\d+$")
_ONE_MARK = re.compile(r"^(\d*)([.,])(\d+)$")
_GROUPED = re.compile(r"^\d{1,3}(?P<sep>[ ,.'])\d{3}(?:(?P=sep)\d{3})*(?:(?P<mark>[.,])(?P<tail>\d+))?$")
_INDIAN = re.compile(r"^\d{1,2}(?:,\d{2})+,\d{3}(?:\.(\d+))?$")


@dataclass(frozen=True, slots=True)
class Amount:
    """A number as printed. `decimals` counts printed places; `alternatives` are other readings of the same text."""

    value: Decimal
    currency: str | None = None
    decimals: int = 0
    alternatives: tuple[Decimal, ...] = ()


def currency_of(text: str) -> str | None:
    """The ISO 4217 code that a symbol, code or word stands for, None when it is none. `$` alone is USD, weakly."""
    word = text.strip().lower()
    if not word:
        return None
    if word.upper() in CODES:
        return word.upper()
    return SYMBOLS.get(word) or WORDS.get(word)


def parse_amount(text: str, decimal_mark: str | None = None) -> Amount:
    """One amount. `decimal_mark` ("." or ",") is the document's habit and settles `1.234`. Raises NotAnAmount."""
    clean = unicodedata.normalize("NFKC", text).translate(_DASHES).strip().strip("*").strip()
    clean = re.sub(r"(?<=\d)\s+(?=[.,]\d)", "", clean)
    if len(clean) > 40 or not clean.isprintable() or not any(c.isdigit() for c in clean):
        raise NotAnAmount(text[:60])
    match = _EDGE.match(clean)
    if not match:
        raise NotAnAmount(text[:60])
    number, negative = _sign(match)
    inside = re.search(r"[$€£₹]", number)
    marks = [m for m in (match["pre"], match["post"], inside[0] if inside else "") if m]
    found = [currency_of(m) for m in marks]
    if None in found:
        raise NotAnAmount(text[:60])
    value, decimals, others = _digits(re.sub(r"[$€£₹()+]", "", number).strip(), decimal_mark)
    factor = -1 if negative else 1
    return Amount(value * factor, found[0] if found else None, decimals, tuple(o * factor for o in others))


def _sign(match: re.Match[str]) -> tuple[str, bool]:
    """The bare number text and whether it is negative. Raises NotAnAmount for contradictory signs."""
    number = re.sub(r"[,.]-{1,2}$", "", match["num"].strip())
    opened, closed = number.startswith("("), number.endswith(")")
    if opened != closed or number.count("-") > 1 or number.count("(") > 1 or number.count(")") > 1:
        raise NotAnAmount(match.string[:60])
    minus = "-" in number or bool(match["tail"]) or (match["cr"] or "").lower() == "cr"
    return number.replace("-", "").replace("(", "").replace(")", "").strip(), minus or opened


def _digits(text: str, mark: str | None) -> tuple[Decimal, int, tuple[Decimal, ...]]:
    if _PLAIN.match(text):
        return Decimal(text), 0, ()
    if single := _ONE_MARK.match(text):
        return _one_mark(single, mark)
    if grouped := _GROUPED.match(text):
        if grouped["mark"] and grouped["mark"] == grouped["sep"]:
            raise NotAnAmount(text)
        tail = grouped["tail"] or ""
        whole = re.sub(r"\D", "", text[: len(text) - len(tail) - (1 if tail else 0)])
        return Decimal(f"{whole}.{tail}" if tail else whole), len(tail), ()
    if _INDIAN.match(text):
        whole, _, tail = text.replace(",", "").partition(".")
        return Decimal(f"{whole}.{tail}" if tail else whole), len(tail), ()
    raise NotAnAmount(text)


def _one_mark(match: re.Match[str], mark: str | None) -> tuple[Decimal, int, tuple[Decimal, ...]]:
    """A single point or comma: a decimal mark, unless exactly three digits follow and the document says otherwise."""
    head, sign, tail = match.groups()
    decimal = Decimal(f"{head or '0'}.{tail}")
    if len(tail) != 3 or not head or len(head) > 3 or head.startswith("0"):
        return decimal, len(tail), ()
    grouped = Decimal(head + tail)
    if mark is not None:
        return (decimal, 3, (grouped,)) if mark == sign else (grouped, 0, (decimal,))
    return (grouped, 0, (decimal,)) if sign == "," else (decimal, 3, (grouped,))


_QTY = re.compile(r"^(?P<n>[-+]?[\d.,' ]*\d-?)\s*(?P<u>[^\W\d_][\w²³./]{0,11})?\.?$")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A count and its unit as printed (normalised code where known)."""

    value: Decimal
    unit: str | None = None


def parse_quantity(text: str, decimal_mark: str | None = None) -> Quantity:
    """`3`, `3 EA`, `1,5 kg`, `20 Stk.`. Raises NotAQuantity."""
    match = _QTY.match(unicodedata.normalize("NFKC", text).translate(_DASHES).strip())
    if not match:
        raise NotAQuantity(text[:60])
    try:
        number = parse_amount(match["n"], decimal_mark)
    except NotAnAmount as error:
        raise NotAQuantity(text[:60]) from error
    unit = match["u"]
    if unit and (currency_of(unit) or parse_unit(unit) is None):
        raise NotAQuantity(text[:60])
    return Quantity(number.value, parse_unit(unit) if unit else None)


UNITS = {
    "EA": "ea each unit units unite unites st stk stck stueck stuck pce pces pcs pc piece pieces h87 c62 un u nos no "
    "eac stuk stuks item items",
    "BX": "bx box boxes boite boites bte karton doos schachtel",
    "CS": "cs case cases cse ca carton cartons ctn ct kt kiste",
    "PK": "pk pkg pack packs pkt packung pak pac pck paq paquet pqt packet",
    "BG": "bg bag bags sac beutel zak",
    "RL": "rl roll rolls rouleau rolle rol ro",
    "PR": "pr pair pairs paire paar",
    "DZ": "dz doz dozen dzn dtz",
    "BT": "bt btl bottle bottles bouteille flasche fl bot",
    "VL": "vl vial vials via",
    "KT": "kit kits set sets satz jeu se",
    "TB": "tb tube tubes",
    "CN": "can cans cn",
    "GL": "gal gallon gallons gl gll",
    "LB": "lb lbs pound pounds lbr",
    "KG": "kg kgs kgm kilo",
    "GR": "g gr gram gramm grm",
    "LT": "l lt ltr litre liter litres",
    "ML": "ml mlt",
    "M": "m mtr meter metre metres mt",
    "M2": "m2 mtk m²",
    "FT": "ft feet foot",
    "YD": "yd yard yards",
    "HR": "hr hrs hour hours h hur heure heures std stunde stunden uur",
    "DAY": "day days tag tage jour jours j dag",
    "MON": "mo month months mon monat mois maand",
    "YR": "yr year years jahr an",
    "TR": "tr tray trays",
    "SL": "sl sleeve sleeves",
    "JR": "jar jars jr",
    "PL": "pallet pallets pf palette plt",
    "CY": "cyl cylinder cylinders",
    "SV": "sv svc service visit visits",
    "LOT": "lot lots ls forfait pauschal",
    "KM": "km kms kmt",
    "PACK": "sheet sheets blatt",
}
_UNIT = {word: code for code, words in UNITS.items() for word in words.split()}


def parse_unit(text: str) -> str | None:
    """The unit code as printed in capitals when it is a known unit, else None (`Stk.` gives `STK`)."""
    word = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower().strip(" .()")
    word = word.split("/")[0]
    if word not in _UNIT:
        return None
    return word.upper()


def unit_code(text: str) -> str | None:
    """The common code of a printed unit (`STK` and `PCS` are `EA`), None when unknown."""
    return _UNIT.get(text.lower().strip(" ."))


_PACK = re.compile(
    r"\b(?:bx|cs|pk|ca|bg|ct|box|case|pack|pkg)\s*/\s*(\d{1,5})\b|\b(\d{1,5})\s*/\s*(?:bx|cs|pk|ca|bg|ct)\b", re.I
)


def parse_pack(text: str) -> Decimal | None:
    """Stated pieces per unit (`BX/50`, `50/BX`), None when the text states none."""
    match = _PACK.search(text)
    return Decimal(match[1] or match[2]) if match else None


def decimal_mark_of(texts: list[str]) -> str | None:
    """The document's decimal mark by vote of the amounts whose mark is certain, None without any."""
    point = comma = 0
    for text in texts:
        if re.search(r"\d\.\d{2}(?!\d|\.\d)", text) and not re.search(r",\d{2}(?!\d)", text):
            point += 1
        elif re.search(r"\d,\d{2}(?!\d|,\d)", text):
            comma += 1
    return None if point == comma else ("." if point > comma else ",")
