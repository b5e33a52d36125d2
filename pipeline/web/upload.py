"""The portal: hand in documents by hand."""

from typing import Annotated, Any

from fastapi import APIRouter, File, Request, UploadFile
from fastapi.responses import Response

from pipeline.domain.document import Channel, Document, Upload
from pipeline.domain.errors import ApdeskError
from pipeline.web.render import page
from pipeline.web.security import Person, desk_of, requires

router = APIRouter()
MOST_FILES = 50


@router.get("/upload", dependencies=[requires("document.upload")])
def show_upload(request: Request) -> Response:
    return page(request, "upload.html", nav="upload", results=None, limit=desk_of(request).limits.file_bytes)


@router.post("/upload")
def take_upload(
    request: Request,
    files: Annotated[list[UploadFile], File()],
    person: Person = requires("document.upload"),
) -> Response:
    results = [row for file in files[:MOST_FILES] for row in _take(request, person, file)]
    return page(request, "upload.html", nav="upload", results=results, limit=desk_of(request).limits.file_bytes)


def _take(request: Request, person: Person, file: UploadFile) -> list[dict[str, Any]]:
    """One row per document; a refusal is a row with its reason, and the others go on."""
    name = (file.filename or "document")[:200]
    try:
        documents = receive_bytes(request, person, name, file.file.read())
    except ApdeskError as problem:
        return [{"name": name, "status": "rejected", "reason": str(problem), "id": None, "duplicate_of": None}]
    return [document_row(document) for document in documents]


def receive_bytes(request: Request, person: Person, name: str, data: bytes) -> list[Document]:
    """Through the one entrance of all channels."""
    app = desk_of(request)
    upload = Upload(name, data, Channel.PORTAL, app.clock.today(), sender=person.user.email or person.user.id)
    return list(request.app.state.receive(app, upload, person.actor))


def document_row(document: Document) -> dict[str, Any]:
    return {
        "id": document.id, "name": document.part or document.source_name, "status": document.status,
        "reason": document.reason, "duplicate_of": document.duplicate_of, "sha256": document.sha256,
        "media_type": document.media_type, "size": document.size, "received_on": document.received_on.isoformat(),
    }  # fmt: skip
