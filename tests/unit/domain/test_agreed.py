"""What the item master and contracts add to an order line, and what they must not (A.5, A.7, C.6)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from pipeline.domain.agreed import with_contract, with_units
from pipeline.domain.erp import ContractPrice, ItemUom
from pipeline.domain.orders import OrderLine, PurchaseOrder

D = Decimal
LINE = OrderLine("1", D(10), "BX", D("8.95"), buyer_item="G", uom_conversions={"BX": D(10), "EA": D(1)})
ORDER = PurchaseOrder("P", "S", "open", "USD", date(2026, 11, 2), (LINE,), ship_to="MC")
PRICE = ContractPrice("S", "G", "BX", D("8.00"), "USD", "C-1")


def agreed(*prices: ContractPrice, line: OrderLine = LINE) -> tuple[Decimal | None, str | None]:
    found = with_contract(ORDER, line, prices)
    return found.contract_price, found.contract_id


def test_a_unit_that_only_the_item_master_knows_is_added_and_none_is_replaced() -> None:
    known = [ItemUom("S", "G", "CS", D(100)), ItemUom("S", "G", "BOX", D(99)), ItemUom("S", "G", "PK", D(0))]
    assert with_units(LINE, known).uom_conversions == {"BX": 10, "EA": 1, "CS": 100}
    assert with_units(LINE, []) is LINE


@pytest.mark.parametrize(
    ("change", "price"),
    [
        ({}, D(8)),
        ({"contract_id": None}, None),
        ({"currency": "EUR"}, None),
        ({"facility_id": "MC"}, D(8)),
        ({"facility_id": "other"}, None),
        ({"valid_from": date(2026, 11, 2), "valid_to": date(2026, 11, 2)}, D(8)),
        ({"valid_from": date(2026, 11, 3)}, None),
        ({"valid_to": date(2026, 11, 1)}, None),
        ({"uom": "BOX"}, D(8)),
        ({"uom": "EA", "price": D("0.80")}, D(8)),
        ({"uom": "CS", "price": D("80.00")}, None),
        ({"from_qty": D(10)}, D(8)),
        ({"from_qty": D(11)}, None),
        ({"uom": "EA", "price": D("0.80"), "from_qty": D(100)}, D(8)),
        ({"uom": "EA", "price": D("0.80"), "from_qty": D(101)}, None),
    ],
)
def test_a_contract_counts_where_it_fits(change: dict[str, object], price: Decimal | None) -> None:
    assert agreed(replace(PRICE, **change)) == (price, "C-1" if price else None)  # type: ignore[arg-type]


def test_the_most_particular_contract_goes_first_and_of_equals_the_lowest() -> None:
    general, step = PRICE, replace(PRICE, price=D("7.50"), from_qty=D(5))
    mine = replace(PRICE, price=D("8.20"), facility_id="MC")
    assert agreed(general, step)[0] == D("7.5")
    assert agreed(general, step, mine)[0] == D("8.2")
    assert agreed(general, replace(PRICE, price=D("7.90"), contract_id="C-2")) == (D("7.9"), "C-2")


def test_what_the_line_tells_stands() -> None:
    assert agreed(PRICE, line=replace(LINE, contract_price=D(9))) == (D(9), None)
    assert agreed(PRICE, line=replace(LINE, contract_id="C-9")) == (None, "C-9")


def test_a_price_per_hundred_is_told_per_hundred() -> None:
    per_hundred = replace(LINE, price_uom="EA", price_base_qty=D(100))
    assert agreed(replace(PRICE, price=D("8.00")), line=per_hundred)[0] == D(80)
