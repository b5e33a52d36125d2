"""Sync into the real store: only what differs is written, one bad stream stops no other, waiting invoices wake (I.2)."""

from dataclasses import replace
from decimal import Decimal

from pipeline.domain.erp import START, BadErpData, Batch, Cursor, Stream
from pipeline.domain.orders import Receipt
from pipeline.intake.masters import Assembled
from pipeline.process.dispatch import dispatch_outbox
from pipeline.process.sync import sync
from tests.contract.erp.worlds import ACCOUNT, ITEM, SUPPLIER, RestWorld
from tests.integration.erp.desk import Desk, gloves
from tests.integration.erp.support import TODAY


def changed(desk: Desk, full: bool = False) -> dict[str, tuple[str, ...]]:
    report, _ = desk.sync(full)
    assert report.failed == ()
    return {each.stream.value: each.changed for each in report.streams if each.changed}


def test_a_second_pass_finds_nothing_and_a_full_one_changes_nothing(desk: Desk, world: RestWorld) -> None:
    order = world.order(10)
    world.receive(order, 4, "DN")
    assert changed(desk) == {"suppliers": (SUPPLIER,), "purchase_orders": (order,), "receipts": (order,)}
    assert changed(desk) == {}
    assert changed(desk, full=True) == {}


def test_a_supplier_is_found_by_its_bank_account(desk: Desk, world: RestWorld) -> None:
    desk.sync()
    with desk.store.unit_of_work() as work:
        fingerprint = work.masters.bank_fingerprint("", ACCOUNT)
        assert [s.id for s in work.masters.find_by_bank(fingerprint)] == [SUPPLIER]
    other = {"routing": "", "account": "DE89370400440532013000"}
    world.ledger.put("suppliers", {"id": SUPPLIER, "name": "MedLine Surgical Supply Inc.", "banks": [other]})
    desk.sync()
    with desk.store.unit_of_work() as work:
        assert not work.masters.find_by_bank(fingerprint)


def test_a_bad_stream_is_named_and_the_others_go_on(desk: Desk, world: RestWorld) -> None:
    order = world.order(10)
    world.ledger.put(
        "receipts", {"id": "R1", "po_number": order, "date": "2026-11-09", "lines": [{"po_line": "1", "received": 4}]}
    )
    report, _ = desk.sync()
    assert [(each.stream, each.kind) for each in report.failed] == [(Stream.RECEIPTS, BadErpData.kind)]
    assert "receipt R1" in (report.failed[0].error or "")
    assert desk.order(order) is not None
    assert desk.stale() == (Stream.RECEIPTS,)
    assert desk.app.masters is not None
    with desk.app.masters() as work:
        state = work.stream_state(Stream.RECEIPTS)
    assert (state.failures, state.cursor) == (1, START)
    world.ledger.rows["receipts"].clear()
    world.receive(order, 4, "DN")
    assert changed(desk) == {"receipts": (order,)}
    assert desk.stale() == ()


def test_a_change_of_the_order_wakes_who_is_held_for_it(desk: Desk, world: RestWorld) -> None:
    order = world.order(10)
    world.receive(order, 12, "DN")
    desk.sync()
    invoice = desk.receive(*gloves(order, "MD-1", "12", "8.95", TODAY), TODAY)
    assert "QTY_OVER_ORDERED" in desk.holds(invoice)
    amended = {**world.ledger.rows["purchase-orders"][-1][1], "revision": "1"}
    amended["lines"] = [{**amended["lines"][0], "qty": "12"}]
    world.ledger.put("purchase-orders", amended)
    report, woken = desk.sync()
    assert report.touched == ((order, "po_change"),)
    assert woken == [invoice]
    assert desk.record(invoice).state == "AUTO_APPROVED", desk.holds(invoice)


def test_a_delivery_over_two_orders_counts_for_both(desk: Desk, world: RestWorld) -> None:
    orders = [world.order(10), world.order(10)]
    for order in orders:
        lines = [{"po_line": "1", "received": "4"}]
        world.ledger.put("receipts", {"id": "D1", "po_number": order, "date": "2026-11-09", "lines": lines})
    for full in (False, False, True):
        desk.sync(full)
        with desk.store.unit_of_work() as work:
            assert [[r.lines[0].received for r in work.masters.receipts(order)] for order in orders] == [[4], [4]]


