"""Our vouchers against the ERP's, and the repairs a person may ask for (spec I.4, I.5, I.9). Each repair is an event.

Nothing here posts: a retry makes the outbox owe the posting again, and the posting looks the key up before it writes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from uuid import uuid4

from pipeline.app import App
from pipeline.domain.erp import SignOff, VoucherState, VoucherStatus
from pipeline.domain.errors import InvalidInput
from pipeline.domain.events import Action, Actor, EventDraft
from pipeline.domain.identifiers import normalise_invoice_number
from pipeline.domain.lifecycle import next_state
from pipeline.domain.records import InvoiceRecord, Owed
from pipeline.export.reconcile import EXPECTED, IN_LEDGER, SECTIONS, Difference, LedgerRow, reconcile, to_csv

CREDIT = "credit_note"
PAGE = 500
# An invoice is received on or after its date; one dated ahead is held, never by this much.
EARLY = timedelta(days=60)
OPEN = ("POSTING", "POST_UNKNOWN", "POST_FAILED")
MOVED = {VoucherState.PAID: "paid", VoucherState.VOID: "void"}
OWED_AGAIN = (*OPEN, "AUTO_APPROVED", "APPROVED")


@dataclass(frozen=True, slots=True)
class Report:
    """One reconciliation. `ours` and `theirs` count vouchers dated on or after `since`; `dead` are postings that gave up."""

    since: date
    ours: int
    theirs: int
    differences: tuple[Difference, ...]
    dead: tuple[Owed, ...] = ()
    unposted: tuple[Difference, ...] = ()

    def sections(self) -> dict[str, tuple[Difference, ...]]:
        """Every section with its rows, also the empty ones."""
        rows = (*self.differences, *self.unposted)
        return {name: tuple(each for each in rows if each.section == name) for name in SECTIONS}

    def csv(self) -> str:
        """Differences, then what is still to be posted. The same report gives the same bytes."""
        return to_csv((*self.differences, *self.unposted))


def posting_key(record: InvoiceRecord) -> str:
    """The key under which the ERP is asked to book this content."""
    return f"post:{record.id}:{record.content_hash[:16]}"


def ledger_rows(app: App, since: date) -> Iterator[LedgerRow]:
    """Invoices of ours from POSTING on, dated on or after `since`."""
    for state in EXPECTED:
        for row in _invoices(app, state, since):
            with app.unit_of_work() as work:
                record = work.get_invoice(row["id"])
            invoice = record.invoice
            if invoice is None or invoice.total is None or record.state != state:
                continue
            yield LedgerRow(
                record.id, posting_key(record), state, invoice.supplier_id or "", invoice.invoice_number or "",
                signed_total(record), invoice.currency or "", record.voucher_no,
            )  # fmt: skip


def _invoices(app: App, state: str, since: date) -> Iterator[dict[str, str]]:
    offset = 0
    while batch := app.queries.invoices(since=since - EARLY, state=state, offset=offset, limit=PAGE):
        yield from (row for row in batch if (row["invoice_date"] or "") >= since.isoformat())
        offset += len(batch)


def signed_total(record: InvoiceRecord) -> Decimal:
    """The total as posted: a credit note's is negative."""
    assert record.invoice is not None
    assert record.invoice.total is not None
    return -abs(record.invoice.total) if record.invoice.type == CREDIT else record.invoice.total


def reconciliation(app: App, since: date, actor: Actor) -> Report:
    """Compare both ledgers and write down that it was done and what came out. Raises ErpError when the ERP is away."""
    if app.erp is None:
        raise InvalidInput("No ERP is configured.", "Set APDESK_ERP.")
    theirs = app.erp.vouchers(since)
    ours = list(ledger_rows(app, since))
    found = tuple(reconcile(ours, theirs))
    kinds: dict[str, int] = {}
    for each in found:
        kinds[each.kind] = kinds.get(each.kind, 0) + 1
    after = {"since": since.isoformat(), "ours": len(ours), "theirs": len(theirs), "differences": kinds}
    with app.unit_of_work() as work:
        work.record(EventDraft(actor, Action.ERP_RECONCILED, "erp", app.erp.name, after=after))
        work.commit()
    return Report(since, len(ours), len(theirs), found, dead_letters(app), unposted(app))


