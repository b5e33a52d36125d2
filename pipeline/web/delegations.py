"""Who stands in for whom: create, see, end (spec E.6)."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from pipeline.domain.desk import StandIn
from pipeline.review import delegate
from pipeline.review.values import plain_number
from pipeline.web.api_models import StandInBody
from pipeline.web.render import page
from pipeline.web.security import Person, desk_of, requires

router = APIRouter()


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
    start: Annotated[date, Form()],
    end: Annotated[date, Form()],
    reason: Annotated[str, Form(min_length=3, max_length=500)],
    to: Annotated[str, Form(max_length=80)] = "",
    by: Annotated[str, Form(max_length=80)] = "",
    limit: Annotated[str, Form(max_length=30)] = "",
    departments: Annotated[str, Form(max_length=500)] = "",
    facilities: Annotated[str, Form(max_length=500)] = "",
    explicit: Annotated[bool, Form()] = False,
    person: Person = requires("delegation.manage"),
) -> Response:
    """Without `to`: away, and nobody stands in."""
    delegate.create(
        desk_of(request), person.actor, delegator=by or person.user.id, delegate=to, start=start, end=end, reason=reason,
        limit=Decimal(plain_number(limit)) if limit.strip() else None, permitted_explicitly=explicit,
        departments=names(departments), facilities=names(facilities),
    )  # fmt: skip
    return RedirectResponse("/delegations", 303)


def names(text: str) -> tuple[str, ...]:
    """Names separated by commas, none twice."""
    return tuple(dict.fromkeys(part.strip()[:80] for part in text.split(",") if part.strip()))


@router.get("/api/v1/delegations")
def as_json(request: Request, person: Person = requires("delegation.manage")) -> dict[str, Any]:
    """One's own; an AP manager sees all."""
    return {"delegations": [row(one) for one in delegate.listed(desk_of(request), person.actor)]}


@router.post("/api/v1/delegations", status_code=201)
def create_by_api(
    request: Request, body: StandInBody, person: Person = requires("delegation.manage")
) -> dict[str, Any]:  # fmt: skip
    one = delegate.create(
        desk_of(request), person.actor, delegator=body.delegator or person.user.id, delegate=body.delegate or "",
        start=body.start, end=body.end, reason=body.reason, permitted_explicitly=body.permitted_explicitly,
        limit=Decimal(plain_number(body.limit)) if body.limit else None, departments=tuple(body.departments),
        facilities=tuple(body.facilities),
    )  # fmt: skip
    return row(one)


@router.post("/api/v1/delegations/{delegation_id}/end")
def end_by_api(
    request: Request, delegation_id: str, person: Person = requires("delegation.manage")
) -> dict[str, Any]:  # fmt: skip
    return row(delegate.end(desk_of(request), person.actor, delegation_id))


def row(one: StandIn) -> dict[str, Any]:
    """A delegation as the API gives it; `delegate` is null for an absence that nobody covers."""
    return {
        "id": one.id, "delegator": one.delegator, "delegate": one.delegate or None, "start": one.start.isoformat(),
        "end": one.end.isoformat(), "limit": None if one.limit is None else format(one.limit, "f"),
        "departments": list(one.departments), "facilities": list(one.facilities), "reason": one.reason,
        "ended_at": one.ended_at.isoformat() if one.ended_at else None,
    }  # fmt: skip


@router.post("/delegations/{delegation_id}/end")
def end(request: Request, delegation_id: str, person: Person = requires("delegation.manage")) -> Response:
    delegate.end(desk_of(request), person.actor, delegation_id)
    return RedirectResponse("/delegations", 303)
