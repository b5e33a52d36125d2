"""The unit of work on both databases: round trips, versions, all or nothing."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from pipeline.domain.errors import DuplicateDocument, InvalidInput, StaleVersion, StorageFailed
from pipeline.storage.store import Store
from tests.integration.storage import world


def _filled(store: Store) -> None:
    with store.unit_of_work() as work:
        work.add_document(world.document())
        work.add_invoice(world.record())
        work.add_item(world.item())
        work.put_pages("inv-1", [world.page()])
        work.commit()


def test_every_aggregate_comes_back_equal(store: Store) -> None:
    _filled(store)
    with store.unit_of_work() as work:
        assert work.get_document("d1") == world.document()
        assert work.get_invoice("inv-1") == world.record()
        assert work.get_item("it-1") == world.item()
        assert work.items_of("inv-1") == [world.item()]
        assert work.invoices_of("d1") == [world.record()]
        assert work.find_document(world.document().sha256) == world.document()
    assert store.queries.pages("inv-1") == (world.page(),)
    assert store.queries.pages("none") == ()


def test_decimals_keep_their_scale_and_their_precision(store: Store) -> None:
    _filled(store)
    with store.unit_of_work() as work:
        line = work.get_invoice("inv-1").invoice.lines[0]
    assert (str(line.unit_price), str(line.qty)) == ("1.0000000001", "2.500000")


@pytest.mark.parametrize("total", ["0.00", "-0.01", "100000000000000000000.005", "1E+3", "0.1234567890123456789"])
def test_any_amount_can_be_stored(store: Store, total: str) -> None:
    with store.unit_of_work() as work:
        work.add_invoice(world.record(invoice=world.invoice(total=Decimal(total))))
        work.commit()
    with store.unit_of_work() as work:
        assert work.get_invoice("inv-1").invoice.total == Decimal(total)


def test_foreign_text_of_any_kind_can_be_stored(store: Store) -> None:
    odd = "nul \0, half a pair \ud800, and long " + "x" * 9000
    strange = world.invoice(invoice_number=odd, po_number=odd, supplier_name=odd, currency=odd)
    with store.unit_of_work() as work:
        work.add_document(world.document(source_name=odd, message_id=odd))
        work.add_invoice(world.record(source_name=odd, invoice=strange))
        work.record(world.draft(comment=odd, object_id=odd))
        work.commit()
    with store.unit_of_work() as work:
        assert work.get_invoice("inv-1").invoice.invoice_number.endswith("x" * 9000)
    assert store.verify_audit().intact


def test_nothing_is_kept_without_a_commit(store: Store) -> None:
    with store.unit_of_work() as work:
        work.add_document(world.document())
        work.record(world.draft())
        work.enqueue("post", "k", {})
    with store.unit_of_work() as work:
        assert work.find_document(world.document().sha256) is None
    assert store.queries.events() == []
    assert store.outbox.lease(["post"], 10, 60) == []


def test_nothing_is_kept_when_something_raises(store: Store) -> None:
    with pytest.raises(RuntimeError), store.unit_of_work() as work:
        work.add_document(world.document())
        raise RuntimeError
    with store.unit_of_work() as work:
        assert work.find_document(world.document().sha256) is None


def test_rollback_undoes_and_a_finished_transaction_says_so(store: Store) -> None:
    with store.unit_of_work() as work:
        work.add_document(world.document())
        work.rollback()
        with pytest.raises(StorageFailed):
            work.get_document("d1")
    with store.unit_of_work() as work, pytest.raises(InvalidInput):
        work.get_document("d1")


def test_a_change_whose_event_cannot_be_written_is_not_made(store: Store) -> None:
    with store.unit_of_work() as work:
        work.connection.exec_driver_sql("ALTER TABLE events RENAME TO elsewhere")
        work.connection.commit()
    with pytest.raises(StorageFailed), store.unit_of_work() as work:
        work.add_document(world.document())
        work.record(world.draft())
        work.commit()
    with store.unit_of_work() as work:
        assert work.find_document(world.document().sha256) is None


def test_a_stale_save_is_refused_and_tells_the_version(store: Store) -> None:
    _filled(store)
    with store.unit_of_work() as work:
        saved = work.save_invoice(replace(world.record(), state="APPROVED"))
        assert saved.version == 1
        work.save_item(replace(world.item(), state="RESOLVED"))
        work.commit()
    with store.unit_of_work() as work:
        with pytest.raises(StaleVersion) as caught:
            work.save_invoice(replace(world.record(), state="REJECTED"))
        assert caught.value.current == 1
        with pytest.raises(StaleVersion):
            work.save_item(replace(world.item(), state="OPEN"))
        assert work.get_invoice("inv-1").state == "APPROVED"


def test_of_many_who_save_the_same_version_one_wins(store: Store) -> None:
    _filled(store)

    def save(number: int) -> bool:
        try:
            with store.unit_of_work() as work:
                work.save_invoice(replace(world.record(), reason=str(number)))
                work.record(world.draft(number))
                work.commit()
        except StaleVersion:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(save, range(16))) == 1
    assert len(store.queries.events()) == 1


def test_what_is_not_there_is_said(store: Store) -> None:
    with store.unit_of_work() as work:
        for ask in (work.get_document, work.get_invoice, work.get_item):
            with pytest.raises(InvalidInput):
                ask("nothing")
        with pytest.raises(InvalidInput):
            work.save_invoice(world.record("nothing"))
        with pytest.raises(InvalidInput):
            work.save_document(world.document("nothing"))


def test_equal_bytes_are_accepted_once_and_the_transaction_goes_on(store: Store) -> None:
    with store.unit_of_work() as work:
        work.add_document(world.document())
        with pytest.raises(DuplicateDocument) as caught:
            work.add_document(world.document("d2"))
        assert caught.value.first == "d1"
        work.add_document(world.document("d3", status="discarded", duplicate_of="d1"))
        work.commit()
    with store.unit_of_work() as work:
        assert work.get_document("d3").duplicate_of == "d1"
        assert work.find_document(world.document().sha256).id == "d1"


def test_sequence_numbers_are_never_given_twice(store: Store) -> None:
    def take(_: int) -> int:
        with store.unit_of_work() as work:
            number = work.next_sequence()
            work.commit()
            return number

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(take, range(40))) == list(range(1, 41))


def test_waiting_invoices_are_found_by_their_orders(store: Store) -> None:
    with store.unit_of_work() as work:
        work.add_invoice(world.record("a", state="WAIT_RECEIPT"))
        work.add_invoice(world.record("b", state="POSTED", sequence=1001))
        work.add_invoice(world.record("c", sequence=1002))
        moved = work.save_invoice(world.record("c", sequence=1002, po_link="77", invoice=None, match=None))
        assert moved.version == 1
        assert work.waiting_on(["45001"]) == ["a"]
        assert work.waiting_on(["45-00-1", "77"]) == ["a", "c"]
        assert work.waiting_on([]) == []


def test_order_locks_and_the_chain_never_deadlock(store: Store) -> None:
    _filled(store)

    def decide(number: int) -> None:
        with store.unit_of_work() as work:
            if number % 2:
                work.record(world.draft(number))
            work.lock_order_lines(["4500-1", "4500-2"] if number % 3 else ["4500-2", "4500-1"])
            work.record(world.draft(number))
            work.commit()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(decide, range(40)))
    verdict = store.verify_audit()
    assert verdict.intact
    assert verdict.count == 60


def test_get_next_gives_the_most_urgent_and_respects_assignees(store: Store, clock: world.Ticking) -> None:
    until = clock() + timedelta(minutes=15)
    with store.unit_of_work() as work:
        for made in (
            world.item("late", priority_score=Decimal("9.5")),
            world.item("hot", priority_score=Decimal("10.25")),
            world.item("due", priority_score=Decimal("9.5"), due_at=world.NOON),
            world.item("undated", priority_score=Decimal("9.5"), due_at=None),
            world.item("hers", priority_score=Decimal(99), assignee="robin"),
            world.item("else", priority_score=Decimal(99), queue="OTHER"),
        ):
            work.add_item(made)
        work.commit()
    order = []
    for _ in range(5):
        with store.unit_of_work() as work:
            found = work.claim_next(["PRICE"], "casey", until)
            work.commit()
            order.append(found.id if found else None)
    assert order == ["hot", "due", "late", "undated", None]
    with store.unit_of_work() as work:
        assert work.claim_next(["PRICE"], "robin", until).id == "hers"


def test_a_claim_that_ran_out_is_free_again(store: Store, clock: world.Ticking) -> None:
    with store.unit_of_work() as work:
        work.add_item(world.item())
        first = work.claim_next(["PRICE"], "casey", clock() + timedelta(minutes=15))
        assert work.claim_next(["PRICE"], "robin", clock()) is None
        clock.push(minutes=16)
        again = work.claim_next(["PRICE"], "robin", clock() + timedelta(minutes=15))
        assert (again.claimed_by, again.version) == ("robin", 2)
        assert again.lock_token != first.lock_token


def test_eight_claimers_never_get_one_item_twice(store: Store, clock: world.Ticking) -> None:
    with store.unit_of_work() as work:
        for number in range(60):
            work.add_item(world.item(f"it-{number:02}", priority_score=Decimal(number % 7)))
        work.commit()
    until = clock() + timedelta(hours=1)

    def claim_all(user: str) -> list[str]:
        mine = []
        while True:
            with store.unit_of_work() as work:
                found = work.claim_next(["PRICE"], user, until)
                work.commit()
            if found is None:
                return mine
            mine.append(found.id)

    with ThreadPoolExecutor(8) as pool:
        claimed = [name for mine in pool.map(claim_all, "abcdefgh") for name in mine]
    assert sorted(claimed) == [f"it-{number:02}" for number in range(60)]
