"""Documents in the database: one row each, the first one with its bytes marked as accepted."""

from sqlalchemy import Connection, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from pipeline.domain.document import Document
from pipeline.domain.errors import DuplicateDocument, InvalidInput
from pipeline.storage import codec
from pipeline.storage.rows import document_row
from pipeline.storage.tables import documents

# One statement, so that two intakes never get the same number; RETURNING is in both databases.
_NEXT = text(
    "INSERT INTO counters (name, value) VALUES (:name, 1) "
    "ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING value"
)


class StoredDocuments:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, document: Document) -> None:
        """Raises DuplicateDocument when the same bytes were accepted before, and InvalidInput for a known id."""
        try:
            with self._connection.begin_nested():
                self._connection.execute(insert(documents).values(**document_row(document)))
        except IntegrityError as problem:
            first = self.find(document.sha256)
            if first is not None and document.status != "discarded":
                raise DuplicateDocument(document.sha256, first.id) from problem
            raise InvalidInput(f"Document {document.id} is already registered.") from problem

    def get(self, document_id: str) -> Document:
        body = self._connection.execute(select(documents.c.body).where(documents.c.id == document_id)).scalar()
        if body is None:
            raise InvalidInput(f"There is no document {document_id[:80]}.")
        return codec.load(Document, body)

    def save(self, document: Document) -> None:
        mine = documents.c.id == document.id
        if self._connection.execute(update(documents).where(mine).values(**document_row(document))).rowcount != 1:
            raise InvalidInput(f"There is no document {document.id[:80]}.")

    def find(self, sha256: str) -> Document | None:
        query = select(documents.c.body).where(documents.c.accepted_sha256 == sha256)
        body = self._connection.execute(query).scalar()
        return codec.load(Document, body) if body else None

    def next_sequence(self) -> int:
        return int(self._connection.execute(_NEXT, {"name": "documents"}).scalar_one())
