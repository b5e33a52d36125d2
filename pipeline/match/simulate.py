"""What another policy would have decided, and how the two policies differ (spec E.1 dry run)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from pipeline.domain.errors import InvalidPolicy
from pipeline.domain.matching import Facts, MatchResult
from pipeline.match.three_way import match_invoice
from rules.load import load_policy, policy_content
from rules.policy import Policy

_NO_CHANGE = ("status", "payable_now", "disputed_amount", "approval_chain")


@dataclass(frozen=True, slots=True)
class Flip:
    """One invoice that another policy decides otherwise. Money in document currency."""

    invoice_id: str
    invoice_number: str | None
    supplier_id: str | None
    currency: str | None
    total: Decimal | None
    old_status: str
    new_status: str
    appeared: tuple[str, ...]
    vanished: tuple[str, ...]
    payable_change: Decimal
    disputed_change: Decimal


@dataclass(frozen=True, slots=True)
class Change:
    """One setting that differs between two policies."""

    path: str
    old: Any
    new: Any


def simulate(facts_list: Iterable[Facts], old_policy: Policy, new_policy: Policy) -> list[Flip]:
    """Replay history under both policies; only invoices whose outcome changes are returned."""
    flips = []
    for facts in facts_list:
        old, new = (match_invoice(_rated(facts, policy), policy) for policy in (old_policy, new_policy))
        if any(getattr(old, name) != getattr(new, name) for name in _NO_CHANGE) or _codes(old) != _codes(new):
            flips.append(_flip(facts, old, new))
    return flips


def _rated(facts: Facts, policy: Policy) -> Facts:
    """Each policy's own rates stand in where the ledger has none."""
    return replace(facts, rates={**policy.fx_to_usd, **facts.rates})


def _codes(result: MatchResult) -> set[str]:
    return {f"{f.code}@{f.line}" if f.line else f.code for f in result.holds}


def _flip(facts: Facts, old: MatchResult, new: MatchResult) -> Flip:
    invoice = facts.invoice
    return Flip(
        invoice_id=invoice.id,
        invoice_number=invoice.invoice_number,
        supplier_id=invoice.supplier_id,
        currency=invoice.currency,
        total=invoice.total,
        old_status=old.status,
        new_status=new.status,
        appeared=tuple(sorted(_codes(new) - _codes(old))),
        vanished=tuple(sorted(_codes(old) - _codes(new))),
        payable_change=new.payable_now - old.payable_now,
        disputed_change=new.disputed_amount - old.disputed_amount,
    )


def money_moved(flips: Iterable[Flip]) -> dict[str, dict[str, Decimal]]:
    """Per currency: what more would be paid at once, and what more would be disputed."""
    totals: dict[str, dict[str, Decimal]] = {}
    for flip in flips:
        sums = totals.setdefault(flip.currency or "?", {"payable": Decimal(0), "disputed": Decimal(0)})
        sums["payable"] += flip.payable_change
        sums["disputed"] += flip.disputed_change
    return totals


def diff_policies(old: Policy, new: Policy) -> list[Change]:
    """Every setting that differs, by dotted path in alphabetical order."""
    left, right = _flat(policy_content(old)), _flat(policy_content(new))
    paths = sorted(left.keys() | right.keys())
    return [Change(p, left.get(p), right.get(p)) for p in paths if left.get(p) != right.get(p)]


def _flat(value: Any, path: str = "") -> dict[str, Any]:
    if isinstance(value, dict):
        items = [(str(key), item) for key, item in value.items()]
    elif isinstance(value, list):
        items = [(str(place), item) for place, item in enumerate(value)]
    else:
        return {path: value}
    flat: dict[str, Any] = {}
    for key, item in items:
        flat.update(_flat(item, f"{path}.{key}" if path else key))
    return flat


def check_policy(path: Path | str) -> list[str]:
    """Every mistake of a policy file; empty when it can be used."""
    try:
        load_policy(path)
    except InvalidPolicy as error:
        return error.problems
    return []
