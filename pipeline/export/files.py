"""ErpGateway over folders, the universal way: CSV in, vouchers out, acknowledgements back (spec I.2, I.3, I.7).

    in/   the CSV files of `apdesk load`, written by the ERP's export (a name that begins with a dot or ends in .part or
          .tmp is not there yet)
    out/  per voucher V-<key>.json (the envelope of ap.voucher.v1), V-<key>.csv and the folder V-<key>.files; the JSON
          comes last: when it is there, all is there
    ack/  what the ERP answers: *.json (ap.voucher_status.v1, one or a list) or *.csv with its fields as columns

The folders may be SFTP mounts: whole files only, a rename at the end.
"""

import csv
import hashlib
import io
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TypeVar

from pipeline.domain.erp import (
    BadErpData,
    Batch,
    BusinessRefusal,
    ContractPrice,
    Cursor,
    ErpBusy,
    GlAccount,
    ItemUom,
    PostMismatch,
    SupplierXref,
    Voucher,
    VoucherState,
    VoucherStatus,
)
from pipeline.domain.invoice import PriorInvoice
from pipeline.domain.ledger import Budget, ClosedPeriod, ExchangeRate, LedgerFacts
from pipeline.domain.orders import PurchaseOrder, Receipt, UsageRecord
from pipeline.domain.supplier import Supplier
from pipeline.export import files_csv
from pipeline.export.contracts import schema_name
from pipeline.export.mapping import Fingerprint, from_json, to_json, without_files

Noun = TypeVar("Noun")
SUPPLIER_FILES = (
    "suppliers.csv",
    "supplier_aliases.csv",
    "supplier_accounts.csv",
    "supplier_banks.csv",
    "supplier_remit_tos.csv",
)
LINE_COLUMNS = ("no", "po_number", "po_line", "item", "qty", "uom", "net", "gl", "cost_center", "description")
HEAD_COLUMNS = ("supplier_id", "type", "invoice_number", "invoice_date", "due_date", "currency", "total", "tax_total")
STATE_OF = {"paid": VoucherState.PAID, "void": VoucherState.VOID, "draft": VoucherState.DRAFT}