def test_a_slower_run_that_was_overtaken_writes_nothing(desk: Desk, world: RestWorld) -> None:
    """Two syncs at once: the one that read first and comes last holds older rows."""
    order = world.order(10)
    desk.sync()
    world.receive(order, 4, "DN-1")

    class Slow:
        def __getattr__(self, name: str) -> object:
            return getattr(desk.gateway, name)

        def receipts(self, since: Cursor) -> Batch[Receipt]:
            old = desk.gateway.receipts(since)
            world.receive(order, 3, "DN-2")
            desk.sync()
            stale_row = replace(old.rows[0], packing_slip="old news")
            return replace(old, rows=(stale_row,))

    assert desk.app.masters is not None
    report = sync(Slow(), desk.app.masters, streams=[Stream.RECEIPTS])  # type: ignore[arg-type]
    assert report.streams[0].changed == ()
    with desk.store.unit_of_work() as work:
        assert [r.packing_slip for r in work.masters.receipts(order)] == ["DN-1", "DN-2"]


def test_an_order_deleted_in_the_erp_is_held_after_the_full_read(desk: Desk, world: RestWorld) -> None:
    """A delta cannot tell it; the nightly read does. What the ERP never told (CSV) is left alone."""
    kept, gone = world.order(10), world.order(10)
    desk.sync()
    loaded = desk.order(kept)
    assert loaded is not None
    desk.store.write_masters(Assembled(orders=[replace(loaded, number="CSV-1")]), "csv")
    world.receive(gone, 10, "DN-gone")
    desk.sync()
    invoice = desk.receive(*gloves(gone, "DEL-1", "10", "8.95", TODAY), TODAY)
    assert desk.record(invoice).state == "AUTO_APPROVED"
    rows = world.ledger.rows["purchase-orders"]
    rows[:] = [row for row in rows if row[1]["number"] != gone]
    desk.sync()
    assert status(desk, gone) == "open"
    report, _ = desk.sync(full=True)
    assert (gone, "po_change") in report.touched
    assert [status(desk, number) for number in (kept, gone, "CSV-1")] == ["open", "cancelled", "open"]
    assert dispatch_outbox(desk.app) == {"no longer due": 1}
    assert (desk.record(invoice).state, desk.holds(invoice)) == ("IN_REVIEW", ["PO_CANCELLED"])
    assert desk.sync(full=True)[0].touched == ()


def test_a_full_read_that_lost_most_orders_is_not_believed(desk: Desk, world: RestWorld) -> None:
    numbers = [world.order(1) for _ in range(30)]
    desk.sync()
    world.ledger.rows["purchase-orders"][:] = world.ledger.rows["purchase-orders"][:3]
    report, _ = desk.sync(full=True)
    assert [(each.stream, each.kind) for each in report.failed] == [(Stream.ORDERS, "bad_data")]
    assert {status(desk, number) for number in numbers} == {"open"}


def status(desk: Desk, number: str) -> str | None:
    order = desk.order(number)
    return order.status if order else None


def test_units_of_the_item_master_complete_an_order_and_wake_who_is_held_for_them(desk: Desk, world: RestWorld) -> None:
    """A.7: a line's own units stand; a unit that only the item master knows is added, and a removed one is gone again."""
    order = world.order(10)
    _, body = world.ledger.rows["purchase-orders"][-1]
    line = {**body["lines"][0], "uom": "BX", "uom_conversions": {"BX": "10"}}
    world.ledger.put("purchase-orders", {**body, "lines": [line]})
    world.receive(order, 10, "DN")
    desk.sync()
    fields, (printed,) = gloves(order, "U-1", "10", "8.95", TODAY)
    invoice = desk.receive(
        fields, [replace(printed, unit="CS", quantity=Decimal(1), unit_price=Decimal("89.50"))], TODAY
    )
    assert "UOM_UNKNOWN" in desk.holds(invoice)
    world.ledger.put("item-uoms", {"supplier_id": SUPPLIER, "item": ITEM, "uom": "CS", "eaches": "100"})
    world.ledger.put("item-uoms", {"supplier_id": SUPPLIER, "item": ITEM, "uom": "BX", "eaches": "999"})
    report, woken = desk.sync(full=True)
    assert ((order, "po_change") in report.touched, woken) == (True, [invoice])
    assert desk.record(invoice).state == "AUTO_APPROVED", desk.holds(invoice)
    found = desk.order(order)
    assert found is not None
    assert found.lines[0].uom_conversions == {"BX": 10, "CS": 100}
    world.ledger.rows["item-uoms"].clear()
    assert (order, "po_change") in desk.sync(full=True)[0].touched


