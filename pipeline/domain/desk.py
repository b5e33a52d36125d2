"""What people of the desk set up beside their work on invoices: policy versions, delegations, tokens (spec E.1, E.6)."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """One version of the policy. `state`: PROPOSED | ACTIVE | REPLACED | REFUSED. `text` is its TOML as uploaded."""

    number: int
    state: str
    hash: str
    effective_from: date
    author: str
    proposed_at: datetime
    text: str
    note: str = ""
    approver: str | None = None
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StandIn:
    """`delegate` acts for `delegator` from `start` to `end` (both included), up to `limit` of the legal entity's money."""

    id: str
    delegator: str
    delegate: str
    start: date
    end: date
    reason: str
    created_by: str
    created_at: datetime
    limit: Decimal | None = None
    facilities: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    permitted_explicitly: bool = False
    ended_at: datetime | None = None
    ended_by: str | None = None


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A program's key. `scopes` are permissions; never more than its owner holds at the moment of use.

    `last_used_at` is kept to the hour: it tells a forgotten key from one in use."""

    id: str
    user_id: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    ends_at: datetime
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None
