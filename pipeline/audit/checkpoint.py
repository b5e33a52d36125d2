"""Signed checkpoints (spec H.2): they show that the end of the chain was not cut off, which the chain alone cannot."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

EVERY_EVENTS = 1000
EVERY_SECONDS = 15 * 60


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """`merkle_root` covers the events after the checkpoint before this one up to and including `seq`."""

    seq: int
    hash: str
    count: int
    merkle_root: str
    at: str
    public_key: str = ""
    signature: str = ""

    def message(self) -> bytes:
        """What is signed: everything but the signature."""
        return json.dumps({**asdict(self), "signature": ""}, sort_keys=True).encode()


class Signer:
    """The Ed25519 key, outside the database; made on first use, readable by its owner only."""

    def __init__(self, key_file: Path) -> None:
        self._file = key_file

    def sign(self, checkpoint: Checkpoint) -> Checkpoint:
        key = self._key()
        public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
        unsigned = Checkpoint(**{**asdict(checkpoint), "public_key": public, "signature": ""})
        return Checkpoint(**{**asdict(unsigned), "signature": key.sign(unsigned.message()).hex()})

    def fits(self, checkpoint: Checkpoint) -> bool:
        """Whether the signature is good and made by our key."""
        public = self._key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
        return checkpoint.public_key == public and good_signature(checkpoint)

    def _key(self) -> Ed25519PrivateKey:
        if not self._file.exists():
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            raw = Ed25519PrivateKey.generate().private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
            try:
                handle = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                return self._key()
            with os.fdopen(handle, "wb") as file:
                file.write(raw)
        return Ed25519PrivateKey.from_private_bytes(self._file.read_bytes())


def good_signature(checkpoint: Checkpoint) -> bool:
    """Whether the signature fits the checkpoint's own public key (a stand-alone verifier compares that key itself)."""
    unsigned = Checkpoint(**{**asdict(checkpoint), "signature": ""})
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(checkpoint.public_key))
        key.verify(bytes.fromhex(checkpoint.signature), unsigned.message())
    except (InvalidSignature, ValueError):
        return False
    return True


class CheckpointFile:
    """The second store: an append-only file outside the database."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, checkpoint: Checkpoint) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(checkpoint), sort_keys=True) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def read(self) -> list[Checkpoint]:
        if not self._path.exists():
            return []
        lines = self._path.read_text(encoding="utf-8").splitlines()
        return [Checkpoint(**json.loads(line)) for line in lines if line.strip()]
