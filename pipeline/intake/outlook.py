"""Outlook message files (.msg, MS-OXMSG): their headers, and every attachment, those of mails within mails too.

Only names and bytes are taken; olefile reads the compound file, and everything here runs in a killable child.
"""

import io
import struct
from collections.abc import Iterator

import olefile

from pipeline.domain.arrivals import MailHeaders
from pipeline.domain.document import Limits
from pipeline.intake.mail import MailPart, read_headers
from pipeline.intake.verdicts import reject

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ATTACHMENT = "__attach_version1.0_#"
BYTES, EMBEDDED = "__substg1.0_37010102", "__substg1.0_3701000D"
LONG_NAME, SHORT_NAME, SHOWN_NAME, MIME_TYPE, CONTENT_ID = "3707", "3704", "3001", "370E", "3712"
SUBJECT, HEADERS, SENDER, SMTP_SENDER, SENDER_NAME = "0037", "007D", "0C1F", "5D01", "0C1A"
FLAGS = 0x37140003
RENDERED_IN_TEXT = 4
FAULTS = (OSError, ValueError, IndexError, KeyError, TypeError, AttributeError, struct.error, RecursionError)
DAMAGED = "The Outlook message file is damaged or cut off; forward the mail itself."
Path = tuple[str, ...]


def is_outlook(data: bytes) -> bool:
    return data.startswith(OLE) and "__substg1.0_".encode("utf-16-le") in data


def outlook_attachments(data: bytes, limits: Limits) -> Iterator[MailPart]:
    """Every attachment, in order. Raises RefusalError when the file cannot be read or is nested beyond any real mail."""
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as ole:
            found = list(_attachments(ole, (), 0, limits))
    except FAULTS:
        reject(DAMAGED, "DAMAGED")
    yield from found


def outlook_headers(data: bytes) -> MailHeaders:
    """What the message says of itself: the headers it came with, else Outlook's own fields. Never raises."""
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as ole:
            raw = _text(ole, (), HEADERS)
            if not raw.strip():
                name, subject = _text(ole, (), SENDER_NAME), _text(ole, (), SUBJECT)
                address = _text(ole, (), SMTP_SENDER) or _text(ole, (), SENDER)
                raw = f"From: {_line(name)} <{_line(address)}>\nSubject: {_line(subject)}\n"
    except FAULTS:
        raw = ""
    return read_headers(raw.encode("utf-8", "replace") + b"\n\n")


def _attachments(ole: "olefile.OleFileIO", root: Path, depth: int, limits: Limits) -> Iterator[MailPart]:
    if depth > limits.mail_depth:
        reject("The mail is nested too deeply to be read.", "NESTED")
    names = sorted(
        {path[len(root)] for path in map(tuple, ole.listdir(streams=True, storages=True)) if _under(path, root)}
    )
    for count, name in enumerate(names):
        if count > limits.archive_members:
            reject("The mail holds more attachments than any real one.", "NESTED")
        here = (*root, name)
        if ole.exists([*here, EMBEDDED]) and ole.get_type([*here, EMBEDDED]) == olefile.STGTY_STORAGE:
            yield from _attachments(ole, (*here, EMBEDDED), depth + 1, limits)
        elif ole.exists([*here, BYTES]):
            yield _part(ole, here)


def _under(path: Path, root: Path) -> bool:
    return len(path) > len(root) and path[: len(root)] == root and path[len(root)].startswith(ATTACHMENT)


def _part(ole: "olefile.OleFileIO", here: Path) -> MailPart:
    name = next(filter(None, (_text(ole, here, code) for code in (LONG_NAME, SHORT_NAME, SHOWN_NAME))), "")
    shown = bool(_text(ole, here, CONTENT_ID)) and _flags(ole, here) & RENDERED_IN_TEXT != 0
    return MailPart(name, ole.openstream([*here, BYTES]).read(), _text(ole, here, MIME_TYPE).lower(), shown)


def _flags(ole: "olefile.OleFileIO", here: Path) -> int:
    """PidTagAttachFlags among the fixed values: rows of sixteen bytes after eight of header (MS-OXMSG 2.4)."""
    rows = ole.openstream([*here, "__properties_version1.0"]).read()[8:]
    found = (struct.unpack_from("<IIi", rows, at) for at in range(0, len(rows) - 15, 16))
    return next((value for tag, _, value in found if tag == FLAGS), 0)


def _text(ole: "olefile.OleFileIO", here: Path, code: str) -> str:
    """A text in UTF-16 or, in old files, in the code page of its writer."""
    for kind, charset in (("001F", "utf-16-le"), ("001E", "cp1252")):
        place = [*here, f"__substg1.0_{code}{kind}"]
        if ole.exists(place):
            return str(ole.openstream(place).read(1_000_000).decode(charset, "replace")).rstrip("\0")
    return ""


def _line(text: str) -> str:
    return " ".join(text.replace("<", " ").replace(">", " ").split())
