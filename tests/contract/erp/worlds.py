"""The ERPs that the contract suite runs over, each with the people in it: order, receive, book, pay."""

import base64
import csv
import json
import os
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, Protocol

import httpx

from fixtures.tryton.buyer import Buyer
from fixtures.tryton.server import DATABASE, TrytonServer
from pipeline.domain.erp import Attachment, Voucher, VoucherLine, VoucherState, VoucherStatus
from pipeline.export.files import FileGateway
from pipeline.export.files_sftp import SftpFileGateway
from pipeline.export.rest import RestGateway
from pipeline.export.tryton import TrytonGateway
from pipeline.export.tryton_config import TrytonConfig
from pipeline.ports import ErpGateway
from pipeline.sftp import SftpServer
from tests.fakes.erp_service import Ledger, Served, build
from tests.fakes.sftp_server import Server

SUPPLIER, ITEM, PRICE = "SUP-001", "GLV-NIT-M", Decimal("8.95")
PDF = b"%PDF-1.4\nan invoice\n%%EOF\n"
ACCOUNT = "GB82WEST12345698765432"


def fingerprint(routing: str, account: str) -> str:
    return f"hmac-{sum(map(ord, routing + account))}"


def pause(_: float) -> None:
    """Tests do not wait between tries."""


class World(Protocol):
    gateway: ErpGateway

    def order(self, quantity: int) -> str:
        """A confirmed order of ITEM at PRICE, in boxes of ten."""

    def receive(self, order: str, quantity: int, note: str) -> None: ...
    def process(self) -> None:
        """Let the ERP work on what it was sent (nothing to do for one that answers at once)."""

    def pay(self, key: str, when: date) -> None: ...
    def documents(self, key: str) -> list[bytes]: ...


def voucher(order: str, quantity: str, number: str, **change: Any) -> Voucher:
    net = (Decimal(quantity) * PRICE).quantize(Decimal("0.01"))
    values: dict[str, Any] = {
        "invoice_id": f"id-{number}", "supplier_id": SUPPLIER, "type": "invoice", "invoice_number": number,
        "invoice_date": date(2026, 11, 12), "currency": "USD", "total": net,
        "lines": (VoucherLine("1", net, order, "1", Decimal(quantity), "BX", ITEM),),
        "attachments": (Attachment(f"{number}.pdf", "application/pdf", PDF),),
    }  # fmt: skip
    return Voucher(**{**values, **change})


def post(world: World, what: Voucher, key: str) -> VoucherStatus:
    """Post until the ERP has answered for good."""
    status = world.gateway.post(what, key)
    if status.state is VoucherState.PENDING:
        world.process()
        status = world.gateway.post(what, key)
    return status


class TrytonWorld:
    def __init__(self, server: TrytonServer, transport: httpx.BaseTransport | None = None) -> None:
        self.buyer = Buyer(server.url, DATABASE, server.key)
        config = TrytonConfig(
            database=DATABASE, accounts={"freight": "5.1.1", "small_difference": "5.1.1", "line": "5.1.1"}
        )
        client = httpx.Client(base_url=server.url, timeout=60, transport=transport)
        self.gateway = TrytonGateway(client, server.key, config, fingerprint, pause=pause)
        self.ids: dict[str, int] = {}

    def order(self, quantity: int, method: str = "manual") -> str:
        found = self.buyer.order([(ITEM, quantity, str(PRICE))], method)
        self.ids[found["number"]] = found["id"]
        return str(found["number"])

    def receive(self, order: str, quantity: int, note: str) -> None:
        self.buyer.receive(self.ids[order], {ITEM: quantity}, note)

    def process(self) -> None: ...

    def pay(self, key: str, when: date) -> None:
        status = self.gateway.status(key)
        assert status is not None
        assert status.total is not None
        self.buyer.pay(int(status.erp_id or 0), status.total, when)

    def documents(self, key: str) -> list[bytes]:
        status = self.gateway.status(key)
        assert status is not None
        domain = [["resource", "=", f"account.invoice,{status.erp_id}"]]
        return [row["data"] for row in self.buyer.rest.search("ir.attachment", domain, ["data"])]


