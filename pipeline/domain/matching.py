"""The matching engine's input and output (spec A.9, C.0)."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from pipeline.domain.invoice import ZERO, Invoice, PriorInvoice
from pipeline.domain.orders import PurchaseOrder, Receipt, UsageRecord
from pipeline.domain.supplier import Facility, Supplier


@dataclass(frozen=True, slots=True)
class Settlement:
    """A finding that a person with authority has dealt with (E.4). It covers exactly what was settled: a variance above
    `amount`, or another `actual` (another twin, another account), brings the hold back."""

    code: str
    line: str | None
    amount: Decimal | None = None
    actual: str | None = None

    def covers(self, code: str, line: str | None, variance: Decimal | None, actual: str | None) -> bool:
        if (self.code, self.line) != (code, line):
            return False
        if self.amount is not None and variance is not None and abs(variance) > self.amount:
            return False
        return self.actual is None or self.actual == actual


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a decision may depend on, beside policy and date (P3).

    `suppliers`: the billing supplier and every supplier sharing its group, tax id or bank. `purchase_orders`: those named
    on the invoice plus the open ones of the supplier group. `prior_invoices`: those that touch these orders, duplicates'
    candidates, and the referenced original with its credits. `rates`: ERP rate of the invoice date, currency -> legal
    entity currency.
    """

    invoice: Invoice
    as_of: date
    suppliers: tuple[Supplier, ...] = ()
    facilities: tuple[Facility, ...] = ()
    purchase_orders: tuple[PurchaseOrder, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    prior_invoices: tuple[PriorInvoice, ...] = ()
    usage_records: tuple[UsageRecord, ...] = ()
    rates: dict[str, Decimal] = field(default_factory=dict)
    settled: tuple[Settlement, ...] = ()
    # Totals of the supplier's last 24 invoices (ANOM_AMOUNT); valid GL accounts, open budgets (NPO_*); last closed day.
    recent_totals: tuple[Decimal, ...] = ()
    gl_accounts: frozenset[str] | None = None
    budgets: dict[str, Decimal] | None = None
    closed_through: date | None = None
    last_revisions: dict[str, int] = field(default_factory=dict)
    # First day on which this invoice waited for an inspection (None: not yet); its time-out counts from there.
    inspection_since: date | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One check that did not simply pass (A.9 `checks[]`). `message` is one sentence a clerk understands.

    `outcome`: hold | wait | warn | info. `disputed` is the amount at risk that this finding alone adds (C.0.7).
    `limit` is the limit used in words, `limit_source` where it came from (C.0.5).
    """

    code: str
    outcome: str
    line: str | None = None
    expected: str | None = None
    actual: str | None = None
    variance_abs: Decimal | None = None
    variance_pct: Decimal | None = None
    limit: str | None = None
    limit_source: str | None = None
    message: str = ""
    owner: str = ""
    evidence: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    disputed: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class LineLink:
    """An invoice line tied to a PO line: base quantity and net that it takes there, score and evidence (B.4)."""

    invoice_line: str
    po_number: str
    po_line: str
    qty_base: Decimal
    net: Decimal
    score: Decimal
    evidence: tuple[str, ...] = ()
    receipt_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MatchResult:
    """The outcome of one run. Immutable; the same facts and policy hash give the same bytes."""

    status: str
    findings: tuple[Finding, ...] = ()
    links: tuple[LineLink, ...] = ()
    payable_now: Decimal = ZERO
    disputed_amount: Decimal = ZERO
    small_difference: Decimal = ZERO
    primary_code: str | None = None
    primary_owner: str | None = None
    approval_chain: tuple[str, ...] = ()
    po_numbers: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    # Revision of each order when this invoice was first matched against it (PO_CHANGED).
    po_revisions: tuple[tuple[str, int], ...] = ()
    policy_hash: str = ""
    engine_version: str = ""

    @property
    def holds(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.outcome in ("hold", "wait"))

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.outcome == "warn")
