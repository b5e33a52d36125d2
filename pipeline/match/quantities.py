"""Quantity, receipts, usage and amounts per PO line, cumulative (spec C.7)."""

from collections.abc import Iterator
from decimal import Decimal

from pipeline.domain.identifiers import squash
from pipeline.domain.orders import OrderLine, UsageRecord
from pipeline.match.groups import Group, amount_limit, report_amount, report_quantity, warn_tolerated
from pipeline.match.pairing import Pairing
from pipeline.match.run import ZERO, Run, same_order
from pipeline.match.target import BILLED_BY_USAGE, Target, reference_price
from pipeline.match.words import limit_words
from rules.tolerance import quantity_within, within

FOUR_WAY_TYPES = frozenset({"capital"})
RECEIPT_LEVELS = frozenset({"three_way", "four_way"})


def match_level(run: Run, target: Target) -> str:
    """First that is set (D): PO line, no receipt needed, inspection or capital, PO, supplier, default."""
    line, order = target.line, target.order
    if line.match_level:
        return line.match_level
    if line.receipt_required is False:
        return "two_way"
    if line.inspection_required or order.type in FOUR_WAY_TYPES:
        return "four_way"
    supplier_level = run.supplier.match_level if run.supplier else None
    return order.match_policy or supplier_level or run.policy.match_level_default


def check_groups(run: Run, pairing: Pairing, groups: list[Group]) -> None:
    """All checks of C.7, PO line by PO line, and the limits of whole orders."""
    for group in groups:
        if _line_closed(run, group) or all(item.skip_qty for item, _ in group.entries):
            continue
        if not any(item.line.kind != "price_adjustment" for item, _ in group.entries) and not group.target.by_amount:
            continue
        if group.target.by_amount and "CUR_MISMATCH" in run.codes:
            continue
        _check_group(run, pairing, group)
    if "CUR_MISMATCH" not in run.codes:
        _check_order_limits(run, pairing, groups)


def line_closed(line: OrderLine) -> bool:
    """Whether a PO line takes no invoice: its price and quantity checks would say nothing."""
    return line.invoice_complete or line.status in ("cancelled", "closed", "final_closed", "draft", "on_hold")


def _line_closed(run: Run, group: Group) -> bool:
    """A cancelled or closed PO line takes no further invoice; its other checks say nothing."""
    line, number = group.target.line, group.target.order.number
    if line.status == "cancelled":
        run.hold("PO_CANCELLED", f"PO line {number}/{line.no} is cancelled.", group.first.no)
        return True
    if line.status in ("closed", "final_closed") or line.invoice_complete:
        run.hold("PO_CLOSED", f"PO line {number}/{line.no} is closed for invoices.")
        return True
    if line.status in ("draft", "on_hold"):
        run.hold("PO_NOT_APPROVED", f"PO line {number}/{line.no} is {line.status.replace('_', ' ')}.")
        return True
    return False


def _check_group(run: Run, pairing: Pairing, group: Group) -> None:
    target = group.target
    received = group.received = pairing.ledger.received(target)
    if target.unreadable_prior or received.unreadable:
        what = "An earlier invoice" if target.unreadable_prior else "A receipt"
        run.hold(
            "UOM_UNKNOWN", f"{what} of PO line {target.line.no} is in a unit that nobody can convert.", group.first.no
        )
        return
    if group.billed <= 0:
        return
    over_ordered = _check_ordered(run, pairing, group)
    if target.order.type in BILLED_BY_USAGE:
        _check_usage(run, group)
        return
    level = match_level(run, target)
    if level in RECEIPT_LEVELS and _check_received(run, pairing, group, over_ordered) and level == "four_way":
        _check_accepted(run, group)


def _value(run: Run, pairing: Pairing, group: Group, excess: Decimal) -> Decimal | None:
    """The excess at the reference price; unknown while currencies differ."""
    if "CUR_MISMATCH" in run.codes or group.target.by_amount:
        return None
    price = reference_price(run, group.target, pairing.ledger)
    return None if price is None else excess * price


