"""Search over all invoices."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from pipeline.web.render import page
from pipeline.web.rows import invoice_row
from pipeline.web.security import desk_of, requires

router = APIRouter()
PAGE = 100
STATES = (
    "RECEIVED", "CLASSIFIED", "EXTRACTED", "MATCHING", "IN_REVIEW", "WAIT_RECEIPT", "AWAITING_APPROVAL", "AUTO_APPROVED",
    "APPROVED", "POSTING", "POST_FAILED", "POST_UNKNOWN", "POSTED", "PAID", "REJECTED", "DUPLICATE", "NOT_INVOICE", "VOID",
)  # fmt: skip
CHANNELS = ("email", "portal", "scan", "edi", "api")


@router.get("/invoices", dependencies=[requires("invoice.view")])
def search(
    request: Request,
    q: Annotated[str, Query(max_length=100)] = "",
    state: str = "",
    channel: str = "",
    since: str = "",
    until: str = "",
    page_no: Annotated[int, Query(alias="page", ge=1, le=10_000)] = 1,
) -> Response:
    state, channel = (state if state in STATES else ""), (channel if channel in CHANNELS else "")
    rows = desk_of(request).queries.invoices(
        since=day(since), until=day(until), state=state or None, channel=channel or None, search=q,
        offset=(page_no - 1) * PAGE, limit=PAGE + 1,
    )  # fmt: skip
    return page(
        request, "invoices.html", nav="invoices", rows=[invoice_row(row) for row in rows[:PAGE]], q=q, state=state,
        channel=channel, since=since if day(since) else "", until=until if day(until) else "", states=STATES,
        channels=CHANNELS, page_no=page_no, more=len(rows) > PAGE,
    )  # fmt: skip


def day(text: str) -> date | None:
    """An ISO date, None when it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