class FileGateway:
    """The ERP as three folders. With `ledger=True` a written voucher counts as posted: the folder is the ledger itself."""

    name = "files"

    def __init__(self, folder: Path, fingerprint: Fingerprint, ledger: bool = False) -> None:
        self.inbox, self.outbox, self.acks = folder / "in", folder / "out", folder / "ack"
        self._fingerprint = fingerprint
        self._ledger = ledger

    def suppliers(self, since: Cursor) -> Batch[Supplier]:
        return self._read(SUPPLIER_FILES, since, lambda folder: files_csv.read_suppliers(folder, self._fingerprint))

    def purchase_orders(self, since: Cursor) -> Batch[PurchaseOrder]:
        return self._read(("purchase_orders.csv", "purchase_order_lines.csv"), since, files_csv.read_orders)

    def receipts(self, since: Cursor) -> Batch[Receipt]:
        return self._read(("receipts.csv", "receipt_lines.csv"), since, files_csv.read_receipts)

    def billed(self, since: Cursor) -> Batch[PriorInvoice]:
        return self._read(("prior_invoices.csv", "prior_invoice_lines.csv"), since, files_csv.read_billed)

    def usage(self, since: Cursor) -> Batch[UsageRecord]:
        return self._read(("usage_records.csv",), since, files_csv.read_usage)

    def contract_prices(self) -> Sequence[ContractPrice]:
        return files_csv.read_items(self.inbox)[1]

    def item_uoms(self) -> Sequence[ItemUom]:
        return files_csv.read_items(self.inbox)[0]

    def accounts(self) -> Sequence[GlAccount]:
        file = files_csv.rows(self.inbox / "gl_accounts.csv", ("code", "name"))
        return tuple(from_json("gl_account", cells, GlAccount) for _, cells in file)

    def supplier_xrefs(self) -> Sequence[SupplierXref]:
        return files_csv.read_xrefs(self.inbox)

    def ledger_facts(self) -> LedgerFacts:
        """exchange_rates.csv, gl_accounts.csv, budgets.csv, closed_periods.csv: each that is there tells its whole list."""

        def told(name: str, needed: tuple[str, ...], kind: type[Noun]) -> tuple[Noun, ...] | None:
            file = self.inbox / f"{name}.csv"
            return files_csv.read_plain(file, needed, kind) if file.exists() else None

        return LedgerFacts(
            rates=told("exchange_rates", ("currency", "valid_from", "rate"), ExchangeRate),
            accounts=told("gl_accounts", ("code", "name"), GlAccount),
            budgets=told("budgets", ("cost_center", "available"), Budget),
            closed=told("closed_periods", ("closed_through",), ClosedPeriod),
        )

    def _read(self, names: Sequence[str], since: Cursor, read: Callable[[Path], tuple[Noun, ...]]) -> Batch[Noun]:
        """All rows when any file of the group changed, none otherwise. True as of the newest file of the group."""
        before = self._versions(names)
        if not before:
            raise ErpBusy(f"No {names[0]} in {self.inbox}.", "It is looked for again.")
        as_of = max(datetime.fromtimestamp((self.inbox / name).stat().st_mtime, UTC) for name in before)
        cursor = Cursor(as_of, tuple(sorted(before.items())))
        if not since.fresh(before) and len(since.seen) == len(before):
            return Batch((), cursor, as_of)
        rows = read(self.inbox)
        if self._versions(names) != before:
            raise ErpBusy(f"{names[0]} was being written.", "It is read again.")
        return Batch(rows, cursor, as_of)

    def _versions(self, names: Sequence[str]) -> dict[str, str]:
        found = {}
        for name in names:
            with suppress(FileNotFoundError), (self.inbox / name).open("rb") as file:
                found[name] = hashlib.file_digest(file, "sha256").hexdigest()
        return found

    def post(self, voucher: Voucher, key: str) -> VoucherStatus:
        """Write the voucher once. `pending` until an acknowledgement is there; a refused one raises."""
        if voucher.balance:
            raise BusinessRefusal(
                f"The voucher's parts miss its total by {voucher.balance} {voucher.currency}.", "Match again."
            )
        self._write(voucher, key)
        status = self.status(key)
        assert status is not None
        if status.state is VoucherState.REFUSED:
            raise BusinessRefusal(f"The ERP refuses: {status.reason or 'no reason given'}")
        if status.total is not None and status.total != voucher.total:
            raise PostMismatch(voucher.total, status.total, voucher.currency)
        return status

    def _write(self, voucher: Voucher, key: str) -> None:
        path = self._path(key)
        if path.exists():
            self._refuse_other(path, voucher)
            return
        names = [f"{path.stem}.files/{Path(file.name).name}" for file in voucher.attachments]
        body = {
            "message_id": key,
            "schema": schema_name("voucher"),
            "source_system": "apdesk",
            "occurred_at": datetime.now(UTC).isoformat(),
            "legal_entity": voucher.legal_entity,
            "correlation_id": voucher.invoice_id,
            "files": names,
            "payload": to_json("voucher", without_files(voucher)),
        }
        try:
            for name, file in zip(names, voucher.attachments, strict=True):
                put(self.outbox / name, file.data)
            put(path.with_suffix(".csv"), _csv(voucher, key))
            if not put(path, json.dumps(body, indent=1, sort_keys=True).encode(), once=True):
                self._refuse_other(path, voucher)
        except OSError as problem:
            raise ErpBusy(f"The voucher cannot be written: {problem.strerror}.") from problem

    def _refuse_other(self, path: Path, voucher: Voucher) -> None:
        """The same key for something else is an error of ours, never a second posting."""
        there = from_json("voucher", json.loads(path.read_text(encoding="utf-8"))["payload"], Voucher)
        if there != from_json("voucher", to_json("voucher", without_files(voucher)), Voucher):
            raise BusinessRefusal(
                "This key has been used for another voucher.", "Nothing was posted.", "ERP_KEY_REUSED"
            )

    def status(self, key: str) -> VoucherStatus | None:
        path = self._path(key)
        if not path.exists():
            return None
        acknowledged = self._acknowledged().get(key)
        if acknowledged:
            return acknowledged
        voucher = from_json("voucher", json.loads(path.read_text(encoding="utf-8"))["payload"], Voucher)
        return VoucherStatus(
            key=key,
            state=VoucherState.POSTED if self._ledger else VoucherState.PENDING,
            voucher_no=path.stem if self._ledger else None,
            erp_id=path.stem,
            supplier_id=voucher.supplier_id,
            invoice_number=voucher.invoice_number,
            total=voucher.total,
            currency=voucher.currency,
        )

    def vouchers(self, since: date) -> Sequence[VoucherStatus]:
        """What the ERP says it holds: its acknowledgements, and the invoices of its own export that are not ours."""
        acks = self._acknowledged()
        written = [
            json.loads(file.read_text(encoding="utf-8"))["message_id"] for file in sorted(self.outbox.glob("V-*.json"))
        ]
        ours = [acks.get(key) or (self.status(key) if self._ledger else None) for key in written]
        found = [status for status in ours if status and status.state is not VoucherState.REFUSED]
        known = {(status.supplier_id, status.invoice_number) for status in found}
        others = [row for row in files_csv.read_billed(self.inbox) if row.invoice_date >= since]
        return [*found, *(_status(row) for row in others if (row.supplier_id, row.invoice_number) not in known)]

    def _acknowledged(self) -> dict[str, VoucherStatus]:
        """Key -> its last acknowledgement, in order of file time and name."""
        found: dict[str, VoucherStatus] = {}
        if self.acks.is_dir():
            files = [f for f in self.acks.iterdir() if f.suffix in (".json", ".csv") and not f.name.startswith(".")]
            for file in sorted(files, key=lambda f: (f.stat().st_mtime_ns, f.name)):
                for status in _acks(file):
                    if status.key:
                        found[status.key] = status
        return found

    def _path(self, key: str) -> Path:
        """Readable, and told apart even where the readable part is not."""
        safe = "".join(c if c.isalnum() or c in "-_" else "-" for c in key)[:80]
        return self.outbox / f"V-{safe}-{hashlib.sha256(key.encode()).hexdigest()[:8]}.json"


