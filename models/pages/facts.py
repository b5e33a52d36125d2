"""The invented business facts behind one document: parties, numbers, dates, lines, sums that close."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from models.pages import vocabulary as v
from models.pages.formats import ID_PATTERNS, Style, draw_style, identifier
from models.pages.parties import Party, coin, digits, draw_party

KINDS = ("invoice", "credit_note", "statement", "order_ack", "packing_slip", "receipt", "purchase_order", "other")
CENT = Decimal("0.01")
SKU_PATTERNS = (
    "#####",
    "######",
    "@@@-#####",
    "@@@#####",
    "####-##",
    "@##-####",
    "#########",
    "##-###-##",
    "@@####",
    "@@@@_####",
    "###.###.##",
    "#############",
    "@-@@@##",
    "####-####-##",
    "########",
)
TAX_RATES = {
    "us": ("0",),
    "uk": ("20", "20", "0"),
    "in": ("18", "5", "12"),
    "my": ("6", "0"),
    "de": ("19", "19", "7"),
    "ch": ("8.1", "2.6"),
    "fr": ("20", "20", "5.5", "10"),
    "nl": ("21", "21", "9"),
}


@dataclass(frozen=True, slots=True)
class Item:
    """One line: what, how many, at what price. Amounts are exact."""

    description: str
    sku: str
    quantity: Decimal
    ordered: Decimal
    unit: str
    price: Decimal
    discount: Decimal
    total: Decimal
    tax_rate: Decimal
    extra: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a page may print; `charges` and `taxes` are (caption field, amount) and (rate, base, amount)."""

    kind: str
    style: Style
    supplier: Party
    buyer: Party
    ship_to: Party
    remit: Party
    numbers: dict[str, str]
    dates: dict[str, date]
    items: tuple[Item, ...]
    charges: tuple[tuple[str, Decimal], ...]
    taxes: tuple[tuple[Decimal, Decimal, Decimal], ...]
    subtotal: Decimal
    tax: Decimal
    total: Decimal
    prepaid: Decimal
    due: Decimal
    terms: str
    bank: dict[str, str] = field(default_factory=dict)


def cents(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)


def _description(rng: Random, language: str, services: bool) -> str:
    if services:
        text = rng.choice(v.SERVICES[language])
        if rng.random() < 0.4:
            text += " " + rng.choice(
                ("March 2026", "01/03 - 31/03", "(per agreement)", "- Zone B", "Q1", "Phase 2", rng.choice(v.SURNAMES))
            )
        return text
    parts = [rng.choice(v.GOODS_HEAD[language]), *rng.sample(v.GOODS_TAIL[language], rng.randrange(0, 4))]
    if rng.random() < 0.5:
        parts.insert(rng.randrange(1, len(parts) + 1), rng.choice(v.SIZES))
    if rng.random() < 0.2:
        parts.append(
            str(rng.choice((10, 12, 24, 25, 50, 100, 200)))
            + rng.choice(("/BX", "/CS", " per case", "EA/CS", " ct", "/PK"))
        )
    if rng.random() < 0.2:
        parts.insert(0, coin(rng))
    return " ".join(parts)


def _price(rng: Random, places: int) -> Decimal:
    base = Decimal(str(round(10 ** rng.uniform(-0.3, 3.6), places)))
    if rng.random() < 0.25:
        base = Decimal(rng.choice((5, 10, 15, 20, 25, 50, 75, 100, 120, 250, 500, 600, 1000, 2500, 35, 60, 180)))
    return max(base, Decimal("0.05")).quantize(Decimal(1).scaleb(-places))


