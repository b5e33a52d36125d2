"""The review queue's order (spec F.3): priority_score descending, due date ascending, id."""

from decimal import Decimal

_FULL_AMOUNT = Decimal(10_000)


def priority_score(
    *, sla_used: Decimal, amount_at_risk: Decimal, date_within_2bd: bool, critical_supply: bool, reopened: int
) -> Decimal:
    """Score of an item; the higher is served first.

    `sla_used`: fraction of the SLA clock (may exceed 1). `amount_at_risk`: legal entity currency, full weight from
    10,000. `date_within_2bd`: discount or due date within two business days. `critical_supply`: critical supplier or
    credit-hold warning. `reopened`: how often the item came back.
    """
    share = min(Decimal(1), Decimal(amount_at_risk) / _FULL_AMOUNT)
    return (
        40 * Decimal(sla_used)
        + 25 * share
        + Decimal(20 if date_within_2bd else 0)
        + Decimal(10 if critical_supply else 0)
        + Decimal(5 * reopened)
    )
