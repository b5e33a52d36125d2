"""EN 16931 business rules beyond the sums of `einvoice_rules`: BR-08 to BR-65, BR-CO, BR-DEC and the rules of each VAT
category, as far as they can be computed. docs/sources.md lists them; each sentence begins with the rule's name.
"""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from pipeline.extract.einvoice_xml import Node, number
from pipeline.extract.en16931_model import En, Extra, Line, Party, Span, Tax, model_of

ZERO, CENT, SLACK = Decimal(0), Decimal("0.01"), Decimal(1)
# Code of BT-151, BT-118 -> the letters in its rules' names, and the words for it.
CATEGORIES = {
    "S": ("S", "standard rated"), "Z": ("Z", "zero rated"), "E": ("E", "exempt"), "AE": ("AE", "reverse charge"),
    "K": ("IC", "intra-community"), "G": ("G", "export"), "O": ("O", "not subject to VAT"), "L": ("IG", "IGIC"),
    "M": ("IP", "IPSI"),
}  # fmt: skip
TRANSFERS = ("30", "58")
TOTALS = {
    "BR-12": ("BT-106", "the sum of the lines"), "BR-13": ("BT-109", "the total without VAT"),
    "BR-14": ("BT-112", "the total with VAT"), "BR-15": ("BT-115", "the amount due"),
}  # fmt: skip
DECIMALS = {
    "BT-106": "BR-DEC-09", "BT-107": "BR-DEC-10", "BT-108": "BR-DEC-11", "BT-109": "BR-DEC-12", "BT-110": "BR-DEC-13",
    "BT-112": "BR-DEC-14", "BT-113": "BR-DEC-16", "BT-114": "BR-DEC-17", "BT-115": "BR-DEC-18",
}  # fmt: skip


def further_rules(root: Node) -> Iterator[str]:
    """One sentence for each broken rule. The caller has seen that the invoice claims the standard."""
    en = model_of(root)
    yield from _parties(en)
    for rule, (name, what) in TOTALS.items():
        if en.totals[name] is None:
            yield f"{rule}: {what} is missing."
    for place, line in enumerate(en.lines, 1):
        yield from _line(line, f"line {line.no or place}")
    if not en.tax_point_code:
        yield from _period(en.period, "BR-29", "BR-CO-19", "the invoicing period")
    for extra in en.extras:
        yield from _extra(extra, document=True)
    yield from _breakdown(en)
    yield from _payment(en)
    yield from _others(en)
    yield from _decimals(en)
    yield from _categories(en)


def _parties(en: En) -> Iterator[str]:
    for who, party, address, country, scheme in (
        ("the seller", en.seller, "BR-08", "BR-09", "BR-62"), ("the buyer", en.buyer, "BR-10", "BR-11", "BR-63"),
    ):  # fmt: skip
        if not party.address:
            yield f"{address}: {who} has no postal address."
        elif party.country is None:
            yield f"{country}: {who}'s address has no country."
        if party.endpoint is not None and not party.endpoint[1]:
            yield f"{scheme}: {who}'s electronic address does not say of which scheme it is."
    if en.payee is not None and en.payee.name is None:
        yield "BR-17: the payee has no name."
    if en.representative is not None:
        yield from _representative(en.representative)
    if not (en.seller.ids or en.seller.legal or en.seller.vat):
        yield "BR-CO-26: the seller has no identifier, legal registration or VAT number."
    for who, one in (("seller", en.seller), ("buyer", en.buyer), ("tax representative", en.representative)):
        if one is not None and one.vat and not one.gst and not (one.vat[:2].isalpha() and one.vat[:2].isupper()):
            yield f"BR-CO-09: the {who}'s VAT number has no country before it."


def _representative(party: Party) -> Iterator[str]:
    if party.name is None:
        yield "BR-18: the tax representative has no name."
    if not party.address:
        yield "BR-19: the tax representative has no postal address."
    elif party.country is None:
        yield "BR-20: the tax representative's address has no country."
    if party.vat is None:
        yield "BR-56: the tax representative has no VAT number."