def _items(rng: Random, style: Style, kind: str) -> tuple[Item, ...]:
    services = rng.random() < 0.18
    fractional = rng.random() < 0.12
    upper = rng.random() < 0.3
    if kind == "receipt":
        count = min(1 + int(rng.expovariate(1 / 4)), 20)
    else:
        count = min(1 + int(rng.expovariate(1 / 6.5)), 55) if rng.random() < 0.93 else rng.randrange(25, 90)
    pattern = rng.choice(SKU_PATTERNS)
    rates = TAX_RATES[style.locale]
    one_rate = rng.choice(rates) if rng.random() < 0.75 else None
    with_discount = rng.random() < 0.12
    out = []
    for _ in range(count):
        quantity = Decimal(
            rng.choice((1, 1, 1, 2, 2, 3, 4, 5, 6, 8, 10, 12, 20, 24, 25, 30, 48, 50, 100, 144, 200, 500))
        )
        if fractional:
            quantity = Decimal(str(round(rng.uniform(0.25, 90), rng.choice((1, 2, 3)))))
        price = _price(rng, style.price_places if rng.random() < 0.8 else 2)
        discount = Decimal(rng.choice((0, 0, 5, 10, 15, 20))) if with_discount else Decimal(0)
        total = cents(quantity * price * (100 - discount) / 100)
        if (kind == "credit_note" and rng.random() < 0.6) or rng.random() < 0.01:
            quantity, total = -quantity, -total
        text = _description(rng, style.language, services)
        extra = _extra(rng) if rng.random() < 0.1 else ()
        out.append(
            Item(
                text.upper() if upper else text,
                identifier(rng, pattern, date(2025, 1, 1)),
                quantity,
                quantity + (rng.randrange(1, 9) if rng.random() < 0.1 else 0),
                rng.choice(v.UNITS[style.language]),
                price,
                discount,
                total,
                Decimal(one_rate or rng.choice(rates)),
                extra,
            )
        )
    return tuple(out)


def _extra(rng: Random) -> tuple[str, ...]:
    return (
        rng.choice(
            (
                f"Lot: {digits(rng, 6)}",
                f"S/N {digits(rng, 8)}",
                f"GTIN: 0{digits(rng, 13)}",
                f"Exp {rng.randrange(1, 12):02}/2028",
                f"REF {digits(rng, 7)}",
                "Backordered - ships separately",
                f"PO line {rng.randrange(1, 40)}",
                "Contract price",
                f"NDC {digits(rng, 5)}-{digits(rng, 4)}-{digits(rng, 2)}",
                f"Your item {digits(rng, 5)}",
                "Country of origin: US",
                "Surgeon: Dr. " + rng.choice(v.SURNAMES),
                f"Case {digits(rng, 6)}",
            )
        ),
    )


def _dates(rng: Random) -> dict[str, date]:
    issued = date(2014, 1, 1) + timedelta(days=rng.randrange(0, 5000))
    gap = rng.choice((0, 7, 10, 14, 15, 20, 30, 30, 30, 45, 60, 90))
    return {
        "invoice_date": issued,
        "due_date": issued + timedelta(days=gap),
        "order": issued - timedelta(days=rng.randrange(0, 40)),
        "ship": issued - timedelta(days=rng.randrange(0, 6)),
        "period_end": issued - timedelta(days=rng.randrange(0, 8)),
        "other": issued + timedelta(days=rng.randrange(-50, 50)),
    }


def _terms(rng: Random, language: str) -> str:
    if language == "de":
        return rng.choice(
            (
                "14 Tage netto",
                "30 Tage netto",
                "Zahlbar sofort ohne Abzug",
                "8 Tage 2% Skonto, 30 Tage netto",
                "sofort",
                "Überweisung",
                "Lastschrift",
            )
        )
    if language == "fr":
        return rng.choice(
            (
                "30 jours",
                "30 jours fin de mois",
                "30 J fin du mois",
                "Comptant",
                "45 jours",
                "Virement",
                "Chèque",
                "à réception",
                "60 jours net",
            )
        )
    if language == "nl":
        return rng.choice(("14 dagen", "30 dagen netto", "Automatische incasso", "iDEAL", "contant", "8 dagen"))
    return rng.choice(
        (
            "Net 30",
            "NET 30",
            "Net 45",
            "2% 10 Net 30",
            "2/10 N30",
            "Due on receipt",
            "Net 15",
            "NET 60 DAYS",
            "COD",
            "Net 10 EOM",
            "CREDIT CARD",
            "1% 15, NET 30",
            "Upon Receipt",
            "30 days",
            "N30",
            "Prepaid",
            "Net 7",
        )
    )


def _numbers(rng: Random, day: date) -> dict[str, str]:
    names = (
        "invoice_number",
        "po_number",
        "account_no",
        "despatch_ref",
        "references_invoice",
        "decoy1",
        "decoy2",
        "decoy3",
        "buyer_item",
    )
    shared = rng.choice(ID_PATTERNS)
    out = {name: identifier(rng, shared if rng.random() < 0.15 else rng.choice(ID_PATTERNS), day) for name in names}
    if rng.random() < 0.05:
        out["po_number"] = rng.choice(
            ("VERBAL", rng.choice(v.FIRST_NAMES), f"PER {rng.choice(v.SURNAMES).upper()}", "STOCK")
        )
    return out


