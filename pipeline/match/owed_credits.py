"""CR_MISSING (spec C.9, batch): goods that went back, or a short payment, older than 30 days without a credit note."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from pipeline.domain.identifiers import norm_po, normalise_invoice_number
from pipeline.domain.invoice import Invoice
from pipeline.domain.matching import Facts, Finding
from pipeline.match.run import COUNTED, ZERO, Run, start
from pipeline.match.target import Ledger, Target
from pipeline.match.words import plain
from rules.owners import ownership
from rules.policy import Policy

CREDIT_DAYS = 30


@dataclass(frozen=True, slots=True)
class ShortPayment:
    """A debit that a person asked the supplier for, in document currency."""

    amount: Decimal
    day: date


def credits_missing(
    facts: Facts, policy: Policy, short_payments: tuple[ShortPayment, ...] = (), days: int = CREDIT_DAYS
) -> tuple[Finding, ...]:
    """What the supplier of `facts.invoice` still owes on its orders as of `facts.as_of`. Pure.

    A return counts when it is older than `days` and more has been billed, net of credits, than was kept. Goods that went
    back before they were billed are owed nothing for.
    """
    invoice = facts.invoice
    # Without an id the invoice itself counts among the earlier ones.
    bare = Invoice(invoice_date=invoice.invoice_date, supplier_id=invoice.supplier_id, currency=invoice.currency)
    run = start(replace(facts, invoice=bare), policy)
    long_ago = start(replace(facts, invoice=bare, as_of=facts.as_of - timedelta(days=days)), policy)
    found: list[Finding] = []
    for order in facts.purchase_orders:
        number = {norm_po(order.number)}
        ledger, old = Ledger(run, number), Ledger(long_ago, number)
        for place, line in enumerate(order.lines):
            found += _of_line(run, Target(run, ledger, order, line, place), ledger, old)
    return (*found, *_of_short_payments(facts, short_payments, days))


def _of_line(run: Run, target: Target, ledger: Ledger, old: Ledger) -> list[Finding]:
    returned, kept = old.received(target).returned, ledger.received(target).net
    billed = target.prior_net if target.by_amount else target.prior_qty
    missing = min(returned, billed - kept)
    if missing <= 0:
        return []
    value = run.money(missing if target.by_amount else missing * target.prior_net / target.prior_qty)
    return [
        _finding(
            f"{target.order.number}/{target.line.no}: {plain(returned)} went back, {plain(kept)} were kept, "
            f"{plain(billed)} are billed: a credit note over {value} {run.currency} is missing.",
            value,
            f"{target.order.number}/{target.line.no}",
        )
    ]


def _of_short_payments(facts: Facts, payments: tuple[ShortPayment, ...], days: int) -> list[Finding]:
    due = sum((p.amount for p in payments if (facts.as_of - p.day).days > days), ZERO)
    number = normalise_invoice_number(facts.invoice.invoice_number or "")
    credited = sum(
        (
            abs(prior.total)
            for prior in facts.prior_invoices
            if prior.type == "credit_note"
            and prior.status.upper() in COUNTED
            and number
            and normalise_invoice_number(prior.references_invoice or "") == number
        ),
        ZERO,
    )
    if due <= credited:
        return []
    words = f"Invoice {facts.invoice.invoice_number} was paid short by {due} {facts.invoice.currency}"
    return [_finding(f"{words}, credited so far are {credited}.", due - credited, "short payment")]


def _finding(message: str, value: Decimal, evidence: str) -> Finding:
    owner = ownership("CR_MISSING")
    return Finding(
        "CR_MISSING",
        "warn",
        message=message,
        variance_abs=value,
        owner=owner.owner,
        actions=owner.actions,
        evidence=(evidence,),
        limit=f"{CREDIT_DAYS} days",
        limit_source="system policy",
    )
