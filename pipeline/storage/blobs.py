"""Content-addressed files: create-only, fsynced, verified on reading (spec A.1 `file_sha256`)."""

import errno
import hashlib
import os
import re
import tempfile
from pathlib import Path

from pipeline.domain.errors import StorageFailed

_NAME = re.compile(r"[0-9a-f]{64}")
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS)


class FileBlobs:
    """ports.BlobStore over a folder: `ab/cd/abcd...`. A half-written file never has a final name."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, data: bytes) -> str:
        """Store and return the SHA-256. Raises StorageFailed when the disk refuses; then nothing is left behind.

        Bytes that are there already are compared, so that a file damaged on disk is healed by its next arrival.
        """
        digest = hashlib.sha256(data).hexdigest()
        path = self._path(digest)
        try:
            if path.exists():
                if _digest(path) == digest:
                    return digest
                path.replace(path.with_suffix(".damaged"))
            self._make_folder(path.parent)
            _write(path, data)
        except OSError as problem:
            raise StorageFailed(
                f"The document could not be stored: {problem.strerror}.", "Free space and send it again."
            ) from problem
        return digest

    def get(self, sha256: str) -> bytes:
        path = self._path(sha256)
        try:
            data = path.read_bytes()
        except OSError as problem:
            raise StorageFailed(f"Document {sha256[:12]} is not in the store.", "Restore the backup.") from problem
        if hashlib.sha256(data).hexdigest() != sha256:
            raise StorageFailed(f"Document {sha256[:12]} was changed on disk.", "Restore the backup.")
        return data

    def has(self, sha256: str) -> bool:
        return self._path(sha256).exists()

    def _path(self, digest: str) -> Path:
        if not _NAME.fullmatch(digest):
            raise StorageFailed("That is not the name of a stored document.")
        return self._root / digest[:2] / digest[2:4] / digest

    def _make_folder(self, folder: Path) -> None:
        """Create the folder and make its name durable, up to the root."""
        missing = []
        while not folder.exists():
            missing.append(folder)
            folder = folder.parent
        for each in reversed(missing):
            each.mkdir(mode=0o700, exist_ok=True)
            _sync(each.parent)


def _write(path: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.chmod(0o440)
        try:
            # A link fails when the name is taken, so two writers of the same bytes cannot disturb each other.
            os.link(draft, path)
        except FileExistsError:
            return
        except OSError as problem:
            if problem.errno not in _NO_LINKS:
                raise
            draft.replace(path)
        _sync(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
