"""The tolerance function (spec C.0.2)."""

from decimal import Decimal

_ZERO = Decimal(0)
_HUNDRED = Decimal(100)


def within(
    over: Decimal, base: Decimal, pct: Decimal | None, abs_limit: Decimal | None, ignore: Decimal | None
) -> bool:
    """Whether an unfavourable variance `over` against `base` is tolerated.

    Both limits must hold and are inclusive; None is not checked, 0 is no tolerance. `ignore` is a small-amount floor
    that overrides the rest. Percentages are compared by cross-multiplication, so nothing is rounded.
    """
    if over <= _ZERO:
        return True
    if ignore is not None and ignore > _ZERO and over <= ignore:
        return True
    if pct is not None and (base == _ZERO or over * _HUNDRED > pct * base):
        return False
    return not (abs_limit is not None and over > abs_limit)


def quantity_within(
    excess: Decimal,
    base: Decimal,
    pct: Decimal | None,
    qty_limit: Decimal | None,
    value: Decimal | None,
    value_floor: Decimal | None,
) -> bool:
    """Whether an excess quantity is tolerated (C.7): value floor first, then both limits.

    `value` is the excess at the reference price in document currency (None: unknown, then the floor does not help).
    """
    if excess <= _ZERO:
        return True
    if value_floor is not None and value_floor > _ZERO and value is not None and value <= value_floor:
        return True
    return within(excess, base, pct, qty_limit, None)
