"""Who may accept a variance (spec E.4)."""

from decimal import Decimal

from rules.load import default_policy
from rules.policy import Policy

MIN_REASON_LENGTH = 15


def amount_at_risk(code: str, disputed: Decimal, total: Decimal, variance: Decimal | None = None) -> Decimal:
    """What an acceptance of `code` puts at risk (E.4), in the currency of its arguments.

    `disputed`: the result's disputed amount as far as this code adds to it. A code that adds nothing risks the whole
    invoice total; under-billed tax risks the absolute difference (`variance`).
    """
    if disputed > 0:
        return disputed
    if code.startswith("TAX_") and variance is not None:
        return abs(variance)
    return abs(total)


def may_accept_variance(role: str, code: str, disputed: Decimal, policy: Policy | None = None) -> bool:
    """Whether `role` may accept `code` with `disputed` at risk (legal entity currency; the sign does not matter).

    Roles of a higher step may do what a lower step may; some codes must be cured and are accepted by nobody.
    """
    rules = (policy or default_policy()).authority
    if code in rules.never:
        return False
    amount = abs(disputed)
    steps = rules.ladder
    first = next((n for n, step in enumerate(steps) if step.up_to is None or amount <= step.up_to), len(steps))
    return any(role in step.roles for step in steps[first:])
