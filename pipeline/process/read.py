"""Read: one file's bytes to readings, one per invoice found. Runs inside a killable child process.

The order is that of architecture section 6: guard, unpack, exact e-invoices before any page is looked at, then words,
then fields. Nothing here opens a transaction or knows a database.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from pipeline.domain.document import Kind, Limits, Page, ReadStatus
from pipeline.domain.errors import ApdeskError
from pipeline.domain.reading import Reading
from pipeline.extract.einvoice import cross_check, embedded_xml, read_einvoice
from pipeline.extract.x12 import read_x12
from pipeline.intake.guard import inspect
from pipeline.intake.unpack import UnpackedPart, unpack
from pipeline.intake.verdicts import Accepted, Refused
from pipeline.ocr.read import page_image
from pipeline.ocr.render import LockedDocumentError
from pipeline.process.outcome import refused
from pipeline.process.scans import batches, with_missing_pages

CONTAINERS = ("eml", "zip", "tnef", "msg", "p7m")


@dataclass(frozen=True)
class Engines:
    """What reading needs and bootstrap fills: `pages(data, media_type)` gives words, `invoices(pages)` gives readings."""

    pages: Callable[[bytes, str], tuple[Page, ...]]
    invoices: Callable[[tuple[Page, ...]], tuple[Reading, ...]]
    limits: Limits


def read_file(data: bytes, name: str, engines: Engines) -> tuple[Reading, ...]:
    """Every invoice in a file, mails and archives unpacked; one reading that says why when there is none."""
    started = time.perf_counter()
    verdict = inspect(data, name, engines.limits)
    if isinstance(verdict, Refused):
        return (refused(verdict.status, verdict.reason, started),)
    if verdict.kind not in CONTAINERS:
        return _read_accepted(data, verdict, None, engines, started)
    try:
        parts = unpack(data, name, engines.limits)
    except ApdeskError as problem:
        return (refused(ReadStatus.REJECTED, str(problem), started),)
    found = [replace(reading, part=part.name) for part in parts for reading in _read_part(part, engines)]
    if not found:
        reason = (
            "This mail has no attachment that could be an invoice."
            if verdict.kind == "eml"
            else "The archive is empty."
        )
        return (refused(ReadStatus.REJECTED, reason, started),)
    return tuple(found)


def _read_part(part: UnpackedPart, engines: Engines) -> tuple[Reading, ...]:
    if part.refused is not None:
        return (refused(part.refused.status, part.refused.reason),)
    return read_document(part.data, part.name, part.companion, engines)


def read_document(data: bytes, name: str, companion: bytes | None, engines: Engines) -> tuple[Reading, ...]:
    """The invoices of one document (not a mail or archive). `companion` is an e-invoice that came with it."""
    started = time.perf_counter()
    verdict = inspect(data, name, engines.limits)
    if isinstance(verdict, Refused):
        return (refused(verdict.status, verdict.reason, started),)
    return _read_accepted(data, verdict, companion, engines, started)


def _read_accepted(
    data: bytes, verdict: Accepted, companion: bytes | None, engines: Engines, started: float
) -> tuple[Reading, ...]:
    try:
        readings = _readings(data, verdict, companion, engines)
    except LockedDocumentError as problem:
        return (refused(ReadStatus.PASSWORD, str(problem), started),)
    except ApdeskError as problem:
        return (refused(ReadStatus.UNREADABLE, str(problem), started),)
    seconds = (time.perf_counter() - started) / max(1, len(readings))
    return tuple(replace(reading, seconds=seconds) for reading in readings)


def _readings(data: bytes, verdict: Accepted, companion: bytes | None, engines: Engines) -> tuple[Reading, ...]:
    if verdict.kind == "xml":
        reading = read_einvoice(data)
        return (reading,) if reading else (_no_invoice("This XML is no UBL, CII or cXML invoice."),)
    if verdict.kind == "edi":
        return read_x12(data)
    pages = engines.pages(data, verdict.media_type)
    xml = companion or (embedded_xml(data) if verdict.kind == "pdf" else None)
    exact = read_einvoice(xml) if xml else None
    if exact is not None:
        findings = (*exact.findings, *cross_check(exact, pages))
        return (replace(exact, pages=len(pages), page_range=(1, len(pages)), findings=findings, layout=pages),)
    if not any(page.words for page in pages):
        return (_no_invoice("No text could be read on any page.", "DOC_UNREADABLE", pages, ReadStatus.UNREADABLE),)
    found = [
        reading
        for stack in batches(pages, lambda page: page_image(data, verdict.media_type, page))
        for reading in engines.invoices(stack)
    ]
    return tuple(with_missing_pages(reading, pages) for reading in found)


def _no_invoice(
    reason: str, code: str = "DOC_NOT_INVOICE", pages: tuple[Page, ...] = (), status: ReadStatus = ReadStatus.OK
) -> Reading:
    findings = ((code, reason),) if code != "DOC_NOT_INVOICE" else ()
    span = (1, len(pages)) if pages else None
    return Reading(status, Kind.OTHER, span, len(pages), reason=reason, findings=findings, layout=pages)
