"""Content-addressed files."""

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipeline.domain.errors import StorageFailed
from pipeline.storage.blobs import FileBlobs


def _files(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file())


def test_bytes_come_back_under_their_hash(tmp_path: Path) -> None:
    blobs = FileBlobs(tmp_path / "documents")
    name = blobs.put(b"hello")
    assert name == hashlib.sha256(b"hello").hexdigest()
    assert blobs.get(name) == b"hello"
    assert blobs.has(name)
    assert not blobs.has("0" * 64)
    assert _files(tmp_path)[0].relative_to(tmp_path / "documents") == Path(name[:2], name[2:4], name)


def test_the_same_bytes_are_one_file_that_nobody_may_write(tmp_path: Path) -> None:
    blobs = FileBlobs(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        names = set(pool.map(blobs.put, [b"same"] * 32))
    assert len(names) == len(_files(tmp_path)) == 1
    assert _files(tmp_path)[0].stat().st_mode & 0o222 == 0


def test_damage_is_found_on_reading_and_healed_by_the_next_arrival(tmp_path: Path) -> None:
    blobs = FileBlobs(tmp_path)
    name = blobs.put(b"hello")
    file = _files(tmp_path)[0]
    file.chmod(0o600)
    file.write_bytes(b"hellO")
    with pytest.raises(StorageFailed, match="changed on disk"):
        blobs.get(name)
    assert blobs.put(b"hello") == name
    assert blobs.get(name) == b"hello"
    assert [path.suffix for path in _files(tmp_path)] == ["", ".damaged"]


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "a" * 63, "A" * 64, "g" * 64, "a" * 64 + "\n"])
def test_only_hashes_are_names(tmp_path: Path, name: str) -> None:
    with pytest.raises(StorageFailed):
        FileBlobs(tmp_path).get(name)


def test_a_missing_document_is_said(tmp_path: Path) -> None:
    with pytest.raises(StorageFailed, match="not in the store"):
        FileBlobs(tmp_path).get("a" * 64)


def test_a_disk_that_refuses_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    blobs = FileBlobs(tmp_path)
    (tmp_path / "2c").mkdir()
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFailed, match="No space left"):
        blobs.put(b"hello")
    assert _files(tmp_path) == []


def test_a_file_system_without_links_works_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    blobs = FileBlobs(tmp_path)
    assert blobs.get(blobs.put(b"hello")) == b"hello"
    assert len(_files(tmp_path)) == 1
