"""What to write into Tryton for one voucher, worked out from what Tryton holds (no I/O; spec I.3).

Tryton drafts an invoice by itself (method `order`: at confirmation, `fulfillment`: per receipt, `manual`: on demand). That
draft is adopted: accounts, taxes and links to receipts stay the ERP's own. Lines of ours beside such a draft would make
Tryton answer with a credit note.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from pipeline.domain.erp import BusinessRefusal, Voucher, VoucherLine
from pipeline.domain.invoice import ZERO
from pipeline.domain.units import norm_unit
from pipeline.export.tryton_units import Unit, number
from pipeline.export.tryton_wire import Values

OPEN = frozenset({"confirmed", "processing", "done"})


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order in Tryton with its goods lines by their number (rank by id)."""

    head: Values
    lines: dict[str, Values]


@dataclass(slots=True)
class Plan:
    """Operations on the invoice's lines, the draft to adopt (None: a new invoice), drafts that are emptied by it."""

    base: int | None = None
    write: list[tuple[int, Values]] = field(default_factory=list)
    add: list[int] = field(default_factory=list)
    create: list[Values] = field(default_factory=list)
    rounding: Decimal = ZERO

    def operations(self, drafts: Sequence[Values]) -> list[Any]:
        """Tryton's x2many operations; lines of the base that the voucher does not bill are taken out of it."""
        kept = {line for line, _ in self.write}
        dropped = [row["id"] for row in drafts if row["invoice"]["id"] == self.base and row["id"] not in kept]
        parts: list[Any] = [["add", self.add]] if self.add else []
        parts += [["write", [line], values] for line, values in self.write]
        parts += [["delete", dropped]] if dropped else []
        parts += [["create", self.create]] if self.create else []
        return parts


def order_line(line: VoucherLine, orders: dict[str, OrderRow], units: dict[int, Unit]) -> tuple[OrderRow, Values]:
    """The Tryton line a voucher line bills. Refuses when order, item or unit are not what we approved."""
    order = orders.get(line.po_number or "")
    if order is None or order.head["state"] not in OPEN:
        raise BusinessRefusal(f"Order {line.po_number} is not open in Tryton.", "Check the order.")
    row = order.lines.get(line.po_line or "")
    if row is None:
        raise BusinessRefusal(f"Order {line.po_number} has no line {line.po_line} in Tryton.", "Match again.")
    code = (row["product"] or {}).get("code")
    if line.item and code and line.item != code:
        raise BusinessRefusal(
            f"Line {line.po_line} of order {line.po_number} is item {code} in Tryton, not {line.item}.", "Match again."
        )
    unit = units.get(row["unit"])
    if line.uom and unit and norm_unit(unit.code) != norm_unit(line.uom):
        raise BusinessRefusal(
            f"Line {line.po_line} of order {line.po_number} counts in {unit.code}, not {line.uom}.", "Match again."
        )
    return order, row


def price(net: Decimal, qty: Decimal, digits: int, cents: Decimal) -> tuple[Decimal, Decimal]:
    """Unit price in Tryton's digits, and what its extension misses of `net` (goes into the rounding line)."""
    unit_price = (net / qty).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return unit_price, net - (unit_price * qty).quantize(cents, ROUND_HALF_UP)


def share(qty: Decimal, rows: Sequence[Values], may_exceed: bool) -> list[tuple[int, Decimal]]:
    """`qty` spread over Tryton's draft lines in their order, never more than each proposes.

    An excess goes onto the last line where the order lets us (`manual`); else it is refused with both figures: on the
    other methods Tryton would book it and then draft a credit note against it.
    """
    left, parts = qty, []
    for row in rows:
        proposed = number(row["quantity"])
        part = min(left, proposed) if qty > 0 else max(left, proposed)
        if part * qty > 0:
            parts.append((row["id"], part))
            left -= part
    if left and parts and may_exceed:
        last, part = parts[-1]
        parts[-1] = (last, part + left)
        left = ZERO
    if left and parts and not may_exceed:
        raise BusinessRefusal(
            f"Tryton has {qty - left} left to bill on this line, the invoice bills {qty}.",
            "Amend the order or receipt in Tryton.",
        )
    return parts


def plan_lines(
    voucher: Voucher,
    orders: dict[str, OrderRow],
    drafts: Sequence[Values],
    units: dict[int, Unit],
    digits: int,
    cents: Decimal,
) -> Plan:
    """The plan for all lines on orders. Draft lines of the invoice with most of them come first; it becomes the base."""
    plan = Plan(rounding=voucher.small_difference)
    for line in voucher.lines:
        if line.po_number is not None:
            _plan_line(plan, line, *order_line(line, orders, units), drafts, digits, cents)
    return choose_base(plan, drafts)


def _plan_line(
    plan: Plan, line: VoucherLine, order: OrderRow, row: Values, drafts: Sequence[Values], digits: int, cents: Decimal
) -> None:
    manual = order.head["invoice_method"] == "manual"
    taken = {draft for draft, _ in plan.write}
    mine = [d for d in drafts if d["origin"] == f"purchase.line,{row['id']}" and d["id"] not in taken]
    if line.qty is None:
        # Billed by amount: on a `manual` order each bill is a line of its own, else it takes what Tryton proposes.
        qty, mine = (Decimal(1), []) if manual else (sum((number(d["quantity"]) for d in mine), ZERO), mine)
    else:
        qty = line.qty
    parts = share(qty, mine, may_exceed=manual) if qty else []
    if not qty or (not parts and not manual and qty > 0):
        raise BusinessRefusal(
            f"Tryton has nothing left to bill on line {line.po_line} of order {line.po_number}.",
            "Receive or amend it in Tryton, or look for a draft that somebody works on.",
        )
    unit_price, _ = price(line.net, qty, digits, cents)
    plan.write += [(draft, {"quantity": float(part), "unit_price": unit_price}) for draft, part in parts]
    if not parts:
        plan.create.append(own_line(row, qty, unit_price, keep_origin=manual))
    extended = [(part * unit_price).quantize(cents, ROUND_HALF_UP) for part in [p for _, p in parts] or [qty]]
    plan.rounding += line.net - sum(extended, ZERO)


def choose_base(plan: Plan, drafts: Sequence[Values]) -> Plan:
    """The draft holding most of our lines is adopted; lines of others move into it."""
    homes = {row["id"]: row["invoice"]["id"] for row in drafts}
    used = [homes[line] for line, _ in plan.write]
    if used:
        plan.base = max(sorted(set(used)), key=used.count)
        plan.add = [line for line, _ in plan.write if homes[line] != plan.base]
    return plan


def own_line(row: Values, qty: Decimal, unit_price: Decimal, keep_origin: bool) -> Values:
    """A line of ours for an order line that Tryton proposes nothing for."""
    product = row["product"] or {}
    category = (product.get("template") or {}).get("account_category") or {}
    done = [move["id"] for move in row["moves"] if move["state"] == "done"]
    values: Values = {
        "product": product.get("id"),
        "unit": row["unit"],
        "description": row["description"],
        "quantity": float(qty),
        "unit_price": unit_price,
        "account": (category.get("account_expense") or {}).get("id"),
        "taxes": [["add", [tax["id"] for tax in row["taxes"]]]],
    }
    if keep_origin:
        values |= {"origin": f"purchase.line,{row['id']}", "stock_moves": [["add", done]]}
    return values
