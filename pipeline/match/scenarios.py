"""Scenario files (spec D): facts and the one right outcome, run through the real engine."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import yaml

from pipeline.domain.errors import InvalidInput, InvalidPolicy
from pipeline.domain.invoice import Charge, Coding, Invoice, InvoiceLine, PriorInvoice, PriorLine, TaxRow
from pipeline.domain.matching import Facts, MatchResult
from pipeline.domain.orders import (
    OrderLine,
    OrderTax,
    PriceRevision,
    PurchaseOrder,
    Receipt,
    ReceiptLine,
    UsageRecord,
)
from pipeline.domain.supplier import BankAccount, Facility, RemitTo, Supplier
from pipeline.match.three_way import match_invoice
from rules.load import policy_from
from rules.policy import Policy

Data = Mapping[str, Any]
T = TypeVar("T")
_COMPARED = ("status", "payable_now", "disputed_amount", "primary_code", "primary_owner", "approval_chain")
_OPTIONAL = ("line_matches", "small_difference")


@dataclass(frozen=True)
class Scenario:
    """One scenario: facts, the policy that it is judged by, and what must come out."""

    id: str
    title: str
    facts: Facts
    policy: Policy
    expected: dict[str, Any] = field(default_factory=dict)
    problem: str | None = None


_EMPTY = Facts(Invoice(), date.max)


def load_scenarios(path: Path | str) -> list[Scenario]:
    """Every scenario of a YAML file. Raises InvalidInput when it is no scenario file, InvalidPolicy for its policy."""
    try:
        data = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InvalidInput(f"There is no file {path}.", "Name a scenario file in YAML.") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InvalidInput(f"{path} cannot be read as a scenario file.", str(error).splitlines()[0]) from error
    if not isinstance(data, dict) or not isinstance(data.get("scenarios"), list):
        raise InvalidInput(f"{path} is no scenario file.", "It needs a list named scenarios.")
    base = dict(data.get("policy") or {})
    plain = policy_from(base, "policy")
    return [_or_problem(raw, base, data.get("fixtures") or {}, plain) for raw in data["scenarios"]]


def _or_problem(raw: Any, base: Data, fixtures: Data, plain: Policy) -> Scenario:
    """A scenario, or one that says why it cannot be run: the others of the file still are."""
    try:
        return scenario_from(raw, base, fixtures, plain)
    except (InvalidInput, InvalidPolicy) as error:
        return Scenario(str(raw.get("id", "?")), "", _EMPTY, plain, dict(raw.get("expected") or {}), str(error))


def scenario_from(raw: Data, base: Data, fixtures: Data, plain: Policy | None = None) -> Scenario:
    """One scenario from its data; `base` is the file's policy, on which dotted overrides are laid."""
    name = str(raw.get("id", "?"))
    overrides = raw.get("policy_overrides")
    try:
        policy = policy_from(overridden(base, overrides), name) if overrides or plain is None else plain
        facts = facts_from(raw, fixtures, policy)
    except (KeyError, TypeError, ArithmeticError, ValueError) as error:
        raise InvalidInput(f"Scenario {name} is malformed: {error!r}.") from error
    return Scenario(name, str(raw.get("title", "")), facts, policy, dict(raw.get("expected") or {}))


def overridden(base: Data, overrides: Data | None) -> dict[str, Any]:
    """Policy data with `{dotted.path: value}` laid over it."""
    data: dict[str, Any] = deepcopy(dict(base))
    for path, value in (overrides or {}).items():
        place: Any = data
        *heads, last = str(path).split(".")
        for head in heads:
            place = place[int(head)] if isinstance(place, list) else place.setdefault(head, {})
        if isinstance(place, list):
            place[int(last)] = value
        else:
            place[last] = value
    return data


def run_scenario(scenario: Scenario) -> dict[str, Any]:
    """The outcome in the keys of `expected`, with the scenario's id; only id and error when it cannot be run."""
    if scenario.problem:
        return {"id": scenario.id, "error": scenario.problem}
    return outcome_of(scenario.id, match_invoice(scenario.facts, scenario.policy))


