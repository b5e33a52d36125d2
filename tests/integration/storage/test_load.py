"""Master data from CSV files: exact reports, nothing half-loaded, loading again updates."""

from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select

from pipeline.domain.errors import InvalidInput
from pipeline.domain.events import SYSTEM
from pipeline.intake.load import LoadReport, load_directory
from pipeline.storage.store import Store
from pipeline.storage.tables import catalogue, supplier_banks

FILES = {
    "suppliers": "id,name,group,status\nS-1,Acme,G,active\nS-2,Other,H,active\n",
    "supplier_aliases": "supplier_id,alias\nS-1,ACME INC\n",
    "supplier_banks": "fingerprint,supplier_id,bank_name,routing,account\nBK-1,S-1,Bank,061000000,12345678\n",
    "items": 'buyer_item,supplier_item,supplier_id,uom_conversions\n77,A77,S-1,"{""EA"": ""1"", ""BX"": ""100""}"\n',
    "purchase_orders": "number,supplier_id,status,currency,order_date\nPO-1,S-1,open,USD,2026-03-01\n",
    "purchase_order_lines": "po_number,no,qty,uom,unit_price,buyer_item\nPO-1,1,10,BX,1.00,77\n",
    "receipts": "id,po_number,date\nGR-1,PO-1,2026-03-09\n",
    "receipt_lines": "receipt_id,po_number,po_line,received\nGR-1,PO-1,1,10\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "csv"
    made.mkdir()
    for name, content in FILES.items():
        (made / f"{name}.csv").write_text(content)
    return made


def statuses(report: LoadReport) -> dict[str, str]:
    return {file.name.removesuffix(".csv"): file.status for file in report.files if file.status != "absent"}


def test_a_good_folder_is_loaded_and_recorded(store: Store, folder: Path) -> None:
    report = load_directory(store, folder)
    assert report.problems == []
    assert set(statuses(report).values()) == {"loaded"}
    (event,) = store.queries.events("masters")
    assert (event.draft.action, event.draft.after["orders"], event.draft.after["items"]) == ("master.loaded", 1, 1)
    with store.unit_of_work() as work:
        order = work.masters.find_order("po 1")
        assert order.lines[0].uom_conversions == {"EA": Decimal(1), "BX": Decimal(100)}
        assert [r.id for r in work.masters.receipts("PO-1")] == ["GR-1"]
        assert work.masters.supplier("S-1").aliases == ("ACME INC",)
    with store.engine.connect() as connection:
        assert len(connection.execute(select(catalogue)).all()) == 1


def test_a_bank_number_is_nowhere_in_the_clear(store: Store, folder: Path) -> None:
    load_directory(store, folder)
    with store.engine.connect() as connection:
        (row,) = connection.execute(select(supplier_banks)).all()
    assert b"12345678" not in bytes(row.sealed)
    assert "12345678" not in repr(row)
    with store.unit_of_work() as work:
        (bank,) = work.masters.supplier("S-1").banks
        assert (bank.fingerprint, bank.last4) == ("BK-1", "5678")
        assert work.masters.bank_fingerprint("061-000-000", "1234 5678") == "BK-1"
        assert work.masters.bank_fingerprint("061000000", "12345679") not in ("BK-1", "")
    assert store.reveal_bank("S-1", "BK-1", SYSTEM, "call-back") == ("061000000", "12345678")
    last = store.queries.events("S-1")[-1]
    assert last.draft.action == "bank.revealed"
    assert "12345678" not in repr(last)


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("purchase_orders", "number,supplier_id,status,currency,order_date\nPO-1,S-1,open,USD,soon\n", "line 2: order_date"),
        ("purchase_orders", "number,supplier_id,status,currency\nPO-1,S-1,open,USD\n", "the columns order_date are missing"),
        ("purchase_order_lines", "po_number,no,qty,uom,unit_price\nPO-1,1,1e400x,BX,1\n", "line 2: qty"),
        ("purchase_order_lines", "po_number,no,qty,uom,unit_price\nPO-1,1,NaN,BX,1\n", "line 2: qty"),
        ("purchase_order_lines", "po_number,no,qty,uom,unit_price\nPO-1,1,1,BX,1\nPO-1,1,2,BX,1\n", "line 3: po_number PO-1, no 1 stands in line 2"),
        ("purchase_order_lines", "po_number,no,qty,uom,unit_price\nPO-9,1,1,BX,1\n", "line 2: po_number PO-9 is not in purchase_orders.csv"),
        ("purchase_order_lines", "po_number,no,qty,uom,unit_price\nPO-1,1,1,BX\n", "line 2: it has another number of columns"),
        ("purchase_order_lines", "po_number,no,qty,uom,unit_price,price_revisions\nPO-1,1,1,BX,1,[5]\n", "line 2: price_revisions"),
        ("purchase_orders", b"\xff\xfe", "no CSV file in UTF-8"),
    ],
)  # fmt: skip
def test_a_bad_row_keeps_its_files_out_and_the_rest_in(
    store: Store, folder: Path, name: str, content: str | bytes, problem: str
) -> None:
    (folder / f"{name}.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    report = load_directory(store, folder)
    assert len(report.problems) == 1
    assert problem in report.problems[0]
    assert report.problems[0].startswith(f"{name}.csv")
    found = statuses(report)
    assert found.pop(name) == "refused"
    other = {"purchase_orders": "purchase_order_lines", "purchase_order_lines": "purchase_orders"}[name]
    assert found.pop(other) == "kept back"
    assert set(found.values()) == {"loaded"}
    with store.unit_of_work() as work:
        assert work.masters.find_order("PO-1") is None
        assert work.masters.supplier("S-1") is not None


def test_what_a_later_load_does_not_bring_stays(store: Store, folder: Path, tmp_path: Path) -> None:
    load_directory(store, folder)
    later = tmp_path / "later"
    later.mkdir()
    (later / "suppliers.csv").write_text("id,name,group,status\nS-1,Acme New,G,blocked\n")
    (later / "purchase_orders.csv").write_text(FILES["purchase_orders"].replace("open", "closed"))
    assert load_directory(store, later).problems == []
    with store.unit_of_work() as work:
        supplier, order = work.masters.supplier("S-1"), work.masters.find_order("PO-1")
        assert (supplier.name, supplier.status, supplier.aliases) == ("Acme New", "blocked", ("ACME INC",))
        assert [bank.fingerprint for bank in supplier.banks] == ["BK-1"]
        assert (order.status, len(order.lines)) == ("closed", 1)
        assert work.masters.bank_fingerprint("061000000", "12345678") == "BK-1"
        assert [s.name for s in work.masters.suppliers()] == ["Acme New", "Other"]


def test_an_account_that_is_gone_is_no_longer_on_file(store: Store, folder: Path) -> None:
    load_directory(store, folder)
    (folder / "supplier_banks.csv").write_text("fingerprint,supplier_id,bank_name,routing,account\n")
    load_directory(store, folder)
    with store.unit_of_work() as work:
        assert work.masters.find_by_bank("BK-1") == []
        assert work.masters.supplier("S-1").banks == ()


def test_children_alone_are_refused(store: Store, folder: Path) -> None:
    for file in folder.iterdir():
        if file.name != "receipt_lines.csv":
            file.unlink()
    report = load_directory(store, folder)
    assert report.problems == ["receipt_lines.csv: it can only be loaded together with receipts.csv."]


def test_a_folder_without_our_files_is_wrong_use(store: Store, tmp_path: Path) -> None:
    for folder in (tmp_path / "none", tmp_path):
        with pytest.raises(InvalidInput):
            load_directory(store, folder)
