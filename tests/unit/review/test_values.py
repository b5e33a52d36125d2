"""What people type, made plain; corrections laid over a reading; the compare table."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from pipeline.domain.document import Kind, ReadStatus
from pipeline.domain.errors import InvalidInput
from pipeline.domain.reading import Extracted, Reading, ReadLine, Source
from pipeline.domain.records import Correction
from pipeline.review.compare import compare
from pipeline.review.corrections import corrected
from pipeline.review.values import normalise
from tests.fakes.desk import build_desk

NOW = datetime(2026, 3, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "typed", "stored"),
    [
        ("total", "1,234.50", "1234.50"),
        ("total", "1.234,50", "1234.50"),
        ("total", "$ 1 234.50", "1234.50"),
        ("total", "(12.00)", "-12.00"),
        ("total", "12,5", "12.5"),
        ("invoice_date", "03/14/2026", "2026-03-14"),
        ("invoice_date", "14.03.2026", "2026-03-14"),
        ("invoice_date", "Mar 14, 2026", "2026-03-14"),
        ("currency", "usd", "USD"),
        ("supplier_name", "  Acme \u202e Inc. ", "Acme   Inc."),
        ("lines[3].quantity", "4", "4"),
        ("po_number", "", None),
        ("lines[3]", "", None),
    ],
)
def test_plain(name: str, typed: str, stored: str | None) -> None:
    assert normalise(name, typed) == stored


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("total", "1,23,4"),
        ("total", "12x"),
        ("total", "1e5"),
        ("total", "NaN"),
        ("invoice_date", "2026-02-30"),
        ("invoice_date", "14/03/2026"),
        ("currency", "dollars"),
        ("supplier_name", "x" * 501),
    ],
)
def test_refused(name: str, typed: str) -> None:
    with pytest.raises(InvalidInput):
        normalise(name, typed)


def fix(field: str, value: str | None, confirmed: bool = False) -> Correction:
    return Correction(field, value, None, "clerk", NOW, confirmed)


def test_corrections_in_order() -> None:
    reading = Reading(
        ReadStatus.OK,
        Kind.STATEMENT,
        (1, 1),
        1,
        fields={"total": Extracted("5", 0.4, Source.OCR), "terms": Extracted("Net 30", 0.9, Source.TEXT)},
        lines=(ReadLine("a", quantity=Decimal(1), confidence=0.5), ReadLine("b")),
        findings=(("DOC_NOT_INVOICE", "A statement."),),
    )
    new = corrected(
        reading,
        [
            fix("total", "6"),
            fix("total", "7"),
            fix("terms", None),
            fix("lines[0].quantity", "3"),
            fix("lines[1]", None),
            fix("lines[7].description", "c"),
            fix("kind", "invoice"),
        ],
    )
    assert (new.fields["total"].value, new.fields["total"].confidence, new.fields["total"].source) == (
        "7",
        1.0,
        "human",
    )
    assert "terms" not in new.fields
    assert [(line.description, line.quantity, line.confidence) for line in new.lines] == [
        ("a", Decimal(3), 1.0),
        ("c", None, 1.0),
    ]
    assert (new.kind, new.findings) == (Kind.INVOICE, ())
    seen = corrected(reading, [fix("total", "5", confirmed=True), fix("lines[0]", None, confirmed=True)])
    assert (seen.fields["total"].confidence, seen.fields["total"].source) == (1.0, Source.OCR)
    assert (len(seen.lines), seen.lines[0].confidence) == (2, 1.0)


def test_compare_says_the_difference_in_words() -> None:
    desk = build_desk()
    for name, words in (("quantity", "Billed 12, received 10: 2 x 31.25 = 62.50 over."), ("clean", "agrees")):
        record = desk.record(name)
        with desk.app.unit_of_work() as work:
            rows = compare(record, work.facts_for(record.invoice, desk.clock.today()))
        assert rows[-1].words == (words,)
        assert rows[0].prior == 40
        assert rows[-1].fine == (name == "clean")
