"""A person says which pages are one invoice: parts of a document read anew, whole and undoable (F.2; C.1 DOC_MULTI_INVOICE).

Nothing is lost: every page belongs to a part or is named as a separator, and the records of the former parts stay, ended,
with their corrections. The same parts again bring those corrections back.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pydantic import TypeAdapter

from pipeline.app import App
from pipeline.domain.document import Document, Page
from pipeline.domain.errors import InvalidInput, MissingDependency, NotAllowed
from pipeline.domain.events import Action, Actor, EventDraft
from pipeline.domain.reading import Reading
from pipeline.domain.records import InvoiceRecord
from pipeline.ports import UnitOfWork
from pipeline.process.advance import classified_event, extracted_event, new_record
from pipeline.process.pool import ReaderPool, Request
from pipeline.review.claims import held_by_other
from pipeline.review.permissions import allowed
from pipeline.review.route import ACTIVE

PAGES: TypeAdapter[tuple[Page, ...]] = TypeAdapter(tuple[Page, ...])
READING: TypeAdapter[Reading] = TypeAdapter(Reading)
SPLITTABLE = frozenset({"EXTRACTED", "IN_REVIEW", "NOT_INVOICE", "WAIT_RECEIPT", "AWAITING_APPROVAL", "AUTO_APPROVED"})
OVER = frozenset({"REJECTED", "DUPLICATE", "VOID"})
MOST_PARTS = 200
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Parts:
    """A document's invoices by pages, and what was there before the last split by a person (None: there was none)."""

    document: Document
    records: tuple[InvoiceRecord, ...]
    pages: dict[int, tuple[Page, str]]
    before: tuple[Span, ...] | None

    @property
    def spans(self) -> tuple[Span, ...]:
        return tuple(span(record) for record in self.records)


class ChildPartReader:
    """`App.read_part` over a pool: pages in, the one reading of all of them out."""

    def __init__(self, pool: ReaderPool) -> None:
        self._pool = pool

    def __call__(self, pages: tuple[Page, ...]) -> Reading:
        result = self._pool.read(Request(f"pages {pages[0].number}", PAGES.dump_json(pages), "pages"))
        if result.data is None:
            raise InvalidInput(result.reason or "These pages cannot be read.")
        return READING.validate_json(result.data)


def span(record: InvoiceRecord) -> Span:
    return record.page_range or (1, 1)


def parts_of(app: App, document_id: str) -> Parts:
    """How the document is divided now."""
    with app.unit_of_work() as work:
        document = work.get_document(document_id)
        records = _live(work.invoices_of(document_id))
    pages = {page.number: (page, r.id) for r in records for page in app.queries.pages(r.id)}
    return Parts(document, records, pages, _before(app, document_id))


def _live(records: Sequence[InvoiceRecord]) -> tuple[InvoiceRecord, ...]:
    return tuple(sorted((r for r in records if r.state not in OVER), key=span))


def _before(app: App, document_id: str) -> tuple[Span, ...] | None:
    """The parts before the last split that a person made."""
    made = [
        e for e in app.queries.events(document_id, limit=10_000)
        if e.draft.action is Action.DOCUMENT_SPLIT and "before" in e.draft.after
    ]  # fmt: skip
    return tuple((int(a), int(b)) for a, b in made[-1].draft.after["before"]) if made else None


def split(
    app: App, document_id: str, spans: Sequence[Span], actor: Actor, reason: str, separators: Sequence[int] = ()
) -> tuple[InvoiceRecord, ...]:
    """Divide the document into these page ranges and match each; unchanged parts stay as they are.

    Raises InvalidInput when a page belongs to no part or to two, NotAllowed without the right, when an invoice of it is
    decided already or somebody works on one; StaleVersion when one changed meanwhile. Then nothing is changed.
    """
    now = parts_of(app, document_id)
    wanted = checked(now, spans, separators)
    kept = [r for r in now.records if span(r) in wanted]
    _guard(app, [r for r in now.records if r not in kept], actor, reason)
    fresh = [each for each in wanted if each not in {span(r) for r in kept}]
    readings = {each: _reading(app, now, each, separators) for each in fresh}
    with app.unit_of_work() as work:
        made = [_added(work, now, each, *readings[each]) for each in fresh]
        ids = [record.id for record in made]
        for record in now.records:
            if record not in kept:
                _closed(app, work, record, ids, actor, reason)
        after = {
            "before": [list(each) for each in now.spans], "parts": [list(each) for each in wanted],
            "separators": sorted(set(separators)), "invoices": ids,
        }  # fmt: skip
        document = now.document
        work.record(
            EventDraft(actor, Action.DOCUMENT_SPLIT, "document", document.id, after=after, comment=reason,
                       source_ref=document.sha256)
        )  # fmt: skip
        matched = [app.rematch(work, record, "manual") for record in made]
        work.commit()
    return tuple(sorted((*kept, *matched), key=span))


