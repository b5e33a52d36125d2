"""Zip archives at the door and unpacked: members, sizes, names, links and nesting are bounded throughout."""

import io
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator

from pipeline.domain.document import Limits
from pipeline.intake.verdicts import locked, quarantine, reject

CHUNK = 65_536
MAX_RATIO = 200
LEAST_FOR_RATIO = 10_000_000
OFFICE_ROOTS = (("word/", "a Word document"), ("xl/", "an Excel workbook"), ("ppt/", "a PowerPoint presentation"))
RELATION = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*>")
LOADED = re.compile(rb"/(attachedTemplate|oleObject|frame|subDocument|externalLinkPath)\b")
MAX_RELATIONS = 5_000_000
DAMAGED = "The zip file is damaged or cut off; ask for it again."


def open_zip(data: bytes) -> zipfile.ZipFile:
    """The archive; raises RefusalError when it is damaged."""
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, MemoryError, OverflowError):
        reject(DAMAGED, "DAMAGED")


def office_kind(data: bytes, limits: Limits) -> str | None:
    """`macros`, what kind of Office file it is in plain words, or None for an ordinary archive."""
    if b"[Content_Types].xml" not in data and b"mimetypeapplication/vnd.oasis" not in data[:200]:
        return None
    with open_zip(data) as archive:
        names = [entry.filename for entry in archive.infolist()[: 10 * limits.archive_members]]
    if any(name.lower().endswith(("vbaproject.bin", ".bin")) and "vba" in name.lower() for name in names):
        return "macros"
    for root, what in OFFICE_ROOTS:
        if any(name.startswith(root) for name in names):
            return what
    return "an Office document" if "[Content_Types].xml" in names or "mimetype" in names else None


def check_links(data: bytes, limits: Limits) -> None:
    """Raises RefusalError for an Office file that loads a template, an object or data from elsewhere when it is opened."""
    with open_zip(data) as archive:
        for entry in archive.infolist():
            if not entry.filename.endswith(".rels"):
                continue
            for link in RELATION.findall(read_member(archive, entry, MAX_RELATIONS)):
                if b'"External"' in link.replace(b"'", b'"') and LOADED.search(link):
                    quarantine("The Office file loads parts of itself from elsewhere when it is opened.", "ACTIVE")


def check_zip(data: bytes, limits: Limits) -> None:
    """Raises RefusalError for a bomb, a path escape, a link, a password, or an archive without files."""
    with open_zip(data) as archive:
        entries = archive.infolist()
        files = [entry for entry in entries if not entry.is_dir()]
        if not files:
            reject("The zip file holds no files.", "EMPTY")
        if len(entries) > limits.archive_members:
            quarantine(f"The zip file holds more than {limits.archive_members} files.", "BOMB")
        total = 0
        for entry in files:
            _check_entry(entry)
            total += entry.file_size
        if total > limits.archive_bytes or _is_bomb(len(data), total):
            quarantine("The zip file unpacks to far more than a document can hold.", "BOMB")
        if any(name.filename.lower().endswith(".zip") for name in files):
            _check_nested(archive, limits)


def _check_entry(entry: zipfile.ZipInfo) -> None:
    name = entry.filename.replace("\\", "/")
    if name.startswith("/") or ".." in name.split("/") or (len(name) > 1 and name[1] == ":"):
        quarantine("The zip file tries to write outside its folder.", "ESCAPE")
    if stat.S_ISLNK(entry.external_attr >> 16):
        quarantine("The zip file holds a link to another file.", "ESCAPE")
    if entry.flag_bits & 1:
        locked("The zip file is protected by a password; send the documents themselves.")


def _is_bomb(packed: int, unpacked: int) -> bool:
    return unpacked > LEAST_FOR_RATIO and unpacked > MAX_RATIO * packed


def _check_nested(archive: zipfile.ZipFile, limits: Limits, depth: int = 1) -> None:
    """One archive within another is opened; a third level is refused: that is how bombs and quines are built."""
    for entry in archive.infolist():
        if not entry.filename.lower().endswith(".zip"):
            continue
        if depth > 1:
            quarantine("The zip file holds archives within archives.", "BOMB")
        with open_zip(read_member(archive, entry, limits.archive_bytes)) as inner:
            total = sum(one.file_size for one in inner.infolist())
            if total > limits.archive_bytes or len(inner.infolist()) > limits.archive_members:
                quarantine("The zip file unpacks to far more than a document can hold.", "BOMB")
            _check_nested(inner, limits, depth + 1)


def read_member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int) -> bytes:
    """A member's bytes, counted while unpacking, because the directory can lie. Raises RefusalError."""
    found = bytearray()
    try:
        with archive.open(entry) as stream:
            while chunk := stream.read(CHUNK):
                found += chunk
                if len(found) > limit:
                    quarantine("The zip file unpacks to far more than it says.", "BOMB")
    except RuntimeError:
        locked("The zip file is protected by a password; send the documents themselves.")
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError):
        reject(DAMAGED, "DAMAGED")
    return bytes(found)


def members(data: bytes, limits: Limits) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of a checked archive's files, within the limit on all bytes together."""
    left = limits.archive_bytes
    with open_zip(data) as archive:
        for entry in archive.infolist():
            if entry.is_dir() or entry.filename.startswith("__MACOSX/") or entry.filename.endswith(".DS_Store"):
                continue
            found = read_member(archive, entry, left)
            left -= len(found)
            yield entry.filename, found
