"""Against a real clamd: what it finds, what it lets through, what it cannot look through, and its absence."""

import io
import os
import zipfile
from collections.abc import Iterator

import pytest

from pipeline.domain.document import ReadStatus
from pipeline.intake.virus import ScannerUnavailable, VirusScanner, scanner_at
from tests.integration.scanner import clamd
from tests.unit.intake.test_guard import pdf
from tests.unit.intake.test_unpack import mail

pytestmark = pytest.mark.skipif(
    clamd.program() is None or os.geteuid() != 0, reason="clamav-daemon is not installed, or not root"
)


@pytest.fixture(scope="module")
def scanner() -> Iterator[VirusScanner]:
    with clamd.running() as socket:
        yield scanner_at(f"unix:{socket}")


def zipped(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("invoice.txt", data)
    return out.getvalue()


def test_a_document_passes(scanner: VirusScanner) -> None:
    assert scanner(pdf()) is None
    assert scanner(b"") is None


@pytest.mark.parametrize("wrapped", [bytes, zipped, lambda data: mail(("a.txt", data)).as_bytes()])
def test_the_pattern_is_found_bare_zipped_and_attached(scanner: VirusScanner, wrapped: object) -> None:
    found = scanner(wrapped(clamd.PATTERN))  # type: ignore[operator]
    assert found is not None
    assert (found.status, found.code) == (ReadStatus.QUARANTINED, "MALWARE")
    assert found.reason == "The virus scanner found Test.Pattern.UNOFFICIAL."


def test_more_than_it_looks_through_is_locked_up_not_let_through(scanner: VirusScanner) -> None:
    found = scanner(os.urandom(3_000_000))
    assert found is not None
    assert (found.status, found.code) == (ReadStatus.QUARANTINED, "UNSCANNED")


def test_when_it_is_gone_nothing_counts_as_clean() -> None:
    with clamd.running() as socket:
        scanner = scanner_at(f"unix:{socket}")
        assert scanner(pdf()) is None
    with pytest.raises(ScannerUnavailable):
        scanner(pdf())
