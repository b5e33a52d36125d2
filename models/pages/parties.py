"""Invented firms and customers: names, addresses, tax numbers; many are coined, to be known by their place only."""

from dataclasses import dataclass
from random import Random

from models.pages import vocabulary as v

SYLLABLES = (
    "bal",
    "cor",
    "den",
    "el",
    "fra",
    "gri",
    "hal",
    "in",
    "jo",
    "kel",
    "lum",
    "mar",
    "ne",
    "or",
    "pra",
    "qui",
    "ras",
    "sol",
    "ter",
    "ul",
    "van",
    "wes",
    "xi",
    "yor",
    "zan",
    "bre",
    "con",
    "dra",
    "est",
    "ford",
    "gen",
    "hurst",
    "ton",
    "vio",
    "med",
    "lin",
    "ster",
    "wick",
    "ley",
    "burg",
    "mont",
    "ver",
    "tec",
    "nix",
    "dal",
    "ro",
    "sa",
)


@dataclass(frozen=True, slots=True)
class Party:
    """A firm and where it sits."""

    name: str
    lines: tuple[str, ...]
    attention: str
    phone: str
    mail: str
    web: str
    tax_id: str


def digits(rng: Random, count: int) -> str:
    return "".join(rng.choice("0123456789") for _ in range(count))


def coin(rng: Random) -> str:
    """A word nobody has seen: names must be known by their place, not by heart."""
    parts = rng.choices(SYLLABLES, k=rng.choice((2, 2, 3)))
    return "".join(parts).title()


def _firm(rng: Random, locale: str, language: str) -> str:
    stem = rng.choice(
        (
            rng.choice(v.STEMS),
            rng.choice(v.SURNAMES),
            f"{rng.choice(v.STEMS)} {rng.choice(v.STEMS)}",
            f"{rng.choice(v.SURNAMES)} & {rng.choice(v.SURNAMES)}",
            rng.choice(v.STEMS) + rng.choice(v.STEMS).lower(),
            "".join(rng.choice("ABCDEFGHKLMNPRSTVW") for _ in range(3)),
            f"{rng.choice(v.FIRST_NAMES)} {rng.choice(v.SURNAMES)}",
            rng.choice(v.CITIES[locale]).split(",")[0],
            coin(rng),
            coin(rng),
            f"{coin(rng)} {coin(rng)}",
        )
    )
    bare = rng.random() < 0.25
    trade = rng.choice(v.TRADES[language]) if rng.random() < 0.85 and not bare else ""
    tail = rng.choice(v.TRADE_TAILS) if language == "en" and rng.random() < 0.5 and not bare else ""
    words = [stem, trade, tail]
    if language == "fr" and rng.random() < 0.4:
        words = [rng.choice(("Société", "Ets", "Groupe", "Établissements", "Atelier")), stem, trade]
    if rng.random() < 0.08:
        words.insert(0, "The" if language == "en" else trade)
    name = " ".join(w for w in words if w)
    legal = rng.choice(v.LEGAL[locale])
    if legal and not (bare and rng.random() < 0.7):
        name += rng.choice((" ", " ", ", ")) + legal if language == "en" else f" {legal}"
    return name.upper() if rng.random() < 0.15 else name


def _institution(rng: Random, locale: str, language: str) -> str:
    kind = rng.choice(v.BUYERS[language])
    place = rng.choice(
        (
            rng.choice(v.CITIES[locale]).split(",")[0],
            rng.choice(v.STEMS),
            rng.choice(v.SAINTS),
            rng.choice(v.SURNAMES),
            coin(rng),
            coin(rng),
        )
    )
    if language in ("fr", "de", "nl"):
        return f"{kind} {place}"
    return f"{place} {kind}"


def _street(rng: Random, language: str) -> str:
    number = rng.randrange(1, 9999) if language == "en" else rng.randrange(1, 180)
    kind = rng.choice(v.STREETS[language])
    if language == "fr":
        comma, link = rng.choice((",", "", " bis")), rng.choice(("de la", "du", "de", "des"))
        return f"{number}{comma} {kind} {link} {rng.choice(v.SURNAMES)}"
    if language in ("de", "nl"):
        stem = rng.choice((rng.choice(v.SURNAMES).split()[-1], coin(rng)))
        glued = kind if kind not in ("allee", "str.") or rng.random() < 0.5 else f"-{kind.title()}"
        return f"{stem}{glued} {number}{rng.choice(('', '', 'a', '-3'))}"
    direction = rng.choice(("", "", "N ", "S. ", "West ", "East "))
    return f"{number} {direction}{rng.choice((rng.choice(v.STREET_STEMS), coin(rng)))} {kind}"


