"""Simulate: replay history under another policy (spec E.1 dry run). Reads only."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from pipeline.app import App
from pipeline.domain.document import ReadStatus
from pipeline.domain.matching import Facts
from pipeline.match.simulate import Flip, money_moved, simulate
from pipeline.process.rematch import facts_of, gather
from rules.policy import Policy


def simulate_history(
    app: App, other: Policy, since: date | None
) -> tuple[list[dict[str, Any]], dict[str, dict[str, str]]]:
    """The invoices that another policy would have decided otherwise, and the money that moves, by currency.

    Both policies see today's facts as of the app's business date, so that only the policy differs.
    """
    names: dict[str, str] = {}
    flips = simulate(_history(app, since, names), app.policy, other)
    moved = {money: {k: format(v, "f") for k, v in sums.items()} for money, sums in money_moved(flips).items()}
    return [_row(names[flip.invoice_id], flip) for flip in flips], moved


def _history(app: App, since: date | None, names: dict[str, str]) -> Iterator[Facts]:
    for row in app.queries.invoices(since=since, limit=1_000_000):
        with app.unit_of_work() as work:
            record = work.get_invoice(row["id"])
            if record.reading is None or record.reading.status is not ReadStatus.OK:
                continue
            invoice, _ = facts_of(work, record)
            facts = gather(work, record, invoice, app.clock.today())
            names[record.id] = record.part or record.source_name
        yield facts


def _row(document: str, flip: Flip) -> dict[str, Any]:
    why = [*(f"{code} gone" for code in flip.vanished), *(f"{code} new" for code in flip.appeared)]
    return {
        "document": document,
        "number": flip.invoice_number,
        "currency": flip.currency,
        "total": None if flip.total is None else format(flip.total, "f"),
        "before": flip.old_status,
        "after": flip.new_status,
        "payable_change": format(flip.payable_change, "f"),
        "disputed_change": format(flip.disputed_change, "f"),
        "why": "; ".join(why),
    }
