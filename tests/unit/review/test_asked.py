"""The desk asks for the values that the policy in force asks for, also where it asks for more than usual (C.0.6)."""

from dataclasses import replace

from pipeline.domain.matching import Finding
from pipeline.review.fields import header_fields
from tests.fakes.desk import build_desk


def test_a_value_that_the_policy_doubts_wants_a_look() -> None:
    record = build_desk().record("clean")
    assert record.match is not None
    assert not any(field.doubtful for field in header_fields(record))
    finding = Finding("DOC_LOW_CONFIDENCE", "hold", evidence=("invoice_date",))
    asked = replace(record, match=replace(record.match, findings=(finding,)))
    (field,) = (field for field in header_fields(asked) if field.doubtful)
    assert (field.name, field.band) == ("invoice_date", "check")
