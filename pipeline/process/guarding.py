"""The first look at foreign bytes in a killable child: what are they, what is inside, who sent them.

The parent never parses an upload. A child that dies, hangs or answers nonsense means a quarantined file: fail closed.
"""

import hashlib
import logging
import struct
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from pipeline.domain.arrivals import Looked, MailHeaders, Refused, UnpackedPart
from pipeline.domain.document import Limits, ReadStatus
from pipeline.domain.errors import InvalidInput
from pipeline.extract.x12_ack import acknowledge
from pipeline.intake.mail import read_headers
from pipeline.intake.outlook import is_outlook, outlook_headers
from pipeline.intake.unpack import safe_name, unpack
from pipeline.process.pool import Exit, ReaderPool, Request

log = logging.getLogger(__name__)

HEAD = struct.Struct(">Q")
UNKNOWN = "application/octet-stream"
WHOLE = -1
LONGEST_ANSWER = 200_000
HEADERS: TypeAdapter[MailHeaders | None] = TypeAdapter(MailHeaders | None)
REFUSED: TypeAdapter[Refused | None] = TypeAdapter(Refused | None)
ANSWER: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])
REASONS = {
    Exit.TIMEOUT: "Looking into the file took too long and was stopped.",
    Exit.MEMORY: "Looking into the file needs more memory than a document may take.",
    Exit.CRASH: "The file made the program that looked into it break down.",
    Exit.ERROR: "The file could not be looked into because of an unforeseen fault.",
}


class ChildInspector:
    """App.look over a pool: guard and unpacking run in its children."""

    def __init__(self, pool: ReaderPool) -> None:
        self._pool = pool

    def __call__(self, data: bytes, name: str) -> Looked:
        """The parts of an upload; one quarantined part with the reason when its child came to a bad end."""
        result = self._pool.read(Request(name, data, name))
        if result.data is not None:
            try:
                return decoded(result.data, data)
            except (ValidationError, ValueError, KeyError, TypeError, struct.error) as problem:
                log.error("A child's answer about a file makes no sense: %r", problem)
        log.warning("Looking into a file ended as %s: %s", result.exit, result.detail)
        reason = REASONS.get(result.exit, REASONS[Exit.ERROR])
        refused = Refused(ReadStatus.QUARANTINED, reason, "BROKE")
        return Looked((UnpackedPart(safe_name(name), data, UNKNOWN, refused=refused),))


def look(data: bytes, name: str, limits: Limits) -> Looked:
    """Guard and unpack in this process. Only children, and tests of the guard itself, call it."""
    headers = _headers(data, name)
    parts = unpack(data, name, limits)
    return Looked(parts, headers, _acknowledgement(data, parts))


def _headers(data: bytes, name: str) -> MailHeaders | None:
    if is_outlook(data):
        return outlook_headers(data)
    return read_headers(data) if name.lower().endswith((".eml", ".msg")) or _mailish(data) else None


def _acknowledgement(data: bytes, parts: tuple[UnpackedPart, ...]) -> str | None:
    """The 997 of an X12 file, numbered by its content, so that the same file again gets the same answer."""
    if len(parts) != 1 or parts[0].media_type != "application/edi-x12" or parts[0].refused:
        return None
    number = int.from_bytes(hashlib.sha256(data).digest()[:6], "big") % 999_999_000 + 1
    try:
        return acknowledge(data, number, datetime.now(UTC)).decode("latin-1") or None
    except InvalidInput:
        return None


def _mailish(data: bytes) -> bool:
    head = data[:4096].lower()
    return b"\nfrom:" in b"\n" + head or b"\nreceived:" in b"\n" + head


def encoded(looked: Looked, upload: bytes) -> bytes:
    """As one message: length, JSON, then the parts' bytes; a part that is the whole upload is not sent back."""
    rows, blobs = [], []
    for part in looked.parts:
        whole = part.data == upload
        rows.append(
            {
                "name": part.name,
                "media_type": part.media_type,
                "inline": part.inline,
                "size": WHOLE if whole else len(part.data),
                "companion": None if part.companion is None else len(part.companion),
                "refused": REFUSED.dump_python(part.refused, mode="json"),
            }
        )
        blobs += [b"" if whole else part.data, part.companion or b""]
    headers = HEADERS.dump_python(looked.headers, mode="json")
    text = ANSWER.dump_json({"headers": headers, "parts": rows, "acknowledgement": looked.acknowledgement})
    return b"".join((HEAD.pack(len(text)), text, *blobs))


def decoded(message: bytes, upload: bytes) -> Looked:
    """The answer again. Raises ValueError or KeyError when it does not add up: a child is not trusted."""
    (length,) = HEAD.unpack_from(message)
    answer = ANSWER.validate_json(message[HEAD.size : HEAD.size + length])
    at, parts = HEAD.size + length, []
    for row in answer["parts"]:
        data, at = (upload, at) if row["size"] == WHOLE else _taken(message, at, row["size"])
        companion = None
        if row["companion"] is not None:
            companion, at = _taken(message, at, row["companion"])
        refused = REFUSED.validate_python(row["refused"])
        name, media_type = safe_name(str(row["name"])), str(row["media_type"])[:200]
        parts.append(UnpackedPart(name, data, media_type, bool(row["inline"]), companion, refused))
    if at != len(message):
        raise ValueError("the answer has bytes left over")
    owed = answer["acknowledgement"]
    return Looked(
        tuple(parts), HEADERS.validate_python(answer["headers"]), str(owed)[:LONGEST_ANSWER] if owed else None
    )


def _taken(message: bytes, at: int, size: int) -> tuple[bytes, int]:
    if not 0 <= size <= len(message) - at:
        raise ValueError("the answer is cut off")
    return message[at : at + size], at + size
