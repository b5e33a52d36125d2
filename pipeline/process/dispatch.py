"""Dispatch: what the outbox owes to the outside, with the re-match before posting (spec F.1, I.4, I.5)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from pipeline.app import App
from pipeline.domain.erp import ErpBusy, OutcomeUnknown, PostingPaused
from pipeline.domain.errors import ApdeskError
from pipeline.domain.events import SYSTEM, Action, EventDraft
from pipeline.domain.records import InvoiceRecord, OutboxMessage
from pipeline.export.breaker import GIVE_UP_AFTER, backoff
from pipeline.process.acknowledgements import dispatch_acknowledgements
from pipeline.process.failures import POSTING, recovered, refused
from pipeline.process.notices import dispatch_notices

LEASE_SECONDS = 120
OUR_PAUSE = timedelta(minutes=1)
BATCH = 20
UNDER_WAY = ("POSTING", "POST_UNKNOWN")


def dispatch_outbox(app: App, limit: int = 200) -> dict[str, int]:
    """Deliver what is due. Returns counts by outcome. Without a ledger or a mail server configured, what is owed stays owed."""
    counts = dispatch_notices(app, limit, _retry_at) | dispatch_acknowledgements(app, limit, _retry_at)
    if app.sink is None:
        return counts
    if app.posting_allowed is not None and not app.posting_allowed():
        return counts  # Switched off: nothing is begun, so that what is approved can still change its state.
    stale = app.stale() if app.stale is not None else ()
    left = limit
    # Each lease holds at most one posting of a supplier, so that the next goes out only after it.
    while left > 0 and (batch := app.outbox.lease(["post"], min(left, BATCH), LEASE_SECONDS)):
        for message in batch:
            outcome = _post(app, message, stale)
            counts[outcome] = counts.get(outcome, 0) + 1
        left -= len(batch)
    if counts.get("posted"):
        recovered(app, [POSTING], everything=not any(owed.dead for owed in app.outbox.owed(["post"])))
    return counts


def _post(app: App, message: OutboxMessage, stale: Sequence[str]) -> str:
    try:
        record = _begin(app, message.payload["invoice_id"], stale)
        if record is None:
            app.outbox.set_aside(message.id)
            return "no longer due"
        assert app.sink is not None
        voucher = app.sink.deliver(record, message.key)
        _finish(app, record.id, voucher)
    except ApdeskError as problem:
        if isinstance(problem, OutcomeUnknown):
            _unknown(app, message.payload["invoice_id"], str(problem))
        retry = _retry_at(app.clock.now(), message, problem)
        app.outbox.failed(message.id, str(problem), retry)
        if retry is None:
            _refused(app, message.payload["invoice_id"], str(problem))
        refused(app, POSTING, problem)
        return "failed"
    app.outbox.done(message.id)
    return "posted"


def _begin(app: App, invoice_id: str, stale: Sequence[str]) -> InvoiceRecord | None:
    """Re-match under the lock of its PO lines; POSTING only if it is still approved. A record already POSTING goes on."""
    with app.unit_of_work() as work:
        record = work.get_invoice(invoice_id)
        if record.state in UNDER_WAY:
            return record
        if record.state not in ("AUTO_APPROVED", "APPROVED"):
            return None
        if record.state == "AUTO_APPROVED" and stale:
            raise PostingPaused(
                f"The ERP's {', '.join(stale)} are too old to post untouched.", "It goes on after a sync."
            )
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
        if record.state not in UNDER_WAY:
            return
        saved = work.save_invoice(replace(record, state="POSTED", voucher_no=voucher))
        work.record(
            EventDraft(SYSTEM, Action.ERP_POST_ACKED, "invoice", saved.id, saved.version, after={"voucher": voucher})
        )
        work.commit()


def _refused(app: App, invoice_id: str, why: str) -> None:
    with app.unit_of_work() as work:
        record = work.get_invoice(invoice_id)
        if record.state in UNDER_WAY:
            saved = work.save_invoice(replace(record, state="POST_FAILED", reason=why))
            work.record(EventDraft(SYSTEM, Action.ERP_POST_REJECTED, "invoice", saved.id, saved.version, comment=why))
            work.commit()


def _unknown(app: App, invoice_id: str, why: str) -> None:
    """Sent, and no answer: the next try looks it up before it sends anything (I.4)."""
    with app.unit_of_work() as work:
        record = work.get_invoice(invoice_id)
        if record.state == "POSTING":
            saved = work.save_invoice(replace(record, state="POST_UNKNOWN", reason=why))
            diff = {"state": ["POSTING", "POST_UNKNOWN"]}
            work.record(
                EventDraft(SYSTEM, Action.STATE_CHANGED, "invoice", saved.id, saved.version, diff=diff, comment=why)
            )
            work.commit()


def _retry_at(now: datetime, message: OutboxMessage, problem: ApdeskError) -> datetime | None:
    """1, 2, 4 ... 60 minutes with full jitter, as long as the ERP asks for at least; None after 24 hours (I.5).

    The jitter is drawn from the message, so that a run can be repeated. An unknown outcome is looked up for ever.
    """
    if not problem.retryable:
        return None
    if isinstance(problem, PostingPaused):  # Our own doing or an answer still to come: however long, nothing gives up.
        return now + OUR_PAUSE
    old = message.created_at is not None and now - message.created_at > GIVE_UP_AFTER
    if old and not isinstance(problem, OutcomeUnknown):
        return None
    pause = backoff(message.attempts, Random(f"{message.key}/{message.attempts}"))
    asked = problem.retry_after if isinstance(problem, ErpBusy) and problem.retry_after else 0.0
    return now + max(pause, timedelta(seconds=asked))