def outcome_of(name: str, result: MatchResult) -> dict[str, Any]:
    """A MatchResult in the vocabulary of scenario files."""
    links: dict[tuple[str, str, str], Decimal] = {}
    for link in result.links:
        key = (link.invoice_line, link.po_number, link.po_line)
        links[key] = links.get(key, Decimal(0)) + link.qty_base
    return {
        "id": name,
        "status": result.status,
        "exceptions": [
            {"code": f.code, "severity": f.outcome, "invoice_line": f.line}
            for f in sorted(result.holds, key=lambda f: (f.code, f.line or ""))
        ],
        "warnings": [
            {"code": f.code, "invoice_line": f.line}
            for f in sorted(result.warnings, key=lambda f: (f.code, f.line or ""))
        ],
        "payable_now": str(result.payable_now),
        "disputed_amount": str(result.disputed_amount),
        "primary_code": result.primary_code,
        "primary_owner": result.primary_owner,
        "approval_chain": list(result.approval_chain),
        "line_matches": [
            {"invoice_line": line, "po_number": po, "po_line": po_line, "qty_base": _plain(qty)}
            for (line, po, po_line), qty in links.items()
        ],
        "small_difference": str(result.small_difference),
    }


def _plain(value: Decimal) -> str:
    return format(value.normalize(), "f")


def compare(scenario: Scenario, outcome: Data) -> list[str]:
    """Differences between expectation and outcome, one sentence each; empty when right."""
    if "error" in outcome:
        return [str(outcome["error"])]
    expected, wrong = scenario.expected, []
    for key in _COMPARED:
        if key in expected and _shape(expected[key]) != _shape(outcome.get(key)):
            wrong.append(f"{key}: expected {expected[key]}, got {outcome.get(key)}")
    for key in ("exceptions", "warnings"):
        if key in expected:
            want, got = _finding_set(expected[key]), _finding_set(outcome[key])
            wrong += [f"{key}: missing {item}" for item in sorted(want - got, key=str)]
            wrong += [f"{key}: unexpected {item}" for item in sorted(got - want, key=str)]
    for key in _OPTIONAL:
        if key in expected and _link_set(expected[key]) != _link_set(outcome[key]):
            wrong.append(f"{key}: expected {expected[key]}, got {outcome[key]}")
    return wrong


def _shape(value: Any) -> Any:
    return list(value) if isinstance(value, list | tuple) else value


def _finding_set(items: Any) -> set[tuple[Any, ...]]:
    return {(i["code"], i.get("severity"), i.get("invoice_line")) for i in items or ()}


