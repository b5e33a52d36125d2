"""The row of `apdesk status` (contract)."""

from decimal import Decimal
from typing import Any

from pipeline.domain.money import round_money
from pipeline.domain.records import InvoiceRecord

# While matching's outcome stands, the status is its name (C.0.4); a person's or the ledger's state otherwise (F.1).
MATCHED = ("IN_REVIEW", "WAIT_RECEIPT", "AWAITING_APPROVAL", "AUTO_APPROVED", "NOT_INVOICE")


def status_row(record: InvoiceRecord) -> dict[str, Any]:
    """Where one invoice stands, why, and what is payable."""
    invoice, match = record.invoice, record.match
    currency = invoice.currency if invoice else None
    status = match.status if match and record.state in MATCHED else record.state
    orders = match.po_numbers if match else ()
    return {
        "id": record.id,
        "document": record.source_name,
        "part": record.part,
        "page_range": list(record.page_range) if record.page_range else None,
        "channel": str(record.channel),
        "status": status,
        "state": record.state,
        "exceptions": [f.code for f in match.holds] if match else [],
        "warnings": [f.code for f in match.warnings] if match else [],
        "supplier_id": invoice.supplier_id if invoice else None,
        "po_number": orders[0] if orders else (invoice.po_number if invoice else None),
        "invoice_number": invoice.invoice_number if invoice else None,
        "invoice_date": invoice.invoice_date.isoformat() if invoice and invoice.invoice_date else None,
        "currency": currency,
        "total": _money(invoice.total if invoice else None, currency),
        "payable_now": _money(match.payable_now if match else Decimal(0), currency),
        "disputed_amount": _money(match.disputed_amount if match else Decimal(0), currency),
        "reason": record.reason or (match.holds[0].message if match and match.holds else None),
    }


def _money(value: Decimal | None, currency: str | None) -> str | None:
    return None if value is None else format(round_money(value, currency or "USD"), "f")
