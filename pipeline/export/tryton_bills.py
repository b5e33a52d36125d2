"""Supplier invoices out of Tryton: what was billed, and where each voucher stands (spec C.0.3, I.4, I.9)."""

from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pipeline.domain.erp import Batch, Cursor, VoucherState, VoucherStatus, advance
from pipeline.domain.invoice import PriorInvoice, PriorLine
from pipeline.export.tryton_config import TrytonConfig, invoice_of
from pipeline.export.tryton_orders import _chunks, _id, _places, _versions
from pipeline.export.tryton_units import number, read_units
from pipeline.export.tryton_wire import TrytonRest, Values

INVOICE = "account.invoice"
STATE = {
    "draft": VoucherState.DRAFT,
    "validated": VoucherState.DRAFT,
    "posted": VoucherState.POSTED,
    "paid": VoucherState.PAID,
    "cancelled": VoucherState.VOID,
}
BILLED = {"validated": "approved", "posted": "posted", "paid": "paid", "cancelled": "void"}
HEAD = (
    "number", "reference", "description", "state", "party.code", "invoice_date", "total_amount", "currency.code",
    "purchases.number", "last_modified_at",
)  # fmt: skip
STATUS = (*HEAD, "amount_to_pay", "reconciled", "payment_lines.date")
LINE = ("invoice", "origin", "quantity", "unit", "amount")


def read_billed(rest: TrytonRest, config: TrytonConfig, since: Cursor) -> Batch[PriorInvoice]:
    """Invoices that left draft. Drafts are Tryton's own proposals or work in progress: nobody owes them yet."""
    domain: list[Any] = [["type", "=", "in"], ["company", "=", config.company], ["state", "in", sorted(BILLED)]]
    if since.since is not None:
        domain.append(["last_modified_at", ">=", since.since])
    heads = list(rest.pages(INVOICE, domain, HEAD))
    began = rest.http.now()
    changed = _versions(heads)
    new = set(since.fresh({row: version for row, (_, version) in changed.items()}))
    heads = _without_replaced(rest, config, [row for row in heads if str(row["id"]) in new])
    rows = _billed(rest, config, heads, began)
    return Batch(rows, advance(since, began, changed, config.overlap), began)


def _without_replaced(rest: TrytonRest, config: TrytonConfig, heads: list[Values]) -> list[Values]:
    """A cancelled invoice that was entered anew under the same number says nothing any more: the living one counts."""
    void = sorted({row["reference"] for row in heads if row["state"] == "cancelled" and row["reference"]})
    alive = set()
    for domain in _chunks(void, "reference"):
        live = [["type", "=", "in"], ["company", "=", config.company], ["state", "in", ["validated", "posted", "paid"]]]
        alive |= {
            (r["party"]["code"], r["reference"])
            for r in rest.pages(INVOICE, [*live, *domain], ("party.code", "reference"))
        }
    return [r for r in heads if r["state"] != "cancelled" or (r["party"]["code"], r["reference"]) not in alive]


def _billed(rest: TrytonRest, config: TrytonConfig, heads: list[Values], began: datetime) -> tuple[PriorInvoice, ...]:
    lines: dict[int, list[Values]] = defaultdict(list)
    for domain in _chunks([row["id"] for row in heads], "invoice"):
        for row in rest.pages("account.invoice.line", [["type", "=", "line"], *domain], LINE, 1000):
            lines[row["invoice"]].append(row)
    origins = {r["origin"] for rows in lines.values() for r in rows if (r["origin"] or "").startswith("purchase.line,")}
    places = _places(rest, sorted(_id(origin) for origin in origins))
    units = read_units(rest, config) if heads else {}
    return tuple(
        PriorInvoice(
            invoice_number=row["reference"] or row["number"] or f"#{row['id']}",
            invoice_date=row["invoice_date"] or began.date(),
            supplier_id=row["party"]["code"],
            status=BILLED[row["state"]],
            total=abs(row["total_amount"]),
            id=invoice_of(_key(row, config) or ""),
            type="credit_note" if row["total_amount"] < 0 else "invoice",
            po_number=row["purchases"][0]["number"] if len(row["purchases"]) == 1 else None,
            currency=row["currency"]["code"],
            lines=tuple(_line(line, places, units, row["total_amount"] < 0) for line in lines[row["id"]]),
        )
        for row in heads
    )


def _line(row: Values, places: dict[int, Any], units: dict[int, Any], credit: bool) -> PriorLine:
    origin = row["origin"] or ""
    place = places.get(_id(origin)) if origin.startswith("purchase.line,") else None
    sign = Decimal(-1) if credit else Decimal(1)
    return PriorLine(
        po_line=place[1] if place else None,
        qty=sign * number(row["quantity"] or 0),
        net=sign * row["amount"],
        uom=units[row["unit"]].code if row["unit"] in units else None,
        kind="item" if place else "charge",
        po_number=place[0] if place else None,
    )


def _key(row: Values, config: TrytonConfig) -> str | None:
    description = row["description"] or ""
    return description.removeprefix(config.tag) if description.startswith(config.tag) else None


def _paid_on(row: Values) -> date | None:
    """The day of the last payment; `reconciled` follows the due date and serves only where no payment line shows."""
    if row["state"] != "paid":
        return None
    days: list[date] = [line["date"] for line in row["payment_lines"] if line["date"]]
    last: date | None = max(days) if days else row["reconciled"]
    return last


def status_of(row: Values, config: TrytonConfig) -> VoucherStatus:
    """One invoice of Tryton as the status of a voucher."""
    return VoucherStatus(
        key=_key(row, config),
        state=STATE[row["state"]],
        voucher_no=row["number"],
        erp_id=str(row["id"]),
        supplier_id=row["party"]["code"],
        invoice_number=row["reference"],
        total=row["total_amount"],
        currency=row["currency"]["code"],
        open_amount=row["amount_to_pay"],
        paid_on=_paid_on(row),
    )


def read_vouchers(rest: TrytonRest, config: TrytonConfig, since: date) -> tuple[VoucherStatus, ...]:
    """Every supplier invoice dated from `since` on, and drafts of ours whatever their date."""
    dated = [["invoice_date", ">=", since], ["state", "!=", "draft"]]
    ours = ["description", "like", config.tag + "%"]
    domain = [["type", "=", "in"], ["company", "=", config.company], ["OR", dated, [ours, ["state", "=", "draft"]]]]
    return tuple(status_of(row, config) for row in rest.pages(INVOICE, domain, STATUS))
