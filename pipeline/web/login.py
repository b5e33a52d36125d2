"""Log-in with local accounts, and log-out (ASVS V7; rate limited, same words for every failure)."""

import hmac
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from pipeline.domain.events import Action, Actor, EventDraft
from pipeline.domain.records import User
from pipeline.web.render import page
from pipeline.web.security import (
    COOKIE,
    FORM_COOKIE,
    Forbidden,
    Person,
    check_origin,
    client_ip,
    desk_of,
    identify,
    new_form_token,
    public,
    requires,
)

router = APIRouter()


@router.get("/", dependencies=[public()])
def root(request: Request) -> Response:
    """Everyone starts where her work is."""
    person = identify(desk_of(request), request)
    return RedirectResponse(home_of(person) if person else "/login", 303)


def home_of(person: Person) -> str:
    if person.may("queue.view"):
        return "/queue"
    return "/audit" if person.may("audit.view") else "/policy"


@router.get("/login", dependencies=[public()])
def show_login(request: Request, next: str = "") -> Response:
    person = identify(desk_of(request), request)
    if person is not None:
        return RedirectResponse(safe_target(next) or home_of(person), 303)
    return _form(request, safe_target(next))


def _form(request: Request, target: str, status: int = 200, problem: str = "", user: str = "") -> Response:
    token = request.cookies.get(FORM_COOKIE) or new_form_token()
    response = page(
        request,
        "login.html",
        status,
        form_token=token,
        target=target,
        problem=problem,
        user=user,
        sso=request.app.state.oidc is not None,
    )
    response.set_cookie(FORM_COOKIE, token, httponly=True, samesite="strict", secure=_secure(request), path="/login")
    return response


def _secure(request: Request) -> bool:
    return request.url.scheme == "https"


def safe_target(target: str) -> str:
    """Only a path of our own: never another site."""
    fine = target.startswith("/") and not target.startswith(("//", "/\\")) and "\\" not in target and len(target) < 300
    return target if fine and target.isprintable() else ""


@router.post("/login", dependencies=[public()])
def log_in(
    request: Request,
    user: Annotated[str, Form(max_length=200)],
    password: Annotated[str, Form(max_length=500)],
    form_token: Annotated[str, Form(max_length=100)] = "",
    target: Annotated[str, Form(max_length=300)] = "",
) -> Response:
    check_origin(request)
    wanted = request.cookies.get(FORM_COOKIE, "")
    if not wanted or not hmac.compare_digest(wanted.encode(), form_token.encode()):
        return _form(request, safe_target(target), 403, "login.stale", user)
    found = check_password(request, user, password)
    if found is None:
        return _form(request, safe_target(target), 401, "login.wrong", user)
    app = desk_of(request)
    old = request.cookies.get(COOKIE)
    if old:
        app.accounts.close_session(old)
    token = app.accounts.open_session(found.id, app.clock.now(), client_ip(request))
    response = RedirectResponse(safe_target(target) or "/", 303)
    response.set_cookie(COOKIE, token, httponly=True, samesite="lax", secure=_secure(request), path="/")
    response.delete_cookie(FORM_COOKIE, path="/login")
    return response


def check_password(request: Request, user: str, password: str) -> User | None:
    """The account, or None. Slow guessing only; every try is an event."""
    app, ip = desk_of(request), client_ip(request)
    limiter = request.app.state.limiter
    limiter.check(user, ip, app.clock.now())
    found = app.accounts.authenticate(user, password)
    action = Action.LOGIN if found else Action.LOGIN_FAILED
    actor = Actor("user", found.id if found else user[:100], found.roles if found else (), ip=ip)
    with app.unit_of_work() as work:
        work.record(EventDraft(actor, action, "account", user[:100], after={"ip": ip}))
        work.commit()
    if found is None:
        limiter.failed(user, ip, app.clock.now())
        return None
    limiter.succeeded(user, ip)
    return found


@router.post("/logout")
def log_out(request: Request, person: Person = requires("self")) -> Response:
    app = desk_of(request)
    if person.via != "cookie":
        raise Forbidden("A token is ended by its owner's session.", "0.1")
    app.accounts.close_session(person.token)
    with app.unit_of_work() as work:
        work.record(EventDraft(person.actor, Action.LOGOUT, "account", person.user.id))
        work.commit()
    response = RedirectResponse("/login", 303)
    response.delete_cookie(COOKIE, path="/")
    response.headers["clear-site-data"] = '"cache"'
    return response
