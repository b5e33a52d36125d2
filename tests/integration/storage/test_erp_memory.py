"""What is kept about the ERP's side, on both databases."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from pipeline.domain.erp import (
    BadErpData,
    ContractPrice,
    GlAccount,
    IntegrationFailure,
    ItemUom,
    SignOff,
    Stream,
    SupplierXref,
)
from pipeline.domain.orders import OrderLine, PurchaseOrder
from pipeline.domain.supplier import BankAccount, Supplier
from pipeline.storage.store import Store
from pipeline.storage.sync_writer import StoredSyncWriter

D = Decimal
NOW = datetime(2026, 11, 12, 9, 30, 0, 5, tzinfo=UTC)
ACME = Supplier("S1", "Acme", "S1", tax_id="12-3456789", gln=("0614141000012",), banks=(BankAccount("f1", "1234"),))
LINE = OrderLine("1", D(10), "BX", D("8.95"), buyer_item="G-1", uom_conversions={"BX": D(10)})
ORDER = PurchaseOrder("P1", "S1", "open", "USD", date(2026, 11, 2), (LINE,))


def writer(store: Store) -> StoredSyncWriter:
    return StoredSyncWriter(store.unit_of_work, store.keys)


def put(store: Store, stream: Stream, *rows: object) -> list[str]:
    with writer(store) as work:
        changed = list(work.put_reference(stream, rows))
        work.commit()
    return changed


def test_reference_lists_are_replaced_whole_and_survive_reopening(
    store: Store, open_store: Callable[[], Store]
) -> None:
    with writer(store) as work:
        work.put_suppliers([ACME])
        work.put_orders([ORDER])
        work.commit()
    assert put(store, Stream.ITEM_UOMS, ItemUom("S1", "g1", "CS", D(100)), ItemUom("S2", "G-1", "CS", D(7))) == ["P1"]
    assert put(store, Stream.CONTRACT_PRICES, ContractPrice("S1", "G-1", "BX", D(8), "USD", "C-1")) == ["P1"]
    assert put(store, Stream.ACCOUNTS, GlAccount("6000", "Freight"), GlAccount("5000", "Supplies")) == []
    with open_store().unit_of_work() as work:
        found = work.masters.find_order("P1")
        assert [account.code for account in work.erp.accounts()] == ["5000", "6000"]
    assert found is not None
    assert found.lines[0].uom_conversions == {"BX": 10, "CS": 100}
    assert (found.lines[0].contract_price, found.lines[0].contract_id) == (D(8), "C-1")
    assert put(store, Stream.ITEM_UOMS, ItemUom("S2", "G-1", "CS", D(7))) == ["P1"]
    assert put(store, Stream.ITEM_UOMS, ItemUom("S2", "G-1", "CS", D(7))) == []
    assert put(store, Stream.ACCOUNTS, GlAccount("5000", "Supplies", active=False)) == []
    with store.unit_of_work() as work:
        assert [(a.code, a.active) for a in work.erp.accounts()] == [("5000", False)]


def test_a_list_that_lost_most_of_its_rows_is_not_believed(store: Store) -> None:
    rows = [GlAccount(str(n), "x") for n in range(50)]
    put(store, Stream.ACCOUNTS, *rows)
    with pytest.raises(BadErpData, match="40 of 50"):
        put(store, Stream.ACCOUNTS, *rows[:10])
    with store.unit_of_work() as work:
        assert len(work.erp.accounts()) == 50


def test_numbers_lead_to_one_supplier_and_to_nobody_when_in_doubt(store: Store) -> None:
    with writer(store) as work:
        work.put_suppliers([ACME, replace(ACME, id="S2", group="S2", tax_id="12 3456789", gln=(), banks=())])
        work.commit()
    known = SupplierXref("GHX", "X-1", "S1")
    put(
        store, Stream.XREFS, known, replace(known, external_id="X-2", valid_to=date(2020, 1, 1)),
        replace(known, external_id="X-3", status="proposed"), replace(known, external_id="X-4", supplier_id="gone"),
        replace(known, external_id="X-5"), SupplierXref("EDI", "X-5", "S2"),
    )  # fmt: skip
    with writer(store) as work:
        work.put_orders([replace(ORDER, number=f"P-{n}", supplier_id=f"X-{n}") for n in range(1, 6)])
        work.commit()
    with store.unit_of_work() as work:
        owners = [getattr(work.masters.find_order(f"P-{n}"), "supplier_id", None) for n in range(1, 6)]
        assert owners == ["S1", "X-2", "X-3", "X-4", "X-5"]
        assert [s.id for s in work.masters.find_by_identifier("x1")] == ["S1"]
        assert [s.id for s in work.masters.find_by_identifier("X-5")] == ["S1", "S2"]
        assert not work.masters.find_by_identifier("X-3")
        conflicts = [(c.what, c.suppliers) for c in work.erp.conflicts()]
    assert conflicts == [("tax_id", ("S1", "S2")), ("external_id", ("gone",))]


def test_failures_and_sign_offs_come_back_as_they_were(store: Store) -> None:
    failure = IntegrationFailure("f", "rest", "post", "transient", "busy", NOW, NOW, NOW)
    signed = SignOff("1", date(2026, 8, 14), date(2026, 11, 12), "sam", NOW, 2, "ab" * 32, "Both are known.")
    with store.unit_of_work() as work:
        work.erp.save_failure(failure)
        work.erp.save_failure(replace(failure, count=2))
        work.erp.save_failure(replace(failure, fingerprint="g", last_at=NOW.replace(hour=10)))
        work.erp.save_sign_off(signed)
        work.commit()
    with store.unit_of_work() as work:
        assert [(f.fingerprint, f.count) for f in work.erp.failures()] == [("g", 1), ("f", 2)]
        assert work.erp.failure("f") == replace(failure, count=2)
        assert work.erp.failure("none") is None
        assert work.erp.sign_offs() == [signed]
