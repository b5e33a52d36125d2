"""Collect: every configured source polled through the one entrance. A source that fails does not keep the others."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.app import App
from pipeline.domain.document import Channel, Document, Upload
from pipeline.domain.errors import ApdeskError
from pipeline.intake import bucket, mailbox, sftp
from pipeline.intake.mailbox import MailKey, MailMemory
from pipeline.intake.sources import FolderSettings, Sources
from pipeline.process.ingest import batched, settled_files, take_in, take_in_many

SUFFIXES = {".edi": Channel.EDI, ".x12": Channel.EDI}


@dataclass(frozen=True, slots=True)
class Collected:
    """One source after a poll: messages or files taken, the new documents' ids, and one sentence when it failed."""

    name: str
    kind: str
    taken: int = 0
    documents: tuple[str, ...] = ()
    known: int = 0
    refused: int = 0
    problem: str | None = None


def collect(app: App, sources: Sources, memory: MailMemory) -> Iterator[Collected]:
    """Poll every source once, one after another."""
    for mail in sources.mailbox:
        yield _guarded(mail.name, "mailbox", lambda ids, mail=mail: _mailbox(app, mail, memory, ids))  # type: ignore[misc]
    for server in sources.sftp:
        accept = _accept(app, server.name, server.facility)
        yield _guarded(server.name, "sftp", lambda ids, s=server, a=accept: (sftp.pull(s, a(ids)), 0, 0))  # type: ignore[misc]
    for store in sources.bucket:
        accept = _accept(app, store.name, store.facility)
        yield _guarded(store.name, "bucket", lambda ids, s=store, a=accept: (bucket.pull(s, a(ids)), 0, 0))  # type: ignore[misc]
    for folder in sources.folder:
        yield _guarded(folder.name, "folder", lambda ids, f=folder: (take_folder(app, f, ids), 0, 0))  # type: ignore[misc]


def _guarded(name: str, kind: str, work: Callable[[list[str]], tuple[int, int, int]]) -> Collected:
    ids: list[str] = []
    try:
        taken, known, refused = work(ids)
    except ApdeskError as problem:
        return Collected(name, kind, documents=tuple(ids), problem=str(problem))
    return Collected(name, kind, taken, tuple(ids), known, refused)


def _mailbox(app: App, settings: mailbox.MailboxSettings, memory: MailMemory, ids: list[str]) -> tuple[int, int, int]:
    def accept(raw: bytes, key: MailKey) -> None:
        name = f"{settings.name}/{key.uid_validity}-{key.uid}.eml"
        upload = Upload(
            name, raw, Channel.EMAIL, app.clock.today(), facility_id=settings.facility, authserv_id=settings.authserv_id
        )
        ids.extend(_new(take_in(app, upload)))

    polled = mailbox.poll(settings, memory, accept, lambda raw: _sender(app, raw))
    return polled.taken, polled.known, polled.refused


def _sender(app: App, raw: bytes) -> str:
    """The sender of a mail, read in a child from its headers alone."""
    head = raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    headers = app.look(head, "head.eml").headers if app.look else None
    return headers.sender if headers else ""


def _accept(app: App, name: str, facility: str | None) -> Callable[[list[str]], Callable[[bytes, str], None]]:
    def into(ids: list[str]) -> Callable[[bytes, str], None]:
        def accept(data: bytes, file: str) -> None:
            channel = SUFFIXES.get(Path(file).suffix.lower(), Channel.PORTAL)
            upload = Upload(f"{name}/{file}", data, channel, app.clock.today(), batch=name, facility_id=facility)
            ids.extend(_new(take_in(app, upload)))

        return accept

    return into


def take_folder(app: App, settings: FolderSettings, ids: list[str]) -> int:
    """Take in the finished files of a watched folder; each is moved to its `done` folder after our commit."""
    taken = 0
    for files in batched(settled_files(settings.path), lambda file: file.stat().st_size):
        uploads = [_scanned_file(app, settings, file) for file in files]
        for file, documents in zip(files, take_in_many(app, uploads), strict=True):
            ids.extend(_new(documents))
            put_away(file)
            taken += 1
    return taken


def _scanned_file(app: App, settings: FolderSettings, file: Path) -> Upload:
    batch = "/".join(filter(None, (settings.name, settings.operator, file.stem)))
    return Upload(
        str(file),
        file.read_bytes(),
        settings.channel,
        app.clock.today(),
        batch=batch,
        facility_id=settings.facility,
        authserv_id=settings.authserv_id,
    )


def put_away(file: Path) -> None:
    """Into `done` beside it, under a number when the name is taken there."""
    done = file.parent / "done"
    done.mkdir(exist_ok=True)
    target, number = done / file.name, 1
    while target.exists():
        target, number = done / f"{file.stem}.{number}{file.suffix}", number + 1
    file.rename(target)


def _new(documents: tuple[Document, ...]) -> list[str]:
    return [document.id for document in documents]


def wait(sources: Sources, seconds: int) -> bool:
    """Until a mailbox with `idle` announces a message, or `seconds` pass. A mailbox that fails only waits."""
    woken = threading.Event()

    def idle(settings: mailbox.MailboxSettings) -> None:
        try:
            if mailbox.wait_for_mail(settings, seconds):
                woken.set()
        except mailbox.MailboxUnavailable:
            return

    for settings in sources.mailbox:
        if settings.idle:
            threading.Thread(target=idle, args=(settings,), daemon=True).start()
    return woken.wait(seconds)
