"""Dispatch: what the outbox owes to the outside, with the re-match before posting (spec F.1, I.4, I.5)."""

from dataclasses import replace
from datetime import datetime, timedelta

from pipeline.app import App
from pipeline.domain.errors import ApdeskError
from pipeline.domain.events import SYSTEM, Action, EventDraft
from pipeline.domain.records import InvoiceRecord, OutboxMessage

LEASE_SECONDS = 120
MAX_MINUTES = 60


def dispatch_outbox(app: App, limit: int = 200) -> dict[str, int]:
    """Deliver what is due. Returns counts by outcome. Without a ledger configured, postings stay owed and nothing moves."""
    counts: dict[str, int] = {}
    if app.sink is None:
        return counts
    for message in app.outbox.lease(["post"], limit, LEASE_SECONDS):
        outcome = _post(app, message)
        counts[outcome] = counts.get(outcome, 0) + 1
    return counts


def _post(app: App, message: OutboxMessage) -> str:
    try:
        record = _begin(app, message.payload["invoice_id"])
        if record is None:
            app.outbox.done(message.id)
            return "no longer due"
        assert app.sink is not None
        voucher = app.sink.deliver(record, message.key)
        _finish(app, record.id, voucher)
    except ApdeskError as problem:
        retry = _retry_at(app.clock.now(), message.attempts) if problem.retryable else None
        app.outbox.failed(message.id, str(problem), retry)
        if retry is None:
            _refused(app, message.payload["invoice_id"], str(problem))
        return "failed"
    app.outbox.done(message.id)
    return "posted"


def _begin(app: App, invoice_id: str) -> InvoiceRecord | None:
    """Re-match under the lock of its PO lines; POSTING only if it is still approved. A record already POSTING goes on."""
    with app.unit_of_work() as work:
        record = work.get_invoice(invoice_id)
        if record.state == "POSTING":
            return record
        if record.state not in ("AUTO_APPROVED", "APPROVED"):
            return None
        record = app.rematch(work, record, "pre_post")
        if record.state not in ("AUTO_APPROVED", "APPROVED"):
            work.commit()
            return None
        saved = work.save_invoice(replace(record, state="POSTING"))
        work.record(EventDraft(SYSTEM, Action.ERP_POST_REQUESTED, "invoice", saved.id, saved.version))
        work.commit()
        return saved


def _finish(app: App, invoice_id: str, voucher: str) -> None:
    with app.unit_of_work() as work:
        record = work.get_invoice(invoice_id)
        if record.state != "POSTING":
            return
        saved = work.save_invoice(replace(record, state="POSTED", voucher_no=voucher))
        work.record(
            EventDraft(SYSTEM, Action.ERP_POST_ACKED, "invoice", saved.id, saved.version, after={"voucher": voucher})
        )
        work.commit()


def _refused(app: App, invoice_id: str, why: str) -> None:
    with app.unit_of_work() as work:
        record = work.get_invoice(invoice_id)
        if record.state == "POSTING":
            saved = work.save_invoice(replace(record, state="POST_FAILED", reason=why))
            work.record(EventDraft(SYSTEM, Action.ERP_POST_REJECTED, "invoice", saved.id, saved.version, comment=why))
            work.commit()


def _retry_at(now: datetime, attempts: int) -> datetime:
    """1, 2, 4 ... 60 minutes (I.5)."""
    return now + timedelta(minutes=min(MAX_MINUTES, 2**attempts))
