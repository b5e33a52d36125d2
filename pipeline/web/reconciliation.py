"""Our vouchers against the ERP's: differences, what gave up, and one-click repairs (spec I.5, I.9)."""

from datetime import date, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from pipeline.app import App
from pipeline.domain.erp import ErpError
from pipeline.domain.errors import ApdeskError
from pipeline.domain.events import Action, EventDraft
from pipeline.export.reconcile import Difference, to_csv
from pipeline.process import ledger
from pipeline.process.erp_health import health
from pipeline.web.document import attachment
from pipeline.web.render import page
from pipeline.web.security import Person, desk_of, requires

router = APIRouter()
DAYS = 90
# What a person may ask for, by the repair that is proposed for the difference.
OFFERS = {
    "post_again": ("look_up", "retry"),
    "look_up": ("look_up", "retry", "mark_posted"),
    "follow:erp_ack": ("look_up", "mark_posted"),
}


@router.get("/reconciliation")
def show(request: Request, since: date | None = None, said: Annotated[str, Query(max_length=300)] = "",
         person: Person = requires("erp.repair")) -> Response:  # fmt: skip
    """Read-only: comparing is recorded, nothing is changed."""
    app = desk_of(request)
    if app.erp is None:
        return page(request, "reconciliation.html", nav="reconciliation", report=None, health=None, since=None, problem="",
                    said="", dead=(), rows=())  # fmt: skip
    day, report, problem = since or app.clock.today() - timedelta(days=DAYS), None, ""
    try:
        report = ledger.reconciliation(app, day, person.actor)
    except ErpError as error:
        problem = str(error)
    rows = [(each, offers(each)) for each in report.differences] if report else []
    return page(
        request, "reconciliation.html", nav="reconciliation", report=report, health=health(app), since=day, problem=problem,
        said=said, dead=ledger.dead_letters(app), rows=rows,
    )  # fmt: skip


def offers(difference: Difference) -> tuple[str, ...]:
    """The repairs that can be done from here; the others are for the ERP or the supplier master."""
    return OFFERS.get(difference.repair, ()) if difference.invoice_id else ()


@router.post("/reconciliation/export")
def export(request: Request, since: Annotated[date, Form()], person: Person = requires("erp.repair")) -> Response:
    """The differences as CSV. The export is an event (H.4)."""
    app = desk_of(request)
    report = ledger.reconciliation(app, since, person.actor)
    with app.unit_of_work() as work:
        work.record(EventDraft(person.actor, Action.EXPORT_CREATED, "erp", "reconciliation"))
        work.commit()
    name = f"reconciliation-{since.isoformat()}.csv"
    return Response(to_csv(report.differences), media_type="text/csv; charset=utf-8", headers=attachment(name))


@router.post("/reconciliation/repair")
def repair(
    request: Request,
    invoice: Annotated[str, Form(max_length=100)],
    action: Annotated[str, Form(max_length=20)],
    since: Annotated[str, Form(max_length=10)] = "",
    person: Person = requires("erp.repair"),
) -> Response:
    """One repair of one invoice. A refusal is said on the page; nothing is half done."""
    try:
        said = _repair(desk_of(request), invoice, action, person)
    except ApdeskError as problem:
        said = str(problem)
    return RedirectResponse("/reconciliation?" + urlencode({"since": since, "said": said[:300]}), 303)


def _repair(app: App, invoice: str, action: str, person: Person) -> str:
    if action == "retry":
        return f"The posting is owed again; the invoice is {ledger.retry(app, invoice, person.actor)}."
    if action == "mark_posted":
        return f"Marked as posted: voucher {ledger.mark_posted(app, invoice, person.actor)}."
    status = ledger.look_up(app, invoice, person.actor)
    if status is None:
        return "The ERP holds nothing for it: posting again is safe."
    return f"The ERP holds it as {status.state.value}, voucher {status.voucher_no or '–'}, total {status.total}."
