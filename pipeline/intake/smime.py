"""Signed envelopes (S/MIME `smime.p7m`, signed e-invoices `.xml.p7m`): what was signed, taken out (RFC 5652 SignedData).

The signature itself is not judged here: it would prove who signed, not that the bill is owed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.intake.verdicts import locked, reject

SIGNED = bytes.fromhex("06092a864886f70d010702")
ENVELOPED = (bytes.fromhex("06092a864886f70d010703"), bytes.fromhex("060b2a864886f70d0109100117"))
DATA = bytes.fromhex("06092a864886f70d010701")
SEQUENCE, OCTETS, CONTENT = 0x30, 0x04, 0xA0
DAMAGED = "The signed envelope (S/MIME) is damaged or cut off; ask for it again."
MOST_PIECES = 100_000
MOST_LEVELS = 8


@dataclass(frozen=True, slots=True)
class _Item:
    """One BER value: its tag, and its body; `end` is where the next one begins."""

    tag: int
    body: bytes
    end: int


def is_envelope(data: bytes) -> bool:
    """Whether these bytes are a CMS message, signed or encrypted."""
    return data[:1] == b"0" and any(oid in data[2:20] for oid in (SIGNED, *ENVELOPED))


def signed_content(data: bytes) -> bytes:
    """What was signed. Raises RefusalError when it is encrypted, damaged, or only a signature without content."""
    if any(oid in data[2:20] for oid in ENVELOPED):
        locked("The mail is encrypted (S/MIME); send it signed or plain.")
    outer = _item(data, 0)
    content = _item(outer.body, len(SIGNED))
    parts = list(_items(_item(content.body, 0).body))
    wrapped = next((part for part in parts if part.tag == SEQUENCE and part.body.startswith(b"\x06")), None)
    if wrapped is None:
        reject(DAMAGED, "DAMAGED")
    fields = list(_items(wrapped.body))
    if len(fields) < 2 or fields[1].tag != CONTENT:
        reject("The file is a signature without the document that it signs; send the document.", "EMPTY")
    return _octets(_item(fields[1].body, 0), 0)


def _octets(item: _Item, level: int) -> bytes:
    """The bytes of an octet string, whole or in pieces."""
    if item.tag & 0xDF != OCTETS or level > MOST_LEVELS:
        reject(DAMAGED, "DAMAGED")
    if not item.tag & 0x20:
        return item.body
    return b"".join(_octets(piece, level + 1) for piece in _items(item.body))


def _items(body: bytes) -> Iterator[_Item]:
    at = 0
    for _ in range(MOST_PIECES):
        if at >= len(body):
            return
        found = _item(body, at)
        if found.tag == 0:
            return
        yield found
        at = found.end
    reject(DAMAGED, "DAMAGED")


def _item(data: bytes, at: int, level: int = 0) -> _Item:
    """The value at a place; of indefinite length when its writer did not know it beforehand."""
    if at + 2 > len(data) or level > 2 * MOST_LEVELS or data[at] & 0x1F == 0x1F:
        reject(DAMAGED, "DAMAGED")
    tag, length, start = data[at], data[at + 1], at + 2
    if length == 0x80:
        return _open_ended(data, tag, start, level)
    if length > 0x80:
        width = length & 0x7F
        length, start = int.from_bytes(data[start : start + width], "big"), start + width
    if start + length > len(data):
        reject(DAMAGED, "DAMAGED")
    return _Item(tag, data[start : start + length], start + length)


def _open_ended(data: bytes, tag: int, start: int, level: int) -> _Item:
    at, pieces = start, 0
    while data[at : at + 2] != b"\0\0":
        at, pieces = _item(data, at, level + 1).end, pieces + 1
        if pieces > MOST_PIECES:
            reject(DAMAGED, "DAMAGED")
    return _Item(tag, data[start:at], at + 2)
