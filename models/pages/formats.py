"""How a document prints dates, amounts and numbers: one style per document, drawn at random."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random

MONTHS = {
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    "de": [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
    "fr": [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
    "nl": [
        "januari",
        "februari",
        "maart",
        "april",
        "mei",
        "juni",
        "juli",
        "augustus",
        "september",
        "oktober",
        "november",
        "december",
    ],
}
DATE_PATTERNS = {
    "us": (
        "{m:02}/{d:02}/{y}",
        "{m}/{d}/{y}",
        "{m:02}/{d:02}/{yy:02}",
        "{m}/{d}/{yy:02}",
        "{B} {d}, {y}",
        "{b} {d}, {y}",
        "{d:02}-{U}-{yy:02}",
        "{d:02}-{b}-{y}",
        "{y}-{m:02}-{d:02}",
        "{m:02}-{d:02}-{y}",
        "{d} {b} {y}",
        "{m:02}.{d:02}.{yy:02}",
        "{b}. {d}, {y}",
        "{U} {d:02} {y}",
    ),
    "uk": (
        "{d:02}/{m:02}/{y}",
        "{d:02}/{m:02}/{yy:02}",
        "{d} {B} {y}",
        "{d} {b} {y}",
        "{d:02}-{b}-{y}",
        "{d:02}-{m:02}-{y}",
        "{d:02}.{m:02}.{y}",
        "{y}-{m:02}-{d:02}",
        "{d:02}-{b}-{yy:02}",
        "{B} {d}, {y}",
        "{d:02} {U} {y}",
    ),
    "de": (
        "{d:02}.{m:02}.{y}",
        "{d}.{m}.{y}",
        "{d:02}.{m:02}.{yy:02}",
        "{d}. {B} {y}",
        "{y}-{m:02}-{d:02}",
        "{d:02}. {B} {y}",
    ),
    "fr": (
        "{d:02}/{m:02}/{y}",
        "{d} {B} {y}",
        "{d:02}.{m:02}.{y}",
        "{d:02}-{m:02}-{y}",
        "{d:02}/{m:02}/{yy:02}",
        "{y}-{m:02}-{d:02}",
    ),
    "nl": ("{d:02}-{m:02}-{y}", "{d}-{m}-{y}", "{d} {B} {y}", "{d:02}/{m:02}/{y}", "{d:02}-{m:02}-{yy:02}"),
}
SYMBOLS = {
    "USD": ("$", "$", "US$", "USD"),
    "EUR": ("€", "€", "EUR"),
    "GBP": ("£", "£", "GBP"),
    "INR": ("Rs.", "₹", "INR", "Rs"),
    "MYR": ("RM", "RM", "MYR"),
    "CHF": ("CHF", "Fr."),
    "CAD": ("$", "CAD", "C$"),
    "AUD": ("$", "AUD", "A$"),
}
ID_PATTERNS = (
    "#######",
    "######",
    "#####",
    "########",
    "##########",
    "####",
    "INV-#####",
    "INV-######",
    "INV######",
    "IN######",
    "SI######",
    "######IN",
    "IN-#####",
    "#####-##",
    "##-#####",
    "####-####",
    "A######",
    "@@######",
    "@#######",
    "##@#####",
    "@@-######",
    "SO#####",
    "FA%%/%%%%/######",
    "FA%%%%######",
    "RE-%%%%-####",
    "R%%%%####",
    "%%%%-####",
    "%%%%/####",
    "RG######",
    "F%%%%####",
    "@@@####",
    "PO-#####",
    "PO######",
    "45########",
    "4500######",
    "P######",
    "@@@##-####",
    "@@-###-####",
    "#-######",
    "### ### ####",
    "###-##-#####",
    "C######",
    "CUST###",
    "BC#####",
    "%%%%%%##-###",
    "@@@-%%%%-####",
    "S#######",
    "###/@@/##",
    "W##########",
    "VF-######",
    "0000######",
    "########-##",
    "M#####-##",
    "@@@@@####",
    "CS%%%%%%/####",
    "#######/##",
    "9########",
    "A-%%%%-###",
)


def identifier(rng: Random, pattern: str, day: date) -> str:
    """A number of the pattern: # digit, @ capital, % digits of the date."""
    year = f"{day.year}{day.month:02}{day.day:02}"
    out: list[str] = []
    used = 0
    for char in pattern:
        if char == "#":
            out.append(rng.choice("0123456789") if out else rng.choice("123456789"))
        elif char == "@":
            out.append(rng.choice("ABCDEFGHJKLMNPRSTVWXZ"))
        elif char == "%":
            out.append(year[used % 8])
            used += 1
        else:
            out.append(char)
    return "".join(out)


