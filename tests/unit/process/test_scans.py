"""Batches of a scanner: parted by sheets, put in order, checked for missing pages."""

import pytest
import zxingcpp
from PIL import Image

from pipeline.domain.document import Box, Kind, Page, ReadStatus, Word
from pipeline.domain.reading import Reading
from pipeline.process.scans import batches, collated, is_sheet, missing_pages, printed, with_missing_pages

BOX = Box(0.1, 0.1, 0.2, 0.2)


def page(number: int, text: str, source: str = "ocr") -> Page:
    return Page(number, 612, 792, tuple(Word(each, BOX) for each in text.split()), source)


def never(page: Page) -> Image.Image:
    raise AssertionError("this page needs no drawing")


def blank(page: Page) -> Image.Image:
    return Image.new("L", (850, 1100), 255)


def sheet(text: str, kind: zxingcpp.BarcodeFormat) -> Image.Image:
    made = zxingcpp.create_barcode(text, kind)
    code = Image.fromarray(zxingcpp.write_barcode_to_image(made, scale=2))
    paper = Image.new("L", (850, 1100), 255)
    paper.paste(code.convert("L"), (100, 300))
    return paper


@pytest.mark.parametrize("text", ["PATCHT", "PATCH T", "Patch-2", "APDESK-SEP", "APDESK-SEP:FAC-1", "BATCH SEPARATOR"])
@pytest.mark.parametrize("kind", [zxingcpp.BarcodeFormat.Code128, zxingcpp.BarcodeFormat.QRCode])
def test_a_code_makes_a_sheet(text: str, kind: zxingcpp.BarcodeFormat) -> None:
    assert is_sheet(page(1, ""), lambda _: sheet(text, kind))


@pytest.mark.parametrize("text", ["INV-1", "00123456789012345675", "PATCHWORK LTD", "https://supplier.example/pay"])
def test_other_codes_are_part_of_a_document(text: str) -> None:
    assert not is_sheet(page(1, "Pay here"), lambda _: sheet(text, zxingcpp.BarcodeFormat.QRCode))


def test_words_make_a_sheet_without_drawing_and_a_full_page_is_none() -> None:
    assert is_sheet(page(1, "*** BATCH SEPARATOR ***"), never)
    assert not is_sheet(page(1, "patch code " + "word " * 60), never)
    assert not is_sheet(page(1, "Invoice 7", "pdf_text"), never)


def test_a_batch_is_parted_at_its_sheets() -> None:
    pages = [page(1, "Invoice A"), page(2, "Patch code"), page(3, "Invoice B"), page(4, "more"), page(5, "patch T")]
    found = batches(pages, blank)
    assert [[each.number for each in group] for group in found] == [[1], [3, 4]]
    assert batches([page(1, "Patch code")], blank) == [(page(1, "Patch code"),)]


def test_two_stacks_of_a_duplex_batch_are_put_in_order() -> None:
    order = [1, 3, 5, 6, 4, 2]
    pages = [page(at, f"Page {n} of 6") for at, n in enumerate(order, 1)]
    assert [each.number for each in collated(pages)] == [1, 6, 2, 5, 3, 4]


@pytest.mark.parametrize(
    "texts", [["Page 2 of 2", "no number"], ["Page 2 of 3", "Page 1 of 3"], ["Page 2 of 2", "Page 1 of 3"]]
)
def test_an_order_that_is_not_certain_is_left(texts: list[str]) -> None:
    pages = [page(at, text) for at, text in enumerate(texts, 1)]
    assert collated(pages) == tuple(pages)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Page 2 of 3", (2, 3)),
        ("Seite: 1 / 2", (1, 2)),
        ("page 3 of 2", None),
        ("Page 1 of 2 and Page 2 of 2", None),
        ("pages 2", None),
        ("Page 1 of 400", None),
    ],
)
def test_printed_numbers(text: str, expected: tuple[int, int] | None) -> None:
    assert printed(page(1, text)) == expected


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        (["Page 2 of 3", "Page 3 of 3"], "Page 1 of 3 is missing."),
        (["Page 2 of 4"], "Pages 1, 3, 4 of 4 are missing."),
        (["Page 1 of 2", "terms"], None),
        (["Page 1 of 1"], None),
        (["Page 1 of 2", "Page 1 of 3"], None),
        (["no numbers"], None),
    ],
)
def test_missing_pages_are_named(texts: list[str], sentence: str | None) -> None:
    pages = [page(at, text) for at, text in enumerate(texts, 1)]
    assert missing_pages(pages) == sentence
    reading = Reading(ReadStatus.OK, Kind.INVOICE, (1, len(pages)), len(pages))
    found = with_missing_pages(reading, pages).findings
    assert found == ((("DOC_UNREADABLE", sentence),) if sentence else ())
