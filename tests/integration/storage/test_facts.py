"""The look-up of everything a decision depends on (spec B.1, C.0.3, C.4)."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipeline.domain.invoice import Invoice, PriorInvoice
from pipeline.domain.matching import Facts, LineLink
from pipeline.intake.load import load_directory
from pipeline.storage.store import Store
from tests.integration.storage import world

DAY = world.DAY
FILES = {
    "suppliers": "id,name,group,status,tax_id\nS-1,Acme,G,active,12-3\nS-2,Acme West,G,active,\nS-3,Twin,H,active,123\nS-9,Far,X,active,9\n",
    "purchase_orders": "number,supplier_id,status,currency,order_date\n4500-1,S-1,open,USD,2026-03-01\n45O0-2,S-2,open,USD,2026-03-01\n"
    "4500-3,S-1,closed,USD,2026-03-01\n77,S-9,open,USD,2026-03-01\n",
    "purchase_order_lines": 'po_number,no,qty,uom,unit_price,uom_conversions\n4500-1,10,10,BX,1.00,"{""BX"":""100""}"\n4500-1,20,10,CS,1.00,\n',
    "prior_invoices": "invoice_number,invoice_date,supplier_id,status,total,po_number,references_invoice,type\n"
    "P-1,2026-03-01,S-1,paid,10.00,4500-1,,invoice\nP-2,2026-03-01,S-9,paid,100.10,,,invoice\nCR-1,2026-03-02,S-1,posted,-5.00,,P-1,credit_note\n",
    "prior_invoice_lines": "invoice_number,supplier_id,po_line,qty,uom,net\nP-1,S-1,10,10,BX,10.00\n",
}  # fmt: skip


@pytest.fixture
def loaded(store: Store, tmp_path: Path) -> Store:
    folder = tmp_path / "csv"
    folder.mkdir()
    for name, content in FILES.items():
        (folder / f"{name}.csv").write_text(content)
    assert load_directory(store, folder).problems == []
    return store


def ask(store: Store, **values: Any) -> Facts:
    invoice = Invoice(**{"id": "me", "supplier_id": "S-1", "invoice_number": "X-1", "invoice_date": DAY, **values})
    with store.unit_of_work() as work:
        return work.facts_for(invoice, DAY)


def keep(store: Store, name: str, state: str = "IN_REVIEW", link: bool = False, **values: Any) -> None:
    """One of our own earlier invoices."""
    facts = Invoice(
        **{"id": name, "supplier_id": "S-1", "invoice_date": DAY, "currency": "USD", "type": "invoice", **values}
    )
    links = (LineLink("1", "4500-1", "10", Decimal(250), Decimal("2.50"), Decimal(1)),) if link else ()
    match = world.match(links=links, po_numbers=("4500-1",) if link else ())
    with store.unit_of_work() as work:
        work.add_invoice(world.record(name, state=state, invoice=facts, match=match, po_link=None, coding=()))
        work.commit()


def names(facts: Facts) -> set[str]:
    return {prior.id or prior.invoice_number for prior in facts.prior_invoices}


def one(facts: Facts, number: str) -> PriorInvoice:
    (found,) = [prior for prior in facts.prior_invoices if prior.invoice_number == number]
    return found


def test_family_is_group_and_whoever_shares_tax_id(loaded: Store) -> None:
    assert {s.id for s in ask(loaded).suppliers} == {"S-1", "S-2", "S-3"}
    assert {s.id for s in ask(loaded, stated_tax_id="9").suppliers} == {"S-1", "S-2", "S-3", "S-9"}
    assert ask(loaded, supplier_id=None).suppliers == ()


def test_a_known_order_is_taken_even_of_another_supplier(loaded: Store) -> None:
    facts = ask(loaded, po_number="77")
    assert [o.number for o in facts.purchase_orders] == ["77"]
    assert "S-9" in {s.id for s in facts.suppliers}


def test_a_misread_order_finds_those_that_look_alike_and_the_open_ones(loaded: Store) -> None:
    assert [o.number for o in ask(loaded, po_number="4500-2").purchase_orders] == ["4500-1", "45O0-2"]
    assert [o.number for o in ask(loaded, po_number="45OO-3").purchase_orders] == ["4500-1", "4500-3", "45O0-2"]
    assert [o.number for o in ask(loaded, po_number=None).purchase_orders] == ["4500-1", "45O0-2"]


def test_what_was_billed_on_an_order_comes_with_it(loaded: Store) -> None:
    keep(loaded, "ours", "AUTO_APPROVED", link=True, invoice_number="Z-1", total=Decimal("2.50"))
    facts = ask(loaded, po_number="4500-1")
    assert names(facts) == {"P-1", "ours"}
    mine = one(facts, "Z-1")
    assert (mine.status, mine.po_number) == ("approved", "4500-1")
    (line,) = mine.lines
    assert (line.po_number, line.po_line, line.qty, line.uom, line.net) == ("4500-1", "10", 250, "EA", Decimal("2.50"))


@pytest.mark.parametrize(
    ("number", "total", "days", "expected"),
    [
        ("INV-00123", "1.00", 700, True),  # norm equal, any total, within 730 days
        ("123", "1.00", 0, True),
        ("I23", "1.00", 500, True),  # skeleton equal
        ("132", "50.00", 30, True),  # total equal and near in time: a slip of the pen
        ("999", "50.01", 5, True),
        ("999", "50.02", 5, False),
        ("132", "50.00", 90, False),
        ("124", "51.00", 0, False),
        ("123", "1.00", 731, False),
    ],
)
def test_candidates_of_duplicates(loaded: Store, number: str, total: str, days: int, expected: bool) -> None:
    keep(loaded, "ours", invoice_number=number, total=Decimal(total), invoice_date=DAY - timedelta(days=days))
    facts = ask(loaded, invoice_number="0123", total=Decimal("50.00"), po_number="77")
    assert ("ours" in names(facts)) is expected


def test_sister_companies_and_twins_are_compared_strangers_are_not(loaded: Store) -> None:
    for name in ("S-2", "S-3", "S-9"):
        keep(loaded, name, invoice_number="X1", total=Decimal(7), supplier_id=name)
    assert names(ask(loaded, total=Decimal(7), po_number="77")) == {"S-2", "S-3"}


@pytest.mark.parametrize(
    ("state", "status"),
    [("WAIT_RECEIPT", "waiting"), ("POSTED", "posted"), ("PAID", "paid"), ("VOID", "void"), ("REJECTED", "rejected"),
     ("DUPLICATE", "rejected"), ("POST_UNKNOWN", "approved"), ("AWAITING_APPROVAL", "held")],
)  # fmt: skip
def test_our_states_are_told_in_the_words_of_earlier_invoices(loaded: Store, state: str, status: str) -> None:
    keep(loaded, "ours", state, invoice_number="X1", total=Decimal(7))
    assert one(ask(loaded, total=Decimal(7), po_number="77"), "X1").status == status


def test_an_invoice_is_never_its_own_earlier_invoice(loaded: Store) -> None:
    keep(loaded, "me", invoice_number="X-1", total=Decimal(7))
    assert names(ask(loaded, total=Decimal(7), po_number="77")) == set()


def test_a_document_that_both_know_is_counted_once_and_loses_no_line(loaded: Store) -> None:
    keep(
        loaded, "ours", "POSTED", link=True, invoice_number="P1", total=Decimal("10.00"), invoice_date=date(2026, 3, 1)
    )
    prior = one(ask(loaded, po_number="4500-1"), "P-1")
    assert (prior.id, prior.status, [line.qty for line in prior.lines]) == ("ours", "paid", [10])
    assert names(ask(loaded, po_number="4500-1")) == {"ours"}


def test_a_header_only_entry_of_the_erp_takes_our_lines(loaded: Store, tmp_path: Path) -> None:
    (tmp_path / "csv" / "prior_invoices.csv").write_text(
        "invoice_number,invoice_date,supplier_id,status,total\nQ-5,2026-03-05,S-1,paid,2.50\n"
    )
    (tmp_path / "csv" / "prior_invoice_lines.csv").write_text("invoice_number,supplier_id,po_line\n")
    load_directory(loaded, tmp_path / "csv")
    keep(loaded, "ours", "POSTED", link=True, invoice_number="Q5", total=Decimal("2.50"), invoice_date=date(2026, 3, 5))
    prior = one(ask(loaded, invoice_number="Q-5", po_number="4500-1"), "Q-5")
    assert (prior.id, prior.status, prior.po_number, len(prior.lines)) == ("ours", "paid", "4500-1", 1)


def test_the_same_number_with_another_total_is_another_document(loaded: Store) -> None:
    keep(
        loaded, "ours", "POSTED", link=True, invoice_number="P-1", total=Decimal("11.00"), invoice_date=date(2026, 3, 1)
    )
    assert names(ask(loaded, po_number="4500-1")) == {"ours", "P-1"}


def test_an_original_comes_with_its_credits(loaded: Store) -> None:
    facts = ask(loaded, type="credit_note", references_invoice="p 1", invoice_number="C-9", po_number="77")
    assert names(facts) == {"P-1", "CR-1"}


def test_the_last_weeks_bills_without_an_order(loaded: Store) -> None:
    keep(loaded, "near", invoice_number="A", total=Decimal(1), invoice_date=DAY - timedelta(days=7))
    keep(loaded, "far", invoice_number="B", total=Decimal(1), invoice_date=DAY - timedelta(days=8))
    keep(loaded, "ordered", invoice_number="C", total=Decimal(1), po_number="5")
    keep(loaded, "sister", invoice_number="D", total=Decimal(1), supplier_id="S-2")
    found = names(ask(loaded, total=Decimal(900)))
    assert {"near"} <= found
    assert not {"far", "ordered", "sister"} & found


def test_recent_totals_are_the_approved_ones_newest_first(loaded: Store) -> None:
    keep(loaded, "a", "POSTED", invoice_number="A", total=Decimal("3.00"), invoice_date=DAY)
    keep(loaded, "b", "IN_REVIEW", invoice_number="B", total=Decimal("4.00"), invoice_date=DAY)
    keep(loaded, "c", "POSTED", invoice_number="C", total=Decimal("5.00"), currency="EUR")
    assert ask(loaded, currency="USD").recent_totals[0] == Decimal("3.00")
    assert Decimal("4.00") not in ask(loaded, currency="USD").recent_totals
    assert Decimal("5.00") not in ask(loaded, currency="USD").recent_totals


def test_equal_questions_get_equal_answers(loaded: Store) -> None:
    for number in range(5):
        keep(loaded, f"o{number}", "POSTED", link=True, invoice_number=f"Z{number}", total=Decimal(number))
    first = ask(loaded, po_number="4500-1")
    assert first == replace(ask(loaded, po_number="4500-1"))
