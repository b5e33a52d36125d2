"""The sample hospital decided on its true fields: what the engine makes of a document that is read without a fault.

A difference of the whole pipeline that is right here is the reading's; one that is wrong here too is named by its code.
"""

import json
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from pipeline.domain.invoice import PriorInvoice, PriorLine
from pipeline.domain.matching import Facts, MatchResult
from pipeline.match.scenarios import scenario_from
from pipeline.match.three_way import match_invoice

_PAIRING = ("PO_INFERRED", "PO_AMBIGUOUS", "PO_NOT_FOUND", "PO_MISSING", "PO_CORRECTED", "LINE_")
_POLICY = ("SUP_AMOUNT_LIMIT", "LINE_AMT_LIMIT", "QA_SAMPLE", "APPROVAL")
_STATUS = {"AUTO_APPROVED": "approved", "NEEDS_APPROVAL": "held", "HOLD": "held", "WAIT_RECEIPT": "waiting"}


def truths(world: Path, documents: dict[str, Any]) -> dict[str, str | None]:
    """Per document with true fields: None when the engine decides it right, else the cause of the difference.

    Documents run in the order in which they came, each knowing those before it, as they would at intake.
    """
    base = json.loads((world / "csv" / "world.json").read_text())
    facts = {d["id"]: d for d in json.loads((world / "csv" / "scenarios_by_document.json").read_text())}
    found: dict[str, str | None] = {}
    before: list[PriorInvoice] = []
    for name in sorted(facts, key=lambda name: (documents[name]["seq"], name)):
        raw = {**_needed(base, facts[name]["invoice"]), **facts[name], "as_of": base["as_of"]}
        scenario = scenario_from(raw, base["policy"], base["fixtures"])
        mine = replace(scenario.facts.invoice, id=name)
        supplier = mine.supplier_id
        earlier = (*scenario.facts.prior_invoices, *(p for p in before if p.supplier_id == supplier))
        one = replace(scenario.facts, invoice=mine, prior_invoices=earlier)
        result = match_invoice(one, scenario.policy)
        found[name] = cause(documents[name], result)
        if result.status in _STATUS and mine.total is not None and mine.invoice_date and supplier:
            before.append(_as_prior(one, result))
    return found


def _needed(base: dict[str, Any], invoice: dict[str, Any]) -> dict[str, Any]:
    """The supplier's orders and invoices and what belongs to them; an order of somebody else only when it is named."""
    groups = {s["id"]: s.get("group", s["id"]) for s in base["fixtures"]["suppliers"]}
    own = groups.get(invoice["supplier_id"])
    named = {invoice.get("po_number"), *(line.get("po_number") for line in invoice["lines"])}
    orders = [o for o in base["purchase_orders"] if o["number"] in named or groups.get(o["supplier_id"]) == own]
    numbers = {order["number"] for order in orders}
    return {
        "purchase_orders": orders,
        "receipts": [r for r in base["receipts"] if r["po_number"] in numbers],
        "usage_records": [u for u in base["usage_records"] if u["po_number"] in numbers],
        "prior_invoices": [p for p in base["prior_invoices"] if groups.get(p["supplier_id"]) == own],
    }


def _as_prior(facts: Facts, result: MatchResult) -> PriorInvoice:
    invoice = facts.invoice
    assert invoice.supplier_id is not None
    assert invoice.invoice_date is not None
    kinds = {line.no: line.kind for line in invoice.lines}
    return PriorInvoice(
        invoice.invoice_number or "",
        invoice.invoice_date,
        invoice.supplier_id,
        _STATUS[result.status],
        invoice.total or Decimal(0),
        id=invoice.id,
        type=invoice.type,
        po_number=result.po_numbers[0] if result.po_numbers else invoice.po_number,
        currency=invoice.currency,
        lines=tuple(
            PriorLine(x.po_line, x.qty_base, x.net, "EA", kinds.get(x.invoice_line, "item"), x.po_number)
            for x in result.links
        ),
        charges=invoice.charges,
        references_invoice=invoice.references_invoice,
        coding=invoice.coding,
    )


def cause(want: dict[str, Any], result: MatchResult) -> str | None:
    """None when right; else "pairing", "policy" or "check" with the codes that are too many or missing."""
    got, wanted = {f.code for f in result.holds}, set(want.get("codes") or ())
    strict = want.get("strict_codes", True)
    missing = (wanted if strict else set(want.get("must_codes") or ())) - got
    extra = got - wanted if strict else set[str]()
    if result.status == want["status"] and not missing and not extra:
        return None
    codes = sorted(missing | (got ^ wanted if not strict else extra))
    return f"{_kind(codes, want, result)} ({result.status}; {', '.join(codes) or 'status only'})"


def _kind(codes: Iterable[str], want: dict[str, Any], result: MatchResult) -> str:
    listed = list(codes)
    if any(code.startswith(_PAIRING) for code in listed):
        return "pairing"
    if any(code.startswith(_POLICY) for code in listed) or (
        not listed and list(result.approval_chain) != want.get("approval_chain", [])
    ):
        return "policy"
    return "check"
