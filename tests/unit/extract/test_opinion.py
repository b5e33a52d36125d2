"""A second engine: asked only about doubtful values of scans; agreement raises, another reading lowers."""

import pytest

from pipeline.domain.document import Box
from pipeline.domain.reading import Reading, Source
from pipeline.extract.extract import extract_invoices
from pipeline.extract.items import serials_in
from pipeline.extract.opinion import lookalike, weigh
from tests.unit.extract.pages import always_invoice, page_of

BOX = Box(0.1, 0.1, 0.2, 0.2)
PLACE = (1, BOX, Source.OCR)


def calibrated(field: str, score: float, features: dict[str, float]) -> float:
    return score + 0.1 * features.get("opinion", 0.0)


def test_agreement_raises_and_another_reading_lowers_and_is_kept() -> None:
    same, none = weigh("total", 0.8, {}, "$1,204.50", PLACE, calibrated, lambda page, box: "$1,204.50")
    less, other = weigh("total", 0.8, {}, "$1,204.50", PLACE, calibrated, lambda page, box: "$1,284.50")
    assert same > 0.8 > less
    assert not none
    assert other[0].value == "$1,284.50"


@pytest.mark.parametrize("noise", [None, "", "save", "~~"])
def test_noise_says_nothing(noise: str | None) -> None:
    assert weigh("total", 0.8, {}, "$1,204.50", PLACE, calibrated, lambda page, box: noise) == (0.8, ())


def test_sure_values_text_layers_and_names_are_not_asked_about() -> None:
    def never(page: int, box: Box) -> str:
        raise AssertionError("asked")

    assert weigh("total", 0.99, {}, "9.50", PLACE, calibrated, never)[0] == 0.99
    assert weigh("total", 0.5, {}, "9.50", (1, BOX, Source.TEXT), calibrated, never)[0] == 0.5
    assert weigh("supplier_name", 0.5, {}, "Ferro", PLACE, calibrated, never)[0] == 0.5


def test_lookalikes_stand_at_the_seam_of_letters_and_digits() -> None:
    assert lookalike("S1118900")
    assert not lookalike("INV-11886")
    assert not lookalike("20331")


TABLE = """
Ferro Tools Inc.
INVOICE
Invoice No: F-20331      Date: 03/02/2026

Item        Description              Qty     Price     Amount
FT-11842    Hex Bolt Steel           7       14.00     56.00
FT-22950    Washer Flat              4       5.00      20.00

                                     Subtotal          76.00
                                     Total             76.00
"""


def scanned(answer: str | None) -> Reading:
    pages = (page_of(TABLE, source="ocr", confidence=0.95),)
    (reading,) = extract_invoices(pages, classifier=always_invoice, second_opinion=lambda page, box: answer)
    return reading


def test_a_figure_that_does_not_multiply_is_read_again() -> None:
    assert str(scanned("4").lines[0].quantity) == "4"


@pytest.mark.parametrize("answer", [None, "1", "nothing"])
def test_a_figure_stays_as_read_when_the_second_reading_does_not_close_either(answer: str | None) -> None:
    assert str(scanned(answer).lines[0].quantity) == "7"


def test_serials_keep_their_letters_and_lots_are_none() -> None:
    text = "Cust mat: 100645 Batch C78455 S/N SN933472, SN290364"
    assert serials_in(text) == ("SN933472", "SN290364")
    assert serials_in("Serial No: 88121A") == ("88121A",)
    assert serials_in("Batch C78455 SN290364") == ()