def put(path: Path, data: bytes, once: bool = False) -> bool:
    """Write a whole file or none, safe against a crash. `once`: never over another; False when one was there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}.part")
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    try:
        if once:
            os.link(draft, path)
        else:
            draft.replace(path)
    except FileExistsError:
        return False
    finally:
        draft.unlink(missing_ok=True)
    return True


def _csv(voucher: Voucher, key: str) -> bytes:
    """One row per line, the head repeated: what most import masks want."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("key", *HEAD_COLUMNS, *LINE_COLUMNS))
    data = to_json("voucher", voucher)
    extra = [("charge", c.type, c.amount) for c in voucher.charges] + [
        ("allowance", a.type, -a.amount) for a in voucher.allowances
    ]
    if voucher.small_difference:
        extra.append(("rounding", "small_difference", voucher.small_difference))
    head = [data.get(name, "") for name in HEAD_COLUMNS]
    for line in data["lines"]:
        writer.writerow([key, *head, *(line.get(name, "") for name in LINE_COLUMNS)])
    for no, description, amount in extra:
        cells = {"no": no, "net": format(amount, "f"), "description": description}
        writer.writerow([key, *head, *(cells.get(name, "") for name in LINE_COLUMNS)])
    return text.getvalue().encode()


def _acks(file: Path) -> Iterator[VoucherStatus]:
    if file.suffix == ".csv":
        for place, cells in files_csv.rows(file, ("key", "state")):
            yield from_json("voucher_status", cells, VoucherStatus) if cells else _bad(place)
        return
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, OSError) as problem:
        raise BadErpData(f"ack/{file.name}", str(problem)) from None
    for row in data if isinstance(data, list) else [data]:
        yield from_json("voucher_status", row.get("payload", row), VoucherStatus)


def _bad(place: str) -> VoucherStatus:
    raise BadErpData(place, "an empty row")


def _status(row: PriorInvoice) -> VoucherStatus:
    sign = -1 if row.type == "credit_note" else 1
    return VoucherStatus(
        key=None,
        state=STATE_OF.get(row.status, VoucherState.POSTED),
        voucher_no=row.id or None,
        supplier_id=row.supplier_id,
        invoice_number=row.invoice_number,
        total=sign * abs(row.total),
        currency=row.currency,
    )