@dataclass(frozen=True, slots=True)
class Style:
    """The number and date habits of one document."""

    locale: str
    language: str
    currency: str
    pattern: str
    thousands: str
    decimal: str
    symbol: str
    symbol_where: str  # none | all | totals | after
    symbol_gap: bool
    negative: str  # lead | trail | paren | cr
    price_places: int

    def day(self, value: date, rng: Random | None = None) -> str:
        month = MONTHS[self.language][value.month - 1]
        pattern = (
            self.pattern if rng is None or rng.random() < 0.9 else rng.choice(DATE_PATTERNS[_date_home(self.locale)])
        )
        short = month[:3]
        return pattern.format(
            d=value.day, m=value.month, y=value.year, yy=value.year % 100, B=month, b=short, U=short.upper()
        )

    def number(self, value: Decimal, places: int) -> str:
        text = f"{abs(value):,.{places}f}".replace(",", "\0").replace(".", self.decimal).replace("\0", self.thousands)
        return self._sign(text) if value < 0 else text

    def quantity(self, value: Decimal, places: int = 0) -> str:
        text = f"{abs(value):.{places}f}".replace(".", self.decimal)
        return f"-{text}" if value < 0 else text

    def money(self, value: Decimal, in_total: bool = False) -> str:
        """An amount with its currency sign where this document prints one."""
        text = self.number(value, 2)
        if self.symbol_where == "none" or (self.symbol_where == "totals" and not in_total):
            return text
        gap = " " if self.symbol_gap else ""
        return f"{text}{gap}{self.symbol}" if self.symbol_where == "after" else f"{self.symbol}{gap}{text}"

    def _sign(self, text: str) -> str:
        return {"lead": f"-{text}", "trail": f"{text}-", "paren": f"({text})", "cr": f"{text}CR"}[self.negative]


def _date_home(locale: str) -> str:
    return {"in": "uk", "my": "uk", "ch": "de"}.get(locale, locale)


def draw_style(rng: Random) -> Style:
    """A random document style; US English is the most common, as the invoices to be read are."""
    locale = rng.choices(("us", "uk", "in", "my", "de", "ch", "fr", "nl"), (46, 8, 5, 5, 15, 2, 13, 6))[0]
    language = {"de": "de", "ch": "de", "fr": "fr", "nl": "nl"}.get(locale, "en")
    currency = {"us": "USD", "uk": "GBP", "in": "INR", "my": "MYR", "ch": "CHF"}.get(locale, "EUR")
    if rng.random() < 0.06:
        currency = rng.choice(("EUR", "USD", "GBP", "CAD", "AUD"))
    thousands, decimal = {
        "en": ((",", "."), (",", "."), (",", "."), ("", ".")),
        "de": ((".", ","), (".", ","), ("", ","), ("'", ".")),
        "fr": ((" ", ","), (" ", ","), ("", ","), (".", ","), ("", "."), (" ", ".")),
        "nl": ((".", ","), (".", ","), ("", ",")),
    }[language][rng.randrange({"en": 4, "de": 4, "fr": 6, "nl": 3}[language])]
    where = rng.choice(
        ("none", "none", "all", "totals", "totals") if language == "en" else ("none", "after", "after", "all", "totals")
    )
    return Style(
        locale,
        language,
        currency,
        rng.choice(DATE_PATTERNS[_date_home(locale)]),
        thousands,
        decimal,
        rng.choice(SYMBOLS[currency]),
        where,
        rng.random() < (0.25 if where != "after" else 0.75),
        rng.choice(("lead", "lead", "trail", "paren", "cr")),
        rng.choice((2, 2, 2, 2, 3, 4)),
    )
