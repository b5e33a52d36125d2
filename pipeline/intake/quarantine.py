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
    asked = asked_by(app.queries.events(document_id))
    with app.unit_of_work() as work:
        document = work.get_document(document_id)
        if document.status != "quarantined":
            raise InvalidInput("The document is not in quarantine.")
        records = work.invoices_of(document_id)
        if malware(records):
            raise NotAllowed("What holds or may hold malware is never released; ask for a clean copy.", RULE)
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


def reject(app: App, document_id: str, actor: Actor, reason: str) -> Document:
    """Leave it out for good: one person is enough, because nothing gets in by it. Its record and work end.

    Raises NotAllowed without the role, InvalidInput without a reason or for a document that is not in quarantine.
    """
    if len(reason.strip()) < 3:
        raise InvalidInput("A rejection needs a reason.", "Say what is wrong with the file.")
    if actor.type != "user" or not MAY_RELEASE & set(actor.roles):
        raise NotAllowed("Only a supervisor, an AP manager or compliance may reject from quarantine.", RULE)
    with app.unit_of_work() as work:
        document = work.get_document(document_id)
        if document.status != "quarantined":
            raise InvalidInput("The document is not in quarantine.")
        saved = replace(document, status="rejected", reason=f"Rejected from quarantine: {reason.strip()}")
        work.save_document(saved)
        for record in work.invoices_of(document_id):
            _close(work, record, actor, app, "REJECTED_TO_SUPPLIER", saved.reason or "")
        work.record(_event(saved, actor, Action.DOCUMENT_REJECTED, reason))
        work.commit()
    return saved


@dataclass(frozen=True, slots=True)
class Locked:
    """One document in quarantine: why, who asked for its release, and whether it can never be released."""

    document: Document
    asked: str | None
    never: bool


def locked_up(app: App, limit: int = 200) -> list[Locked]:
    """What lies in quarantine, newest first."""
    documents = app.queries.documents("quarantined", limit=limit)
    with app.unit_of_work() as work:
        never = {document.id: malware(work.invoices_of(document.id)) for document in documents}
    return [Locked(each, asked_by(app.queries.events(each.id)), never[each.id]) for each in documents]


def asked_by(events: Sequence[AuditEvent]) -> str | None:
    """Who asked for a release since the document was last locked up."""
    asked = None
    for event in events:
        if event.draft.action in (Action.DOCUMENT_QUARANTINED, Action.DOCUMENT_RELEASED):
            asked = None
        elif event.draft.action == Action.DOCUMENT_RELEASE_ASKED:
            asked = asked or event.draft.actor.id
    return asked


def malware(records: Sequence[InvoiceRecord]) -> bool:
    """Whether what was found in it is malware, or may be: that is never released and never handed out."""
    return any(NEVER & set(f.evidence) for r in records if r.match for f in r.match.findings)


def _close(
    work: UnitOfWork, record: InvoiceRecord, actor: Actor, app: App, code: str = "RELEASED",
    why: str = "Released from quarantine; read again as a new record.",
) -> None:  # fmt: skip
    """The record that stood for the refusal ends; after a release, reading makes new ones."""
    if record.state != "IN_REVIEW":
        return
    for item in work.items_of(record.id):
        if item.state in ("OPEN", "CLAIMED", "PENDING_EXTERNAL"):
            done = replace(
                item, state="RESOLVED", resolution_code=code, resolved_by=actor.id, resolved_at=app.clock.now()
            )
            work.save_item(replace(done, claimed_by=None, lock_token=None, lock_expires_at=None))
    work.save_invoice(replace(record, state="REJECTED", reason=why))


def _event(document: Document, actor: Actor, action: Action, reason: str, first: str | None = None) -> EventDraft:
    after = {"status": document.status, "first": first}
    return EventDraft(actor, action, "document", document.id, after=after, comment=reason, source_ref=document.sha256)
