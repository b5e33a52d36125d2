"""Read perfectly, every document of the sample hospital is decided as written down by hand."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from fixtures.expected import AS_OF, clean
from fixtures.model import Bill, BillLine, Case, Expectation
from fixtures.tables import later_tables, tables
from fixtures.world import Arrival, world
from pipeline.domain.invoice import Charge, Invoice, InvoiceLine, PriorInvoice, PriorLine
from pipeline.domain.matching import Facts, MatchResult
from pipeline.domain.orders import Receipt
from pipeline.intake.csv_rows import FILES
from pipeline.intake.load import read_rows
from pipeline.intake.masters import Assembled, assemble
from pipeline.match.three_way import match_invoice
from rules.load import default_policy

UNKNOWN = "UNKNOWN"
PAPERS = {"statement": "statement", "order_ack": "order_ack", "packing_slip": "packing_slip"}
STATUS = {"AUTO_APPROVED": "approved", "HOLD": "held", "NEEDS_APPROVAL": "held", "WAIT_RECEIPT": "waiting"}


def loaded(folder: Path, files: dict[str, bytes]) -> Assembled:
    """The sample's CSV files through the real loader."""
    rows = {}
    for name, data in files.items():
        path = folder / name
        path.write_bytes(data)
        numbered, problems = read_rows(path, FILES[path.stem])
        rows[path.stem] = [row for _, row in numbered]
        assert problems == []
    masters = assemble(rows)
    assert problems == []
    return masters


def as_read(case: Case) -> Invoice:
    """What a perfect reader and resolver make of the paper."""
    bill = case.bill
    return Invoice(
        id=case.id,
        doc_class=PAPERS.get(bill.kind, "invoice"),
        type="credit_note" if bill.kind == "credit_note" else "invoice",
        invoice_number=bill.number,
        invoice_date=bill.date,
        received_on=AS_OF,
        due_date=bill.due,
        supplier_id=bill.supplier.id,
        supplier_name=bill.supplier.name,
        po_number=bill.po or None,
        account_no=bill.account,
        ship_to=bill.facility.id,
        references_invoice=bill.references or None,
        remit_to_id=(bill.remit.id or UNKNOWN) if bill.remit else None,
        bank_fingerprint=(bill.bank.fingerprint or UNKNOWN) if bill.bank else None,
        stated_tax_id=bill.tax_id or None,
        currency=bill.currency,
        lines=tuple(_line(str(no), line) for no, line in enumerate(bill.lines, 1)),
        charges=tuple(Charge(kind, amount) for kind, _, amount in bill.charges),
        lines_total=bill.subtotal,
        tax_total=bill.tax,
        total=bill.total,
    )


def _line(no: str, line: BillLine) -> InvoiceLine:
    serials = tuple(s.strip() for s in line.note.partition("S/N")[2].split(",") if s.strip())
    return InvoiceLine(
        no=no,
        description=line.description,
        qty=line.qty,
        uom=line.unit,
        unit_price=line.price,
        net=line.net,
        supplier_item=line.sku or None,
        pack_qty=Decimal(line.pack.partition("/")[2]) if line.pack else None,
        serials=serials,
    )


def _prior(case: Case, result: MatchResult) -> PriorInvoice:
    bill: Bill = case.bill
    lines = tuple(
        PriorLine(link.po_line, link.qty_base, link.net, "EA", po_number=link.po_number) for link in result.links
    )
    return PriorInvoice(
        bill.number, bill.date, bill.supplier.id, STATUS[result.status], bill.total, id=case.id, po_number=case.po_number,
        currency=bill.currency, lines=lines, type="credit_note" if bill.kind == "credit_note" else "invoice",
    )  # fmt: skip


def decide(arrivals: Sequence[Arrival], masters: Assembled, receipts: Sequence[Receipt]) -> dict[str, MatchResult]:
    """Every document in order of arrival; each sees the ones before it."""
    policy, results, earlier = default_policy(), {}, list(masters.prior)
    for arrival in arrivals:
        facts = Facts(
            invoice=replace(as_read(arrival.case), received_on=arrival.received_on),
            as_of=AS_OF,
            suppliers=tuple(masters.suppliers),
            facilities=tuple(masters.facilities),
            purchase_orders=tuple(masters.orders),
            receipts=tuple(receipts),
            prior_invoices=tuple(earlier),
            usage_records=tuple(masters.usage),
            rates=dict(policy.fx_to_usd),
        )
        result = match_invoice(facts, policy)
        results[arrival.case.id] = result
        if result.status in STATUS:
            earlier.append(_prior(arrival.case, result))
    return results


@pytest.fixture(scope="module")
def masters(tmp_path_factory: pytest.TempPathFactory) -> Assembled:
    return loaded(tmp_path_factory.mktemp("csv"), tables(world()))


@pytest.fixture(scope="module")
def results(masters: Assembled) -> dict[str, MatchResult]:
    return decide(world().arrivals, masters, masters.receipts)


def _seen(result: MatchResult) -> tuple[object, ...]:
    holds = Counter((f.code, f.outcome, f.line) for f in result.holds)
    warnings = sorted({f.code for f in result.warnings})
    return (result.status, holds, warnings, result.payable_now, result.disputed_amount, result.primary_code,
            result.primary_owner, result.approval_chain)  # fmt: skip


def _wanted(expect: Expectation) -> tuple[object, ...]:
    return (expect.status, Counter(expect.exceptions), sorted(expect.warnings), expect.payable, expect.disputed,
            expect.primary, expect.owner, expect.chain)  # fmt: skip


@pytest.mark.parametrize("arrival", world().arrivals, ids=lambda a: f"{a.case.id}-{a.case.scenario}")
def test_a_perfectly_read_document_is_decided_as_written_down(
    arrival: Arrival, results: dict[str, MatchResult]
) -> None:
    result = results[arrival.case.id]
    assert _seen(result) == _wanted(arrival.case.expect), [f.message for f in result.findings]


def test_receipts_that_come_later_free_what_waited_for_them(masters: Assembled, tmp_path: Path) -> None:
    late = loaded(tmp_path, later_tables(world()))
    waited = [arrival for arrival in world().arrivals if arrival.case.later]
    results = decide(waited, masters, (*masters.receipts, *late.receipts))
    assert waited
    for arrival in waited:
        assert results[arrival.case.id].status == clean().status
        assert results[arrival.case.id].payable_now == arrival.case.bill.total
