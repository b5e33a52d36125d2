"""A supplier's own page: a link with a secret, made for one supplier, with an end, kept as a hash only (issue: portals).

Whoever has the link may hand in documents for that supplier and see what became of those handed in by it; nothing else.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import uuid4

from pipeline.app import App
from pipeline.domain.desk import ApiToken
from pipeline.domain.document import Channel, Document, Upload
from pipeline.domain.errors import InvalidInput
from pipeline.domain.events import Action, Actor, EventDraft
from pipeline.domain.supplier import Supplier
from pipeline.review.tokens import hashed

PREFIX = "aps_"
SCOPE = "supplier.page"
MOST_DAYS = 366
SHOWN = 200
# States of F.1 in the words of somebody outside. What is being checked, and why, stays inside.
STATES = {
    "WAIT_RECEIPT": "Waiting for the goods receipt",
    "AUTO_APPROVED": "Approved for payment",
    "APPROVED": "Approved for payment",
    "POSTING": "Approved for payment",
    "POST_FAILED": "Approved for payment",
    "POST_UNKNOWN": "Approved for payment",
    "POSTED": "Booked for payment",
    "PAID": "Paid",
    "REJECTED": "Not accepted",
    "NOT_INVOICE": "Not an invoice",
}
IN_WORK = "Being checked"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the page: what it is, where it stands, and why where that may be told."""

    name: str
    received_on: str
    status: str
    reason: str = ""


def mark(supplier_id: str) -> str:
    """What a document carries as its message's name when it came by a supplier's link."""
    return f"supplier:{supplier_id}"


def create(app: App, actor: Actor, supplier_id: str, days: int) -> tuple[ApiToken, str]:
    """The link's record and its secret, which cannot be read again. Raises InvalidInput for an unknown supplier."""
    if not 1 <= days <= MOST_DAYS:
        raise InvalidInput(f"A link lasts 1 to {MOST_DAYS} days.")
    secret, now = PREFIX + secrets.token_urlsafe(32), app.clock.now()
    with app.unit_of_work() as work:
        supplier = work.masters.supplier(supplier_id)
        if supplier is None:
            raise InvalidInput(f"There is no supplier {supplier_id[:80]}.")
        end = now + timedelta(days=days)
        link = ApiToken(uuid4().hex[:16], mark(supplier.id), f"Page of {supplier.name}"[:80], (SCOPE,), now, end)
        work.desk.add_token(link, hashed(secret))
        after = {"name": link.name, "scopes": [SCOPE], "ends_at": end.isoformat()}
        work.record(EventDraft(actor, Action.TOKEN_CREATED, "token", link.id, after=after))
        work.commit()
    return link, secret


def revoke(app: App, actor: Actor, supplier_id: str) -> int:
    """End every link of a supplier at once; how many there were."""
    with app.unit_of_work() as work:
        alive = [link for link in work.desk.tokens(mark(supplier_id)) if link.revoked_at is None]
        for link in alive:
            work.desk.save_token(replace(link, revoked_at=app.clock.now()))
            work.record(EventDraft(actor, Action.TOKEN_REVOKED, "token", link.id))
        work.commit()
    return len(alive)


def opened(app: App, secret: str) -> tuple[ApiToken, Supplier] | None:
    """The link and its supplier while both are good: not ended, not revoked, the supplier neither blocked nor inactive."""
    if not secret.startswith(PREFIX) or len(secret) > 200:
        return None
    with app.unit_of_work() as work:
        link = work.desk.find_token(hashed(secret), app.clock.now())
        if link is None or SCOPE not in link.scopes:
            return None
        supplier = work.masters.supplier(link.user_id.removeprefix("supplier:"))
    return (link, supplier) if supplier is not None and supplier.status in ("active", "hold") else None


def upload_of(app: App, supplier: Supplier, name: str, data: bytes) -> Upload:
    return Upload(
        name[:200], data, Channel.PORTAL, app.clock.today(), sender=supplier.name[:200], message_id=mark(supplier.id)
    )


def rows(app: App, supplier: Supplier) -> list[Row]:
    """What was handed in by this supplier's links, newest first. A container is shown by its parts."""
    found = app.queries.handed_in(mark(supplier.id), SHOWN)
    return [row for document, invoices in found if document.status != "container" for row in _lines(document, invoices)]


def _lines(document: Document, invoices: Sequence[tuple[str | None, str]]) -> list[Row]:
    name, day = document.part or document.source_name, document.received_on.isoformat()
    if document.status == "discarded":
        return [Row(name, day, "Already here", "The same file was received before; it need not be sent again.")]
    if document.status == "rejected":
        return [Row(name, day, "Not accepted", document.reason or "")]
    if document.status == "quarantined":
        return [Row(name, day, "Held back for a security check", document.reason or "")]
    if document.status == "received" or not invoices:
        return [Row(name, day, "Received")]
    return [Row(f"{name}: {number}" if number else name, day, STATES.get(state, IN_WORK)) for number, state in invoices]
