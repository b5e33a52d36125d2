"""Signed checkpoints (spec H.2): they show that the end of the chain was not cut off, which the chain alone cannot."""

import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from pipeline.audit.keyfile import key_bytes
from pipeline.domain.errors import StorageFailed

EVERY_EVENTS = 1000
EVERY_SECONDS = 15 * 60


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log had `count` events, the last one `seq` with `hash`, at the instant `at` (ISO, UTC).

    `merkle_root` covers the events from `first` up to and including `seq`.
    """

    first: int
    seq: int
    count: int
    hash: str
    merkle_root: str
    at: str
    public_key: str = ""
    signature: str = ""

    def message(self) -> bytes:
        """What is signed: everything but the signature."""
        return json.dumps({**asdict(self), "signature": ""}, sort_keys=True).encode()


class Signer:
    """The Ed25519 key, outside the database."""

    def __init__(self, key_file: Path) -> None:
        self._file = key_file
        self._key: Ed25519PrivateKey | None = None

    def sign(self, checkpoint: Checkpoint) -> Checkpoint:
        unsigned = replace(checkpoint, public_key=self.public_key, signature="")
        return replace(unsigned, signature=self._private().sign(unsigned.message()).hex())

    def seal(self, data: bytes) -> tuple[str, str]:
        """Public key and signature of any bytes, in hex (evidence packs)."""
        return self.public_key, self._private().sign(data).hex()

    def fits(self, checkpoint: Checkpoint) -> bool:
        """Whether the signature is good and made by our key."""
        return checkpoint.public_key == self.public_key and good_signature(checkpoint)

    @property
    def public_key(self) -> str:
        """Raw public key in hex: what an auditor writes down."""
        return self._private().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()

    def _private(self) -> Ed25519PrivateKey:
        if self._key is None:
            self._key = Ed25519PrivateKey.from_private_bytes(key_bytes(self._file, _fresh))
        return self._key


def _fresh() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())


def good_signature(checkpoint: Checkpoint) -> bool:
    """Whether the signature fits the checkpoint's own public key (a stand-alone verifier compares that key itself)."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(checkpoint.public_key))
        key.verify(bytes.fromhex(checkpoint.signature), checkpoint.message())
    except (InvalidSignature, ValueError):
        return False
    return True


class CheckpointFile:
    """The second store: an append-only file outside the database, one JSON object a line."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, checkpoint: Checkpoint) -> None:
        """Raises StorageFailed when the line could not be made durable."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            line = json.dumps(asdict(checkpoint), sort_keys=True) + "\n"
            handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(handle, line.encode())
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as problem:
            raise StorageFailed(f"The checkpoint could not be written: {problem.strerror}.") from problem

    def read(self) -> list[Checkpoint]:
        """Every checkpoint in the file. Raises ValueError for a line that is none."""
        if not self.path.exists():
            return []
        lines = self.path.read_text(encoding="utf-8").splitlines()
        try:
            return [Checkpoint(**json.loads(line)) for line in lines if line.strip()]
        except TypeError as problem:
            raise ValueError(str(problem)) from problem
