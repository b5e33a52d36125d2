"""/api/v1 for working items: claims, drafts, several at once, approvals, the team, saved views (spec E, F)."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from pipeline.domain.records import ReviewItem
from pipeline.review import bulk, claims
from pipeline.web.api_models import BulkBody, ChosenBody, DraftBody, ViewBody
from pipeline.web.api_view import bulk_row, item_body
from pipeline.web.approvals import waiting
from pipeline.web.bulk import keep_view, kept_query
from pipeline.web.security import Person, desk_of, requires
from pipeline.web.team import load

router = APIRouter(prefix="/api/v1")
ViewName = Annotated[str, Path(min_length=1, max_length=60)]


def claimed(item: ReviewItem) -> dict[str, Any]:
    return {
        **item_body(item), "claimed_by": item.claimed_by,
        "until": item.lock_expires_at.isoformat() if item.lock_expires_at else None,
    }  # fmt: skip


@router.post("/items/{item_id}/claim")
def claim_item(request: Request, item_id: str, person: Person = requires("item.work")) -> dict[str, Any]:
    """Take an item for as long as its lease; 403 while somebody else has it."""
    return claimed(claims.claim(desk_of(request), item_id, person.actor))


@router.post("/items/{item_id}/takeover")
def take_over(request: Request, item_id: str, person: Person = requires("item.reassign")) -> dict[str, Any]:
    """Break somebody's claim and take the item; logged."""
    return claimed(claims.claim(desk_of(request), item_id, person.actor, take_over=True))


@router.post("/items/{item_id}/heartbeat")
def heartbeat(request: Request, item_id: str, person: Person = requires("item.work")) -> dict[str, bool]:
    """Go on holding an item; `mine` is false when the claim is lost."""
    return {"mine": claims.heartbeat(desk_of(request), item_id, person.actor)}


@router.put("/items/{item_id}/draft")
def keep_draft(
    request: Request, item_id: str, body: DraftBody, person: Person = requires("item.work")
) -> dict[str, bool]:
    """What was typed and confirmed so far; nothing is decided by it."""
    claims.save_draft(desk_of(request), item_id, person.actor, dict(body.fields), body.confirmed)
    return {"saved": True}


@router.delete("/items/{item_id}/claim", status_code=204)
def release_item(request: Request, item_id: str, person: Person = requires("item.work")) -> Response:
    claims.release(desk_of(request), item_id, person.actor)
    return Response(status_code=204)


@router.post("/team/items/{item_id}/free", status_code=204)
def free_item(request: Request, item_id: str, person: Person = requires("team.manage")) -> Response:
    """Give an item back to its queue whoever holds it; the holder is named in the log."""
    claims.free(desk_of(request), item_id, person.actor)
    return Response(status_code=204)


@router.get("/team")
def team(request: Request, person: Person = requires("team.manage")) -> dict[str, Any]:
    """Who holds how much, and what is at risk."""
    people, rows, total = load(desk_of(request), person)
    return {
        "people": people,
        "at_risk": [row for row in rows if row["due_level"] in ("late", "soon")][:50],
        "total": total,
    }


@router.get("/approvals")
def approvals(request: Request, person: Person = requires("approval.decide")) -> dict[str, Any]:
    """Invoices whose next step is one's own, or that of somebody for whom one stands in."""
    return {"items": waiting(desk_of(request), person)}


@router.post("/queue/bulk/preview")
def preview_bulk(request: Request, body: BulkBody, person: Person = requires("bulk.act")) -> dict[str, Any]:
    """What each of at most 50 items would see; nothing is done (F.6)."""
    rows = bulk.preview(desk_of(request), person.actor, body.action, body.items, body.value)
    return {"rows": [bulk_row(row) for row in rows]}


@router.post("/queue/bulk")
def do_bulk(request: Request, body: ChosenBody, person: Person = requires("bulk.act")) -> dict[str, Any]:
    """Do it on the items as previewed, each on its own; a row says what failed and why."""
    chosen = [(one.item_id, one.version) for one in body.chosen]
    rows = bulk.execute(desk_of(request), person.actor, body.action, chosen, body.value)
    return {"rows": [bulk_row(row) for row in rows]}


@router.get("/views")
def list_views(request: Request, person: Person = requires("queue.view")) -> dict[str, Any]:
    """One's own saved views of the queue."""
    with desk_of(request).unit_of_work() as work:
        return {"views": [{"name": name, "query": query} for name, query in work.desk.views(person.user.id)]}


@router.put("/views/{name}")
def put_view(
    request: Request, name: ViewName, body: ViewBody, person: Person = requires("queue.view")
) -> dict[str, str]:
    kept = kept_query(body.query)
    keep_view(desk_of(request), person, name, kept)
    return {"name": name.strip(), "query": kept}


@router.delete("/views/{name}", status_code=204)
def drop_view(request: Request, name: ViewName, person: Person = requires("queue.view")) -> Response:
    with desk_of(request).unit_of_work() as work:
        work.desk.drop_view(person.user.id, name)
        work.commit()
    return Response(status_code=204)
