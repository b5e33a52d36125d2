"""What a person types, made plain: ISO dates, decimals with a point, ISO 4217 (contract: `fields`)."""

import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from pipeline.domain.errors import InvalidInput

MONEY_FIELDS = frozenset(
    {"subtotal", "tax_total", "total", "amount_due", "prepaid", "rounding", "freight", "fuel_surcharge", "handling",
     "discount", "tax_rate"}
)  # fmt: skip
DATE_FIELDS = frozenset({"invoice_date", "due_date", "period_end"})
LINE_COLUMNS = ("sku", "description", "quantity", "unit", "unit_price", "line_total")
LINE_NUMBERS = frozenset({"quantity", "unit_price", "line_total"})
LINE_FIELD = re.compile(r"lines\[(\d{1,4})\](?:\.([a-z_]+))?")
_DATE_FORMATS = (
    "%Y-%m-%d",
    "%m/%d/%Y",
    "%m/%d/%y",
    "%d.%m.%Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%d %b %Y",
    "%d %B %Y",
    "%d-%b-%Y",
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
LONGEST = 500


def kind_of(name: str) -> str:
    """text | number | date | currency | row, from the field's name."""
    line = LINE_FIELD.fullmatch(name)
    if line:
        column = line.group(2)
        return "row" if column is None else "number" if column in LINE_NUMBERS else "text"
    if name in MONEY_FIELDS:
        return "number"
    if name in DATE_FIELDS:
        return "date"
    return "currency" if name == "currency" else "text"


def normalise(name: str, typed: str | None) -> str | None:
    """The value as stored, None when empty. Raises InvalidInput with a sentence for the person who typed it."""
    text = _CONTROL.sub(" ", typed or "").strip()
    if not text:
        return None
    if len(text) > LONGEST:
        raise InvalidInput(f"{name} is longer than {LONGEST} characters.")
    kind = kind_of(name)
    if kind == "number":
        return plain_number(text)
    if kind == "date":
        return plain_date(text)
    if kind == "currency" and not re.fullmatch(r"[A-Za-z]{3}", text):
        raise InvalidInput(f"{text!r} is no currency code of three letters.")
    return text.upper() if kind == "currency" else text


def plain_number(text: str) -> str:
    """ "1,234.50", "1.234,50", "(12.00)", "$ 5" -> plain decimal. Refuses what could mean two numbers."""
    bare = re.sub(r"[\s$€£\u00a0']", "", text)
    negative = bare.startswith(("-", "(")) or bare.endswith("-")
    bare = bare.strip("()-+")
    if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", bare):
        bare = bare.replace(",", "")
    elif re.fullmatch(r"\d{1,3}(\.\d{3})+,\d+", bare):
        bare = bare.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"\d+,\d{1,2}", bare):
        bare = bare.replace(",", ".")
    if not re.fullmatch(r"\d{1,12}(\.\d{1,10})?|\.\d{1,10}", bare):
        raise InvalidInput(f"{text!r} is no number.")
    try:
        value = Decimal(bare)
    except InvalidOperation as error:  # pragma: no cover - the pattern above admits only numbers
        raise InvalidInput(f"{text!r} is no number.") from error
    return format(-value if negative else value, "f")


def plain_date(text: str) -> str:
    for pattern in _DATE_FORMATS:
        try:
            found = datetime.strptime(text, pattern).date()
        except ValueError:
            continue
        if date(1990, 1, 1) <= found <= date(2100, 1, 1):
            return found.isoformat()
    raise InvalidInput(f"{text!r} is no date. Write it as 2026-03-14.")
