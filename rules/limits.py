"""The tolerance hierarchy (spec C.0.5): the most specific defined value of each parameter wins, and says so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from rules.policy import Policy

# Sections whose values may be overridden, and the plain parameters beside them.
SECTIONS = (
    "price",
    "price_estimate",
    "contract",
    "qty_ordered",
    "qty_received",
    "amount_ordered",
    "amount_received",
    "tax",
    "charge",
    "credit",
)
SINGLES = ("header_variance_abs", "receipt_wait_days", "line_amount_limit", "uom_suspect_pct")
# Policy overrides by scope, most specific first; the PO line's, PO's and supplier's own tolerances come from the ERP.
SCOPES = ("supplier_category", "supplier", "category", "po_type", "facility", "legal_entity")
_MONEY_ENDS = ("_abs", "value_floor", "line_amount_limit")

Value = Decimal | None
Level = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Limits:
    """Resolved limits, `section.parameter` -> value. Money is in document currency; `sources` only where not system."""

    values: Mapping[str, Value]
    sources: Mapping[str, str]

    def source(self, name: str) -> str:
        return self.sources.get(name, "system policy")


def parameter_names() -> frozenset[str]:
    """Every `section.parameter` and plain parameter that an override may set."""
    return frozenset(_system_values(Policy()))


def _system_values(policy: Policy) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for section in SECTIONS:
        part = getattr(policy, section)
        if is_dataclass(part):
            values.update({f"{section}.{f.name}": getattr(part, f.name) for f in fields(part)})
    for name in SINGLES:
        value = getattr(policy, name)
        values[name] = None if value is None else Decimal(value)
    return values


def is_money(name: str) -> bool:
    """Whether a parameter is an amount in the legal entity's currency."""
    return name.endswith(_MONEY_ENDS)


@lru_cache(maxsize=256)
def system_limits(policy: Policy, rate: Decimal) -> Limits:
    """The system level in document currency: limit / rate (0.2.6)."""
    values = _system_values(policy)
    if rate != 1:
        values = {n: v / rate if v is not None and is_money(n) else v for n, v in values.items()}
    return Limits(values, {})


def resolve(policy: Policy, rate: Decimal, levels: Sequence[Level]) -> Limits:
    """Limits under `levels`, most specific first. An unreadable value counts as no tolerance at all (zero)."""
    base = system_limits(policy, rate)
    live = [level for level in levels if level[1]]
    if not live:
        return base
    values, sources = dict(base.values), dict[str, str]()
    for source, tolerances in reversed(live):
        for name, raw in flatten(tolerances).items():
            if name in values:
                value = _number(raw)
                values[name] = value / rate if value is not None and rate != 1 and is_money(name) else value
                sources[name] = source
    return Limits(values, sources)


def flatten(tolerances: Mapping[str, Any]) -> dict[str, Any]:
    """`{price: {upper_pct: 2}, header_variance_abs: 5}` as dotted names."""
    flat: dict[str, Any] = {}
    for section, content in tolerances.items():
        if isinstance(content, Mapping):
            flat.update({f"{section}.{name}": value for name, value in content.items()})
        else:
            flat[section] = content
    return flat


def _number(raw: object) -> Value:
    if raw is None or (isinstance(raw, str) and raw.strip().lower() == "none"):
        return None
    try:
        value = Decimal(str(raw))
    except InvalidOperation:
        return Decimal(0)
    return value if value.is_finite() and value >= 0 else Decimal(0)


def policy_levels(
    policy: Policy,
    *,
    supplier: str | None = None,
    category: str | None = None,
    po_type: str | None = None,
    facility: str | None = None,
    legal_entity: str | None = None,
    supplier_own: Mapping[str, Any] | None = None,
) -> list[Level]:
    """The levels between PO and system, most specific first."""
    table = policy.overrides
    keys = {
        "supplier_category": f"{supplier}/{category}" if supplier and category else None,
        "supplier": supplier,
        "category": category,
        "po_type": po_type,
        "facility": facility,
        "legal_entity": legal_entity,
    }
    levels: list[Level] = []
    for scope in SCOPES:
        if scope == "supplier" and supplier_own:
            levels.append((f"supplier {supplier}", supplier_own))
        key = keys[scope]
        found = table.get(scope, {}).get(key) if table and key else None
        if found:
            levels.append((f"policy for {scope.replace('_', ' ')} {key}", found))
    return levels