def _check_ordered(run: Run, pairing: Pairing, group: Group) -> bool:
    """QTY_OVER_ORDERED, or PO_LIMIT on amount-based lines; True when it fired."""
    target = group.target
    if target.by_amount:
        return _check_amount_ordered(run, group)
    excess = group.prior + group.qty - target.ordered
    if excess <= 0:
        return False
    values = target.limits.values
    if quantity_within(
        excess,
        target.ordered,
        values["qty_ordered.upper_pct"],
        values["qty_ordered.upper_qty"],
        _value(run, pairing, group, excess),
        values["qty_ordered.value_floor"],
    ):
        warn_tolerated(run, group, "ordered", target.ordered, excess, "qty_ordered")
        return False
    group.bounds.append(target.ordered - group.prior)
    report_quantity(run, group, "QTY_OVER_ORDERED", "hold", "ordered", target.ordered, excess, "qty_ordered")
    return True


def _check_amount_ordered(run: Run, group: Group) -> bool:
    limit = amount_limit(group.target)
    values = group.target.limits.values
    if limit is None:
        if match_level(run, group.target) in RECEIPT_LEVELS or group.target.order.amount_limit is not None:
            return False
        run.hold("PO_LIMIT", f"PO line {group.target.line.no} has neither a limit nor receipts.", group.first.no)
        group.bounds.append(ZERO)
        return True
    excess = group.prior + group.net - limit
    if within(excess, limit, values["amount_ordered.upper_pct"], values["amount_ordered.upper_abs"], None):
        return False
    group.bounds.append(limit - group.prior)
    report_amount(run, group, "PO_LIMIT", "hold", "limit", limit, excess, "amount_ordered")
    return True


def _check_order_limits(run: Run, pairing: Pairing, groups: list[Group]) -> None:
    """PO_LIMIT of a whole order, over all its lines."""
    for order in run.orders:
        own = [group for group in groups if group.target.order is order]
        if order.amount_limit is None or not own:
            continue
        prior = sum((t.prior_net for t in pairing.targets if t.order is order), ZERO)
        net = sum((group.net for group in own), ZERO)
        limits = run.order_limits(order)
        excess = prior + net - order.amount_limit
        pct, top = limits.values["amount_ordered.upper_pct"], limits.values["amount_ordered.upper_abs"]
        if net <= 0 or within(excess, order.amount_limit, pct, top, None):
            continue
        if not any(("PO_LIMIT", group.first.no) in run.places for group in own):
            run.dispute(min(net, excess))
        words, source = limit_words(limits, "amount_ordered")
        run.hold(
            "PO_LIMIT",
            f"Order {order.number}: {prior + net} {run.currency} billed in all, "
            f"limit {order.amount_limit}: {excess} over.",
            own[0].first.no,
            expected=str(order.amount_limit),
            actual=str(prior + net),
            variance_abs=excess,
            limit=words,
            limit_source=source,
            disputed=min(net, excess),
        )


def _check_received(run: Run, pairing: Pairing, group: Group, over_ordered: bool) -> bool:
    """Shortage of receipts: the first row of C.7 that holds. True when the check passed."""
    target, got = group.target, group.received
    total = group.prior + group.billed
    excess = total - got.net
    if excess <= 0:
        return True
    if _receipt_tolerated(run, pairing, group, excess):
        section = "amount_received" if target.by_amount else "qty_received"
        warn_tolerated(run, group, "received", got.net, excess, section)
        return True
    if over_ordered or target.line.receipt_complete:
        code, outcome = "QTY_OVER_RECEIVED", "hold"
    elif got.returned > 0 and total <= got.received:
        code, outcome = "QTY_RETURNED", "hold"
    elif _waited_too_long(run, target):
        code, outcome = "RCPT_TIMEOUT", "hold"
    else:
        code, outcome = ("RCPT_MISSING" if got.net - group.prior <= 0 else "RCPT_PARTIAL"), "wait"
    if outcome == "hold":
        group.bounds.append(got.net - group.prior)
    section = "amount_received" if target.by_amount else "qty_received"
    report_quantity(run, group, code, outcome, "received", got.net, excess, section)
    if code.startswith("RCPT_"):
        _warn_early(run, group)
    return False


def _receipt_tolerated(run: Run, pairing: Pairing, group: Group, excess: Decimal) -> bool:
    target, got = group.target, group.received
    values = target.limits.values
    if target.by_amount:
        pct, top = values["amount_received.upper_pct"], values["amount_received.upper_abs"]
        return within(excess, got.net, pct, top, None)
    return quantity_within(
        excess,
        got.net,
        values["qty_received.upper_pct"],
        values["qty_received.upper_qty"],
        _value(run, pairing, group, excess),
        values["qty_received.value_floor"],
    )


