"""Short ways to state facts in tests, in the vocabulary of scenario files."""

from copy import deepcopy
from decimal import Decimal
from typing import Any

from pipeline.match.scenarios import Scenario, run_scenario, scenario_from

FIXTURES: dict[str, Any] = {
    "facilities": [
        {"id": "F1", "legal_entity": "LE1", "tax_exempt": True},
        {"id": "F2", "legal_entity": "LE1", "tax_exempt": True},
        {"id": "F3", "legal_entity": "LE2", "tax_exempt": False, "tax_rate": "8"},
    ],
    "suppliers": [
        {"id": "S1", "group": "G1", "tax_id": "11-1", "remit_to_ids": ["R1"], "bank_fingerprints": ["B1"]},
        {"id": "S1W", "group": "G1", "tax_id": "11-9", "remit_to_ids": ["R2"], "bank_fingerprints": ["B2"]},
        {"id": "S2", "group": "G2", "tax_id": "22-2", "remit_to_ids": ["R3"], "bank_fingerprints": ["B3"]},
        {"id": "S3", "group": "G3", "tax_id": "11-1", "bank_fingerprints": ["B4"]},
        {"id": "U1", "group": "GU", "po_required": False, "recurring": True},
        {"id": "REF", "group": "GR", "referral_source": True, "contract_refs": ["C-1"]},
    ],
}
FX = {"USD": "1", "EUR": "1.25", "JPY": "0.01", "KWD": "3.2"}


def order(**changes: Any) -> dict[str, Any]:
    """PO-1: 10 EA at 25.00, item A."""
    base = {
        "number": "PO-1",
        "supplier_id": "S1",
        "status": "open",
        "currency": "USD",
        "order_date": "2026-03-01",
        "ship_to": "F1",
        "type": "standard",
        "tax": {"exempt": True},
        "lines": [order_line()],
    }
    return {**base, **changes}


def order_line(no: str = "1", **changes: Any) -> dict[str, Any]:
    base = {
        "no": no,
        "buyer_item": f"A{no}",
        "supplier_item": f"V-A{no}",
        "description": f"Item A{no}",
        "qty": "10",
        "uom": "EA",
        "unit_price": "25.00",
    }
    return {**base, **changes}


def line(no: str = "1", qty: str = "10", price: str = "25.00", net: str = "250.00", **changes: Any) -> dict[str, Any]:
    base = {
        "no": no,
        "supplier_item": f"V-A{no}",
        "description": f"Item A{no}",
        "qty": qty,
        "uom": "EA",
        "unit_price": price,
        "net": net,
    }
    return {**base, **changes}


def receipt(received: str = "10", po_line: str = "1", day: str = "2026-03-09", **changes: Any) -> dict[str, Any]:
    entry = {"po_line": po_line, "received": received, **changes}
    return {"id": f"GR-{day}-{po_line}", "po_number": "PO-1", "date": day, "lines": [entry]}


def prior(number: str = "INV-1", qty: str = "0", net: str = "0.00", **changes: Any) -> dict[str, Any]:
    base = {
        "invoice_number": number,
        "invoice_date": "2026-01-05",
        "supplier_id": "S1",
        "po_number": "PO-1",
        "type": "invoice",
        "status": "posted",
        "total": net,
        "lines": [{"po_line": "1", "qty": qty, "net": net}],
    }
    return {**base, **changes}


def case(
    invoice: dict[str, Any] | None = None,
    *,
    orders: list[dict[str, Any]] | None = None,
    receipts: list[dict[str, Any]] | None = None,
    policy: dict[str, Any] | None = None,
    as_of: str = "2026-03-15",
    **more: Any,
) -> Scenario:
    """A scenario: a clean invoice unless told otherwise. Totals follow from the lines."""
    stated = dict(invoice or {})
    lines = stated.setdefault("lines", [line()])
    lines_total = sum((dec(one.get("net")) for one in lines), dec("0.00"))
    charges = sum((dec(c["amount"]) for c in stated.get("charges", [])), dec("0.00"))
    allowances = sum((dec(c["amount"]) for c in stated.get("allowances", [])), dec("0.00"))
    stated.setdefault("lines_total", str(lines_total))
    stated.setdefault("tax_total", "0.00")
    total = dec(stated["lines_total"]) + charges - allowances + dec(stated["tax_total"])
    stated.setdefault("total", str(total))
    base = {
        "doc_class": "invoice",
        "type": "invoice",
        "invoice_number": "INV-5000",
        "invoice_date": "2026-03-10",
        "received_on": "2026-03-12",
        "supplier_id": "S1",
        "po_number": "PO-1",
        "currency": "USD",
    }
    raw = {
        "id": "T",
        "as_of": as_of,
        "purchase_orders": [order()] if orders is None else orders,
        "receipts": [receipt()] if receipts is None else receipts,
        "invoice": {**base, **stated},
        **more,
    }
    settings = {"fx_to_usd": FX}
    return scenario_from({**raw, "policy_overrides": policy}, settings, deepcopy(FIXTURES))


def dec(value: Any) -> Any:
    return Decimal(str(value or "0"))


def outcome(*args: Any, **more: Any) -> dict[str, Any]:
    """The outcome of `case(...)`, with holds and warnings as short text: "CODE" or "CODE@line"."""
    result = run_scenario(case(*args, **more))
    result["holds"] = [short(item) for item in result["exceptions"]]
    result["warns"] = [short(item) for item in result["warnings"]]
    return result


def short(item: dict[str, Any]) -> str:
    return f"{item['code']}@{item['invoice_line']}" if item["invoice_line"] else str(item["code"])