def checked(now: Parts, spans: Sequence[Span], separators: Sequence[int]) -> tuple[Span, ...]:
    """The parts in order. Raises InvalidInput unless every page is in exactly one of them, or named as a separator."""
    wanted = tuple(sorted(spans))
    if not 1 <= len(wanted) <= MOST_PARTS:
        raise InvalidInput(f"Name 1 to {MOST_PARTS} parts.")
    pages = sorted(now.pages)
    if not pages:
        raise InvalidInput("This document has no pages that could be divided.")
    free = set(separators)
    for number in pages:
        holders = [each for each in wanted if each[0] <= number <= each[1]]
        if number in free:
            continue
        if len(holders) != 1:
            raise InvalidInput(f"Page {number} belongs to {'no part' if not holders else 'two parts'}.")
    for first, last in wanted:
        if first > last or not any(first <= number <= last and number not in free for number in pages):
            raise InvalidInput(f"Part {first}-{last} has no page.")
    return wanted


def _guard(app: App, changing: Sequence[InvoiceRecord], actor: Actor, reason: str) -> None:
    if not allowed(actor.roles, "document.split"):
        raise NotAllowed("Documents are divided by accounts payable.", "0.1")
    if len(reason.strip()) < 3:
        raise InvalidInput("Say why.")
    for record in changing:
        if record.state not in SPLITTABLE:
            raise NotAllowed(f"An invoice of this document is {record.state} already.", "F.1")
        if record.phi and not allowed(actor.roles, "phi.view"):
            raise NotAllowed("Documents with patient data are divided by the clinical department.", "H.6")
    with app.unit_of_work() as work:
        for record in changing:
            for item in work.items_of(record.id):
                if held_by_other(item, actor.id, app.clock.now()):
                    raise NotAllowed(f"{item.claimed_by} is working on an invoice of this document.", "F.3")


def _reading(
    app: App, now: Parts, wanted: Span, separators: Sequence[int]
) -> tuple[Reading, tuple[Page, ...], InvoiceRecord | None]:
    """The reading of a part: the former one of the same pages with its corrections, else a new one."""
    numbers = [n for n in sorted(now.pages) if wanted[0] <= n <= wanted[1] and n not in set(separators)]
    pages = tuple(now.pages[n][0] for n in numbers)
    with app.unit_of_work() as work:
        ended = [r for r in work.invoices_of(now.document.id) if r.split_into and span(r) == wanted and r.reading]
    if ended and not separators:
        former = max(ended, key=lambda r: r.received_at)
        assert former.reading is not None
        return former.reading, app.queries.pages(former.id) or pages, former
    if app.read_part is None:
        raise MissingDependency("No reader is here that could read a part.", "Nothing was changed.")
    reading = app.read_part(pages)
    return replace(reading, page_range=wanted, pages=len(pages)), pages, None


def _added(
    work: UnitOfWork, now: Parts, wanted: Span, reading: Reading, pages: tuple[Page, ...], former: InvoiceRecord | None
) -> InvoiceRecord:
    record = replace(new_record(now.document, reading, wanted[0]), page_range=wanted)
    if former is not None:
        record = replace(record, corrections=former.corrections, kind=former.kind, phi=former.phi)
    work.add_invoice(record)
    work.put_pages(record.id, pages)
    work.record(classified_event(now.document, record, reading))
    work.record(extracted_event(now.document, record, reading))
    return record


def _closed(app: App, work: UnitOfWork, record: InvoiceRecord, ids: Sequence[str], actor: Actor, reason: str) -> None:
    """The record of a former part ends; it stays to be read, with what people did to it."""
    for item in work.items_of(record.id):
        if item.state in ACTIVE:
            done = replace(
                item, state="RESOLVED", resolution_code="REROUTED", resolved_by=actor.id, resolved_at=app.clock.now(),
                claimed_by=None, lock_token=None, lock_expires_at=None, paused_until=None,
            )  # fmt: skip
            work.save_item(done)
    why = f"Divided otherwise: {reason.strip()}"
    saved = work.save_invoice(replace(record, state="REJECTED", reason=why, split_into=tuple(ids)))
    diff = {"state": [record.state, "REJECTED"]}
    work.record(
        EventDraft(actor, Action.STATE_CHANGED, "invoice", saved.id, saved.version, diff=diff, comment=why,
                   reason_code="REROUTED", after={"split_into": list(ids)})
    )  # fmt: skip
