"""The approver's inbox: invoices whose next step is mine."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from pipeline.app import App
from pipeline.review.delegate import in_force
from pipeline.web.render import page
from pipeline.web.rows import queue_row
from pipeline.web.security import Person, desk_of, requires

router = APIRouter()


@router.get("/approvals")
def inbox(request: Request, person: Person = requires("approval.decide")) -> Response:
    return page(request, "approvals.html", nav="approvals", rows=waiting(desk_of(request), person))


def waiting(app: App, person: Person) -> list[dict[str, Any]]:
    """Rows of the queue whose next step is this person's."""
    rows: list[dict[str, Any]] = []
    with app.unit_of_work() as work:
        others = [user.roles for _, user in in_force(app, work, person.user.id)]
    # One's own steps, then those of whom one stands in for; the item itself says whether its scope fits.
    roles = dict.fromkeys((*person.user.roles, *(role for held in others for role in held)))
    for role in roles:
        found, _ = app.queries.queue(roles=(role,), queue=f"APPROVALS:{role}", sort="due", limit=200)
        rows += [queue_row(row, app.clock.now()) for row in found]
    return rows
