"""The winner of each field, with its confidence, its reason and its rivals (spec A `Extracted`, C.0.6)."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal

from pipeline.domain.document import Kind
from pipeline.domain.reading import Alternative, Extracted, ReadLine, Source
from pipeline.extract.candidates import Candidate, Layout
from pipeline.extract.money import Money
from pipeline.extract.names import same_party
from pipeline.extract.opinion import SecondOpinion, lookalike, said, weigh
from pipeline.extract.reconcile import Choice
from pipeline.extract.terms import parse_terms

Calibrator = Callable[[str, float, dict[str, float]], float]
SINGLE = (
    "supplier_name",
    "supplier_tax_id",
    "buyer_name",
    "ship_to",
    "bill_to",
    "remit_to",
    "account_no",
    "bank_account",
    "bank_routing",
    "terms",
    "references_invoice",
    "despatch_ref",
    "sales_order",
    "po_number",
    "invoice_number",
    "invoice_date",
    "due_date",
    "currency",
)
# Both engines read the same wrong digit where the print is poor: then their agreement proves nothing.
POOR_PRINT, POOR_CONFIDENCE = 0.93, 0.94
LEAST = {
    "supplier_name": 0.25,
    "buyer_name": 0.3,
    "invoice_number": 0.3,
    "po_number": 0.4,
    "invoice_date": 0.35,
    "due_date": 0.5,
}


def choose_fields(
    layout: Layout,
    found: Sequence[Candidate],
    choice: Choice,
    lines: Sequence[ReadLine],
    kind: Kind,
    calibrator: Calibrator | None,
    second: SecondOpinion | None = None,
) -> dict[str, Extracted]:
    """Header fields and money, each calibrated where a calibrator is given, doubtful ones read a second time."""
    pools: dict[str, list[Candidate]] = defaultdict(list)
    for item in found:
        pools[item.field].append(item)
    _tell_numbers_apart(pools, kind)
    _tell_dates_apart(pools)
    _tell_parties_apart(pools)
    _use_terms(pools)
    out: dict[str, Extracted] = {}
    for name in SINGLE:
        chosen = _best(pools.get(name, []), LEAST.get(name, 0.4))
        if chosen:
            winner, features, rivals = chosen
            place = (winner.page, winner.box, winner.source)
            confidence, other = weigh(name, winner.score, features, winner.raw, place, calibrator, second)
            if name == "invoice_number" and winner.source is Source.OCR and winner.ocr < POOR_PRINT:
                confidence = min(confidence, POOR_CONFIDENCE)
            out[name] = Extracted(
                winner.value,
                round(min(0.995, confidence), 4),
                winner.source,
                winner.raw,
                winner.page,
                winner.box,
                winner.why + said(features),
                (*other, *rivals),
            )
    out.update(_money_fields(layout, choice, lines, calibrator, second))
    return out


def _best(
    pool: Sequence[Candidate], least: float
) -> tuple[Candidate, dict[str, float], tuple[Alternative, ...]] | None:
    """The value with the strongest support; several places that agree support each other."""
    groups: dict[str, list[Candidate]] = defaultdict(list)
    for item in pool:
        groups[_key(item.value)].append(item)
    ranked = sorted(((_support(g), max(g, key=lambda c: c.score)) for g in groups.values()), key=lambda p: -p[0])
    if not ranked or ranked[0][0] < least:
        return None
    score, winner = ranked[0]
    second = ranked[1][0] if len(ranked) > 1 else 0.0
    features = {
        "margin": min(1.0, max(0.0, (score - second) * 2 + 0.2)),
        "support": score,
        "ocr": winner.ocr,
        "count": float(len(groups)),
        "second": second,
        "agreed": float(len(groups[_key(winner.value)]) - 1),
        "text": float(winner.source is Source.TEXT),
        "lookalike": float(winner.source is Source.OCR and lookalike(winner.value)),
        "named": float(bool(winner.page)),
    }
    rivals = tuple(Alternative(c.value, round(s, 3), c.source, c.page, c.box, c.why) for s, c in ranked[1:4] if s > 0.1)
    return winner, features, rivals


def _key(value: str) -> str:
    return "".join(c for c in value.upper() if c.isalnum())


def _support(group: Sequence[Candidate]) -> float:
    ordered = sorted((c.score for c in group), reverse=True)
    return min(0.99, ordered[0] + 0.25 * (1 - ordered[0]) * min(2, len(ordered) - 1))


def _tell_numbers_apart(pools: dict[str, list[Candidate]], kind: Kind) -> None:
    """A number that a strong label gives to another field is not the invoice's own number."""
    owned: dict[str, float] = {}
    for name in ("po_number", "account_no", "sales_order", "despatch_ref", "references_invoice"):
        for item in pools.get(name, []):
            owned[item.value] = max(owned.get(item.value, 0.0), item.score)
    pools["invoice_number"] = [_weaker(c, owned.get(c.value, 0.0)) for c in pools.get("invoice_number", [])]
    mine = {c.value: c.score for c in pools["invoice_number"] if c.score > 0.75}
    for name in ("po_number", "references_invoice"):
        pools[name] = [_weaker(c, mine.get(c.value, 0.0)) for c in pools.get(name, [])]
    if kind is not Kind.CREDIT_NOTE:
        pools["references_invoice"] = [c for c in pools.get("references_invoice", []) if c.value not in mine]


