from pathlib import Path

import pytest

from models.calibration.apply import LogisticCalibrator, load_calibrator
from models.calibration.fit import fit
from models.classifier.predict import load_classifier
from models.classifier.texts import pages
from models.registry import REGISTRY, Entry, ModelRefused, entries, load_bytes, register, sha256_of


def test_every_registered_model_has_its_bytes_and_a_card() -> None:
    for name, entry in entries().items():
        assert load_bytes(name)
        assert (REGISTRY.parent / entry.card).exists()


def test_wrong_bytes_are_refused(tmp_path: Path) -> None:
    (tmp_path / "w.json").write_bytes(b"{}")
    registry = tmp_path / "registry.toml"
    register(Entry("m", "1", "w.json", sha256_of(b"{}"), "d", 1, "card.md", {"accuracy": 0.5}), registry)
    assert load_bytes("m", registry) == b"{}"
    (tmp_path / "w.json").write_bytes(b"{ }")
    with pytest.raises(ModelRefused):
        load_bytes("m", registry)
    with pytest.raises(ModelRefused):
        load_bytes("other", registry)


def test_the_same_seed_gives_the_same_pages() -> None:
    assert list(pages(7, 2)) == list(pages(7, 2))
    assert list(pages(7, 2)) != list(pages(8, 2))


def test_probabilities_sum_to_one() -> None:
    _, page = next(pages(7, 1))
    assert sum(load_classifier().probabilities((page,)).values()) == pytest.approx(1.0)


def test_calibrated_confidence_rises_with_the_score() -> None:
    rows = [
        {"field": "total", "score": s / 10, "features": {"ocr": 1.0}, "right": s > 4}
        for s in range(1, 10)
        for _ in range(8)
    ]
    model = LogisticCalibrator(fit(rows))
    values = [model("total", s / 10, {"ocr": 1.0}) for s in range(1, 10)]
    assert values == sorted(values)
    assert 0 < values[0] < 0.5 < values[-1] < 1


def test_proof_by_arithmetic_raises_the_registered_confidence() -> None:
    calibrator = load_calibrator()
    assert calibrator is not None
    plain = {"ocr": 1.0, "closed": 0.0, "summed": 0.0, "due_closed": 0.0, "rivals": 0.0}
    assert calibrator("total", 0.8, {**plain, "closed": 1.0}) > calibrator("total", 0.8, plain)
