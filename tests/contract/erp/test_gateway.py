"""What every ErpGateway must do, whatever stands behind it (spec I)."""

from dataclasses import asdict, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest

from pipeline.domain.erp import START, BusinessRefusal, ErpBusy, VoucherState
from pipeline.domain.invoice import Charge
from tests.contract.erp.worlds import ACCOUNT, ITEM, PDF, PRICE, SUPPLIER, World, post, voucher
from tests.integration.erp.desk import Desk


@pytest.fixture
def number() -> str:
    return f"INV-{uuid4().hex[:10]}"


def key_of(number: str) -> str:
    return f"post:id-{number}:abc"


def test_suppliers_come_with_fingerprints_and_without_account_numbers(erp: World) -> None:
    supplier = next(s for s in erp.gateway.suppliers(START).rows if s.id == SUPPLIER)
    assert supplier.name == "MedLine Surgical Supply Inc."
    assert [bank.last4 for bank in supplier.banks] == [ACCOUNT[-4:]]
    assert ACCOUNT not in str(asdict(supplier))


def test_an_order_comes_with_exact_numbers_and_its_own_units(erp: World) -> None:
    number = erp.order(12)
    order = next(o for o in erp.gateway.purchase_orders(START).rows if o.number == number)
    line = order.lines[0]
    assert (order.supplier_id, order.status, order.currency) == (SUPPLIER, "open", "USD")
    assert (line.no, line.qty, line.uom, line.unit_price, line.buyer_item) == ("1", 12, "BX", PRICE, ITEM)
    assert line.uom_conversions == {"BX": Decimal(10), "EA": Decimal(1)}
    assert all(isinstance(value, Decimal) for value in (line.qty, line.unit_price))


def test_a_delta_brings_what_changed_and_only_that(erp: World) -> None:
    erp.order(3)
    first = erp.gateway.purchase_orders(START)
    assert erp.gateway.purchase_orders(first.cursor).rows == ()
    number = erp.order(5)
    second = erp.gateway.purchase_orders(first.cursor)
    assert number in [order.number for order in second.rows]
    assert second.as_of >= first.as_of
    assert erp.gateway.purchase_orders(second.cursor).rows == ()


def test_receipts_are_increments_per_order_line(erp: World) -> None:
    number = erp.order(10)
    erp.receive(number, 6, "DN-1")
    first = erp.gateway.receipts(START)
    mine = [r for r in first.rows if r.po_number == number]
    assert [(r.packing_slip, r.lines[0].po_line, r.lines[0].received, r.lines[0].uom) for r in mine] == [
        ("DN-1", "1", 6, "BX")
    ]
    erp.receive(number, 4, "DN-2")
    second = [r for r in erp.gateway.receipts(first.cursor).rows if r.packing_slip == "DN-2"]
    assert [r.lines[0].received for r in second] == [4]
    assert second[0].id != mine[0].id


def test_units_prices_and_accounts(erp: World) -> None:
    sizes = {(u.supplier_id, u.item, u.uom): u.eaches for u in erp.gateway.item_uoms()}
    assert sizes[SUPPLIER, ITEM, "BX"] == 10
    prices = {(p.supplier_id, p.item, p.uom): p.price for p in erp.gateway.contract_prices()}
    assert prices[SUPPLIER, ITEM, "BX"] == PRICE
    assert "5.1.1" in {account.code for account in erp.gateway.accounts()}


def test_numbers_of_other_systems_lead_to_a_supplier(erp: World) -> None:
    (known,) = [each for each in erp.gateway.supplier_xrefs() if each.supplier_id == SUPPLIER]
    assert (known.system, known.status) in {("GHX", "approved"), ("us_ein", "approved")}
    assert known.external_id


def test_a_sync_brings_units_accounts_and_numbers_into_the_store(erp: World, tmp_path: Path) -> None:
    desk = Desk(tmp_path / "desk", lambda _: erp.gateway, date(2026, 11, 12))
    order = erp.order(3)
    erp.receive(order, 3, "DN")
    assert desk.sync()[0].failed == ()
    with desk.store.unit_of_work() as work:
        assert "5.1.1" in {account.code for account in work.erp.accounts()}
        (xref,) = work.erp.xrefs(SUPPLIER)
        assert [s.id for s in work.masters.find_by_identifier(xref.external_id.lower())] == [SUPPLIER]
        found = work.masters.find_order(order)
        assert work.erp.conflicts() == []
    assert found is not None
    assert found.lines[0].uom_conversions["BX"] == 10
    assert desk.sync()[0].touched == ()


def test_a_voucher_is_posted_once_with_its_document(erp: World, number: str) -> None:
    order = erp.order(10)
    erp.receive(order, 10, "DN")
    what, key = voucher(order, "10", number), key_of(number)
    assert erp.gateway.status(key) is None
    first = post(erp, what, key)
    assert (first.state, first.key, first.total, first.invoice_number) == (
        VoucherState.POSTED,
        key,
        Decimal("89.50"),
        number,
    )
    assert first.voucher_no
    assert post(erp, what, key) == first == erp.gateway.status(key)
    held = [s for s in erp.gateway.vouchers(date(2026, 1, 1)) if s.invoice_number == number]
    assert held == [first]
    assert erp.documents(key) == [PDF]


def test_the_same_supplier_number_under_another_key_is_refused(erp: World, number: str) -> None:
    order = erp.order(10)
    erp.receive(order, 10, "DN")
    post(erp, voucher(order, "4", number), key_of(number))
    with pytest.raises(BusinessRefusal):
        post(erp, voucher(order, "4", number), key_of(number) + "2")
    assert len([s for s in erp.gateway.vouchers(date(2026, 1, 1)) if s.invoice_number == number]) == 1


def test_a_key_used_for_another_voucher_is_refused(erp: World, number: str) -> None:
    order = erp.order(10)
    erp.receive(order, 10, "DN")
    first = post(erp, voucher(order, "4", number), key_of(number))
    with pytest.raises(BusinessRefusal):
        post(erp, voucher(order, "5", number), key_of(number))
    assert erp.gateway.status(key_of(number)) == first


def test_a_voucher_that_does_not_add_up_is_not_even_sent(erp: World, number: str) -> None:
    order = erp.order(10)
    what = replace(voucher(order, "4", number), total=Decimal("35.81"))
    with pytest.raises(BusinessRefusal, match=r"0\.01"):
        erp.gateway.post(what, key_of(number))
    assert erp.gateway.status(key_of(number)) is None


def test_charges_and_small_differences_are_posted_to_the_cent(erp: World, number: str) -> None:
    order = erp.order(10)
    erp.receive(order, 10, "DN")
    extra = {"charges": (Charge("freight", Decimal("12.00")),), "small_difference": Decimal("-0.02")}
    what = voucher(order, "4", number, total=Decimal("47.78"), **extra)
    assert post(erp, what, key_of(number)).total == Decimal("47.78")


def test_payment_is_read_back(erp: World, number: str) -> None:
    order = erp.order(2)
    erp.receive(order, 2, "DN")
    post(erp, voucher(order, "2", number), key_of(number))
    erp.pay(key_of(number), date(2026, 11, 20))
    status = erp.gateway.status(key_of(number))
    assert status is not None
    assert (status.state, status.open_amount, status.paid_on) == (VoucherState.PAID, 0, date(2026, 11, 20))


def test_reads_never_fail_with_anything_but_an_erp_error(erp: World) -> None:
    for read in (erp.gateway.usage, erp.gateway.billed):
        try:
            assert read(START).cursor is not None
        except ErpBusy:
            pytest.fail("nothing is wrong with this ERP")
