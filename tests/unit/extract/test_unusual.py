"""Layouts off the beaten track: lists without heads, blocks beside tables, sums that are none, credits that name an invoice."""

from decimal import Decimal

import pytest

from pipeline.domain.document import Kind, Page
from pipeline.domain.reading import Reading
from pipeline.extract.candidates import lay_out_all
from pipeline.extract.classify import KeywordClassifier
from pipeline.extract.extract import extract_invoices
from pipeline.extract.split import _norm
from pipeline.extract.suppliers import ends_with
from pipeline.extract.table import find_table
from tests.unit.extract.pages import always_invoice, page_of

HEAD = """
Northfield Linen Services, Inc.                                        INVOICE
120 Depot Street, Akron, OH 44301

Invoice No:   NL-204417
Invoice Date: 03/05/2026

BILL TO
Lakeview General Hospital
PO Box 100
Akron, OH 44304

"""


def read(text: str) -> Reading:
    return extract_invoices((page_of(text),), classifier=always_invoice)[0]


def value(reading: Reading, name: str) -> str | None:
    return reading.fields[name].value if name in reading.fields else None


def test_items_named_on_the_row_above_their_figures() -> None:
    reading = read(
        HEAD
        + """
NL-SHT Sheet Flat Twin Laundered
520 EA @ 0.6240                                                         324.48
NL-TWL Towel Bath Laundered
400 EA @ 0.3380                                                         135.20

SUBTOTAL                                                                459.68
TOTAL                                                                  $459.68
"""
    )
    assert [(line.quantity, line.unit_price, line.line_total) for line in reading.lines] == [
        (Decimal(520), Decimal("0.6240"), Decimal("324.48")),
        (Decimal(400), Decimal("0.3380"), Decimal("135.20")),
    ]
    assert "Sheet Flat Twin" in reading.lines[0].description


def test_amount_due_in_the_head_does_not_end_the_list() -> None:
    reading = read(
        """
Valley Electric Cooperative                 Invoice number      5510728
1 Powerhouse Road, Lancaster, PA 17601      Bill date           05/20/2026
                                            Amount due          $4,404.54

Energy Charge                  48,200 KWH x $0.0712          3,431.84
Distribution Demand            142 KW x $6.85                  972.70
Total current charges                                       $4,404.54
"""
    )
    assert [line.line_total for line in reading.lines] == [Decimal("3431.84"), Decimal("972.70")]


@pytest.mark.parametrize("words", ["Balance brought forward", "Carried forward to next page"])
def test_sums_carried_between_pages_are_neither_items_nor_totals(words: str) -> None:
    table = "Item No.      Description                        Qty   UOM     Unit Price       Amount\n"
    first = HEAD + table + "NM-1001       Glove Exam Nitrile                 10   BX           8.50        85.00\n"
    first += f"{words:<74}    85.00\n"
    second = (
        f"{table}{'Balance brought forward':<74}    85.00\n"
        "NM-1002       Gauze Pad 4x4 Sterile               4   CS          21.25        85.00\n\n"
        "                                                             Total            $170.00\n"
    )
    reading = extract_invoices((page_of(first), page_of(second, 2)), classifier=always_invoice)[0]
    assert [line.line_total for line in reading.lines] == [Decimal("85.00"), Decimal("85.00")]
    assert value(reading, "amount_due") == value(reading, "total") == "170.00"


def test_tax_of_a_place_is_tax_even_at_nought() -> None:
    reading = read(
        HEAD
        + """
Item No.      Description                        Qty   UOM     Unit Price       Amount
NM-1001       Glove Exam Nitrile                  10   BX           8.50        85.00

                                                             Subtotal           85.00
                                                             PA sales tax        0.00
                                                             Total             $85.00
"""
    )
    assert value(reading, "tax_total") == "0.00"


def test_block_beside_a_table_keeps_its_own_lines() -> None:
    page = page_of(
        """
Northfield Imaging                Billed to
Tax office

Invoice number                    Lakeview General Hospital
91408274                          PO Box 100

                                  Description                    Qty    Unit price     Amount
Customer ID
115554                            Contrast Iohexol 100 mL        6 PK       284.00   1,704.00
Tax ID
75-4482091                        Ultrasound Gel                 4 EA        21.75      87.00

                                                                 Total               1,791.00
"""
    )
    reading = extract_invoices((page,), classifier=always_invoice)[0]
    assert value(reading, "supplier_tax_id") == "75-4482091"
    assert [line.description for line in reading.lines] == ["Contrast Iohexol 100 mL", "Ultrasound Gel"]


