"""The approver's inbox: invoices whose next step is mine."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from pipeline.web.render import page
from pipeline.web.rows import queue_row
from pipeline.web.security import Person, desk_of, requires

router = APIRouter()


@router.get("/approvals")
def inbox(request: Request, person: Person = requires("approval.decide")) -> Response:
    app, rows = desk_of(request), []
    for role in person.user.roles:
        found, _ = app.queries.queue(roles=person.user.roles, queue=f"APPROVALS:{role}", sort="due", limit=200)
        rows += [queue_row(row, app.clock.now()) for row in found]
    return page(request, "approvals.html", nav="approvals", rows=rows)
