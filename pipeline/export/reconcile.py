"""Our ledger against the ERP's (spec I.9 sections 2 and 3): a pure function, and its rows as CSV."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pipeline.domain.cells import inert
from pipeline.domain.erp import VoucherState, VoucherStatus
from pipeline.domain.identifiers import normalise_invoice_number

# What each of our states expects to find there.
EXPECTED = {
    "POSTED": (VoucherState.POSTED,),
    "PAID": (VoucherState.PAID,),
    "VOID": (VoucherState.VOID,),
    "POSTING": (),
    "POST_UNKNOWN": (),
    "POST_FAILED": (),
}
IN_LEDGER = (VoucherState.POSTED, VoucherState.PAID)
# Theirs has moved on where ours has not: the event that our record should take (F.1).
FOLLOW = {
    ("POSTED", VoucherState.PAID): "paid",
    ("POSTED", VoucherState.VOID): "void",
    ("PAID", VoucherState.VOID): "void",
    ("POSTING", VoucherState.POSTED): "erp_ack",
    ("POSTING", VoucherState.PAID): "erp_ack",
    ("POST_UNKNOWN", VoucherState.POSTED): "erp_ack",
    ("POST_UNKNOWN", VoucherState.PAID): "erp_ack",
    ("POST_FAILED", VoucherState.POSTED): "erp_ack",
    ("POST_FAILED", VoucherState.PAID): "erp_ack",
}


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One invoice of ours from POSTING on. `total` signed as posted."""

    invoice_id: str
    key: str
    state: str
    supplier_id: str
    invoice_number: str
    total: Decimal
    currency: str
    voucher_no: str | None = None
    posted_on: date | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that does not agree, and the repair we propose (never done without a person, save following a state).

    `kind`: missing_there | missing_here | amount_differs | supplier_differs | number_differs | state_differs | twice_there |
    duplicate_there; and unposted, which is work under way and no difference.
    `repair`: post_again | look_up | link | follow:<event> | void_there | ask_supplier_master | review | retry | wait.
    """

    kind: str
    repair: str
    message: str
    invoice_id: str | None = None
    key: str | None = None
    erp_id: str | None = None
    supplier_id: str | None = None
    invoice_number: str | None = None
    ours: str | None = None
    theirs: str | None = None

    @property
    def section(self) -> str:
        """Where the report shows it: missing | extra | amounts | status | payments | unposted."""
        if self.kind == "state_differs" and "paid" in (self.theirs or "", (self.ours or "").lower()):
            return "payments"
        return SECTION_OF.get(self.kind, "status")


SECTIONS = ("missing", "extra", "amounts", "status", "payments", "unposted")
SECTION_OF = {
    "missing_there": "missing",
    "missing_here": "extra",
    "twice_there": "extra",
    "duplicate_there": "extra",
    "amount_differs": "amounts",
    "supplier_differs": "amounts",
    "number_differs": "amounts",
    "unposted": "unposted",
}


def reconcile(ours: Iterable[LedgerRow], theirs: Iterable[VoucherStatus]) -> list[Difference]:
    """Every difference, in a stable order. An empty list is the proof that both ledgers agree.

    Vouchers are tied by key. One without a key is tied by supplier and number: it may be ours entered by hand, which is
    a bypass to be linked, never silently accepted (I.9 section 3).
    """
    rows = sorted(ours, key=lambda r: r.invoice_id)
    by_key: dict[str, list[VoucherStatus]] = {}
    strangers: list[VoucherStatus] = []
    theirs = list(theirs)
    for status in theirs:
        if status.key is None:
            strangers.append(status)
        else:
            by_key.setdefault(status.key, []).append(status)
    found: list[Difference] = []
    for row in rows:
        found += _compare(row, by_key.pop(row.key, []), strangers)
    for key in sorted(by_key):
        found += [
            _unknown(s, "This key is ours, but we hold no such voucher.", "review") for s in by_key[key] if _counts(s)
        ]
    found += [_unknown(s, "Entered in the ERP past us.", "review") for s in strangers if _counts(s)]
    return found + _duplicates(theirs)


def _duplicates(theirs: Iterable[VoucherStatus]) -> list[Difference]:
    """One number of one supplier with one amount, booked there more than once under different keys (I.9 section 8)."""
    groups: dict[tuple[str, str, Decimal], list[VoucherStatus]] = {}
    for status in theirs:
        if _counts(status) and status.supplier_id and status.invoice_number and status.total is not None:
            number = normalise_invoice_number(status.invoice_number)
            groups.setdefault((status.supplier_id, number, status.total), []).append(status)
    found = []
    for _, held in sorted(groups.items()):
        keys = {s.key for s in held}
        if len(held) > 1 and (len(keys) > 1 or None in keys):  # The same key twice is named before.
            numbers = ", ".join(s.voucher_no or s.erp_id or "?" for s in held)
            last = held[-1]
            found.append(
                Difference(
                    "duplicate_there",
                    "void_there",
                    "The ERP holds this invoice more than once.",
                    None,
                    last.key,
                    last.erp_id,
                    last.supplier_id,
                    last.invoice_number,
                    "1",
                    numbers,
                )
            )
    return found


def _compare(row: LedgerRow, held: list[VoucherStatus], strangers: list[VoucherStatus]) -> list[Difference]:
    live = [s for s in held if s.state in IN_LEDGER]
    if len(live) > 1:
        numbers = ", ".join(s.voucher_no or s.erp_id or "?" for s in live)
        return [
            _difference(row, live[1], "twice_there", "void_there", "The ERP holds it more than once.", "1", numbers)
        ]
    status = next(iter(live or held), None)
    if status is None:
        return _missing_there(row, strangers)
    differences = []
    other_money = status.currency is not None and status.currency != row.currency
    if status.total is not None and (status.total != row.total or other_money):
        pair = (str(row.total), str(status.total))
        if other_money:
            pair = (f"{row.total} {row.currency}", f"{status.total} {status.currency}")
        differences.append(_difference(row, status, "amount_differs", "review", "The amounts differ.", *pair))
    if status.supplier_id and status.supplier_id != row.supplier_id:
        pair = (row.supplier_id, status.supplier_id)
        differences.append(
            _difference(row, status, "supplier_differs", "ask_supplier_master", "The suppliers differ.", *pair)
        )
    if status.invoice_number and not _same_number(status.invoice_number, row.invoice_number):
        pair = (row.invoice_number, status.invoice_number)
        differences.append(_difference(row, status, "number_differs", "review", "The numbers differ.", *pair))
    if status.state not in EXPECTED.get(row.state, ()):
        differences += _state(row, status)
    return differences


def _state(row: LedgerRow, status: VoucherStatus) -> list[Difference]:
    event = FOLLOW.get((row.state, status.state))
    if event is None and row.state in ("POSTING", "POST_FAILED", "POST_UNKNOWN") and status.state not in IN_LEDGER:
        return []
    repair = f"follow:{event}" if event else "review"
    pair = (row.state, status.state.value)
    return [_difference(row, status, "state_differs", repair, "The states differ.", *pair)]


def _missing_there(row: LedgerRow, strangers: list[VoucherStatus]) -> list[Difference]:
    """Nothing under our key. The same invoice without the key was entered by hand and is proposed for linking."""
    twin = next(
        (
            s
            for s in strangers
            if s.supplier_id == row.supplier_id and _same_number(s.invoice_number, row.invoice_number)
        ),
        None,
    )
    if twin is not None:
        strangers.remove(twin)
        pair = (str(row.total), str(twin.total))
        return [_difference(row, twin, "missing_there", "link", "The ERP has it from another hand.", *pair)]
    if row.state in ("POSTED", "PAID"):
        return [
            _difference(row, None, "missing_there", "post_again", "The ERP does not have it.", row.state, "nothing")
        ]
    if row.state == "POST_UNKNOWN":
        return [
            _difference(row, None, "missing_there", "look_up", "Unknown, and not in the ERP.", row.state, "nothing")
        ]
    return []


def _same_number(a: str | None, b: str | None) -> bool:
    return normalise_invoice_number(a or "") == normalise_invoice_number(b or "")


def _counts(status: VoucherStatus) -> bool:
    return status.state in IN_LEDGER


def _unknown(status: VoucherStatus, message: str, repair: str) -> Difference:
    return Difference(
        "missing_here", repair, message, None, status.key, status.erp_id, status.supplier_id, status.invoice_number,
        "nothing", f"{status.state.value} {status.total} {status.currency or ''}".strip(),
    )  # fmt: skip


def _difference(
    row: LedgerRow, status: VoucherStatus | None, kind: str, repair: str, message: str, ours: str, theirs: str
) -> Difference:
    erp_id = status.erp_id if status else None
    return Difference(
        kind, repair, message, row.invoice_id, row.key, erp_id, row.supplier_id, row.invoice_number, ours, theirs
    )


COLUMNS = (
    "kind",
    "repair",
    "message",
    "invoice_id",
    "supplier_id",
    "invoice_number",
    "ours",
    "theirs",
    "erp_id",
    "key",
    "section",
)


def to_csv(differences: Iterable[Difference]) -> str:
    """The report as CSV. A cell that a spreadsheet would take for a formula is quoted with an apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for each in differences:
        writer.writerow([inert(getattr(each, name) or "") for name in COLUMNS])
    return text.getvalue()
