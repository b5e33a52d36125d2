"""Out of quarantine: by two persons, each with a reason, and never what holds malware (spec C.1, E.7; issue: quarantine).

A release only lets the reading look again. What the guard refuses there, it refuses as before: the pair decides about doubts
(a sender, a file that broke its reader), not about bombs or macros.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.app import App
from pipeline.domain.document import Document
from pipeline.domain.errors import InvalidInput, NotAllowed
from pipeline.domain.events import Action, Actor, AuditEvent, EventDraft
from pipeline.domain.records import InvoiceRecord
from pipeline.domain.roles import Role
from pipeline.ports import UnitOfWork

MAY_RELEASE = frozenset({Role.AP_SUPERVISOR, Role.AP_MANAGER, Role.COMPLIANCE})
NEVER = frozenset({"MALWARE", "PROGRAM", "UNSCANNED", "ESCAPE", "BOMB"})
RULE = "C.1"


@dataclass(frozen=True, slots=True)
class Release:
    """`released` after the second person; before, `first` is who waits for one."""

    document: Document
    released: bool
    first: str


def release(app: App, document_id: str, actor: Actor, reason: str) -> Release:
    """One person's word for a release. The second, another person, puts the document back among those to be read.

    Raises NotAllowed without the role, for malware, or when the same person speaks twice; InvalidInput without a reason
    or for a document that is not in quarantine.
    """
    if not reason.strip():
        raise InvalidInput("A release needs a reason.", "Say what was checked.")
    if actor.type != "user" or not MAY_RELEASE & set(actor.roles):
        raise NotAllowed("Only a supervisor, an AP manager or compliance may release from quarantine.", RULE)
    asked = _asked(app.queries.events(document_id))
    with app.unit_of_work() as work:
        document = work.get_document(document_id)
        if document.status != "quarantined":
            raise InvalidInput("The document is not in quarantine.")
        records = work.invoices_of(document_id)
        _refuse_malware(records)
        if asked is None:
            work.record(_event(document, actor, Action.DOCUMENT_RELEASE_ASKED, reason))
            work.commit()
            return Release(document, False, actor.id)
        if asked == actor.id or actor.on_behalf_of == asked:
            raise NotAllowed("The second word must be another person's.", RULE)
        saved = replace(document, status="received", reason=None)
        work.save_document(saved)
        for record in records:
            _close(work, record, actor, app)
        work.record(_event(saved, actor, Action.DOCUMENT_RELEASED, reason, first=asked))
        work.commit()
        return Release(saved, True, asked)


def _asked(events: Sequence[AuditEvent]) -> str | None:
    """Who asked for a release since the document was last locked up."""
    asked = None
    for event in events:
        if event.draft.action in (Action.DOCUMENT_QUARANTINED, Action.DOCUMENT_RELEASED):
            asked = None
        elif event.draft.action == Action.DOCUMENT_RELEASE_ASKED:
            asked = asked or event.draft.actor.id
    return asked


def _refuse_malware(records: Sequence[InvoiceRecord]) -> None:
    for record in records:
        for finding in record.match.findings if record.match else ():
            if NEVER & set(finding.evidence):
                raise NotAllowed("What holds or may hold malware is never released; ask for a clean copy.", RULE)


def _close(work: UnitOfWork, record: InvoiceRecord, actor: Actor, app: App) -> None:
    """The record that stood for the refusal ends; reading makes new ones."""
    if record.state != "IN_REVIEW":
        return
    for item in work.items_of(record.id):
        if item.state in ("OPEN", "CLAIMED", "PENDING_EXTERNAL"):
            done = replace(
                item, state="RESOLVED", resolution_code="RELEASED", resolved_by=actor.id, resolved_at=app.clock.now()
            )
            work.save_item(replace(done, claimed_by=None, lock_token=None, lock_expires_at=None))
    work.save_invoice(replace(record, state="REJECTED", reason="Released from quarantine; read again as a new record."))


def _event(document: Document, actor: Actor, action: Action, reason: str, first: str | None = None) -> EventDraft:
    after = {"status": document.status, "first": first}
    return EventDraft(actor, action, "document", document.id, after=after, comment=reason, source_ref=document.sha256)
