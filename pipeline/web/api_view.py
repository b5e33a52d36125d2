"""Records as the API gives them: plain JSON, money as strings, bank details masked."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter

from pipeline.domain.desk import ApiToken
from pipeline.domain.matching import Finding
from pipeline.domain.records import InvoiceRecord, ReviewItem
from pipeline.domain.trade import TradeDocument, TradeRecord
from pipeline.review.bulk import Row
from pipeline.review.fields import SECRET, current_values, header_fields, line_fields
from pipeline.web.item_view import mask
from pipeline.web.masking import shown, shown_line


def plain(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")


_TRADE: TypeAdapter[TradeDocument] = TypeAdapter(TradeDocument)


def trade_body(record: TradeRecord) -> dict[str, Any]:
    """What one document says about an order, where it came from, and whether it may stand in for the ERP."""
    return {
        "document_id": record.document_id, "received_on": record.received_on.isoformat(), "source": record.source,
        "stands_in": record.authority, **_TRADE.dump_python(record.document, mode="json", exclude_none=True),
    }  # fmt: skip


def invoice_body(record: InvoiceRecord, items: Sequence[ReviewItem], *, patients: bool) -> dict[str, Any]:
    """One invoice with its values, findings and work. `patients`: the reader may see patient data (H.6)."""
    masked = record.phi and not patients
    match = record.match
    values = current_values(record)
    return {
        "id": record.id, "version": record.version, "state": record.state, "kind": record.kind,
        "document_id": record.document_id, "document": record.source_name, "part": record.part,
        "channel": str(record.channel), "received_on": record.received_on.isoformat(),
        "supplier_id": record.invoice.supplier_id if record.invoice else None,
        "status": match.status if match else None, "primary_code": match.primary_code if match else None,
        "payable_now": plain(match.payable_now) if match else None,
        "disputed_amount": plain(match.disputed_amount) if match else None,
        "approval_chain": list(match.approval_chain) if match else [],
        "findings": [finding_body(f) for f in match.findings] if match else [],
        "fields": {
            f.name: {"value": mask(values.get(f.name)) if f.name in SECRET else f.value, "confidence": f.confidence,
                     "band": f.band, "doubtful": f.doubtful, "source": f.source}
            for f in (shown(each, masked) for each in header_fields(record)) if f.value is not None
        },
        "lines": [{"index": line.index, **shown_line(line, masked).cells} for line in line_fields(record)],
        "items": [item_body(item) for item in items], "voucher_no": record.voucher_no, "restricted": record.phi,
    }  # fmt: skip


def finding_body(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code, "line": finding.line, "outcome": finding.outcome, "message": finding.message,
        "expected": finding.expected, "actual": finding.actual, "variance_abs": plain(finding.variance_abs),
        "variance_pct": plain(finding.variance_pct), "limit": finding.limit, "limit_source": finding.limit_source,
        "owner": finding.owner,
    }  # fmt: skip


def item_body(item: ReviewItem) -> dict[str, Any]:
    return {
        "id": item.id, "invoice_id": item.invoice_id, "kind": item.kind, "queue": item.queue, "state": item.state,
        "owner_role": item.owner_role, "lead": item.lead, "codes": [list(pair) for pair in item.codes],
        "due_at": item.due_at.isoformat() if item.due_at else None, "claimed_by": item.claimed_by,
        "assignee": item.assignee, "version": item.version, "sla_class": item.sla_class,
        "resolution_code": item.resolution_code, "priority_score": plain(item.priority_score),
    }  # fmt: skip


def key_body(key: ApiToken) -> dict[str, Any]:
    """A key without its secret."""
    return {
        "id": key.id, "name": key.name, "owner": key.user_id, "scopes": list(key.scopes),
        "created_at": key.created_at.isoformat(), "ends_at": key.ends_at.isoformat(),
        "revoked_at": key.revoked_at.isoformat() if key.revoked_at else None,
        "last_used_at": key.last_used_at.isoformat() if key.last_used_at else None,
    }  # fmt: skip


def bulk_row(row: Row) -> dict[str, Any]:
    """One item of a bulk action: what would happen or happened, or why not."""
    return {
        "item_id": row.item_id, "invoice_id": row.invoice_id, "version": row.version, "label": row.label,
        "allowed": row.allowed, "words": row.words,
    }  # fmt: skip
