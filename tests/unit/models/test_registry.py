"""The register of models refuses files it does not know."""

import hashlib
from pathlib import Path

import pytest

from models.registry import REGISTER, ModelMismatchError, entry, record, verified


def registered(folder: Path, content: bytes = b"weights") -> Path:
    (folder / "a.onnx").write_bytes(content)
    register = folder / "registry.toml"
    digest = hashlib.sha256(content).hexdigest()
    record(
        "a",
        {"version": "1", "file": "a.onnx", "sha256": digest, "data_sha256": "d", "pages": 3, "metrics": {"f1": 0.5}},
        register,
    )
    return register


def test_an_entry_is_read_back(tmp_path: Path) -> None:
    found = verified("a", registered(tmp_path))
    assert (found.version, found.metrics, found.facts) == ("1", {"f1": 0.5}, {"pages": 3})


def test_recording_one_model_keeps_the_others(tmp_path: Path) -> None:
    register = registered(tmp_path)
    record("b", {"version": "2", "file": "b.onnx", "sha256": "x", "data_sha256": 'quote " here'}, register)
    assert entry("a", register).metrics == {"f1": 0.5}
    assert entry("b", register).data_sha256 == 'quote " here'


def test_a_changed_or_missing_file_is_refused(tmp_path: Path) -> None:
    register = registered(tmp_path)
    (tmp_path / "a.onnx").write_bytes(b"other")
    with pytest.raises(ModelMismatchError):
        verified("a", register)
    (tmp_path / "a.onnx").unlink()
    with pytest.raises(ModelMismatchError):
        verified("a", register)
    with pytest.raises(ModelMismatchError):
        entry("z", register)


@pytest.mark.skipif(not REGISTER.is_file(), reason="no models registered: run make train")
def test_the_shipped_layout_model_is_the_registered_one() -> None:
    assert verified("layout").path.stat().st_size < 20_000_000