def test_columns_with_unknown_heads_are_told_by_their_figures() -> None:
    page = page_of(
        """
Code          Description                        Zahl       Stueckwert         Amount
A-77          Glove Nitril                         20             1.25          25.00
A-78          Bandage                              12             3.10          37.20
A-79          Cannula                               4             8.00          32.00
"""
    )
    table = find_table(lay_out_all((page,)))
    roles = {column.text: column.role for column in table.heads[0].columns}
    assert roles["Zahl"] == "quantity"
    assert roles["Stueckwert"] == "unit_price"


def test_columns_that_multiply_keep_the_roles_of_their_heads() -> None:
    page = page_of(
        """
Code          Description                         Qty             Price         Amount
A-77          Glove Nitril                         20             1.25          25.00
A-78          Bandage                              12             3.10          37.20
"""
    )
    table = find_table(lay_out_all((page,)))
    assert [c.role for c in table.heads[0].columns] == ["sku", "description", "quantity", "unit_price", "line_total"]


CREDIT = """
Northfield Medical Supply, Inc.                                        CREDIT MEMO
120 Depot Street, Akron, OH 44301                     INVOICE NO:      NMC20418
                                                      INVOICE DATE:    03/05/26

Item No.      Description                        Qty   UOM     Unit Price       Amount
NM-1001       Glove Exam Nitrile                  10   BX           8.50        85.00

Credit for returned goods, our invoice NM551903        Merchandise              85.00
                                                       CREDIT TOTAL             85.00
"""


def test_invoice_named_in_a_credit_is_its_reference() -> None:
    reading = read(CREDIT)
    assert value(reading, "invoice_number") == "NMC20418"
    assert len(reading.lines) == 1


def test_title_that_stands_alone_tells_the_kind() -> None:
    assert KeywordClassifier()((page_of(CREDIT),)).kind is Kind.CREDIT_NOTE


def test_street_beside_a_label_is_no_number() -> None:
    reading = read(
        """
Northfield Medical Supply, Inc.

Invoice No                        600 Foundry Street
91409586                          Lancaster, PA 17602

Total             $85.00
"""
    )
    assert value(reading, "invoice_number") == "91409586"


def test_dues_under_their_heads_give_the_total() -> None:
    reading = read(
        HEAD
        + """
Net Total:        Shipping:       Sales Tax:      Pay This Amount:

8,617.04          124.29          624.74          9,366.07
"""
    )
    assert value(reading, "total") == "9366.07"
    assert value(reading, "subtotal") == "8617.04"


def test_party_set_as_labels_and_values() -> None:
    reading = read(
        """
Invoice No 471102

Seller
Number:            22 000001
Name:              Northfield Test Company
Address:           Main Street 1

Buyer
Name:              Lakeview General Hospital
"""
    )
    assert value(reading, "supplier_name") == "Northfield Test Company"


def test_tail_of_a_broken_name() -> None:
    assert ends_with("Larkspur Imaging Consumables, Inc.", "Consumables, Inc.")
    assert not ends_with("All services are sold by Consumables, Inc.", "Consumables, Inc.")
    assert not ends_with("Consumables, Inc.", "Consumables, Inc.")


@pytest.mark.parametrize(
    ("one", "other"), [("SI620842", "S1620842"), ("8298150136", "8298150136Pg 2"), ("INV-1008", "INV-100B")]
)
def test_numbers_that_a_scan_cannot_tell_apart_are_one_document(one: str, other: str) -> None:
    assert _norm(one) == _norm(other)


def test_following_numbers_are_two_documents() -> None:
    assert _norm("INV-1001") != _norm("INV-1002")


def poor(page: Page) -> Reading:
    return extract_invoices((page,), classifier=always_invoice)[0]


def test_poor_print_keeps_its_doubt() -> None:
    page = page_of(HEAD, source="ocr", confidence=0.9)
    assert poor(page).fields["invoice_number"].confidence <= 0.94
