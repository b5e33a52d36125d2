"""Who asks, and may they: sessions, permissions on every route, CSRF, rate limits (ASVS V7, V8; spec 0.1)."""

import hashlib
import hmac
import secrets
import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from pipeline.app import App
from pipeline.domain.events import Action, Actor, EventDraft
from pipeline.domain.records import User
from pipeline.review.permissions import permissions_of
from pipeline.review.tokens import PREFIX, person_of

COOKIE, FORM_COOKIE = "apdesk_session", "apdesk_form"
SUPPLIER_COOKIE = "apdesk_supplier"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class NotLoggedIn(Exception):
    """Nobody is logged in, or the session ended."""


class Forbidden(Exception):
    """A refusal at the door: `rule` names what forbids it."""

    def __init__(self, message: str, rule: str) -> None:
        super().__init__(message)
        self.message = message
        self.rule = rule


class TooMany(Exception):
    """Too many tries; `wait` is how many seconds to wait."""

    def __init__(self, wait: int) -> None:
        super().__init__("Too many tries.")
        self.wait = wait


@dataclass(frozen=True)
class Person:
    """The user of this request, and how she came: cookie (needs CSRF), bearer session or scoped key."""

    user: User
    actor: Actor
    csrf: str
    via: str
    token: str = field(repr=False, default="")
    permissions: frozenset[str] = frozenset()

    def may(self, permission: str) -> bool:
        return permission in self.permissions


def desk_of(request: Request) -> App:
    """The desk as this request found it: one request is answered under one policy."""
    return cast(App, getattr(request.state, "desk", None) or request.app.state.desk)


def enter(request: Request) -> "Person | None":
    """Who comes in. A policy that was activated meanwhile is taken up here, without a restart (E.1)."""
    request.state.desk = request.app.state.desk = desk_of(request).current()
    return identify(desk_of(request), request)


class Requires:
    """A route's declared permission. A route without one fails the tests."""

    def __init__(self, permission: str) -> None:
        self.permission = permission

    async def __call__(self, request: Request) -> Person:
        person = await run_in_threadpool(enter, request)
        app = desk_of(request)
        if person is None:
            raise NotLoggedIn
        request.state.person = person
        if request.method not in SAFE and person.via == "cookie":
            await check_csrf(request, person.csrf)
        if self.permission not in person.permissions:
            await run_in_threadpool(_denied, app, person, request, self.permission)
            raise Forbidden(f"Your roles do not carry {self.permission}.", "0.1")
        return person


class Public:
    """Declares that a route is open to everyone."""

    permission = "public"

    async def __call__(self) -> None:
        return None


def requires(permission: str) -> Any:
    return Depends(Requires(permission))


def public() -> Any:
    return Depends(Public())


def identify(app: App, request: Request) -> Person | None:
    """The person behind the bearer token or the session cookie; None when there is none."""
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    via = "bearer" if scheme.lower() == "bearer" and bearer else "cookie"
    token = bearer.strip() if via == "bearer" else request.cookies.get(COOKIE, "")
    if not token or len(token) > 200:
        return None
    if via == "bearer" and token.startswith(PREFIX):
        return _by_key(app, request, token)
    user = app.accounts.session_user(token, app.clock.now())
    if user is None:
        return None
    session = hashlib.sha256(token.encode()).hexdigest()[:12]
    actor = Actor("user", user.id, user.roles, session, client_ip(request), name=user.name)
    return Person(user, actor, csrf_for(request, token), via, token, permissions_of(user.roles))


def _by_key(app: App, request: Request, token: str) -> Person | None:
    """A program with a scoped key: the owner's roles, and of their permissions only the key's scopes."""
    found = person_of(app, token)
    if found is None:
        return None
    key, user = found
    actor = Actor("integration", user.id, user.roles, f"key:{key.id}", client_ip(request), name=user.name)
    scopes = permissions_of(user.roles) & {*key.scopes, "self"}
    return Person(user, actor, "", "key", token, scopes)


def client_ip(request: Request) -> str:
    return request.client.host if request.client else ""


def csrf_for(request: Request, token: str) -> str:
    """The synchroniser token of a session: unguessable without the server's key, never stored."""
    key = cast(bytes, request.app.state.csrf_key)
    return hmac.new(key, b"csrf:" + token.encode(), hashlib.sha256).hexdigest()


async def check_csrf(request: Request, wanted: str) -> None:
    """Token equal, and the request comes from our own pages."""
    check_origin(request)
    given = request.headers.get("x-csrf-token", "")
    kind = request.headers.get("content-type", "")
    if not given and kind.startswith(("application/x-www-form-urlencoded", "multipart/form-data")):
        given = str((await request.form()).get("csrf", ""))
    if not hmac.compare_digest(given.encode(), wanted.encode()):
        raise Forbidden("This form is out of date or was not sent from the desk. Reload and try again.", "CSRF")


def check_origin(request: Request) -> None:
    origin = request.headers.get("origin")
    if origin and urlsplit(origin).netloc != request.headers.get("host", ""):
        raise Forbidden("The request came from another site.", "CSRF")
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Forbidden("The request came from another site.", "CSRF")


def _denied(app: App, person: Person, request: Request, permission: str) -> None:
    after = {"permission": permission, "method": request.method, "path": request.url.path[:200]}
    with app.unit_of_work() as work:
        work.record(EventDraft(person.actor, Action.AUTHZ_DENIED, "route", request.url.path[:200], after=after))
        work.commit()


class LoginLimiter:
    """Slows down guessing: at most `tries` failures in `window` per account and address, and ten times that per address.

    Kept in memory on purpose: a restart forgets at most one window.
    """

    def __init__(self, tries: int = 5, window: timedelta = timedelta(minutes=5)) -> None:
        self._tries, self._window = tries, window
        self._failures: dict[str, deque[datetime]] = {}
        self._lock = threading.Lock()

    def check(self, user: str, ip: str, now: datetime) -> None:
        with self._lock:
            for key, most in ((f"{user}\x1f{ip}", self._tries), (ip, self._tries * 10)):
                recent = self._recent(key, now)
                if len(recent) >= most:
                    raise TooMany(max(1, int((recent[0] + self._window - now).total_seconds())))

    def failed(self, user: str, ip: str, now: datetime) -> None:
        with self._lock:
            if len(self._failures) > 10_000:
                self._failures = {k: v for k, v in self._failures.items() if v and v[-1] > now - self._window}
            for key in (f"{user}\x1f{ip}", ip):
                self._failures.setdefault(key, deque(maxlen=200)).append(now)

    def succeeded(self, user: str, ip: str) -> None:
        with self._lock:
            self._failures.pop(f"{user}\x1f{ip}", None)

    def _recent(self, key: str, now: datetime) -> deque[datetime]:
        recent = self._failures.get(key, deque())
        while recent and recent[0] <= now - self._window:
            recent.popleft()
        return recent


def new_form_token() -> str:
    return secrets.token_urlsafe(24)
