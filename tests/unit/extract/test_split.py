from pipeline.domain.document import Kind
from pipeline.extract.classify import KeywordClassifier
from pipeline.extract.extract import extract_invoices
from tests.unit.extract.pages import page_of

BILL = """
Apex Surgical LLC                                   INVOICE
1 Mill Lane, Dayton, OH 45401

Invoice No: {n}
Invoice Date: 03/15/2026

Description                      Qty     Unit Price       Amount
Suture 3-0                         2          10.00        20.00

                                              Total        {t}
{page}
"""
SLIP = """
Apex Surgical LLC                                   PACKING SLIP
1 Mill Lane, Dayton, OH 45401

Packing slip PS-77   Ship date 03/14/2026   Carrier UPS

Description                      Ordered     Shipped
Suture 3-0                         2          2
Packed by 117
"""


def ranges(*texts: str) -> list[tuple[Kind, tuple[int, int] | None, str | None]]:
    pages = tuple(page_of(t, n) for n, t in enumerate(texts, 1))
    return [
        (r.kind, r.page_range, r.text("invoice_number"))
        for r in extract_invoices(pages, classifier=KeywordClassifier())
    ]


def test_two_invoices_in_one_file_are_two() -> None:
    found = ranges(BILL.format(n="A-1001", t="20.00", page=""), BILL.format(n="A-1002", t="20.00", page=""))
    assert found == [(Kind.INVOICE, (1, 1), "A-1001"), (Kind.INVOICE, (2, 2), "A-1002")]


def test_a_packing_slip_behind_belongs_to_the_invoice() -> None:
    assert ranges(BILL.format(n="A-1001", t="20.00", page=""), SLIP) == [(Kind.INVOICE, (1, 2), "A-1001")]


def test_page_numbers_hold_pages_together() -> None:
    found = ranges(
        BILL.format(n="A-1001", t="20.00", page="Page 1 of 2"), BILL.format(n="A-1001", t="20.00", page="Page 2 of 2")
    )
    assert [f[1] for f in found] == [(1, 2)]


def test_blank_pages_are_dropped() -> None:
    found = ranges("", BILL.format(n="A-1001", t="20.00", page=""), " ", BILL.format(n="A-1002", t="20.00", page=""))
    assert [f[1] for f in found] == [(2, 2), (4, 4)]


def test_a_file_of_blank_pages_is_one_other_document() -> None:
    assert ranges("", "") == [(Kind.OTHER, (1, 2), None)]


def test_a_packing_slip_alone_is_no_invoice() -> None:
    assert ranges(SLIP)[0][0] is Kind.PACKING_SLIP
