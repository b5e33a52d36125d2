"""What every store must do, on SQLite and on PostgreSQL alike."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from pipeline.domain.document import Box, Page, Word
from pipeline.domain.errors import InvalidInput, StaleVersion, StorageFailed
from pipeline.domain.records import User
from pipeline.intake.load import load_directory
from pipeline.storage.store import Store
from tests.integration.storage.values import NOW, a_document, a_record, an_event, an_invoice, an_item


def test_every_value_comes_back_as_it_was(store: Store) -> None:
    document = a_document()
    record, page = a_record(document), Page(1, 612, 792, (Word("Total", Box(0.1, 0.1, 0.2, 0.12), 0.5),))
    with store.unit_of_work() as work:
        work.add_document(document)
        work.add_invoice(record)
        item = an_item(record.id)
        work.add_item(item)
        work.put_pages(record.id, [page])
        work.commit()
    with store.unit_of_work() as work:
        assert work.get_document(document.id) == document
        assert work.get_invoice(record.id) == record
        assert work.items_of(record.id) == [item]
    assert store.queries.pages(record.id) == (page,)


def test_without_commit_nothing_happened(store: Store) -> None:
    document = a_document()
    with store.unit_of_work() as work:
        work.add_document(document)
        work.record(an_event(1))
    with store.unit_of_work() as work, pytest.raises(InvalidInput):
        work.get_document(document.id)
    assert store.queries.events() == []


def test_an_error_rolls_back(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.unit_of_work() as work:
        work.add_document(a_document())
        raise ZeroDivisionError
    assert store.queries.unread_documents() == []


def test_a_stale_save_is_refused_with_the_current_version(store: Store) -> None:
    document = a_document()
    record = a_record(document)
    with store.unit_of_work() as work:
        work.add_document(document)
        work.add_invoice(record)
        work.save_invoice(record)
        work.commit()
    with store.unit_of_work() as work, pytest.raises(StaleVersion) as caught:
        work.save_invoice(record)
    assert caught.value.current == 1


def test_the_same_bytes_are_accepted_once(store: Store) -> None:
    with store.unit_of_work() as work:
        work.add_document(a_document())
        work.commit()
    with store.unit_of_work() as work:
        assert work.find_document("a" * 64) is not None
        with pytest.raises(InvalidInput):
            work.add_document(a_document())


def test_an_outbox_message_with_the_same_key_is_owed_once(store: Store) -> None:
    with store.unit_of_work() as work:
        work.enqueue("post", "k1", {"invoice_id": "i1"})
        work.enqueue("post", "k1", {"invoice_id": "i1"})
        work.commit()
    first = store.outbox.lease(["post"], 10, 60)
    assert [m.payload for m in first] == [{"invoice_id": "i1"}]
    assert store.outbox.lease(["post"], 10, 60) == []
    store.outbox.failed(first[0].id, "down", datetime.now(UTC) - timedelta(seconds=1))
    again = store.outbox.lease(["post"], 10, 60)
    assert again[0].attempts == 2
    store.outbox.done(again[0].id)
    assert store.outbox.lease(["post"], 10, 60) == []


def test_eight_clerks_never_get_the_same_item(store: Store) -> None:
    document = a_document()
    record = a_record(document)
    with store.unit_of_work() as work:
        work.add_document(document)
        work.add_invoice(record)
        for number in range(40):
            work.add_item(an_item(record.id, number))
        work.commit()
    got: list[str] = []

    def clerk(name: str) -> None:
        while True:
            with store.unit_of_work() as work:
                item = work.claim_next(["AP_EXCEPTIONS"], name, datetime.now(UTC) + timedelta(minutes=15))
                work.commit()
            if item is None:
                return
            got.append(item.id)

    threads = [threading.Thread(target=clerk, args=(f"u{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == len(set(got)) == 40


def test_get_next_takes_the_highest_priority_first(store: Store) -> None:
    document = a_document()
    record = a_record(document)
    with store.unit_of_work() as work:
        work.add_document(document)
        work.add_invoice(record)
        work.add_item(an_item(record.id, priority_score=Decimal("9.5")))
        best = an_item(record.id, priority_score=Decimal("10.25"))
        work.add_item(best)
        work.commit()
    with store.unit_of_work() as work:
        item = work.claim_next(["AP_EXCEPTIONS"], "u1", datetime.now(UTC) + timedelta(minutes=15))
    assert item is not None
    assert item.id == best.id


class TestAudit:
    def fill(self, store: Store, count: int = 12) -> None:
        with store.unit_of_work() as work:
            for number in range(count):
                work.record(an_event(number))
            work.commit()

    def tamper(self, store: Store, *statements: str) -> None:
        """What somebody with the database's own rights could do."""
        postgres = store.engine.dialect.name == "postgresql"
        with store.engine.begin() as connection:
            for table in ("events", "checkpoints"):
                if postgres:
                    connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
                else:
                    for verb in ("update", "delete"):
                        connection.execute(text(f"DROP TRIGGER {table}_no_{verb}"))
            for statement in statements:
                connection.execute(text(statement))

    def test_an_untouched_log_is_intact(self, store: Store) -> None:
        self.fill(store)
        assert store.seal_audit()
        verdict = store.verify_audit()
        assert (verdict.intact, verdict.count, verdict.checkpoints) == (True, 12, 1)

    @pytest.mark.parametrize("statement", ["UPDATE events SET actor = 'x'", "DELETE FROM events"])
    def test_the_database_refuses_changes(self, store: Store, statement: str) -> None:
        self.fill(store)
        with pytest.raises(DBAPIError, match="append-only"), store.engine.begin() as connection:
            connection.execute(text(statement))

    def test_an_edited_record_is_found(self, store: Store) -> None:
        self.fill(store)
        self.tamper(store, "UPDATE events SET body = replace(body, 'i4', 'i5') WHERE seq = 5")
        verdict = store.verify_audit()
        assert (verdict.intact, verdict.at, verdict.why) == (False, 5, "its content was changed")

    def test_a_removed_record_is_found(self, store: Store) -> None:
        self.fill(store)
        self.tamper(store, "DELETE FROM events WHERE seq = 7")
        verdict = store.verify_audit()
        assert (verdict.at, verdict.why) == (7, "a record is missing")

    def test_a_cut_tail_is_found_by_its_checkpoint(self, store: Store) -> None:
        self.fill(store)
        store.seal_audit()
        self.tamper(store, "DELETE FROM events WHERE seq > 9", "DELETE FROM checkpoints")
        verdict = store.verify_audit()
        assert (verdict.at, "tail was cut off" in verdict.why) == (12, True)

    def test_a_forged_checkpoint_is_found(self, store: Store) -> None:
        self.fill(store)
        store.seal_audit()
        path = store.home / "checkpoints.jsonl"
        path.write_text(path.read_text().replace('"count": 12', '"count": 11'))
        assert "signature" in store.verify_audit().why

    def test_a_checkpoint_removed_outside_is_found(self, store: Store) -> None:
        self.fill(store)
        store.seal_audit()
        (store.home / "checkpoints.jsonl").unlink()
        assert "missing from the second store" in store.verify_audit().why

    def test_concurrent_writers_keep_one_chain(self, store: Store) -> None:
        def write() -> None:
            for number in range(10):
                with store.unit_of_work() as work:
                    work.record(an_event(number))
                    work.commit()

        threads = [threading.Thread(target=write) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert store.verify_audit().count == 40


class TestAccounts:
    def test_log_in_session_and_log_out(self, store: Store) -> None:
        store.accounts.save_user(User("u1", "Una", ("AP_CLERK",)), "correct horse")
        assert store.accounts.authenticate("u1", "wrong") is None
        assert store.accounts.authenticate("nobody", "x") is None
        user = store.accounts.authenticate("u1", "correct horse")
        assert user is not None
        token = store.accounts.open_session("u1", NOW, "127.0.0.1")
        assert store.accounts.session_user(token, NOW + timedelta(minutes=14)) == user
        store.accounts.close_session(token)
        assert store.accounts.session_user(token, NOW) is None

    def test_sessions_end_by_idling_by_age_and_with_the_person(self, store: Store) -> None:
        store.accounts.save_user(User("u1", "Una", ("AP_CLERK",)), "pw")
        token = store.accounts.open_session("u1", NOW, "")
        assert store.accounts.session_user(token, NOW + timedelta(minutes=16)) is None
        token = store.accounts.open_session("u1", NOW, "")
        alive = [
            store.accounts.session_user(token, NOW + timedelta(minutes=10 * step)) is not None for step in range(1, 80)
        ]
        assert alive.index(False) == 72
        token = store.accounts.open_session("u1", NOW, "")
        store.accounts.save_user(User("u1", "Una", ("AP_CLERK",), active=False))
        assert store.accounts.session_user(token, NOW) is None
        assert store.accounts.authenticate("u1", "pw") is None


class TestFacts:
    def load(self, store: Store, folder: Path) -> None:
        folder.mkdir()
        write = {
            "suppliers": "id,name,group,status,tax_id\nSUP-1,Acme,G,active,12-34\nSUP-2,Acme West,G,active,99\nSUP-3,Twin,H,active,1234\n",
            "supplier_banks": "fingerprint,supplier_id,routing,account\nBK-1,SUP-1,061,12345678\n",
            "purchase_orders": "number,supplier_id,status,currency,order_date\nPO-1,SUP-1,open,USD,2026-03-01\nPO-2,SUP-2,closed,USD,2026-03-01\n",
            "purchase_order_lines": 'po_number,no,qty,uom,unit_price,uom_conversions\nPO-1,1,10,BX,1.00,"{""BX"":""100"",""EA"":""1""}"\n',
            "receipts": "id,po_number,date\nGR-1,PO-1,2026-03-09\n",
            "receipt_lines": "receipt_id,po_number,po_line,received\nGR-1,PO-1,1,10\n",
            "prior_invoices": "invoice_number,invoice_date,supplier_id,status,total,po_number\n42,2026-01-10,SUP-2,paid,14.50,PO-9\n"
            "77,2026-01-11,SUP-3,paid,1.00,\n42,2026-01-12,SUP-3,paid,3.00,\n",
        }
        for name, content in write.items():
            (folder / f"{name}.csv").write_text(content)
        report = load_directory(store, folder)
        assert report.problems == []

    def test_orders_receipts_and_like_invoices_are_found(self, store: Store, tmp_path: Path) -> None:
        self.load(store, tmp_path / "csv")
        with store.unit_of_work() as work:
            facts = work.facts_for(an_invoice(), date(2026, 3, 20))
            assert work.masters.bank_fingerprint("0 61", "1234-5678") == "BK-1"
            assert work.masters.bank_fingerprint("061", "9") not in ("BK-1", "")
        assert [o.number for o in facts.purchase_orders] == ["PO-1"]
        assert [r.id for r in facts.receipts] == ["GR-1"]
        assert {s.id for s in facts.suppliers} == {"SUP-1", "SUP-2", "SUP-3"}
        assert {(p.supplier_id, p.invoice_number) for p in facts.prior_invoices} == {("SUP-2", "42"), ("SUP-3", "42")}

    def test_our_own_invoices_count_in_the_order_lines_unit(self, store: Store, tmp_path: Path) -> None:
        self.load(store, tmp_path / "csv")
        document = a_document()
        record = a_record(document, state="AUTO_APPROVED")
        with store.unit_of_work() as work:
            work.add_document(document)
            work.add_invoice(record)
            facts = work.facts_for(an_invoice(id="other", invoice_number="X9", total=Decimal(1)), date(2026, 3, 20))
            assert work.waiting_on(["po 1"]) == []
        (prior,) = facts.prior_invoices
        assert (prior.id, prior.status) == (record.id, "approved")
        assert [(line.po_line, line.qty, line.uom, line.net) for line in prior.lines] == [
            ("1", 1000, "EA", Decimal("10.00"))
        ]

    def test_an_invoice_is_never_its_own_earlier_invoice(self, store: Store, tmp_path: Path) -> None:
        self.load(store, tmp_path / "csv")
        document = a_document()
        record = a_record(document)
        with store.unit_of_work() as work:
            work.add_document(document)
            work.add_invoice(record)
            facts = work.facts_for(an_invoice(id=record.id), date(2026, 3, 20))
        assert record.id not in {p.id for p in facts.prior_invoices}

    def test_a_bad_row_keeps_its_file_out_and_is_named(self, store: Store, tmp_path: Path) -> None:
        folder = tmp_path / "bad"
        folder.mkdir()
        (folder / "suppliers.csv").write_text("id,name,group,status\nSUP-1,Acme,G,active\n")
        (folder / "purchase_orders.csv").write_text(
            "number,supplier_id,status,currency,order_date\nPO-1,SUP-1,open,USD,2026-03-01\nPO-2,SUP-1,open,USD,yesterday\n"
        )
        report = load_directory(store, folder)
        assert len(report.problems) == 1
        assert report.problems[0].startswith("purchase_orders.csv, line 3: order_date")
        with store.unit_of_work() as work:
            assert work.masters.find_order("PO-1") is None
            assert work.masters.supplier("SUP-1") is not None

    def test_loading_again_updates(self, store: Store, tmp_path: Path) -> None:
        self.load(store, tmp_path / "csv")
        (tmp_path / "csv" / "suppliers.csv").write_text("id,name,group,status\nSUP-1,Acme New,G,blocked\n")
        load_directory(store, tmp_path / "csv")
        with store.unit_of_work() as work:
            found = work.masters.supplier("SUP-1")
        assert found is not None
        assert (found.name, found.status) == ("Acme New", "blocked")


def test_two_processes_share_one_database(open_store: Callable[[], Store]) -> None:
    one, two = open_store(), open_store()
    with one.unit_of_work() as work:
        work.add_document(a_document())
        work.commit()
    assert len(two.queries.unread_documents()) == 1


def test_blobs_are_created_once_and_verified(store: Store) -> None:
    sha = store.blobs.put(b"hello")
    assert store.blobs.put(b"hello") == sha
    assert store.blobs.get(sha) == b"hello"
    path = next(p for p in (store.home / "documents").rglob("*") if p.is_file())
    path.chmod(0o600)
    path.write_bytes(b"hellO")
    with pytest.raises(StorageFailed, match="changed on disk"):
        store.blobs.get(sha)


def test_queue_rows_search_and_count(store: Store) -> None:
    document = a_document()
    record = a_record(document)
    with store.unit_of_work() as work:
        work.add_document(document)
        work.add_invoice(record)
        work.add_item(an_item(record.id))
        work.add_item(an_item(record.id, restricted=True, owner_role="VENDOR_MASTER", queue="VENDOR_MASTER"))
        work.commit()
    rows, total = store.queries.queue(roles=["AP_CLERK"])
    assert (total, rows[0]["total"], rows[0]["invoice_number"]) == (1, "14.50", "INV-0042")
    assert store.queries.queue(roles=["AP_SUPERVISOR"])[1] == 1
    assert store.queries.queue(roles=["AP_CLERK"], search="100%")[1] == 0
    assert store.queries.queue(roles=["AP_CLERK"], search="inv-0042")[1] == 1
    assert store.queries.queue_counts(["VENDOR_MASTER"]) == {"VENDOR_MASTER": 1}
    assert [row["status"] for row in store.queries.status_rows()] == ["HOLD"]
    assert store.queries.invoices(state="HOLD")[0]["id"] == record.id
    with store.unit_of_work() as work:
        work.save_invoice(replace(record, state="REJECTED"))
        work.commit()
    assert [row["status"] for row in store.queries.status_rows()] == ["REJECTED"]
