"""What the item screen shows, as plain values for its template."""

from collections.abc import Sequence
from typing import Any

from pipeline.app import App
from pipeline.domain.document import Box, Document
from pipeline.domain.events import AuditEvent
from pipeline.domain.matching import Finding
from pipeline.domain.records import InvoiceRecord, ReviewItem
from pipeline.ports import UnitOfWork
from pipeline.review.alternatives import LASTING, Offer, header_offers, line_offers
from pipeline.review.apply import CONFIRMABLE
from pipeline.review.case import DUPLICATES
from pipeline.review.claims import held_by_other
from pipeline.review.compare import CompareRow, compare, twins
from pipeline.review.decision import ROOT_CAUSES, Decision, DecisionKind
from pipeline.review.delegate import acting, stands_in_for
from pipeline.review.fields import SECRET, FieldView, LineView, current_values, header_fields, line_fields
from pipeline.review.permits import acceptable, permits
from pipeline.review.values import LINE_COLUMNS, kind_of
from pipeline.web.document import may_see_pages
from pipeline.web.events_view import event_rows
from pipeline.web.masking import shown, shown_line, without_words
from pipeline.web.render import due_words
from pipeline.web.rows import code_words, file_name, invoice_row
from pipeline.web.security import Person

ACTIVE = ("OPEN", "CLAIMED", "PENDING_EXTERNAL")
PRIMARY = (DecisionKind.COMPLETE, DecisionKind.APPROVE)
# The key of each action; single letters act only outside inputs and can be switched off (WCAG 2.1.4).
KEYS = {
    DecisionKind.COMPLETE: "Ctrl+Enter", DecisionKind.APPROVE: "Ctrl+Enter", DecisionKind.ACCEPT: "V",
    DecisionKind.REJECT: "R", DecisionKind.HOLD: "H", DecisionKind.ESCALATE: "E", DecisionKind.NOTE: "N",
    DecisionKind.REASSIGN: "G", DecisionKind.LINK_PO: "L", DecisionKind.LINK_LINE: "L", DecisionKind.UNDO: "U",
    DecisionKind.DUPLICATE: "D", DecisionKind.NOT_DUPLICATE: "X", DecisionKind.RETURN: "B", DecisionKind.BANK_CALLBACK: "C",
    DecisionKind.BANK_APPROVE: "P", DecisionKind.CODE: "K", DecisionKind.WITHDRAW: "W", DecisionKind.REPLY: "Y",
    DecisionKind.REOPEN: "O", DecisionKind.COMPLIANCE_CLEAR: "M",
}  # fmt: skip


def item_view(app: App, person: Person, invoice_id: str, item: ReviewItem | None) -> dict[str, Any]:
    """Everything for one screen, read in one transaction."""
    with app.unit_of_work() as work:
        record = work.get_invoice(invoice_id)
        document = work.get_document(record.document_id)
        items = tuple(work.items_of(invoice_id))
        item = item or _own_item(items, person)
        view = _matching(app, work, record)
        last = _last_values(app, work, record)
        item_id = item.id if item else None
        behalf = stands_in_for(app, work, record, person.actor)
        claim = Decision(DecisionKind.APPROVE, item_id, on_behalf_of=behalf)
        actor = acting(app, work, record, claim, person.actor)
        found = [_permit(p) for p in permits(app, work, record, actor, item_id)]
        # The main action first, what is possible next, what is closed last.
        view["permits"] = sorted(found, key=lambda p: (not p["allowed"], not p["primary"]))
        accept = acceptable(app, work, record, person.actor, item_id)
    draft, places = (item.draft.get("typed") if item else None), _line_places(record)
    offers = header_offers(record, view["orders"], last)
    masked = not may_see_pages(record, person)
    if masked:
        offers, view["compare"] = {}, tuple(without_words(row) for row in view["compare"])
    fields = [_field(shown(f, masked), offers.get(f.name, ())) for f in header_fields(record)]
    compared = {places.get(row.line.no): row for row in view["compare"]}
    lines = [_line(shown_line(line, masked), compared.get(line.index)) for line in line_fields(record)]
    now = app.clock.now()
    return {
        **view, "record": record, "document": document, "item": item, "items": items, "fields": fields, "lines": lines,
        "columns": LINE_COLUMNS, "findings": [_finding(f, accept, places) for f in _ordered(record)], "draft": draft,
        "pages": list(_pages(record)) if not masked else [], "masked": masked,
        "held_by": item.claimed_by if item and held_by_other(item, person.user.id, now) else None,
        "history": event_rows(_events(app, record, document)), "notes": _notes(items),
        "supplier_history": _supplier_history(app, record), "root_causes": ROOT_CAUSES,
        "due": due_words(item.due_at, now) if item else ("", "none"), "why": code_words,
        "editable": any(p["kind"] == "complete" and p["allowed"] for p in view["permits"]),
        "secret": any(f["secret"] and f["value"] for f in fields), "title": _title(record),
        "behalf": behalf,
        "data": {**_data(record, item, fields, lines, person), "behalf": behalf},
    }  # fmt: skip


