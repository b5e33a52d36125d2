"""Money arithmetic: minor units and the one rounding rule (spec 0.2). Amounts are Decimal, never float."""

from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation

from pipeline.domain.errors import InvalidInput

# ISO 4217 minor units; every currency not listed has two.
_NO_DECIMALS = frozenset(
    [
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "UYI",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ]
)
_THREE_DECIMALS = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])
_STEPS = {
    **dict.fromkeys(_NO_DECIMALS, Decimal(1)),
    **dict.fromkeys(_THREE_DECIMALS, Decimal("0.001")),
}
_CENT = Decimal("0.01")
# Wide enough for any amount a document can carry, so that quantising never overflows.
_WIDE = Context(prec=60, rounding=ROUND_HALF_UP)


def minor_unit(currency: str | None) -> Decimal:
    """Smallest amount of a currency (USD 0.01, JPY 1, KWD 0.001). An unknown or absent currency counts two decimals."""
    return _STEPS.get(currency or "", _CENT)


def minor_digits(currency: str | None) -> int:
    """Number of decimals of a currency's amounts."""
    exponent = minor_unit(currency).as_tuple().exponent
    return -int(exponent)


def round_money(value: Decimal, currency: str | None) -> Decimal:
    """Round to the currency's minor unit, half up, ties away from zero (spec 0.2.3).

    Raises InvalidInput when the value is not a finite number.
    """
    try:
        return value.quantize(_STEPS.get(currency or "", _CENT), ROUND_HALF_UP, _WIDE)
    except InvalidOperation as error:
        raise InvalidInput(f"{value} is not an amount of money.") from error