def unposted(app: App) -> tuple[Difference, ...]:
    """Approved and not yet in the ERP's ledger: what the outbox owes, oldest first, and why it waits (I.9 section 5)."""
    found = []
    for owed in app.outbox.owed(["post"]):
        invoice_id = str(owed.message.payload.get("invoice_id", ""))
        try:
            record = _record(app, invoice_id)
        except InvalidInput:
            continue
        invoice, since = record.invoice, owed.message.created_at
        words = owed.error or "Waits for its turn."
        found.append(
            Difference(
                "unposted",
                "retry" if owed.dead else "wait",
                words,
                invoice_id,
                owed.message.key,
                None,
                invoice.supplier_id if invoice else None,
                invoice.invoice_number if invoice else None,
                f"{record.state} since {since:%Y-%m-%d %H:%M}" if since else record.state,
                "nothing",
            )
        )
    return tuple(found)


def mark_of(report: Report) -> str:
    """Tells whether a report still reads as it did: the SHA-256 of its CSV."""
    return sha256(report.csv().encode()).hexdigest()


def sign_off(app: App, since: date, seen: str, note: str, actor: Actor) -> SignOff:
    """Sign the report as it was `seen` (the SHA-256 of its CSV); the report itself is kept as evidence (I.9).

    Raises InvalidInput when the report reads differently by now, or when differences are signed without a word.
    """
    report = reconciliation(app, since, actor)
    data = report.csv().encode()
    if mark_of(report) != seen:
        raise InvalidInput("The report has changed since it was shown.", "Look at it again.")
    if report.differences and not note.strip():
        raise InvalidInput(f"{len(report.differences)} differences are open.", "Say what is done about them.")
    evidence = app.blobs.put(data)
    one = SignOff(
        str(uuid4()),
        since,
        app.clock.today(),
        actor.id,
        app.clock.now(),
        len(report.differences),
        evidence,
        note.strip(),
    )
    after = {"since": since.isoformat(), "differences": one.differences, "evidence": evidence}
    with app.unit_of_work() as work:
        work.erp.save_sign_off(one)
        draft = EventDraft(actor, Action.ERP_RECONCILIATION_SIGNED, "erp", one.id, after=after, comment=one.note)
        work.record(draft)
        work.commit()
    return one


def take_over(app: App, invoice_id: str, actor: Actor) -> str:
    """Take the ERP's payment or cancellation over at once, instead of with the next sync. Looks it up again first."""
    record = _record(app, invoice_id)
    status = _status(app, record)
    event = MOVED.get(status.state) if status else None
    state = next_state("invoice", record.state, event) if event else None
    if status is None or state is None:
        held = status.state.value if status else "nothing"
        raise InvalidInput(f"The ERP holds {held} for an invoice in {record.state}: there is nothing to take over.")
    wrong = _disagrees(record, status)
    if wrong:
        raise InvalidInput(f"The ERP's voucher is another one: {wrong}.", "Settle it in the ERP.")
    with app.unit_of_work() as work:
        saved = work.save_invoice(replace(record, state=state))
        after = {"repair": "take_over", "paid_on": status.paid_on.isoformat() if status.paid_on else None}
        diff = {"state": [record.state, state]}
        work.record(EventDraft(actor, Action.STATE_CHANGED, "invoice", saved.id, saved.version, after=after, diff=diff))
        work.commit()
    return state


def preview(app: App, invoice_id: str, action: str) -> str:
    """What a repair would do, in words; nothing is changed and nothing is sent but the question to the ERP."""
    record = _record(app, invoice_id)
    status = _status(app, record)
    invoice = record.invoice
    what = f"Invoice {invoice.invoice_number} of {invoice.supplier_id}" if invoice else f"Invoice {record.id}"
    money = f"{signed_total(record)} {invoice.currency}" if invoice and invoice.total is not None else "no total"
    held = f"{status.state.value}, voucher {status.voucher_no or '–'}, total {status.total}" if status else "nothing"
    head = f"{what}, {money}, is {record.state}; the ERP holds {held}."
    if action == "retry":
        if status is not None and status.state in IN_LEDGER:
            return f"{head} It is booked there: a retry will be refused."
        again = (
            " It is matched again first and goes on only if it is still approved."
            if record.state == "POST_FAILED"
            else ""
        )
        return f"{head} The posting will be owed again and goes out at once, once.{again}"
    if action == "mark_posted":
        return (
            f"{head} If supplier, number and total are ours it becomes POSTED here with that voucher; nothing is sent."
        )
    return f"{head} Its state here will follow the ERP's; nothing is sent."


def dead_letters(app: App) -> tuple[Owed, ...]:
    """Postings that gave up, with their last error, oldest first."""
    return tuple(owed for owed in app.outbox.owed(["post"]) if owed.dead)


def look_up(app: App, invoice_id: str, actor: Actor) -> VoucherStatus | None:
    """What the ERP holds for this invoice under our key; None: nothing, so that posting again is safe."""
    record = _record(app, invoice_id)
    status = _status(app, record)
    after = {"repair": "look_up", "found": status.state.value if status else "nothing"}
    _note(app, record, Action.ERP_RECONCILED, actor, after)
    return status