def _last_values(app: App, work: UnitOfWork, record: InvoiceRecord) -> dict[str, str | None]:
    """What this supplier's last invoice says, when something lasting is in doubt here; bank details apart."""
    supplier = record.invoice.supplier_id if record.invoice else None
    if not supplier or not any(f.doubtful or f.band == "missing" for f in header_fields(record) if f.name in LASTING):
        return {}
    rows = app.queries.supplier_history(supplier, 5)
    other = next((row for row in rows if row.get("id") and row["id"] != record.id), None)
    if other is None or str(other.get("state")) in ("REJECTED", "DUPLICATE", "NOT_INVOICE"):
        return {}
    before = work.get_invoice(str(other["id"]))
    return {} if before.phi else {k: v for k, v in current_values(before).items() if k not in SECRET}


def _own_item(items: Sequence[ReviewItem], person: Person) -> ReviewItem | None:
    active = [i for i in items if i.state in ACTIVE]
    mine = [i for i in active if i.owner_role in person.user.roles]
    return next(iter((*mine, *active)), None)


def _matching(app: App, work: UnitOfWork, record: InvoiceRecord) -> dict[str, Any]:
    if record.invoice is None:
        return {"compare": (), "twins": (), "orders": ()}
    facts = work.facts_for(record.invoice, app.clock.today())
    numbers = {link.po_number for link in record.match.links} if record.match else set()
    orders = [o for o in facts.purchase_orders if o.number in numbers or o.number == record.invoice.po_number]
    return {"compare": compare(record, facts), "twins": twins(record, facts), "orders": orders}


def _permit(permit: Any) -> dict[str, Any]:
    return {
        "kind": str(permit.kind), "allowed": permit.allowed, "rule": permit.rule, "why": permit.why,
        "key": KEYS.get(permit.kind, ""), "primary": permit.kind in PRIMARY,
    }  # fmt: skip


def _ordered(record: InvoiceRecord) -> list[Finding]:
    """The primary code first, then holds and waits, then warnings; information last."""
    rank = {"hold": 0, "wait": 1, "warn": 2}
    found = list(record.match.findings) if record.match else []
    primary = record.match.primary_code if record.match else None
    return sorted(found, key=lambda f: (f.code != primary, rank.get(f.outcome, 3)))


_FIELD_OF = {
    "DOC_LOW_CONFIDENCE": "", "PO_MISSING": "po_number", "PO_NOT_FOUND": "po_number", "PO_AMBIGUOUS": "po_number",
    "PO_INFERRED": "po_number", "CUR_MISMATCH": "currency", "DATE_FUTURE": "invoice_date", "DATE_STALE": "invoice_date",
    "SUP_UNKNOWN": "supplier_name", "SUP_AMBIGUOUS": "supplier_name", "SUP_TAX_ID_MISMATCH": "supplier_tax_id",
    "ARI_TOTAL": "total", "ARI_SUM": "subtotal", "ARI_TAX": "tax_total", "TAX_VARIANCE": "tax_total",
    "TAX_UNEXPECTED": "tax_total", "SUP_BANK_CHANGE": "bank_account", "SUP_AMOUNT_LIMIT": "total",
}  # fmt: skip


def _line_places(record: InvoiceRecord) -> dict[str, int]:
    """Printed line number -> index in the grid."""
    rows = line_fields(record)
    numbers = [line.no for line in record.invoice.lines] if record.invoice else []
    return {number: row.index for number, row in zip(numbers, rows, strict=False)}


