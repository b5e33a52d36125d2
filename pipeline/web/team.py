"""The supervisor's hands: who has what, what is at risk; give it to another, or free a claim (spec F.3, G)."""

from collections import Counter
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from pipeline.app import App
from pipeline.review import claims
from pipeline.web.overview import SAMPLE
from pipeline.web.render import page
from pipeline.web.rows import queue_row
from pipeline.web.security import Person, desk_of, requires

router = APIRouter()


@router.get("/team")
def team(request: Request, person: Person = requires("team.manage")) -> Response:
    people, rows, total = load(desk_of(request), person)
    return page(
        request, "team.html", nav="team", people=people, claims=[r for r in rows if r["claimed_by"]], total=total,
        risk=[r for r in rows if r["due_level"] in ("late", "soon") and r["state"] != "PENDING_EXTERNAL"][:50],
        cut=total > SAMPLE,
    )  # fmt: skip


def load(app: App, person: Person) -> tuple[list[dict[str, Any]], list[dict[str, Any]], int]:
    """Who holds how much; the queue's rows by due date, at most SAMPLE; how many there are."""
    found, total = app.queries.queue(roles=person.user.roles, sort="due", limit=SAMPLE)
    rows = [queue_row(row, app.clock.now()) for row in found]
    claimed, given = Counter(r["claimed_by"] for r in rows), Counter(r["assignee"] for r in rows)
    late = Counter(r["claimed_by"] or r["assignee"] for r in rows if r["due_level"] == "late")
    people: list[dict[str, Any]] = [
        {"id": u.id, "name": u.name, "roles": ", ".join(u.roles), "claimed": claimed[u.id], "given": given[u.id],
         "late": late[u.id], "waiting": sum(r["owner_role"] in u.roles and r["state"] == "OPEN" for r in rows)}
        for u in app.accounts.users() if u.active
    ]  # fmt: skip
    people.sort(key=lambda p: (-p["claimed"] - p["given"], p["name"]))
    return people, rows, total


@router.post("/team/items/{item_id}/free")
def free(request: Request, item_id: str, person: Person = requires("team.manage")) -> Response:
    """Break a claim, so that get-next hands the item out again; the draft stays, the holder is named in the log."""
    claims.free(desk_of(request), item_id, person.actor)
    return RedirectResponse("/team", 303)
