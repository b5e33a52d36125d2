"""Money candidates by label: totals, taxes, charges, and what was paid (spec A.1, A.3, A.4)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from pipeline.domain.document import Box
from pipeline.domain.reading import ReadTax
from pipeline.extract.candidates import AmountAt, Layout, amounts_in
from pipeline.extract.geometry import Row, Segment, Sheet, Token
from pipeline.extract.labels import Hit

CHARGES = ("freight", "fuel_surcharge", "handling", "other_charge")
ROLES = ("total", "amount_due", "subtotal", "tax_total", *CHARGES, "discount", "prepaid", "rounding", "other_money")


@dataclass(frozen=True, slots=True, eq=False)
class Money:
    """An amount with the role its label gives it. `rate` is a percentage printed beside it."""

    role: str
    value: Decimal
    score: float
    tokens: tuple[Token, ...]
    page: int
    y: float
    label: str
    how: str
    currency: str | None = None
    rate: Decimal | None = None
    base: Decimal | None = None
    row: int = 0
    emphasis: float = 1.0

    def box(self, sheet: Sheet) -> Box:
        return sheet.box(self.tokens)


def money_found(layout: Layout) -> list[Money]:
    """Labelled amounts outside the item table."""
    skip = layout.table
    precise = _mostly_precise(layout)
    out: list[Money] = []
    summary = (-1, 0.0)
    for sheet, row in layout.rows:
        if (sheet.number, row.number) in skip:
            continue
        hits = [h for s in row.segments for h in layout.hits_of(s) if h.section("money")]
        hits = [h for n, h in enumerate(hits) if not (n and _qualifies(hits[n - 1], h))]
        if not hits:
            continue
        beside = amounts_in(row.tokens, layout.mark)
        if any(_SUMMARY.search(h.text) for h in hits):
            summary = (sheet.number, row.y0)
        for hit in hits:
            own = _own_amounts(hit, hits, beside)
            if own:
                out += _beside(sheet, row, hit, own, precise)
            elif not any(c.isdigit() for t in hit.segment.tokens[hit.end :] for c in t.text):
                out += _under(layout, sheet, hit, precise, skip)
    return [_in_summary(m) if m.page == summary[0] and m.y >= summary[1] else m for m in out]


def _qualifies(left: Hit, right: Hit) -> bool:
    """`Total incl. VAT`: the tax in the second wording only says what the first one is."""
    told = re.match(r"in(?:kl|cl?)(?:usive|uding)?", right.text)
    return (
        bool(told)
        and right.segment is left.segment
        and right.start == left.end
        and left.role("money", "total") is not None
    )


_SUMMARY = re.compile(r"(?:gst|vat|tax|btw|mwst|tva)summary")


def _in_summary(money: Money) -> Money:
    """Totals inside a tax summary at the foot of a receipt are totals of bases, not of the document."""
    return replace(money, score=money.score * 0.55) if money.role in ("total", "subtotal") else money


def _mostly_precise(layout: Layout) -> bool:
    """Whether the document prints its amounts with two decimals."""
    exact = whole = 0
    for _, row in layout.rows:
        for token in row.tokens:
            if re.search(r"\d[.,]\d{2}$", token.text.rstrip("€$ -")):
                exact += 1
            elif re.search(r"^[$€£]\d[\d,]*$", token.text):
                whole += 1
    return exact >= whole


def _own_amounts(hit: Hit, hits: Sequence[Hit], amounts: Sequence[AmountAt]) -> list[AmountAt]:
    """Amounts right of the label and left of the next money label."""
    limit = min((h.x0 for h in hits if h.x0 > hit.x0), default=10**9)
    half = (hit.x0 + hit.x1) / 2  # a wide bold label may run into its amount
    return [
        a
        for a in amounts
        if a.number_x0 < limit and (a.number_x0 >= hit.x1 - 1 or (a.number_x0 > half and (a.x0 + a.x1) / 2 > hit.x1))
    ]


def _quality(amount: AmountAt, precise: bool) -> float:
    if amount.repaired:
        return 0.8
    if amount.amount.decimals == 2 or (amount.amount.decimals > 2 and amount.amount.currency):
        return 1.0
    if amount.amount.currency:
        return 0.9
    if amount.amount.decimals == 1:
        return 0.7
    return 0.4 if precise else 0.85


def _beside(sheet: Sheet, row: Row, hit: Hit, own: Sequence[AmountAt], precise: bool) -> list[Money]:
    values = [a for a in own if not a.percent and not (precise and sheet.source != "ocr" and _small_number(a))]
    rates = [a.amount.value for a in own if a.percent]
    if not values:
        return []
    chosen = values[-1]
    base = values[-2].amount.value if len(values) > 1 else None
    out = []
    for role in hit.roles:
        if role.section != "money":
            continue
        score = role.strength * hit.score * _quality(chosen, precise)
        score *= (1.0 if hit.start == 0 else 0.85) * _wholeness(hit, values[0])
        out.append(_money(role.name, chosen, score, sheet, row, hit, "right", rates, base))
        if base is not None and role.name in ("total", "subtotal"):
            # `Total 278.61 40.39 319.00`: net, tax and gross under their heads, so every one stays possible.
            out += [_money(role.name, v, score * 0.6, sheet, row, hit, "right", rates, None) for v in values[:-1]]
    return out


_FILLER = re.compile(
    r"^(?:in|of|the|incl|inc|including|inclusive|excl|excluding|gst|vat|tax|due|eur|usd|rm|gbp|amount|:|=|-|de|du|le|la|ttc|ht|on|"
    r"this|invoice|payable|to|pay|sales|net|nett|inkl|exkl|mwst|ust|btw|\W*)$"
)


def _wholeness(hit: Hit, first: AmountAt) -> float:
    """A label that goes on with other words (`Total 0% supplies`) names something narrower than its role."""
    rest = [
        t.text for t in hit.segment.tokens[hit.end :] if t.x0 < first.number_x0 and not any(c.isdigit() for c in t.text)
    ]
    odd = [w for w in rest if not _FILLER.match(w.lower().strip(".,:;()*"))]
    rated = any(re.search(r"\d\s?%", t.text) for t in hit.segment.tokens[hit.end :] if t.x0 < first.number_x0)
    if odd and rated and hit.role("money", "total"):
        return 0.25  # `Total 0% supplies` is the base of one rate
    return 1.0 if not odd else 0.8 if len(odd) == 1 else 0.65


def _money(
    role: str,
    at: AmountAt,
    score: float,
    sheet: Sheet,
    row: Row,
    hit: Hit,
    how: str,
    rates: Sequence[Decimal],
    base: Decimal | None,
) -> Money:
    tall = max(t.height for t in at.tokens) / max(sheet.line, 1.0)
    sure = sum(t.confidence for t in at.tokens) / len(at.tokens)
    weight = score if sheet.source != "ocr" else score * (0.5 + 0.5 * sure)
    return Money(
        role,
        at.amount.value,
        weight,
        at.tokens,
        sheet.number,
        row.y0,
        hit.text,
        how,
        at.amount.currency,
        rates[0] if rates else None,
        base,
        row.number,
        min(1.6, max(1.0, tall)),
    )


def _under(layout: Layout, sheet: Sheet, hit: Hit, precise: bool, skip: set[tuple[int, int]]) -> list[Money]:
    """Amounts below a head label: the first rows of a small totals table; the lowest row is often its sum."""
    out: list[Money] = []
    bottom = hit.segment.y1
    left, right = hit.x0, hit.x1
    heads = [s for s in sheet.rows[hit.segment.row].segments if s is not hit.segment]
    edge_left = max((s.x1 for s in heads if s.x1 <= left), default=0.0)
    edge_right = min((s.x0 for s in heads if s.x0 >= right), default=sheet.width)
    for row in sheet.rows[hit.segment.row + 1 : hit.segment.row + 7]:
        if row.y0 - bottom > 4.6 * sheet.line or (sheet.number, row.number) in skip:
            break
        found = [
            a
            for s in row.segments
            for a in amounts_in(s.tokens, layout.mark)
            if not a.percent and a.x1 > max(left - 40, edge_left) and a.x0 < min(right + 40, edge_right)
            if not (precise and _bare_number(a))
        ]
        label = any(
            h.start == 0 and h.section("money")
            for s in row.segments
            if _covers(s, left, right)
            for h in layout.hits_of(s)
        )
        if label:
            break
        if not found:
            continue
        best = min(
            found, key=lambda a: min(abs(a.x1 - right), abs(a.x0 - left), abs((a.x0 + a.x1) - (left + right)) / 2)
        )
        for role in hit.roles:
            if role.section == "money":
                score = role.strength * hit.score * _quality(best, precise) * 0.85
                out.append(_money(role.name, best, score, sheet, row, hit, "below", (), None))
        bottom = row.y1
    return out


def _small_number(amount: AmountAt) -> bool:
    """`Tax 5% 10% 2`: a note or a count beside a label, where amounts have their cents."""
    found = amount.amount
    return found.decimals == 0 and not found.currency and 0 < abs(found.value) < 100


def _bare_number(amount: AmountAt) -> bool:
    """`031316404`: an account or a telephone under a word such as `Payment`, where amounts have their cents."""
    found = amount.amount
    return found.decimals == 0 and not found.currency and abs(found.value) >= 10_000


def _covers(segment: Segment, left: float, right: float) -> bool:
    return min(segment.x1, right) > max(segment.x0, left)


def tax_rows(found: Sequence[Money], total: Decimal | None) -> tuple[ReadTax, ...]:
    """Rows of the tax breakdown that prove themselves: base x rate gives the amount."""
    out: dict[tuple[Decimal, Decimal], ReadTax] = {}
    for money in found:
        if money.role != "tax_total" or money.rate is None or money.base is None:
            continue
        fits = abs(money.base * money.rate / 100 - money.value) <= Decimal("0.05")
        if fits and (total is None or abs(money.base) <= abs(total)):
            out[(money.rate, money.base)] = ReadTax(money.base, money.rate, money.value)
    return tuple(out.values())
