"""The supervisor's page: what is open, how old, what is late, who has it."""

from collections import Counter
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from pipeline.web.render import page
from pipeline.web.rows import queue_row
from pipeline.web.security import Person, desk_of, requires

router = APIRouter()
BUCKETS = (("0–2", 2), ("3–5", 5), ("6–10", 10), ("11–30", 30), ("over 30", 10_000))
SAMPLE = 5000


@router.get("/overview")
def overview(request: Request, person: Person = requires("overview.view")) -> Response:
    app = desk_of(request)
    rows, total = app.queries.queue(roles=person.user.roles, sort="due", limit=SAMPLE)
    now = app.clock.now()
    shown = [queue_row(row, now) for row in rows]
    return page(
        request, "overview.html", nav="overview", total=total, board=app.queries.dashboard(app.clock.today()),
        ageing=_ageing(rows, now), late=[r for r in shown if r["due_level"] == "late"][:20],
        late_count=sum(r["due_level"] == "late" for r in shown), soon=sum(r["due_level"] == "soon" for r in shown),
        people=Counter(r["claimed_by"] for r in shown if r["claimed_by"]).most_common(),
        queues=Counter(r["queue"] for r in shown).most_common(), classes=sorted(Counter(r["sla"] for r in shown).items()),
        held=sum(r["state"] == "PENDING_EXTERNAL" for r in shown), cut=total > SAMPLE,
    )  # fmt: skip


def _ageing(rows: Any, now: datetime) -> list[tuple[str, int]]:
    """Open work by age in days (G: exception ageing)."""
    counts: Counter[str] = Counter()
    for row in rows:
        opened = row.get("opened_at")
        moment = datetime.fromisoformat(opened) if isinstance(opened, str) else opened
        days = (now - moment).days if moment else 0
        counts[next(name for name, top in BUCKETS if days <= top)] += 1
    return [(name, counts[name]) for name, _ in BUCKETS]
