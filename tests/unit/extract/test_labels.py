import pytest

from pipeline.extract.geometry import lay_out
from pipeline.extract.labels import column_roles, find_labels, words_of
from tests.unit.extract.pages import page_of


def names(text: str, fuzzy: bool = False) -> set[str]:
    segment = lay_out(page_of(text)).rows[0].segments[0]
    return {r.name for hit in find_labels(segment, fuzzy) for r in hit.roles}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Invoice No.: A1", "invoice_number"),
        ("INV# 77", "invoice_number"),
        ("Rechnungs-Nr. 5", "invoice_number"),
        ("N° de facture : 9", "invoice_number"),
        ("P.O.# 12", "po_number"),
        ("Cust P.O. 4", "po_number"),
        ("Ihre Bestellung 4", "po_number"),
        ("Échéance 01/02/2026", "due_date"),
        ("SUB-TOTAL 4", "subtotal"),
        ("Total TTC 5", "total"),
        ("MwSt. 19% 3", "tax_total"),
        ("Bill To:", "buyer"),
        ("Livraison: adresse", "ship_to"),
        ("DATE..: 03/04/2026", "invoice_date"),
        ("Total EUR 4", "total"),
    ],
)
def test_wordings(text: str, name: str) -> None:
    assert name in names(text)


def test_a_scanned_label_may_have_a_slip() -> None:
    assert "invoice_number" in names("Invoiee Number: 4", fuzzy=True)
    segment = lay_out(page_of("Invoiee Number: 4")).rows[0].segments[0]
    assert all(r.strength < 0.9 for hit in find_labels(segment, fuzzy=False) for r in hit.roles)


def test_words_inside_a_sentence_are_no_labels() -> None:
    assert names("Please note that the total of our account is small") == set()
    assert "po_number" not in names("PO Box 4410")


def test_every_word_for_number_is_one() -> None:
    assert words_of("Nr.") == words_of("#") == words_of("N°") == ("no",)


def test_column_heads() -> None:
    assert "unit_price" in {r.name for r in column_roles("Unit Price (USD)")}
    assert column_roles("Nonsense") == ()
