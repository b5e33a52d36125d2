"""A small honest match for desk tests: enough checks to make every kind of work, and acceptances that settle holds."""

import hashlib
from dataclasses import dataclass, replace
from decimal import Decimal

from pipeline.domain.events import SYSTEM, Action, EventDraft
from pipeline.domain.invoice import Invoice, InvoiceLine
from pipeline.domain.matching import Facts, Finding, LineLink, MatchResult
from pipeline.domain.records import InvoiceRecord
from pipeline.ports import UnitOfWork
from pipeline.review.corrections import corrected
from pipeline.review.fields import THRESHOLDS
from pipeline.review.route import next_step, reconcile_items, route
from tests.fakes.store import FakeClock

STATES = {
    "NOT_INVOICE": "NOT_INVOICE", "HOLD": "IN_REVIEW", "WAIT_RECEIPT": "WAIT_RECEIPT",
    "NEEDS_APPROVAL": "AWAITING_APPROVAL", "AUTO_APPROVED": "AUTO_APPROVED",
}  # fmt: skip
ORDER = ("DOC_NOT_INVOICE", "SUP_BANK_CHANGE", "DUP_EXACT", "SUP_UNKNOWN", "DOC_LOW_CONFIDENCE", "PO_MISSING", "PRICE_OVER",
         "QTY_OVER_RECEIVED")  # fmt: skip


def facts_of(record: InvoiceRecord, work: UnitOfWork) -> Invoice:
    reading = corrected(record.reading, record.corrections)
    name = reading.text("supplier_name")
    supplier = next((s for s in work.masters.suppliers() if s.name == name), None)
    lines = tuple(_line(i, line) for i, line in enumerate(reading.lines, 1))
    account = reading.text("bank_account")
    return Invoice(
        id=record.id, doc_class=str(reading.kind), invoice_number=reading.text("invoice_number"),
        invoice_date=reading.day("invoice_date"), due_date=reading.day("due_date"), received_on=record.received_on,
        supplier_id=supplier.id if supplier else None, supplier_name=name,
        po_number=record.po_link or reading.text("po_number"), currency=reading.text("currency"), lines=lines,
        total=reading.amount("total"), tax_total=reading.amount("tax_total"), phi=record.phi, ship_to="FAC-01",
        bank_fingerprint=work.masters.bank_fingerprint(reading.text("bank_routing") or "", account) if account else None,
        field_confidence={k: Decimal(str(v.confidence)) for k, v in reading.fields.items()},
        findings=dict(reading.findings),
    )  # fmt: skip


def _line(number: int, line: object) -> InvoiceLine:
    return InvoiceLine(
        str(number), line.description, line.quantity, line.unit, line.unit_price, line.line_total, supplier_item=line.sku,
        po_line=str(number), confidence=Decimal(str(line.confidence)),
    )  # fmt: skip


def small_match(facts: Facts) -> MatchResult:
    invoice = facts.invoice
    if invoice.doc_class not in ("invoice", "credit_note"):
        finding = Finding("DOC_NOT_INVOICE", "hold", message="This is no invoice.", owner="AP_CLERK")
        return MatchResult("NOT_INVOICE", (finding,), primary_code="DOC_NOT_INVOICE", primary_owner="AP_CLERK")
    findings = [*_document(invoice), *_supplier(facts), *_duplicates(facts)]
    order = next((o for o in facts.purchase_orders if o.number == invoice.po_number), None)
    links: list[LineLink] = []
    if order is None:
        findings.append(Finding("PO_MISSING", "hold", message="No purchase order is named.", owner="AP_CLERK"))
    else:
        for line in invoice.lines:
            known = next((o for o in order.lines if o.no == line.po_line), None)
            if known is not None:
                links.append(
                    LineLink(
                        line.no,
                        order.number,
                        known.no,
                        line.qty or Decimal(0),
                        line.net or Decimal(0),
                        Decimal("0.98"),
                        ("item number equal",),
                    )
                )
                findings += _line_checks(facts, line, known)
    return _result(invoice, findings, links)


def _document(invoice: Invoice) -> list[Finding]:
    low = [n for n, limit in THRESHOLDS.items() if invoice.field_confidence.get(n, Decimal(1)) < Decimal(str(limit))]
    named = {"DOC_UNREADABLE", "DOC_MULTI_INVOICE", "QA_SAMPLE"}
    found = [Finding(c, "hold", message=m, owner="AP_CLERK") for c, m in invoice.findings.items() if c in named]
    if low:
        words = f"Not sure enough: {', '.join(n.replace('_', ' ') for n in low)}."
        found.append(
            Finding(
                "DOC_LOW_CONFIDENCE",
                "hold",
                message=words,
                owner="AP_CLERK",
                evidence=tuple(low),
                limit="0.90 to 0.97 by field",
                limit_source="system policy",
            )
        )
    return found


def _supplier(facts: Facts) -> list[Finding]:
    invoice = facts.invoice
    supplier = next((s for s in facts.suppliers if s.id == invoice.supplier_id), None)
    if supplier is None:
        return [Finding("SUP_UNKNOWN", "hold", message="This supplier is not on file.", owner="VENDOR_MASTER")]
    known = {b.fingerprint for b in supplier.banks}
    if invoice.bank_fingerprint and invoice.bank_fingerprint not in known:
        return [
            Finding(
                "SUP_BANK_CHANGE", "hold", message="The bank account is not the one on file.", owner="VENDOR_MASTER"
            )
        ]
    return []


