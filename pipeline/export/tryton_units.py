"""Units of Tryton: exact factors from `product.uom`, and quantities between them without a float (spec 0.2, A.7)."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from pipeline.export.tryton_config import TrytonConfig
from pipeline.export.tryton_wire import TrytonRest

DIGITS = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Unit:
    """`size`: how many of its category's base unit it holds; the base of countable goods is the each."""

    id: int
    code: str
    category: int
    size: Fraction
    digits: int


def number(value: float | Decimal | int) -> Decimal:
    """A JSON float of Tryton as the decimal that was typed there: the shortest one with that float, to 6 digits."""
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    return exact.quantize(DIGITS).normalize() + Decimal(0)


def read_units(rest: TrytonRest, config: TrytonConfig) -> dict[int, Unit]:
    """All units by id. Of factor and rate, Tryton keeps one exact: the one that is not below one."""
    units = {}
    for row in rest.search(
        "product.uom", [["active", "in", [True, False]]], ["symbol", "factor", "rate", "category", "digits"]
    ):
        factor, rate = Fraction(repr(row["factor"])), Fraction(repr(row["rate"]))
        size = factor if factor >= 1 or not rate else 1 / rate
        units[row["id"]] = Unit(row["id"], config.unit(row["symbol"]), row["category"], size, row["digits"])
    return units


def decimal_of(value: Fraction) -> Decimal | None:
    """The fraction as an exact decimal of at most 6 digits, None when there is none."""
    scaled = value * 1_000_000
    if scaled.denominator != 1:
        return None
    return (Decimal(scaled.numerator) / 1_000_000).normalize() + Decimal(0)


def convert(qty: Decimal, source: Unit, target: Unit) -> Decimal | None:
    """`qty` of `source` in `target`, exactly; None when it does not come out even or they are not comparable."""
    if source.category != target.category:
        return None
    return decimal_of(Fraction(qty) * source.size / target.size)


def conversions(units: list[Unit]) -> dict[str, Decimal]:
    """Unit code -> base units, for the units an item really uses; never a guess for others."""
    found = {}
    for unit in units:
        size = decimal_of(unit.size)
        if size is not None and unit.category == units[0].category:
            found[unit.code] = size
    return found