class RestWorld:
    def __init__(self, transport: httpx.BaseTransport | None = None) -> None:
        self.ledger = Ledger()
        self.server = Served(build(self.ledger))
        client = httpx.Client(base_url=self.server.url, transport=transport)
        self.gateway = RestGateway(client, fingerprint, page=2, pause=pause)
        self._number = 0
        self.ledger.put("supplier-xrefs", {"system": "GHX", "external_id": "GHX-77", "supplier_id": SUPPLIER})
        bank = {"routing": "", "account": ACCOUNT}
        self.ledger.put(
            "suppliers",
            {"id": SUPPLIER, "name": "MedLine Surgical Supply Inc.", "tax_id": "36-2596612", "banks": [bank]},
        )
        self.ledger.put("item-uoms", {"supplier_id": SUPPLIER, "item": ITEM, "uom": "BX", "eaches": "10"})
        self.ledger.put("gl-accounts", {"code": "5.1.1", "name": "Supplies"})
        price = {"supplier_id": SUPPLIER, "item": ITEM, "uom": "BX", "price": "8.95", "currency": "USD"}
        self.ledger.put("contract-prices", price)

    def order(self, quantity: int) -> str:
        self._number += 1
        line = {"no": "1", "qty": str(quantity), "uom": "BX", "unit_price": str(PRICE), "buyer_item": ITEM}
        order = {"number": f"PO{self._number}", "supplier_id": SUPPLIER, "status": "open", "currency": "USD"}
        lines = [{**line, "uom_conversions": {"BX": "10", "EA": "1"}}]
        self.ledger.put("purchase-orders", {**order, "order_date": "2026-11-02", "lines": lines})
        return str(order["number"])

    def bill_only(self, quantity: int) -> str:
        """An order of goods that are billed when they are used."""
        order = self.order(quantity)
        _, body = self.ledger.rows["purchase-orders"][-1]
        self.ledger.put("purchase-orders", {**body, "type": "bill_only"})
        return order

    def use(self, order: str, quantity: int, case: str) -> None:
        used = {"case_id": case, "po_number": order, "po_line": "1", "qty": str(quantity)}
        self.ledger.put("usage", {**used, "used_at": "2026-11-09", "recorded_at": "2026-11-10"})

    def receive(self, order: str, quantity: int, note: str) -> None:
        lines = [{"po_line": "1", "received": str(quantity), "uom": "BX"}]
        receipt = {"id": f"R-{order}-{note}", "po_number": order, "date": "2026-11-09", "packing_slip": note}
        self.ledger.put("receipts", {**receipt, "lines": lines})

    def process(self) -> None: ...

    def pay(self, key: str, when: date) -> None:
        self.ledger.pay(key, when.isoformat())

    def documents(self, key: str) -> list[bytes]:
        return [base64.urlsafe_b64decode(a["data"]) for a in self.ledger.bodies[key]["attachments"]]


