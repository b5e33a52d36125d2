"""The sockets: what the core asks of the world. Adapters fill them in `bootstrap`."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol, runtime_checkable

from pipeline.domain.desk import ApiToken, PolicyVersion, StandIn
from pipeline.domain.document import Document, Page
from pipeline.domain.erp import (
    Batch,
    ContractPrice,
    Cursor,
    GlAccount,
    IntegrationFailure,
    ItemUom,
    SignOff,
    Stream,
    StreamState,
    SupplierConflict,
    SupplierXref,
    Voucher,
    VoucherStatus,
)
from pipeline.domain.events import AuditEvent, EventDraft
from pipeline.domain.invoice import Invoice, PriorInvoice
from pipeline.domain.ledger import LedgerFacts
from pipeline.domain.matching import Facts
from pipeline.domain.orders import PurchaseOrder, Receipt, UsageRecord
from pipeline.domain.reading import Reading
from pipeline.domain.records import InvoiceRecord, OutboxMessage, Owed, ReviewItem, User
from pipeline.domain.supplier import Facility, Supplier
from pipeline.domain.trade import TradeRecord


class Clock(Protocol):
    def now(self) -> datetime:
        """The instant, UTC with microseconds."""

    def today(self) -> date:
        """The business date of every check."""


class BlobStore(Protocol):
    """Content-addressed bytes: create-only, fsynced, verified on read."""

    def put(self, data: bytes) -> str:
        """Store and return the SHA-256 in hex. Storing the same bytes again is free."""

    def put_many(self, datas: Sequence[bytes]) -> list[str]:
        """`put` for several at once, synced together: all or an error."""

    def get(self, sha256: str) -> bytes:
        """Raises StorageFailed when absent or when the bytes no longer fit their name."""

    def has(self, sha256: str) -> bool: ...


class DocumentReader(Protocol):
    """Reads foreign bytes in a killable child process."""

    def read(self, data: bytes, name: str, companion: bytes | None = None) -> tuple[Reading, ...]:
        """One Reading per invoice found, or one that says why there is none. Never raises for bad input."""

    def read_many(
        self, requests: Iterable[tuple[bytes, str, bytes | None]], jobs: int
    ) -> Iterator[tuple[Reading, ...]]: ...


class PageImages(Protocol):
    """Pictures of a document's pages for the desk, made in a killable child and cached."""

    def page(self, sha256: str, page: int, width: int, rotation: int = 0, skew: float = 0.0) -> bytes:
        """WebP bytes of page `page` (from 1), `width` pixels wide, turned and straightened as when it was read."""


class Masters(Protocol):
    """Master and purchasing data, as last read from the ERP."""

    def suppliers(self) -> Sequence[Supplier]: ...
    def facilities(self) -> Sequence[Facility]: ...
    def supplier(self, supplier_id: str) -> Supplier | None: ...
    def find_by_tax_id(self, tax_id: str) -> Sequence[Supplier]: ...
    def find_by_bank(self, fingerprint: str) -> Sequence[Supplier]: ...
    def find_by_identifier(self, number: str) -> Sequence[Supplier]:
        """By GLN, or by an approved number of another system (A.6 step 2, I.6)."""

    def find_order(self, number: str) -> PurchaseOrder | None:
        """By exact `norm_po` (B.1)."""

    def open_orders(self, supplier_group: str) -> Sequence[PurchaseOrder]: ...
    def receipts(self, po_number: str) -> Sequence[Receipt]: ...
    def usage(self, po_number: str) -> Sequence[UsageRecord]: ...
    def bank_fingerprint(self, routing: str, account: str) -> str:
        """The fingerprint of an account: the id on file when it is known, else HMAC-SHA256(key, routing + "/" + account)."""


