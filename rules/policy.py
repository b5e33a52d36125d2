"""Policy as data (spec C, E): every threshold of the engine. Absolute limits are in the legal entity's currency."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field


def _plain(value: object) -> object:
    """ "none" is the TOML word for null; floats are refused because they are not exact."""
    if isinstance(value, str) and value.strip().lower() == "none":
        return None
    if isinstance(value, bool | float):
        raise ValueError('write the number as text, such as "2.5"')
    return value


Amount = Annotated[Decimal, BeforeValidator(_plain), Field(ge=0, allow_inf_nan=False)]
Limit = Annotated[Annotated[Decimal, Field(ge=0, allow_inf_nan=False)] | None, BeforeValidator(_plain)]
Share = Annotated[Decimal, BeforeValidator(_plain), Field(ge=0, le=1, allow_inf_nan=False)]
Rate = Annotated[Decimal, BeforeValidator(_plain), Field(gt=0, lt=1, allow_inf_nan=False)]
Days = Annotated[int, Field(ge=0, le=10_000)]
_STRICT = {"extra": "forbid"}


@dataclass(frozen=True)
class PriceLimits:
    upper_pct: Limit = Decimal("2")
    upper_abs: Limit = Decimal("50.00")
    ignore_abs: Limit = Decimal("1.00")
    lower_warn_pct: Limit = Decimal("10")
    __pydantic_config__ = _STRICT


@dataclass(frozen=True)
class EstimateLimits:
    """Instead of `price` when the PO price is an estimate (C.6)."""

    upper_pct: Limit = Decimal("10")
    upper_abs: Limit = Decimal("100.00")
    __pydantic_config__ = _STRICT


@dataclass(frozen=True)
class ContractLimits:
    upper_pct: Limit = Decimal("1")
    upper_abs: Limit = Decimal("50.00")
    ignore_abs: Limit = Decimal("1.00")
    __pydantic_config__ = _STRICT


@dataclass(frozen=True)
class QuantityLimits:
    """`upper_qty` in base units; `value_floor` is the excess at the reference price."""

    upper_pct: Limit = Decimal("0")
    upper_qty: Limit = None
    value_floor: Limit = Decimal("0.00")
    __pydantic_config__ = _STRICT


@dataclass(frozen=True)
class AmountLimits:
    upper_pct: Limit = Decimal("0")
    upper_abs: Limit = None
    __pydantic_config__ = _STRICT


@dataclass(frozen=True)
class ArithmeticLimits:
    """In document currency, never converted (C.3)."""

    line_abs: Amount = Decimal("0.02")
    sum_abs: Amount = Decimal("0.05")
    tax_abs: Amount = Decimal("0.05")
    total_abs: Amount = Decimal("0.05")
    __pydantic_config__ = _STRICT


@dataclass(frozen=True)
class TaxLimits:
    variance_abs: Limit = Decimal("1.00")
    __pydantic_config__ = _STRICT


@dataclass(frozen=True)
class ChargeLimits:
    planned_pct: Limit = Decimal("10")
    planned_abs: Limit = Decimal("25.00")
    ignore_abs: Limit = Decimal("0.00")
    unplanned_freight_abs: Limit = Decimal("25.00")
    unplanned_other_abs: Limit = Decimal("0.00")
    __pydantic_config__ = _STRICT


@dataclass(frozen=True)
class CreditLimits:
    price_under_abs: Amount = Decimal("1.00")
    __pydantic_config__ = _STRICT


@dataclass(frozen=True)
class DuplicateRules:
    """Windows in days; `total_abs` in document currency, never converted (C.4)."""

    lookback_days: Days = 730
    possible_days: Days = 7
    near_days: Days = 60
    total_abs: Amount = Decimal("0.01")
    __pydantic_config__ = _STRICT


@dataclass(frozen=True)
class PairingRules:
    """Thresholds of B.2-B.4 and the work limit of the subset search."""

    floor: Share = Decimal("0.45")
    accept: Share = Decimal("0.70")
    margin: Share = Decimal("0.15")
    touchless: Share = Decimal("0.80")
    dummy_cost: Share = Decimal("0.55")
    subset_abs: Amount = Decimal("0.02")
    subset_steps: int = 200_000
    __pydantic_config__ = _STRICT


@dataclass(frozen=True)
class ConfidenceRules:
    """C.0.6. `max_error_rate` asks for thresholds by risk (rules/risk.py): `critical` then is the least they may be."""

    floor: Share = Decimal("0.60")
    critical: dict[str, Share] = field(
        default_factory=lambda: {
            "invoice_number": Decimal("0.95"),
            "total": Decimal("0.97"),
            "invoice_date": Decimal("0.90"),
            "supplier": Decimal("0.95"),
            "po_number": Decimal("0.90"),
            "currency": Decimal("0.90"),
        }
    )
    max_error_rate: dict[str, Rate] = field(default_factory=dict)
    evidence: Literal["real", "all"] = "real"
    uncertified: Literal["never", "stated"] = "never"
    __pydantic_config__ = _STRICT


@dataclass(frozen=True)
class AnomalyRules:
    enabled: bool = False
    above: Amount = Decimal("1000.00")
    min_history: Days = 8
    iqr_factor: Amount = Decimal("3")
    __pydantic_config__ = _STRICT


@dataclass(frozen=True)
class MatchedStep:
    """PO matched: `role` approves totals above `above`."""

    above: Amount
    role: str
    __pydantic_config__ = _STRICT


@dataclass(frozen=True)
class LadderStep:
    """Non-PO: `role` is the last step for totals up to `up_to` (null: no limit)."""

    role: str
    up_to: Limit = None
    __pydantic_config__ = _STRICT


@dataclass(frozen=True)
class AuthorityStep:
    """E.4: these roles accept a disputed amount up to `up_to` (null: no limit)."""

    roles: tuple[str, ...]
    up_to: Limit = None
    __pydantic_config__ = _STRICT


@dataclass(frozen=True)
class AuthorityRules:
    ladder: tuple[AuthorityStep, ...] = (
        AuthorityStep(("BUYER", "AP_SUPERVISOR"), Decimal("100.00")),
        AuthorityStep(("DEPT_MANAGER",), Decimal("1000.00")),
        AuthorityStep(("DEPT_DIRECTOR",), Decimal("10000.00")),
        AuthorityStep(("FACILITY_CFO",)),
    )
    never: tuple[str, ...] = (
        "SUP_EXCLUDED",
        "SUP_BANK_CHANGE",
        "SUP_UNKNOWN",
        "DUP_EXACT",
        "ERS_INVOICE",
        "PO_CANCELLED",
        "UOM_UNKNOWN",
        "CUR_MISMATCH",
        "BO_SERIAL_MISMATCH",
    )
    __pydantic_config__ = _STRICT


@dataclass(frozen=True)
class RoutingRule:
    """One line of E.2: every stated condition must hold; the first rule that fits gives the queue."""

    queue: str
    codes: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    facilities: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    cost_centers: tuple[str, ...] = ()
    suppliers: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    supplier_tiers: tuple[str, ...] = ()
    phi: bool | None = None
    min_at_risk: Limit = None
    due_within_days: Days | None = None
    assign: Literal["least_loaded", "round_robin", "po_buyer", "sticky_supplier"] = "least_loaded"
    restricted: bool = False
    sla: Literal["S1", "S2", "S3", "S4", "S5"] | None = None
    __pydantic_config__ = _STRICT


@dataclass(frozen=True)
class Header:
    """Identity of a policy version (E.1). Author and approver must differ."""

    policy_id: str = "default"
    version: str = "1"
    effective_from: date | None = None
    author: str = ""
    approver: str = ""
    __pydantic_config__ = _STRICT


Sections = Mapping[str, Mapping[str, Any] | Any]


@dataclass(frozen=True, eq=False)
class Policy:
    """One version of the policy. Two policies are the same when their `hash` is."""

    meta: Header = Header()
    match_level_default: Literal["none", "two_way", "three_way", "four_way"] = "three_way"
    pricing_date_basis: Literal["order_date", "receipt_date", "invoice_date"] = "order_date"
    price: PriceLimits = PriceLimits()
    price_estimate: EstimateLimits = EstimateLimits()
    contract: ContractLimits = ContractLimits()
    uom_suspect_pct: Amount = Decimal("2")
    qty_ordered: QuantityLimits = QuantityLimits()
    qty_received: QuantityLimits = QuantityLimits()
    amount_ordered: AmountLimits = AmountLimits()
    amount_received: AmountLimits = AmountLimits()
    header_variance_abs: Limit = Decimal("100.00")
    line_amount_limit: Limit = None
    arithmetic: ArithmeticLimits = ArithmeticLimits()
    tax: TaxLimits = TaxLimits()
    charge: ChargeLimits = ChargeLimits()
    credit: CreditLimits = CreditLimits()
    receipt_wait_days: Days = 7
    future_days: Days = 0
    stale_days: Days = 180
    allow_auto_on_inferred_po: bool = False
    duplicate: DuplicateRules = DuplicateRules()
    pairing: PairingRules = PairingRules()
    confidence: ConfidenceRules = field(default_factory=ConfidenceRules)
    anomaly: AnomalyRules = AnomalyRules()
    qa_sample_pct: Amount = Decimal("0")
    substitute_hold_categories: tuple[str, ...] = ("implants", "pharmacy")
    npo_blocked_categories: tuple[str, ...] = ()
    matched_approval: tuple[MatchedStep, ...] = (
        MatchedStep(Decimal("25000.00"), "AP_SUPERVISOR"),
        MatchedStep(Decimal("250000.00"), "FACILITY_CFO"),
    )
    nonpo_approval: tuple[LadderStep, ...] = (
        LadderStep("DEPT_MANAGER", Decimal("2500.00")),
        LadderStep("DEPT_DIRECTOR", Decimal("25000.00")),
        LadderStep("FACILITY_CFO", Decimal("100000.00")),
        LadderStep("SYSTEM_CFO"),
    )
    authority: AuthorityRules = AuthorityRules()
    routing: tuple[RoutingRule, ...] = ()
    fx_to_usd: dict[str, Amount] = field(default_factory=dict)
    # scope -> id -> section -> parameter -> value; scopes in rules/limits.py (C.0.5)
    overrides: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    # facility or department -> own approval ladders (E.3)
    approval_overrides: dict[str, dict[str, Any]] = field(default_factory=dict)
    hash: str = ""
    __pydantic_config__ = _STRICT
