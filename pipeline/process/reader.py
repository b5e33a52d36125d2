"""Reading and drawing through killable children (ports.DocumentReader, ports.PageImages)."""

import io
import os
import struct
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlencode

from PIL import Image
from pydantic import TypeAdapter

from pipeline.domain.document import ReadStatus
from pipeline.domain.errors import InvalidInput
from pipeline.domain.reading import Reading
from pipeline.ocr.prepare import straighten, turn
from pipeline.ocr.render import image_pictures, pdf_picture
from pipeline.ports import BlobStore
from pipeline.process.pool import ReaderPool, Request, Result
from pipeline.process.read import refused

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


def draw_page(data: bytes, name: str) -> bytes:
    """One page as WebP, upright and straight. Runs in a child. Raises InvalidInput for a page that is not there."""
    wanted = {key: float(values[0]) for key, values in parse_qs(name).items()}
    number, width = max(1, int(wanted["page"])), min(3000, max(80, int(wanted["width"])))
    if b"%PDF-" in data[:1024]:
        image = pdf_picture(data, number, dpi=max(40.0, min(220.0, width / 8.27))).image
    else:
        found = next((p.image for p in image_pictures(data) if p.number == number), None)
        if found is None:
            raise InvalidInput(f"There is no page {number}.")
        image = found
    if wanted["rotation"] or wanted["skew"]:
        # As it was when its words were read, so that their boxes fit.
        image = straighten(turn(image, int(wanted["rotation"])), wanted["skew"])
    if image.width > width:
        image = image.resize((width, max(1, round(image.height * width / image.width))), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.convert("L").save(buffer, "WEBP", quality=60, method=4)
    return buffer.getvalue()
