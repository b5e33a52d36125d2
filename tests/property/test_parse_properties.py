"""Whatever the text: a value or our own error."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from pipeline.extract.dates import NotADate, find_dates, parse_date
from pipeline.extract.parse import NotAnAmount, NotAQuantity, parse_amount, parse_quantity, parse_unit
from pipeline.extract.taxids import looks_like_iban, tax_id_kind
from pipeline.extract.terms import parse_terms

NOISE = st.text(max_size=60) | st.text(alphabet="0123456789.,-+()$€% CR/OlS'", max_size=24)


@given(NOISE, st.sampled_from([None, ".", ","]))
def test_amounts_never_surprise(text: str, mark: str | None) -> None:
    try:
        found = parse_amount(text, mark)
    except NotAnAmount:
        return
    assert found.value.is_finite()
    assert all(a.is_finite() for a in found.alternatives)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2), st.sampled_from(["en", "de", "fr"]))
def test_printed_amounts_are_read_back(value: Decimal, style: str) -> None:
    text = f"{value:,.2f}"
    if style == "de":
        text = text.translate(str.maketrans(",.", ".,"))
    elif style == "fr":
        text = text.replace(",", " ").replace(".", ",")
    assert parse_amount(text).value == value


@given(NOISE)
def test_dates_never_surprise(text: str) -> None:
    find_dates(text)
    try:
        parse_date(text)
    except NotADate:
        return


@given(st.dates(min_value=__import__("datetime").date(1980, 1, 1), max_value=__import__("datetime").date(2079, 12, 31)))
def test_written_dates_are_read_back(day) -> None:  # type: ignore[no-untyped-def]
    assert parse_date(day.isoformat()).certain == day
    assert parse_date(day.strftime("%d %B %Y")).certain == day
    assert parse_date(day.strftime("%m/%d/%Y"), day_first=False).certain == day


@given(NOISE)
def test_the_small_parsers_never_raise(text: str) -> None:
    parse_terms(text)
    parse_unit(text)
    tax_id_kind(text)
    looks_like_iban(text)
    try:
        parse_quantity(text)
    except NotAQuantity:
        return
