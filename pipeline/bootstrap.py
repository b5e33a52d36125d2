"""Bootstrap: the only module that knows which adapter and which model is used."""

import atexit
import os
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from pipeline.config import Settings, load_settings
from pipeline.domain.document import Limits, Page

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.app import App
    from pipeline.domain.records import InvoiceRecord
    from pipeline.intake.virus import VirusScanner
    from pipeline.ocr.engine import OcrEngine
    from pipeline.partners import Partners
    from pipeline.ports import Notifier, UnitOfWork
    from pipeline.process.box import ChildBoxReader
    from pipeline.process.guarding import ChildInspector
    from pipeline.process.read import Engines
    from pipeline.process.reader import ChildImages, ChildReader
    from pipeline.process.rendering import ChildRenderer
    from pipeline.process.split import ChildPartReader
    from pipeline.storage.store import Store
    from rules.policy import Policy

    Rematch = Callable[[UnitOfWork, InvoiceRecord, str], InvoiceRecord]


INSPECTOR_BYTES = 1_500_000_000
INSPECTOR_RESIDENT_BYTES = 512_000_000
READER_RESIDENT_BYTES = 1_000_000_000
RENDERER_BYTES = 4_000_000_000


class SystemClock:
    """The machine's clock; `as_of` fixes the business date of every check, never the instants that are recorded."""

    def __init__(self, as_of: date | None = None) -> None:
        self._as_of = as_of

    def now(self) -> datetime:
        return datetime.now(UTC)

    def today(self) -> date:
        return self._as_of or datetime.now().astimezone().date()


def build_app(as_of: date | None = None) -> "App":
    """Everything filled in. `as_of` is the business date of every check, today unless given."""
    from pipeline.app import App
    from pipeline.export.sink_file import FileSink
    from pipeline.process.rematch import Run, rematch
    from pipeline.process.simulate import simulate_history

    settings, store, clock = load_settings(), build_store(), SystemClock(as_of)
    policy = load_active_policy(settings)
    limits = limits_of(settings)

    def works_here(name: str) -> bool:
        person = store.accounts.user(name)
        return person is not None and person.active

    def under(policy: "Policy") -> "Rematch":
        return lambda work, record, trigger: rematch(
            work, record, Run(policy, clock.today(), clock.now(), trigger, works_here=works_here)
        )

    app = App(
        clock=clock,
        unit_of_work=store.unit_of_work,
        blobs=store.blobs,
        queries=store.queries,
        accounts=store.accounts,
        outbox=store.outbox,
        policy=policy,
        limits=limits,
        reader=build_reader(),
        images=build_images(store),
        look=build_inspector(),
        scan=build_scanner(settings),
        render=build_renderer(settings),
        acknowledge=_courier(settings),
        order_authority=_partners(settings).order_authority,
        rematch=under(policy),
        notifier=_notifier(settings),
        sink=FileSink(settings.ledger) if settings.ledger else None,
        secret=store.keys.secret("web"),
        sign=store.signer.seal,
        simulate=simulate_history,
        read_box=build_box_reader(store),
        read_part=build_part_reader(),
        renew=None if settings.policy else renewal(settings, store, policy, under),
    )
    return with_erp(app, settings, store) if settings.erp else app


def renewal(
    settings: Settings, store: "Store", first: "Policy", under: "Callable[[Policy], Rematch]"
) -> "Callable[[App], App]":
    """What `App.renew` does: one look at the mark of the version in force; the policy is read only when it changed."""

    def mark() -> str | None:
        return store.queries.policy_mark(SystemClock().today())

    known: dict[str | None, Policy] = {mark(): first}

    def renew(app: "App") -> "App":
        now = mark()
        policy = known.get(now)
        if policy is None:
            policy = known[now] = load_active_policy(settings)
        return app if policy is app.policy else replace(app, policy=policy, rematch=under(policy))

    return renew


def with_erp(app: "App", settings: Settings, store: "Store") -> "App":
    """The app over the ERP that APDESK_ERP names. A file `posting-off` in the home folder stops all posting."""
    from pipeline.domain.erp import Attachment, Freshness
    from pipeline.domain.orders import PurchaseOrder
    from pipeline.domain.records import InvoiceRecord
    from pipeline.export.connectors import load_erp, open_gateway
    from pipeline.export.sink_erp import ErpSink
    from pipeline.export.voucher import evidence_of
    from pipeline.storage.sync_writer import StoredSyncWriter

    assert settings.erp is not None
    chosen = load_erp(settings.erp)
    gateway = open_gateway(chosen, store.keys.bank_hmac)
    freshness = Freshness(timedelta(minutes=chosen.stale_minutes))

    def order_of(number: str) -> PurchaseOrder | None:
        with store.unit_of_work() as work:
            return work.masters.find_order(number)

    def files_of(record: InvoiceRecord) -> tuple[Attachment, ...]:
        with store.unit_of_work() as work:
            document = work.get_document(record.document_id)
        if record.phi:  # H.6: what may hold patient data stays here; the evidence says where it is.
            return (evidence_of(record),)
        name = document.part or document.source_name.rsplit("/", 1)[-1]
        return Attachment(name, document.media_type, store.blobs.get(document.sha256)), evidence_of(record)

    def writer() -> StoredSyncWriter:
        return StoredSyncWriter(store.unit_of_work, store.keys, chosen.kind)

    def stale() -> tuple[str, ...]:
        states = {state.stream: state for state in store.queries.stream_states()}
        return tuple(stream.value for stream in freshness.stale_streams(states, app.clock.now()))

    def allowed() -> bool:
        return not (settings.home / "posting-off").exists()

    sink = ErpSink(gateway, order_of, files_of, allowed)
    return replace(app, sink=sink, erp=gateway, masters=writer, stale=stale, posting_allowed=allowed)


