from datetime import date

import pytest

from pipeline.extract.dates import NotADate, find_dates, parse_date, settle_order


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("02/16/26", date(2026, 2, 16)),
        ("03-Mar-2026", date(2026, 3, 3)),
        ("March 13, 2026", date(2026, 3, 13)),
        ("31 octobre 2017", date(2017, 10, 31)),
        ("1er août 2020", date(2020, 8, 1)),
        ("28. Februar 2024", date(2024, 2, 28)),
        ("2026-03-02", date(2026, 3, 2)),
        ("20260303", date(2026, 3, 3)),
        ("5 maart 2021", date(2021, 3, 5)),
        ("03MAR2026", date(2026, 3, 3)),
        ("27/05/20188:07", date(2018, 5, 27)),
    ],
)
def test_certain_dates(text: str, day: date) -> None:
    found = find_dates(text) or (parse_date(text),)
    assert found[0].certain == day


@pytest.mark.parametrize("text", ["(937) 555-0164", "", "31/31/2020", "2024-13-04", "no date", "12.34"])
def test_no_dates(text: str) -> None:
    with pytest.raises(NotADate):
        parse_date(text)


def test_an_ambiguous_date_keeps_both_readings() -> None:
    found = parse_date("03/04/2026")
    assert found.ambiguous
    assert (found.read(True), found.read(False)) == (date(2026, 4, 3), date(2026, 3, 4))


def test_another_date_settles_the_order() -> None:
    order = settle_order([*find_dates("03/04/2026"), *find_dates("25/04/2026")], (), american=True, european=False)
    assert order.day_first
    assert order.confidence > 0.95


def test_terms_settle_the_order_against_the_habit_of_dots() -> None:
    order = settle_order([*find_dates("03.11.2026"), *find_dates("04.10.2026")], (30,), american=False, european=False)
    assert not order.day_first


def test_without_evidence_the_order_is_a_guess() -> None:
    assert settle_order(find_dates("03/04/2026"), (), american=False, european=False).confidence < 0.6