def _tell_parties_apart(pools: dict[str, list[Candidate]]) -> None:
    """Nobody bills himself: a name that may be buyer and supplier is the buyer when another supplier stands well."""
    buyers = [c for c in pools.get("buyer_name", []) if c.score >= 0.5]
    if not buyers:
        return
    buyer = max(buyers, key=lambda c: c.score)
    mine = [c for c in pools.get("supplier_name", []) if not same_party(c.value, buyer.value)]
    if mine and max(c.score for c in mine) >= 0.6:
        pools["supplier_name"] = mine
    elif len(mine) < len(pools.get("supplier_name", [])):
        pools["buyer_name"] = [c for c in pools["buyer_name"] if not same_party(c.value, buyer.value) or c.label]


def _tell_dates_apart(pools: dict[str, list[Candidate]]) -> None:
    """A date that stands at a ship, order or period label is not the invoice date unless a label says so as well."""
    other = {(c.page, c.box) for c in pools.get("other_date", []) if c.score > 0.5}
    pools["invoice_date"] = [c for c in pools.get("invoice_date", []) if (c.page, c.box) not in other or c.score > 0.8]


def _weaker(item: Candidate, other: float) -> Candidate:
    from dataclasses import replace

    return replace(item, score=item.score * 0.35) if other > item.score + 0.05 else item


def _use_terms(pools: dict[str, list[Candidate]]) -> None:
    """Invoice date + net days = due date supports both and settles exchanged day and month."""
    from dataclasses import replace

    days = {t.net_days for c in pools.get("terms", []) if (t := parse_terms(c.value)) and t.net_days}
    if not days:
        return
    issued = {c.value for c in pools.get("invoice_date", []) if c.score > 0.02}
    dues = {c.value for c in pools.get("due_date", [])}
    fits = {
        (i, d)
        for i in issued
        for d in dues
        for n in days
        if date.fromisoformat(i) + timedelta(days=n) == date.fromisoformat(d)
    }
    for name, values in (("invoice_date", {i for i, _ in fits}), ("due_date", {d for _, d in fits})):
        pools[name] = [
            replace(c, score=1 - (1 - c.score) * 0.4, why=c.why + "; date plus terms is the due date")
            if c.value in values
            else c
            for c in pools.get(name, [])
        ]


# ------------------------------------------------------------------ money


def _money_fields(
    layout: Layout,
    choice: Choice,
    lines: Sequence[ReadLine],
    calibrator: Calibrator | None,
    second: SecondOpinion | None,
) -> dict[str, Extracted]:
    out: dict[str, Extracted] = {}
    sums = [line.line_total for line in lines if line.line_total is not None]
    proof = {
        "closed": float(choice.closed),
        "summed": float(choice.summed),
        "due_closed": float(choice.due_closed),
        "rivals": float(len(choice.rivals)),
        "lines": float(len(sums)),
    }

    def put(name: str, money: Money | None, value: Decimal | None = None, note: str = "") -> None:
        if money is not None:
            out[name] = _money_field(layout, choice, proof, (name, money, value, note), calibrator, second)

    put("total", choice.total)
    put("subtotal", choice.subtotal)
    if choice.tax:
        note = "sum of the tax rows" if len(choice.tax) > 1 else ""
        put("tax_total", choice.tax[0], sum((m.value for m in choice.tax), Decimal(0)), note)
    put("amount_due", choice.due)
    put("prepaid", choice.prepaid)
    put("rounding", choice.rounding)
    for name in ("freight", "fuel_surcharge", "handling"):
        put(name, next((m for m in choice.charges if m.role == name), None))
    put("discount", choice.discounts[0] if choice.discounts else None)
    _derive(out, choice, sums, proof, calibrator)
    return out


