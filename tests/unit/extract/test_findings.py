"""What a clerk must know of a document as a whole (spec C.1)."""

import pytest

from pipeline.domain.document import Kind
from pipeline.domain.reading import Extracted, Source
from pipeline.extract.findings import findings_of, patient_data
from tests.unit.extract.pages import page_of

TOTAL = {"total": Extracted("9.50", 0.99, Source.TEXT)}


def codes(**change: object) -> list[str]:
    given = {"pages": (page_of("Invoice"),), "kind": Kind.INVOICE, "fields": TOTAL, "split": 1.0} | change
    return [code for code, _ in findings_of(**given)]  # type: ignore[arg-type]


def test_a_sound_invoice_has_none() -> None:
    assert codes() == []


def test_a_doubtful_split_is_told() -> None:
    assert codes(split=0.9) == ["DOC_MULTI_INVOICE"]


def test_no_total_or_a_poor_page_is_unreadable() -> None:
    assert codes(fields={}) == ["DOC_UNREADABLE"]
    assert codes(pages=(page_of("Invoice", source="ocr", confidence=0.4),)) == ["DOC_UNREADABLE"]


def test_other_documents_need_no_total() -> None:
    assert codes(kind=Kind.STATEMENT, fields={}, split=0.5) == []


@pytest.mark.parametrize("text", ["Patient: Smith, J.", "MRN: 0048213", "DOB 03/14/1961", "Patient ID: A-88213"])
def test_patient_data_is_named_but_not_repeated(text: str) -> None:
    ((code, sentence),) = findings_of((page_of(text),), Kind.INVOICE, TOTAL, 1.0)
    assert code == "DOC_PHI"
    assert "Smith" not in sentence
    assert not any(c.isdigit() for c in sentence)


@pytest.mark.parametrize(
    "text", ["Patient Gown IV Snap", "Patient care services: 12", "Inpatient bed rental", "Dobson 12"]
)
def test_goods_for_patients_are_no_patient_data(text: str) -> None:
    assert patient_data((page_of(text),)) == ()
