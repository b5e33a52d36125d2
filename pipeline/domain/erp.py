"""What passes between us and the ERP: cursors, vouchers and their status, and the ways a call can fail (spec I)."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Generic, TypeVar

from pipeline.domain.errors import ApdeskError
from pipeline.domain.invoice import ZERO, Charge, Coding

Row = TypeVar("Row")

OVERLAP = timedelta(minutes=10)
"""How far each read goes back behind the last one, for transactions that were still open then (I.2)."""


class Stream(StrEnum):
    """What is read from the ERP, each with a cursor of its own (I.2)."""

    SUPPLIERS = "suppliers"
    ORDERS = "purchase_orders"
    RECEIPTS = "receipts"
    BILLED = "billed"
    USAGE = "usage"
    XREFS = "supplier_xrefs"
    ITEM_UOMS = "item_uoms"
    CONTRACT_PRICES = "contract_prices"
    ACCOUNTS = "gl_accounts"


REFERENCE = (Stream.XREFS, Stream.ITEM_UOMS, Stream.CONTRACT_PRICES, Stream.ACCOUNTS)
"""Small lists that are read whole, once an hour and every night; they have no cursor."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a stream was read to. `since` is the ERP's own clock (UTC), None: from the beginning.

    `seen` are (row id, version) inside the overlap window, so that reading the window again costs no second upsert.
    Opaque to everyone but the adapter that made it; stored as it is.
    """

    since: datetime | None = None
    seen: tuple[tuple[str, str], ...] = ()

    def fresh(self, versions: dict[str, str]) -> list[str]:
        """Ids of `versions` (row id -> version) that were not seen in just this version."""
        known = dict(self.seen)
        return [row for row, version in versions.items() if known.get(row) != version]


START = Cursor()


def advance(
    cursor: Cursor, began: datetime, changed: dict[str, tuple[datetime, str]], overlap: timedelta = OVERLAP
) -> Cursor:
    """The cursor after a read that began at `began` (the ERP's clock) and found `changed` (id -> (changed at, version)).

    It never moves backwards, and never past `began` less the overlap: a row written by a transaction that had not
    committed yet is found by the next read.
    """
    since = began - overlap
    if cursor.since is not None:
        since = max(since, cursor.since)
    kept = {row: version for row, (at, version) in changed.items() if at >= since}
    return Cursor(since, tuple(sorted(kept.items())))


@dataclass(frozen=True, slots=True)
class Batch(Generic[Row]):
    """What one read brought: new and changed rows, the next cursor, and the instant for which this is the truth."""

    rows: tuple[Row, ...]
    cursor: Cursor
    as_of: datetime


@dataclass(frozen=True, slots=True)
class ContractPrice:
    """The agreed price of an item at a supplier: `price` per `uom`, from a quantity and a date on."""

    supplier_id: str
    item: str
    uom: str
    price: Decimal
    currency: str
    contract_id: str | None = None
    facility_id: str | None = None
    from_qty: Decimal = ZERO
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class ItemUom:
    """How many eaches one `uom` of an item of this supplier holds (A.7: never a global table)."""

    supplier_id: str
    item: str
    uom: str
    eaches: Decimal


@dataclass(frozen=True, slots=True)
class GlAccount:
    code: str
    name: str
    active: bool = True


@dataclass(frozen=True, slots=True)
class SupplierXref:
    """What another system calls a supplier of ours (I.6): `external_id` of `system` (procurement, GHX, EDI, DUNS ...).

    Only an approved one that is valid on the day counts. A merge keeps its history: the old number leads to the new supplier.
    """

    system: str
    external_id: str
    supplier_id: str
    valid_from: date | None = None
    valid_to: date | None = None
    status: str = "approved"
    evidence: str = ""

    def holds(self, day: date) -> bool:
        """Whether it may be relied on that day."""
        begun = self.valid_from is None or self.valid_from <= day
        return self.status == "approved" and begun and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class SupplierConflict:
    """Suppliers of different groups that share what only one may have (I.6). `what`: tax_id | bank | external_id."""

    what: str
    suppliers: tuple[str, ...]
    hint: str = ""


@dataclass(frozen=True, slots=True)
class IntegrationFailure:
    """One kind of failure of one connector (G, I.5): the fingerprint, how often and when, and how often it came back.

    `opened_at` is when it began this time, `resolved_at` None while it lasts. `returned` counts returns within seven days
    after it was resolved, `minutes` how long it lasted in all.
    """

    fingerprint: str
    connector: str
    operation: str
    kind: str
    message: str
    first_at: datetime
    opened_at: datetime
    last_at: datetime
    count: int = 1
    resolved_at: datetime | None = None
    resolved: int = 0
    returned: int = 0
    minutes: int = 0


@dataclass(frozen=True, slots=True)
class SignOff:
    """A reconciliation that a supervisor has seen and signed (I.9). `evidence` is the stored report's SHA-256."""

    id: str
    since: date
    day: date
    by: str
    at: datetime
    differences: int
    evidence: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A document that goes with a voucher: the invoice as received, or the evidence of the decision."""

    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class VoucherLine:
    """One line to post. `qty` and `unit_price` in the PO line's own unit; `net` is the line's money and leads.

    `item` is the buyer's item of the PO line: an adapter refuses when the ERP's line is about another item.
    """

    no: str
    net: Decimal
    po_number: str | None = None
    po_line: str | None = None
    qty: Decimal | None = None
    uom: str | None = None
    item: str | None = None
    receipt_ids: tuple[str, ...] = ()
    description: str = ""
    gl: str | None = None
    cost_center: str | None = None


@dataclass(frozen=True, slots=True)
class Voucher:
    """An approved invoice as the ERP is to book it (I.3). Signed: the amounts of a credit note are negative.

    sum(lines.net) + charges - allowances + tax_total + small_difference = total, see `balance`.
    """

    invoice_id: str
    supplier_id: str
    type: str
    invoice_number: str
    invoice_date: date
    currency: str
    total: Decimal
    lines: tuple[VoucherLine, ...]
    tax_total: Decimal = ZERO
    due_date: date | None = None
    terms: str | None = None
    charges: tuple[Charge, ...] = ()
    allowances: tuple[Charge, ...] = ()
    small_difference: Decimal = ZERO
    coding: tuple[Coding, ...] = ()
    references_invoice: str | None = None
    legal_entity: str | None = None
    policy_hash: str = ""
    content_hash: str = ""
    approvals: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()

    @property
    def balance(self) -> Decimal:
        """What is left of the total after all parts; zero, or the voucher must not be posted."""
        extra = sum((c.amount for c in self.charges), ZERO) - sum((a.amount for a in self.allowances), ZERO)
        return (
            self.total - sum((line.net for line in self.lines), ZERO) - extra - self.tax_total - self.small_difference
        )


def posting_key(voucher: Voucher, number_norm: str, version: int = 1) -> str:
    """The idempotency key of I.3: SHA-256(legal entity | supplier | type | number | invoice id | posting version)."""
    parts = (
        voucher.legal_entity or "",
        voucher.supplier_id,
        voucher.type,
        number_norm,
        voucher.invoice_id,
        str(version),
    )
    return hashlib.sha256("|".join(parts).encode()).hexdigest()


class VoucherState(StrEnum):
    """Where a voucher stands in the ERP. `pending`: handed over, not yet acknowledged."""

    PENDING = "pending"
    DRAFT = "draft"
    POSTED = "posted"
    PAID = "paid"
    VOID = "void"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class VoucherStatus:
    """A voucher as the ERP holds it. `key` is None for a voucher that did not come from us (a bypass, I.9)."""

    key: str | None
    state: VoucherState
    voucher_no: str | None = None
    erp_id: str | None = None
    supplier_id: str | None = None
    invoice_number: str | None = None
    total: Decimal | None = None
    currency: str | None = None
    open_amount: Decimal | None = None
    paid_on: date | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class StreamState:
    """What we know about one stream: its cursor, the instant it is true for, and how reading it went."""

    stream: Stream
    cursor: Cursor = START
    as_of: datetime | None = None
    error: str | None = None
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Freshness:
    """Age limits of I.2: within `fresh` all is well; beyond `stale` nothing is approved without a person."""

    stale: timedelta = timedelta(minutes=60)
    needed: tuple[Stream, ...] = field(default=(Stream.SUPPLIERS, Stream.ORDERS, Stream.RECEIPTS, Stream.BILLED))

    def stale_streams(self, states: dict[Stream, StreamState], now: datetime) -> tuple[Stream, ...]:
        """The needed streams that were never read or not for too long."""
        return tuple(s for s in self.needed if _too_old(states.get(s), now, self.stale))


def _too_old(state: StreamState | None, now: datetime, limit: timedelta) -> bool:
    return state is None or state.as_of is None or now - state.as_of > limit


def utc(moment: datetime) -> datetime:
    """`moment` in UTC; one without a zone is taken as UTC, which is how ERPs store it."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class ErpError(ApdeskError):
    """A call to the ERP that did not succeed. `kind` is its fingerprint for the metrics (I.5)."""

    kind = "erp"


class BusinessRefusal(ErpError):
    """The ERP says no and will say no again (400, 409, 422): the message goes to a person. `code` maps it (I.5)."""

    kind = "refused"

    def __init__(self, message: str, advice: str = "", code: str = "ERP_REJECTED") -> None:
        super().__init__(message, advice)
        self.code = code


class PostMismatch(BusinessRefusal):
    """The ERP would book another total than ours (I.4): nothing was posted."""

    kind = "mismatch"

    def __init__(self, ours: Decimal, theirs: Decimal, currency: str) -> None:
        message = f"The ERP computes {theirs} {currency} where the approved invoice says {ours} {currency}."
        super().__init__(
            message, "Check taxes, charges and the price of each line; nothing was posted.", "POST_MISMATCH"
        )
        self.ours, self.theirs = ours, theirs


class ErpMisconfigured(ErpError):
    """Credentials or set-up are wrong (401, 403, 404 of the whole service): waiting does not help."""

    kind = "configuration"
    exit_code = 3


class ErpBusy(ErpError):
    """Busy, locked, limited or away (423, 429, 5xx, no connection): nothing was done; try later (`retry_after` seconds)."""

    kind = "transient"
    retryable = True

    def __init__(self, message: str, advice: str = "It is tried again.", retry_after: float | None = None) -> None:
        super().__init__(message, advice)
        self.retry_after = retry_after


class CircuitOpen(ErpBusy):
    """Too many calls have failed; none is made until the pause is over (I.5)."""

    kind = "circuit_open"


class PostingPaused(ErpBusy):
    """We hold the posting back ourselves: the kill switch, data too old. Nothing is wrong with the ERP."""

    kind = "paused"


class OutcomeUnknown(ErpError):
    """The ERP may or may not have done the work (time-out after sending): look it up before any retry (I.4)."""

    kind = "unknown"
    retryable = True


class BadErpData(ErpError):
    """What the ERP sent cannot be taken: nothing of it was. `where` names file and line, or entity and id."""

    kind = "bad_data"
    exit_code = 2

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"{where}: {reason}.", "Nothing of it was taken.")
        self.where, self.reason = where, reason
