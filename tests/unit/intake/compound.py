"""A small writer of compound files (MS-CFB), enough for the messages that Outlook saves.

Every stream is stored in whole sectors: texts are padded with zeros, and what is attached must have 4096 bytes or more.
"""

import struct
from itertools import pairwise

SECTOR, LEAST = 512, 4096
FREE, END, FAT, NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF
STORAGE, STREAM, ROOT = 1, 2, 5
Tree = dict[str, "bytes | Tree"]


def compound(tree: Tree) -> bytes:
    """A file with these streams (bytes) and storages (trees) below its root."""
    entries: list[list[object]] = [["Root Entry", ROOT, NONE, NONE, END, 0]]
    bodies: list[tuple[int, bytes]] = []
    _lay_out(tree, 0, entries, bodies)
    directory = -(-len(entries) // 4)
    at = 1 + directory
    chains: list[list[int]] = [list(range(1, at))]
    for index, body in bodies:
        count = -(-len(body) // SECTOR)
        entries[index][4], entries[index][5] = at, len(body)
        chains.append(list(range(at, at + count)))
        at += count
    assert at <= SECTOR // 4, "more than one sector of FAT is not written here"
    fat = [FREE] * (SECTOR // 4)
    fat[0] = FAT
    for chain in chains:
        for sector, following in pairwise([*chain, END]):
            fat[sector] = following
    rows = b"".join(_entry(*entry) for entry in entries).ljust(directory * SECTOR, b"\0")  # type: ignore[arg-type]
    streams = b"".join(body.ljust(-(-len(body) // SECTOR) * SECTOR, b"\0") for _, body in bodies)
    return _header() + struct.pack("<128I", *fat) + rows + streams


def _lay_out(tree: Tree, parent: int, entries: list[list[object]], bodies: list[tuple[int, bytes]]) -> None:
    """Entries of a storage, as a chain of right siblings."""
    before: int | None = None
    for name, value in tree.items():
        index = len(entries)
        kind = STREAM if isinstance(value, bytes) else STORAGE
        entries.append([name, kind, NONE, NONE, END, 0])
        if before is None:
            entries[parent][3] = index
        else:
            entries[before][2] = index
        before = index
        if isinstance(value, bytes):
            assert len(value) >= LEAST
            bodies.append((index, value))
        else:
            _lay_out(value, index, entries, bodies)


def _entry(name: str, kind: int, right: int, child: int, start: int, size: int) -> bytes:
    raw = name.encode("utf-16-le") + b"\0\0"
    tail = (
        struct.pack("<III", NONE, right, child) + bytes(36) + struct.pack("<IQ", start if kind == STREAM else 0, size)
    )
    return raw.ljust(64, b"\0") + struct.pack("<HBB", len(raw), kind, 1) + tail


def _header() -> bytes:
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    counts = struct.pack("<IIIIIIIII", 0, 1, 1, 0, LEAST, END, 0, END, 0)
    return head + counts + struct.pack("<109I", 0, *[FREE] * 108)


def text(value: str) -> bytes:
    return value.encode("utf-16-le").ljust(LEAST, b"\0")


def attachment(name: str, data: bytes) -> Tree:
    return {
        "__substg1.0_37010102": data,
        "__substg1.0_3707001F": text(name),
        "__substg1.0_3704001F": text(name[:6].upper() + "~1.PDF"),
        "__properties_version1.0": bytes(LEAST),
    }


def message(subject: str, sender: str, attachments: list[Tree], headers: str = "") -> Tree:
    """The tree of a message as Outlook saves it."""
    found: Tree = {"__substg1.0_0037001F": text(subject), "__substg1.0_0C1F001F": text(sender)}
    if headers:
        found["__substg1.0_007D001F"] = text(headers)
    return found | {f"__attach_version1.0_#{number:08X}": one for number, one in enumerate(attachments)}
