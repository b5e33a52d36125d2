"""Documents of a set and their words, cached as JSON so that OCR is read once."""

import email
import email.policy
import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import pipeline.ocr.read as read_module
from pipeline.domain.document import Box, Page, Ruling, Word
from pipeline.ocr.confirm import SecondReader
from pipeline.ocr.engine import OcrEngine
from pipeline.ocr.read import read_pages

TYPES = {
    ".pdf": "application/pdf",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
}
OCR = Path(read_module.__file__).parent


@cache
def reader_digest() -> str:
    """Names the reading code: words that an older one read are never taken for those of this one."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(OCR.glob("*.py")))).hexdigest()[:12]


def documents(folder: Path) -> Iterator[tuple[str, bytes, str]]:
    """(document name, bytes, media type): files, and the usable attachments of mails."""
    for path in sorted(folder.iterdir()):
        if path.suffix == ".eml":
            message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            for part in message.walk():
                suffix = Path(part.get_filename() or "").suffix.lower()
                if suffix in TYPES and (content := part.get_payload(decode=True)):
                    yield path.stem, bytes(content), TYPES[suffix]  # type: ignore[arg-type]
        elif path.suffix.lower() in TYPES:
            yield path.stem, path.read_bytes(), TYPES[path.suffix.lower()]


def held_in(cache: Path | None, data: bytes, what: str) -> Path | None:
    return cache / f"{hashlib.sha256(data).hexdigest()}.{reader_digest()}.{what}" if cache else None


def pages_of(data: bytes, media_type: str, cache: Path | None, engine: OcrEngine) -> tuple[tuple[Page, ...], float]:
    """The words and the seconds that reading them took (from the cache: as it took then)."""
    key = held_in(cache, data, "json")
    if key and key.exists():
        held = json.loads(key.read_text(encoding="utf-8"))
        return tuple(_page(p) for p in held["pages"]), held["seconds"]
    start = time.perf_counter()
    pages = read_pages(data, media_type, engine)
    seconds = time.perf_counter() - start
    if key:
        key.write_text(json.dumps({"seconds": seconds, "pages": [asdict(p) for p in pages]}), encoding="utf-8")
    return pages, seconds


class Opinions:
    """The second engine's readings of one document, kept in the cache so that each box is read once."""

    def __init__(
        self, data: bytes, media_type: str, pages: tuple[Page, ...], engine: OcrEngine, cache: Path | None
    ) -> None:
        self._reader = SecondReader(data, media_type, pages, engine)
        self._key = held_in(cache, data, "opinions")
        self._held: dict[str, str | None] = {}
        if self._key and self._key.exists():
            self._held = json.loads(self._key.read_text(encoding="utf-8"))

    def __call__(self, number: int, box: Box) -> str | None:
        name = f"{number}:{box.x0:.4f},{box.y0:.4f},{box.x1:.4f},{box.y1:.4f}"
        if name not in self._held:
            self._held[name] = self._reader(number, box)
            if self._key:
                self._key.write_text(json.dumps(self._held), encoding="utf-8")
        return self._held[name]


def _page(row: dict[str, Any]) -> Page:
    words = {name: tuple(_word(w) for w in row[name]) for name in ("words", "hidden") if name in row}
    return Page(**{**row, **words, "rulings": tuple(Ruling(**r) for r in row["rulings"])})


def _word(row: dict[str, Any]) -> Word:
    return Word(**{**row, "box": Box(**row["box"])})
