"""What the outbox owes to senders of X12 files: the 997, over the partner's channel, with retries (spec I.5, I.7)."""

import hashlib
from collections.abc import Callable
from datetime import datetime

from pipeline.app import App
from pipeline.domain.errors import ApdeskError
from pipeline.domain.events import SYSTEM, Action, EventDraft
from pipeline.domain.records import OutboxMessage
from pipeline.export.edi_out import to_folder, to_sftp
from pipeline.partners import Acknowledgements, Partners

TOPIC, LEASE_SECONDS = "x12_ack", 120
RetryAt = Callable[[datetime, OutboxMessage, ApdeskError], datetime | None]
SendFile = Callable[[str, str, str, str], None]


class NoPartner(ApdeskError):
    """Nobody is configured for the interchange: it waits as a dead letter until somebody is, then it is replayed."""


def dispatch_acknowledgements(app: App, limit: int, retry_at: RetryAt) -> dict[str, int]:
    """Send what is due; counts by outcome. Without partners configured every acknowledgement stays owed."""
    counts: dict[str, int] = {}
    if app.acknowledge is None:
        return counts
    for message in app.outbox.lease([TOPIC], limit, LEASE_SECONDS):
        try:
            where = app.acknowledge(message.key, str(message.payload["x12"]))
        except ApdeskError as problem:
            app.outbox.failed(message.id, str(problem), retry_at(app.clock.now(), message, problem))
            outcome = "acknowledgement failed"
        else:
            _sent(app, message, where)
            app.outbox.done(message.id)
            outcome = "acknowledgement sent"
        counts[outcome] = counts.get(outcome, 0) + 1
    return counts


def _sent(app: App, message: OutboxMessage, where: str) -> None:
    with app.unit_of_work() as work:
        after = {"to": where, "template": "x12_997", "key": message.key}
        work.record(
            EventDraft(SYSTEM, Action.NOTICE_SENT, "document", str(message.payload["document_id"]), after=after)
        )
        work.commit()


def courier(partners: Partners, send_mail: SendFile | None) -> Callable[[str, str], str]:
    """App.acknowledge: takes a 997 to the partner that its receiver id names. `send_mail(to, key, name, text)`."""

    def deliver(key: str, x12: str) -> str:
        to = receiver_of(x12)
        partner = partners.of_edi(to)
        if partner is None or partner.acknowledgements is None:
            raise NoPartner(f"No partner with the EDI id {to} wants acknowledgements.", "Add it to APDESK_PARTNERS.")
        # The key, not the control number alone, names the file: the same again is the same file.
        name = f"997-{hashlib.sha256(key.encode()).hexdigest()[:16]}.edi"
        return _over(partner.acknowledgements, key, name, x12, send_mail)

    return deliver


def _over(way: Acknowledgements, key: str, name: str, x12: str, send_mail: SendFile | None) -> str:
    if way.folder is not None:
        return to_folder(way.folder, name, x12)
    if way.sftp is not None:
        return to_sftp(way.sftp, name, x12)
    if send_mail is None or way.mail is None:
        raise NoPartner("No mail server is configured for acknowledgements.", "Set APDESK_SMTP_URL.")
    send_mail(way.mail, key, name, x12)
    return way.mail


def receiver_of(x12: str) -> str:
    """Qualifier and id of the receiver in the ISA of our own 997."""
    parts = x12[:106].split(x12[3:4]) if len(x12) > 106 else []
    return f"{parts[7].strip()}/{parts[8].strip()}" if len(parts) > 8 else ""
