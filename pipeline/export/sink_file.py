"""A ledger as a folder: one JSON voucher per posting, named by its key, created once (spec I.3)."""

import json
import os
from decimal import Decimal
from pathlib import Path

from pipeline.domain.errors import StorageFailed
from pipeline.domain.records import InvoiceRecord


class FileSink:
    """InvoiceSink over files. The file's name is the idempotency key, so the same key twice is one voucher."""

    name = "file"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def deliver(self, record: InvoiceRecord, key: str) -> str:
        """Write the voucher if it is not there yet; returns its number. Raises StorageFailed when it cannot be written."""
        path = self._path(key)
        if path.exists():
            return path.stem
        self.folder.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}.part")
        try:
            with draft.open("w", encoding="utf-8") as file:
                json.dump(_voucher(record, path.stem), file, indent=1, sort_keys=True)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        except OSError as problem:
            raise StorageFailed(
                f"The voucher could not be written: {problem.strerror}.", "It is tried again."
            ) from problem
        return path.stem

    def total_of(self, key: str) -> Decimal | None:
        path = self._path(key)
        return Decimal(json.loads(path.read_text(encoding="utf-8"))["total"]) if path.exists() else None

    def _path(self, key: str) -> Path:
        safe = "".join(c if c.isalnum() or c in "-_" else "-" for c in key)
        return self.folder / f"V-{safe}.json"


def _voucher(record: InvoiceRecord, number: str) -> dict[str, object]:
    invoice, match = record.invoice, record.match
    if invoice is None or match is None:
        raise StorageFailed("An invoice without facts cannot be posted.")
    links = [
        {
            "line": x.invoice_line,
            "po": x.po_number,
            "po_line": x.po_line,
            "qty_base": str(x.qty_base),
            "net": str(x.net),
        }
        for x in match.links
    ]
    return {
        "schema": "ap.voucher.v1.0",
        "voucher": number,
        "invoice_id": record.id,
        "supplier_id": invoice.supplier_id,
        "type": invoice.type,
        "invoice_number": invoice.invoice_number,
        "invoice_date": invoice.invoice_date.isoformat() if invoice.invoice_date else None,
        "due_date": invoice.due_date.isoformat() if invoice.due_date else None,
        "currency": invoice.currency,
        "total": str(invoice.total),
        "tax_total": str(invoice.tax_total) if invoice.tax_total is not None else None,
        "payable": str(match.payable_now),
        "small_difference": str(match.small_difference),
        "lines": links,
        "coding": [{"gl": c.gl, "cost_center": c.cost_center, "amount": str(c.amount)} for c in record.coding],
        "policy": match.policy_hash,
        "content_hash": record.content_hash,
    }
