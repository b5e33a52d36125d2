"""Divide a document into its invoices by hand, or bring the former parts back."""

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from pipeline.domain.errors import InvalidInput, NotAllowed
from pipeline.domain.records import InvoiceRecord
from pipeline.process.split import Parts, Span, parts_of, span, split
from pipeline.review.decide import record_refusal
from pipeline.web.api_models import SplitBody
from pipeline.web.document import may_see_pages
from pipeline.web.render import page, translate
from pipeline.web.security import Forbidden, Person, desk_of, requires

router = APIRouter()
PageNo = Annotated[int, Form(ge=1, le=10_000)]


@router.get("/documents/{document_id}/split")
def show(request: Request, document_id: str, person: Person = requires("document.split")) -> Response:
    now = _parts(request, document_id, person)
    starts = {first for first, _ in now.spans}
    sheets = [{"n": n, "invoice": now.pages[n][1], "begins": n in starts} for n in sorted(now.pages)]
    return page(
        request, "split.html", nav="invoices", document=now.document, sheets=sheets,
        parts=[(r, span(r)) for r in now.records], before=now.before if now.before != now.spans else None,
    )  # fmt: skip


@router.post("/documents/{document_id}/split")
def divide(
    request: Request,
    document_id: str,
    reason: Annotated[str, Form(min_length=3, max_length=2000)],
    begins: Annotated[list[PageNo], Form(max_length=1000)] = [],  # noqa: B006 - read only, made anew by the framework
    leave: Annotated[list[PageNo], Form(max_length=1000)] = [],  # noqa: B006
    person: Person = requires("document.split"),
) -> Response:
    now = _parts(request, document_id, person)
    _split(request, person, document_id, spans_of(sorted(now.pages), begins, leave), reason, leave)
    return RedirectResponse(f"/documents/{document_id}/split", 303)


@router.post("/documents/{document_id}/split/back")
def back(request: Request, document_id: str, person: Person = requires("document.split")) -> Response:
    """The parts as they were before the last split; what was corrected in them comes back too."""
    now = _parts(request, document_id, person)
    if now.before is None:
        raise InvalidInput("Nobody divided this document by hand.")
    _split(request, person, document_id, now.before, translate("split.reason_back"), ())
    return RedirectResponse(f"/documents/{document_id}/split", 303)


@router.get("/api/v1/documents/{document_id}/parts")
def parts_json(request: Request, document_id: str, person: Person = requires("document.split")) -> dict[str, Any]:
    now = _parts(request, document_id, person)
    return {"parts": [_row(r) for r in now.records], "before": now.before, "pages": sorted(now.pages)}


@router.post("/api/v1/documents/{document_id}/split")
def divide_by_api(
    request: Request, document_id: str, body: SplitBody, person: Person = requires("document.split")
) -> Response:
    made = _split(request, person, document_id, body.parts, body.reason, body.separators)
    return JSONResponse({"parts": [_row(record) for record in made]})


def _parts(request: Request, document_id: str, person: Person) -> Parts:
    now = parts_of(desk_of(request), document_id)
    if not all(may_see_pages(record, person) for record in now.records):
        raise Forbidden("This document holds patient data.", "H.6")
    return now


def _split(
    request: Request, person: Person, document_id: str, spans: Iterable[Span], reason: str, leave: Iterable[int]
) -> tuple[InvoiceRecord, ...]:
    app = desk_of(request)
    try:
        return split(app, document_id, list(spans), person.actor, reason, list(leave))
    except NotAllowed as refusal:
        record_refusal(app, document_id, "split", person.actor, refusal, "document")
        raise


def spans_of(pages: list[int], begins: Iterable[int], leave: Iterable[int]) -> list[Span]:
    """Page ranges from the pages on which an invoice begins; the first page that is used always begins one."""
    starts, free = set(begins), set(leave)
    groups: list[list[int]] = []
    for number in (n for n in pages if n not in free):
        if not groups or number in starts:
            groups.append([])
        groups[-1].append(number)
    return [(group[0], group[-1]) for group in groups]


def _row(record: InvoiceRecord) -> dict[str, Any]:
    number = record.invoice.invoice_number if record.invoice else None
    return {"id": record.id, "pages": list(span(record)), "state": record.state, "invoice_number": number}
