"""Keys outside the database: the HMAC of bank accounts and the sealing of their numbers (spec A.6, H.6)."""

import hmac
import os
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pipeline.audit.keyfile import key_bytes
from pipeline.domain.errors import StorageFailed

_NONCE = 12


class Keys:
    """Key files under one folder. Losing them means that sealed bank numbers cannot be shown again: back them up."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, bytes] = {}

    def bank_hmac(self, routing: str, account: str) -> str:
        """HMAC-SHA256(key, routing + "/" + account) in hex; case, spaces and punctuation do not count."""
        return hmac.new(self.secret("bank-hmac"), f"{_bare(routing)}/{_bare(account)}".encode(), sha256).hexdigest()

    def seal(self, text: str, context: str) -> bytes:
        """AES-256-GCM with a random nonce; `context` (whose value it is) must be given again to open it."""
        nonce = os.urandom(_NONCE)
        return nonce + AESGCM(self.secret("seal")).encrypt(nonce, text.encode(), context.encode())

    def unseal(self, sealed: bytes, context: str) -> str:
        """Raises StorageFailed when the key, the value or the context is not the one it was sealed with."""
        try:
            return AESGCM(self.secret("seal")).decrypt(sealed[:_NONCE], sealed[_NONCE:], context.encode()).decode()
        except InvalidTag as problem:
            raise StorageFailed("A sealed value does not open.", "Restore the keys that belong to it.") from problem

    def file(self, name: str) -> Path:
        return self._folder / name

    def secret(self, name: str) -> bytes:
        """32 random bytes kept in a file of that name."""
        if name not in self._known:
            self._known[name] = key_bytes(self.file(name), lambda: os.urandom(32))
        return self._known[name]


def _bare(text: str) -> str:
    return "".join(c for c in text.upper() if c.isalnum())
