"""/api/v1 for the supervisor's figures and the ledger against the ERP's (spec G, I.5, I.9)."""

from datetime import date
from typing import Any

from fastapi import APIRouter, Request
from pydantic import TypeAdapter

from pipeline.app import App
from pipeline.domain.errors import InvalidInput
from pipeline.export.reconcile import Difference
from pipeline.process import ledger
from pipeline.process.erp_health import health
from pipeline.web.api_models import RepairBody
from pipeline.web.reconciliation import do_repair, offers
from pipeline.web.security import Person, desk_of, requires

router = APIRouter(prefix="/api/v1")
_DIFFERENCE: TypeAdapter[Difference] = TypeAdapter(Difference)


@router.get("/overview")
def overview(request: Request, person: Person = requires("overview.view")) -> dict[str, Any]:
    """What is open by queue, and the figures of the dashboard."""
    app = desk_of(request)
    counts = app.queries.queue_counts(person.user.roles)
    return {"queues": counts, "open": sum(counts.values()), "figures": app.queries.dashboard(app.clock.today())}


@router.get("/reconciliation")
def reconcile(request: Request, since: date, person: Person = requires("erp.repair")) -> dict[str, Any]:
    """The differences of both ledgers by section, each with the repairs that can be done from here. 422 without an ERP."""
    app = _with_erp(desk_of(request))
    report = ledger.reconciliation(app, since, person.actor)
    sections = {
        name: [{**_DIFFERENCE.dump_python(row, mode="json"), "repairs": list(offers(row))} for row in rows]
        for name, rows in report.sections().items()
    }
    state = health(app)
    gave_up = state.dead if state is not None else 0
    return {"since": since.isoformat(), "mark": ledger.mark_of(report), "sections": sections, "gave_up": gave_up}


@router.post("/reconciliation/repairs")
def repair(request: Request, body: RepairBody, person: Person = requires("erp.repair")) -> dict[str, Any]:
    """Show what a repair would do, or with `confirm` do it; what cannot be done says why."""
    app = _with_erp(desk_of(request))
    if not body.confirm and body.action != "look_up":
        return {"done": False, "words": ledger.preview(app, body.invoice_id, body.action)}
    return {"done": True, "words": do_repair(app, body.invoice_id, body.action, person)}


def _with_erp(app: App) -> App:
    if app.erp is None:
        raise InvalidInput("No ERP is configured.", "Set APDESK_ERP.")
    return app
