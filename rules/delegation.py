"""Delegation of approvals (spec E.6)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

MAX_DAYS = 90
# A role may stand in for itself and for those below it on the same ladder.
_LADDERS = (
    ("AP_CLERK", "AP_SUPERVISOR", "AP_MANAGER"),
    ("COST_CENTER_OWNER", "DEPT_MANAGER", "DEPT_DIRECTOR", "FACILITY_CFO", "SYSTEM_CFO"),
)


@dataclass(frozen=True, slots=True)
class Delegation:
    """`limit` in legal entity currency (None: the delegator's own); empty scopes mean all of the delegator's."""

    delegator: str
    delegate: str
    start: date
    end: date
    reason: str
    created_by: str
    facilities: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    limit: Decimal | None = None
    permitted_explicitly: bool = False


def problems_of(
    wanted: Delegation,
    roles: Mapping[str, Iterable[str]],
    existing: Iterable[Delegation] = (),
    delegator_limit: Decimal | None = None,
) -> list[str]:
    """Why a delegation may not be made; empty when it may. `roles`: user -> roles."""
    given, taken = set(roles.get(wanted.delegator, ())), set(roles.get(wanted.delegate, ()))
    found = []
    if wanted.delegator == wanted.delegate:
        found.append("Nobody delegates to himself.")
    if wanted.end < wanted.start or (wanted.end - wanted.start).days + 1 > MAX_DAYS:
        found.append(f"A delegation lasts 1 to {MAX_DAYS} days.")
    if not wanted.reason.strip():
        found.append("A reason is needed.")
    if wanted.created_by != wanted.delegator and "AP_MANAGER" not in set(roles.get(wanted.created_by, ())):
        found.append("Only the delegator or an AP manager may create it.")
    if not wanted.permitted_explicitly and not all(covers_role(taken, role) for role in given):
        found.append("The delegate holds neither the same nor a higher role.")
    if delegator_limit is not None and (wanted.limit is None or wanted.limit > delegator_limit):
        found.append(f"The limit may not exceed {delegator_limit}.")
    if any(d.delegate == wanted.delegator and d.start <= wanted.end and wanted.start <= d.end for d in existing):
        found.append("A delegate cannot delegate.")
    return found


def covers_role(held: Iterable[str], role: str) -> bool:
    """Whether somebody with these roles holds `role` or a higher one of its ladder."""
    mine = set(held)
    if role in mine:
        return True
    for ladder in _LADDERS:
        if role in ladder:
            return not mine.isdisjoint(ladder[ladder.index(role) :])
    return False


def delegate_of(
    user: str,
    day: date,
    delegations: Iterable[Delegation],
    *,
    facility: str | None = None,
    department: str | None = None,
    amount: Decimal | None = None,
) -> str | None:
    """Who acts for `user` on `day` in this scope, or None."""
    for one in delegations:
        fits = one.delegator == user and one.start <= day <= one.end
        fits = fits and (not one.facilities or facility in one.facilities)
        fits = fits and (not one.departments or department in one.departments)
        if fits and (one.limit is None or (amount is not None and amount <= one.limit)):
            return one.delegate
    return None
