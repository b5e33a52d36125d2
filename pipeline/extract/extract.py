"""Pages in, readings out: the deterministic reader of invoices it has never seen (spec A, C.0.6)."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Protocol

from pipeline.domain.document import Kind, Page, ReadStatus
from pipeline.domain.reading import Extracted, KindGuess, ReadCharge, Reading
from pipeline.extract.assemble import choose_fields
from pipeline.extract.bank import bank_candidates
from pipeline.extract.candidates import Candidate, CandidateSource, Layout, lay_out_all
from pipeline.extract.currency import currency_candidates, habits
from pipeline.extract.findings import findings_of
from pipeline.extract.header import (
    date_candidates,
    date_order,
    number_candidates,
    tax_candidates,
    terms_candidates,
    terms_found,
)
from pipeline.extract.lines import choose_lines
from pipeline.extract.money import CHARGES, money_found, tax_rows
from pipeline.extract.opinion import SecondOpinion
from pipeline.extract.parties import addressed_boxes, parties, party_candidates
from pipeline.extract.reconcile import Choice, reconcile
from pipeline.extract.split import split_pages
from pipeline.extract.suppliers import supplier_candidates
from pipeline.extract.table import find_table

Calibrator = Callable[[str, float, dict[str, float]], float]


class KindClassifier(Protocol):
    """Tells the kind of a document from its pages."""

    def __call__(self, pages: Sequence[Page]) -> KindGuess: ...


def extract_invoices(
    pages: tuple[Page, ...],
    *,
    classifier: KindClassifier,
    candidates: Sequence[CandidateSource] = (),
    calibrator: Calibrator | None = None,
    second_opinion: SecondOpinion | None = None,
) -> tuple[Reading, ...]:
    """One reading per invoice (or other document) found in the pages, in order; at least one.

    `second_opinion(page number, box)` gives what another engine reads there, None when it cannot be asked.
    """
    out = []
    for part in split_pages(pages, classifier):
        out.append(_read(part.pages, part.guess, part.page_range, candidates, calibrator, second_opinion, part.sure))
    return tuple(out)


def extract_whole(
    pages: tuple[Page, ...],
    *,
    classifier: KindClassifier,
    candidates: Sequence[CandidateSource] = (),
    calibrator: Calibrator | None = None,
) -> Reading:
    """The reading of all these pages as one document: a person said where it begins and ends."""
    span = (pages[0].number, pages[-1].number)
    return _read(pages, classifier(pages), span, candidates, calibrator)


def _read(
    pages: tuple[Page, ...],
    guess: KindGuess,
    page_range: tuple[int, int],
    sources: Sequence[CandidateSource],
    calibrator: Calibrator | None,
    second: SecondOpinion | None = None,
    split: float = 1.0,
) -> Reading:
    layout = lay_out_all(pages)
    table = find_table(layout)
    layout.table = table.rows
    money = money_found(layout)
    lines, charges = choose_lines(layout, table, money, second)
    sums = [line.line_total for line in lines if line.line_total is not None]
    choice = reconcile(money, sum(sums, Decimal(0)) if sums else None)
    found = header_candidates(layout)
    for source in sources:
        found += list(source.candidates(pages))
    kind = guess.kind
    fields = choose_fields(layout, found, choice, lines, kind, calibrator, second)
    fields, lines = _unsigned(fields, lines, kind)
    total = Decimal(fields["total"].value) if "total" in fields else None
    return Reading(
        status=ReadStatus.OK,
        kind=kind,
        page_range=page_range,
        pages=page_range[1] - page_range[0] + 1,
        kind_confidence=guess.probability,
        invoice_type="credit_note" if kind is Kind.CREDIT_NOTE else "invoice",
        fields=fields,
        lines=tuple(lines),
        charges=tuple(_charges(choice)) + tuple(charges),
        taxes=tax_rows(money, total),
        findings=findings_of(pages, kind, fields, split),
        quality=min((p.quality for p in pages), default=1.0),
        quality_low=min((p.quality_low for p in pages), default=1.0),
        engines={"fields": "labels", "kind": "; ".join(guess.evidence[:3])},
        layout=pages,
    )


def header_candidates(layout: Layout) -> list[Candidate]:
    """Every candidate that labels, formats and places give, money aside."""
    country = habits(layout)
    terms = terms_found(layout)
    order = date_order(layout, [t for _, _, t in terms], country.american, country.european)
    people = parties(layout)
    out = number_candidates(layout) + date_candidates(layout, order) + terms_candidates(terms)
    out += party_candidates(layout, people) + supplier_candidates(layout, people)
    out += bank_candidates(layout)
    out += tax_candidates(layout, addressed_boxes(people)) + currency_candidates(layout, country)
    return out


def _charges(choice: Choice) -> list[ReadCharge]:
    out = [
        ReadCharge("other" if m.role == "other_charge" else m.role, m.value)
        for m in choice.charges
        if m.role in CHARGES
    ]
    return out + [ReadCharge("discount", abs(m.value), False) for m in choice.discounts]


def _unsigned(fields: dict[str, Extracted], lines: list, kind: Kind) -> tuple[dict[str, Extracted], list]:  # type: ignore[type-arg]
    """A credit note's amounts without the minus that some suppliers print: its kind says that it is a credit."""
    from dataclasses import replace

    total = fields.get("total")
    if kind is not Kind.CREDIT_NOTE or total is None:
        return fields, lines
    turned = dict(fields)
    for name in ("total", "subtotal", "tax_total", "amount_due"):
        if name in fields and fields[name].value.startswith("-"):
            turned[name] = replace(fields[name], value=fields[name].value[1:])
    made = []
    for line in lines:
        quantity = abs(line.quantity) if line.quantity is not None else None
        amount = abs(line.line_total) if line.line_total is not None else None
        made.append(
            replace(
                line,
                quantity=quantity,
                line_total=amount,
                unit_price=abs(line.unit_price) if line.unit_price is not None else None,
            )
        )
    return turned, made
