"""Whole pages, typed as text: what is read, and that nothing is made up."""

from decimal import Decimal

from pipeline.domain.document import Kind
from pipeline.domain.reading import KindGuess, Reading, Source
from pipeline.extract.candidates import Candidate
from pipeline.extract.extract import extract_invoices
from tests.unit.extract.pages import always_invoice, page_of

AMERICAN = """
Northfield Medical Supply, Inc.                                        INVOICE
120 Depot Street, Akron, OH 44301
Tel (330) 555-0112   Federal ID 31-7654321

Invoice No:   NM-204417                    Customer No:  884120
Invoice Date: 03/05/2026                   PO Number:    4500771234
Due Date:     04/04/2026                   Terms:        Net 30

BILL TO                                    SHIP TO
Lakeview General Hospital                  Lakeview General Hospital
Attn: Accounts Payable                     Dock 4
PO Box 100                                 9 Harbor Road
Akron, OH 44304                            Akron, OH 44305


Item No.      Description                        Qty   UOM     Unit Price       Amount
NM-1001       Glove Exam Nitrile Medium           10   BX           8.50        85.00
              powder free
NM-1002       Gauze Pad 4x4 Sterile                4   CS          21.25        85.00

                                                             Subtotal          170.00
                                                             Freight            12.50
                                                             Sales Tax          11.90
                                                             Total            $194.40

Remit to: Northfield Medical Supply, Inc., PO Box 7, Akron, OH 44309
"""

GERMAN = """
Bergmann Medizintechnik GmbH
Hafenstr. 12, 20457 Hamburg

Klinikum Nord AG
Einkauf
Am Park 1
22307 Hamburg

RECHNUNG                                   Rechnungsnummer:  2026-0815
                                           Rechnungsdatum:   05.03.2026
                                           Ihre Bestellung:  B-99120

Pos   Artikel   Bezeichnung                  Menge   Einheit   Einzelpreis      Gesamt
1     A-77      Handschuhe Nitril             20     Stk.           1,25         25,00
2     A-78      Verbandmaterial               10     Stk.           3,10         31,00

                                             Nettobetrag                         56,00
                                             MwSt. 19%                           10,64
                                             Rechnungsbetrag EUR                 66,64

Zahlbar innerhalb 30 Tagen netto bis zum 04.04.2026.
USt-IdNr.: DE136695976
"""


def read(*texts: str) -> tuple[Reading, ...]:
    return extract_invoices(tuple(page_of(t, n) for n, t in enumerate(texts, 1)), classifier=always_invoice)


def test_an_american_invoice_is_read_whole() -> None:
    (reading,) = read(AMERICAN)
    got = {
        k: reading.text(k)
        for k in (
            "supplier_name",
            "supplier_tax_id",
            "buyer_name",
            "invoice_number",
            "invoice_date",
            "due_date",
            "po_number",
            "currency",
            "subtotal",
            "tax_total",
            "total",
            "freight",
            "account_no",
            "ship_to",
            "terms",
        )
    }
    assert got == {
        "supplier_name": "Northfield Medical Supply, Inc.",
        "supplier_tax_id": "31-7654321",
        "buyer_name": "Lakeview General Hospital",
        "invoice_number": "NM-204417",
        "invoice_date": "2026-03-05",
        "due_date": "2026-04-04",
        "po_number": "4500771234",
        "currency": "USD",
        "subtotal": "170.00",
        "tax_total": "11.90",
        "total": "194.40",
        "freight": "12.50",
        "account_no": "884120",
        "ship_to": "Lakeview General Hospital",
        "terms": "Net 30",
    }
    first, second = reading.lines
    assert (first.sku, first.quantity, first.unit, first.unit_price, first.line_total) == (
        "NM-1001",
        10,
        "BX",
        Decimal("8.50"),
        Decimal("85.00"),
    )
    assert first.description == "Glove Exam Nitrile Medium powder free"
    assert (second.sku, second.quantity) == ("NM-1002", 4)
    assert [(c.type, c.amount) for c in reading.charges] == [("freight", Decimal("12.50"))]


