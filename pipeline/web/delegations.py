"""Who stands in for whom: create, see, end (spec E.6)."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from pipeline.review import delegate
from pipeline.review.values import plain_number
from pipeline.web.render import page
from pipeline.web.security import Person, desk_of, requires

router = APIRouter()
Name = Annotated[str, Form(min_length=1, max_length=80)]


@router.get("/delegations")
def show(request: Request, person: Person = requires("delegation.manage")) -> Response:
    app = desk_of(request)
    people = sorted((user for user in app.accounts.users() if user.active), key=lambda u: u.name)
    return page(
        request, "delegations.html", nav="delegations", rows=delegate.listed(app, person.actor), people=people,
        today=app.clock.today(), manager="AP_MANAGER" in person.user.roles,
    )  # fmt: skip


@router.post("/delegations")
def create(
    request: Request,
    to: Name,
    start: Annotated[date, Form()],
    end: Annotated[date, Form()],
    reason: Annotated[str, Form(min_length=3, max_length=500)],
    by: Annotated[str, Form(max_length=80)] = "",
    limit: Annotated[str, Form(max_length=30)] = "",
    explicit: Annotated[bool, Form()] = False,
    person: Person = requires("delegation.manage"),
) -> Response:
    delegate.create(
        desk_of(request), person.actor, delegator=by or person.user.id, delegate=to, start=start, end=end, reason=reason,
        limit=Decimal(plain_number(limit)) if limit.strip() else None, permitted_explicitly=explicit,
    )  # fmt: skip
    return RedirectResponse("/delegations", 303)


@router.post("/delegations/{delegation_id}/end")
def end(request: Request, delegation_id: str, person: Person = requires("delegation.manage")) -> Response:
    delegate.end(desk_of(request), person.actor, delegation_id)
    return RedirectResponse("/delegations", 303)