class DeskMemory(Protocol):
    """What people set up beside their work on invoices: part of the transaction of a unit of work."""

    def policy_versions(self) -> Sequence[PolicyVersion]:
        """Newest first."""

    def next_policy_number(self) -> int: ...
    def save_policy_version(self, version: PolicyVersion) -> None: ...
    def policy_in_force(self, day: date) -> PolicyVersion | None:
        """The active version with the latest effective date up to `day`."""

    def delegations(self, person: str | None = None) -> Sequence[StandIn]: ...
    def save_delegation(self, one: StandIn) -> None: ...
    def views(self, user_id: str) -> Sequence[tuple[str, str]]:
        """(name, query string) of a person's saved views of the queue."""

    def save_view(self, user_id: str, name: str, query: str) -> None: ...
    def drop_view(self, user_id: str, name: str) -> None: ...
    def tokens(self, user_id: str | None = None) -> Sequence[ApiToken]: ...
    def add_token(self, token: ApiToken, token_hash: str) -> None: ...
    def save_token(self, token: ApiToken) -> None: ...
    def find_token(self, token_hash: str, now: datetime) -> ApiToken | None:
        """None when unknown, revoked or past its end."""

    def answer_of(self, user_id: str, key: str) -> tuple[str, str] | None:
        """(fingerprint of the request, answer as JSON) kept under an Idempotency-Key."""

    def keep_answer(self, user_id: str, key: str, fingerprint: str, answer: str, now: datetime) -> None: ...


class ErpMemory(Protocol):
    """What we keep about the ERP's side beside the masters: part of the transaction of a unit of work."""

    def accounts(self) -> Sequence[GlAccount]: ...
    def xrefs(self, supplier_id: str | None = None) -> Sequence[SupplierXref]: ...
    def conflicts(self) -> Sequence[SupplierConflict]: ...
    def failures(self) -> Sequence[IntegrationFailure]:
        """Every kind of failure so far, the latest first."""

    def failure(self, fingerprint: str) -> IntegrationFailure | None: ...
    def save_failure(self, failure: IntegrationFailure) -> None: ...
    def sign_offs(self, limit: int = 30) -> Sequence[SignOff]:
        """The latest first."""

    def save_sign_off(self, one: SignOff) -> None: ...


class UnitOfWork(AbstractContextManager["UnitOfWork"], Protocol):
    """One transaction: change + audit event + outbox row. Rolls back unless `commit()` was called."""

    masters: Masters

    @property
    def desk(self) -> DeskMemory: ...
    @property
    def erp(self) -> ErpMemory: ...

    def add_document(self, document: Document) -> None: ...
    def get_document(self, document_id: str) -> Document: ...
    def save_document(self, document: Document) -> None: ...
    def find_document(self, sha256: str) -> Document | None:
        """The first accepted document with these bytes, whatever the channel (DOC_FILE_DUP)."""

    def next_sequence(self) -> int:
        """The next number in order of arrival."""

    def foresee(self, hashes: Sequence[str], numbers: int) -> None:
        """A batch is about to be registered: look up its hashes and take its numbers in one go. Only saves time."""

    def add_invoice(self, record: InvoiceRecord) -> None: ...
    def get_invoice(self, invoice_id: str) -> InvoiceRecord: ...
    def invoices_of(self, document_id: str) -> Sequence[InvoiceRecord]: ...
    def save_invoice(self, record: InvoiceRecord) -> InvoiceRecord:
        """Save if the stored version equals `record.version`, return it with version + 1. Raises StaleVersion."""

    def facts_for(self, invoice: Invoice, as_of: date) -> Facts:
        """All facts for a decision about `invoice`, by indexed look-ups only (cost independent of the ledger's size)."""

    def lock_order_lines(self, po_numbers: Iterable[str]) -> None:
        """Serialise decisions that compete for the same PO lines until the transaction ends (C.0.3)."""

    def waiting_on(self, po_numbers: Iterable[str]) -> Sequence[str]:
        """Ids of WAIT_RECEIPT and IN_REVIEW invoices linked to these orders."""

    def items_of(self, invoice_id: str) -> Sequence[ReviewItem]: ...
    def get_item(self, item_id: str) -> ReviewItem: ...
    def add_item(self, item: ReviewItem) -> None: ...
    def save_item(self, item: ReviewItem) -> ReviewItem: ...
    def claim_next(self, queues: Sequence[str], user: str, lock_until: datetime) -> ReviewItem | None:
        """Get-next (F.3): OPEN items of these queues by priority desc, due, id; one SQL UPDATE, SKIP LOCKED."""

    def put_pages(self, invoice_id: str, pages: Sequence[Page]) -> None: ...
    def put_trade(self, records: Sequence[TradeRecord]) -> None:
        """Keep order data from outside beside the ERP's; a document read again replaces what it said before."""

    def trade_of(self, po_number: str) -> Sequence[TradeRecord]:
        """Everything that was sent about an order, in order of arrival."""

    def record(self, event: EventDraft) -> AuditEvent:
        """Append to the audit chain in this transaction. A failure fails the commit (fail closed).

        The event is numbered and sealed at commit, where the chain's writer is serialised; the returned one shows
        `seq` 0 until then.
        """

    def enqueue(self, topic: str, key: str, payload: dict[str, Any]) -> None:
        """Outbox row; a second one with the same topic and key is ignored. One that was set aside is owed again."""

    def commit(self) -> None: ...
    def rollback(self) -> None: ...


