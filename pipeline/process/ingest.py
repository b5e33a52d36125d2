"""Ingest: files from a path into the one entrance of all channels."""

import time
from datetime import date
from pathlib import Path
from typing import Any

from pipeline.app import App
from pipeline.domain.document import Channel, Document, Upload
from pipeline.domain.errors import InvalidInput
from pipeline.intake.mail import read_headers
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
    upload = upload_of(data, str(file), chosen, received_on, app.clock.today())
    return [row_of(document) for document in receive(app, upload)]


def upload_of(data: bytes, name: str, channel: Channel, received_on: date | None, today: date) -> Upload:
    """An upload with the mail's own sender, subject and date where it is a mail. The received date is never in the
    future of the business date of intake."""
    if channel is not Channel.EMAIL:
        return Upload(name, data, channel, received_on or today)
    head = read_headers(data)
    day = received_on or head.sent_on or today
    return Upload(name, data, channel, day, head.sender, head.subject, head.message_id)


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
