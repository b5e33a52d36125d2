"""Invoices without an order: the GL distribution and the approval that replaces the order (spec C.9 NPO_*, E.3)."""

from decimal import Decimal

from pipeline.match.run import DEAD, ZERO, Run, group_of
from rules.approval import chain

_SPLIT_WINDOW_DAYS = 7


def check_coding(run: Run) -> None:
    """NPO_CODING, NPO_GL_INVALID, NPO_BUDGET, NPO_CATEGORY as far as the facts allow."""
    invoice, total = run.invoice, run.invoice.total
    coded = sum((part.amount for part in invoice.coding), ZERO)
    if not invoice.coding or coded != total:
        what = f"Coded {coded} of {total} {run.currency}" if invoice.coding else "No GL account is given"
        run.hold(
            "NPO_CODING", f"{what}.", expected=str(total), actual=str(coded), limit="0.00", limit_source="system policy"
        )
    accounts, budgets = run.facts.gl_accounts, run.facts.budgets
    invalid = [part.gl for part in invoice.coding if accounts is not None and part.gl not in accounts]
    if invalid:
        run.hold("NPO_GL_INVALID", f"Not a valid open account: {', '.join(invalid)}.", actual=", ".join(invalid))
    blocked = [part.gl for part in invoice.coding if part.gl in run.policy.npo_blocked_categories]
    if blocked:
        run.hold("NPO_CATEGORY", f"Purchases on {', '.join(blocked)} need an order.", actual=", ".join(blocked))
    spent: dict[str, Decimal] = {}
    for part in invoice.coding:
        spent[part.cost_center] = spent.get(part.cost_center, ZERO) + part.amount * run.rate
    for center, amount in spent.items():
        if budgets is not None and center in budgets and amount > budgets[center]:
            run.hold(
                "NPO_BUDGET",
                f"Cost centre {center} has {budgets[center]} left, {amount} are coded.",
                expected=str(budgets[center]),
                actual=str(amount),
                variance_abs=amount - budgets[center],
            )


def approval_chain(run: Run, non_po: bool) -> list[str]:
    """Who must approve; empty is touchless. Credit notes need nobody (C.0.4)."""
    invoice, supplier = run.invoice, run.supplier
    if invoice.type == "credit_note" or invoice.total is None:
        return []
    departments = tuple(order.department for order in run.orders)
    places = tuple(order.ship_to for order in run.orders) or (invoice.ship_to,)
    return chain(
        "non_po" if non_po else "po_matched",
        invoice.total,
        same_supplier_cost_center_last_7_days=_recent_non_po(run) if non_po else ZERO,
        referral_source=supplier is not None and supplier.referral_source,
        rate=run.rate,
        scope=(*departments, *places),
        policy=run.policy,
    )


def _recent_non_po(run: Run) -> Decimal:
    """The supplier's other non-PO invoices for the same cost centres within 7 days, in legal entity currency."""
    invoice = run.invoice
    centers = {part.cost_center for part in invoice.coding}
    day, total = invoice.invoice_date or run.facts.as_of, ZERO
    for prior in run.facts.prior_invoices:
        if prior.po_number or prior.type == "credit_note" or prior.status.upper() in DEAD:
            continue
        if (prior.id and prior.id == invoice.id) or group_of(run, prior.supplier_id) != run.group:
            continue
        if abs((day - prior.invoice_date).days) <= _SPLIT_WINDOW_DAYS:
            amount = sum((part.amount for part in prior.coding if part.cost_center in centers), ZERO)
            rate = run.facts.rates.get(prior.currency or run.currency or "", Decimal(1))
            total += amount * rate
    return total
