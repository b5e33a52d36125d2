from decimal import Decimal

import pytest

from pipeline.extract.parse import (
    NotAnAmount,
    NotAQuantity,
    currency_of,
    decimal_mark_of,
    parse_amount,
    parse_pack,
    parse_quantity,
    unit_code,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,234.56", "1234.56"),
        ("1.234,56 €", "1234.56"),
        ("1 234,50", "1234.50"),
        ("(12.00)", "-12.00"),
        ("12,00-", "-12.00"),
        ("872.64 CR", "-872.64"),
        ("$1,009.00", "1009.00"),
        ("-$5.00", "-5.00"),
        ("USD 255.82", "255.82"),
        ("0.765", "0.765"),
        ("1.234.567", "1234567"),
        ("1,25,000.00", "125000.00"),
        ("27946 ,00", "27946.00"),
        ("−5.00", "-5.00"),
        ("12,-", "12"),
        (".50", "0.50"),
    ],
)
def test_amounts_in_many_notations(text: str, value: str) -> None:
    assert parse_amount(text).value == Decimal(value)


@pytest.mark.parametrize(
    "text", ["", "n/a", "9%", "16-97", "12.34.5", "1,23,4", "(12.00", "EUR", "3 EA", "1 2", "--5", "1e5", "٣٤x"]
)
def test_what_is_not_wholly_an_amount_is_refused(text: str) -> None:
    with pytest.raises(NotAnAmount):
        parse_amount(text)


def test_an_ambiguous_amount_keeps_its_other_reading() -> None:
    assert parse_amount("1.234").alternatives == (Decimal(1234),)
    assert parse_amount("1.234", ",").value == Decimal(1234)
    assert parse_amount("1,234", ",").value == Decimal("1.234")


def test_currencies() -> None:
    assert [currency_of(t) for t in ("$", "€", "eur", "RM", "xyz", "")] == ["USD", "EUR", "EUR", "MYR", None, None]
    assert parse_amount("12.00 EUR").currency == "EUR"


def test_quantities_with_units() -> None:
    found = parse_quantity("20 Stk.")
    assert (found.value, found.unit, unit_code("STK")) == (Decimal(20), "STK", "EA")
    with pytest.raises(NotAQuantity):
        parse_quantity("3 EUR")


def test_packs_and_the_decimal_mark() -> None:
    assert parse_pack("Gloves BX/50") == Decimal(50)
    assert decimal_mark_of(["1.234,50", "3,20", "9.99"]) == ","
    assert decimal_mark_of(["12"]) is None
