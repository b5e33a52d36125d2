"""Pictures of pages, words for picking, and the original as an attachment that cannot run anything."""

import re
from dataclasses import asdict
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse, Response

from pipeline.domain.document import Box, Document
from pipeline.domain.errors import InvalidInput
from pipeline.domain.events import Action, EventDraft
from pipeline.domain.records import InvoiceRecord
from pipeline.web.api_models import BoxBody
from pipeline.web.masking import cover, open_words, overlaps, secret_boxes
from pipeline.web.problems import NotFound
from pipeline.web.security import Forbidden, Person, desk_of, requires

router = APIRouter()
WIDTHS = (160, 800, 1200, 1800, 2400)


def load(request: Request, invoice_id: str) -> tuple[InvoiceRecord, Document]:
    with desk_of(request).unit_of_work() as work:
        record = work.get_invoice(invoice_id)
        return record, work.get_document(record.document_id)


def may_see_pages(record: InvoiceRecord, person: Person) -> bool:
    """Patient data is for the clinical department and compliance only (H.6)."""
    return not record.phi or person.may("phi.view")


def _check(record: InvoiceRecord, person: Person) -> None:
    if not may_see_pages(record, person):
        raise Forbidden(
            "This document holds patient data; only the clinical department and compliance may see it.", "H.6"
        )


@router.get("/invoices/{invoice_id}/pages/{number}.webp")
def page_picture(
    request: Request,
    invoice_id: str,
    number: Annotated[int, Path(ge=1, le=10_000)],
    person: Person = requires("invoice.view"),
    w: Annotated[int, Query(ge=1, le=4000)] = 1200,
) -> Response:
    """A page rendered anew, never the original's own bytes. Patient pages are logged when seen."""
    record, document = load(request, invoice_id)
    _check(record, person)
    if document.status == "quarantined":
        raise NotFound("This file is in quarantine; its pages are not drawn.")
    last = record.page_range[1] if record.page_range else (record.reading.pages if record.reading else 1)
    if number > max(last, 1):
        raise NotFound("There is no such page.")
    width = next((size for size in WIDTHS if size >= w), WIDTHS[-1])
    if record.phi and width > WIDTHS[0]:
        _seen(request, person, record)
    read = next((p for p in desk_of(request).queries.pages(invoice_id) if p.number == number), None)
    turned, skew = (read.rotation, read.skew) if read and read.source == "ocr" else (0, 0.0)
    data = desk_of(request).images.page(document.sha256, number, width, turned, skew)
    secret = secret_boxes(record, number)
    if secret:
        data = cover(data, secret)
    return Response(data, media_type="image/webp", headers={"cache-control": "private, max-age=600"})


def _seen(request: Request, person: Person, record: InvoiceRecord) -> None:
    with desk_of(request).unit_of_work() as work:
        work.record(EventDraft(person.actor, Action.PHI_VIEWED, "invoice", record.id, record.version))
        work.commit()


@router.get("/invoices/{invoice_id}/pages/{number}/words")
def page_words(
    request: Request,
    invoice_id: str,
    number: Annotated[int, Path(ge=1, le=10_000)],
    person: Person = requires("invoice.view"),
) -> Response:
    """[text, x0, y0, x1, y1] of every word, for filling a field from the page."""
    record, _ = load(request, invoice_id)
    _check(record, person)
    found = next((p for p in desk_of(request).queries.pages(invoice_id) if p.number == number), None)
    shown = open_words(found.words, secret_boxes(record, number)) if found else []
    words = [[w.text, w.box.x0, w.box.y0, w.box.x1, w.box.y1] for w in shown]
    return JSONResponse({"words": words})


@router.post("/api/v1/invoices/{invoice_id}/pages/{number}/read")
def read_box(
    request: Request,
    invoice_id: str,
    number: Annotated[int, Path(ge=1, le=10_000)],
    body: BoxBody,
    person: Person = requires("invoice.correct"),
) -> Response:
    """What stands in a box: the words that were read there before; where there are none, what OCR reads in it now."""
    app = desk_of(request)
    record, document = load(request, invoice_id)
    _check(record, person)
    if document.status == "quarantined":
        raise NotFound("This file is in quarantine; its pages are not read.")
    box, secret = body.box(), secret_boxes(record, number)
    if any(overlaps(box, each) for each in secret):
        raise Forbidden("Bank details are not read here.", "SOD-06")
    page = next((p for p in app.queries.pages(invoice_id) if p.number == number), None)
    if page is None:
        raise NotFound("There is no such page.")
    inside = [word for word in page.words if overlaps(Box(*word.box.middle, *word.box.middle), box)]
    if inside and not body.again:
        text, sure = " ".join(word.text for word in inside), min(word.confidence for word in inside)
        return JSONResponse({"readings": [{"text": text, "confidence": round(sure, 4), "engine": page.source}]})
    if app.read_box is None:
        raise InvalidInput("No reader is here that could read a box.", "Type the value instead.")
    turned, skew = (page.rotation, page.skew) if page.source == "ocr" else (0, 0.0)
    found = app.read_box(document.sha256, number, box, turned, skew)
    return JSONResponse({"readings": [asdict(each) for each in found]})


@router.get("/invoices/{invoice_id}/original")
def original(request: Request, invoice_id: str, person: Person = requires("document.original")) -> Response:
    """The file as it came: only as a download, never shown inside the desk."""
    record, document = load(request, invoice_id)
    _check(record, person)
    if document.status == "quarantined":
        raise Forbidden("This file is quarantined and is not handed out.", "DOC_QUARANTINE")
    data = desk_of(request).blobs.get(document.sha256)
    with desk_of(request).unit_of_work() as work:
        work.record(EventDraft(person.actor, Action.DOCUMENT_VIEWED, "invoice", record.id, source_ref=document.sha256))
        work.commit()
    return Response(
        data, media_type="application/octet-stream", headers=attachment(document.part or document.source_name)
    )


def attachment(name: str) -> dict[str, str]:
    """Headers of a download whose name cannot leave its place and whose content cannot run (ASVS 5.4)."""
    base = re.split(r"[/\\]", name)[-1]
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", base).lstrip(".")[:120] or "document"
    return {
        "content-disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(base[:120], safe='')}",
        "content-security-policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
        "x-content-type-options": "nosniff",
    }
