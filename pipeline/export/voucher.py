"""An approved record as the voucher that the ERP is to book (spec I.3). Pure."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

from pipeline.domain.erp import Attachment, BusinessRefusal, Voucher, VoucherLine
from pipeline.domain.invoice import ONE, ZERO, Charge, Invoice
from pipeline.domain.matching import LineLink, MatchResult
from pipeline.domain.orders import OrderLine, PurchaseOrder
from pipeline.domain.records import InvoiceRecord
from pipeline.domain.units import norm_unit

OrderOf = Callable[[str], PurchaseOrder | None]
CREDIT = "credit_note"


def voucher_of(record: InvoiceRecord, order_of: OrderOf, attachments: Sequence[Attachment] = ()) -> Voucher:
    """The whole invoice as approved, never an altered one. A credit note's amounts are negative.

    Raises BusinessRefusal when a fact is missing or the parts do not add up to the total: such a voucher is not posted.
    """
    invoice, match = record.invoice, record.match
    if invoice is None or match is None:
        raise BusinessRefusal("An invoice without facts cannot be posted.", "Match it first.", "ERP_INCOMPLETE")
    missing = [
        n for n in ("supplier_id", "invoice_number", "invoice_date", "currency", "total") if getattr(invoice, n) is None
    ]
    if missing:
        raise BusinessRefusal(f"The invoice has no {', '.join(missing)}.", "Correct it.", "ERP_INCOMPLETE")
    assert invoice.supplier_id is not None
    assert invoice.invoice_number is not None
    assert invoice.invoice_date is not None
    assert invoice.currency is not None
    assert invoice.total is not None
    voucher = Voucher(
        invoice_id=record.id,
        supplier_id=invoice.supplier_id,
        type=invoice.type,
        invoice_number=invoice.invoice_number,
        invoice_date=invoice.invoice_date,
        due_date=invoice.due_date,
        terms=invoice.terms,
        currency=invoice.currency,
        total=invoice.total,
        tax_total=invoice.tax_total or ZERO,
        lines=_lines(invoice, match, record, order_of),
        charges=invoice.charges,
        allowances=invoice.allowances,
        small_difference=match.small_difference,
        coding=record.coding,
        references_invoice=invoice.references_invoice,
        legal_entity=_legal_entity(match, order_of),
        policy_hash=match.policy_hash,
        content_hash=record.content_hash,
        approvals=tuple(f"{a.role}:{a.approver}" for a in record.approvals if not a.voided and a.decision == "approve"),
        attachments=tuple(attachments),
    )
    if voucher.balance:
        raise BusinessRefusal(
            f"Lines, charges and tax miss the total of {voucher.total} by {voucher.balance} {voucher.currency}.",
            "Correct the invoice.",
            "ERP_UNBALANCED",
        )
    return negated(voucher) if invoice.type == CREDIT and voucher.total > 0 else voucher


def evidence_of(record: InvoiceRecord) -> Attachment:
    """Why it was approved, for whoever opens the voucher in the ERP (I.3): the same record gives the same bytes.

    No bank data, no patient data, no free text of the invoice.
    """
    match, invoice = record.match, record.invoice
    told = {
        "invoice_id": record.id,
        "document": record.document_id,
        "content_hash": record.content_hash,
        "original_attached": not record.phi,
        "match": {
            "run": record.run_no,
            "status": match.status if match else None,
            "policy": match.policy_hash if match else None,
            "orders": list(match.po_numbers) if match else [],
            "receipts": sorted({receipt for link in match.links for receipt in link.receipt_ids}) if match else [],
        },
        "accepted": [
            {"code": a.code, "line": a.line, "amount": format(a.amount, "f"), "by": a.by, "at": a.at.isoformat()}
            for a in record.acceptances
        ],
        "approvals": [
            {"step": a.step, "role": a.role, "by": a.approver, "decision": a.decision, "at": a.at.isoformat()}
            for a in record.approvals
            if not a.voided
        ],
    }
    number = "".join(c if c.isalnum() or c in "-_" else "-" for c in str(invoice.invoice_number if invoice else ""))
    name = f"decision-{number or record.id}.json"
    return Attachment(name, "application/json", json.dumps(told, indent=1, sort_keys=True).encode())


def _lines(invoice: Invoice, match: MatchResult, record: InvoiceRecord, order_of: OrderOf) -> tuple[VoucherLine, ...]:
    """Lines tied to orders by their links; the rest by their own money, coded where somebody coded them."""
    linked = [_linked(link, order_of) for link in match.links]
    done = {link.invoice_line for link in match.links}
    loose = [line for line in invoice.lines if line.no not in done and line.net]
    if (
        record.coding
        and loose
        and sum((c.amount for c in record.coding), ZERO) == sum((x.net or ZERO for x in loose), ZERO)
    ):
        coded = [
            VoucherLine(f"c{n}", c.amount, gl=c.gl, cost_center=c.cost_center, description=f"Coding {n}")
            for n, c in enumerate(record.coding, 1)
        ]
        return (*linked, *coded)
    return (*linked, *(VoucherLine(x.no, x.net or ZERO, description=x.description) for x in loose))


def _linked(link: LineLink, order_of: OrderOf) -> VoucherLine:
    order = order_of(link.po_number)
    line = next((x for x in order.lines if x.no == link.po_line), None) if order else None
    if line is None:
        raise BusinessRefusal(f"Order {link.po_number} line {link.po_line} is gone.", "Match again.", "ERP_INCOMPLETE")
    return VoucherLine(
        no=link.invoice_line,
        net=link.net,
        po_number=link.po_number,
        po_line=link.po_line,
        qty=in_order_unit(link.qty_base, line),
        uom=line.uom,
        item=line.buyer_item,
        receipt_ids=link.receipt_ids,
        description=line.description,
        gl=line.gl,
        cost_center=line.cost_center,
    )


def in_order_unit(qty_base: Decimal, line: OrderLine) -> Decimal | None:
    """Base quantity in the order line's unit, None for a line billed by amount (it takes money, no quantity).

    A line whose table does not name its own unit counts in that unit, as in matching (A.7).
    """
    if line.match_basis == "amount" and not qty_base:
        return None
    table = {norm_unit(unit): size for unit, size in line.uom_conversions.items() if size > 0}
    size = table.get(norm_unit(line.uom), ONE)
    return (qty_base / size).normalize() + ZERO


def _legal_entity(match: MatchResult, order_of: OrderOf) -> str | None:
    orders = (order_of(number) for number in match.po_numbers)
    return next((order.legal_entity for order in orders if order and order.legal_entity), None)


def negated(voucher: Voucher) -> Voucher:
    """The same voucher with every amount and quantity turned round."""

    def turned(charges: tuple[Charge, ...]) -> tuple[Charge, ...]:
        return tuple(replace(c, amount=-c.amount) for c in charges)

    return replace(
        voucher,
        total=-voucher.total,
        tax_total=-voucher.tax_total,
        small_difference=-voucher.small_difference,
        lines=tuple(replace(x, net=-x.net, qty=None if x.qty is None else -x.qty) for x in voucher.lines),
        charges=turned(voucher.charges),
        allowances=turned(voucher.allowances),
        coding=tuple(replace(c, amount=-c.amount) for c in voucher.coding),
    )
