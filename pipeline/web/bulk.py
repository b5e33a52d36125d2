"""Bulk actions from the queue: choose, see each effect, do (spec F.6); and saved views of the queue."""

from typing import Annotated
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from pipeline.app import App
from pipeline.domain.errors import InvalidInput
from pipeline.review.bulk import BulkAction, execute, preview
from pipeline.web.render import page
from pipeline.web.security import Person, desk_of, requires

router = APIRouter()
Value = Annotated[str, Form(max_length=500)]
Ids = Annotated[list[str], Form(max_length=200)]
VIEW_PARTS = ("queue", "q", "sort", "state")
MOST_VIEWS = 30


@router.post("/queue/bulk/preview")
def bulk_preview(
    request: Request,
    action: Annotated[BulkAction, Form()],
    item: Ids,
    value: Value = "",
    assignee: Annotated[str, Form(max_length=80)] = "",
    person: Person = requires("bulk.act"),
) -> Response:
    value = assignee if action is BulkAction.ASSIGN else value.strip()
    rows = preview(desk_of(request), person.actor, action, item, value)
    return page(request, "bulk.html", nav="queue", rows=rows, action=action, value=value, done=False)


@router.post("/queue/bulk")
def bulk_do(
    request: Request,
    action: Annotated[BulkAction, Form()],
    chosen: Ids,
    value: Value = "",
    person: Person = requires("bulk.act"),
) -> Response:
    """Each row on its own: what failed says why, and the rest is done."""
    rows = execute(desk_of(request), person.actor, action, [_pair(each) for each in chosen], value)
    return page(request, "bulk.html", nav="queue", rows=rows, action=action, value=value, done=True)


def _pair(text: str) -> tuple[str, int]:
    item_id, _, version = text.rpartition(":")
    if not item_id or not version.isascii() or not version.isdigit() or len(version) > 9:
        raise InvalidInput("The selection is damaged; choose again.")
    return item_id, int(version)


@router.post("/queue/views")
def save_view(
    request: Request,
    name: Annotated[str, Form(min_length=1, max_length=60)],
    query: Annotated[str, Form(max_length=500)] = "",
    person: Person = requires("queue.view"),
) -> Response:
    """Keep the queue's present filter under a name, for oneself."""
    kept = kept_query(query)
    keep_view(desk_of(request), person, name, kept)
    return RedirectResponse(f"/queue?{kept}", 303)


def kept_query(query: str) -> str:
    """The parts of a queue's address that a view keeps."""
    return urlencode([(k, v) for k, v in parse_qsl(query) if k in VIEW_PARTS])


def keep_view(app: App, person: Person, name: str, kept: str) -> None:
    """Save a view for oneself. Raises InvalidInput beyond MOST_VIEWS."""
    with app.unit_of_work() as work:
        if len(work.desk.views(person.user.id)) >= MOST_VIEWS:
            raise InvalidInput(f"At most {MOST_VIEWS} views.")
        work.desk.save_view(person.user.id, name.strip(), kept)
        work.commit()


@router.post("/queue/views/drop")
def drop_view(
    request: Request, name: Annotated[str, Form(min_length=1, max_length=60)], person: Person = requires("queue.view")
) -> Response:
    with desk_of(request).unit_of_work() as work:
        work.desk.drop_view(person.user.id, name)
        work.commit()
    return RedirectResponse("/queue", 303)
