"""Keys outside the database: the HMAC of bank accounts and the sealing of their numbers (spec A.1 bank, H.6)."""

import hmac
import os
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class Keys:
    """Key files under one folder, made on first use, readable by their owner only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def bank_hmac(self, routing: str, account: str) -> str:
        """HMAC-SHA256(key, routing + "/" + account); spaces and punctuation do not count."""
        return hmac.new(self.secret("bank-hmac"), f"{_bare(routing)}/{_bare(account)}".encode(), sha256).hexdigest()

    def seal(self, text: str) -> bytes:
        nonce = os.urandom(12)
        return nonce + AESGCM(self.secret("seal")).encrypt(nonce, text.encode(), None)

    def unseal(self, sealed: bytes) -> str:
        return AESGCM(self.secret("seal")).decrypt(sealed[:12], sealed[12:], None).decode()

    def file(self, name: str) -> Path:
        return self._folder / name

    def secret(self, name: str) -> bytes:
        """32 random bytes kept in a file of that name."""
        path = self.file(name)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                return self.secret(name)
            with os.fdopen(handle, "wb") as file:
                file.write(os.urandom(32))
        return path.read_bytes()


def _bare(text: str) -> str:
    return "".join(c for c in text.upper() if c.isalnum())
