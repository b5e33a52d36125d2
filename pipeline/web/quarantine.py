"""Quarantine: what lies there and why; out only by two persons; a copy only as a file that opens with nothing (C.1)."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from pipeline.domain.errors import NotAllowed
from pipeline.domain.events import Action, EventDraft
from pipeline.intake import quarantine
from pipeline.review.decide import record_refusal
from pipeline.web.api_models import ReasonBody
from pipeline.web.document import attachment
from pipeline.web.problems import NotFound
from pipeline.web.render import page
from pipeline.web.security import Forbidden, Person, desk_of, requires

router = APIRouter()
Reason = Annotated[str, Form(min_length=3, max_length=2000)]


@router.get("/quarantine", dependencies=[requires("quarantine.view")])
def show(request: Request) -> Response:
    app = desk_of(request)
    rows = [_row(each) for each in quarantine.locked_up(app)]
    names = {user.id: user.name for user in app.accounts.users()}
    return page(request, "quarantine.html", nav="quarantine", rows=rows, names=names)


@router.get("/api/v1/quarantine", dependencies=[requires("quarantine.view")])
def as_json(request: Request) -> dict[str, Any]:
    return {"documents": [_row(each) for each in quarantine.locked_up(desk_of(request))]}


def _row(each: quarantine.Locked) -> dict[str, Any]:
    document = each.document
    name = (document.part or document.source_name).replace("\\", "/").rsplit("/", 1)[-1]
    return {
        "id": document.id, "name": name, "reason": document.reason or "", "sender": document.sender,
        "channel": str(document.channel), "received_at": document.received_at.isoformat(), "size": document.size,
        "sha256": document.sha256, "asked": each.asked, "never": each.never,
    }  # fmt: skip


@router.post("/quarantine/{document_id}/release")
def release(
    request: Request, document_id: str, reason: Reason, person: Person = requires("quarantine.decide")
) -> Response:
    """The first person asks, a second one confirms; the same one twice is refused."""
    _release(request, document_id, person, reason)
    return RedirectResponse("/quarantine", 303)


@router.post("/quarantine/{document_id}/reject")
def reject(
    request: Request, document_id: str, reason: Reason, person: Person = requires("quarantine.decide")
) -> Response:
    quarantine.reject(desk_of(request), document_id, person.actor, reason)
    return RedirectResponse("/quarantine", 303)


@router.post("/api/v1/quarantine/{document_id}/release")
def release_by_api(
    request: Request, document_id: str, body: ReasonBody, person: Person = requires("quarantine.decide")
) -> Response:
    done = _release(request, document_id, person, body.reason)
    return JSONResponse({"id": document_id, "released": done.released, "first": done.first})


@router.post("/api/v1/quarantine/{document_id}/reject")
def reject_by_api(
    request: Request, document_id: str, body: ReasonBody, person: Person = requires("quarantine.decide")
) -> Response:
    saved = quarantine.reject(desk_of(request), document_id, person.actor, body.reason)
    return JSONResponse({"id": document_id, "status": saved.status, "reason": saved.reason})


def _release(request: Request, document_id: str, person: Person, reason: str) -> quarantine.Release:
    app = desk_of(request)
    try:
        return quarantine.release(app, document_id, person.actor, reason)
    except NotAllowed as refusal:
        record_refusal(app, document_id, "quarantine_release", person.actor, refusal, "document")
        raise


@router.post("/quarantine/{document_id}/copy")
def copy(
    request: Request, document_id: str, reason: Reason, person: Person = requires("quarantine.decide")
) -> Response:
    """The file for a look with the right tools: a download with a name that opens with nothing, logged with its reason."""
    app = desk_of(request)
    with app.unit_of_work() as work:
        document = work.get_document(document_id)
        if document.status != "quarantined":
            raise NotFound("The document is not in quarantine.")
        if quarantine.malware(work.invoices_of(document_id)):
            raise Forbidden("What holds or may hold malware is never handed out.", "C.1")
        work.record(
            EventDraft(person.actor, Action.DOCUMENT_VIEWED, "document", document.id, comment=reason,
                       after={"status": document.status}, source_ref=document.sha256)
        )  # fmt: skip
        work.commit()
    name = f"{document.part or document.source_name}.quarantined"
    return Response(app.blobs.get(document.sha256), media_type="application/octet-stream", headers=attachment(name))
