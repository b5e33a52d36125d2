"""Receive: the one entrance of all channels (spec C.1 DOC_FILE_DUP, DOC_QUARANTINE).

The bytes go into the store first; then documents, events and items are one transaction. The same bytes again, by whatever
channel, become a discarded document that points to the first. What is refused becomes a document and one item with the
plain reason, so that nothing disappears.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from uuid import uuid4

from pipeline.app import App
from pipeline.domain.arrivals import Looked, MailHeaders, Refused, UnpackedPart
from pipeline.domain.document import Channel, Document, Kind, ReadStatus, Upload
from pipeline.domain.errors import DuplicateDocument, MissingDependency, StorageFailed
from pipeline.domain.events import SYSTEM, Action, Actor, EventDraft
from pipeline.domain.matching import Finding, MatchResult
from pipeline.domain.reading import Reading
from pipeline.domain.records import InvoiceRecord
from pipeline.intake.answers import TOPIC, answer
from pipeline.intake.senders import doubts, spoofing, trusted
from pipeline.intake.smime import is_envelope
from pipeline.ports import UnitOfWork

TRIES = 6
UNKNOWN = "application/octet-stream"
CONTAINERS = {
    "message/rfc822": "mail",
    "application/zip": "archive",
    "application/vnd.ms-tnef": "mail",
    "application/vnd.ms-outlook": "mail",
    "application/pkcs7-mime": "mail",
}
OFFICE = {
    b"word/document.xml": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    b"xl/workbook.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
LOCKED_UP = (ReadStatus.QUARANTINED, ReadStatus.PASSWORD)


log = logging.getLogger(__name__)


class RoutingFailed(Exception):
    """The item of a refused file could not be routed; only `receive` sees it."""


@dataclass(frozen=True)
class Piece:
    """One document to be, its bytes already stored. `problem` says why it cannot be read."""

    sha256: str
    size: int
    part: str | None
    media_type: str
    status: str = "received"
    companion: str | None = None
    problem: Refused | None = None
    authentication: dict[str, str] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Ready:
    """An upload that was looked at, its bytes stored."""

    upload: Upload
    seen: Looked
    headers: MailHeaders | None
    pieces: list[Piece]


def receive(app: App, upload: Upload, actor: Actor = SYSTEM, *, looked: Looked | None = None) -> tuple[Document, ...]:
    """Register an upload and, for mails and archives, each usable part. Idempotent by content.

    Returns the documents in order, the container first. `looked` is given when the caller has looked already.
    Raises StorageFailed or ScannerUnavailable when nothing could be kept or asked: then the sender still has it.
    """
    return _alone(app, _ready(app, upload, looked), actor)


def receive_many(
    app: App, uploads: Sequence[Upload], actor: Actor = SYSTEM, *, looked: Sequence[Looked | None] = ()
) -> Iterator[tuple[Document, ...]]:
    """Register uploads that come together in one transaction, synced once; yields the documents of each in order.

    What was yielded is safe. Where the one transaction fails, each upload is registered alone, so that one of them
    cannot keep the others out; then what `receive` raises is raised at its place.
    """
    seen = list(looked) or [None] * len(uploads)
    # Together, so that the disk syncs once; the single steps below find them there.
    app.blobs.put_many([upload.data for upload in uploads] + [data for one in seen if one for data in _datas(one)])
    ready = [_ready(app, upload, one) for upload, one in zip(uploads, seen, strict=True)]
    try:
        with app.unit_of_work() as work:
            hashes = [piece.sha256 for one in ready for piece in one.pieces]
            work.foresee(hashes, len(hashes))
            found = [_registered(app, work, one, actor, True) for one in ready]
            work.commit()
    except (DuplicateDocument, StorageFailed, RoutingFailed) as problem:
        log.info("A batch is registered one by one: %s", problem)
        for one in ready:
            yield _alone(app, one, actor)
    else:
        yield from found


def _datas(looked: Looked) -> Iterator[bytes]:
    for part in looked.parts:
        yield part.data
        if part.companion:
            yield part.companion


def _ready(app: App, upload: Upload, looked: Looked | None) -> _Ready:
    whole = app.blobs.put(upload.data)
    seen = _rendered(app, upload, _scanned(app, upload, looked or _look(app, upload)))
    headers = trusted(seen.headers, upload.authserv_id) if seen.headers and upload.channel is Channel.EMAIL else None
    return _Ready(upload, seen, headers, _pieces(app, upload, whole, seen.parts))


def _alone(app: App, one: _Ready, actor: Actor) -> tuple[Document, ...]:
    route = True
    for attempt in range(TRIES):
        try:
            with app.unit_of_work() as work:
                found = _registered(app, work, one, actor, route)
                work.commit()
                return found
        except RoutingFailed as problem:
            log.error("A refused file is registered without routing: %s", problem)
            route = False
        except (DuplicateDocument, StorageFailed):
            # An equal upload won the race, and is found now; or the database was busy.
            if attempt == TRIES - 1:
                raise
            time.sleep(0.02 * 2**attempt)
    raise AssertionError("unreachable")


def _registered(app: App, work: UnitOfWork, one: _Ready, actor: Actor, route: bool) -> tuple[Document, ...]:
    found = _register(app, work, one.upload, _judged(work, one.pieces, one.headers), actor, route)
    _answer(work, one.headers, found)
    _acknowledge(work, one.seen, found)
    return found


def _answer(work: UnitOfWork, headers: MailHeaders | None, documents: Sequence[Document]) -> None:
    """The acknowledgement or refusal of a mail, owed from the same transaction on (I.7)."""
    owed = answer(headers, documents, work.masters.suppliers()) if headers else None
    if owed is not None:
        work.enqueue(TOPIC, *owed)


def _acknowledge(work: UnitOfWork, looked: Looked, documents: Sequence[Document]) -> None:
    """The 997 that the sender of an X12 file is owed, once for the same bytes (I.7)."""
    if looked.acknowledgement is not None and documents[0].status == "received":
        payload = {"document_id": documents[0].id, "x12": looked.acknowledgement}
        work.enqueue("x12_ack", f"997:{documents[0].sha256}", payload)


def _look(app: App, upload: Upload) -> Looked:
    if app.look is None:
        raise MissingDependency("Nothing is here that could look into files safely.", "Nothing was taken in.")
    return app.look(upload.data, upload.name)


def _scanned(app: App, upload: Upload, looked: Looked) -> Looked:
    """What the virus scanner has against the upload or a part of it. Raises ScannerUnavailable: then nothing is taken."""
    if app.scan is None:
        return looked
    found = app.scan(upload.data)
    if found is not None:
        return Looked((UnpackedPart(upload.name, upload.data, UNKNOWN, refused=found),), looked.headers)
    parts = tuple(
        part if part.refused or part.data == upload.data else replace(part, refused=app.scan(part.data))
        for part in looked.parts
    )
    return replace(looked, parts=parts)


def _rendered(app: App, upload: Upload, looked: Looked) -> Looked:
    """Pages for what has none yet: a PDF whose password is on file, a Word document. What was sent stays the container."""
    if app.render is None or not any(part.refused for part in looked.parts):
        return looked
    return replace(looked, parts=tuple(app.render(part, upload) if part.refused else part for part in looked.parts))


def _judged(work: UnitOfWork, pieces: list[Piece], headers: MailHeaders | None) -> list[Piece]:
    """The pieces with what speaks against the mail's sender; all quarantined when it is not who it says (C.1)."""
    if headers is None:
        return pieces
    suppliers = work.masters.suppliers()
    found = doubts(headers, suppliers)
    pieces = [replace(piece, authentication=headers.authentication, doubts=found) for piece in pieces]
    doubt = spoofing(headers, suppliers)
    if doubt is None:
        return pieces
    return [
        piece if piece.problem or piece.status == "container" else replace(piece, status="quarantined", problem=doubt)
        for piece in pieces
    ]


