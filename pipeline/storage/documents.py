"""Documents in the database: one row each, the first one with its bytes marked as accepted."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from pipeline.domain.document import Document
from pipeline.domain.errors import DuplicateDocument, InvalidInput
from pipeline.storage import codec
from pipeline.storage.rows import document_row
from pipeline.storage.tables import documents

# One statement, so that two intakes never get the same number; RETURNING is in both databases.
_NEXT = text(
    "INSERT INTO counters (name, value) VALUES ('documents', :count) "
    "ON CONFLICT (name) DO UPDATE SET value = counters.value + :count RETURNING value"
)
# Built once: making a statement anew costs more than running it.
_ADD = {
    "sqlite": sqlite.insert(documents).on_conflict_do_nothing().returning(documents.c.id),
    "postgresql": postgresql.insert(documents).on_conflict_do_nothing().returning(documents.c.id),
}
_FIND = select(documents.c.accepted_sha256, documents.c.body).where(
    documents.c.accepted_sha256.in_(bindparam("hashes", expanding=True))
)


class StoredDocuments:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._foreseen: dict[str, Document | None] = {}
        self._numbers: list[int] = []

    def foresee(self, hashes: Sequence[str], numbers: int) -> None:
        """Look up these hashes and take so many numbers in one go, for a batch that is registered now."""
        found = self._find(hashes)
        self._foreseen |= {sha: found.get(sha) for sha in hashes}
        last = self._take(numbers)
        self._numbers = list(range(last - numbers + 1, last + 1))

    def add(self, document: Document) -> None:
        """Raises DuplicateDocument when the same bytes were accepted before, and InvalidInput for a known id."""
        # No savepoint: three statements would go to the server for one, and a conflict leaves the transaction whole.
        added = self._connection.execute(_ADD[self._connection.dialect.name], document_row(document))
        accepted = document.status != "discarded"
        if added.first() is None:
            first = self._find([document.sha256]).get(document.sha256)
            if first is not None and accepted:
                raise DuplicateDocument(document.sha256, first.id)
            raise InvalidInput(f"Document {document.id} is already registered.")
        if accepted and document.sha256 in self._foreseen:
            self._foreseen[document.sha256] = document

    def get(self, document_id: str) -> Document:
        body = self._connection.execute(select(documents.c.body).where(documents.c.id == document_id)).scalar()
        if body is None:
            raise InvalidInput(f"There is no document {document_id[:80]}.")
        return codec.load(Document, body)

    def save(self, document: Document) -> None:
        mine = documents.c.id == document.id
        if self._connection.execute(update(documents).where(mine).values(**document_row(document))).rowcount != 1:
            raise InvalidInput(f"There is no document {document.id[:80]}.")
        self._foreseen.pop(document.sha256, None)

    def find(self, sha256: str) -> Document | None:
        if sha256 in self._foreseen:
            return self._foreseen[sha256]
        return self._find([sha256]).get(sha256)

    def next_sequence(self) -> int:
        return self._numbers.pop(0) if self._numbers else self._take(1)

    def _find(self, hashes: Sequence[str]) -> dict[str, Document]:
        rows = self._connection.execute(_FIND, {"hashes": list(hashes)})
        return {row.accepted_sha256: codec.load(Document, row.body) for row in rows}

    def _take(self, count: int) -> int:
        return int(self._connection.execute(_NEXT, {"count": count}).scalar_one())