def draw_facts(rng: Random, kind: str) -> Facts:
    """Random facts of one document of a kind; subtotal + charges + tax = total always closes."""
    style = draw_style(rng)
    locale, language = style.locale, style.language
    supplier = draw_party(rng, locale, language, "supplier")
    buyer = draw_party(rng, locale if rng.random() < 0.9 else "us", language, "buyer")
    ship = buyer if rng.random() < 0.35 else draw_party(rng, locale, language, "buyer")
    box = draw_party(rng, locale, language, "remit")
    remit = Party(
        supplier.name if rng.random() < 0.9 else box.name,
        box.lines,
        box.attention,
        box.phone,
        box.mail,
        box.web,
        box.tax_id,
    )
    items = _items(rng, style, kind)
    subtotal = sum((i.total for i in items), Decimal(0))
    sign = -1 if subtotal < 0 else 1
    charges = _charges(rng, subtotal, sign)
    taxes = _taxes(rng, style, items, charges, subtotal)
    tax = sum((t[2] for t in taxes), Decimal(0))
    total = subtotal + sum((c[1] for c in charges), Decimal(0)) + tax
    prepaid = cents(total * Decimal(rng.choice((10, 20, 30, 50, 100))) / 100) if rng.random() < 0.12 else Decimal(0)
    dates = _dates(rng)
    bank = {
        "bank_account": _bank_account(rng, locale),
        "bank_routing": digits(rng, 9) if locale == "us" else _swift(rng),
    }
    return Facts(
        kind,
        style,
        supplier,
        buyer,
        ship,
        remit,
        _numbers(rng, dates["invoice_date"]),
        dates,
        items,
        charges,
        taxes,
        subtotal,
        tax,
        total,
        prepaid,
        total - prepaid,
        _terms(rng, language),
        bank,
    )


def _charges(rng: Random, subtotal: Decimal, sign: int) -> tuple[tuple[str, Decimal], ...]:
    out = []
    for name, chance in (("freight", 0.3), ("fuel_surcharge", 0.08), ("handling", 0.1)):
        if rng.random() < chance:
            out.append((name, sign * cents(Decimal(str(round(rng.uniform(2, 160), 2))))))
    if rng.random() < 0.08:
        out.append(("discount", -cents(subtotal * Decimal(rng.choice((2, 3, 5, 10))) / 100)))
    if rng.random() < 0.02:
        out.append(("rounding", Decimal(rng.choice(("0.01", "-0.02", "0.03", "-0.01", "0.40", "-0.35")))))
    rng.shuffle(out)
    return tuple(out)


def _taxes(
    rng: Random, style: Style, items: tuple[Item, ...], charges: tuple[tuple[str, Decimal], ...], subtotal: Decimal
) -> tuple[tuple[Decimal, Decimal, Decimal], ...]:
    extra = sum((c[1] for c in charges if c[0] != "rounding"), Decimal(0))
    if style.locale == "us":
        chance = rng.random()
        if chance < 0.45:
            return ((Decimal(0), subtotal, Decimal(0)),)
        rates = (
            [Decimal(rng.choice(("5.75", "6", "6.25", "7", "7.25", "8.875", "8.5")))]
            if chance < 0.92
            else [Decimal("5.75"), Decimal("1.25")]
        )
        return tuple((rate, subtotal, cents(subtotal * rate / 100)) for rate in rates)
    if style.locale == "in" and len({i.tax_rate for i in items}) == 1:
        half = items[0].tax_rate / 2
        return tuple((half, subtotal + extra, cents((subtotal + extra) * half / 100)) for _ in range(2))
    out = []
    for rate in sorted({i.tax_rate for i in items}):
        base = sum((i.total for i in items if i.tax_rate == rate), Decimal(0)) + (
            extra if rate == items[0].tax_rate else 0
        )
        out.append((rate, base, cents(base * rate / 100)))
    return tuple(out)


def _bank_account(rng: Random, locale: str) -> str:
    if locale in ("us", "in", "my"):
        return digits(rng, rng.randrange(8, 13))
    head = {"uk": "GB", "de": "DE", "ch": "CH", "fr": "FR", "nl": "NL"}[locale]
    body = (("BARC" if locale == "uk" else "RABO") if locale in ("uk", "nl") else "") + digits(
        rng, 18 if locale != "fr" else 23
    )
    text = f"{head}{digits(rng, 2)}{body}"
    return text if rng.random() < 0.4 else " ".join(text[i : i + 4] for i in range(0, len(text), 4))


def _swift(rng: Random) -> str:
    return "".join(rng.choice("ABCDEFGHKLMNOPRSTU") for _ in range(rng.choice((8, 8, 11))))
