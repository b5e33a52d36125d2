"""The role and duty-conflict report: page, CSV and API (spec 0.1, E.7)."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response

from pipeline.domain.events import Action, EventDraft
from pipeline.review.access import AccessReport, access_report
from pipeline.web.document import attachment
from pipeline.web.events_view import csv_bytes
from pipeline.web.render import page, translate
from pipeline.web.security import Person, desk_of, requires

router = APIRouter()
Days = Annotated[int, Query(ge=1, le=366)]


@router.get("/access", dependencies=[requires("access.view")])
def show(request: Request, days: Days = 30) -> Response:
    report = access_report(desk_of(request), days)
    return page(request, "access.html", nav="access", report=report, days=days)


@router.get("/api/v1/access", dependencies=[requires("access.view")])
def as_json(request: Request, days: Days = 30) -> dict[str, Any]:
    """Roles of everybody, incompatible pairs, and double duties of the last `days`."""
    report = access_report(desk_of(request), days)
    return {
        "made_at": report.made_at.isoformat(), "days": report.days, "cut": report.cut,
        "people": [
            {"id": u.id, "name": u.name, "roles": list(u.roles), "facilities": list(u.facilities), "active": u.active,
             "source": u.source, "manager": u.manager} for u in report.people
        ],
        "pairs": [
            {"person": p.user.id, "roles": list(p.roles), "rule": p.rule, "words": p.words} for p in report.pairs
        ],
        "doubles": [
            {"invoice_id": d.invoice_id, "person": d.person, "duties": list(d.duties), "rule": d.rule or None,
             "last_at": d.last_at.isoformat()} for d in report.doubles
        ],
    }  # fmt: skip


@router.post("/access/export")
def export(
    request: Request, days: Annotated[int, Form(ge=1, le=366)] = 30, person: Person = requires("access.view")
) -> Response:
    """The same as CSV, one row per fact; the export is itself an event (H.4). Cells cannot become formulas."""
    app = desk_of(request)
    report = access_report(app, days)
    with app.unit_of_work() as work:
        after = {"kind": "access_report", "days": days}
        work.record(EventDraft(person.actor, Action.EXPORT_CREATED, "access", "report", after=after))
        work.commit()
    return Response(csv_bytes(_rows(report)), media_type="text/csv; charset=utf-8", headers=attachment("access.csv"))


def _rows(report: AccessReport) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("kind", "person", "name", "what", "rule", "invoice", "at")]
    for user in report.people:
        state = "active" if user.active else "ended"
        rows += [("role", user.id, user.name, role, state, "", "") for role in user.roles or ("",)]
    rows += [("pair", p.user.id, p.user.name, " + ".join(p.roles), p.rule, "", "") for p in report.pairs]
    for double in report.doubles:
        words = " + ".join(translate(f"duty.{duty}") for duty in double.duties)
        rows.append(("acts", double.person, "", words, double.rule, double.invoice_id, double.last_at.isoformat()))
    return rows
