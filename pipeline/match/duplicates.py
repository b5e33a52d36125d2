"""Duplicates (spec C.4). Cost grows with the candidates handed in, not with the ledger."""

from datetime import date

from pipeline.domain.identifiers import near_by_slip, norm_po, normalise_invoice_number, same_skeleton, squash
from pipeline.domain.invoice import PriorInvoice
from pipeline.domain.supplier import Supplier
from pipeline.match.run import DEAD, Run, group_of

_STRENGTH = ("DUP_EXACT", "DUP_NUMBER", "DUP_PROBABLE", "DUP_POSSIBLE")
_WHOLE = frozenset(_STRENGTH[:3])


def check_duplicates(run: Run) -> None:
    """Report the strongest code over all earlier documents, with its twin."""
    found: list[tuple[int, str, str, str]] = []
    for prior in run.facts.prior_invoices:
        if not _comparable(run, prior):
            continue
        code, why = _verdict(run, prior)
        if code:
            found.append((_STRENGTH.index(code), prior.invoice_number, str(prior.invoice_date), why))
    if not found:
        return
    place, number, day, why = min(found)
    code = _STRENGTH[place]
    message = f"Looks like {number} of {day}: {why}."
    run.add(code, "hold" if code in _WHOLE else "warn", message, evidence=(number, day, why))
    if code in _WHOLE and run.invoice.total is not None:
        run.dispute(abs(run.invoice.total))


def _comparable(run: Run, prior: PriorInvoice) -> bool:
    invoice = run.invoice
    if prior.status.upper() in DEAD or (invoice.id and prior.id == invoice.id):
        return False
    if (prior.type == "credit_note") != (invoice.type == "credit_note"):
        return False
    days = _days_apart(invoice.invoice_date, prior.invoice_date)
    return days is None or days <= run.policy.duplicate.lookback_days


def _days_apart(a: date | None, b: date | None) -> int | None:
    return abs((a - b).days) if a and b else None


def _verdict(run: Run, prior: PriorInvoice) -> tuple[str | None, str]:
    number = run.invoice.invoice_number
    equal_number = number is not None and (
        normalise_invoice_number(number) == normalise_invoice_number(prior.invoice_number)
    )
    equal_total = _equal_total(run, prior)
    if not equal_number and not equal_total:
        return None, ""
    if run.group is None or group_of(run, prior.supplier_id) != run.group:
        if equal_number and equal_total and _twins(run, prior.supplier_id):
            return "DUP_PROBABLE", "same number and total from another record of the same supplier"
        return None, ""
    if equal_number:
        return ("DUP_EXACT", "same number and total") if equal_total else ("DUP_NUMBER", "same number, other total")
    return _by_total(run, prior)


def _equal_total(run: Run, prior: PriorInvoice) -> bool:
    invoice, total = run.invoice, run.invoice.total
    if total is None or (prior.currency or invoice.currency) != invoice.currency:
        return False
    return abs(abs(total) - abs(prior.total)) <= run.own_limit(run.policy.duplicate.total_abs)


def _by_total(run: Run, prior: PriorInvoice) -> tuple[str | None, str]:
    """The totals are equal, the numbers are not."""
    invoice, rules = run.invoice, run.policy.duplicate
    days = _days_apart(invoice.invoice_date, prior.invoice_date)
    if invoice.invoice_number and _near(run, prior.invoice_number, days):
        return "DUP_PROBABLE", "same total, and the numbers are nearly the same"
    if days == 0 and _same_po(run, prior):
        return "DUP_PROBABLE", "same total, date and order"
    if days is not None and days <= rules.possible_days:
        return "DUP_POSSIBLE", "same total and date" if days == 0 else f"same total {days} days apart"
    return None, ""


def _near(run: Run, other: str, days: int | None) -> bool:
    number = run.invoice.invoice_number or ""
    if same_skeleton(number, other):
        return True
    recurring = run.supplier is not None and run.supplier.recurring
    # An unknown distance of dates cannot exclude a slip of the keyboard.
    window = 0 if recurring else run.policy.duplicate.near_days
    return (days is None or days <= window) and near_by_slip(number, other)


def _same_po(run: Run, prior: PriorInvoice) -> bool:
    invoice = run.invoice
    numbers = {norm_po(n) for n in (invoice.po_number, *(line.po_number for line in invoice.lines)) if n}
    if numbers:
        numbers |= {norm_po(order.number) for order in run.orders}
    return bool(prior.po_number) and norm_po(prior.po_number or "") in numbers


def _twins(run: Run, other_id: str) -> bool:
    """Another supplier record with the same tax id or bank account."""
    own, other = run.supplier, next((s for s in run.facts.suppliers if s.id == other_id), None)
    if other is None:
        return False
    taxes = {squash(t) for t in (own.tax_id if own else None, run.invoice.stated_tax_id) if t}
    banks = {b.fingerprint for b in own.banks} if own else set()
    if run.invoice.bank_fingerprint:
        banks.add(run.invoice.bank_fingerprint)
    return _tax(other) in taxes or not banks.isdisjoint(b.fingerprint for b in other.banks)


def _tax(supplier: Supplier) -> str | None:
    return squash(supplier.tax_id) if supplier.tax_id else None
