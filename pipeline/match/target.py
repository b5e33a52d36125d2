"""A PO line in play: units, price in force, what earlier invoices and receipts used of it (A.7, A.8, C.0.3)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pipeline.domain.identifiers import norm_gtin, norm_item, norm_po, squash
from pipeline.domain.invoice import InvoiceLine, PriorInvoice
from pipeline.domain.orders import OrderLine, PurchaseOrder, Receipt, ReceiptLine
from pipeline.domain.units import norm_unit
from pipeline.match.run import COUNTED, HUNDRED, ONE, ZERO, Run
from rules.limits import Limits

_IN_ERP = frozenset({"POSTED", "PAID"})
BILLED_BY_USAGE = frozenset({"bill_only", "consignment"})
LineKey = tuple[str, str]


@dataclass(slots=True)
class Received:
    """Sums over receipts up to the date, base units (A.8), or money for amount-based lines."""

    received: Decimal = ZERO
    rejected: Decimal = ZERO
    returned: Decimal = ZERO
    pending: Decimal = ZERO
    unreadable: bool = False
    last: date | None = None

    @property
    def net(self) -> Decimal:
        return self.received - self.returned

    @property
    def accepted(self) -> Decimal:
        return self.received - max(self.rejected, self.returned) - self.pending


class Target:
    """One PO line with everything the checks ask of it, worked out once."""

    __slots__ = (
        "factors",
        "family",
        "ids",
        "key",
        "limits",
        "line",
        "order",
        "ordered",
        "own_unit",
        "place",
        "prior_net",
        "prior_qty",
        "unreadable_prior",
    )

    def __init__(self, run: Run, ledger: "Ledger", order: PurchaseOrder, line: OrderLine, place: int) -> None:
        self.order, self.line, self.place = order, line, place
        self.key: LineKey = (norm_po(order.number), line.no)
        self.own_unit = norm_unit(line.uom)
        self.factors = _factors(line, self.own_unit)
        self.ordered = line.qty * self.factors.get(self.own_unit, ONE)
        self.limits: Limits = run.line_limits(order, line)
        self.ids = identifiers(line)
        self.family = _family(self.ids)
        self.prior_qty, self.prior_net, self.unreadable_prior = ledger.prior(self)

    @property
    def by_amount(self) -> bool:
        return self.line.match_basis == "amount"

    @property
    def open_qty(self) -> Decimal:
        return self.ordered - self.prior_qty

    def factor(self, unit: str | None) -> Decimal | None:
        """Eaches per unit; the PO line's own unit when none is stated; None when nobody knows (never 1)."""
        return self.factors.get(self.own_unit if not unit else norm_unit(unit))

    def sort_key(self) -> tuple[date, tuple[int, str], int]:
        """Promised date, then line number, then place in the facts."""
        number = self.line.no
        return self.line.promised_date or date.max, (int(number) if number.isdigit() else 10**9, number), self.place


def _factors(line: OrderLine, own: str) -> dict[str, Decimal]:
    """Known eaches per unit. Without the line's own unit in the table only that unit converts, with factor 1."""
    table = {norm_unit(unit): value for unit, value in line.uom_conversions.items() if value > 0}
    if table and "EA" not in table:
        table["EA"] = ONE
    return table if own in table else {own: ONE}


def identifiers(line: OrderLine | InvoiceLine) -> dict[str, str]:
    """Stated identifiers by type, normalised; a GTIN with a wrong check digit is no GTIN."""
    found = {}
    for kind in ("buyer_item", "supplier_item", "mpn", "ndc"):
        raw = getattr(line, kind)
        if raw:
            value = norm_item(raw)
            if value:
                found[kind] = value
    if line.gtin:
        gtin = norm_gtin(line.gtin)
        if gtin:
            found["gtin"] = gtin
    return found


def _family(ids: dict[str, str]) -> tuple[str, str] | None:
    """What makes two PO lines lines of the same item."""
    for kind in ("buyer_item", "supplier_item", "gtin", "mpn", "ndc"):
        value = ids.get(kind)
        if value:
            return kind, value
    return None


