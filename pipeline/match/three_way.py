"""The decision: facts and policy in, MatchResult out (spec C.0). Pure and deterministic."""

import hashlib
from dataclasses import replace
from decimal import Decimal

from pipeline.domain.matching import Facts, LineLink, MatchResult
from pipeline.domain.orders import PurchaseOrder
from pipeline.match.arithmetic import check_arithmetic, completed
from pipeline.match.charges import check_charges, check_tax
from pipeline.match.coding import approval_chain, check_coding
from pipeline.match.credits import check_credit
from pipeline.match.documents import (
    check_anomaly,
    check_confidence,
    check_dates,
    check_document,
    check_line_amounts,
    check_supplier,
    check_terms,
    not_an_invoice,
)
from pipeline.match.duplicates import check_duplicates
from pipeline.match.groups import dispute_groups, groups_of
from pipeline.match.orders import Found, check_orders, find_orders, items_of, report_orders
from pipeline.match.pairing import Item, Pairing, Part, pair_lines, report_pairing
from pipeline.match.prices import check_header, check_prices, check_units
from pipeline.match.quantities import check_groups, line_closed
from pipeline.match.run import ENGINE_VERSION, HUNDRED, ZERO, Run, group_of, start
from pipeline.match.subset import link_summary
from pipeline.match.target import LineKey
from rules.owners import rank
from rules.policy import Policy

_LINE_TROUBLE = ("LINE_UNMATCHED", "LINE_AMBIGUOUS", "LINE_SUBSTITUTE")
_TOTAL_TROUBLE = frozenset(
    [
        "ARI_LINE",
        "ARI_SUM",
        "ARI_TAX",
        "ARI_TOTAL",
        "PRICE_OVER",
        "UOM_SUSPECT",
        "QTY_OVER_ORDERED",
        "QTY_OVER_RECEIVED",
    ]
)


def match_invoice(facts: Facts, policy: Policy) -> MatchResult:
    """Match one invoice. The same facts and policy give the same result, byte for byte (P3)."""
    invoice = completed(facts.invoice)
    run = start(facts if invoice is facts.invoice else replace(facts, invoice=invoice), policy)
    if not_an_invoice(run):
        return _result(run, "NOT_INVOICE", None, [])
    check_document(run)
    check_supplier(run)
    check_dates(run)
    if invoice.type == "credit_note":
        return _credit(run)
    found = find_orders(run)
    run.orders = _distinct(found)
    check_duplicates(run)
    if invoice.total is not None and invoice.total < 0:
        run.hold("NEG_INVOICE", f"The total {invoice.total} is negative, but this is not a credit note.")
        return _finish(run, None, non_po=False)
    check_arithmetic(run)
    report_orders(run, found)
    check_orders(run)
    check_terms(run)
    pairing = _check_lines(run, found)
    check_anomaly(run)
    check_line_amounts(run)
    matched = _lines_matched(run, pairing)
    check_confidence(run, matched and _same_supplier(run), matched and _total_closes(run))
    return _finish(run, pairing, found.non_po)


def _credit(run: Run) -> MatchResult:
    """C.9: supplier, dates, duplicates, arithmetic, the credit table; no PO matching."""
    check_duplicates(run)
    check_arithmetic(run)
    links = check_credit(run)
    check_confidence(run, lines_matched=False, total_closes=False)
    return replace(_finish(run, None, non_po=False), links=links)


def _distinct(found: Found) -> tuple[PurchaseOrder, ...]:
    orders = {id(order): order for order in found.by_number.values()}
    return tuple(orders.values())


def _check_lines(run: Run, found: Found) -> Pairing | None:
    """Line, charge and tax checks, unless something stops them (C.0.1)."""
    if run.stopped:
        return None
    if found.non_po:
        check_coding(run)
        check_tax(run)
        return None
    if not run.orders:
        return None
    pairing = pair_lines(run, items_of(run), {number: order.number for number, order in found.by_number.items()})
    link_summary(run, pairing)
    report_pairing(run, pairing)
    for item in pairing.items:
        if item.parts and all(line_closed(part.target.line) for part in item.parts):
            item.skip_price = True
        else:
            check_units(run, item)
    foreign = "CUR_MISMATCH" in run.codes
    prices = None if foreign else check_prices(run, pairing)
    groups = groups_of(pairing)
    check_groups(run, pairing, groups)
    dispute_groups(run, groups, prices.payable if prices else {})
    check_charges(run)
    check_tax(run)
    if prices is not None:
        check_header(run, prices)
    return pairing