def _link_set(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return {(i["invoice_line"], i["po_number"], i["po_line"], _plain(Decimal(str(i["qty_base"])))) for i in value}


def facts_from(raw: Data, fixtures: Data, policy: Policy) -> Facts:
    """Facts of a scenario. Absent optional fields take the defaults of the specification."""
    invoice = invoice_from(raw["invoice"])
    return Facts(
        invoice=invoice,
        as_of=_date(raw["as_of"]) or date.max,
        suppliers=tuple(supplier_from(s) for s in fixtures.get("suppliers") or ()),
        facilities=tuple(facility_from(f) for f in fixtures.get("facilities") or ()),
        purchase_orders=tuple(order_from(o) for o in raw.get("purchase_orders") or ()),
        receipts=tuple(receipt_from(r) for r in raw.get("receipts") or ()),
        prior_invoices=tuple(prior_from(p) for p in raw.get("prior_invoices") or ()),
        usage_records=tuple(usage_from(u) for u in raw.get("usage_records") or ()),
        rates=dict(policy.fx_to_usd),
        inspection_since=_date(raw.get("inspection_since")),
    )


def _date(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if value is None or isinstance(value, date):
        return value
    return datetime.fromisoformat(str(value)).date()


def _dec(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _build(cls: type[T], raw: Data, **ready: Any) -> T:
    """A dataclass from a mapping: decimals and dates by the field's type, lists as tuples, nulls as the default."""
    values: dict[str, Any] = dict(ready)
    for spec in fields(cls):  # type: ignore[arg-type]
        if spec.name in values or raw.get(spec.name) is None:
            continue
        value, kind = raw[spec.name], str(spec.type).replace("decimal.", "")
        if "date" in kind:
            value = _date(value)
        elif "tuple" in kind:
            value = tuple(str(item) for item in value)
        elif kind.startswith("dict[str, Decimal]"):
            value = {str(k): Decimal(str(v)) for k, v in value.items()}
        elif "Decimal" in kind:
            value = _dec(value)
        elif "str" in kind and not isinstance(value, dict):
            value = str(value)
        values[spec.name] = value
    return cls(**values)


def _charges(raw: Any) -> tuple[Charge, ...]:
    return tuple(_build(Charge, {"type": "other", **c}) for c in raw or ())


def invoice_from(raw: Data) -> Invoice:
    period: Data = raw["period"] if isinstance(raw.get("period"), Mapping) else {}
    printed = raw.get("supplier_name") or raw.get("supplier")
    if isinstance(printed, Mapping):
        printed = printed.get("name")
    if printed is None and "supplier_id" in raw and raw["supplier_id"] is None:
        # A null id stands for a supplier that resolution did not find; without the key none was printed.
        printed = "The supplier"
    return _build(
        Invoice,
        raw,
        supplier_name=printed,
        period_end=_date(raw.get("period_end") or period.get("end") or period.get("to")),
        lines=tuple(invoice_line_from(line) for line in raw.get("lines") or ()),
        charges=_charges(raw.get("charges")),
        allowances=_charges(raw.get("allowances")),
        tax_breakdown=tuple(_build(TaxRow, row) for row in raw.get("tax_breakdown") or ()),
        coding=tuple(_build(Coding, {"gl": "", "cost_center": "", **c}) for c in raw.get("coding") or ()),
        terms=_terms(raw.get("terms")),
        findings={str(k): str(v) for k, v in (raw.get("findings") or {}).items()},
        phi=bool(raw.get("phi") or raw.get("phi_flag")),
    )


def _terms(raw: Any) -> str | None:
    """Payment terms in words."""
    if isinstance(raw, Mapping):
        return f"{raw.get('discount_pct') or 0}/{raw.get('discount_days') or 0} net {raw.get('net_days', '')}"
    return None if raw is None else str(raw)


def invoice_line_from(raw: Data) -> InvoiceLine:
    lots = raw.get("lots") or raw.get("lot") or ()
    lots = (lots,) if isinstance(lots, str) else lots
    return _build(InvoiceLine, raw, lots=tuple(str(x) for x in lots))


def prior_from(raw: Data) -> PriorInvoice:
    return _build(
        PriorInvoice,
        raw,
        lines=tuple(_build(PriorLine, line) for line in raw.get("lines") or ()),
        charges=_charges(raw.get("charges")),
        coding=tuple(_build(Coding, {"gl": "", "cost_center": "", **c}) for c in raw.get("coding") or ()),
    )


def order_from(raw: Data) -> PurchaseOrder:
    tax = raw.get("tax") or {}
    certificate = tax.get("certificate") or {}
    valid_to = tax.get("certificate_valid_to") or certificate.get("valid_to")
    return _build(
        PurchaseOrder,
        raw,
        lines=tuple(order_line_from(line) for line in raw.get("lines") or ()),
        planned_charges=_charges(raw.get("planned_charges")),
        payment_terms=_terms(raw.get("payment_terms")),
        tax=OrderTax(bool(tax.get("exempt", True)), _dec(tax.get("rate")), _date(valid_to)),
        tolerances=dict(raw.get("tolerances") or {}),
    )


def order_line_from(raw: Data) -> OrderLine:
    revisions = tuple(
        _build(PriceRevision, r, approved=bool(r.get("approved", True)) and r.get("approved_by", "erp") is not None)
        for r in raw.get("price_revisions") or ()
    )
    return _build(OrderLine, raw, price_revisions=revisions, tolerances=dict(raw.get("tolerances") or {}))


def receipt_from(raw: Data) -> Receipt:
    return _build(Receipt, raw, lines=tuple(_build(ReceiptLine, line) for line in raw.get("lines") or ()))


def usage_from(raw: Data) -> UsageRecord:
    lots = raw.get("lots") or raw.get("lot") or ()
    lots = (lots,) if isinstance(lots, str) else lots
    return _build(UsageRecord, raw, lots=tuple(str(x) for x in lots))


def supplier_from(raw: Data) -> Supplier:
    active = raw.get("active_contract")
    return _build(
        Supplier,
        {"name": raw["id"], "group": raw["id"], **raw},
        remit_tos=tuple(RemitTo(str(x)) for x in raw.get("remit_to_ids") or ()),
        banks=tuple(BankAccount(str(x)) for x in raw.get("bank_fingerprints") or ()),
        payment_terms=_terms(raw.get("payment_terms")),
        active_contract=bool(raw.get("contract_refs")) if active is None else bool(active),
        tolerances=dict(raw.get("tolerances") or {}),
        accounts={},
    )


def facility_from(raw: Data) -> Facility:
    certificate = raw.get("certificate") or {}
    valid_to = raw.get("certificate_valid_to") or (certificate.get("valid_to") if certificate else None)
    base = {"name": raw["id"], "legal_entity": "", **raw}
    return _build(Facility, base, certificate_valid_to=_date(valid_to))
