"""A supplier's own page behind a link: hand in documents, see what became of them. No account, no view of the desk."""

from typing import Annotated

from fastapi import APIRouter, File, Request, UploadFile
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from pipeline.domain.desk import ApiToken
from pipeline.domain.errors import ApdeskError
from pipeline.domain.events import Actor
from pipeline.domain.supplier import Supplier
from pipeline.review import supplier_links
from pipeline.web.problems import NotFound
from pipeline.web.render import page
from pipeline.web.security import SUPPLIER_COOKIE, check_csrf, client_ip, csrf_for, desk_of, public

router = APIRouter(prefix="/supplier")
MOST_FILES = 20
GONE = "This link has ended or was never one. Ask our accounts payable department for a new one."


@router.get("/open/{secret}", dependencies=[public()])
def open_link(request: Request, secret: str) -> Response:
    """The link in the mail: its secret goes into a cookie at once, so that it does not stay in the address."""
    _opened(request, secret)
    answer = RedirectResponse("/supplier", 303)
    secure = request.url.scheme == "https"
    answer.set_cookie(SUPPLIER_COOKIE, secret, httponly=True, samesite="lax", secure=secure, path="/supplier")
    return answer


@router.get("", dependencies=[public()])
def show(request: Request) -> Response:
    secret = request.cookies.get(SUPPLIER_COOKIE, "")
    _, supplier = _opened(request, secret)
    return _page(request, supplier, secret, ())


@router.post("", dependencies=[public()])
async def hand_in(request: Request, files: Annotated[list[UploadFile], File()]) -> Response:
    """Through the one entrance of all channels; a file that is refused does not keep the others out."""
    secret = request.cookies.get(SUPPLIER_COOKIE, "")
    link, supplier = await run_in_threadpool(_opened, request, secret)
    await check_csrf(request, csrf_for(request, secret))
    actor = Actor("integration", link.user_id, (), f"link:{link.id}", client_ip(request), name=supplier.name)
    problems = await run_in_threadpool(_take, request, supplier, actor, files[:MOST_FILES])
    return await run_in_threadpool(_page, request, supplier, secret, problems)


def _take(request: Request, supplier: Supplier, actor: Actor, files: list[UploadFile]) -> tuple[str, ...]:
    app, problems = desk_of(request), []
    for file in files:
        name = (file.filename or "document").replace("\\", "/").rpartition("/")[2]
        try:
            request.app.state.receive(app, supplier_links.upload_of(app, supplier, name, file.file.read()), actor)
        except ApdeskError as problem:
            problems.append(f"{name}: {problem}")
    return tuple(problems)


def _opened(request: Request, secret: str) -> tuple[ApiToken, Supplier]:
    """Raises NotFound, always with the same words; guessing is slowed down like guessing passwords."""
    app, limiter, ip = desk_of(request), request.app.state.limiter, client_ip(request)
    limiter.check("supplier link", ip, app.clock.now())
    found = supplier_links.opened(app, secret)
    if found is None:
        if secret:
            limiter.failed("supplier link", ip, app.clock.now())
        raise NotFound(GONE)
    return found


def _page(request: Request, supplier: Supplier, secret: str, problems: tuple[str, ...]) -> Response:
    app = desk_of(request)
    return page(
        request, "supplier.html", supplier=supplier.name, rows=supplier_links.rows(app, supplier), problems=problems,
        form_token=csrf_for(request, secret), limit=app.limits.file_bytes,
    )  # fmt: skip
