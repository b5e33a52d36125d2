"""What the item master and contracts add to an order line: units of the item, the agreed price (spec A.5, A.7, C.6)."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Context, Decimal

from pipeline.domain.erp import ContractPrice, ItemUom
from pipeline.domain.orders import OrderLine, PurchaseOrder
from pipeline.domain.units import norm_unit

_WIDE = Context(prec=40)
_PRICE_DIGITS = Decimal("1e-10")


def with_units(line: OrderLine, known: Iterable[ItemUom]) -> OrderLine:
    """The line with units that its item has at this supplier; a unit that the line itself tells stays as told."""
    told = {norm_unit(unit) for unit in line.uom_conversions}
    more = {each.uom: each.eaches for each in known if each.eaches > 0 and norm_unit(each.uom) not in told}
    return replace(line, uom_conversions={**line.uom_conversions, **more}) if more else line


def with_contract(order: PurchaseOrder, line: OrderLine, prices: Iterable[ContractPrice]) -> OrderLine:
    """The line with its contract's price, where it has none and a contract fits it.

    A price without a contract is a list price and binds nobody. The facility's own price goes before the general one,
    the highest quantity step that is reached before the lower ones; of several that are left the lowest holds.
    """
    if line.contract_price is not None:
        return line
    found = [(each, price) for each in prices if (price := _price(order, line, each)) is not None]
    if not found:
        return line
    _, _, negative, contract = max((bool(c.facility_id), c.from_qty, -price, c.contract_id or "") for c, price in found)
    return replace(line, contract_price=-negative, contract_id=line.contract_id or contract)


def _price(order: PurchaseOrder, line: OrderLine, contract: ContractPrice) -> Decimal | None:
    """The contract's price in the line's price unit and base quantity; None when it does not fit or cannot be told."""
    site = line.ship_to or order.ship_to
    if not contract.contract_id or contract.currency != order.currency:
        return None
    if contract.facility_id not in (None, "", site) or not _valid(contract, order.order_date):
        return None
    if line.contract_id not in (None, contract.contract_id):
        return None
    priced, agreed = _size(line, line.price_uom or line.uom), _size(line, contract.uom)
    ordered = _size(line, line.uom)
    if norm_unit(contract.uom) == norm_unit(line.price_uom or line.uom):
        priced = agreed = priced or Decimal(1)
    if priced is None or agreed is None:
        return None
    if contract.from_qty and (ordered is None or line.qty * ordered < contract.from_qty * agreed):
        return None
    price = _WIDE.divide(contract.price * priced * line.price_base_qty, agreed)
    return price.quantize(_PRICE_DIGITS).normalize() + Decimal(0)


def _valid(contract: ContractPrice, day: date) -> bool:
    return (contract.valid_from is None or contract.valid_from <= day) and (
        contract.valid_to is None or day <= contract.valid_to
    )


def _size(line: OrderLine, unit: str) -> Decimal | None:
    """Eaches of a unit of this line, None when unknown: never a guess."""
    return next((size for name, size in line.uom_conversions.items() if norm_unit(name) == norm_unit(unit)), None)
