"""The store: everything in this room, opened by one call, with the schema brought up to date."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, or_, select

from pipeline.audit.chain import Verdict, as_plain
from pipeline.audit.checkpoint import EVERY_EVENTS, EVERY_SECONDS, CheckpointFile, Signer
from pipeline.audit.report import story_lines
from pipeline.domain.errors import InvalidInput, StorageFailed
from pipeline.domain.events import SYSTEM, Action, Actor, AuditEvent, EventDraft
from pipeline.storage import events, master_writer
from pipeline.storage.accounts import StoredAccounts
from pipeline.storage.blobs import FileBlobs
from pipeline.storage.columns import clean
from pipeline.storage.engine import open_database, retried
from pipeline.storage.keys import Keys
from pipeline.storage.mail_memory import StoredMailMemory
from pipeline.storage.masters import MasterCache
from pipeline.storage.migrate import upgrade
from pipeline.storage.outbox import StoredOutbox
from pipeline.storage.queries import StoredQueries
from pipeline.storage.tables import documents, invoices
from pipeline.storage.unit_of_work import StoredUnitOfWork

log = logging.getLogger(__name__)


def _utc_now() -> datetime:
    return datetime.now(UTC)


def open_store(url: str, home: Path, now: Callable[[], datetime] = _utc_now) -> "Store":
    """Open, and upgrade from empty or an older schema. Raises StorageFailed when that cannot be done."""
    return Store(url, home, now)


class Store:
    """Opened once per process; safe for many threads. `now` gives aware UTC instants."""

    def __init__(self, url: str, home: Path, now: Callable[[], datetime] = _utc_now) -> None:
        self.home, self.now = home, now
        self.keys = Keys(home / "keys")
        self.database = open_database(url)
        upgrade(self.database)
        self.blobs = FileBlobs(home / "documents")
        self.queries = StoredQueries(self.database)
        self.accounts = StoredAccounts(self.database)
        self.outbox = StoredOutbox(self.database, now)
        self.mail_memory = StoredMailMemory(self.database, now)
        self.signer = Signer(self.keys.file("audit-ed25519"))
        self.checkpoints = CheckpointFile(home / "checkpoints.jsonl")
        self._cache = MasterCache()
        self._sealed_seq, self._sealed_at = 0, now()

    @property
    def engine(self) -> Engine:
        return self.database.engine

    def unit_of_work(self) -> StoredUnitOfWork:
        return StoredUnitOfWork(self.database, self.keys, self._cache, self.now, self._after_commit)

    def write_masters(self, masters: Any, source: str) -> None:
        """Store one load of master and purchasing data (intake.load.MasterWriter), all of it or nothing."""
        # A cache of its own: what is not committed yet must not be seen by others.
        with StoredUnitOfWork(self.database, self.keys, MasterCache(), self.now, self._after_commit) as work:
            master_writer.write(work, self.keys, masters, source)
            work.commit()

    def reveal_bank(self, supplier_id: str, fingerprint: str, actor: Actor, reason: str) -> tuple[str, str]:
        """Routing and account number in plain; the look is an event (H.6). Raises InvalidInput when unknown."""
        with self.unit_of_work() as work:
            found = master_writer.unsealed(work.connection, self.keys, supplier_id, fingerprint)
            after = {"fingerprint": fingerprint}
            work.record(EventDraft(actor, Action.BANK_REVEALED, "supplier", supplier_id, after=after, comment=reason))
            work.commit()
        return found

    # Audit

    def seal_audit(self, force: bool = False) -> bool:
        """Sign a checkpoint when one is due (or `force`d), inside and outside the database. False when none was due."""

        def attempt() -> bool:
            with self.database.writing() as connection:
                if not force and not events.due(connection, self.now()):
                    return False
                checkpoint = events.checkpoint(connection, self.now(), self.signer)
                if checkpoint is None:
                    return False
                # First outside: a checkpoint that only the file knows is harmless, one that only we know is not.
                self.checkpoints.append(checkpoint)
                connection.commit()
                self._sealed_seq, self._sealed_at = checkpoint.seq, self.now()
                return True

        return retried(attempt)

    def verify_audit(self) -> Verdict:
        """Chain, gaps and checkpoints. The log as it is now: what is written meanwhile is not part of it."""
        with self.database.reading() as connection:
            return events.verify_log(connection, self.signer, self.checkpoints)

    def export_audit(self, actor: Actor = SYSTEM) -> Iterator[dict[str, Any]]:
        """Every event with its hashes, then the checkpoints; the export is itself recorded."""
        with self.unit_of_work() as work:
            work.record(EventDraft(actor, Action.EXPORT_CREATED, "audit", "events"))
            work.commit()
        with self.database.reading() as connection:
            for event in events.read(connection):
                plain = as_plain(event.seq, event.event_id, event.occurred_at, event.draft)
                yield {**plain, "prev_hash": event.prev_hash, "hash": event.hash}
        for checkpoint in self.checkpoints.read():
            yield {"checkpoint": asdict(checkpoint)}

    def story(self, name: str) -> Iterator[str]:
        """The life of every document or invoice that `name` names: an id, a file name, a part, or an invoice number."""
        yield from story_lines(self.story_events(name))

    def story_events(self, name: str) -> list[AuditEvent]:
        """The events behind `story`, in order. Raises InvalidInput when nothing has that name."""
        ids = self._named(clean(name))
        if not ids:
            raise InvalidInput(
                f"There is no document or invoice {name}.", "Use a file name, an id or an invoice number."
            )
        found = [event for each in ids for event in self.queries.events(each, limit=100_000)]
        return sorted(found, key=lambda event: event.seq)

    def close(self) -> None:
        """Let go of the database's connections."""
        self.database.close()

    def _after_commit(self, last_seq: int) -> None:
        """Checkpoints by count or time. The change is committed: a seal that fails is tried again with the next commit."""
        waited = (self.now() - self._sealed_at).total_seconds()
        if last_seq - self._sealed_seq < EVERY_EVENTS and waited < EVERY_SECONDS:
            return
        self._sealed_seq, self._sealed_at = last_seq, self.now()
        try:
            self.seal_audit()
        except StorageFailed as problem:
            log.error("The audit log could not be sealed: %s", problem)

    def _named(self, name: str) -> list[str]:
        ends = "/" + name
        by_invoice = or_(
            *(column == name for column in (invoices.c.id, invoices.c.document_id, invoices.c.number, invoices.c.part)),
            invoices.c.source_name == name,
            invoices.c.source_name.endswith(ends, autoescape=True),
        )
        by_document = or_(
            *(column == name for column in (documents.c.id, documents.c.sha256, documents.c.part)),
            documents.c.source_name == name,
            documents.c.source_name.endswith(ends, autoescape=True),
        )
        with self.database.reading() as connection:
            rows = connection.execute(select(invoices.c.id, invoices.c.document_id).where(by_invoice)).all()
            ids = {found for row in rows for found in row}
            found_documents = or_(by_document, documents.c.id.in_(sorted(ids)))
            for row in connection.execute(select(documents.c.id, documents.c.parent_id).where(found_documents)):
                ids |= {row.id, row.parent_id} - {None}
            of_documents = select(invoices.c.id).where(invoices.c.document_id.in_(sorted(ids)))
            ids |= {row.id for row in connection.execute(of_documents)}
        return sorted(ids)