class Outbox(Protocol):
    """Leased dispatch of outbox rows (I.4)."""

    def lease(self, topics: Sequence[str], limit: int, seconds: int) -> Sequence[OutboxMessage]: ...
    def done(self, message_id: int) -> None: ...
    def set_aside(self, message_id: int) -> None:
        """Not owed any more, and nothing was done: the same key may be owed again."""

    def failed(self, message_id: int, error: str, retry_at: datetime | None) -> None: ...
    def owed(self, topics: Sequence[str]) -> Sequence[Owed]:
        """Everything not done yet, dead letters too, in order of writing."""

    def replay(self, message_id: int) -> None:
        """Due at once, after its cause was fixed (I.5). One that is being delivered just now is left alone."""


class Accounts(Protocol):
    """People, passwords and server-side sessions."""

    def users(self) -> Sequence[User]: ...
    def user(self, user_id: str) -> User | None: ...
    def save_user(self, user: User, password: str | None = None) -> None: ...
    def authenticate(self, user_id: str, password: str) -> User | None: ...
    def open_session(self, user_id: str, now: datetime, ip: str) -> str:
        """A random 256-bit token; only its hash is stored."""

    def session_user(self, token: str, now: datetime) -> User | None:
        """None when unknown, idle too long, past its absolute end, or the user is no longer active."""

    def close_session(self, token: str) -> None: ...


class Queries(Protocol):
    """Read models for screens and reports; plain rows (dict of JSON-like values), no side effects."""

    def queue(
        self,
        *,
        roles: Sequence[str],
        queue: str | None = None,
        search: str = "",
        sort: str = "priority",
        state: str | None = None,
        offset: int = 0,
        limit: int = 100,
    ) -> tuple[Sequence[dict[str, Any]], int]:
        """Rows (item and invoice columns needed by a list) and the total count."""

    def queue_counts(self, roles: Sequence[str]) -> dict[str, int]: ...
    def invoices(
        self,
        *,
        since: date | None = None,
        until: date | None = None,
        supplier_id: str | None = None,
        state: str | None = None,
        channel: str | None = None,
        search: str = "",
        offset: int = 0,
        limit: int = 100,
    ) -> Sequence[dict[str, Any]]: ...
    def unread_documents(self) -> Sequence[str]:
        """Ids of documents in status received (containers apart), in order of arrival."""

    def unmatched_invoices(self) -> Sequence[str]:
        """Ids of invoices that no run has decided yet (run_no 0), in order of arrival."""

    def waiting_invoices(self) -> Sequence[str]:
        """Ids of WAIT_RECEIPT invoices, in order of arrival: each sweep re-matches them (C.7)."""

    def status_rows(self) -> Iterator[dict[str, Any]]:
        """One row per invoice for `apdesk status` (contract)."""

    def pages(self, invoice_id: str) -> tuple[Page, ...]: ...
    def events(self, object_id: str | None = None, after_seq: int = 0, limit: int = 1000) -> Sequence[AuditEvent]: ...
    def events_of(self, actions: Sequence[str], since: datetime, limit: int = 100_000) -> Sequence[AuditEvent]:
        """Events with one of these actions from `since` on, in order: for reports, by index."""

    def handed_in(self, message_id: str, limit: int) -> Sequence[tuple[Document, Sequence[tuple[str | None, str]]]]:
        """Portal documents under this message name, newest first, each with number and state of its invoices."""

    def documents(self, status: str, offset: int = 0, limit: int = 100) -> Sequence[Document]:
        """Documents in a status, newest first."""

    def policy_mark(self, day: date) -> str | None:
        """What tells the policy version in force on a day from every other one; None when none was activated."""

    def supplier_history(self, supplier_id: str, limit: int = 10) -> Sequence[dict[str, Any]]: ...
    def stream_states(self) -> Sequence[StreamState]:
        """How reading each stream of the ERP went last."""

    def dashboard(self, today: date) -> dict[str, Any]: ...


