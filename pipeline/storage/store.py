"""The store: everything above, opened by one call, with the schema brought up to date."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from pipeline.audit.chain import Verdict, as_plain
from pipeline.audit.checkpoint import CheckpointFile, Signer
from pipeline.audit.report import story_lines
from pipeline.domain.errors import InvalidInput
from pipeline.domain.events import SYSTEM, Action, EventDraft
from pipeline.storage import events, master_writer
from pipeline.storage.accounts import StoredAccounts
from pipeline.storage.blobs import FileBlobs
from pipeline.storage.engine import open_engine, retried, writing
from pipeline.storage.mail_memory import StoredMailMemory
from pipeline.storage.migrate import upgrade
from pipeline.storage.outbox import StoredOutbox
from pipeline.storage.queries import StoredQueries
from pipeline.storage.secrets import Keys
from pipeline.storage.tables import documents, invoices
from pipeline.storage.unit_of_work import StoredUnitOfWork


class Store:
    """Opened once per process. Raises StorageFailed when the database or the folder cannot be used."""

    def __init__(self, url: str, home: Path, now: Callable[[], datetime]) -> None:
        self.home, self.now = home, now
        self.keys = Keys(home / "keys")
        self.engine = open_engine(url)
        upgrade(self.engine)
        self.blobs = FileBlobs(home / "documents")
        self.queries = StoredQueries(self.engine)
        self.accounts = StoredAccounts(self.engine)
        self.outbox = StoredOutbox(self.engine, now)
        self.mail_memory = StoredMailMemory(self.engine, now)
        self.signer = Signer(self.keys.file("audit-ed25519"))
        self.checkpoints = CheckpointFile(home / "checkpoints.jsonl")

    def unit_of_work(self) -> StoredUnitOfWork:
        return StoredUnitOfWork(self.engine, self.keys, self.now)

    def write_masters(self, masters: Any, source: str) -> None:
        """Store one load of master and purchasing data (intake.load.MasterWriter)."""
        with self.unit_of_work() as work:
            master_writer.write(work, self.keys, masters, source)
            work.commit()

    def seal_audit(self, force: bool = False) -> bool:
        """Sign a checkpoint when one is due (or `force`d), inside and outside the database. False when none was due."""

        def attempt() -> bool:
            with writing(self.engine) as connection:
                if not force and not events.due(connection, self.now()):
                    return False
                checkpoint = events.seal(connection, self.now(), self.signer)
                if checkpoint is None:
                    return False
                # First outside: a checkpoint that only the file knows is harmless, one that only we know is not.
                self.checkpoints.append(checkpoint)
                connection.commit()
                return True

        return retried(attempt)

    def verify_audit(self) -> Verdict:
        with self.engine.connect() as connection:
            return events.verify_log(connection, self.signer, self.checkpoints)

    def export_audit(self) -> Iterator[dict[str, Any]]:
        """Every event with its hashes; the export is itself recorded."""
        with self.unit_of_work() as work:
            work.record(EventDraft(SYSTEM, Action.EXPORT_CREATED, "audit", "events"))
            work.commit()
        with self.engine.connect() as connection:
            for event in events.read(connection):
                plain = as_plain(event.seq, event.event_id, event.occurred_at, event.draft)
                yield {**plain, "prev_hash": event.prev_hash, "hash": event.hash}
        for checkpoint in self.checkpoints.read():
            yield {"checkpoint": asdict(checkpoint)}

    def story(self, name: str) -> Iterator[str]:
        """The life of every document or invoice that `name` names: an id, a file name, or an invoice number."""
        ids = self._named(name)
        if not ids:
            raise InvalidInput(
                f"There is no document or invoice {name}.", "Use a file name, an id or an invoice number."
            )
        found = [event for key in ids for event in self.queries.events(key, limit=100_000)]
        yield from story_lines(sorted(found, key=lambda event: event.seq))

    def _named(self, name: str) -> list[str]:
        like = (invoices.c.source_name == name) | invoices.c.source_name.endswith("/" + name, autoescape=True)
        same = (
            (invoices.c.id == name)
            | (invoices.c.document_id == name)
            | (invoices.c.number == name)
            | (invoices.c.part == name)
        )
        with self.engine.connect() as connection:
            rows = connection.execute(select(invoices.c.id, invoices.c.document_id).where(like | same)).all()
            ids = {key for row in rows for key in row}
            ids |= {row.id for row in connection.execute(select(documents.c.id).where(documents.c.id == name))}
            parents = select(documents.c.parent_id).where(documents.c.id.in_(ids), documents.c.parent_id.is_not(None))
            ids |= {row.parent_id for row in connection.execute(parents)}
        return sorted(ids)