class Ledger:
    """Earlier invoices and receipts, indexed by PO line once per run."""

    def __init__(self, run: Run, numbers: set[str]) -> None:
        self.as_of = run.facts.as_of
        self._priors: dict[LineKey, list[tuple[Decimal, bool, Decimal, str | None]]] = defaultdict(list)
        self._receipts: dict[LineKey, list[tuple[Receipt, ReceiptLine]]] = defaultdict(list)
        for prior in run.facts.prior_invoices:
            self._take(run, prior, numbers)
        for receipt in run.facts.receipts:
            number = norm_po(receipt.po_number)
            if number in numbers and receipt.date <= self.as_of:
                for line in receipt.lines:
                    self._receipts[number, line.po_line].append((receipt, line))
        for entries in self._receipts.values():
            entries.sort(key=lambda entry: (entry[0].date, entry[0].id))

    def _take(self, run: Run, prior: PriorInvoice, numbers: set[str]) -> None:
        if prior.status.upper() not in COUNTED or (prior.id and prior.id == run.invoice.id):
            return
        # A prepayment is settled by deduction from the final invoice, it bills no quantity.
        if prior.type == "prepayment":
            return
        sign = -1 if prior.type == "credit_note" else 1
        for line in prior.lines:
            number = norm_po(line.po_number or prior.po_number or "")
            if line.po_line is not None and number in numbers:
                qty = ZERO if line.kind == "price_adjustment" else line.qty
                net = line.net
                if sign < 0:
                    qty, net = -abs(qty), -abs(net)
                posted = prior.status.upper() in _IN_ERP
                self._priors[number, line.po_line].append((qty, posted, net, line.uom))

    def prior(self, target: Target) -> tuple[Decimal, Decimal, bool]:
        """Billed so far: base quantity, net, and whether a unit could not be converted.

        What the ERP has billed replaces our own posted figures when it is more (vouchers that did not come through us);
        approved invoices that are not posted yet come on top, so that nothing is counted twice (C.0.3).
        """
        qty, net, unreadable = [ZERO, ZERO], [ZERO, ZERO], False
        for line_qty, posted, line_net, unit in self._priors.get(target.key, ()):
            net[posted] += line_net
            factor = target.factor(unit) if line_qty else ONE
            if factor is None:
                unreadable = True
            else:
                qty[posted] += line_qty * factor
        line = target.line
        if line.erp_billed_qty is not None:
            qty[True] = max(qty[True], line.erp_billed_qty * (target.factor(None) or ONE))
        if line.erp_billed_amount is not None:
            net[True] = max(net[True], line.erp_billed_amount)
        return qty[0] + qty[1], net[0] + net[1], unreadable

    def receipt_lines(self, target: Target) -> list[tuple[Receipt, ReceiptLine]]:
        """Receipts of a PO line up to the date, oldest first."""
        return self._receipts.get(target.key, [])

    def receipts_for(self, target: Target, before: Decimal, share: Decimal, slip: str | None) -> tuple[str, ...]:
        """Ids of the receipts that `share` (base units or money) consumes after `before` was billed: FIFO by date (B.3.8).

        Receipts of the packing slip that the invoice names come first. Evidence and accrual clearing only: the checks
        look at totals. Goods that went back consume the oldest receipts together with what was billed before.
        """
        stocks: list[tuple[str, Decimal]] = []
        for receipt, line in self.receipt_lines(target):
            amount = _amounts(target, line) if target.by_amount else _units(target, line)
            named = bool(slip) and squash(receipt.packing_slip or "") == slip
            if named and amount > 0:
                return tuple(
                    dict.fromkeys(r.id for r, _ in self.receipt_lines(target) if squash(r.packing_slip or "") == slip)
                )
            if amount > 0:
                stocks.append((receipt.id, amount))
            else:
                before -= amount
        return _consumed(stocks, before, share)

    def received(self, target: Target) -> Received:
        """Sums over the receipts of a PO line, in base units or money."""
        total = Received()
        for receipt, line in self.receipt_lines(target):
            total.last = receipt.date
            if target.by_amount:
                _add_amount(total, target, line)
                continue
            factor = target.factor(line.uom)
            if factor is None:
                total.unreadable = True
                continue
            total.received += line.received * factor
            total.rejected += line.rejected * factor
            total.returned += line.returned * factor
            total.pending += line.pending * factor
        return total


