"""Receive: the one entrance of all channels (spec C.1 DOC_FILE_DUP, DOC_QUARANTINE; issue of nothing lost, nothing twice).

The bytes go into the store first; then documents, events and all are one transaction. The same bytes again, by whatever
channel, become a discarded document that points to the first.
"""

from dataclasses import dataclass, replace
from uuid import uuid4

from pipeline.app import App
from pipeline.domain.document import Document, ReadStatus, Upload
from pipeline.domain.errors import ApdeskError, InvalidInput, StaleVersion, StorageFailed
from pipeline.domain.events import SYSTEM, Action, Actor, EventDraft
from pipeline.intake.guard import Refused, inspect
from pipeline.intake.unpack import unpack
from pipeline.ports import UnitOfWork

CONTAINERS = ("eml", "zip", "tnef")
TRIES = 5


@dataclass(frozen=True)
class Piece:
    """One document to be: its bytes, its name inside the container, and how the guard judged it."""

    data: bytes
    part: str | None
    media_type: str
    status: str
    reason: str | None = None
    companion: bytes | None = None


def receive(app: App, upload: Upload, actor: Actor = SYSTEM) -> tuple[Document, ...]:
    """Register an upload and, for mails and archives, each usable attachment. Idempotent by content.

    Returns the documents in order, the container first. Raises StorageFailed when nothing could be kept.
    """
    pieces = _pieces(app, upload)
    shas = [app.blobs.put(piece.data) for piece in pieces]
    companions = [app.blobs.put(piece.companion) if piece.companion else None for piece in pieces]
    for attempt in range(TRIES):
        try:
            with app.unit_of_work() as work:
                found = _register(app, work, upload, pieces, shas, companions, actor)
                work.commit()
                return found
        except (InvalidInput, StaleVersion, StorageFailed):
            # An equal upload won the race: now it is found and this one becomes its duplicate.
            if attempt == TRIES - 1:
                raise
    raise AssertionError("unreachable")


def _pieces(app: App, upload: Upload) -> list[Piece]:
    verdict = inspect(upload.data, upload.name, app.limits)
    if isinstance(verdict, Refused):
        return [_refused(upload.data, None, verdict)]
    if verdict.kind not in CONTAINERS:
        return [Piece(upload.data, None, verdict.media_type, "received")]
    try:
        parts = unpack(upload.data, upload.name, app.limits)
    except ApdeskError as problem:
        return [Piece(upload.data, None, verdict.media_type, "received", str(problem))]
    inside = [_part(app, part.name, part.data, part.companion) for part in parts]
    if not inside:
        # Kept as a document of its own, so that reading turns it into one item with the reason.
        return [Piece(upload.data, None, verdict.media_type, "received")]
    return [Piece(upload.data, None, verdict.media_type, "container"), *inside]


def _part(app: App, name: str, data: bytes, companion: bytes | None) -> Piece:
    verdict = inspect(data, name, app.limits)
    if isinstance(verdict, Refused):
        return _refused(data, name, verdict)
    return Piece(data, name, verdict.media_type, "received", None, companion)


def _refused(data: bytes, name: str | None, verdict: Refused) -> Piece:
    """Refused files are read like any other, which gives the one item with the reason; quarantined ones say so at once."""
    status = "quarantined" if verdict.status is ReadStatus.QUARANTINED else "received"
    return Piece(
        data, name, "application/octet-stream", "received", verdict.reason if status == "quarantined" else None
    )


def _register(
    app: App,
    work: UnitOfWork,
    upload: Upload,
    pieces: list[Piece],
    shas: list[str],
    companions: list[str | None],
    actor: Actor,
) -> tuple[Document, ...]:
    documents: list[Document] = []
    for piece, sha, companion in zip(pieces, shas, companions, strict=True):
        parent = documents[0].id if documents and documents[0].status in ("container", "discarded") else None
        document = _document(app, work, upload, piece, sha, companion, parent)
        first = work.find_document(sha)
        if first is not None:
            document = replace(document, status="discarded", duplicate_of=first.id, reason=_said_before(first))
        work.add_document(document)
        work.record(_event(document, actor))
        documents.append(document)
    return tuple(documents)


def _said_before(first: Document) -> str:
    return f"The same bytes were taken in on {first.received_on:%Y-%m-%d} as {first.part or first.source_name}."


def _document(
    app: App, work: UnitOfWork, upload: Upload, piece: Piece, sha: str, companion: str | None, parent: str | None
) -> Document:
    return Document(
        id=str(uuid4()),
        sha256=sha,
        source_name=upload.name,
        part=piece.part,
        media_type=piece.media_type,
        size=len(piece.data),
        channel=upload.channel,
        received_on=upload.received_on,
        received_at=app.clock.now(),
        sender=upload.sender,
        subject=upload.subject,
        message_id=upload.message_id,
        batch=upload.batch,
        facility_id=upload.facility_id,
        parent_id=parent,
        companion_sha256=companion,
        status=piece.status,
        reason=piece.reason,
        sequence=work.next_sequence(),
    )


def _event(document: Document, actor: Actor) -> EventDraft:
    action = Action.DOCUMENT_DISCARDED if document.status == "discarded" else Action.DOCUMENT_RECEIVED
    after = {
        "name": document.source_name[-200:],
        "part": document.part,
        "channel": str(document.channel),
        "received_on": document.received_on.isoformat(),
        "size": document.size,
        "sender": document.sender[:200],
        "message_id": document.message_id[:200],
        "duplicate_of": document.duplicate_of,
        "parent_id": document.parent_id,
    }
    return EventDraft(actor, action, "document", document.id, after=after, source_ref=document.sha256)
