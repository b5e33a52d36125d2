"""The item screen: page, values, decision (spec F.2). One template for work items and for looking at any invoice."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import JSONResponse, Response

from pipeline.domain.events import Action, EventDraft
from pipeline.domain.records import InvoiceRecord, ReviewItem
from pipeline.review import claims
from pipeline.review.fields import SECRET, current_values
from pipeline.web.api_models import DraftBody
from pipeline.web.item_view import item_view
from pipeline.web.problems import NotFound
from pipeline.web.render import page
from pipeline.web.security import Person, desk_of, requires

router = APIRouter()


@router.get("/items/{item_id}")
def show_item(request: Request, item_id: str, person: Person = requires("queue.view")) -> Response:
    with desk_of(request).unit_of_work() as work:
        item = work.get_item(item_id)
    return _screen(request, person, item.invoice_id, item)


@router.get("/invoices/{invoice_id}")
def show_invoice(request: Request, invoice_id: str, person: Person = requires("invoice.view")) -> Response:
    return _screen(request, person, invoice_id, None)


def _screen(request: Request, person: Person, invoice_id: str, item: ReviewItem | None) -> Response:
    values: dict[str, Any] = item_view(desk_of(request), person, invoice_id, item)
    return page(request, "item.html", nav="queue" if item else "invoices", **values)


@router.post("/items/{item_id}/draft")
def save_draft(request: Request, item_id: str, body: DraftBody, person: Person = requires("item.work")) -> Response:
    claims.save_draft(desk_of(request), item_id, person.actor, dict(body.fields), body.confirmed)
    return JSONResponse({"saved": True})


@router.post("/invoices/{invoice_id}/reveal")
def reveal_bank(
    request: Request,
    invoice_id: str,
    reason: Annotated[str, Form(min_length=5, max_length=300)],
    person: Person = requires("bank.reveal"),
) -> Response:
    """Show masked bank details once, with a reason; the look itself is an event."""
    app = desk_of(request)
    with app.unit_of_work() as work:
        record = work.get_invoice(invoice_id)
        found = _secrets(record)
        if not found:
            raise NotFound("No bank details are on this invoice.")
        after = {"fields": sorted(found)}
        work.record(
            EventDraft(person.actor, Action.BANK_REVEALED, "invoice", record.id, record.version, after, comment=reason)
        )
        work.commit()
    return JSONResponse({"values": found})


def _secrets(record: InvoiceRecord) -> dict[str, str]:
    return {name: value for name, value in current_values(record).items() if name in SECRET and value}