def _units(target: Target, line: ReceiptLine) -> Decimal:
    """What a receipt line brings in base units; 0 in a unit that nobody can convert."""
    return (line.received - line.returned) * (target.factor(line.uom) or ZERO)


def _amounts(target: Target, line: ReceiptLine) -> Decimal:
    one = Received()
    _add_amount(one, target, line)
    return one.net


def _consumed(stocks: list[tuple[str, Decimal]], before: Decimal, share: Decimal) -> tuple[str, ...]:
    """Ids of the stocks, oldest first, that overlap (before, before + share]."""
    found, start = [], ZERO
    for name, amount in stocks:
        if start < before + share and start + amount > before:
            found.append(name)
        start += amount
    return tuple(dict.fromkeys(found))


def _add_amount(total: Received, target: Target, line: ReceiptLine) -> None:
    """A service entry's amount; a quantity receipt counts at the PO price."""
    price = target.line.unit_price / target.line.price_base_qty
    if line.amount is None:
        total.received += line.received * price
    elif line.amount >= 0:
        total.received += line.amount
    else:
        total.returned -= line.amount
    total.returned += line.returned * price
    total.rejected += line.rejected * price
    total.pending += line.pending * price


def reference_price(run: Run, target: Target, ledger: Ledger) -> Decimal | None:
    """Price in force per base unit, after discount; None when the price unit cannot be converted (C.6)."""
    line = target.line
    factor = target.factor(line.price_uom)
    if factor is None or not line.price_base_qty:
        return None
    price = line.unit_price if not line.price_revisions else _revised(run, target, ledger)
    if line.discount_pct:
        price = price * (HUNDRED - line.discount_pct) / HUNDRED
    return price / (line.price_base_qty * factor)


def expected_net(run: Run, target: Target, ledger: Ledger, qty: Decimal) -> Decimal | None:
    """round(qty x price in force), multiplied before it is divided so that nothing is lost on the way."""
    line = target.line
    factor = target.factor(line.price_uom)
    if factor is None or not line.price_base_qty:
        return None
    value = qty * (line.unit_price if not line.price_revisions else _revised(run, target, ledger))
    if line.discount_pct:
        value = value * (HUNDRED - line.discount_pct) / HUNDRED
    divisor = line.price_base_qty * factor
    return run.money(value if divisor == ONE else value / divisor)


def contract_net(run: Run, target: Target, qty: Decimal) -> Decimal | None:
    """round(qty x contract price) in the line's price unit and base, without the PO discount (C.6)."""
    line = target.line
    factor = target.factor(line.price_uom)
    if line.contract_price is None or factor is None or not line.price_base_qty:
        return None
    return run.money(qty * line.contract_price / (line.price_base_qty * factor))


def _revised(run: Run, target: Target, ledger: Ledger) -> Decimal:
    """The latest approved revision in effect on the pricing date."""
    day = _pricing_date(run, target, ledger)
    live = [r for r in target.line.price_revisions if r.approved and r.effective_from <= day]
    return max(live, key=lambda r: r.effective_from).price if live else target.line.unit_price


def _pricing_date(run: Run, target: Target, ledger: Ledger) -> date:
    basis = run.policy.pricing_date_basis
    found = target.order.order_date
    if basis == "invoice_date":
        return run.invoice.invoice_date or found
    if basis == "receipt_date":
        return ledger.received(target).last or found
    return found
