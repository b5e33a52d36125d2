"""/api/v1: what the desk does, for programs and for the desk's own script (OpenAPI, problem+json)."""

import hashlib
import json
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, File, Header, Path, Query, Request, UploadFile
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse, Response

from pipeline.domain.errors import InvalidInput, StaleVersion
from pipeline.review import claims, tokens
from pipeline.review.decide import decide
from pipeline.review.decision import NEEDS, Decision
from pipeline.web.api_models import Credentials, DecisionBody, KeyBody
from pipeline.web.api_view import invoice_body, item_body, key_body, trade_body
from pipeline.web.login import check_password
from pipeline.web.problems import PROBLEMS, NotFound, Problem, answer
from pipeline.web.security import Forbidden, Person, client_ip, desk_of, public, requires
from pipeline.web.upload import document_row, receive_bytes

router = APIRouter(prefix="/api/v1")
Limit = Annotated[int, Query(ge=1, le=500)]
Offset = Annotated[int, Query(ge=0, le=10_000_000)]


@router.get("/healthz", dependencies=[public()])
def healthz() -> dict[str, str]:
    """Alive. Says nothing about anything else."""
    return {"status": "ok"}


@router.get("/openapi.json", dependencies=[requires("self")])
def openapi(request: Request) -> Response:
    web = request.app
    mine = [route for screen in web.state.screens for route in screen.routes if route.path.startswith("/api/")]
    document = get_openapi(title="apdesk", version="1", routes=mine)
    for operation in (each for path in document["paths"].values() for each in path.values()):
        operation["responses"] |= {str(status): response for status, response in PROBLEMS.items()}
    document["components"]["schemas"]["Problem"] = Problem.model_json_schema()
    document["components"].setdefault("securitySchemes", {})["bearer"] = {"type": "http", "scheme": "bearer"}
    document["security"] = [{"bearer": []}]
    document["info"]["description"] = f"The review desk of {web.title}."
    return JSONResponse(document)


@router.post("/tokens", dependencies=[public()], status_code=201)
def new_token(request: Request, body: Credentials) -> Response:
    """A bearer token with exactly the account's own permissions; it ends like a session."""
    app = desk_of(request)
    user = check_password(request, body.user, body.password)
    if user is None:
        return answer(request, 401, "The user name or the password is wrong.")
    token = app.accounts.open_session(user.id, app.clock.now(), client_ip(request))
    return JSONResponse({"token": token, "token_type": "bearer", "roles": list(user.roles)}, 201)


@router.delete("/tokens", status_code=204)
def end_token(request: Request, person: Person = requires("self")) -> Response:
    desk_of(request).accounts.close_session(person.token)
    return Response(status_code=204)


REPLAYED: dict[int | str, dict[str, Any]] = {200: {"description": "The answer that this idempotency key got before."}}


@router.post("/documents", status_code=201, responses=REPLAYED)
def add_document(
    request: Request,
    file: Annotated[UploadFile, File()],
    person: Person = requires("document.upload"),
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
) -> Response:
    """Hand in one file; answers with every document found in it. The same bytes again are the same document."""
    data = file.file.read()
    fingerprint = hashlib.sha256(data).hexdigest()
    if idempotency_key and (known := replayed(request, person, idempotency_key, fingerprint)):
        return known
    documents = receive_bytes(request, person, (file.filename or "document")[:200], data)
    body = {"documents": [document_row(document) for document in documents]}
    if idempotency_key:
        keep_answer(request, person, idempotency_key, fingerprint, body)
    return JSONResponse(body, 201)


@router.get("/documents/{document_id}", dependencies=[requires("invoice.view")])
def show_document(request: Request, document_id: str) -> dict[str, Any]:
    with desk_of(request).unit_of_work() as work:
        document = work.get_document(document_id)
        records = work.invoices_of(document_id)
    return {**document_row(document), "invoices": [{"id": r.id, "state": r.state} for r in records]}


@router.get("/invoices", dependencies=[requires("invoice.view")])
def list_invoices(
    request: Request,
    q: Annotated[str, Query(max_length=100)] = "",
    state: Annotated[str | None, Query(max_length=40)] = None,
    channel: Annotated[str | None, Query(max_length=40)] = None,
    supplier_id: Annotated[str | None, Query(max_length=80)] = None,
    since: date | None = None,
    until: date | None = None,
    offset: Offset = 0,
    limit: Limit = 100,
) -> dict[str, Any]:
    rows = desk_of(request).queries.invoices(
        since=since, until=until, supplier_id=supplier_id, state=state, channel=channel, search=q, offset=offset, limit=limit,
    )  # fmt: skip
    return {"invoices": list(rows), "offset": offset}


@router.get("/invoices/{invoice_id}")
def show_invoice(request: Request, invoice_id: str, person: Person = requires("invoice.view")) -> dict[str, Any]:
    with desk_of(request).unit_of_work() as work:
        record, items = work.get_invoice(invoice_id), work.items_of(invoice_id)
    return invoice_body(record, items, patients=person.may("phi.view"))


@router.get("/orders/{number}/documents", dependencies=[requires("invoice.view")])
def order_documents(request: Request, number: Annotated[str, Path(max_length=100)]) -> dict[str, Any]:
    """What was sent about an order beside the ERP: orders, acknowledgements, shipments, receipts (decision 0016)."""
    with desk_of(request).unit_of_work() as work:
        return {"po_number": number, "documents": [trade_body(record) for record in work.trade_of(number)]}