def _duplicates(facts: Facts) -> list[Finding]:
    mine = facts.invoice
    twin = next(
        (p for p in facts.prior_invoices if p.invoice_number == mine.invoice_number and p.total == mine.total), None
    )
    if twin is None:
        return []
    words = f"Same supplier, number {twin.invoice_number} and total {twin.total} as an invoice of {twin.invoice_date}."
    return [
        Finding(
            "DUP_EXACT",
            "hold",
            expected="not billed before",
            actual=twin.invoice_number,
            message=words,
            owner="AP_CLERK",
            evidence=(twin.id or twin.invoice_number,),
        )
    ]


def _line_checks(facts: Facts, line: InvoiceLine, known: object) -> list[Finding]:
    found = []
    if line.unit_price is not None and line.unit_price > known.unit_price:
        over = (line.unit_price - known.unit_price) * (line.qty or 0)
        share = (line.unit_price - known.unit_price) * 100 / known.unit_price
        if share > 2 or over > 50:
            gap = line.unit_price - known.unit_price
            words = f"Price {line.unit_price} instead of {known.unit_price}: {line.qty} x {gap} = {over} over."
            found.append(
                Finding(
                    "PRICE_OVER",
                    "hold",
                    line.no,
                    str(known.unit_price),
                    str(line.unit_price),
                    over,
                    share.quantize(Decimal("0.01")),
                    "2 % and 50.00 per line",
                    "system policy",
                    words,
                    "BUYER",
                )
            )
    got = sum(
        (r.received - r.returned for receipt in facts.receipts for r in receipt.lines if r.po_line == known.no),
        Decimal(0),
    )
    if line.qty is not None and line.qty > got:
        over = (line.qty - got) * (line.unit_price or 0)
        words = f"Billed {line.qty}, received {got}: {line.qty - got} x {line.unit_price} = {over} over."
        found.append(
            Finding(
                "QTY_OVER_RECEIVED",
                "hold",
                line.no,
                str(got),
                str(line.qty),
                over,
                None,
                "0",
                "system policy",
                words,
                "RECEIVING",
            )
        )
    return found


def _result(invoice: Invoice, findings: list[Finding], links: list[LineLink]) -> MatchResult:
    holds = [f for f in findings if f.outcome == "hold"]
    rank = {code: i for i, code in enumerate(ORDER)}
    first = min(holds, key=lambda f: rank.get(f.code, 99), default=None)
    disputed = sum((f.variance_abs or Decimal(0) for f in holds), Decimal(0))
    total = invoice.total or Decimal(0)
    chain = ("AP_SUPERVISOR", "FACILITY_CFO") if total > 250000 else ("AP_SUPERVISOR",) if total > 25000 else ()
    status = "HOLD" if holds else "NEEDS_APPROVAL" if chain else "AUTO_APPROVED"
    return MatchResult(
        status, tuple(findings), tuple(links), total if status == "AUTO_APPROVED" else Decimal(0),
        disputed if holds else Decimal(0), primary_code=first.code if first else None,
        primary_owner=first.owner if first else None, approval_chain=() if holds else chain,
        po_numbers=(invoice.po_number,) if invoice.po_number and links else (), policy_hash="fake", engine_version="fake-1",
    )  # fmt: skip


def settle(match: MatchResult, record: InvoiceRecord, invoice: Invoice) -> MatchResult:
    """Take off what a person settled, unless the variance grew."""

    def settled(f: Finding) -> bool:
        return any(
            a.code == f.code and a.line == f.line and (f.variance_abs or Decimal(0)) <= a.amount
            for a in record.acceptances
        )

    left = [replace(f, outcome="info") if settled(f) else f for f in match.findings]
    return _result(invoice, left, list(match.links)) if match.status == "HOLD" else match


@dataclass
class FakeRematch:
    """`App.rematch` for tests."""

    clock: FakeClock
    policy: object

    def __call__(self, work: UnitOfWork, record: InvoiceRecord, trigger: str) -> InvoiceRecord:
        if record.reading is None:
            return self._saved(work, record, record)
        invoice = facts_of(record, work)
        match = settle(small_match(work.facts_for(invoice, self.clock.today())), record, invoice)
        digest = hashlib.sha256(repr((invoice, record.coding, record.po_link)).encode()).hexdigest()
        fresh = replace(record, invoice=invoice, match=match, content_hash=digest, run_no=record.run_no + 1)
        done = match.status == "NEEDS_APPROVAL" and next_step(fresh, match) is None
        return self._saved(work, record, replace(fresh, state="APPROVED" if done else STATES[match.status]))

    def _saved(self, work: UnitOfWork, before: InvoiceRecord, fresh: InvoiceRecord) -> InvoiceRecord:
        saved = work.save_invoice(fresh)
        after = {"status": saved.match.status if saved.match else None, "state": saved.state, "run_no": saved.run_no}
        work.record(EventDraft(SYSTEM, Action.MATCH_RUN, "invoice", saved.id, saved.version, after=after))
        now = self.clock.now()
        for item, is_new in reconcile_items(work.items_of(saved.id), route(saved, saved.match, self.policy, now), now):
            if is_new:
                work.add_item(item)
            else:
                work.save_item(item)
        return saved