def _pieces(app: App, upload: Upload, whole: str, parts: Sequence[UnpackedPart]) -> list[Piece]:
    usable = [part for part in parts if not part.inline]
    if len(usable) == 1 and usable[0].data == upload.data:
        return [_piece(app, usable[0], None)]
    media_type = _container_type(upload.data)
    if not usable:
        what = CONTAINERS.get(media_type, "file")
        problem = Refused(ReadStatus.REJECTED, f"This {what} has no attachment that could be an invoice.", "EMPTY")
        return [Piece(whole, len(upload.data), None, media_type, "rejected", problem=problem)]
    return [Piece(whole, len(upload.data), None, media_type, "container"), *(_piece(app, p, p.name) for p in usable)]


def _piece(app: App, part: UnpackedPart, name: str | None) -> Piece:
    companion = app.blobs.put(part.companion) if part.companion else None
    sha256 = app.blobs.put(part.data)
    if part.refused is None:
        return Piece(sha256, len(part.data), name, part.media_type, companion=companion)
    status = "quarantined" if part.refused.status in LOCKED_UP else "rejected"
    return Piece(sha256, len(part.data), name, UNKNOWN, status, companion, part.refused)


def _container_type(data: bytes) -> str:
    if b"%PDF-" in data[:1024]:
        return "application/pdf"
    if data.startswith(b"PK"):
        return next((kind for member, kind in OFFICE.items() if member in data), "application/zip")
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        return "application/vnd.ms-outlook"
    if is_envelope(data):
        return "application/pkcs7-mime"
    return "application/vnd.ms-tnef" if data.startswith(b"\x78\x9f\x3e\x22") else "message/rfc822"