def _money_field(
    layout: Layout,
    choice: Choice,
    proof: dict[str, float],
    wanted: tuple[str, Money, Decimal | None, str],
    calibrator: Calibrator | None,
    second: SecondOpinion | None,
) -> Extracted:
    """One amount with its place, its confidence, why it won, and what lost. `wanted` is name, amount, value, note."""
    name, money, value, note = wanted
    raw = " ".join(t.text for t in money.tokens)
    sheet = layout.sheet(money.page)
    sure = sum(t.confidence for t in money.tokens) / len(money.tokens)
    source = Source.OCR if sheet.source == "ocr" else Source.TEXT
    features = {**proof, "ocr": sure, "label": money.score, "text": float(source is Source.TEXT)}
    place = (money.page, money.box(sheet), source)
    confidence, other = weigh(name, money_score(name, money, choice), features, raw, place, calibrator, second)
    rivals = tuple(
        Alternative(plain(m.value), round(m.score * 0.5, 3), source, m.page, m.box(sheet), f"label '{m.label}'")
        for m in (choice.rivals[:3] if name == "total" else ())
    )
    return Extracted(
        plain(money.value if value is None else value),
        round(min(0.995, confidence), 4),
        source,
        raw,
        money.page,
        money.box(sheet),
        "; ".join(x for x in (f"{money.how} of the label '{money.label}'", note, *choice.why) if x) + said(features),
        (*other, *rivals),
    )


def plain(value: Decimal) -> str:
    """A plain decimal string with a point, at least the printed places."""
    return format(value, "f")


def money_score(name: str, money: Money, choice: Choice) -> float:
    """Confidence before calibration: the label, and above all what the arithmetic says."""
    score = 0.55 + 0.25 * money.score
    if name in ("total", "subtotal", "tax_total"):
        score += 0.14 * choice.closed + 0.04 * choice.summed + (0.03 if choice.due_closed and name == "total" else 0.0)
        if not choice.closed and not choice.summed:
            score -= 0.05 + 0.05 * min(3, len(choice.rivals))
    elif name == "amount_due":
        score += 0.15 if choice.due_closed else -0.05
    elif choice.closed:
        score += 0.12
    return max(0.05, min(0.99, score))


def _proven_rate(choice: Choice, net: Decimal) -> bool:
    """One tax whose printed rate fits the net amount that it implies: without that, a second tax may be missing."""
    if len(choice.tax) != 1 or not choice.tax[0].rate:
        return False
    return abs(net * choice.tax[0].rate / 100 - choice.tax[0].value) <= Decimal("0.02")


def _derive(
    out: dict[str, Extracted],
    choice: Choice,
    sums: Sequence[Decimal],
    proof: dict[str, float],
    calibrator: Calibrator | None,
) -> None:
    """What arithmetic alone gives, marked so: the subtotal or tax that is missing beside two printed amounts."""
    if "total" not in out or choice.total is None:
        return
    total = choice.total.value
    extra = sum((m.value for m in choice.charges), Decimal(0)) - sum(
        (abs(m.value) for m in choice.discounts), Decimal(0)
    )
    tax = sum((m.value for m in choice.tax), Decimal(0))

    def give(name: str, value: Decimal, score: float, why: str) -> None:
        by_text = float(out["total"].source is Source.TEXT)
        features = {**proof, "ocr": 1.0, "label": 0.0, "derived": 1.0, "text": by_text}
        confidence = calibrator(name, score, features) if calibrator else score
        out[name] = Extracted(plain(value), round(confidence, 4), Source.ARITHMETIC, "", None, None, why)

    if "amount_due" not in out and not choice.payments:
        give("amount_due", total, float(out["total"].confidence) * 0.97, "no payment is printed: the total is due")
    if "subtotal" not in out:
        whole = sum(sums, Decimal(0))
        if sums and abs(whole + tax + extra - total) <= Decimal("0.02"):
            give("subtotal", whole, 0.85, "the lines sum to the total less tax and charges")
        elif _proven_rate(choice, total - tax - extra):
            give("subtotal", total - tax - extra, 0.6, "the total less tax and charges")
    elif "tax_total" not in out and choice.subtotal is not None and choice.subtotal.rate:
        rest = total - choice.subtotal.value - extra
        if rest > 0:
            give("tax_total", rest, 0.6, "the total less the subtotal")
