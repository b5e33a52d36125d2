"""Our vouchers against the ERP's: sections, repairs that are shown before they are done, sign-off (spec I.5, I.9)."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from pipeline.app import App
from pipeline.domain.erp import ErpError
from pipeline.domain.errors import ApdeskError, InvalidInput
from pipeline.domain.events import Action, EventDraft
from pipeline.export.reconcile import Difference
from pipeline.process import ledger
from pipeline.process.erp_health import health
from pipeline.process.failures import recurrence
from pipeline.web.document import attachment
from pipeline.web.render import page
from pipeline.web.security import Person, desk_of, requires

router = APIRouter()
DAYS = 90
MOST_AT_ONCE = 50
# What a person may ask for, by the repair that is proposed for the difference.
OFFERS = {
    "post_again": ("look_up", "retry"),
    "look_up": ("look_up", "retry", "mark_posted"),
    "follow:erp_ack": ("look_up", "mark_posted"),
    "follow:paid": ("look_up", "take_over"),
    "follow:void": ("look_up", "take_over"),
    "retry": ("look_up", "retry", "mark_posted"),
}
Day = Annotated[str, Query(max_length=10)]
Said = Annotated[str, Query(max_length=300)]


@router.get("/reconciliation")
def show(request: Request, since: Day = "", said: Said = "", person: Person = requires("erp.repair")) -> Response:
    """Read-only: comparing is recorded, nothing is changed."""
    app = desk_of(request)
    if app.erp is None:
        return page(request, "reconciliation.html", nav="reconciliation", report=None, health=None, since=None)
    day, report, problem = _day(since) or app.clock.today() - timedelta(days=DAYS), None, ""
    try:
        report = ledger.reconciliation(app, day, person.actor)
    except ErpError as error:
        problem = str(error)
    with app.unit_of_work() as work:
        failures, conflicts, signed = work.erp.failures(), work.erp.conflicts(), work.erp.sign_offs()
    sections = report.sections() if report else {}
    return page(
        request, "reconciliation.html", nav="reconciliation", report=report, health=health(app), since=day, problem=problem,
        said=said, sections={name: [(each, offers(each)) for each in rows] for name, rows in sections.items()},
        seen=ledger.mark_of(report) if report else "", failures=failures[:30], conflicts=conflicts, signed=signed,
        recurrence=recurrence(failures),
    )  # fmt: skip


def _day(text: str) -> date | None:
    """The day of a filter; an emptied or mistyped one is the default."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


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
    return Response(report.csv(), media_type="text/csv; charset=utf-8", headers=attachment(name))


@router.post("/reconciliation/sign-off")
def sign_off(
    request: Request,
    since: Annotated[date, Form()],
    seen: Annotated[str, Form(max_length=64)],
    note: Annotated[str, Form(max_length=1000)] = "",
    person: Person = requires("erp.sign_off"),
) -> Response:
    """The report as it was shown, signed with the person's name and kept as evidence (I.9)."""
    try:
        one = ledger.sign_off(desk_of(request), since, seen, note, person.actor)
        said = f"Signed: {one.differences} differences."
    except ApdeskError as problem:
        said = str(problem)
    return _back(since.isoformat(), said)


@router.post("/reconciliation/evidence")
def evidence(
    request: Request, sign_off_id: Annotated[str, Form(max_length=60)], person: Person = requires("erp.repair")
) -> Response:
    """The report as it was signed. The export is an event (H.4)."""
    app = desk_of(request)
    with app.unit_of_work() as work:
        one = next((each for each in work.erp.sign_offs(1000) if each.id == sign_off_id), None)
        if one is None:
            raise InvalidInput("There is no such sign-off.")
        work.record(EventDraft(person.actor, Action.EXPORT_CREATED, "erp", one.id))
        work.commit()
    name = f"reconciliation-signed-{one.day.isoformat()}.csv"
    return Response(app.blobs.get(one.evidence), media_type="text/csv; charset=utf-8", headers=attachment(name))


@router.post("/reconciliation/repair")
def repair(
    request: Request,
    invoice: Annotated[str, Form(max_length=100)],
    action: Annotated[Literal["look_up", "retry", "mark_posted", "take_over"], Form()],
    since: Annotated[str, Form(max_length=10)] = "",
    confirm: Annotated[str, Form(max_length=3)] = "",
    person: Person = requires("erp.repair"),
) -> Response:
    """One repair of one invoice: first shown in words, done when it is confirmed. A look-up changes nothing and is done
    at once. A refusal is said on the page; nothing is half done."""
    app = desk_of(request)
    try:
        if action != "look_up" and confirm != "yes":
            words = ledger.preview(app, invoice, action)
            return page(
                request, "reconciliation_repair.html", nav="reconciliation", words=words, invoice=invoice, action=action,
                since=since,
            )  # fmt: skip
        said = do_repair(app, invoice, action, person)
    except ApdeskError as problem:
        said = str(problem)
    return _back(since, said)


@router.post("/reconciliation/retry")
def retry_all(
    request: Request,
    chosen: Annotated[tuple[str, ...], Form(max_length=200)] = (),
    since: Annotated[str, Form(max_length=10)] = "",
    person: Person = requires("erp.repair"),
) -> Response:
    """The postings that gave up, at most MOST_AT_ONCE (F.6 retry post): without `chosen` each effect is shown; with it each
    one is retried on its own, and what failed says why."""
    app = desk_of(request)
    if not chosen:
        owed = dict.fromkeys(str(one.message.payload.get("invoice_id")) for one in ledger.dead_letters(app))
        rows = [_row(each, partial(ledger.preview, app, each, "retry")) for each in list(owed)[:MOST_AT_ONCE]]
    else:
        rows = [_row(each, partial(do_repair, app, each, "retry", person)) for each in chosen[:MOST_AT_ONCE]]
    return page(request, "reconciliation_retry.html", nav="reconciliation", rows=rows, done=bool(chosen), since=since)


def _row(invoice: str, words: Callable[[], str]) -> dict[str, Any]:
    try:
        return {"invoice": invoice, "ok": True, "words": words()}
    except ApdeskError as problem:
        return {"invoice": invoice, "ok": False, "words": str(problem)}


def _back(since: str, said: str) -> Response:
    return RedirectResponse("/reconciliation?" + urlencode({"since": since, "said": said[:300]}), 303)


def do_repair(app: App, invoice: str, action: str, person: Person) -> str:
    if action == "retry":
        return f"The posting is owed again; the invoice is {ledger.retry(app, invoice, person.actor)}."
    if action == "mark_posted":
        return f"Marked as posted: voucher {ledger.mark_posted(app, invoice, person.actor)}."
    if action == "take_over":
        return f"Taken over from the ERP: the invoice is {ledger.take_over(app, invoice, person.actor)}."
    status = ledger.look_up(app, invoice, person.actor)
    if status is None:
        return "The ERP holds nothing for it: posting again is safe."
    return f"The ERP holds it as {status.state.value}, voucher {status.voucher_no or '–'}, total {status.total}."
