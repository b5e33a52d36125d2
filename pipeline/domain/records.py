"""What we keep about one invoice on its way, and about the work people do on it (spec A.9, F)."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pipeline.domain.document import Channel
from pipeline.domain.invoice import Coding, Invoice
from pipeline.domain.matching import MatchResult
from pipeline.domain.reading import Reading


@dataclass(frozen=True, slots=True)
class Correction:
    """A person's value for one field, with the machine's beside it. `field` is a header name or `lines[i].name`."""

    field: str
    value: str | None
    machine_value: str | None
    by: str
    at: datetime
    confirmed_only: bool = False


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A hold that a person with authority settled (E.4). It covers this amount only: if the variance grows, the hold returns.

    `kind`: variance | not_duplicate | confirmed | bank_verified | compliance | link ; `code` and `line` name the finding.
    """

    code: str
    line: str | None
    kind: str
    amount: Decimal
    by: str
    at: datetime
    resolution_code: str
    reason: str
    evidence: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Approval:
    """One step of the approval chain. Void when `content_hash` no longer fits (E.3)."""

    step: int
    role: str
    approver: str
    decision: str
    at: datetime
    content_hash: str
    amount: Decimal
    currency: str
    on_behalf_of: str | None = None
    comment: str = ""
    voided: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """A person's last-but-n decision, and how things stood before it, so that she may take it back before posting (F.2).

    `corrections`, `acceptances` and `approvals` count what was there before; the rest is as it was.
    """

    kind: str
    by: str
    at: datetime
    corrections: int
    acceptances: int
    approvals: int
    po_link: str | None = None
    line_links: dict[str, tuple[str, str]] = field(default_factory=dict)
    coding: tuple[Coding, ...] = ()


@dataclass(frozen=True, slots=True)
class InvoiceRecord:
    """One invoice (or one item that is none) and where it stands. `state` is a state of F.1.

    `invoice` are the facts last matched: reading + corrections, resolved against the masters. `content_hash` covers
    invoice, coding and links. `reason` says in words why an item without a reading is here.
    `run_no` counts match runs; `attempts` counts failed processing attempts; `inspection_since` is the business date of the
    first run that found goods still in inspection (C.7). `steps` are people's decisions that can be taken back, oldest
    first. A terminal record is opened again as a new one (F.1): `reopened_as` and `reopened_from` tie the two.
    `split_into` are the invoices that took its place when its document was divided otherwise.
    """

    id: str
    document_id: str
    sequence: int
    channel: Channel
    source_name: str
    part: str | None
    page_range: tuple[int, int] | None
    received_on: date
    received_at: datetime
    state: str
    version: int = 0
    kind: str = "invoice"
    reading: Reading | None = None
    invoice: Invoice | None = None
    match: MatchResult | None = None
    corrections: tuple[Correction, ...] = ()
    acceptances: tuple[Acceptance, ...] = ()
    approvals: tuple[Approval, ...] = ()
    coding: tuple[Coding, ...] = ()
    po_link: str | None = None
    line_links: dict[str, tuple[str, str]] = field(default_factory=dict)
    content_hash: str = ""
    reason: str | None = None
    run_no: int = 0
    attempts: int = 0
    human_touches: int = 0
    voucher_no: str | None = None
    phi: bool = False
    inspection_since: date | None = None
    steps: tuple[Step, ...] = ()
    reopened_from: str | None = None
    reopened_as: str | None = None
    split_into: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """Work for one queue (F.3). One per distinct (owner role, queue); `lead` is that of the primary code.

    `kind`: extraction | exception | approval | coding | bank_verification | qa_sample. `codes` are (code, line) pairs.
    `state`: OPEN | CLAIMED | PENDING_EXTERNAL | RESOLVED | AUTO_CLEARED.
    """

    id: str
    invoice_id: str
    kind: str
    queue: str
    owner_role: str
    codes: tuple[tuple[str, str | None], ...]
    lead: bool
    state: str
    opened_at: datetime
    due_at: datetime | None
    version: int = 0
    priority_score: Decimal = Decimal(0)
    amount_at_risk: Decimal = Decimal(0)
    assignee: str | None = None
    claimed_by: str | None = None
    lock_token: str | None = None
    lock_expires_at: datetime | None = None
    paused_until: date | None = None
    paused_reason: str = ""
    restricted: bool = False
    sla_class: str = ""
    sla_level: int = 0
    reopened_count: int = 0
    resolution_code: str | None = None
    resolved_by: str | None = None
    resolved_at: datetime | None = None
    notes: tuple[tuple[str, str, str], ...] = ()
    draft: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class User:
    """A person of the desk. `roles` are those of spec 0.1; `source`: local | oidc."""

    id: str
    name: str
    roles: tuple[str, ...]
    facilities: tuple[str, ...] = ()
    active: bool = True
    email: str = ""
    manager: str | None = None
    source: str = "local"


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """An effect owed to the outside, written in the transaction of its cause. Same `key`: same effect."""

    id: int
    topic: str
    key: str
    payload: dict[str, Any]
    attempts: int = 0
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Owed:
    """A message that is still owed: when it is tried next, and why the last try failed. `dead`: not by itself any more."""

    message: OutboxMessage
    dead: bool = False
    due_at: datetime | None = None
    leased_until: datetime | None = None
    error: str = ""
