"""Attachments inside Outlook's winmail.dat (TNEF, MS-OXTNEF): only names and bytes are taken."""

import struct
from collections.abc import Iterator

SIGNATURE = b"\x78\x9f\x3e\x22"
ATTACHMENT_LEVEL = 2
RENDER, TITLE, DATA, PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005
MAX_ATTRIBUTES = 5_000
MAX_PROPERTIES = 500
LONG_NAME = 0x3707
TEXT, UNICODE, OBJECT, BINARY = 0x1E, 0x1F, 0x0D, 0x102
# Sizes of the fixed MAPI types, padded to four bytes (MS-OXTNEF 2.1.3.4).
FIXED = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}


def is_tnef(data: bytes) -> bool:
    return data.startswith(SIGNATURE)


def tnef_attachments(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each attachment; ends quietly where the file is cut off.

    The title is an 8.3 name in many files (`INVOIC~1.PDF`); the name as it was stands among the properties that follow.
    """
    short, long, found = "", "", None
    for attribute, body in _attributes(data):
        if attribute == RENDER:
            if found is not None:
                yield long or short, found
            short, long, found = "", "", None
        elif attribute == TITLE:
            short = body.rstrip(b"\0").decode("cp1252", "replace")
        elif attribute == DATA:
            found = body
        elif attribute == PROPERTIES:
            long = _long_name(body)
    if found is not None:
        yield long or short, found


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    offset = 6
    for _ in range(MAX_ATTRIBUTES):
        if offset + 9 > len(data):
            return
        level, attribute, _, length = struct.unpack_from("<BHHI", data, offset)
        body = data[offset + 9 : offset + 9 + length]
        if len(body) < length:
            return
        offset += 9 + length + 2
        if level == ATTACHMENT_LEVEL:
            yield attribute, body


def _long_name(body: bytes) -> str:
    """PidTagAttachLongFilename; empty when it is not there or the list cannot be followed."""
    try:
        (count,) = struct.unpack_from("<I", body)
        at = 4
        for _ in range(min(count, MAX_PROPERTIES)):
            kind, code = struct.unpack_from("<HH", body, at)
            at += 4
            if code >= 0x8000:
                at = _after_name(body, at)
            if kind in FIXED:
                at += FIXED[kind]
                continue
            if kind not in (TEXT, UNICODE, OBJECT, BINARY):
                return ""
            values, length = struct.unpack_from("<II", body, at)
            if values != 1:
                return ""
            value = body[at + 8 : at + 8 + length]
            at += 8 + length + -length % 4
            if code == LONG_NAME and kind in (TEXT, UNICODE):
                return value.decode("cp1252" if kind == TEXT else "utf-16-le", "replace").rstrip("\0")
    except struct.error:
        return ""
    return ""


def _after_name(body: bytes, at: int) -> int:
    """Past a named property's set, kind and number or name."""
    (by_name, value) = struct.unpack_from("<II", body, at + 16)
    return at + 24 + (value + -value % 4 if by_name else 0)