class Notifier(Protocol):
    """Mails to suppliers and staff, from templates; never with bank or patient data. Not `ready`: no server is set."""

    ready: bool

    def send(self, to: str, template: str, values: dict[str, Any]) -> None: ...


class InvoiceSink(Protocol):
    """The ledger's side of posting; idempotent by `key`."""

    name: str

    def deliver(self, record: InvoiceRecord, key: str) -> str:
        """Post and return the voucher number; the same key twice is one posting."""

    def total_of(self, key: str) -> Decimal | None:
        """What the ledger holds under `key`, None when nothing (I.4: query before retry)."""


class ErpGateway(Protocol):
    """The ERP, which stays the system of record (spec I). Every method may raise an ErpError and nothing else.

    Reads are incremental: hand in the cursor of the last batch (START for everything), get new and changed rows and the
    next cursor. Rows may come twice; upserts are idempotent. Cancelled orders and invoices come as rows with that status.
    """

    name: str

    def suppliers(self, since: Cursor) -> Batch[Supplier]: ...
    def purchase_orders(self, since: Cursor) -> Batch[PurchaseOrder]: ...
    def receipts(self, since: Cursor) -> Batch[Receipt]: ...
    def billed(self, since: Cursor) -> Batch[PriorInvoice]:
        """Invoices the ERP holds, ours and others'. `id` is our invoice's id where it is one of ours."""

    def usage(self, since: Cursor) -> Batch[UsageRecord]: ...
    def contract_prices(self) -> Sequence[ContractPrice]: ...
    def item_uoms(self) -> Sequence[ItemUom]: ...
    def accounts(self) -> Sequence[GlAccount]: ...
    def supplier_xrefs(self) -> Sequence[SupplierXref]:
        """What other systems call its suppliers (I.6)."""

    def post(self, voucher: Voucher, key: str) -> VoucherStatus:
        """Book it once: the same key again returns what is there. Looks up before it writes, compares totals before it
        validates. Raises BusinessRefusal, PostMismatch, ErpBusy (nothing done), OutcomeUnknown (look up first)."""

    def status(self, key: str) -> VoucherStatus | None:
        """What the ERP holds under `key`; None when nothing, and then posting again is safe."""

    def vouchers(self, since: date) -> Sequence[VoucherStatus]:
        """Every supplier voucher dated on or after `since`, ours and others', for the reconciliation (I.9)."""


@runtime_checkable
class LedgerReader(Protocol):
    """A connector that also tells the ledger's reference data. One that does not tells its accounts only."""

    def ledger_facts(self) -> LedgerFacts: ...


class MasterWriter(Protocol):
    """Where the sync writes: idempotent upserts by id in one transaction; each returns the ids that really changed."""

    def put_suppliers(self, rows: Iterable[Supplier]) -> Sequence[str]: ...
    def put_orders(self, rows: Iterable[PurchaseOrder], complete: bool = False) -> Sequence[str]:
        """Returns the numbers of the changed orders. `complete`: all that the ERP has, so that missing ones are deleted."""

    def put_receipts(self, rows: Iterable[Receipt]) -> Sequence[str]:
        """Returns the numbers of the orders whose receipts changed."""

    def put_billed(self, rows: Iterable[PriorInvoice]) -> Sequence[str]:
        """Returns the numbers of the orders they bill."""

    def put_usage(self, rows: Iterable[UsageRecord]) -> Sequence[str]:
        """Returns the numbers of the orders whose usage changed."""

    def put_reference(self, stream: Stream, rows: Iterable[Any]) -> Sequence[str]:
        """All rows of one of REFERENCE; what is gone is removed. Returns the numbers of the open orders it changes."""

    def put_ledger(self, facts: LedgerFacts) -> bool:
        """Rates, accounts, budgets, closed periods: each list that is told replaces the stored one. True: it changed."""

    def stream_state(self, stream: Stream) -> StreamState: ...
    def save_stream_state(self, state: StreamState) -> None: ...
    def commit(self) -> None: ...
    def rollback(self) -> None: ...