def _waited_too_long(run: Run, target: Target) -> bool:
    """The clock starts when invoice and promised date are both there (C.7)."""
    starts = [d for d in (run.invoice.received_on or run.invoice.invoice_date, target.line.promised_date) if d]
    days = target.limits.values["receipt_wait_days"]
    return bool(starts) and days is not None and (run.facts.as_of - max(starts)).days > days


def _warn_early(run: Run, group: Group) -> None:
    promised, day = group.target.line.promised_date, run.invoice.invoice_date
    if promised is not None and day is not None and promised > day:
        run.warn(
            "EARLY_INVOICE",
            f"Billed {day}, promised for {promised}; the payment term counts from the receipt.",
            group.first.no,
            expected=str(promised),
            actual=str(day),
        )


def _check_accepted(run: Run, group: Group) -> None:
    """Four-way: only accepted goods are payable; goods under inspection are waited for."""
    got = group.received
    total = min(group.prior + group.billed, got.net)
    excess = total - got.accepted
    if excess <= 0:
        return
    if total <= got.accepted + got.pending and not _inspected_too_long(run, group.target):
        report_quantity(run, group, "INSPECTION_PENDING", "wait", "accepted", got.accepted, excess, "qty_received")
        return
    group.bounds.append(got.accepted - group.prior)
    report_quantity(run, group, "QTY_OVER_ACCEPTED", "hold", "accepted", got.accepted, excess, "qty_received")


def _inspected_too_long(run: Run, target: Target) -> bool:
    """The goods are here, so the clock runs from the first day on which the invoice waited for their inspection."""
    since, days = run.facts.inspection_since, target.limits.values["receipt_wait_days"]
    return since is not None and days is not None and (run.facts.as_of - since).days > days


def _usage(run: Run, target: Target) -> Iterator[UsageRecord]:
    for record in run.facts.usage_records:
        seen = record.used_at is None or record.used_at <= run.facts.as_of
        if seen and record.po_line == target.line.no and same_order(record.po_number, target.order.number):
            yield record


def _check_usage(run: Run, group: Group) -> None:
    """Bill-only and consignment: consumption replaces the receipt."""
    target, records = group.target, list(_usage(run, group.target))
    if not records:
        run.hold("BO_USAGE_MISSING", f"No usage is recorded for PO line {target.line.no}.", group.first.no)
        return
    known = {squash(s) for record in records for s in (*record.serials, *record.lots)}
    for item, _ in group.entries:
        foreign = [s for s in (*item.line.serials, *item.line.lots) if squash(s) not in known]
        if foreign:
            run.hold(
                "BO_SERIAL_MISMATCH",
                f"Line {item.no} bills {', '.join(foreign)}, which no usage record names.",
                item.no,
                expected=", ".join(sorted(known)),
                actual=", ".join(foreign),
            )
    unit = target.factor(None) or Decimal(1)
    used = sum((record.qty for record in records), ZERO) * unit
    excess = group.prior + group.billed - used
    if excess > 0:
        group.bounds.append(used - group.prior)
        report_quantity(run, group, "BO_QTY_OVER_USED", "hold", "used", used, excess, "")
    _warn_late_usage(run, group, records)


def _warn_late_usage(run: Run, group: Group, records: list[UsageRecord]) -> None:
    """BO_LATE: recorded more than 48 hours after the case, or ordered more than two business days after it."""
    ordered = group.target.order.order_date
    for record in records:
        if record.used_at is None:
            continue
        late_record = record.recorded_at is not None and (record.recorded_at - record.used_at).days > 2
        if late_record or _business_days(record.used_at.toordinal(), ordered.toordinal()) > 2:
            run.warn("BO_LATE", f"Usage of {record.used_at} was recorded or ordered late.", group.first.no)
            return


def _business_days(start: int, end: int) -> int:
    """Weekdays after `start` up to `end` (ordinals; ordinal 1 is a Monday)."""
    return sum(1 for day in range(start + 1, min(end, start + 30) + 1) if day % 7 not in (6, 0))
