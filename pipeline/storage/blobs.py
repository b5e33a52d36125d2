"""Content-addressed files: create-only, fsynced, verified on reading (spec A.1 file_sha256)."""

import hashlib
import os
import tempfile
from pathlib import Path

from pipeline.domain.errors import StorageFailed


class FileBlobs:
    """BlobStore over a folder: `ab/cd/abcd...`. A half-written file never has a final name."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, data: bytes) -> str:
        """Store and return the SHA-256. Raises StorageFailed when the disk refuses; then nothing is left behind."""
        digest = hashlib.sha256(data).hexdigest()
        path = self._path(digest)
        if path.exists():
            return digest
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._write(path, data)
        except OSError as problem:
            raise StorageFailed(
                f"The document could not be stored: {problem.strerror}.", "Free space and send it again."
            ) from problem
        return digest

    def get(self, sha256: str) -> bytes:
        try:
            data = self._path(sha256).read_bytes()
        except OSError as problem:
            raise StorageFailed(
                f"Document {sha256[:12]} is not in the store.", "Restore it from the backup."
            ) from problem
        if hashlib.sha256(data).hexdigest() != sha256:
            raise StorageFailed(f"Document {sha256[:12]} was changed on disk.", "Restore it from the backup.")
        return data

    def has(self, sha256: str) -> bool:
        return self._path(sha256).exists()

    def _path(self, digest: str) -> Path:
        return self._root / digest[:2] / digest[2:4] / digest

    def _write(self, path: Path, data: bytes) -> None:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        draft = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            draft.chmod(0o440)
            # A link fails when the name is taken, so two writers of the same bytes cannot disturb each other.
            try:
                os.link(draft, path)
            except FileExistsError:
                return
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        finally:
            draft.unlink(missing_ok=True)
