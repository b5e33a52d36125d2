"""Key files outside the database: made on first use, complete or absent, readable by their owner only."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from pipeline.domain.errors import StorageFailed


def key_bytes(path: Path, make: Callable[[], bytes]) -> bytes:
    """The bytes of a key file, made by `make` when it is absent. Two processes that start at once agree on one key.

    Raises StorageFailed when the file can neither be read nor made, or when others may read it.
    """
    try:
        if not path.exists():
            _create(path, make())
        if path.stat().st_mode & 0o077:
            raise StorageFailed(f"The key {path.name} may be read by others.", f"Run: chmod 600 {path}")
        return path.read_bytes()
    except OSError as problem:
        raise StorageFailed(f"The key {path} cannot be used: {problem.strerror}.", "Check APDESK_HOME.") from problem


def _create(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        # A link fails when the name is taken: whoever comes second uses the first one's key.
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink(missing_ok=True)
