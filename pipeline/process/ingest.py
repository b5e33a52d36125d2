"""Ingest: files from a path into the one entrance of all channels."""

import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from pipeline.app import App
from pipeline.domain.document import Channel, Document, Upload
from pipeline.domain.errors import InvalidInput
from pipeline.intake.receive import receive

GUESSES = {
    ".eml": Channel.EMAIL,
    ".msg": Channel.EMAIL,
    ".edi": Channel.EDI,
    ".x12": Channel.EDI,
    ".tif": Channel.SCAN,
    ".tiff": Channel.SCAN,
}
SETTLE_SECONDS = 2.0


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
    head = looked.headers if looked and upload.channel is Channel.EMAIL else None
    if head is None:
        return receive(app, replace(upload, received_on=received_on or upload.received_on), looked=looked)
    day = received_on or head.sent_on or upload.received_on
    named = replace(upload, received_on=day, sender=head.sender, subject=head.subject, message_id=head.message_id)
    return receive(app, named, looked=looked)


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