def _line(line: Line, name: str) -> Iterator[str]:
    for rule, value, what in (
        ("BR-21", line.no, "number"), ("BR-22", line.quantity, "quantity"), ("BR-23", line.unit, "unit"),
        ("BR-24", line.net, "net amount"), ("BR-25", line.name, "item name"), ("BR-26", line.price, "price"),
        ("BR-CO-04", line.category, "VAT category"),
    ):  # fmt: skip
        if value is None:
            yield f"{rule}: {name} has no {what}."
    for rule, raw, what in (("BR-27", line.price, "price"), ("BR-28", line.gross, "gross price")):
        stated = number(raw)
        if stated is not None and stated < 0:
            yield f"{rule}: the {what} of {name} is negative."
    yield from _period(line.period, "BR-30", "BR-CO-20", f"the period of {name}")
    for extra in line.extras:
        yield from _extra(extra, document=False)
    for rule in line.loose_ids:
        yield f"{rule}: an item identifier of {name} does not say of which scheme it is."
    if line.half_attributes:
        yield f"BR-54: an item attribute of {name} has no name or no value."


def _period(span: Span | None, order: str, empty: str, what: str) -> Iterator[str]:
    if span is None:
        return
    if not span.start and not span.end:
        yield f"{empty}: {what} has neither a first nor a last day."
    if span.start and span.end and span.end < span.start:
        yield f"{order}: {what} ends before it starts."


def _extra(extra: Extra, *, document: bool) -> Iterator[str]:
    what = "charge" if extra.charge else "allowance"
    amount, reason = ("BR-36", "BR-38") if extra.charge else ("BR-31", "BR-33")
    if not document:
        amount, reason = ("BR-43", "BR-44") if extra.charge else ("BR-41", "BR-42")
    if extra.amount is None:
        yield f"{amount}: {_article(what)} has no amount."
    if not extra.reason:
        yield f"{reason}: {_article(what)} has no reason."
    if document and extra.category is None:
        yield f"{'BR-37' if extra.charge else 'BR-32'}: {_article(what)} has no VAT category."


def _article(what: str) -> str:
    return f"an {what}" if what[0] == "a" else f"a {what}"


def _breakdown(en: En) -> Iterator[str]:
    if not en.taxes:
        yield "BR-CO-18: there is no VAT breakdown."
    for tax in en.taxes:
        for rule, value, what in (
            ("BR-45", tax.base, "taxable amount"), ("BR-46", tax.amount, "tax amount"), ("BR-47", tax.category, "category"),
        ):  # fmt: skip
            if value is None:
                yield f"{rule}: a group of the VAT breakdown has no {what}."
        if tax.rate is None and tax.category != "O":
            yield "BR-48: a group of the VAT breakdown has no rate."


def _payment(en: En) -> Iterator[str]:
    for means in en.means:
        if means.code is None:
            yield "BR-49: the payment instructions do not say how to pay."
        if means.account == "":
            yield "BR-50: an account to pay to has no number."
        if means.code in TRANSFERS and not means.account:
            yield "BR-61: a credit transfer is asked for without an account."
        if means.card is not None and not 4 <= sum(c.isdigit() for c in means.card) <= 10:
            yield "BR-51: a card number must be given by its last 4 to 6 digits."
    due = number(en.totals["BT-115"])
    if due is not None and due > 0 and not en.due and not en.credit:
        yield "BR-CO-25: there is neither a due date nor payment terms."


def _others(en: En) -> Iterator[str]:
    words = {"BR-52": "a supporting document has no reference.", "BR-55": "a preceding invoice has no number."}
    yield from (f"{rule}: {words[rule]}" for rule in en.empty_references)
    if en.tax_currency and not en.bt111:
        yield "BR-53: the VAT total in the accounting currency is missing."
    if en.deliver_address and en.deliver_country is None:
        yield "BR-57: the delivery address has no country."
    if en.tax_point and en.tax_point_code:
        yield "BR-CO-03: both a tax point date and a tax point code are given."


def _decimals(en: En) -> Iterator[str]:
    found = [(rule, en.totals[name]) for name, rule in DECIMALS.items()]
    found += [("BR-DEC-05" if extra.charge else "BR-DEC-01", extra.amount) for extra in en.extras]
    found += [("BR-DEC-19", tax.base) for tax in en.taxes] + [("BR-DEC-20", tax.amount) for tax in en.taxes]
    found += [("BR-DEC-23", line.net) for line in en.lines]
    found += [("BR-DEC-27" if x.charge else "BR-DEC-24", x.amount) for line in en.lines for x in line.extras]
    for rule, raw in dict.fromkeys(found):
        if raw and len(raw.partition(".")[2]) > 2:
            yield f"{rule}: the amount {raw} has more than two decimals."


