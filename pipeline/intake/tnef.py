"""Attachments inside Outlook's winmail.dat (TNEF, MS-OXTNEF): only names and bytes are taken."""

import struct
from collections.abc import Iterator

SIGNATURE = b"\x78\x9f\x3e\x22"
ATTACHMENT_LEVEL = 2
RENDER, TITLE, DATA = 0x9002, 0x8010, 0x800F
MAX_ATTRIBUTES = 5_000


def is_tnef(data: bytes) -> bool:
    return data.startswith(SIGNATURE)


def tnef_attachments(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each attachment; ends quietly where the file is cut off."""
    offset, name = 6, ""
    for _ in range(MAX_ATTRIBUTES):
        if offset + 9 > len(data):
            return
        level, attribute, _, length = struct.unpack_from("<BHHI", data, offset)
        body = data[offset + 9 : offset + 9 + length]
        if len(body) < length:
            return
        offset += 9 + length + 2
        if level != ATTACHMENT_LEVEL:
            continue
        if attribute == RENDER:
            name = ""
        elif attribute == TITLE:
            name = body.rstrip(b"\0").decode("cp1252", "replace")
        elif attribute == DATA:
            yield name, body
