"""Content-addressed files: create-only, fsynced, verified on reading (spec A.1 `file_sha256`)."""

import errno
import hashlib
import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from pipeline.domain.errors import StorageFailed

_DIGEST = re.compile(r"[0-9a-f]{64}")
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS)


class FileBlobs:
    """ports.BlobStore over a folder: `ab/cd/abcd...`. A half-written file never has a final name."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, data: bytes) -> str:
        """Store and return the SHA-256. Raises StorageFailed when the disk refuses; then nothing is left behind.

        Bytes that are there already are compared, so that a file damaged on disk is healed by its next arrival.
        """
        return self.put_many((data,))[0]

    def put_many(self, datas: Sequence[bytes]) -> list[str]:
        """`put` for several at once. All are written, then all synced: the disk is asked once for what would else be four
        commits of its journal each. None has its name before its bytes are safe, and none is returned before its name is."""
        digests = [hashlib.sha256(data).hexdigest() for data in datas]
        absent = {digest: data for digest, data in zip(digests, datas, strict=True) if not self._held(digest)}
        drafts: dict[Path, Path] = {}
        touched: dict[Path, None] = {}
        try:
            for digest, data in absent.items():
                path = self._path(digest)
                touched |= dict.fromkeys(_make_folder(path.parent))
                drafts[path] = _draft(path.parent, data)
            for draft in drafts.values():
                _sync(draft)
            for path, draft in drafts.items():
                _name(path, draft)
                touched[path.parent] = None
            for folder in touched:
                _sync(folder)
        except OSError as problem:
            raise StorageFailed(
                f"The document could not be stored: {problem.strerror}.", "Free space and send it again."
            ) from problem
        finally:
            for draft in drafts.values():
                draft.unlink(missing_ok=True)
        return digests

    def _held(self, digest: str) -> bool:
        path = self._path(digest)
        try:
            if not path.exists():
                return False
            if _digest(path) == digest:
                return True
            path.replace(path.with_suffix(".damaged"))
        except OSError as problem:
            raise StorageFailed(
                f"The document could not be stored: {problem.strerror}.", "Free space and send it again."
            ) from problem
        return False

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
        if not _DIGEST.fullmatch(digest):
            raise StorageFailed("That is not the name of a stored document.")
        return self._root / digest[:2] / digest[2:4] / digest


def _make_folder(folder: Path) -> list[Path]:
    """Create the folder; the folders whose entries must be synced for its name to last."""
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)
    return [each.parent for each in reversed(missing)]


def _draft(folder: Path, data: bytes) -> Path:
    """The bytes in a file without a name of its own yet, not synced."""
    handle, name = tempfile.mkstemp(dir=folder, prefix=".new-")
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        draft.chmod(0o440)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    return draft


def _name(path: Path, draft: Path) -> None:
    try:
        # A link fails when the name is taken, so two writers of the same bytes cannot disturb each other.
        os.link(draft, path)
    except FileExistsError:
        return
    except OSError as problem:
        if problem.errno not in _NO_LINKS:
            raise
        draft.replace(path)


def _sync(place: Path) -> None:
    """A file's bytes, or a folder's entries, onto the disk."""
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
