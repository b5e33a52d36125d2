"""One invoice's story: every event about it and its document, in order, with the chain's hashes."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from pipeline.web.document import load
from pipeline.web.events_view import event_rows
from pipeline.web.render import page
from pipeline.web.security import desk_of, requires

router = APIRouter()


@router.get("/invoices/{invoice_id}/story", dependencies=[requires("invoice.view")])
def story(request: Request, invoice_id: str) -> Response:
    record, document = load(request, invoice_id)
    queries = desk_of(request).queries
    events = sorted([*queries.events(document.id), *queries.events(record.id)], key=lambda e: e.seq)
    return page(request, "story.html", nav="invoices", record=record, document=document, events=event_rows(events))