def build_store() -> "Store":
    """The store of this installation, opened once per process."""
    settings = load_settings()
    return _store(settings.url, settings)


@lru_cache(maxsize=4)
def _store(url: str, settings: Settings) -> "Store":
    from pipeline.storage.store import Store

    settings.home.mkdir(parents=True, exist_ok=True)
    return Store(url, settings.home, lambda: datetime.now(UTC))


def load_active_policy(settings: Settings) -> "Policy":
    """The policy file that is set, else the version that was activated at the desk, else the one that ships."""
    from pipeline.review.policies import parse_policy
    from rules.load import default_policy, load_policy

    if settings.policy:
        return load_policy(settings.policy)
    with _store(settings.url, settings).unit_of_work() as work:
        version = work.desk.policy_in_force(SystemClock().today())
    return parse_policy(version.text) if version else default_policy()


def limits_of(settings: Settings) -> Limits:
    return Limits(seconds=settings.seconds, file_bytes=settings.file_bytes)


def build_reader(jobs: int = 1) -> "ChildReader":
    """Readers in killable children; they end with this process."""
    from pipeline.process.pool import ReaderPool
    from pipeline.process.reader import ChildReader

    limits = replace(limits_of(load_settings()), resident_bytes=READER_RESIDENT_BYTES)
    pool = ReaderPool(jobs, "pipeline.bootstrap:read_bytes", limits)
    atexit.register(pool.close)
    return ChildReader(pool, jobs, lambda count: build_reader(count))


def build_images(store: "Store") -> "ChildImages":
    from pipeline.process.pool import ReaderPool
    from pipeline.process.reader import ChildImages

    pool = ReaderPool(1, "pipeline.bootstrap:draw_bytes", limits_of(load_settings()))
    atexit.register(pool.close)
    return ChildImages(pool, store.blobs, store.home / "cache" / "pages")


def build_box_reader(store: "Store") -> "ChildBoxReader":
    """The reader of single boxes; its child starts with the first box that somebody draws."""
    from pipeline.process.box import ChildBoxReader
    from pipeline.process.pool import ReaderPool

    pool = ReaderPool(1, "pipeline.bootstrap:read_box_bytes", limits_of(load_settings()))
    atexit.register(pool.close)
    return ChildBoxReader(pool, store.blobs)


def build_part_reader() -> "ChildPartReader":
    """The reader of page ranges that a person named; its child starts with the first of them."""
    from pipeline.process.pool import ReaderPool
    from pipeline.process.split import ChildPartReader

    pool = ReaderPool(1, "pipeline.bootstrap:read_part_bytes", limits_of(load_settings()))
    atexit.register(pool.close)
    return ChildPartReader(pool)


@lru_cache(maxsize=1)
def build_inspector() -> "ChildInspector":
    """Children that look into uploads; one stays warm, more start while uploads come at once."""
    from pipeline.process.guarding import ChildInspector
    from pipeline.process.pool import ReaderPool

    limits = replace(limits_of(load_settings()), memory_bytes=INSPECTOR_BYTES, resident_bytes=INSPECTOR_RESIDENT_BYTES)
    pool = ReaderPool(max(2, min(8, os.cpu_count() or 2)), "pipeline.bootstrap:look_bytes", limits)
    atexit.register(pool.close)
    return ChildInspector(pool)


def build_scanner(settings: Settings) -> "VirusScanner | None":
    from pipeline.intake.virus import scanner_at

    return scanner_at(settings.clamav) if settings.clamav else None


def build_renderer(settings: Settings) -> "ChildRenderer":
    """Pages for encrypted PDFs and Office documents; its children start when the first one comes."""
    from pipeline.process.pool import ReaderPool
    from pipeline.process.rendering import ChildRenderer, find_office

    partners = _partners(settings)

    @lru_cache(maxsize=1)
    def pool() -> ReaderPool:
        limits = replace(limits_of(settings), memory_bytes=RENDERER_BYTES)
        found = ReaderPool(1, "pipeline.bootstrap:render_bytes", limits)
        atexit.register(found.close)
        return found

    return ChildRenderer(pool, partners.passwords, find_office(settings.soffice))


def render_bytes(data: bytes, name: str) -> bytes:
    """What a rendering child runs: a task in, pages or a reason out."""
    from pipeline.process.rendering import render

    return render(data, limits_of(load_settings()))