def _register(
    app: App, work: UnitOfWork, upload: Upload, pieces: Sequence[Piece], actor: Actor, route: bool
) -> tuple[Document, ...]:
    documents: list[Document] = []
    for piece in pieces:
        parent = documents[0].id if documents else None
        document = _document(app, work, upload, piece, parent)
        work.add_document(document)
        work.record(_event(document, actor))
        documents.append(document)
        if document.status == "discarded" and piece.status == "container":
            # The same mail again: its parts were registered with the first one.
            break
        if piece.problem is not None and document.status != "discarded":
            _put_before_a_clerk(app, work, document, piece.problem, route)
    return tuple(documents)


def _document(app: App, work: UnitOfWork, upload: Upload, piece: Piece, parent: str | None) -> Document:
    first = work.find_document(piece.sha256)
    document = Document(
        id=str(uuid4()),
        sha256=piece.sha256,
        source_name=upload.name,
        part=piece.part,
        media_type=piece.media_type,
        size=piece.size,
        channel=upload.channel,
        received_on=upload.received_on,
        received_at=app.clock.now(),
        sender=upload.sender,
        subject=upload.subject,
        message_id=upload.message_id,
        batch=upload.batch,
        facility_id=upload.facility_id,
        parent_id=parent,
        companion_sha256=piece.companion,
        status=piece.status,
        reason=piece.problem.reason if piece.problem else None,
        authentication=piece.authentication,
        doubts=piece.doubts,
        sequence=work.next_sequence(),
    )
    if first is None:
        return document
    before = first.part or first.source_name
    reason = f"The same bytes were taken in on {first.received_on:%Y-%m-%d} as {before}."
    return replace(document, status="discarded", duplicate_of=first.id, reason=reason)


def _put_before_a_clerk(app: App, work: UnitOfWork, document: Document, problem: Refused, route: bool) -> None:
    """One record in review with the reason, routed to its queue at once.

    A mistake in routing must not keep a document out: then it is registered without, and the next run routes it.
    """
    record = _record(document, problem)
    work.add_invoice(record)
    if not route:
        return
    try:
        app.rematch(work, record, "intake")
    except StorageFailed:
        raise
    except Exception as failure:
        raise RoutingFailed(repr(failure)) from failure


def _record(document: Document, problem: Refused) -> InvoiceRecord:
    code, owner = ("DOC_QUARANTINE", "AP_SUPERVISOR") if problem.status in LOCKED_UP else ("DOC_UNREADABLE", "AP_CLERK")
    finding = Finding(code, "hold", message=problem.reason, owner=owner, evidence=(problem.code,))
    return InvoiceRecord(
        id=str(uuid4()),
        document_id=document.id,
        sequence=document.sequence * 1000,
        channel=document.channel,
        source_name=document.source_name,
        part=document.part,
        page_range=None,
        received_on=document.received_on,
        received_at=document.received_at,
        state="IN_REVIEW",
        kind=str(Kind.OTHER),
        reading=Reading(problem.status, Kind.OTHER, None, 0, problem.reason, findings=((code, problem.reason),)),
        match=MatchResult("HOLD", (finding,), primary_code=code, primary_owner=owner),
        reason=problem.reason,
    )


def _event(document: Document, actor: Actor) -> EventDraft:
    action = {
        "discarded": Action.DOCUMENT_DISCARDED,
        "quarantined": Action.DOCUMENT_QUARANTINED,
    }.get(document.status, Action.DOCUMENT_RECEIVED)
    after = {
        "name": document.source_name[-200:],
        "part": document.part,
        "channel": str(document.channel),
        "received_on": document.received_on.isoformat(),
        "size": document.size,
        "status": document.status,
        "sender": document.sender[:200],
        "message_id": document.message_id[:200],
        "authentication": document.authentication,
        "doubts": list(document.doubts),
        "duplicate_of": document.duplicate_of,
        "parent_id": document.parent_id,
        "companion": document.companion_sha256,
    }
    comment = document.reason or ""
    return EventDraft(actor, action, "document", document.id, after=after, comment=comment, source_ref=document.sha256)
