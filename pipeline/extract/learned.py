"""The layout model as one more source of candidates: it points at values where no known label stands beside them."""

import re
from collections.abc import Sequence
from typing import Protocol

from pipeline.domain.document import Box, Page
from pipeline.domain.reading import Source
from pipeline.extract.candidates import Candidate
from pipeline.extract.dates import find_dates
from pipeline.extract.names import is_name, name_of

_LABEL = re.compile(
    r"^(?:buyer|bill to|sold to|ship to|customer|supplier|seller|vendor|remit to|from)\b\W*(?=\w)", re.I
)
FIELDS = frozenset(
    ("supplier_name", "buyer_name", "invoice_number", "invoice_date", "due_date", "po_number", "supplier_tax_id")
)
# Measured on the development sets: between 0.35 and 0.5 it adds right values and takes none away; above 0.6 it overrules
# labels that were right.
WEIGHT = 0.5
LATER_PAGES = 0.8
MAX_PAGES = 4


class Found(Protocol):
    """What a layout model says of some words: the field they are, how sure it is; `row` for parts of line items."""

    @property
    def field(self) -> str: ...
    @property
    def value_text(self) -> str: ...
    @property
    def words(self) -> Sequence[int]: ...
    @property
    def box(self) -> Box: ...
    @property
    def score(self) -> float: ...
    @property
    def row(self) -> int | None: ...


class LayoutPredictor(Protocol):
    """A trained model by shape: this room never imports one (docs/decisions/0001)."""

    def predict(self, page: Page) -> Sequence[Found]: ...


class LayoutSource:
    """Header candidates of the layout model, below what a label of its own is worth. About 20 ms a page."""

    name = "layout"

    def __init__(self, model: LayoutPredictor) -> None:
        self._model = model

    def candidates(self, pages: Sequence[Page]) -> list[Candidate]:
        """Candidates of the first pages, values normalised as those found by labels are."""
        out = []
        for position, page in enumerate(pages[:MAX_PAGES]):
            for found in self._model.predict(page):
                value = _value(found)
                if value:
                    out.append(_candidate(found, value, page, WEIGHT * (LATER_PAGES if position else 1.0)))
        return out


def _candidate(found: Found, value: str, page: Page, weight: float) -> Candidate:
    sure = [page.words[i].confidence for i in found.words]
    return Candidate(
        found.field,
        value,
        found.score * weight,
        Source.OCR if page.source == "ocr" else Source.TEXT,
        "where the layout model expects it",
        found.value_text,
        page.number,
        found.box,
        sum(sure) / len(sure) if sure else 1.0,
    )


def _value(found: Found) -> str:
    """Normalised text; empty when the words are no value of the field. Ambiguous dates are left to the labels."""
    if found.row is not None or found.field not in FIELDS:
        return ""
    text = " ".join(found.value_text.split())
    if found.field.endswith("_date"):
        dates = find_dates(text)
        return dates[0].certain.isoformat() if dates and dates[0].certain else ""
    if found.field.endswith("_name"):
        name = name_of(_LABEL.sub("", text))
        return name if is_name(name) else ""
    return text.strip(" :.,#")
