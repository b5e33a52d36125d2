"""Ingest: files from a path into the one entrance of all channels."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from pipeline.app import App
from pipeline.domain.arrivals import Looked
from pipeline.domain.document import Channel, Document, Upload
from pipeline.domain.errors import InvalidInput
from pipeline.intake.receive import receive, receive_many

GUESSES = {
    ".eml": Channel.EMAIL,
    ".msg": Channel.EMAIL,
    ".edi": Channel.EDI,
    ".x12": Channel.EDI,
    ".tif": Channel.SCAN,
    ".tiff": Channel.SCAN,
}
SETTLE_SECONDS = 2.0
LOOKERS = 2
BATCH = 16
BATCH_BYTES = 64_000_000
T = TypeVar("T")


def ingest_file(app: App, file: Path, channel: str | None, received_on: date | None) -> list[dict[str, Any]]:
    """Register one file; one row per document with its id and how it went. Raises InvalidInput when unreadable."""
    try:
        data = file.read_bytes()
    except OSError as problem:
        raise InvalidInput(f"{file} cannot be read: {problem.strerror}.", "Check its permissions.") from problem
    chosen = Channel(channel) if channel else GUESSES.get(file.suffix.lower(), Channel.PORTAL)
    return [
        row_of(document) for document in take_in(app, Upload(str(file), data, chosen, app.clock.today()), received_on)
    ]


def take_in(app: App, upload: Upload, received_on: date | None = None) -> tuple[Document, ...]:
    """Receive an upload with the mail's own sender, subject and date where it is a mail. Returns its documents."""
    looked = app.look(upload.data, upload.name) if app.look else None
    return receive(app, _with_headers(upload, looked, received_on), looked=looked)


def _with_headers(upload: Upload, looked: Looked | None, received_on: date | None) -> Upload:
    head = looked.headers if looked and upload.channel is Channel.EMAIL else None
    if head is None:
        return replace(upload, received_on=received_on or upload.received_on)
    day = received_on or head.sent_on or upload.received_on
    return replace(upload, received_on=day, sender=head.sender, subject=head.subject, message_id=head.message_id)


def take_in_many(app: App, uploads: Sequence[Upload]) -> Iterator[tuple[Document, ...]]:
    """`take_in` for files that come together: looked at side by side, registered in one transaction, yielded in order."""
    assert app.look is not None
    look = app.look
    with ThreadPoolExecutor(LOOKERS) as pool:
        looked = list(pool.map(lambda upload: look(upload.data, upload.name), uploads))
    named = [_with_headers(upload, seen, None) for upload, seen in zip(uploads, looked, strict=True)]
    yield from receive_many(app, named, looked=looked)


def batched(uploads: Iterable[T], size: Callable[[T], int]) -> Iterator[list[T]]:
    """Together what may be in memory and in one transaction together."""
    group: list[T] = []
    total = 0
    for upload in uploads:
        if group and (len(group) >= BATCH or total + size(upload) > BATCH_BYTES):
            yield group
            group, total = [], 0
        group.append(upload)
        total += size(upload)
    if group:
        yield group


def row_of(document: Document) -> dict[str, Any]:
    """What `apdesk ingest` prints about a document."""
    return {
        "id": document.id,
        "document": document.source_name,
        "part": document.part,
        "channel": str(document.channel),
        "received_on": document.received_on.isoformat(),
        "sha256": document.sha256,
        "status": document.status,
        "duplicate_of": document.duplicate_of,
        "reason": document.reason,
    }


def settled_files(folder: Path) -> list[Path]:
    """The files of a watched folder that nobody writes to any more: unchanged for two seconds, not hidden, not `.part`."""
    if not folder.is_dir():
        return []
    now = time.time()
    found = (file for file in sorted(folder.iterdir()) if file.is_file() and not file.is_symlink())
    ready = (file for file in found if not file.name.startswith(".") and file.suffix not in (".part", ".tmp"))
    return [file for file in ready if now - file.stat().st_mtime >= SETTLE_SECONDS]