def mark_posted(app: App, invoice_id: str, actor: Actor) -> str:
    """Take the ERP's voucher over for an invoice whose posting never came back. Looks it up again first. Returns its number.

    Raises InvalidInput unless the ERP has booked just this: same supplier, number and total.
    """
    record = _record(app, invoice_id)
    if next_state("invoice", record.state, "erp_ack") is None:
        raise InvalidInput(f"An invoice in {record.state} is not waiting for a posting.")
    status = _status(app, record)
    if status is None or status.state not in IN_LEDGER:
        held = status.state.value if status else "nothing"
        raise InvalidInput(f"The ERP has not booked it (it holds {held}).", "Retry the posting.")
    wrong = _disagrees(record, status)
    if wrong:
        raise InvalidInput(f"The ERP's voucher is another one: {wrong}.", "Settle it in the ERP.")
    voucher = status.voucher_no or status.erp_id or posting_key(record)
    with app.unit_of_work() as work:
        record = work.get_invoice(invoice_id)
        state = next_state("invoice", record.state, "erp_ack")
        if state is None:
            raise InvalidInput("It has moved on meanwhile.", "Reload.")
        saved = work.save_invoice(replace(record, state=state, voucher_no=voucher, reason=None))
        after = {"voucher": voucher, "repair": "mark_posted"}
        diff = {"state": [record.state, state]}
        work.record(
            EventDraft(actor, Action.ERP_POST_ACKED, "invoice", saved.id, saved.version, after=after, diff=diff)
        )
        work.commit()
    for owed in _owed(app, invoice_id):
        app.outbox.done(owed.message.id)
    return voucher


def retry(app: App, invoice_id: str, actor: Actor) -> str:
    """Owe the posting again (I.5). A refused one is matched again first and goes on only if it is still approved.

    Returns the state it is in now. Raises InvalidInput when the ERP has booked it already or nothing is to be posted.
    """
    record = _record(app, invoice_id)
    if record.state not in OWED_AGAIN:
        raise InvalidInput(f"An invoice in {record.state} has no posting to retry.")
    status = _status(app, record)
    if status is not None and status.state in IN_LEDGER:
        raise InvalidInput("The ERP has booked it already.", "Mark it as posted.")
    with app.unit_of_work() as work:
        record = work.get_invoice(invoice_id)
        before = record.state
        if before == "POST_FAILED":
            record = app.rematch(work, record, "manual")
        after = {"repair": "retry", "state": record.state}
        work.record(EventDraft(actor, Action.ERP_POST_REQUESTED, "invoice", record.id, record.version, after=after))
        work.commit()
    _owe_again(app, record)
    return record.state


def _owe_again(app: App, record: InvoiceRecord) -> None:
    """The message of this content is due now; one of an older content, or of an invoice now held, is not owed any more."""
    key = posting_key(record)
    for owed in _owed(app, record.id):
        if owed.message.key == key and record.state in OWED_AGAIN:
            app.outbox.replay(owed.message.id)
        elif owed.dead:
            app.outbox.done(owed.message.id)


def _owed(app: App, invoice_id: str) -> list[Owed]:
    return [owed for owed in app.outbox.owed(["post"]) if owed.message.payload.get("invoice_id") == invoice_id]


def _record(app: App, invoice_id: str) -> InvoiceRecord:
    with app.unit_of_work() as work:
        return work.get_invoice(invoice_id)


def _status(app: App, record: InvoiceRecord) -> VoucherStatus | None:
    if app.erp is None:
        raise InvalidInput("No ERP is configured.", "Set APDESK_ERP.")
    return app.erp.status(posting_key(record))


def _disagrees(record: InvoiceRecord, status: VoucherStatus) -> str:
    assert record.invoice is not None
    ours = normalise_invoice_number(record.invoice.invoice_number or "")
    if status.total is None or status.total != signed_total(record):
        return f"its total is {status.total}, ours {signed_total(record)}"
    if status.supplier_id and status.supplier_id != record.invoice.supplier_id:
        return f"its supplier is {status.supplier_id}"
    if status.invoice_number and normalise_invoice_number(status.invoice_number) != ours:
        return f"its number is {status.invoice_number}"
    return ""


def _note(app: App, record: InvoiceRecord, action: Action, actor: Actor, after: dict[str, str]) -> None:
    with app.unit_of_work() as work:
        work.record(EventDraft(actor, action, "invoice", record.id, record.version, after=after))
        work.commit()
