"""Simulate: replay history under another policy (spec E.1 dry run). Reads only."""

from datetime import date
from decimal import Decimal
from typing import Any

from pipeline.app import App
from pipeline.domain.invoice import Invoice
from pipeline.match.three_way import match_invoice
from pipeline.process.rematch import facts_of
from rules.policy import Policy


def simulate_history(app: App, other: Policy, since: date | None) -> list[dict[str, Any]]:
    """The invoices that another policy would have decided otherwise, with the money that moves.

    Both policies see today's facts as of the app's business date, so that only the policy differs.
    """
    rows = []
    for row in app.queries.invoices(since=since, limit=1_000_000):
        with app.unit_of_work() as work:
            record = work.get_invoice(row["id"])
            if record.reading is None or record.match is None or str(record.reading.status) != "ok":
                continue
            invoice, _ = facts_of(work, record)
            facts = work.facts_for(invoice, app.clock.today())
            work.rollback()
        before, after = match_invoice(facts, app.policy), match_invoice(facts, other)
        if (before.status, before.payable_now) != (after.status, after.payable_now):
            rows.append(_row(record.source_name, invoice, before, after))
    return rows


def _row(document: str, invoice: Invoice, before: Any, after: Any) -> dict[str, Any]:
    old, new = {f.code for f in before.holds}, {f.code for f in after.holds}
    why = [*(f"{code} gone" for code in sorted(old - new)), *(f"{code} new" for code in sorted(new - old))]
    return {
        "document": document,
        "number": invoice.invoice_number,
        "currency": invoice.currency,
        "total": _plain(invoice.total),
        "before": before.status,
        "after": after.status,
        "payable_before": _plain(before.payable_now),
        "payable_after": _plain(after.payable_now),
        "why": "; ".join(why),
    }


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")