@router.post("/invoices/{invoice_id}/decisions")
def post_decision(
    request: Request,
    invoice_id: str,
    body: DecisionBody,
    person: Person = requires("invoice.decide"),
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
) -> Response:
    """Take one decision. 403 names the rule that forbids it, 409 what somebody else changed since `seen_version`."""
    app, decision = desk_of(request), body.decision()
    if person.via == "key" and not person.may(NEEDS[decision.kind]):
        raise Forbidden(f"This key does not carry {NEEDS[decision.kind]}.", "0.1")
    fingerprint = hashlib.sha256(f"{invoice_id}/{body.model_dump_json()}".encode()).hexdigest()
    if idempotency_key and (known := replayed(request, person, idempotency_key, fingerprint)):
        return known
    try:
        outcome = decide(app, invoice_id, decision, actor=person.actor, seen_version=body.seen_version)
    except StaleVersion as stale:
        changes = changes_since(request, invoice_id, decision, body.seen_version)
        return answer(request, 409, stale.message, current_version=stale.current, changes=changes)
    item = next((i for i in outcome.items if i.id == body.item_id), None)
    still = item is not None and item.state in ("OPEN", "CLAIMED")
    shown = invoice_body(outcome.record, outcome.items, patients=person.may("phi.view"))
    answered = {"message": outcome.message, "item_open": still, **shown}
    if idempotency_key:
        keep_answer(request, person, idempotency_key, fingerprint, answered)
    return JSONResponse(answered)


@router.get("/keys")
def list_keys(request: Request, person: Person = requires("token.manage")) -> dict[str, Any]:
    """One's own keys, without their secrets."""
    return {"keys": [key_body(key) for key in tokens.listed(desk_of(request), person.actor)]}


@router.post("/keys", status_code=201)
def new_key(request: Request, body: KeyBody, person: Person = requires("token.manage")) -> Response:
    """A scoped key for a program; its secret is shown this once."""
    key, secret = tokens.create(desk_of(request), person.actor, body.name, tuple(body.scopes), body.days)
    return JSONResponse({"key": secret, **key_body(key)}, 201)


@router.delete("/keys/{key_id}", status_code=204)
def end_key(request: Request, key_id: str, person: Person = requires("token.manage")) -> Response:
    tokens.revoke(desk_of(request), person.actor, key_id)
    return Response(status_code=204)


def replayed(request: Request, person: Person, key: str, fingerprint: str) -> Response | None:
    """The answer given before under this key. Same key, other content: refused."""
    with desk_of(request).unit_of_work() as work:
        known = work.desk.answer_of(person.user.id, key)
    if known is None:
        return None
    if known[0] != fingerprint:
        raise InvalidInput("This Idempotency-Key was used with other content.")
    return JSONResponse(json.loads(known[1]), 200, {"idempotent-replay": "true"})


def keep_answer(request: Request, person: Person, key: str, fingerprint: str, body: Any) -> None:
    app = desk_of(request)
    with app.unit_of_work() as work:
        work.desk.keep_answer(person.user.id, key, fingerprint, json.dumps(body), app.clock.now())
        work.commit()


def changes_since(request: Request, invoice_id: str, decision: Decision, seen: int) -> list[dict[str, Any]]:
    """What others changed after the version that was seen, beside what this person wanted (F.3: 409 with a field diff)."""
    found: dict[str, dict[str, Any]] = {}
    for event in desk_of(request).queries.events(invoice_id, limit=10_000):
        if event.draft.object_version <= seen:
            continue
        for name, pair in event.draft.diff.items():
            old, new = pair if isinstance(pair, list | tuple) and len(pair) == 2 else (None, pair)
            first = found.get(name, {}).get("before", old)
            found[name] = {
                "field": name, "before": first, "theirs": new, "yours": decision.fields.get(name), "by": event.draft.actor.name
                or event.draft.actor.id, "at": event.occurred_at.isoformat(),
            }  # fmt: skip
    return list(found.values())


@router.get("/queue")
def list_queue(
    request: Request,
    person: Person = requires("queue.view"),
    queue: Annotated[str | None, Query(max_length=80)] = None,
    q: Annotated[str, Query(max_length=100)] = "",
    sort: Annotated[str, Query(pattern="^(priority|due|discount|amount|age)$")] = "priority",
    state: Annotated[str | None, Query(pattern="^(OPEN|CLAIMED|PENDING_EXTERNAL)$")] = None,
    offset: Offset = 0,
    limit: Limit = 100,
) -> dict[str, Any]:
    rows, total = desk_of(request).queries.queue(
        roles=person.user.roles, queue=queue, search=q, sort=sort, state=state, offset=offset, limit=limit
    )
    return {"items": list(rows), "total": total, "offset": offset}


@router.post("/queue/next")
def claim_next(
    request: Request, person: Person = requires("item.work"), queue: Annotated[str | None, Query(max_length=80)] = None
) -> Response:
    """Claim the most urgent open item of one's queues; 404 when there is none."""
    item = claims.claim_next(desk_of(request), person.actor, queue)
    if item is None:
        raise NotFound("Nothing is waiting.")
    return JSONResponse(item_body(item))