def _categories(en: En) -> Iterator[str]:
    used = {line.category for line in en.lines} | {extra.category for extra in en.extras}
    stated = {tax.category for tax in en.taxes}
    for code, (name, words) in CATEGORIES.items():
        groups = [tax for tax in en.taxes if tax.category == code]
        # A group may stand for a prepaid part alone; a use without a group never may.
        if code in used and (not groups or (code not in ("S", "L", "M") and len(groups) > 1)):
            count = "no group" if not groups else "several groups"
            yield f"BR-{name}-01: the VAT breakdown has {count} for what is {words}."
        if code in used:
            yield from _identified(en, code, name)
            yield from _rates(en, code, name)
        for tax in groups:
            yield from _group(en, tax, code, name)
    if "O" in stated and (len(stated) > 1 or used - {"O", None}):
        yield "BR-O-11: what is not subject to VAT stands beside other VAT categories."
    if "K" in stated:
        if not en.delivered and en.period is None:
            yield "BR-IC-11: an intra-community supply has neither a delivery date nor a period."
        if en.deliver_country is None:
            yield "BR-IC-12: an intra-community supply does not say to which country it goes."


def _where(en: En, code: str) -> Iterator[tuple[int, Line | Extra]]:
    """Lines (0), allowances (1) and charges (2) of a category: the order of the rules' numbers."""
    yield from ((0, line) for line in en.lines if line.category == code)
    yield from ((2 if extra.charge else 1, extra) for extra in en.extras if extra.category == code)


def _identified(en: En, code: str, name: str) -> Iterator[str]:
    agent = en.representative.vat if en.representative else None
    seller = en.seller.vat or agent or (en.seller.registration if code in ("S", "Z", "E", "AE", "L", "M") else None)
    for place in sorted({place for place, _ in _where(en, code)}):
        rule = f"BR-{name}-{place + 2:02d}"
        if code == "O":
            if en.seller.vat or agent or en.buyer.vat:
                yield f"{rule}: a VAT number is given, although nothing is subject to VAT."
            continue
        if not seller:
            yield f"{rule}: the seller's VAT number is missing."
        if code == "AE" and not (en.buyer.vat or en.buyer.legal):
            yield f"{rule}: the buyer's VAT or registration number is missing for a reverse charge."
        if code == "K" and not en.buyer.vat:
            yield f"{rule}: the buyer's VAT number is missing for an intra-community supply."


def _rates(en: En, code: str, name: str) -> Iterator[str]:
    for place, one in _where(en, code):
        rule, rate = f"BR-{name}-{place + 5:02d}", one.rate
        if code == "O":
            if rate is not None:
                yield f"{rule}: what is not subject to VAT has a rate."
        elif code == "S":
            if rate is None or rate <= 0:
                yield f"{rule}: a standard rate must be above 0."
        elif code in ("L", "M"):
            if rate is None or rate < 0:
                yield f"{rule}: the rate is missing or negative."
        elif rate != 0:
            yield f"{rule}: the rate must be 0, not {'absent' if rate is None else rate}."


def _group(en: En, tax: Tax, code: str, name: str) -> Iterator[str]:
    base, amount = number(tax.base), number(tax.amount)
    by_rate = code in ("S", "L", "M")
    wanted = ZERO
    for place, one in _where(en, code):
        if not by_rate or one.rate == tax.rate:
            value = number(one.net if isinstance(one, Line) else one.amount) or ZERO
            wanted += -value if place == 1 else value
    if base is not None and abs(base - wanted) >= (SLACK if by_rate else CENT):
        yield f"BR-{name}-08: the taxable amount is stated as {base}, but comes to {wanted}."
    if amount is not None and base is not None:
        due = (base * (tax.rate or ZERO) / 100).quantize(CENT, ROUND_HALF_UP) if by_rate else ZERO
        if abs(abs(amount) - abs(due)) >= (SLACK if by_rate else CENT):
            yield f"BR-{name}-09: the tax is stated as {amount}, not {due}."
    if by_rate or code == "Z":
        if tax.reason:
            yield f"BR-{name}-10: a reason for an exemption is given, although there is none."
    elif not tax.reason:
        yield f"BR-{name}-10: the reason why no VAT is charged is missing."
