"""Scanned batches: separator sheets, duplex stacks put in order, missing pages (spec A.1 batch, C.1; issue: scans).

A separator sheet parts a batch whatever stands on either side. It is known by its words (PATCH T, BATCH SEPARATOR) or by a
Code 128 or QR code of the kinds below on a page with hardly any words; it belongs to no document.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

import zxingcpp
from PIL import Image

from pipeline.domain.document import Page
from pipeline.domain.errors import InvalidInput
from pipeline.domain.reading import Reading

# The words of paperless programs and scanner vendors, and our own with anything after it.
SHEET_CODE = re.compile(
    r"(PATCH[ -]?(T|[1-6I]|II|III|IV|VI)|PATCHT|APDESK[-:]?SEP\w*.*|(BATCH|DOC(UMENT)?)[ -]?SEP\w*|SEPARATOR)", re.I
)
SHEET_WORDS = re.compile(
    r"\b(patch ?code|patch ?t\b|batch separator|separator (page|sheet)|document separator|trennblatt)", re.I
)
PRINTED = re.compile(
    r"\b(?:page|seite|pagina|página|pag|blatt)\W{0,2}(\d{1,3})\s*(?:of|/|von|sur|de|van)\s*(\d{1,3})\b", re.IGNORECASE
)
FEW_WORDS = 60
MOST_PRINTED = 50
Draw = Callable[[Page], Image.Image]


def batches(pages: Sequence[Page], draw: Draw) -> list[tuple[Page, ...]]:
    """The pages between separator sheets, each stack in the order of its printed page numbers. At least one."""
    groups: list[list[Page]] = [[]]
    for page in pages:
        if is_sheet(page, draw):
            groups.append([])
        else:
            groups[-1].append(page)
    found = [collated(group) for group in groups if group]
    return found or [tuple(pages)]


def is_sheet(page: Page, draw: Draw) -> bool:
    """Whether a page is a separator sheet. Only pages with few words are drawn to look for a code."""
    if len(page.words) >= FEW_WORDS:
        return False
    if SHEET_WORDS.search(_text(page)):
        return True
    if page.source != "ocr":
        return False
    try:
        return any(SHEET_CODE.fullmatch(text.strip()) for text in codes(draw(page)))
    except InvalidInput:
        return False


def codes(image: Image.Image) -> list[str]:
    """The texts of Code 128, Code 39 and QR codes on a page."""
    formats = zxingcpp.BarcodeFormat
    kinds = zxingcpp.BarcodeFormats([formats.Code128, formats.Code39, formats.QRCode])
    return [found.text for found in zxingcpp.read_barcodes(image.convert("L"), formats=kinds)]


def collated(pages: Sequence[Page]) -> tuple[Page, ...]:
    """Fronts and backs scanned as two stacks, put in order: only when every page with words carries a number of the same
    total and each number stands there once."""
    numbers = [printed(page) for page in pages]
    told = [each for each in numbers if each is not None]
    if len(told) < 2 or any(number is None and page.words for number, page in zip(numbers, pages, strict=True)):
        return tuple(pages)
    if len({total for _, total in told}) != 1 or sorted(n for n, _ in told) != list(range(1, told[0][1] + 1)):
        return tuple(pages)
    ordered = sorted(zip(numbers, pages, strict=True), key=lambda pair: pair[0][0] if pair[0] else MOST_PRINTED + 1)
    return tuple(page for _, page in ordered)


def printed(page: Page) -> tuple[int, int] | None:
    """`Page 2 of 3` as (2, 3); None when a page carries no such words, or several that differ."""
    found = {(int(a), int(b)) for a, b in PRINTED.findall(_text(page)) if 1 <= int(a) <= int(b) <= MOST_PRINTED}
    return found.pop() if len(found) == 1 else None


def missing_pages(pages: Sequence[Page]) -> str | None:
    """One sentence when printed page numbers say that pages are not there; None otherwise.

    Pages without a number may be the missing ones, so as many of them are allowed for.
    """
    told = [each for each in map(printed, pages) if each is not None]
    if not told or len({total for _, total in told}) != 1:
        return None
    total = told[0][1]
    absent = sorted(set(range(1, total + 1)) - {number for number, _ in told})
    if len(absent) <= len(pages) - len(told):
        return None
    which = f"Page {absent[0]} of {total} is" if len(absent) == 1 else f"Pages {_list(absent)} of {total} are"
    return f"{which} missing."


def with_missing_pages(reading: Reading, pages: Sequence[Page]) -> Reading:
    """The reading with a finding (DOC_UNREADABLE) when its range of pages is not whole."""
    if reading.page_range is None:
        return reading
    first, last = reading.page_range
    sentence = missing_pages([page for page in pages if first <= page.number <= last])
    if sentence is None:
        return reading
    return replace(reading, findings=(*reading.findings, ("DOC_UNREADABLE", sentence)))


def _list(numbers: Sequence[int]) -> str:
    return ", ".join(str(number) for number in numbers[:10])


def _text(page: Page) -> str:
    return " ".join(word.text for word in page.words)
