"""Documents, not files: page ranges of the invoices in a file (spec A.1 `page_range`, C.1 DOC_MULTI_INVOICE)."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from pipeline.domain.document import Kind, Page
from pipeline.domain.reading import KindGuess
from pipeline.extract.candidates import lay_out_all
from pipeline.extract.dates import fold
from pipeline.extract.header import number_candidates
from pipeline.extract.money import money_found

BILLS = (Kind.INVOICE, Kind.CREDIT_NOTE, Kind.RECEIPT)
_PAGE = re.compile(r"\b(?:page|seite|pagina|pag)\W{0,2}(\d{1,3})\s*(?:of|/|von|sur|de|van)\s*(\d{1,3})\b")
_SEPARATOR = re.compile(
    r"batch separator|patch ?code|separator (?:page|sheet)|trennblatt|page de separation"
    r"|scheidingsblad|intentionally left blank"
)
_TERMS = re.compile(
    r"terms and conditions|conditions of sale|geschaftsbedingungen|conditions generales|algemene voorwaarden"
)


@dataclass(frozen=True, slots=True)
class Part:
    """Consecutive pages of one document; `page_range` counts from 1 in the file, dropped pages included."""

    pages: tuple[Page, ...]
    guess: KindGuess
    page_range: tuple[int, int]
    sure: float = 1.0


@dataclass(frozen=True, slots=True)
class _Signs:
    """What one page tells about where a document begins."""

    page: Page
    number: str | None
    printed: tuple[int, int] | None
    total: bool
    guess: KindGuess
    terms: bool
    head: str


def split_pages(pages: tuple[Page, ...], classifier: Callable[[Sequence[Page]], KindGuess]) -> list[Part]:
    """The file's documents in order: at least one. Blank and separator pages belong to none.

    A new document begins where the invoice number changes, where page numbering starts again, or where a letterhead
    with a title of its own follows a page that carried the total. Packing slips and terms go with the invoice before.
    """
    used = [p for p in pages if not is_blank(p) and not is_separator(p)]
    if not used:
        return [Part(pages, KindGuess(Kind.OTHER, 0.99, ("no words",)), _range(pages))]
    if len(used) == 1:
        return [Part(tuple(used), _for_a_clerk(used, classifier(used)), _range(used))]
    signs = [_signs(p, classifier) for p in used]
    groups: list[list[_Signs]] = []
    sure: list[float] = []
    for sign in signs:
        begins, certain = _begins(groups[-1], sign) if groups else (True, 1.0)
        if begins:
            groups.append([sign])
            sure.append(certain)
            sure[len(sure) - 2 :] = [min(s, certain) for s in sure[len(sure) - 2 :]]
        else:
            groups[-1].append(sign)
            sure[-1] = min(sure[-1], certain)
    return [replace(_part(group, classifier), sure=certain) for group, certain in zip(groups, sure, strict=True)]


def is_blank(page: Page) -> bool:
    """A page with next to no words, or with noise that OCR took for letters."""
    letters = sum(c.isalnum() for w in page.words for c in w.text)
    return letters < 12 or (page.source == "ocr" and page.quality < 0.4 and letters < 60)


def is_separator(page: Page) -> bool:
    text = fold(" ".join(w.text for w in page.words[:80]))
    return len(page.words) < 60 and bool(_SEPARATOR.search(text))


def _range(pages: Sequence[Page]) -> tuple[int, int]:
    numbers = [p.number for p in pages] or [1]
    return min(numbers), max(numbers)


def _signs(page: Page, classifier: Callable[[Sequence[Page]], KindGuess]) -> _Signs:
    layout = lay_out_all((page,))
    numbers = sorted(
        (c for c in number_candidates(layout) if c.field == "invoice_number" and c.score > 0.5), key=lambda c: -c.score
    )
    text = fold(" ".join(w.text for w in page.words))
    printed = [(int(a), int(b)) for a, b in _PAGE.findall(text) if int(a) <= int(b)]
    total = any(m.role in ("total", "amount_due") and m.score > 0.6 for m in money_found(layout))
    start = fold(" ".join(w.text for w in page.words[:25]))
    terms = bool(_TERMS.search(start)) and not total
    head = " ".join(start.split()[:4])
    return _Signs(
        page,
        _norm(numbers[0].value) if numbers else None,
        printed[0] if printed else None,
        total,
        classifier((page,)),
        terms,
        head,
    )


_ALIKE = str.maketrans("OQILSBZG", "00115826")


def _norm(number: str) -> str:
    """The number as far as a scan can tell it: signs that look alike are one, a page number glued to it goes."""
    clean = re.sub(r"(?<=\d)(?:PG|PAGE|SEITE)\W?\d{1,3}$", "", number.upper())
    return "".join(c for c in clean if c.isalnum()).translate(_ALIKE)


def _begins(group: list[_Signs], sign: _Signs) -> tuple[bool, float]:
    """Whether a page opens a new document, and how sure that is."""
    first, last = group[0], group[-1]
    known = next((s.number for s in group if s.number), None)
    if (
        sign.printed
        and sign.printed[0] > 1
        and last.printed
        and sign.printed[0] == last.printed[0] + 1
        and sign.printed[1] == last.printed[1]
    ):
        return False, 0.99
    if sign.terms or sign.guess.kind is Kind.OTHER:
        return False, 0.97
    if sign.guess.kind is Kind.PACKING_SLIP and first.guess.kind in BILLS:
        return False, 0.97
    if sign.number and known and sign.number != known and sign.guess.kind in BILLS:
        return True, 0.98
    if sign.printed and sign.printed[0] == 1 and (last.printed or sign.number) and sign.number != known:
        return True, 0.98
    if sign.number and sign.number == known:
        return False, 0.98
    if first.guess.kind in BILLS and sign.guess.kind in BILLS and sign.number and not known and last.total:
        return True, 0.9
    different = sign.guess.kind is not first.guess.kind and sign.guess.probability > 0.85
    if different and last.total and sign.total and sign.head == first.head:
        return True, 0.96
    # A second page with a total of its own and no number: the end of this invoice, or another invoice unnoticed.
    two = (
        first.guess.kind in BILLS and sign.guess.kind in BILLS and last.total and sign.total and sign.head == first.head
    )
    return False, 0.85 if two else 0.97


def _part(group: list[_Signs], classifier: Callable[[Sequence[Page]], KindGuess]) -> Part:
    """The kind of a group is that of its first bill page; packing slips and terms are not read."""
    bill = next((s for s in group if s.guess.kind in BILLS), group[0])
    if bill.guess.kind in BILLS:
        body = tuple(s.page for s in group if not s.terms and s.guess.kind is not Kind.PACKING_SLIP)
    else:
        body = tuple(s.page for s in group)
    pages = body or tuple(s.page for s in group)
    guess = bill.guess if bill.guess.probability >= 0.8 or len(pages) == 1 else classifier(pages)
    return Part(pages, _for_a_clerk(pages, guess), _range([s.page for s in group]))


def _for_a_clerk(pages: Sequence[Page], guess: KindGuess) -> KindGuess:
    """A scan too poor to tell its kind is read as an invoice: a clerk then sees it, and no bill is lost unseen."""
    poor = any(p.source == "ocr" and p.quality < 0.9 and len(p.words) >= 40 for p in pages)
    if guess.kind in BILLS or guess.probability >= 0.6 or not poor:
        return guess
    return KindGuess(
        Kind.INVOICE, guess.probability, (*guess.evidence, f"a poor scan that may be a {guess.kind.value}")
    )
