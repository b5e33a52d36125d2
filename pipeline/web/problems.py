"""Errors as people and programs read them: a page with advice, or problem+json (RFC 9457)."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from pipeline.domain.erp import ErpError
from pipeline.domain.errors import ApdeskError, InvalidInput, InvalidPolicy, NotAllowed, StaleVersion, StorageFailed
from pipeline.web.guard import TooLarge
from pipeline.web.render import page
from pipeline.web.security import Forbidden, NotLoggedIn, TooMany, identify

PROBLEM_JSON = "application/problem+json"
TITLES = {
    400: "Not understood", 401: "Log in first", 403: "Not allowed", 404: "Not found", 405: "Not possible here",
    409: "Changed meanwhile", 413: "Too large", 422: "Please check", 429: "Too many tries", 500: "Something failed",
    503: "Try again shortly",
}  # fmt: skip


class Problem(BaseModel):
    """What every refusal of the API is (RFC 9457); `rule` names the rule of duties that forbids it, `errors` the wrong values."""

    type: str
    title: str
    status: int
    detail: str
    rule: str | None = None
    errors: list[dict[str, str]] = []
    current_version: int | None = None
    changes: list[Any] = []


_SHAPE = {"schema": {"$ref": "#/components/schemas/Problem"}}
# Every operation may end so; the document says it once for all of them.
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"description": TITLES[status], "content": {PROBLEM_JSON: _SHAPE}}
    for status in (400, 401, 403, 404, 409, 413, 422, 429, 503)
}


class NotFound(Exception):
    """There is no such thing, or it is none of this person's business."""


def install(web: FastAPI) -> None:
    handlers: dict[Any, Any] = {
        NotLoggedIn: _not_logged_in, Forbidden: _forbidden, TooMany: _too_many, NotFound: _not_found,
        NotAllowed: _not_allowed, StaleVersion: _stale, InvalidInput: _invalid, InvalidPolicy: _policy,
        ErpError: _erp, StorageFailed: _storage,
        ApdeskError: _other, RequestValidationError: _unprocessable, HTTPException: _http, Exception: _crash,
    }  # fmt: skip
    for kind, handler in handlers.items():
        web.add_exception_handler(kind, handler)


def wants_json(request: Request) -> bool:
    return request.url.path.startswith("/api/") or "application/json" in request.headers.get("accept", "")


def answer(request: Request, status: int, detail: str, headers: dict[str, str] | None = None, **more: Any) -> Response:
    """The error in the form that was asked for."""
    title = TITLES.get(status, "Error")
    if wants_json(request):
        body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
        return JSONResponse(body, status, headers, media_type=PROBLEM_JSON)
    if not hasattr(request.state, "person"):
        request.state.person = identify(request.app.state.desk, request)
    response = page(request, "problem.html", status, title=title, detail=detail, rule=more.get("rule"))
    response.headers.update(headers or {})
    return response


def _not_logged_in(request: Request, _: NotLoggedIn) -> Response:
    if wants_json(request):
        return answer(request, 401, "Log in first.", {"www-authenticate": "Bearer"})
    target = request.url.path if request.method == "GET" else "/queue"
    return RedirectResponse(f"/login?next={target}", 303)


def _forbidden(request: Request, error: Forbidden) -> Response:
    return answer(request, 403, error.message, rule=error.rule)


def _not_allowed(request: Request, error: NotAllowed) -> Response:
    return answer(request, 403, error.message, rule=error.rule)


def _too_many(request: Request, error: TooMany) -> Response:
    return answer(request, 429, f"Too many tries. Wait {error.wait} seconds.", {"retry-after": str(error.wait)})


def _not_found(request: Request, error: NotFound) -> Response:
    return answer(request, 404, str(error) or "There is nothing here.")


def _stale(request: Request, error: StaleVersion) -> Response:
    return answer(request, 409, error.message, current_version=error.current, changes=getattr(error, "changes", []))


def _invalid(request: Request, error: InvalidInput) -> Response:
    missing = error.message.startswith("There is no ") and request.method == "GET"
    return answer(request, 404 if missing else 422, str(error))


def _policy(request: Request, error: InvalidPolicy) -> Response:
    problems = [{"at": "policy", "problem": problem} for problem in error.problems]
    return answer(request, 422, "The policy has mistakes.", errors=problems[:50])


def _erp(request: Request, error: ErpError) -> Response:
    return answer(request, 503, str(error), {"retry-after": "60"})


def _storage(request: Request, error: StorageFailed) -> Response:
    return answer(request, 503, error.message, {"retry-after": "5"})


def _other(request: Request, error: ApdeskError) -> Response:
    return answer(request, 500, str(error))


def _unprocessable(request: Request, error: RequestValidationError) -> Response:
    places = [{"at": ".".join(str(p) for p in e["loc"]), "problem": e["msg"]} for e in error.errors()]
    return answer(request, 422, "Some values are missing or wrong.", errors=places[:50])


def _http(request: Request, error: HTTPException) -> Response:
    return answer(request, error.status_code, str(error.detail), dict(error.headers or {}))


def _crash(request: Request, error: Exception) -> Response:
    if isinstance(error, TooLarge):
        return answer(request, 413, "The file is larger than this desk takes.")
    return answer(
        request, 500, "The desk could not do this. Nothing was changed. Try again, or tell your administrator."
    )