class FileWorld:
    """The ERP's import job is `process`: it books what lies in out/ and answers in ack/."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.gateway: ErpGateway = FileGateway(folder, fingerprint)
        (folder / "in").mkdir(parents=True)
        (folder / "ack").mkdir()
        self._rows: dict[str, list[dict[str, str]]] = {}
        self._acks: dict[str, dict[str, str]] = {}
        self._write("suppliers", {"id": SUPPLIER, "name": "MedLine Surgical Supply Inc."})
        self._write("supplier_banks", {"supplier_id": SUPPLIER, "routing": "", "account": ACCOUNT})
        self._write("gl_accounts", {"code": "5.1.1", "name": "Supplies"})
        item = {"buyer_item": ITEM, "supplier_id": SUPPLIER, "uom": "BX", "price": "8.95"}
        self._write("items", {**item, "uom_conversions": json.dumps({"BX": "10", "EA": "1"})})
        self._write("supplier_xrefs", {"system": "GHX", "external_id": "GHX-77", "supplier_id": SUPPLIER})
        self._write("prior_invoices")
        self._write("usage_records")

    HEADS: ClassVar = {
        "prior_invoices": ("invoice_number", "invoice_date", "supplier_id", "status", "total"),
        "usage_records": ("case_id", "po_number", "po_line", "qty"),
    }

    def _write(self, name: str, *more: dict[str, str]) -> None:
        rows = self._rows.setdefault(name, [])
        rows += more
        draft = self.folder / "in" / f".{name}.part"
        with draft.open("w", newline="") as file:
            writer = csv.DictWriter(file, self.HEADS.get(name) or list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        draft.replace(self.folder / "in" / f"{name}.csv")

    def order(self, quantity: int) -> str:
        number = f"PO{len(self._rows.get('purchase_orders', [])) + 1}"
        line = {"po_number": number, "no": "1", "qty": str(quantity), "uom": "BX", "unit_price": str(PRICE)}
        conversions = json.dumps({"BX": "10", "EA": "1"})
        self._write("purchase_order_lines", {**line, "buyer_item": ITEM, "uom_conversions": conversions})
        head = {"number": number, "supplier_id": SUPPLIER, "status": "open", "currency": "USD"}
        self._write("purchase_orders", {**head, "order_date": "2026-11-02"})
        return number

    def bill_only(self, quantity: int) -> str:
        order = self.order(quantity)
        for row in self._rows["purchase_orders"]:
            row["type"] = "bill_only"
        self._write("purchase_orders")
        return order

    def use(self, order: str, quantity: int, case: str) -> None:
        self._write("usage_records", {"case_id": case, "po_number": order, "po_line": "1", "qty": str(quantity)})

    def receive(self, order: str, quantity: int, note: str) -> None:
        name = f"R-{order}-{note}"
        line = {"receipt_id": name, "po_number": order, "po_line": "1", "received": str(quantity), "uom": "BX"}
        self._write("receipt_lines", line)
        self._write("receipts", {"id": name, "po_number": order, "date": "2026-11-09", "packing_slip": note})

    def process(self) -> None:
        booked = {(a["supplier_id"], a["invoice_number"]) for a in self._acks.values() if a["state"] != "refused"}
        for file in sorted((self.folder / "out").glob("V-*.json"), key=lambda f: f.stat().st_mtime_ns):
            message = json.loads(file.read_text())
            key, sent = message["message_id"], message["payload"]
            if key in self._acks:
                continue
            names = ("supplier_id", "invoice_number", "total", "currency")
            ack = {
                "key": key,
                "state": "posted",
                "voucher_no": f"F{len(self._acks) + 1}",
                **{n: sent[n] for n in names},
            }
            if (ack["supplier_id"], ack["invoice_number"]) in booked:
                ack |= {"state": "refused", "reason": "This supplier's number is booked already."}
            self._ack(key, ack)

    def _ack(self, key: str, ack: dict[str, str]) -> None:
        self._acks[key] = ack
        draft = self.folder / "ack" / f".{os.urandom(4).hex()}.part"
        draft.write_text(json.dumps(ack))
        draft.replace(self.folder / "ack" / f"{len(list((self.folder / 'ack').iterdir())):06d}.json")

    def pay(self, key: str, when: date) -> None:
        self._ack(key, {**self._acks[key], "state": "paid", "open_amount": "0", "paid_on": when.isoformat()})

    def documents(self, key: str) -> list[bytes]:
        files = [f for f in (self.folder / "out").glob("V-*.json") if json.loads(f.read_text())["message_id"] == key]
        return [(self.folder / "out" / name).read_bytes() for f in files for name in json.loads(f.read_text())["files"]]


class SftpWorld(FileWorld):
    """The same ERP, whose folders lie on an SFTP server; `mirror` is ours."""

    def __init__(self, server: Server, mirror: Path) -> None:
        super().__init__(server.root)
        self.server, self.mirror = server, mirror
        self.gateway = self.open(mirror)

    def open(self, mirror: Path) -> SftpFileGateway:
        """Another machine of ours, or the same one started again."""
        where = {"name": "erp", "host": "127.0.0.1", "port": self.server.port, "user": "pull", "password": "secret"}
        settings = SftpServer.model_validate({**where, "host_key": self.server.host_key})
        return SftpFileGateway(settings, mirror, fingerprint, fetch_every=0)