def _city(rng: Random, locale: str) -> str:
    city = rng.choice(v.CITIES[locale])
    if locale == "us":
        tail = digits(rng, 5) + (f"-{digits(rng, 4)}" if rng.random() < 0.25 else "")
        return f"{city}{rng.choice((' ', '  ', ', '))}{tail}"
    if locale == "uk":
        area = f"{rng.choice('BCDEGLMNS')}{rng.choice('ABELSWY')}{rng.randrange(1, 20)}"
        return f"{city} {area} {rng.randrange(1, 9)}{rng.choice('ABDEFG')}{rng.choice('HJLNPQ')}"
    if locale == "in":
        return f"{city} {digits(rng, 6)}"
    if locale == "nl":
        return f"{rng.randrange(1000, 9999)} {rng.choice('ABCDEG')}{rng.choice('ABCDEG')} {city}"
    if locale == "ch":
        return f"{rng.randrange(1000, 9999)} {city}"
    return f"{digits(rng, 5)} {city}"


def _tax_id(rng: Random, locale: str) -> str:
    alnum = "".join(rng.choice("ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(5))
    return {
        "us": f"{rng.randrange(10, 99)}-{digits(rng, 7)}",
        "uk": rng.choice((f"GB{digits(rng, 9)}", f"GB {digits(rng, 3)} {digits(rng, 4)} {digits(rng, 2)}")),
        "in": f"{rng.randrange(10, 37)}{alnum}{digits(rng, 4)}{rng.choice('ABCDEF')}1Z{rng.randrange(9)}",
        "my": f"00{digits(rng, 10)}",
        "de": rng.choice(
            (f"DE{digits(rng, 9)}", f"DE {digits(rng, 9)}", f"{digits(rng, 2)}/{digits(rng, 3)}/{digits(rng, 5)}")
        ),
        "ch": f"CHE-{digits(rng, 3)}.{digits(rng, 3)}.{digits(rng, 3)} MWST",
        "fr": rng.choice(
            (
                f"FR{digits(rng, 11)}",
                f"FR {digits(rng, 2)} {digits(rng, 9)}",
                f"FR {digits(rng, 2)} {digits(rng, 3)} {digits(rng, 3)} {digits(rng, 3)}",
            )
        ),
        "nl": f"NL{digits(rng, 9)}B{digits(rng, 2)}",
    }[locale]


def _post_box(rng: Random, language: str) -> str:
    names = {"en": ("PO Box", "P.O. Box", "P O BOX"), "de": ("Postfach",), "fr": ("BP", "B.P."), "nl": ("Postbus",)}
    return f"{rng.choice(names[language])} {digits(rng, rng.randrange(3, 7))}"


def _department(rng: Random, language: str) -> str:
    return rng.choice(
        (
            "Accounts Payable",
            "Attn: Accounts Payable",
            "Receiving Dock",
            "Dock 1",
            "Materials Management",
            "Lower Level",
            "Attn: " + rng.choice(v.FIRST_NAMES) + " " + rng.choice(v.SURNAMES),
            "Suite 200",
            "Warehouse",
            "Central Supply",
            "z. Hd. Herrn " + rng.choice(v.SURNAMES) if language == "de" else "Finance Dept",
        )
    )


def draw_party(rng: Random, locale: str, language: str, role: str) -> Party:
    """A firm ("supplier"), a customer ("buyer": hospital, firm or person) or a lockbox ("remit")."""
    if role == "buyer":
        name = rng.choices(
            (
                _institution(rng, locale, language),
                _firm(rng, locale, language),
                f"{rng.choice(v.FIRST_NAMES)} {rng.choice(v.SURNAMES)}",
            ),
            (5, 4, 1),
        )[0]
    else:
        name = _firm(rng, locale, language)
    lines = []
    if role == "buyer" and rng.random() < 0.35:
        lines.append(_department(rng, language))
    box = rng.random() < (0.8 if role == "remit" else 0.2)
    lines.append(_post_box(rng, language) if box else _street(rng, language))
    if rng.random() < 0.12:
        lines.append(
            rng.choice(("Suite 410", "Bldg B", "2nd Floor", "Unit 7", "Hinterhaus", "ZI Nord", "Department 55"))
        )
    city = _city(rng, locale)
    lines.extend(city.rsplit(", ", 1) if rng.random() < 0.05 and ", " in city else [city])
    if rng.random() < 0.25:
        lines.append(rng.choice(v.COUNTRIES[locale]))
    domain = "".join(c for c in name.lower() if c.isascii() and c.isalpha())[:14] or "example"
    phone = rng.choice(
        (
            f"({digits(rng, 3)}) {digits(rng, 3)}-{digits(rng, 4)}",
            f"{digits(rng, 3)}-{digits(rng, 3)}-{digits(rng, 4)}",
            f"+{rng.randrange(1, 99)} {digits(rng, 3)} {digits(rng, 6)}",
            f"0{digits(rng, 3)} / {digits(rng, 6)}",
            f"1-800-{digits(rng, 3)}-{digits(rng, 4)}",
        )
    )
    return Party(
        name,
        tuple(lines),
        f"{rng.choice(v.FIRST_NAMES)} {rng.choice(v.SURNAMES)}",
        phone,
        f"{rng.choice(('info', 'ar', 'billing', 'sales'))}@{domain}.example",
        f"www.{domain}.example",
        _tax_id(rng, locale),
    )
