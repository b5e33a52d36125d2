"""Order data from outside, through the whole path: evidence for people, and a stand-in only from our own order system."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from pipeline import bootstrap
from pipeline.app import App
from pipeline.domain.document import Channel, Limits, Upload
from pipeline.domain.orders import OrderLine, PurchaseOrder, Receipt, ReceiptLine
from pipeline.domain.reading import Reading
from pipeline.intake.load import load_directory
from pipeline.intake.receive import receive
from pipeline.process.advance import run_pass
from pipeline.process.guarding import look
from pipeline.process.read import Engines, read_file
from tests.functional.order_cycle import despatch, invoice, order, receipt

SUPPLIER = "id,name,group,status,tax_id,street,csz,phone,domain,payment_terms,po_required,reportable_1099,w9_on_file,excluded\n"
SUPPLIER += 'SUP-1,Harbor Medical Supply Inc.,G-1,active,12-3456789,12 Dock Road,"Boston, MA 02110",,harbor.example,Net 30,True,False,True,False\n'
FACILITY = "id,name,legal_entity,tax_exempt,street,csz,dock\n"
FACILITY += 'FAC-01,General Hospital,LE-1,True,1 Main St,"Boston, MA 02111",Dock A\n'
PARTNERS = '[[partner]]\nname = "our orders"\nsources = ["erp-copies"]\norder_data = true\n'
CYCLE = os.environ.get("APDESK_UBL_CYCLE", "")


@dataclass
class Desk:
    app: App
    home: Path

    def send(self, data: bytes, name: str, source: str = "", channel: Channel = Channel.EDI) -> None:
        receive(self.app, Upload(f"{source or 'portal'}/{name}", data, channel, date(2026, 3, 3), batch=source))
        run_pass(self.app)

    def row(self, number: str) -> dict[str, object]:
        (found,) = [row for row in self.app.queries.status_rows() if row["invoice_number"] == number]
        return found

    def trade(self, po: str = "PO-77001") -> list[tuple[str, bool]]:
        with self.app.unit_of_work() as work:
            return [(record.document.kind, record.authority) for record in work.trade_of(po)]


@pytest.fixture
def whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    (tmp_path / "csv").mkdir()
    (tmp_path / "csv" / "suppliers.csv").write_text(SUPPLIER)
    (tmp_path / "csv" / "facilities.csv").write_text(FACILITY)
    (tmp_path / "partners.toml").write_text(PARTNERS)
    monkeypatch.setenv("APDESK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("APDESK_PARTNERS", str(tmp_path / "partners.toml"))
    load_directory(bootstrap.build_store(), tmp_path / "csv")
    return Desk(bootstrap.build_app(as_of=date(2026, 3, 3)), tmp_path)


class Here:
    """Reads in this process: these files hold no page."""

    def read_many(
        self, requests: Iterable[tuple[bytes, str, bytes | None]], jobs: int
    ) -> Iterator[tuple[Reading, ...]]:
        engines = Engines(pages=lambda data, kind: (), invoices=lambda pages: (), limits=Limits())
        return (read_file(data, name, engines) for data, name, _ in requests)


@pytest.fixture
def desk(whole: Desk) -> Desk:
    """Without children, which the first test has."""
    app = replace(whole.app, reader=Here(), look=lambda data, name: look(data, name, Limits()))  # type: ignore[arg-type]
    return replace(whole, app=app)


def test_the_three_way_exception_of_a_whole_cycle(whole: Desk) -> None:
    """100 ordered, 90 received, 100 billed: held for the ten that nobody received."""
    desk = whole
    desk.send(order(), "order.xml", "erp-copies")
    desk.send(despatch(), "despatch.xml")
    desk.send(receipt(), "receipt.xml", "erp-copies")
    desk.send(invoice(), "invoice.xml")
    assert desk.trade() == [("order", True), ("shipment", False), ("receipt", True)]
    row = desk.row("HM-1")
    assert row["status"] in ("HOLD", "WAIT_RECEIPT"), row
    assert any(str(code).startswith(("QTY", "RCPT")) for code in row["exceptions"]), row  # type: ignore[attr-defined]


def test_what_was_received_is_approved_when_it_comes(desk: Desk) -> None:
    desk.send(order(), "order.xml", "erp-copies")
    desk.send(invoice(), "invoice.xml")
    waiting = desk.row("HM-1")
    assert waiting["status"] not in ("AUTO_APPROVED", "APPROVED")
    desk.send(receipt(quantity="100"), "receipt.xml", "erp-copies")
    after = desk.row("HM-1")
    assert set(after["exceptions"]) < set(waiting["exceptions"]), (waiting, after)  # type: ignore[call-overload]
    assert not any(str(code).startswith(("RCPT", "QTY")) for code in after["exceptions"])  # type: ignore[attr-defined]


@pytest.mark.parametrize("source", ["", "portal", "erp-copies-2"])
def test_a_stranger_s_order_and_receipt_never_stand_in(desk: Desk, source: str) -> None:
    desk.send(order(), "order.xml", source)
    desk.send(receipt(quantity="100"), "receipt.xml", source)
    desk.send(invoice(), "invoice.xml")
    assert desk.trade() == [("order", False), ("receipt", False)]
    assert desk.row("HM-1")["status"] not in ("AUTO_APPROVED", "APPROVED", "NEEDS_APPROVAL")
    with desk.app.unit_of_work() as work:
        assert work.masters.find_order("PO-77001") is None
        assert work.masters.receipts("PO-77001") == []


def test_a_receipt_sent_twice_counts_once(desk: Desk) -> None:
    desk.send(order(), "order.xml", "erp-copies")
    desk.send(receipt(), "receipt.xml", "erp-copies")
    desk.send(receipt(quantity="95"), "receipt corrected.xml", "erp-copies")
    with desk.app.unit_of_work() as work:
        (found,) = work.masters.receipts("PO-77001")
    assert found.lines[0].received == 95


def test_the_erp_s_own_order_and_receipts_are_the_only_ones(desk: Desk) -> None:
    desk.send(order(quantity="999"), "order.xml", "erp-copies")
    desk.send(receipt(quantity="999"), "receipt.xml", "erp-copies")
    from pipeline.bootstrap import build_store
    from pipeline.storage.sync_writer import StoredSyncWriter

    store, day = build_store(), date(2026, 2, 20)
    with StoredSyncWriter(store.unit_of_work, store.keys) as writer:
        line = OrderLine("1", Decimal(100), "EA", Decimal(10))
        writer.put_orders([PurchaseOrder("PO-77001", "SUP-1", "open", "USD", day, (line,))])
        writer.put_receipts([Receipt("ERP-1", "PO-77001", day, (ReceiptLine("1", Decimal(90)),))])
        writer.commit()
    with desk.app.unit_of_work() as work:
        told = work.masters.find_order("PO-77001")
        assert told is not None
        assert told.lines[0].qty == 100
        assert [one.id for one in work.masters.receipts("PO-77001")] == ["ERP-1"]


def test_an_order_of_an_unknown_supplier_is_evidence_only(desk: Desk) -> None:
    desk.send(order().replace(b"12-3456789", b"00-0000000"), "order.xml", "erp-copies")
    assert desk.trade() == [("order", False)]


def test_a_document_of_an_order_is_no_invoice(desk: Desk) -> None:
    desk.send(order(), "order.xml", "erp-copies")
    (row,) = desk.app.queries.status_rows()
    assert row["status"] == "NOT_INVOICE"


@pytest.mark.skipif(not CYCLE, reason="APDESK_UBL_CYCLE names no folder with the published UBL 2.0 cycle")
def test_the_published_cycle_is_held(desk: Desk) -> None:
    with (desk.home / "csv" / "suppliers.csv").open("a") as file:
        file.write(
            "CO001,Consortial,G-2,active,175 269 2355,56A Avon Way,,,consortial.example,Net 30,True,False,True,False\n"
        )
    load_directory(bootstrap.build_store(), desk.home / "csv")
    for name in ("Order", "DespatchAdvice", "ReceiptAdvice", "Invoice"):
        desk.send((Path(CYCLE) / f"UBL-{name}-2.0-Example.xml").read_bytes(), f"{name}.xml", "erp-copies")
    (row,) = [row for row in desk.app.queries.status_rows() if row["invoice_number"]]
    assert row["status"] in ("HOLD", "WAIT_RECEIPT"), row
    assert [kind for kind, _ in desk.trade("AEG012345")] == ["order", "shipment", "receipt"]


def test_an_invoice_that_came_before_its_order_is_matched_again(desk: Desk) -> None:
    desk.send(invoice(), "invoice.xml")
    before = desk.row("HM-1")
    desk.send(order(), "order.xml", "erp-copies")
    desk.send(receipt(quantity="100"), "receipt.xml", "erp-copies")
    after = desk.row("HM-1")
    assert before["exceptions"] != after["exceptions"], (before, after)
    assert not any(str(code).startswith(("PO_", "RCPT", "QTY")) for code in after["exceptions"]), after  # type: ignore[attr-defined]