def _lines_matched(run: Run, pairing: Pairing | None) -> bool:
    """Every billed line is tied to a PO line and nothing about the pairing is in doubt."""
    if pairing is None or not pairing.items or not run.codes.isdisjoint(_LINE_TROUBLE):
        return False
    return all(item.parts for item in pairing.items)


def _same_supplier(run: Run) -> bool:
    return bool(run.orders) and all(group_of(run, order.supplier_id) == run.group for order in run.orders)


def _total_closes(run: Run) -> bool:
    return run.small_difference == 0 and run.codes.isdisjoint(_TOTAL_TROUBLE)


def _finish(run: Run, pairing: Pairing | None, non_po: bool) -> MatchResult:
    _sample(run)
    outcomes = {finding.outcome for finding in run.findings}
    if "hold" in outcomes:
        return _result(run, "HOLD", pairing, [])
    if "wait" in outcomes:
        return _result(run, "WAIT_RECEIPT", pairing, [])
    chain = approval_chain(run, non_po)
    return _result(run, "NEEDS_APPROVAL" if chain else "AUTO_APPROVED", pairing, chain)


def _sample(run: Run) -> None:
    """QA_SAMPLE: a share of otherwise touchless invoices, chosen by a hash of the id so that a re-run agrees."""
    share = run.policy.qa_sample_pct
    if not share or not run.invoice.id or any(f.outcome in ("hold", "wait") for f in run.findings):
        return
    drawn = int.from_bytes(hashlib.sha256(run.invoice.id.encode()).digest()[:4], "big") / Decimal(2**32)
    if drawn * HUNDRED < share:
        run.hold(
            "QA_SAMPLE", "Drawn for a quality check before release.", limit=f"{share} %", limit_source="system policy"
        )


def _result(run: Run, status: str, pairing: Pairing | None, chain: list[str]) -> MatchResult:
    stopping = [finding for finding in run.findings if finding.outcome in ("hold", "wait")]
    primary = min(stopping, key=lambda finding: rank(finding.code), default=None)
    zero = run.money(ZERO)
    return MatchResult(
        status=status,
        findings=tuple(run.findings),
        links=_links(pairing),
        payable_now=_payable(run) if status == "AUTO_APPROVED" else zero,
        disputed_amount=_disputed(run) if status == "HOLD" else zero,
        small_difference=run.money(run.small_difference),
        primary_code=primary.code if primary else None,
        primary_owner=primary.owner if primary else None,
        approval_chain=tuple(chain),
        po_numbers=tuple(order.number for order in run.orders),
        candidates=run.candidates,
        po_revisions=tuple((o.number, run.facts.last_revisions.get(o.number, o.revision)) for o in run.orders),
        policy_hash=run.policy.hash,
        engine_version=ENGINE_VERSION,
    )


def _payable(run: Run) -> Decimal:
    invoice = run.invoice
    amount = invoice.amount_due if invoice.amount_due is not None else invoice.total
    assert amount is not None  # a missing total holds
    return run.money(-amount if invoice.type == "credit_note" else amount)


def _disputed(run: Run) -> Decimal:
    total = run.invoice.total
    most = run.disputed if total is None else min(total, run.disputed)
    return run.money(max(ZERO, most))


def _links(pairing: Pairing | None) -> tuple[LineLink, ...]:
    if pairing is None:
        return ()
    taken: dict[LineKey, Decimal] = {}
    return tuple(_link(pairing, item, part, taken) for item in pairing.items for part in item.parts)


def _link(pairing: Pairing, item: Item, part: Part, taken: dict[LineKey, Decimal]) -> LineLink:
    assert item.chosen is not None
    target = part.target
    share = part.net if target.by_amount else part.qty or ZERO
    before = taken.get(target.key, target.prior_net if target.by_amount else target.prior_qty)
    taken[target.key] = before + share
    return LineLink(
        item.no,
        target.order.number,
        target.line.no,
        part.qty if part.qty is not None else ZERO,
        part.net,
        item.chosen.score,
        item.chosen.evidence,
        pairing.ledger.receipts_for(target, before, share, pairing.packing_slip),
    )