def test_a_contract_price_is_consulted_and_a_list_price_is_not(desk: Desk, world: RestWorld) -> None:
    order = world.order(10)
    world.receive(order, 10, "DN")
    price = {
        "supplier_id": SUPPLIER,
        "item": ITEM,
        "uom": "EA",
        "price": "0.80",
        "currency": "USD",
        "contract_id": "C-7",
    }
    world.ledger.put("contract-prices", {**price, "contract_id": None})
    desk.sync()
    first = desk.receive(*gloves(order, "C-1", "5", "8.95", TODAY), TODAY)
    assert desk.holds(first) == []
    world.ledger.put("contract-prices", {**price, "valid_to": "2026-10-31"})
    world.ledger.put("contract-prices", {**price, "valid_from": "2026-11-01", "price": "0.70"})
    desk.sync(full=True)
    second = desk.receive(*gloves(order, "C-2", "4", "8.95", TODAY), TODAY)
    assert desk.holds(second) == ["PRICE_CONTRACT"]
    found = desk.order(order)
    assert found is not None
    assert (found.lines[0].contract_price, found.lines[0].contract_id) == (Decimal("7"), "C-7")


def test_an_order_under_another_systems_number_belongs_to_our_supplier(desk: Desk, world: RestWorld) -> None:
    order = world.order(10)
    _, body = world.ledger.rows["purchase-orders"][-1]
    world.ledger.put("purchase-orders", {**body, "supplier_id": "PROC-9"})
    world.receive(order, 10, "DN")
    desk.sync()
    invoice = desk.receive(*gloves(order, "X-1", "10", "8.95", TODAY), TODAY)
    assert "SUP_MISMATCH_PO" in desk.holds(invoice)
    proposed = {"system": "procurement", "external_id": "proc 9", "supplier_id": SUPPLIER, "status": "proposed"}
    world.ledger.put("supplier-xrefs", proposed)
    assert desk.sync(full=True)[1] == [], "A proposed number counts for nothing."
    world.ledger.put("supplier-xrefs", {**proposed, "status": "approved", "external_id": "PROC-9"})
    report, woken = desk.sync(full=True)
    assert ((order, "po_change") in report.touched, woken) == (True, [invoice])
    assert desk.record(invoice).state == "AUTO_APPROVED", desk.holds(invoice)
    assert desk.sync(full=True)[0].touched == ()


def test_suppliers_that_share_a_tax_id_or_a_bank_account_are_named(desk: Desk, world: RestWorld) -> None:
    bank = {"routing": "", "account": ACCOUNT}
    world.ledger.put("suppliers", {"id": "SUP-900", "name": "Medline Surgical", "tax_id": "362596612", "banks": [bank]})
    world.ledger.put("supplier-xrefs", {"system": "EDI", "external_id": "0088-1", "supplier_id": "nobody"})
    desk.sync()
    with desk.store.unit_of_work() as work:
        found = {(each.what, each.suppliers) for each in work.erp.conflicts()}
    both = (SUPPLIER, "SUP-900")
    assert found == {("tax_id", both), ("bank", both), ("external_id", ("nobody",))}
    assert ACCOUNT not in str(found)


def test_a_gln_leads_to_its_supplier(desk: Desk, world: RestWorld) -> None:
    world.ledger.put("suppliers", {"id": "SUP-901", "name": "Gauze & Co.", "gln": ["0614141000012"]})
    desk.sync()
    with desk.store.unit_of_work() as work:
        assert [s.id for s in work.masters.find_by_identifier("0614141 000012")] == ["SUP-901"]
        assert work.masters.find_by_identifier("") == ()
