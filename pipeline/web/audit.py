"""The auditor's search over the event log."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from pipeline.domain.events import Action, AuditEvent, EventDraft
from pipeline.web.document import attachment
from pipeline.web.events_view import csv_bytes, event_row, event_rows
from pipeline.web.render import page
from pipeline.web.security import Person, desk_of, requires

router = APIRouter()
PAGE = 200


@router.get("/audit", dependencies=[requires("audit.view")])
def search(
    request: Request,
    object: Annotated[str, Query(max_length=100)] = "",
    who: Annotated[str, Query(max_length=100)] = "",
    action: Annotated[str, Query(max_length=60)] = "",
    after: Annotated[int, Query(ge=0, le=2**53)] = 0,
) -> Response:
    found = find(request, object, who, action, after)
    return page(
        request, "audit.html", nav="audit", events=event_rows(found[:PAGE]), object=object, who=who, action=action,
        after=after, actions=[str(a) for a in Action], next_after=found[PAGE - 1].seq if len(found) > PAGE else None,
    )  # fmt: skip


@router.post("/audit/export")
def export(request: Request, person: Person = requires("audit.view")) -> Response:
    """The events as CSV; the export is itself an event (H.4). Cells cannot become formulas."""
    app = desk_of(request)
    with app.unit_of_work() as work:
        work.record(EventDraft(person.actor, Action.EXPORT_CREATED, "audit", "events"))
        work.commit()
    names = ("seq", "at", "who", "action", "object_type", "object", "version", "details", "comment", "code", "hash")
    rows = ([str(row[name]) for name in names] for row in map(event_row, app.queries.events(limit=100_000)))
    return Response(csv_bytes([names, *rows]), media_type="text/csv; charset=utf-8", headers=attachment("audit.csv"))


def find(request: Request, subject: str, who: str, action: str, after: int) -> list[AuditEvent]:
    """Events after a number that fit, one more than a page holds when there are more."""
    found: list[AuditEvent] = []
    queries, seq = desk_of(request).queries, after
    while len(found) <= PAGE:
        batch = queries.events(subject or None, seq, 1000)
        found += [e for e in batch if _fits(e, who, action)]
        if len(batch) < 1000:
            break
        seq = batch[-1].seq
    return found[: PAGE + 1]


def _fits(event: AuditEvent, who: str, action: str) -> bool:
    actor = event.draft.actor
    return (not action or str(event.draft.action) == action) and (
        not who or who.lower() in f"{actor.id} {actor.name}".lower()
    )
