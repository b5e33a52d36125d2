"""The periodic reviews: credits that are owed (an exception for the buyer) and patterns for the auditor (spec C.1, C.9)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from pipeline.app import App
from pipeline.domain.invoice import ZERO
from pipeline.domain.matching import Finding
from pipeline.domain.records import InvoiceRecord, ReviewItem
from pipeline.match.owed_credits import ShortPayment, credits_missing
from pipeline.match.patterns import Billed, patterns
from pipeline.process.rematch import gather, with_policy_rates
from pipeline.review.route import Place, item_id, place_of

PAGE = 500
BILLED = ("AUTO_APPROVED", "APPROVED", "POSTING", "POST_FAILED", "POST_UNKNOWN", "POSTED", "PAID")
ONE = Decimal(1)


def pattern_report(app: App, as_of: date) -> list[dict[str, Any]]:
    """ANOM_PATTERN over everything that came in, as rows for the auditor. Changes nothing."""
    rates = app.policy.fx_to_usd
    history = [
        Billed(
            row["supplier_id"],
            row["invoice_number"],
            date.fromisoformat(row["invoice_date"]),
            Decimal(row["total"]) * rates.get(row["currency"] or "", ONE),
        )
        for row in _rows(app)
        if row["supplier_id"] and row["invoice_number"] and row["invoice_date"] and row["total"]
    ]
    limits = [step.above for step in app.policy.matched_approval]
    limits += [step.up_to for step in app.policy.nonpo_approval if step.up_to is not None]
    return [
        {"code": "ANOM_PATTERN", "supplier_id": p.supplier_id, "kind": p.kind, "message": p.message,
         "invoices": list(p.numbers)}
        for p in patterns(history, as_of, limits)
    ]  # fmt: skip


def owed_credits(app: App, as_of: date, *, open_items: bool = False) -> list[dict[str, Any]]:
    """CR_MISSING, once per order line or short payment. With `open_items` each becomes work for the buyer, on the latest
    invoice that bills the line; a second run finds the same item and opens none."""
    seen: set[str] = set()
    found: list[dict[str, Any]] = []
    for row in _rows(app):
        if row["state"] not in BILLED or row["kind"] == "credit_note":
            continue
        with app.unit_of_work() as work:
            record = work.get_invoice(row["id"])
            if record.invoice is None or record.match is None:
                continue
            # Without its id it stands among the earlier invoices itself.
            bare = replace(record.invoice, id="")
            facts = with_policy_rates(gather(work, record, bare, as_of), app.policy)
            linked = {(link.po_number, link.po_line) for link in record.match.links}
            for finding in credits_missing(facts, app.policy, _short_payments(record)):
                key = finding.evidence[0] if "/" in finding.evidence[0] else record.id
                own = key == record.id or tuple(key.rsplit("/", 1)) in linked
                if key in seen or not own:
                    continue
                seen.add(key)
                found.append(_row(record, finding))
                if open_items:
                    _open(app, work, record, finding)
            if open_items:
                work.commit()
    return found


def _open(app: App, work: Any, record: InvoiceRecord, finding: Finding) -> None:
    orders = tuple(o for n in (record.match.po_numbers if record.match else ()) if (o := work.masters.find_order(n)))
    place: Place = place_of(replace(finding, outcome="hold"), record, app.policy.routing, orders)
    name = item_id(record.id, place, "CR_MISSING")
    if any(item.id == name for item in work.items_of(record.id)):
        return
    now = app.clock.now()
    work.add_item(
        ReviewItem(
            name,
            record.id,
            "exception",
            place.queue,
            place.owner,
            (("CR_MISSING", finding.line),),
            False,
            "OPEN",
            now,
            None,
            amount_at_risk=finding.variance_abs or ZERO,
            sla_class="S3",
            restricted=place.restricted,
        )
    )


def _short_payments(record: InvoiceRecord) -> tuple[ShortPayment, ...]:
    return tuple(
        ShortPayment(accepted.amount, accepted.at.date())
        for accepted in record.acceptances
        if accepted.resolution_code == "SHORT_PAID"
    )


def _row(record: InvoiceRecord, finding: Finding) -> dict[str, Any]:
    invoice = record.invoice
    assert invoice is not None
    return {
        "code": finding.code,
        "supplier_id": invoice.supplier_id,
        "invoice_number": invoice.invoice_number,
        "amount": format(finding.variance_abs or ZERO, "f"),
        "currency": invoice.currency,
        "message": finding.message,
    }


def _rows(app: App) -> Iterator[dict[str, Any]]:
    """Every invoice, newest first."""
    offset = 0
    while batch := app.queries.invoices(offset=offset, limit=PAGE):
        yield from batch
        offset += len(batch)
