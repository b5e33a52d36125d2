"""Keys for programs: make one (its secret is shown this once), see when it was used, end it."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from pipeline.review import tokens
from pipeline.web.render import page
from pipeline.web.security import Person, desk_of, requires

router = APIRouter()
MOST_DAYS = 365


@router.get("/keys")
def show(request: Request, person: Person = requires("token.manage")) -> Response:
    return _page(request, person)


@router.post("/keys")
def create(
    request: Request,
    name: Annotated[str, Form(min_length=1, max_length=80)],
    scopes: Annotated[list[Annotated[str, Form(max_length=80)]], Form(max_length=50)],
    days: Annotated[int, Form(ge=1, le=MOST_DAYS)] = 90,
    person: Person = requires("token.manage"),
) -> Response:
    """The answer is the only place where the secret ever stands; it is not kept, and the page is never cached."""
    key, secret = tokens.create(desk_of(request), person.actor, name, tuple(scopes), days)
    return _page(request, person, made=key.name, secret=secret)


@router.post("/keys/{key_id}/revoke")
def revoke(request: Request, key_id: str, person: Person = requires("token.manage")) -> Response:
    tokens.revoke(desk_of(request), person.actor, key_id)
    return RedirectResponse("/keys", 303)


def _page(request: Request, person: Person, made: str = "", secret: str = "") -> Response:
    app = desk_of(request)
    return page(
        request, "keys.html", 201 if secret else 200, nav="tokens", rows=tokens.listed(app, person.actor),
        scopes=tokens.scopes_of(person.user.roles), secret=secret, made=made, most=MOST_DAYS,
        everyone=person.may("token.oversee"),
    )  # fmt: skip
