"""The periodic reviews over a real store: a credit that is owed becomes work for the buyer once (spec C.9)."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.bootstrap import build_store
from pipeline.cli.root import cli
from pipeline.domain.invoice import Invoice, InvoiceLine
from pipeline.domain.matching import LineLink
from pipeline.intake.load import load_directory
from pipeline.storage.store import Store
from tests.integration.storage import world

RUNNER = CliRunner()
FILES = {
    "suppliers": "id,name,group,status\nS-1,Acme,G,active\n",
    "purchase_orders": "number,supplier_id,status,currency,order_date,department\n77,S-1,open,USD,2026-01-01,OR\n",
    "purchase_order_lines": "po_number,no,qty,uom,unit_price\n77,1,10,EA,25.00\n",
    "receipts": "id,po_number,date\nGR-1,77,2026-01-05\nGR-2,77,2026-01-20\n",
    "receipt_lines": "receipt_id,po_number,po_line,received,returned\nGR-1,77,1,10,0\nGR-2,77,1,0,4\n",
}


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("APDESK_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("APDESK_DATABASE_URL", raising=False)
    for name, content in FILES.items():
        (tmp_path / f"{name}.csv").write_text(content)
    store = build_store()
    assert load_directory(store, tmp_path).problems == []
    bill = Invoice(
        id="i1", supplier_id="S-1", invoice_number="B-1", invoice_date=date(2026, 1, 6), currency="USD", po_number="77",
        total=Decimal("250.00"), lines=(InvoiceLine("1", qty=Decimal(10), net=Decimal("250.00")),),
    )  # fmt: skip
    links = (LineLink("1", "77", "1", Decimal(10), Decimal("250.00"), Decimal(1)),)
    with store.unit_of_work() as work:
        match = world.match(links=links, po_numbers=("77",))
        work.add_invoice(world.record("i1", state="POSTED", invoice=bill, match=match, po_link=None, coding=()))
        work.commit()
    return store


def test_a_return_without_a_credit_is_put_before_the_buyer_once(store: Store) -> None:
    ask = ["audit", "credits", "--as-of", "2026-03-20", "--json"]
    for _ in range(2):
        done = RUNNER.invoke(cli, [*ask, "--open"])
        assert done.exit_code == 0, done.output
        (row,) = [json.loads(text) for text in done.stdout.splitlines()]
        assert (row["code"], row["invoice_number"], row["amount"]) == ("CR_MISSING", "B-1", "100.00")
    with store.unit_of_work() as work:
        (item,) = work.items_of("i1")
    assert (item.codes, item.owner_role, item.state) == ((("CR_MISSING", None),), "BUYER", "OPEN")
    assert item.amount_at_risk == Decimal("100.00")


def test_before_thirty_days_nothing_is_owed(store: Store) -> None:
    done = RUNNER.invoke(cli, ["audit", "credits", "--as-of", "2026-02-10", "--json"])
    assert (done.exit_code, done.stdout) == (0, "")


def test_the_auditor_sees_patterns_and_nothing_is_held(store: Store) -> None:
    done = RUNNER.invoke(cli, ["audit", "patterns", "--as-of", "2026-03-20"])
    assert done.exit_code == 0
    assert "0 patterns." in done.output
