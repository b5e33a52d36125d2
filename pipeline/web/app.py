"""create_app: the desk as one ASGI application."""

import hashlib
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path

from fastapi import APIRouter, FastAPI
from starlette.staticfiles import StaticFiles

from pipeline.app import App
from pipeline.domain.document import Document, Upload
from pipeline.domain.events import Actor
from pipeline.process.erp_health import Watch
from pipeline.web import (
    access,
    api,
    api_erp,
    api_policy,
    api_work,
    approvals,
    audit,
    bulk,
    delegations,
    document,
    evidence,
    guard,
    invoices,
    item,
    keys,
    login,
    oidc,
    overview,
    policy,
    problems,
    quarantine,
    queue,
    reconciliation,
    split,
    story,
    supplier,
    team,
    upload,
)
from pipeline.web.security import LoginLimiter

STATIC = Path(__file__).parent / "static"
Receive = Callable[[App, Upload, Actor], Sequence[Document]]
SCREENS: tuple[APIRouter, ...] = (
    login.router, queue.router, item.router, document.router, upload.router, invoices.router, story.router,
    approvals.router, overview.router, audit.router, policy.router, evidence.router,
    delegations.router, bulk.router, team.router, oidc.router, api.router,
    reconciliation.router, supplier.router, access.router, keys.router, quarantine.router, split.router,
    api_work.router, api_policy.router, api_erp.router,
)  # fmt: skip


def create_app(app: App, receive: Receive | None = None, provider: oidc.Provider | None = None) -> FastAPI:
    """The desk over `app`. `receive` is the one entrance of documents (default: the intake room's); `provider` logs people in
    beside the local accounts."""
    web = FastAPI(title="apdesk", version="1", docs_url=None, redoc_url=None, openapi_url=None)
    web.state.desk = app
    web.state.screens = SCREENS
    web.state.receive = receive or _intake
    web.state.csrf_key = hashlib.sha256(b"csrf" + (app.secret or secrets.token_bytes(32))).digest()
    web.state.oidc = provider
    web.state.erp = Watch()
    web.state.limiter = LoginLimiter()
    web.state.static_version = static_version()
    problems.install(web)
    for router in SCREENS:
        web.include_router(router)
    # The version is part of the path, so that modules importing one another keep it too.
    web.mount(f"/static/{web.state.static_version}", StaticFiles(directory=STATIC), name="static")
    web.add_middleware(guard.Guard, limit=app.limits.file_bytes + 1_000_000)
    return web


def _intake(app: App, upload: Upload, actor: Actor) -> Sequence[Document]:
    # Loaded with the first upload: the readers' libraries are not needed to show a page.
    from pipeline.intake.receive import receive

    return receive(app, upload, actor)


def static_version() -> str:
    """A short hash of the static files: browsers may keep them for ever and still see a new version at once."""
    digest = hashlib.sha256()
    for file in sorted(STATIC.rglob("*")):
        if file.is_file():
            digest.update(file.read_bytes())
    return digest.hexdigest()[:10]
