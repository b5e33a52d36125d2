"""The sample hospital beside a real Tryton: a person accepts, and the ERP holds a posted supplier invoice with its file."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import httpx
import pytest

from fixtures.demo import PEOPLE
from fixtures.expected import AS_OF
from fixtures.generate import files
from fixtures.tryton import demo
from fixtures.tryton.hospital import arrivals
from fixtures.tryton.server import DATABASE, TrytonServer
from fixtures.world import world
from pipeline.app import App
from pipeline.bootstrap import build_app, build_store
from pipeline.domain.events import Actor
from pipeline.domain.records import InvoiceRecord
from pipeline.export.tryton_wire import TrytonRest
from pipeline.intake.load import load_directory
from pipeline.process.advance import run_pass
from pipeline.process.dispatch import dispatch_outbox
from pipeline.process.ingest import ingest_file
from pipeline.process.ledger import reconciliation
from pipeline.process.sync import sync
from pipeline.review.decide import decide
from pipeline.review.decision import Decision, DecisionKind

pytestmark = pytest.mark.slow
BUYER = Actor("user", "buyer", (PEOPLE["buyer"][1],), name="Bea Novak")


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TrytonServer]:
    monkeypatch.setenv("APDESK_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("APDESK_DATABASE_URL", raising=False)
    monkeypatch.setenv("APDESK_ERP", "")  # Put back afterwards: the start sets it.
    server = demo.start(tmp_path)
    if server is None:
        pytest.skip("Tryton cannot be installed here")
    yield server
    server.stop()


def invoices(app: App) -> dict[str, InvoiceRecord]:
    found = {}
    for row in app.queries.invoices(limit=100):
        with app.unit_of_work() as work:
            record = work.get_invoice(row["id"])
        found[record.source_name.rsplit("/", 1)[-1]] = record
    return found


def test_an_acceptance_ends_as_a_posted_voucher_with_its_file(beside: TrytonServer, tmp_path: Path) -> None:
    """The e-invoices of the demonstration: reading is exact, so every outcome is the sample's."""
    wanted = {each.file for each in arrivals() if each.channel == "edi"}
    made = {name: data for name, data in files(world()) if name in wanted}
    app = build_app(as_of=AS_OF)
    load_directory(build_store(), demo.write_facilities(tmp_path / "csv"))
    assert app.erp is not None
    assert app.masters is not None
    assert sync(app.erp, app.masters).failed == ()
    for name, data in made.items():
        file = tmp_path / name.rsplit("/", 1)[-1]
        file.write_bytes(data)
        ingest_file(app, file, "edi", date(2026, 6, 9))
    run_pass(app, 1, lambda *_: None)
    before = invoices(app)
    assert {name: record.state for name, record in before.items()} == {
        "e01.edi": "AUTO_APPROVED",
        "e02.xml": "AUTO_APPROVED",
        "e03.edi": "WAIT_RECEIPT",
        "e04.xml": "IN_REVIEW",
    }
    assert dispatch_outbox(app) == {"posted": 2}

    held = before["e04.xml"]
    words = "The new list price was agreed with the supplier."
    accept = Decision(DecisionKind.ACCEPT, findings=(("PRICE_OVER", "1"),), root_cause="CONTRACT", reason=words)
    outcome = decide(app, held.id, accept, actor=BUYER, seen_version=held.version)
    assert outcome.record.state in ("AUTO_APPROVED", "APPROVED"), outcome.message
    assert dispatch_outbox(app) == {"posted": 1}

    posted = invoices(app)["e04.xml"]
    assert (posted.state, posted.voucher_no) == ("POSTED", "BILL/2026/00003")
    rest = TrytonRest(httpx.Client(base_url=beside.url, timeout=60), DATABASE, beside.key, 1)
    (row,) = rest.search(
        "account.invoice", [["number", "=", posted.voucher_no]], ["state", "reference", "total_amount"]
    )
    assert posted.invoice is not None
    assert (row["state"], row["reference"], row["total_amount"]) == (
        "posted", posted.invoice.invoice_number, posted.invoice.total,
    )  # fmt: skip
    attached, evidence = rest.search(
        "ir.attachment", [["resource", "=", f"account.invoice,{row['id']}"]], ["name", "data"]
    )
    assert evidence["name"] == f"decision-{posted.invoice.invoice_number}.json"
    assert [each["code"] for each in json.loads(evidence["data"])["accepted"]] == ["PRICE_OVER"]
    assert (attached["name"], attached["data"]) == ("e04.xml", made["edi/e04.xml"])
    assert reconciliation(app, date(2026, 1, 1), BUYER).differences == ()
