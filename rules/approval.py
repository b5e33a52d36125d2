"""Who must approve (spec E.3)."""

from decimal import Decimal

from rules.load import default_policy
from rules.policy import LadderStep, MatchedStep, Policy

_ZERO = Decimal(0)


def chain(
    kind: str,
    total: Decimal,
    *,
    same_supplier_cost_center_last_7_days: Decimal = _ZERO,
    referral_source: bool = False,
    rate: Decimal = Decimal(1),
    scope: tuple[str | None, ...] = (),
    policy: Policy | None = None,
) -> list[str]:
    """The roles that approve, in order; empty means touchless.

    `kind`: po_matched or non_po. `total`: gross total in document currency; `rate` converts it to the legal entity's
    currency, in which limits stand. `same_supplier_cost_center_last_7_days`: the supplier's other non-PO invoices for
    the cost centre, in legal entity currency; together with this one they climb the ladder (anti-splitting).
    `scope`: department and facility, whose own ladders come first. A referral source always adds COMPLIANCE.
    """
    rules = policy or default_policy()
    amount = abs(total) * rate
    if kind == "po_matched":
        roles = [step.role for step in matched_ladder(rules, scope) if amount > step.above]
    else:
        roles = _climb(nonpo_ladder(rules, scope), amount + max(_ZERO, same_supplier_cost_center_last_7_days))
    if referral_source:
        roles.append("COMPLIANCE")
    return roles


def _climb(ladder: tuple[LadderStep, ...], amount: Decimal) -> list[str]:
    roles = []
    for step in ladder:
        roles.append(step.role)
        if step.up_to is not None and amount <= step.up_to:
            break
    return roles


def matched_ladder(policy: Policy, scope: tuple[str | None, ...]) -> tuple[MatchedStep, ...]:
    """The PO-matched ladder of the first scope that has one, else the policy's."""
    for key in scope:
        own = policy.approval_overrides.get(key or "", {}).get("matched_approval")
        if own is not None:
            return tuple(MatchedStep(Decimal(str(step["above"])), str(step["role"])) for step in own)
    return policy.matched_approval


def nonpo_ladder(policy: Policy, scope: tuple[str | None, ...]) -> tuple[LadderStep, ...]:
    """The non-PO ladder of the first scope that has one, else the policy's."""
    for key in scope:
        own = policy.approval_overrides.get(key or "", {}).get("nonpo_approval")
        if own is not None:
            return tuple(
                LadderStep(str(s["role"]), Decimal(str(s["up_to"])) if s.get("up_to") not in (None, "none") else None)
                for s in own
            )
    return policy.nonpo_approval
