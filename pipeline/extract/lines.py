"""The invoice's lines: from the table, or a list without heads; charges set apart (spec A.2, A.3)."""

from collections.abc import Sequence
from decimal import Decimal

from pipeline.domain.reading import ReadCharge, ReadLine
from pipeline.extract.candidates import Layout
from pipeline.extract.items import read_items
from pipeline.extract.labels import label_roles
from pipeline.extract.money import CHARGES, Money
from pipeline.extract.opinion import SecondOpinion
from pipeline.extract.table import Table
from pipeline.extract.unheaded import headless

NEAR = Decimal("0.02")


def choose_lines(
    layout: Layout, table: Table, money: Sequence[Money], second: SecondOpinion | None = None
) -> tuple[list[ReadLine], list[ReadCharge]]:
    """Lines and the charges found among them."""
    lines = read_items(layout, table, second)
    if not lines:
        lines = _without_head(layout, money)
    goals = {abs(m.value) for m in money if m.role in ("subtotal", "total", "amount_due")}
    lines = _plausible(lines, goals)
    return _charges_apart(lines, goals)


def _without_head(layout: Layout, money: Sequence[Money]) -> list[ReadLine]:
    """A list counts only when its amounts sum to a labelled subtotal or total, or every one proves itself."""
    totals = [m for m in money if m.role in ("subtotal", "total", "amount_due")]
    lines: list[ReadLine] = []
    for sheet in layout.sheets:
        ends = sorted({m.row for m in totals if m.page == sheet.number}) or [len(sheet.rows)]
        # The amount due may stand in the head as well: the list ends at the first sum that it gives.
        tried = [headless(layout, sheet, 0, end) for end in ends[:4]]
        summing = next((t for t in tried if t and _sums_to(lines + t, totals)), None)
        lines += summing if summing is not None else tried[0]
    if lines and _sums_to(lines, totals):
        return lines
    proven = [line for line in lines if line.quantity is not None and line.unit_price is not None]
    return proven if proven and len(proven) == len(lines) else []


def _sums_to(lines: Sequence[ReadLine], totals: Sequence[Money]) -> bool:
    total = sum((line.line_total for line in lines if line.line_total is not None), Decimal(0))
    return any(abs(abs(total) - abs(m.value)) <= NEAR for m in totals)


def _plausible(lines: list[ReadLine], goals: set[Decimal]) -> list[ReadLine]:
    """Rows that repeat the sum of the rows above are sums, not items."""
    out: list[ReadLine] = []
    running = Decimal(0)
    for line in lines:
        amount = line.line_total
        bare = line.quantity is None and line.unit_price is None and not line.sku
        if bare and amount is not None and len(out) > 1 and abs(amount - running) <= NEAR and amount in goals:
            continue
        out.append(line)
        running += amount or Decimal(0)
    return out


def _charges_apart(lines: list[ReadLine], goals: set[Decimal]) -> tuple[list[ReadLine], list[ReadCharge]]:
    """A freight row without an item code is a charge when the subtotal does not count it, or when it has no figures."""
    whole = sum((line.line_total for line in lines if line.line_total is not None), Decimal(0))
    kept, charges = [], []
    for line in lines:
        kind = charge_kind(line.description)
        bare = line.quantity is None and line.unit_price is None and not line.sku
        if (
            kind
            and line.line_total is not None
            and not line.sku
            and (bare or (whole - line.line_total in goals and whole not in goals))
        ):
            charges.append(ReadCharge("other" if kind == "other_charge" else kind, line.line_total))
        else:
            kept.append(line)
    return kept, charges


def charge_kind(description: str) -> str | None:
    """The kind of charge a line's text names, None for goods."""
    for role in label_roles(description):
        if role.section == "money" and role.name in CHARGES:
            return role.name
    return None