def _finding(finding: Finding, accept: frozenset[tuple[str, str | None]], places: dict[str, int]) -> dict[str, Any]:
    place = places.get(finding.line or "")
    target = f"lines[{place}]" if place is not None else _FIELD_OF.get(finding.code, "")
    if finding.code.startswith("DUP_"):
        target = "invoice_number"
    if not target and finding.evidence and finding.evidence[0].isidentifier():
        target = finding.evidence[0]
    open_hold = finding.outcome in ("hold", "wait")
    return {
        "code": finding.code, "line": finding.line, "outcome": finding.outcome,
        "words": finding.message or code_words(finding.code),
        "title": code_words(finding.code), "expected": finding.expected, "actual": finding.actual,
        "variance": finding.variance_abs, "pct": finding.variance_pct, "limit": finding.limit, "source": finding.limit_source,
        "owner": finding.owner, "target": target, "acceptable": (finding.code, finding.line) in accept,
        "confirmable": open_hold and finding.code in CONFIRMABLE - {"DOC_LOW_CONFIDENCE"},
        "duplicate": finding.code in DUPLICATES, "evidence": finding.evidence,
    }  # fmt: skip


def _box(box: Box | None) -> list[float] | None:
    return [round(v, 5) for v in (box.x0, box.y0, box.x1, box.y1)] if box else None


def mask(value: str | None) -> str | None:
    return f"•••• {value[-4:]}" if value and len(value) > 4 else ("••••" if value else value)


def _offer(offer: Offer) -> dict[str, Any]:
    return {
        "value": offer.value,
        "source": offer.source,
        "detail": offer.detail,
        "page": offer.page,
        "box": _box(offer.box),
    }


def _field(field: FieldView, offers: Sequence[Offer]) -> dict[str, Any]:
    secret = field.name in SECRET
    hide = mask if secret else (lambda value: value)
    return {
        "name": field.name, "value": hide(field.value), "machine": hide(field.machine), "confidence": field.confidence,
        "band": field.band, "doubtful": field.doubtful and not secret, "source": field.source, "page": field.page,
        "box": _box(field.box), "why": field.why, "by": field.by, "secret": secret, "kind": kind_of(field.name),
        "alternatives": [] if secret else [_offer(offer) for offer in offers],
    }  # fmt: skip


def _line(line: LineView, compared: CompareRow | None) -> dict[str, Any]:
    offers = line_offers(compared, line.cells) if compared is not None else {}
    return {
        "index": line.index, "cells": line.cells, "confidence": line.confidence, "band": line.band,
        "doubtful": line.doubtful, "changed": line.changed, "page": line.page, "box": _box(line.box),
        "offers": {column: [_offer(o) for o in found] for column, found in offers.items()},
    }  # fmt: skip


def _pages(record: InvoiceRecord) -> range:
    if record.page_range:
        return range(record.page_range[0], record.page_range[1] + 1)
    return range(1, (record.reading.pages if record.reading else 1) + 1)


def _events(app: App, record: InvoiceRecord, document: Document) -> list[AuditEvent]:
    found = [*app.queries.events(document.id), *app.queries.events(record.id)]
    return sorted(found, key=lambda e: e.seq)


def _notes(items: Sequence[ReviewItem]) -> list[tuple[str, str, str]]:
    return sorted(note for item in items for note in item.notes)


def _supplier_history(app: App, record: InvoiceRecord) -> list[dict[str, Any]]:
    if record.invoice is None or not record.invoice.supplier_id:
        return []
    rows = app.queries.supplier_history(record.invoice.supplier_id, 11)
    return [invoice_row({"id": "", **row}) for row in rows if row.get("id") != record.id][:10]


def _title(record: InvoiceRecord) -> str:
    invoice = record.invoice
    if invoice and invoice.invoice_number:
        return f"{invoice.supplier_name or ''} {invoice.invoice_number}".strip()
    return file_name({"part": record.part, "source_name": record.source_name})


def _data(
    record: InvoiceRecord,
    item: ReviewItem | None,
    fields: list[dict[str, Any]],
    lines: list[dict[str, Any]],
    person: Person,
) -> dict[str, Any]:
    """What the page's own script needs."""
    return {
        "invoice": record.id, "version": record.version, "item": item.id if item else None, "user": person.user.id,
        "item_state": item.state if item else None, "queue": item.queue if item else None,
        "fields": [{k: f[k] for k in ("name", "page", "box", "doubtful", "kind", "secret")} for f in fields],
        "lines": [{k: row[k] for k in ("index", "page", "box", "doubtful", "offers")} for row in lines],
        "may_work": person.may("item.work"),
    }  # fmt: skip
