"""What a clerk has to know about a document as a whole before its values are trusted (spec C.1)."""

import re
from collections.abc import Mapping, Sequence

from pipeline.domain.document import Kind, Page
from pipeline.domain.reading import Extracted

BILLS = (Kind.INVOICE, Kind.CREDIT_NOTE)
READABLE = 0.50
SPLIT_SURE = 0.95
_MRN = re.compile(
    r"\b(?:mrn|medical record (?:no|number|#)|patient (?:id|no|number|acct|account)(?: no)?)\.?\s*[:#]?\s*"
    r"[a-z]{0,3}-?\d{4,}",
    re.I,
)
_PATIENT = re.compile(
    r"\bpatient(?:'?s)?(?: name)?\s*[:#]\s*(?!care|pay|portal|services?\b)[a-z][a-z'\-]+(?:,\s*|\s+)[a-z]", re.I
)
_BIRTH = re.compile(
    r"\b(?:d\.?o\.?b\.?|date of birth|birth ?date|geburtsdatum|date de naissance)\s*[:#]?\s*"
    r"\d{1,4}[-/. ]\w{1,9}[-/. ]\d{2,4}",
    re.I,
)


def findings_of(
    pages: Sequence[Page], kind: Kind, fields: Mapping[str, Extracted], split: float
) -> tuple[tuple[str, str], ...]:
    """Codes with a sentence. `split` is how sure it is that these pages are one document and all of it."""
    out: list[tuple[str, str]] = []
    if kind in BILLS and split < SPLIT_SURE:
        text = f"It is not sure that these pages are one invoice ({split:.0%}; {SPLIT_SURE:.0%} is asked): check the page range."
        out.append(("DOC_MULTI_INVOICE", text))
    poor = [p for p in pages if p.source == "ocr" and p.words and p.quality < READABLE]
    if kind in BILLS and poor:
        numbers = ", ".join(str(p.number) for p in poor)
        out.append(("DOC_UNREADABLE", f"Page {numbers} is hard to read (mean certainty {poor[0].quality:.0%})."))
    elif kind in BILLS and "total" not in fields:
        out.append(("DOC_UNREADABLE", "No total was found on the document."))
    if signs := patient_data(pages):
        out.append(("DOC_PHI", f"Patient data is printed on it ({', '.join(signs)})."))
    return tuple(out)


def patient_data(pages: Sequence[Page]) -> tuple[str, ...]:
    """Which kinds of patient data are printed; never the data itself."""
    text = " ".join(w.text for p in pages for w in p.words)
    sorts = (("a record number", _MRN), ("a patient's name", _PATIENT), ("a date of birth", _BIRTH))
    return tuple(name for name, pattern in sorts if pattern.search(text))
