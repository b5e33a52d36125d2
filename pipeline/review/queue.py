"""The queue: what is next, who has it, and its priority (spec F.3)."""

from decimal import Decimal


def priority_score(
    *, sla_used: Decimal, amount_at_risk: Decimal, date_within_2bd: bool, critical_supply: bool, reopened: int
) -> Decimal:
    """40*SLA_used + 25*min(1, amount/10,000) + 20*[date within 2 bd] + 10*[critical] + 5*reopened."""
    share = min(Decimal(1), amount_at_risk / Decimal(10000))
    return 40 * sla_used + 25 * share + 20 * int(date_within_2bd) + 10 * int(critical_supply) + Decimal(5 * reopened)
