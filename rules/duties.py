"""Segregation of duties, checked when a person acts (spec E.7; E.3 void approvals, E.6 no chains of delegates)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pipeline.domain.errors import InvalidInput

_ADMINS = frozenset({"POLICY_ADMIN", "INTEGRATION_ADMIN", "AUDITOR"})
_EDIT_WINDOW_DAYS = 90
_BUYER_LIMIT = Decimal("100.00")
_AP = frozenset({"AP_CLERK", "AP_SUPERVISOR", "AP_MANAGER"})
_SUPERVISED = frozenset({"DUP_EXACT", "DUP_NUMBER"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """Allowed or refused; `rule` is SOD-nn, E.3 or E.6 (None when allowed), `reason` one plain sentence."""

    allowed: bool
    rule: str | None = None
    reason: str = ""


Facts = Mapping[str, Any]
Rule = Callable[[str, Facts], str | None]
_ALLOWED = Verdict(True)


def check(action: str, actor: str, facts: Facts, on_behalf_of: str | None = None) -> Verdict:
    """Whether `actor` may do `action`. With a delegation both persons are tested (E.6).

    Raises InvalidInput for an unknown action. An absent fact never permits what the rule needs to know.
    """
    if action not in _RULES:
        raise InvalidInput(f"Unknown action {action}.", f"Known: {', '.join(sorted(_RULES))}.")
    persons = (actor,) if on_behalf_of in (None, actor) else (actor, str(on_behalf_of))
    for rule, test in _RULES[action]:
        for person in persons:
            reason = test(person, facts)
            if reason:
                return Verdict(False, rule, reason)
    return _ALLOWED


def _corrected(person: str, facts: Facts) -> str | None:
    if person in (facts.get("corrected_critical_field_by") or ()):
        return f"{person} corrected a critical field of this invoice and may not approve it."
    return None


def _bought(person: str, facts: Facts) -> str | None:
    if person not in (facts.get("po_buyer"), facts.get("po_requester")):
        return None
    disputed = facts.get("disputed")
    if disputed is not None and abs(Decimal(str(disputed))) <= _BUYER_LIMIT:
        return None
    return f"{person} bought on this order; above {_BUYER_LIMIT} a department manager or director accepts."


def _received(person: str, facts: Facts) -> str | None:
    if person in (facts.get("receipt_posted_by") or ()):
        return f"{person} posted the receipt and may not approve the invoice."
    return None


def _received_hold(person: str, facts: Facts) -> str | None:
    code = str(facts.get("code") or "QTY")
    if person in (facts.get("receipt_posted_by") or ()) and code.startswith(("QTY", "RCPT")):
        return f"{person} posted the receipt and may not release {code}."
    return None


def _edited_supplier(person: str, facts: Facts) -> str | None:
    if person != facts.get("supplier_edited_by"):
        return None
    days = facts.get("supplier_edited_days_ago")
    if days is None or int(days) <= _EDIT_WINDOW_DAYS:
        return f"{person} edited the supplier in the last {_EDIT_WINDOW_DAYS} days."
    return None


def _own_invoice(person: str, facts: Facts) -> str | None:
    return f"The invoice is payable to {person} or a declared relative." if facts.get("payee_is_actor") else None


def _bank_change(person: str, facts: Facts) -> str | None:
    caller = facts.get("bank_callback_by")
    if not caller:
        return "No call-back is recorded."
    if caller == person:
        return f"{person} made the call-back; a second person approves."
    if facts.get("callback_number_source") != "master_before_request":
        return "The call-back did not use the number known before the request."
    if person == facts.get("clerk_of_invoice"):
        return f"{person} is the clerk of the invoice."
    if caller == facts.get("manager_of_actor"):
        return f"{person} reports to {caller}, who made the call-back."
    return None


def _earlier_step(person: str, facts: Facts) -> str | None:
    if person in (facts.get("earlier_steps_by") or ()):
        return f"{person} already filled a step of this chain."
    return None


def _admin(person: str, facts: Facts) -> str | None:
    held = _ADMINS & set(facts.get("actor_roles") or ())
    return f"{person} is {', '.join(sorted(held))} and may not approve, release or correct invoices." if held else None


def _duplicate(person: str, facts: Facts) -> str | None:
    if str(facts.get("code") or "DUP_EXACT") not in _SUPERVISED:
        return None
    if "AP_SUPERVISOR" not in (facts.get("actor_roles") or ()):
        return "Only an AP supervisor may clear this duplicate."
    if person == facts.get("proposed_by"):
        return f"{person} proposed the verdict; another supervisor decides."
    return None


def _own_policy(person: str, facts: Facts) -> str | None:
    return f"{person} wrote this policy version." if person == facts.get("policy_author") else None


def _system(person: str, facts: Facts) -> str | None:
    if person != "SYSTEM":
        return None
    if facts.get("holds") or facts.get("human_touched_bank_or_supplier"):
        return "The system approves only with zero holds and no human change of bank or supplier in the same run."
    return None


def _conflicting_roles(_person: str, facts: Facts) -> str | None:
    roles = {*(facts.get("target_roles") or ()), facts.get("new_role")}
    vendor = "VENDOR_MASTER" in roles and roles & {"AP_CLERK", "AP_SUPERVISOR"}
    receiving = "RECEIVING" in roles and roles & (_AP | {"BUYER"})
    return "These roles may not be held by one person." if vendor or receiving else None


def _changed_content(_person: str, facts: Facts) -> str | None:
    if facts.get("content_hash_changed_since_request"):
        return "The invoice changed since the approval was asked for; every approval is void."
    return None


def _delegate(_person: str, facts: Facts) -> str | None:
    return "A delegate cannot delegate." if facts.get("actor_is_delegate") else None


_RULES: dict[str, tuple[tuple[str, Rule], ...]] = {
    "approve_step": (
        ("SOD-01", _corrected),
        ("SOD-03", _received),
        ("SOD-04", _edited_supplier),
        ("SOD-05", _own_invoice),
        ("SOD-07", _earlier_step),
        ("SOD-08", _admin),
        ("SOD-11", _system),
        ("E.3", _changed_content),
    ),
    "accept_variance": (
        ("SOD-01", _corrected),
        ("SOD-02", _bought),
        ("SOD-03", _received_hold),
        ("SOD-04", _edited_supplier),
        ("SOD-05", _own_invoice),
        ("SOD-08", _admin),
        ("E.3", _changed_content),
    ),
    "approve_bank_change": (("SOD-06", _bank_change), ("SOD-08", _admin)),
    "mark_not_duplicate": (("SOD-08", _admin), ("SOD-09", _duplicate)),
    "approve_policy": (("SOD-10", _own_policy),),
    "assign_role": (("SOD-12", _conflicting_roles),),
    "delegate_chain": (("E.6", _delegate),),
}
