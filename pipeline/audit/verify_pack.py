"""Check an evidence pack: signature, every file's hash, and the chain of the audit events. Stands alone.

Needs Python 3.11 or newer and nothing else; the library "cryptography" is used where it is there. Usage:

    python verify_pack.py PACK.zip [--public-key HEX]

Exit code 0: everything holds. 1: something does not; every problem is a line.
"""

# ruff: noqa: T201 - a program of its own, which speaks to its reader

import argparse
import hashlib
import json
import sys
import zipfile
from typing import Any

LARGEST = 2_000_000_000  # bytes unpacked: a pack that claims more is no pack of ours


def problems_of(pack: zipfile.ZipFile, public_key: str | None) -> list[str]:
    """Everything that is wrong, in words; empty when the pack holds."""
    names = pack.namelist()
    if len(names) != len(set(names)):
        return ["a name occurs twice in the pack"]
    if not {"manifest.json", "manifest.sig"} <= set(names):
        return ["manifest or signature is missing"]
    if sum(entry.file_size for entry in pack.infolist()) > LARGEST:
        return ["the pack is too large to be one"]
    body = pack.read("manifest.json")
    try:
        seal, manifest = json.loads(pack.read("manifest.sig")), json.loads(body)
        found = _signature_problems(body, seal, public_key) + _file_problems(pack, manifest["files"])
    except (ValueError, KeyError, TypeError) as problem:
        return [f"manifest or signature cannot be read ({problem})"]
    if "events.jsonl" in names:
        found += _event_problems(pack.read("events.jsonl"))
    return found


def _signature_problems(body: bytes, seal: dict[str, str], public_key: str | None) -> list[str]:
    if public_key is not None and seal["public_key"].lower() != public_key.lower():
        return ["the pack was signed with another key than the given one"]
    try:
        fits = _fits(bytes.fromhex(seal["public_key"]), bytes.fromhex(seal["signature"]), body)
    except ValueError:
        fits = False
    return [] if fits else ["the signature does not fit the manifest"]


def _fits(key: bytes, signature: bytes, body: bytes) -> bool:
    """Ed25519 by the library where it is installed, else by the plain arithmetic below."""
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        return plain_verify(key, signature, body)
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, body)
    except InvalidSignature:
        return False
    return True


# Ed25519 in plain Python (RFC 8032, section 5.1.7): slow, but public values only, so that timing gives nothing away.
Point = tuple[int, int, int, int]
_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P


def plain_verify(key: bytes, signature: bytes, body: bytes) -> bool:
    """Whether `signature` (64 bytes) over `body` was made with the key whose public half (32 bytes) is given."""
    if len(key) != 32 or len(signature) != 64:
        return False
    public, nonce, base = _point(key), _point(signature[:32]), _point((4 * pow(5, -1, _P) % _P).to_bytes(32, "little"))
    scalar = int.from_bytes(signature[32:], "little")
    if public is None or nonce is None or base is None or scalar >= _ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + key + body).digest()
    left = _times(scalar, base)
    right = _add(nonce, _times(int.from_bytes(digest, "little") % _ORDER, public))
    return all((left[axis] * right[2] - right[axis] * left[2]) % _P == 0 for axis in (0, 1))


def _point(data: bytes) -> Point | None:
    """The curve point of 32 bytes, in extended coordinates; None when there is none."""
    whole = int.from_bytes(data, "little")
    sign, y = whole >> 255, whole & ((1 << 255) - 1)
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * pow(2, (_P - 1) // 4, _P) % _P
    if y >= _P or (x * x - square) % _P or (x == 0 and sign):
        return None
    x = _P - x if x & 1 != sign else x
    return (x, y, 1, x * y % _P)


def _add(one: Point, two: Point) -> Point:
    a, b = (one[1] - one[0]) * (two[1] - two[0]), (one[1] + one[0]) * (two[1] + two[0])
    c, d = 2 * one[3] * two[3] * _D, 2 * one[2] * two[2]
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % _P, g * h % _P, f * g % _P, e * h % _P)


def _times(count: int, point: Point) -> Point:
    total: Point = (0, 1, 1, 0)
    while count:
        if count & 1:
            total = _add(total, point)
        point, count = _add(point, point), count >> 1
    return total


def _file_problems(pack: zipfile.ZipFile, listed: dict[str, dict[str, Any]]) -> list[str]:
    found = []
    present = set(pack.namelist()) - {"manifest.json", "manifest.sig"}
    found += [f"{name} is in the pack but not in the manifest" for name in sorted(present - set(listed))]
    for name, facts in sorted(listed.items()):
        if name not in present:
            found.append(f"{name} is missing")
        elif hashlib.sha256(pack.read(name)).hexdigest() != facts["sha256"]:
            found.append(f"{name} was changed")
    return found


def _event_problems(lines: bytes) -> list[str]:
    """Each event's own hash over the bytes that were sealed, and that neighbours in the log follow one another."""
    found: list[str] = []
    before: tuple[int, str] | None = None
    for number, line in enumerate(lines.splitlines(), 1):
        event = json.loads(line)
        digest = hashlib.sha256(event["sealed"].encode() + event["prev_hash"].encode()).hexdigest()
        seq = json.loads(event["sealed"])["seq"]
        if digest != event["hash"]:
            found.append(f"event in line {number} does not fit its hash")
        if before is not None and seq == before[0] + 1 and event["prev_hash"] != before[1]:
            found.append(f"event {seq} does not follow the one before")
        if before is not None and seq <= before[0]:
            found.append(f"event {seq} is out of order")
        before = (seq, event["hash"])
    return found


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Check an evidence pack.")
    parser.add_argument("pack", help="the ZIP file")
    parser.add_argument("--public-key", help="the installation's public key in hex, as written down by the auditor")
    given = parser.parse_args(arguments)
    try:
        with zipfile.ZipFile(given.pack) as pack:
            found = problems_of(pack, given.public_key)
            count = len(pack.namelist())
    except (OSError, zipfile.BadZipFile) as problem:
        print(f"BAD: the pack cannot be read ({problem})")
        return 1
    for line in found:
        print(f"BAD: {line}")
    if not found:
        key = "signed with the given key" if given.public_key else "signed (compare the key yourself)"
        print(f"GOOD: {count} files, {key}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
