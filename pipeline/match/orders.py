"""Finding the purchase orders (spec B.1) and their state (C.5)."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from pipeline.domain.identifiers import norm_po, skeleton, squash
from pipeline.domain.invoice import InvoiceLine
from pipeline.domain.orders import PurchaseOrder
from pipeline.match.run import COUNTED, HUNDRED, Run, group_of, same_order
from pipeline.match.target import BILLED_BY_USAGE, Ledger, Target, expected_net, identifiers

_FIT_KEYS = ("buyer_item", "supplier_item", "gtin", "mpn")
NOT_ITEMS = frozenset({"text", "charge", "tax_only", "allowance"})


@dataclass(slots=True)
class Found:
    """Orders by the number that was read ("" for none), what is to be reported, and whether no order applies."""

    by_number: dict[str, PurchaseOrder] = field(default_factory=dict)
    reports: list[tuple[str, str, tuple[str, ...]]] = field(default_factory=list)
    non_po: bool = False


def items_of(run: Run) -> list[InvoiceLine]:
    """Lines that bill goods or services; zero-quantity, zero-net lines carry no claim (C.7)."""
    return [
        line
        for line in run.invoice.lines
        if line.kind not in NOT_ITEMS and not (not line.net and line.qty is not None and line.qty == 0)
    ]


def find_orders(run: Run) -> Found:
    """B.1 for every distinct number on the invoice."""
    found = Found()
    header = run.invoice.po_number or ""
    lines: dict[str, list[InvoiceLine]] = {}
    for line in items_of(run):
        lines.setdefault(line.po_number or header, []).append(line)
    if not lines or header:
        lines.setdefault(header, [])
    for number, own_lines in lines.items():
        if number:
            _resolve(run, found, number, own_lines)
    # Lines without any number are covered by orders that other lines name.
    if "" in lines and not found.by_number and not found.reports:
        _resolve(run, found, "", lines[""])
    return found


def _resolve(run: Run, found: Found, number: str, lines: list[InvoiceLine]) -> None:
    orders = run.facts.purchase_orders
    if number:
        exact = [o for o in orders if o.number == number] or [o for o in orders if norm_po(o.number) == norm_po(number)]
        ours = [o for o in exact if group_of(run, o.supplier_id) == run.group]
        pick = exact if len(exact) == 1 else ours
        if len(pick) == 1:
            found.by_number[number] = pick[0]
            return
        alike = [o for o in orders if skeleton(o.number) == skeleton(number)]
        alike = [o for o in alike if group_of(run, o.supplier_id) == run.group]
        if not exact and len(alike) == 1:
            found.by_number[number] = alike[0]
            found.reports.append(("PO_CORRECTED", f"Read {number}, taken as {alike[0].number}.", (alike[0].number,)))
            return
    _search(run, found, number, lines)


def _search(run: Run, found: Found, number: str, lines: list[InvoiceLine]) -> None:
    candidates = _candidates(run, lines)
    numbers = tuple(sorted(order.number for order in candidates))
    if len(candidates) == 1:
        found.by_number[number] = candidates[0]
        found.reports.append(("PO_INFERRED", f"No valid order number; only {numbers[0]} fits every line.", numbers))
    elif candidates:
        found.reports.append(("PO_AMBIGUOUS", f"Several orders fit: {', '.join(numbers)}.", numbers))
    elif number:
        found.reports.append(("PO_NOT_FOUND", f"Order {number} does not exist.", ()))
    elif run.supplier is not None and run.supplier.po_required:
        found.reports.append(("PO_MISSING", "No order number, and this supplier must state one.", ()))
    elif run.supplier is not None:
        found.non_po = True


def _candidates(run: Run, lines: list[InvoiceLine]) -> list[PurchaseOrder]:
    """Open orders of the supplier group and currency that every item line fits (B.1.3)."""
    if not lines or run.group is None or run.supplier is None:
        return []
    live = [
        order
        for order in run.facts.purchase_orders
        if order.status == "open" and order.currency == run.currency and group_of(run, order.supplier_id) == run.group
    ]
    hinted = _hinted(run)
    if hinted:
        live = [order for order in live if norm_po(order.number) in hinted]
    if not live:
        return []
    ledger = Ledger(run, {norm_po(order.number) for order in live})
    return [order for order in live if _fits(run, ledger, order, lines)]


def _hinted(run: Run) -> set[str]:
    """Orders that the sales order, the packing slip or a serial number point to."""
    invoice, found = run.invoice, set[str]()
    if invoice.sales_order:
        key = squash(invoice.sales_order)
        found |= {norm_po(o.number) for o in run.facts.purchase_orders if squash(o.sales_order or "") == key}
    if invoice.despatch_ref:
        key = squash(invoice.despatch_ref)
        found |= {norm_po(r.po_number) for r in run.facts.receipts if squash(r.packing_slip or "") == key}
    serials = {squash(s) for line in invoice.lines for s in (*line.serials, *line.lots)}
    if serials:
        found |= {
            norm_po(u.po_number)
            for u in run.facts.usage_records
            if not serials.isdisjoint(squash(s) for s in (*u.serials, *u.lots))
        }
    return found


def _fits(run: Run, ledger: Ledger, order: PurchaseOrder, lines: list[InvoiceLine]) -> bool:
    targets = [Target(run, ledger, order, line, place) for place, line in enumerate(order.lines)]
    return all(any(_line_fits(run, ledger, line, target) for target in targets) for line in lines)


def _line_fits(run: Run, ledger: Ledger, line: InvoiceLine, target: Target) -> bool:
    own, other = identifiers(line), target.ids
    if not any(own.get(kind) and own[kind] == other.get(kind) for kind in _FIT_KEYS):
        return False
    factor = target.factor(line.uom)
    if factor is None or line.qty is None or line.net is None:
        return False
    qty = line.qty * factor
    expected = expected_net(run, target, ledger, qty)
    pct = target.limits.values["price.upper_pct"]
    if expected is None or qty > target.open_qty:
        return False
    return pct is None or abs(line.net - expected) * HUNDRED <= pct * expected


def report_orders(run: Run, found: Found) -> None:
    """PO_* of B.1. An inferred order is a hold unless the policy lets it pass."""
    for code, message, evidence in found.reports:
        warn = code == "PO_CORRECTED" or (code == "PO_INFERRED" and run.policy.allow_auto_on_inferred_po)
        run.add(code, "warn" if warn else "hold", message, evidence=evidence)
        if code in ("PO_AMBIGUOUS", "PO_INFERRED"):
            run.candidates = tuple(dict.fromkeys((*run.candidates, *evidence)))


def check_orders(run: Run) -> None:
    """C.5 and SUP_MISMATCH_PO for every order found."""
    for order in run.orders:
        if run.supplier is not None and group_of(run, order.supplier_id) != run.group:
            run.hold(
                "SUP_MISMATCH_PO",
                f"Order {order.number} belongs to {order.supplier_id}, the invoice comes from {run.supplier.name}.",
                expected=order.supplier_id,
                actual=run.supplier.id,
            )
        _check_status(run, order)
        _check_order_dates(run, order)
        _check_context(run, order)


def _check_status(run: Run, order: PurchaseOrder) -> None:
    number, status = order.number, order.status
    if status in ("closed", "final_closed"):
        run.hold("PO_CLOSED", f"Order {number} is closed.", expected="open", actual=status)
    elif status == "cancelled":
        run.hold("PO_CANCELLED", f"Order {number} is cancelled.", expected="open", actual=status)
    elif status != "open" or not order.revision_approved:
        actual = status if status != "open" else f"revision {order.revision} not approved"
        run.hold("PO_NOT_APPROVED", f"Order {number} is not approved ({actual}).", expected="open", actual=actual)
    for prior in run.facts.prior_invoices:
        if prior.status.upper() in COUNTED and same_order(prior.final_for_po, number) and not _itself(run, prior.id):
            run.hold("PO_FINAL_MATCHED", f"{prior.invoice_number} was the final invoice of order {number}.")
    if order.ers:
        run.hold("ERS_INVOICE", f"Order {number} is settled from receipts; no invoice is expected.")
        run.dispute(abs(run.invoice.total or Decimal(0)))
    last = run.facts.last_revisions.get(number)
    if last is not None and order.revision > last:
        run.add("PO_CHANGED", "info", f"Order {number} changed from revision {last} to {order.revision}.")


def _itself(run: Run, prior_id: str) -> bool:
    return bool(prior_id) and prior_id == run.invoice.id


def _check_order_dates(run: Run, order: PurchaseOrder) -> None:
    invoice = run.invoice
    until: date | None = invoice.period_end or invoice.invoice_date
    if order.valid_to is not None and until is not None and until > order.valid_to:
        run.hold(
            "PO_EXPIRED",
            f"Order {order.number} was valid to {order.valid_to}, the invoice is for {until}.",
            expected=f"<= {order.valid_to}",
            actual=str(until),
        )
    if order.type not in BILLED_BY_USAGE and invoice.invoice_date and order.order_date > invoice.invoice_date:
        run.warn("PO_AFTER_INVOICE", f"Order {order.number} of {order.order_date} is later than the invoice.")


def _check_context(run: Run, order: PurchaseOrder) -> None:
    """Currency, ship-to, account."""
    invoice = run.invoice
    if invoice.currency and invoice.currency != order.currency:
        run.hold(
            "CUR_MISMATCH",
            f"Billed in {invoice.currency}, ordered in {order.currency}.",
            expected=order.currency,
            actual=invoice.currency,
        )
    places = {order.ship_to, *(line.ship_to for line in order.lines)} - {None}
    if invoice.ship_to and places and invoice.ship_to not in places:
        _report_ship_to(run, order)
    stated, own = squash(invoice.account_no or ""), squash(order.supplier_account_no or "")
    if stated and own and stated != own:
        run.hold(
            "ACCOUNT_MISMATCH",
            f"Billed on account {invoice.account_no}, ordered on account {order.supplier_account_no}.",
            expected=order.supplier_account_no,
            actual=invoice.account_no,
        )


def _report_ship_to(run: Run, order: PurchaseOrder) -> None:
    billed, ordered = run.facilities.get(run.invoice.ship_to or ""), run.facilities.get(order.ship_to or "")
    entity = order.legal_entity or (ordered.legal_entity if ordered else None)
    same = billed is not None and entity is not None and billed.legal_entity == entity
    run.add(
        "SHIP_TO_DIFF" if same else "SHIP_TO_MISMATCH",
        "warn" if same else "hold",
        f"Billed for {run.invoice.ship_to}, ordered for {order.ship_to}"
        + (" of the same legal entity." if same else " of another legal entity."),
        expected=order.ship_to,
        actual=run.invoice.ship_to,
    )
