"""Scanned batches with several invoices in each: how many are parted right, put in order, and told incomplete.

Run:  python -m tests.benchmarks.bench_batches --batches 30

Papers of the sample world are drawn, shuffled, put between separator sheets (or none), skewed by one or two degrees, given
the grain of a sensor, pressed through JPEG, and saved as one PDF or TIFF. A batch is right when every invoice has its own
pages and no other: the file's page numbers are compared, and where a page was taken out that must be said.
"""

import argparse
import io
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np
import zxingcpp
from PIL import Image, ImageDraw, ImageFont

from fixtures.degrade import as_jpeg, as_pdf, as_tiff, noise, raster, skew
from fixtures.documents import page as drawn
from fixtures.model import Bill, Case
from fixtures.world import world
from pipeline.bootstrap import read_bytes
from pipeline.domain.document import Kind
from pipeline.domain.reading import Reading
from pipeline.process.reader import READINGS, framed

DPI = 200
ONE_PAGE = ("erp", "grid", "modern", "letterhead", "service", "din", "stub")
LONG = "carried"
KINDS = ("code 128", "qr", "patch t", "no sheet, blank backs", "two stacks", "page missing")
BILLS = (Kind.INVOICE, Kind.CREDIT_NOTE)


@dataclass(frozen=True)
class Batch:
    """A file and the truth about it: number and first and last page of each invoice; `incomplete` names one of them."""

    kind: str
    name: str
    data: bytes
    truth: tuple[tuple[str, tuple[int, int]], ...]
    incomplete: str = ""


@dataclass(frozen=True)
class Paper:
    number: str
    pages: list[Image.Image]


def sheet(kind: str, size: tuple[int, int]) -> Image.Image:
    """A separator sheet as a scanner's software prints it."""
    paper = Image.new("L", size, 255)
    draw = ImageDraw.Draw(paper)
    font = ImageFont.load_default(60)
    formats = zxingcpp.BarcodeFormat
    text, form = {
        "code 128": ("APDESK-SEP", formats.Code128),
        "qr": ("DOCUMENT SEPARATOR", formats.QRCode),
        "patch t": ("PATCHT", formats.Code39),
    }.get(kind, ("PATCH 2", formats.Code128))
    code = Image.fromarray(zxingcpp.write_barcode_to_image(zxingcpp.create_barcode(text, form), scale=5)).convert("L")
    paper.paste(code, ((size[0] - code.width) // 2, size[1] // 3))
    if kind != "code 128":
        draw.text((size[0] // 3, size[1] // 2), "Separator sheet" if kind == "qr" else "PATCH CODE", 0, font)
    return paper


def one_page(case: Case, rng: np.random.Generator) -> Paper:
    bill = numbered(case.bill, rng)
    return Paper(bill.number, raster(drawn(replace(case, bill=bill)), DPI)[:1])


def long_paper(case: Case, rng: np.random.Generator, least: int) -> Paper:
    bill = numbered(case.bill, rng)
    lines = case.bill.lines * 2
    for count in range(len(case.bill.lines) // 2, len(lines)):
        pages = raster(drawn(replace(case, bill=replace(bill, lines=lines[:count]))), DPI)
        if len(pages) >= least:
            break
    return Paper(bill.number, pages)


def numbered(bill: Bill, rng: np.random.Generator) -> Bill:
    return replace(bill, number=f"{bill.number[:4]}{rng.integers(10_000, 99_999)}")


def stack(kind: str, papers: list[Paper], rng: np.random.Generator) -> tuple[list[tuple[str, Image.Image]], str]:
    """The pages as they go through the scanner, each with the number of its invoice or none; and which lacks a page."""
    size, out, incomplete = papers[0].pages[0].size, list[tuple[str, Image.Image]](), ""
    for paper in papers:
        pages = list(paper.pages)
        if kind == "two stacks" and len(pages) > 1:
            pages = pages[0::2] + pages[1::2][::-1]
        if kind == "page missing" and len(pages) > 2 and not incomplete:
            del pages[int(rng.integers(1, len(pages) - 1))]
            incomplete = paper.number
        if kind != "no sheet, blank backs":
            out.append(("", sheet(kind, size)))
        for one in pages:
            out.append((paper.number, one))
            if kind == "no sheet, blank backs":
                out.append(("", Image.new("L", size, 255)))
    return out, incomplete


def batch(number: int) -> Batch:
    rng, kind = np.random.default_rng(number), KINDS[number % len(KINDS)]
    cases = [arrival.case for arrival in world().arrivals]
    single = [case for case in cases if case.layout in ONE_PAGE and case.bill.title and not case.copy_of]
    papers = [one_page(single[at], rng) for at in rng.choice(len(single), int(rng.integers(2, 4)), replace=False)]
    least = 3 if kind in ("two stacks", "page missing") else 2
    papers.append(long_paper(next(case for case in cases if case.layout == LONG), rng, least))
    rng.shuffle(papers)
    pages, incomplete = stack(kind, papers, rng)
    worn = []
    for _, page in pages:
        grey = noise(skew(page, float(rng.uniform(1, 2) * rng.choice((-1, 1)))), rng, 6)
        worn.append(Image.open(io.BytesIO(as_jpeg(grey, DPI, 70))).convert("L"))
    places = defaultdict[str, list[int]](list)
    for place, (name, _) in enumerate(pages, 1):
        places[name].append(place)
    truth = tuple((name, (found[0], found[-1])) for name, found in places.items() if name)
    tiff = number % 2 == 1
    data = as_tiff(worn, DPI, "tiff_adobe_deflate") if tiff else as_pdf(worn, DPI, 70)
    return Batch(kind, f"batch{number}.{'tif' if tiff else 'pdf'}", data, truth, incomplete)


def mistakes(one: Batch, readings: tuple[Reading, ...]) -> list[str]:
    """What is wrong, one phrase each; empty when the batch was parted right."""
    spans = dict(one.truth)
    found = {reading.page_range: reading for reading in readings if reading.kind in BILLS and reading.page_range}
    wrong = [f"{number} {span} not found" for number, span in spans.items() if span not in found]
    wrong += [f"{span} is no invoice's range" for span in found if span not in spans.values()]
    told = {span for span, reading in found.items() if any("missing" in sentence for _, sentence in reading.findings)}
    expected = {spans[one.incomplete]} if one.incomplete else set()
    wrong += [f"{span}: missing page not told" for span in expected - told]
    return wrong + [f"{span}: told incomplete, but is whole" for span in told - expected]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batches", type=int, default=30)
    parser.add_argument("--first", type=int, default=0)
    wanted = parser.parse_args()
    right, began = defaultdict[str, list[bool]](list), time.perf_counter()
    for number in range(wanted.first, wanted.first + wanted.batches):
        one = batch(number)
        readings = READINGS.validate_json(read_bytes(framed(one.data, None), one.name))
        wrong = mistakes(one, readings)
        right[one.kind].append(not wrong)
        sys.stdout.write(f"{one.name} ({one.kind}, {len(one.truth)} invoices): {'; '.join(wrong) or 'right'}\n")
        sys.stdout.flush()
    for kind, outcomes in right.items():
        sys.stdout.write(f"{kind}: {sum(outcomes)} of {len(outcomes)} batches right\n")
    total = [each for outcomes in right.values() for each in outcomes]
    sys.stdout.write(f"all: {sum(total)} of {len(total)} batches right; {time.perf_counter() - began:.0f} s\n")


if __name__ == "__main__":
    main()
