"""Reading and drawing through killable children (ports.DocumentReader, ports.PageImages): the parent's side.

Nothing that parses is imported here: the command then starts its children at once and stays small.
"""

import os
import struct
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from urllib.parse import urlencode

from pydantic import TypeAdapter

from pipeline.domain.document import ReadStatus
from pipeline.domain.errors import InvalidInput
from pipeline.domain.reading import Reading
from pipeline.ports import BlobStore
from pipeline.process.outcome import refused
from pipeline.process.pool import ReaderPool, Request, Result

READINGS: TypeAdapter[tuple[Reading, ...]] = TypeAdapter(tuple[Reading, ...])
HEAD = struct.Struct(">Q")
BASE_SECONDS, SECONDS_PER_MB, MOST_SECONDS = 28.0, 10.0, 240.0
Job = tuple[bytes, str, bytes | None]


def framed(data: bytes, companion: bytes | None) -> bytes:
    """A document and its companion as one message."""
    return HEAD.pack(len(data)) + data + (companion or b"")


def unframed(message: bytes) -> tuple[bytes, bytes | None]:
    """The document and its companion again."""
    (length,) = HEAD.unpack_from(message)
    rest = message[HEAD.size + length :]
    return message[HEAD.size : HEAD.size + length], rest or None


class ChildReader:
    """ports.DocumentReader over a pool. A file that breaks its reader becomes one reading with the reason."""

    def __init__(self, pool: ReaderPool, jobs: int, larger: Callable[[int], "ChildReader"]) -> None:
        self._pool, self._jobs, self._larger = pool, jobs, larger

    def read(self, data: bytes, name: str, companion: bytes | None = None) -> tuple[Reading, ...]:
        return _readings(self._pool.read(_request(data, name, companion)))

    def read_many(self, requests: Iterable[Job], jobs: int) -> Iterator[tuple[Reading, ...]]:
        """Readings in the order of the requests, `jobs` at a time."""
        if jobs > self._jobs:
            self._pool, self._jobs = self._larger(jobs)._pool, jobs
        wanted = (_request(*each) for each in requests)
        return map(_readings, self._pool.imap(wanted))


def _request(data: bytes, name: str, companion: bytes | None) -> Request:
    """A long scan may take longer than a page: SECONDS_PER_MB more for each megabyte, up to MOST_SECONDS."""
    seconds = min(MOST_SECONDS, BASE_SECONDS + SECONDS_PER_MB * len(data) / 1e6)
    return Request(name, framed(data, companion), name, seconds)


def _readings(result: Result) -> tuple[Reading, ...]:
    if result.data is not None:
        return READINGS.validate_json(result.data)
    return (refused(ReadStatus.UNREADABLE, result.reason or "The document could not be read."),)


class ChildImages:
    """ports.PageImages: drawn once, kept as files. A page that cannot be drawn raises InvalidInput with the reason."""

    def __init__(self, pool: ReaderPool, blobs: BlobStore, cache: Path) -> None:
        self._pool, self._blobs, self._cache = pool, blobs, cache

    def page(self, sha256: str, page: int, width: int, rotation: int = 0, skew: float = 0.0) -> bytes:
        path = self._cache / sha256[:2] / f"{sha256}-{page}-{width}-{rotation}-{skew:.2f}.webp"
        if path.exists():
            return path.read_bytes()
        name = urlencode({"page": page, "width": width, "rotation": rotation, "skew": skew})
        result = self._pool.read(Request(sha256, self._blobs.get(sha256), name))
        if result.data is None:
            raise InvalidInput(result.reason or "This page cannot be drawn.", "Download the original instead.")
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}.part")
        draft.write_bytes(result.data)
        draft.replace(path)
        return result.data