def test_every_printed_value_keeps_its_place_and_reason() -> None:
    (reading,) = read(AMERICAN)
    for name, value in reading.fields.items():
        assert value.why, name
        assert 0 < value.confidence < 1
        if value.source is not Source.ARITHMETIC and name != "currency":
            assert value.page == 1
            assert value.box is not None
    assert "subtotal, tax and charges give the total" in reading.fields["total"].why


def test_a_german_invoice_is_read_with_its_own_habits() -> None:
    (reading,) = read(GERMAN)
    assert reading.text("invoice_number") == "2026-0815"
    assert reading.text("invoice_date") == "2026-03-05"
    assert reading.text("due_date") == "2026-04-04"
    assert reading.text("supplier_tax_id") == "DE136695976"
    assert reading.text("currency") == "EUR"
    assert reading.text("po_number") == "B-99120"
    assert reading.text("buyer_name") == "Klinikum Nord AG"
    assert (reading.amount("subtotal"), reading.amount("tax_total"), reading.amount("total")) == (
        Decimal("56.00"),
        Decimal("10.64"),
        Decimal("66.64"),
    )
    assert [(line.quantity, line.line_total) for line in reading.lines] == [
        (20, Decimal("25.00")),
        (10, Decimal("31.00")),
    ]


def test_what_is_not_printed_is_not_read() -> None:
    (reading,) = read("Some words\nwithout any figure\nwhich say nothing at all")
    assert not {"total", "subtotal", "tax_total", "invoice_number", "invoice_date", "due_date", "po_number"} & set(
        reading.fields
    )
    assert reading.lines == ()


def test_a_total_that_does_not_close_is_less_sure() -> None:
    (good,), (bad,) = read(AMERICAN), read(AMERICAN.replace("$194.40", "$199.40"))
    assert bad.amount("total") == Decimal("199.40")
    assert bad.fields["total"].confidence < good.fields["total"].confidence - 0.1


def test_a_credit_note_has_no_minus_but_its_kind() -> None:
    text = AMERICAN.replace("$194.40", "($194.40)")
    (reading,) = extract_invoices((page_of(text),), classifier=lambda pages: KindGuess(Kind.CREDIT_NOTE, 0.99))
    assert reading.invoice_type == "credit_note"
    assert reading.amount("total") == Decimal("194.40")


def test_lines_run_over_pages_and_carried_sums_are_no_lines() -> None:
    head = "Item No.      Description                        Qty   UOM     Unit Price       Amount\n"
    one = (
        AMERICAN[: AMERICAN.index("Item No.")]
        + head
        + "NM-1   Tape Surgical                     2   EA   5.00   10.00\n".replace("   ", "     ")
    )
    start = AMERICAN[: AMERICAN.index("Item No.")]
    row = "{:<14}{:<35}{:>3}   {:<4}{:>15}{:>13}\n".format
    one = (
        start
        + head
        + row("NM-1", "Tape Surgical", 2, "EA", "5.00", "10.00")
        + " " * 60
        + "Carried forward          10.00\n"
    )
    two = (
        head
        + " " * 60
        + "Brought forward          10.00\n"
        + row("NM-2", "Suture", 4, "EA", "5.00", "20.00")
        + " " * 61
        + "Total             30.00\n"
    )
    (reading,) = read(one, two)
    assert [(line.sku, line.line_total) for line in reading.lines] == [
        ("NM-1", Decimal("10.00")),
        ("NM-2", Decimal("20.00")),
    ]
    assert reading.amount("total") == Decimal("30.00")


def test_a_further_source_of_candidates_joins() -> None:
    class Model:
        name = "model"

        def candidates(self, pages: object) -> list[Candidate]:
            return [Candidate("invoice_number", "X-1", 0.99, Source.MODEL, "the model says so")]

    text = AMERICAN.replace("Invoice No:   NM-204417", "")
    (reading,) = extract_invoices((page_of(text),), classifier=always_invoice, candidates=[Model()])
    assert reading.text("invoice_number") == "X-1"
    assert reading.fields["invoice_number"].source is Source.MODEL
