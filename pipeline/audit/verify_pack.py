"""Check an evidence pack: signature, every file's hash, and the chain of the audit events. Stands alone.

Needs Python and the library "cryptography", nothing else. Usage:

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

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

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
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(seal["public_key"]))
        key.verify(bytes.fromhex(seal["signature"]), body)
    except (InvalidSignature, ValueError):
        return ["the signature does not fit the manifest"]
    return []


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
