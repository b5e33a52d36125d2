"""One run of the engine: the facts at hand, the limits in force, and the findings so far."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from pipeline.domain.identifiers import norm_po
from pipeline.domain.invoice import Invoice
from pipeline.domain.matching import Facts, Finding
from pipeline.domain.money import minor_unit, round_money
from pipeline.domain.orders import OrderLine, PurchaseOrder
from pipeline.domain.supplier import Facility, Supplier
from rules.limits import Level, Limits, policy_levels, resolve, system_limits
from rules.owners import ownership
from rules.policy import Policy

ENGINE_VERSION = "1.0.0"
ZERO = Decimal(0)
ONE = Decimal(1)
HUNDRED = Decimal(100)
# C.0.3: only these consume ordered and received quantity.
COUNTED = frozenset({"AUTO_APPROVED", "APPROVED", "POSTING", "POST_FAILED", "POST_UNKNOWN", "POSTED", "PAID"})
DEAD = frozenset({"REJECTED", "VOID", "DUPLICATE", "NOT_INVOICE"})
# C.0.1: these stop line, charge, tax and approval checks.
STOPPERS = frozenset(
    [
        "SUP_MISMATCH_PO",
        "PO_CLOSED",
        "PO_CANCELLED",
        "PO_NOT_APPROVED",
        "PO_FINAL_MATCHED",
        "ERS_INVOICE",
        "PO_MISSING",
        "PO_NOT_FOUND",
        "PO_AMBIGUOUS",
        "SUP_UNKNOWN",
    ]
)


@dataclass(slots=True)
class Run:
    """Mutable only while one decision is made; nothing of it leaves but the MatchResult."""

    facts: Facts
    policy: Policy
    invoice: Invoice
    supplier: Supplier | None
    group: str | None
    currency: str | None
    rate: Decimal = ONE
    findings: list[Finding] = field(default_factory=list)
    codes: set[str] = field(default_factory=set)
    places: set[tuple[str, str | None]] = field(default_factory=set)
    disputed: Decimal = ZERO
    small_difference: Decimal = ZERO
    orders: tuple[PurchaseOrder, ...] = ()
    candidates: tuple[str, ...] = ()
    facilities: dict[str, Facility] = field(default_factory=dict)

    def add(self, code: str, outcome: str, message: str, line: str | None = None, **details: Any) -> None:
        """Record a finding; each (code, line) once."""
        if (code, line) in self.places:
            return
        self.places.add((code, line))
        if outcome in ("hold", "wait") and self.settled(code, line, details.get("variance_abs"), details.get("actual")):
            outcome, message = "info", f"{message} Settled by a person."
        else:
            self.codes.add(code)
        owner = ownership(code)
        self.findings.append(
            Finding(code, outcome, line, message=message, owner=owner.owner, actions=owner.actions, **details)
        )

    def settled(self, code: str, line: str | None, variance: Decimal | None = None, actual: str | None = None) -> bool:
        """Whether a person with authority has dealt with exactly this (E.4)."""
        return any(each.covers(code, line, variance, actual) for each in self.facts.settled)

    def hold(self, code: str, message: str, line: str | None = None, **details: Any) -> None:
        self.add(code, "hold", message, line, **details)

    def warn(self, code: str, message: str, line: str | None = None, **details: Any) -> None:
        self.add(code, "warn", message, line, **details)

    def money(self, value: Decimal) -> Decimal:
        return round_money(value, self.currency)

    def dispute(self, amount: Decimal) -> None:
        self.disputed += amount

    @property
    def stopped(self) -> bool:
        return not STOPPERS.isdisjoint(self.codes)

    def own_limit(self, limit: Decimal) -> Decimal:
        """A limit of C.3 or C.4: document currency, never converted; currencies without decimals: one unit."""
        return limit if minor_unit(self.currency) < ONE else max(limit, ONE)

    def line_limits(self, order: PurchaseOrder, line: OrderLine) -> Limits:
        """C.0.5 for one PO line, in document currency."""
        supplier = self.supplier
        if not (line.tolerances or order.tolerances or self.policy.overrides or (supplier and supplier.tolerances)):
            return system_limits(self.policy, self.rate)
        own: list[Level] = [(f"PO line {order.number}/{line.no}", line.tolerances)]
        return resolve(self.policy, self.rate, [*own, *self._order_levels(order, line.category)])

    def order_limits(self, order: PurchaseOrder) -> Limits:
        """C.0.5 for a whole order, in document currency."""
        return resolve(self.policy, self.rate, self._order_levels(order, None))

    def own_limits(self) -> Limits:
        """C.0.5 without an order: supplier, ship-to facility and its legal entity."""
        place, supplier = self.facilities.get(self.invoice.ship_to or ""), self.supplier
        levels = policy_levels(
            self.policy,
            supplier=supplier.id if supplier else None,
            facility=self.invoice.ship_to,
            legal_entity=place.legal_entity if place else None,
            supplier_own=supplier.tolerances if supplier else None,
        )
        return resolve(self.policy, self.rate, levels)

    def _order_levels(self, order: PurchaseOrder, category: str | None) -> list[Level]:
        place = self.facilities.get(order.ship_to or "")
        supplier = self.supplier
        return [
            (f"PO {order.number}", order.tolerances),
            *policy_levels(
                self.policy,
                supplier=supplier.id if supplier else None,
                category=category,
                po_type=order.type,
                facility=order.ship_to,
                legal_entity=order.legal_entity or (place.legal_entity if place else None),
                supplier_own=supplier.tolerances if supplier else None,
            ),
        ]

    def tightest(self, name: str) -> tuple[Decimal | None, str]:
        """The smallest value of a parameter over the invoice's orders, and where it came from."""
        found: tuple[Decimal | None, str] = (None, "system policy")
        for number, order in enumerate(self.orders):
            limits = self.order_limits(order)
            value = limits.values[name]
            if number == 0 or (value is not None and (found[0] is None or value < found[0])):
                found = (value, limits.source(name))
        if not self.orders:
            limits = self.own_limits()
            found = (limits.values[name], limits.source(name))
        return found


def start(facts: Facts, policy: Policy) -> Run:
    """A run with supplier, currency and rate looked up."""
    invoice = facts.invoice
    supplier = next((s for s in facts.suppliers if s.id == invoice.supplier_id), None)
    group = supplier.group if supplier else invoice.supplier_id
    run = Run(facts, policy, invoice, supplier, group, invoice.currency)
    run.facilities = {f.id: f for f in facts.facilities}
    run.rate = facts.rates.get(invoice.currency or "") or ONE
    return run


def group_of(run: Run, supplier_id: str) -> str:
    """The supplier group of an id; a supplier that is not among the facts is a group of its own."""
    for supplier in run.facts.suppliers:
        if supplier.id == supplier_id:
            return supplier.group
    return supplier_id


def same_order(a: str | None, b: str | None) -> bool:
    """Whether two order numbers are one; an absent number never equals anything."""
    return bool(a) and bool(b) and norm_po(str(a)) == norm_po(str(b))
