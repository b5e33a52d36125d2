"""Rates, accounts, budgets and closed periods from CSV reach the decision (spec 0.2.6, C.9); what only we know of a
document that the ERP holds too is kept."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipeline.domain.invoice import Charge, Coding, Invoice
from pipeline.domain.ledger import Budget, LedgerFacts
from pipeline.domain.matching import Facts
from pipeline.export.breaker import Breaker, GuardedGateway
from pipeline.export.files import FileGateway
from pipeline.intake.load import load_directory
from pipeline.storage import ledger
from pipeline.storage.store import Store
from pipeline.storage.sync_writer import StoredSyncWriter
from tests.integration.storage import world

DAY = world.DAY
FILES = {
    "facilities": "id,name,legal_entity,tax_exempt\nF-1,Main,LE-1,True\nF-2,Other,LE-2,True\n",
    "suppliers": "id,name,group,status\nS-1,Acme,G,active\n",
    "purchase_orders": "number,supplier_id,status,currency,order_date,ship_to\n77,S-1,open,EUR,2026-03-01,F-2\n",
    "prior_invoices": "invoice_number,invoice_date,supplier_id,status,total,po_number\nP-1,2026-03-01,S-1,paid,110.00,77\n",
    "exchange_rates": "currency,valid_from,rate\nEUR,2026-01-01,1.05\nEUR,2026-03-01,1.10\nJPY,2026-01-01,0.007\n",
    "gl_accounts": "code,name,active\n6310,Power,True\n6320,Water,False\n",
    "budgets": "cost_center,available\nCC-1,500.00\n",
    "closed_periods": "legal_entity,closed_through\n*,2026-01-31\nLE-2,2026-02-28\n",
}
CODED = (Coding("6310", "CC-1", Decimal(60)), Coding("6320", "CC-2", Decimal(40)))


@pytest.fixture
def loaded(store: Store, tmp_path: Path) -> Store:
    load(store, tmp_path, FILES)
    return store


def load(store: Store, folder: Path, files: dict[str, str]) -> None:
    for name in FILES:
        (folder / f"{name}.csv").unlink(missing_ok=True)
    for name, content in files.items():
        (folder / f"{name}.csv").write_text(content)
    assert load_directory(store, folder).problems == []


def ask(store: Store, **values: Any) -> Facts:
    invoice = Invoice(**{"id": "me", "supplier_id": "S-1", "invoice_number": "X-1", "invoice_date": DAY, **values})
    with store.unit_of_work() as work:
        return work.facts_for(invoice, DAY)


def test_rate_of_the_invoice_date(loaded: Store) -> None:
    assert ask(loaded, currency="EUR", invoice_date=date(2026, 2, 1)).rates["EUR"] == Decimal("1.05")
    assert ask(loaded, currency="EUR", invoice_date=date(2026, 3, 1)).rates["EUR"] == Decimal("1.10")
    assert ask(loaded, currency="EUR", invoice_date=date(2025, 3, 1)).rates == {}


def test_only_open_accounts_of_the_coding_and_their_budgets(loaded: Store) -> None:
    facts = ask(loaded, coding=CODED)
    assert facts.gl_accounts == {"6310"}
    assert facts.budgets == {"CC-1": Decimal("500.00")}
    assert ask(loaded).gl_accounts is None


def test_closed_periods_of_the_own_entity_come_first(loaded: Store) -> None:
    assert ask(loaded, ship_to="F-1").closed_through == date(2026, 1, 31)
    assert ask(loaded, ship_to="F-2").closed_through == date(2026, 2, 28)
    assert ask(loaded, po_number="77").closed_through == date(2026, 2, 28)


def test_a_load_without_a_file_leaves_its_list_and_a_new_one_replaces_it(loaded: Store, tmp_path: Path) -> None:
    load(loaded, tmp_path, {"budgets": "cost_center,available\nCC-2,1.00\n"})
    with loaded.unit_of_work() as work:
        stored = ledger.stored(work.connection)
    assert stored.budgets == (Budget("CC-2", Decimal("1.00")),)
    assert stored.accounts is not None
    assert len(stored.accounts) == 2


def test_a_rate_of_zero_is_a_bad_row(store: Store, tmp_path: Path) -> None:
    (tmp_path / "exchange_rates.csv").write_text("currency,valid_from,rate\nEUR,2026-01-01,0\n")
    assert load_directory(store, tmp_path).problems == ["exchange_rates.csv, line 2: rate: must be above 0."]


def test_nothing_told_changes_nothing(loaded: Store) -> None:
    with loaded.unit_of_work() as work:
        before = ledger.stored(work.connection)
        ledger.put(work.connection, LedgerFacts())
        assert ledger.stored(work.connection) == before


def test_the_erp_document_keeps_our_charges_and_prepayment(loaded: Store) -> None:
    """Ledgers often keep no charges: freight billed and posted once must not be free to bill again."""
    mine = Invoice(
        id="mine", supplier_id="S-1", invoice_number="P-1", invoice_date=date(2026, 3, 1), currency="EUR",
        po_number="77", total=Decimal("110.00"), charges=(Charge("freight", Decimal("20.00")),), prepaid=Decimal("5.00"),
    )  # fmt: skip
    with loaded.unit_of_work() as work:
        work.add_invoice(
            world.record("mine", state="POSTED", invoice=mine, match=world.match(), po_link=None, coding=())
        )
        work.commit()
    (prior,) = ask(loaded, po_number="77").prior_invoices
    assert (prior.id, prior.status, prior.charges, prior.prepaid) == ("mine", "paid", mine.charges, mine.prepaid)


def test_the_files_connector_tells_the_same_lists(store: Store, tmp_path: Path) -> None:
    inbox = tmp_path / "erp" / "in"
    inbox.mkdir(parents=True)
    for name in ("exchange_rates", "gl_accounts", "budgets", "closed_periods"):
        (inbox / f"{name}.csv").write_text(FILES[name])
    facts = GuardedGateway(FileGateway(tmp_path / "erp", lambda a, b: a + b), Breaker()).ledger_facts()
    with StoredSyncWriter(store.unit_of_work, store.keys) as work:
        assert work.put_ledger(facts)
        work.commit()
    with StoredSyncWriter(store.unit_of_work, store.keys) as work:
        assert not work.put_ledger(facts)
    facts_of_it = ask(store, currency="EUR", coding=CODED, ship_to="F-1")
    assert facts_of_it.rates["EUR"] == Decimal("1.10")
    assert facts_of_it.gl_accounts == {"6310"}
