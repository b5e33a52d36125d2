"""The queue: what waits for me, filtered and sorted, and get-next (spec F.3)."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from pipeline.review import claims
from pipeline.web.problems import wants_json
from pipeline.web.render import page
from pipeline.web.rows import queue_row
from pipeline.web.security import Person, desk_of, requires

router = APIRouter()
SORTS = ("priority", "due", "discount", "amount", "age")
STATES = ("OPEN", "CLAIMED", "PENDING_EXTERNAL")
PAGE = 100


@router.get("/queue")
def show_queue(
    request: Request,
    person: Person = requires("queue.view"),
    queue: Annotated[str, Query(max_length=80)] = "",
    q: Annotated[str, Query(max_length=100)] = "",
    sort: str = "priority",
    state: str = "",
    page_no: Annotated[int, Query(alias="page", ge=1, le=10_000)] = 1,
) -> Response:
    app = desk_of(request)
    sort, state = (sort if sort in SORTS else "priority"), (state if state in STATES else "")
    rows, total = app.queries.queue(
        roles=person.user.roles, queue=queue or None, search=q, sort=sort, state=state or None,
        offset=(page_no - 1) * PAGE, limit=PAGE,
    )  # fmt: skip
    now = app.clock.now()
    with app.unit_of_work() as work:
        views = work.desk.views(person.user.id)
    people = app.accounts.users() if person.may("item.reassign") else ()
    return page(
        request, "queue.html", views=views, people=[user for user in people if user.active],
        nav="queue", rows=[queue_row(row, now) for row in rows], total=total,
        counts=sorted(app.queries.queue_counts(person.user.roles).items()), chosen=queue, q=q, sort=sort, state=state,
        sorts=SORTS, states=STATES, page_no=page_no, pages=max(1, -(-total // PAGE)), done="done" in request.query_params,
    )  # fmt: skip


@router.post("/queue/next")
def get_next(
    request: Request,
    person: Person = requires("item.work"),
    queue: Annotated[str, Form(max_length=80)] = "",
) -> Response:
    """Claim the most urgent open item and go there."""
    item = claims.claim_next(desk_of(request), person.actor, queue or None)
    target = f"/items/{item.id}" if item else "/queue?done=1"
    if wants_json(request):
        return JSONResponse({"item_id": item.id if item else None, "url": target})
    return RedirectResponse(target, 303)


@router.post("/items/{item_id}/claim")
def claim_item(request: Request, item_id: str, person: Person = requires("item.work")) -> Response:
    item = claims.claim(desk_of(request), item_id, person.actor)
    return JSONResponse(
        {"item_id": item.id, "until": item.lock_expires_at.isoformat() if item.lock_expires_at else None}
    )


@router.post("/items/{item_id}/takeover")
def take_over(request: Request, item_id: str, person: Person = requires("item.reassign")) -> Response:
    """Break somebody's claim: supervisors only, and logged."""
    claims.claim(desk_of(request), item_id, person.actor, take_over=True)
    return RedirectResponse(f"/items/{item_id}", 303)


@router.post("/items/{item_id}/release")
def release_item(request: Request, item_id: str, person: Person = requires("item.work")) -> Response:
    claims.release(desk_of(request), item_id, person.actor)
    return JSONResponse({"released": True}) if wants_json(request) else RedirectResponse("/queue", 303)


@router.post("/items/{item_id}/heartbeat")
def heartbeat(request: Request, item_id: str, person: Person = requires("item.work")) -> Response:
    return JSONResponse({"mine": claims.heartbeat(desk_of(request), item_id, person.actor)})