def look_bytes(data: bytes, name: str) -> bytes:
    """What an inspecting child runs: an upload in, its parts and headers out."""
    from pipeline.process.guarding import encoded, look

    return encoded(look(data, name, limits_of(load_settings())), data)


def read_bytes(data: bytes, name: str) -> bytes:
    """What a reader child runs: framed bytes in, readings as JSON out."""
    from pipeline.process.read import read_document, read_file
    from pipeline.process.reader import READINGS, unframed

    main, companion = unframed(data)
    engines = _engines()
    readings = read_document(main, name, companion, engines) if companion else read_file(main, name, engines)
    return READINGS.dump_json(readings)


def draw_bytes(data: bytes, name: str) -> bytes:
    """What a drawing child runs: a document's bytes in, one page as WebP out. `name` says which page and how wide."""
    from pipeline.process.draw import draw_page

    return draw_page(data, name)


def read_box_bytes(data: bytes, name: str) -> bytes:
    """What a box-reading child runs: a document's bytes in, what the engines read in one box out."""
    from pipeline.process.box import read_box

    return read_box(data, name, [partial(_ocr, "paddle"), partial(_ocr, "tesseract")])


def read_part_bytes(data: bytes, name: str) -> bytes:
    """What a part-reading child runs: words of pages in, the reading of all of them as one invoice out."""
    from models.calibration.apply import load_calibrator
    from models.classifier.predict import load_classifier
    from models.layout.predict import LayoutModel
    from pipeline.extract.classify import CombinedClassifier
    from pipeline.extract.extract import extract_whole
    from pipeline.extract.learned import LayoutSource
    from pipeline.process.split import PAGES, READING

    reading = extract_whole(
        PAGES.validate_json(data),
        classifier=CombinedClassifier(load_classifier()),
        candidates=(LayoutSource(LayoutModel.registered()),),
        calibrator=load_calibrator(),
    )
    return READING.dump_json(reading)


@lru_cache(maxsize=4)
def _ocr(name: str) -> "OcrEngine":
    """An engine, loaded at its first use in this process."""
    from pipeline.ocr.engine import engine_named

    return engine_named(name)


@lru_cache(maxsize=1)
def _engines() -> "Engines":
    """Engines of this process; the models are loaded at first use, so that e-invoices need none of them."""
    from models.calibration.apply import load_calibrator
    from models.classifier.predict import load_classifier
    from models.layout.predict import LayoutModel
    from pipeline.extract.classify import CombinedClassifier
    from pipeline.extract.extract import extract_invoices
    from pipeline.extract.learned import LayoutSource
    from pipeline.ocr.confirm import SecondReader
    from pipeline.ocr.engine import engine_named
    from pipeline.ocr.read import read_pages
    from pipeline.process.read import Engines

    classifier, calibrator = CombinedClassifier(load_classifier()), load_calibrator()
    sources = (LayoutSource(LayoutModel.registered()),)

    asked: list[SecondReader] = []  # one file at a time is read in a process: its pictures serve the second engine

    def pages(data: bytes, media_type: str) -> tuple[Page, ...]:
        found = read_pages(data, media_type, engine_named("paddle"))
        asked[:] = [SecondReader(data, media_type, found, engine_named("tesseract"))]
        return found

    return Engines(
        pages=pages,
        invoices=lambda pages: extract_invoices(
            pages,
            classifier=classifier,
            candidates=sources,
            calibrator=calibrator,
            second_opinion=asked[0] if asked else None,
        ),
        limits=limits_of(load_settings()),
    )


def _partners(settings: Settings) -> "Partners":
    from pipeline.partners import Partners, load_partners

    return load_partners(settings.partners) if settings.partners else Partners()


def _courier(settings: Settings) -> "Callable[[str, str], str] | None":
    if settings.partners is None:
        return None
    from pipeline.export.smtp import SmtpNotifier
    from pipeline.process.acknowledgements import courier

    mail = SmtpNotifier(settings.smtp_url.get_secret_value()).send_file if settings.smtp_url else None
    return courier(_partners(settings), mail)


def _notifier(settings: Settings) -> "Notifier":
    from pipeline.export.smtp import SmtpNotifier

    return SmtpNotifier(settings.smtp_url.get_secret_value()) if settings.smtp_url else QuietNotifier()


class QuietNotifier:
    """No mail server is configured: notices stay in the outbox until one is."""

    ready = False

    def send(self, to: str, template: str, values: dict[str, object]) -> None:
        """Nothing is sent."""


def check_home() -> list[tuple[bool, str]]:
    """For the doctor: the store, its audit chain's key, the policy."""
    settings = load_settings()
    from pipeline.process.rendering import find_office

    office = find_office(settings.soffice)
    rows = [(True, f"home: {settings.home.resolve()}")]
    rows.append((True, f"Word and Excel: {f'through {office}' if office else 'refused, LibreOffice is not installed'}"))
    try:
        _partners(settings)
        store = build_store()
        rows.append((True, f"database: {store.engine.dialect.name}"))
        policy = load_active_policy(settings)
        rows.append((True, f"policy: {policy.meta.policy_id} {policy.meta.version} ({policy.hash[:12]})"))
    except Exception as problem:
        rows.append((False, str(problem)))
    return rows
