"""Bounds of error rates and the evidence made of them."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from models.calibration import risk
from models.registry import entries
from rules.risk import EVIDENCE_PATH, evidence_from


def row(doc: str, right: bool = True, score: float = 0.9) -> dict[str, Any]:
    return {"doc": doc, "group": doc, "field": "total", "score": score, "features": {"text": 1.0}, "right": right}


@pytest.mark.parametrize(
    ("errors", "n", "confidence", "bound"),
    [(0, 2995, 0.95, 0.001), (0, 59, 0.95, 0.0495), (1, 100, 0.95, 0.0466), (10, 10, 0.95, 1.0), (0, 0, 0.95, 1.0)],
)
def test_the_bound_is_that_of_clopper_and_pearson(errors: int, n: int, confidence: float, bound: float) -> None:
    assert risk.upper_bound(errors, n, confidence) == pytest.approx(bound, rel=0.01)


def test_the_bound_covers_the_true_rate() -> None:
    """Of all outcomes of 50 values wrong 5 times in 100, those whose bound is too low have at most 5 % of the weight."""
    from scipy.stats import binom

    missed = sum(binom.pmf(k, 50, 0.05) for k in range(51) if risk.upper_bound(k, 50, 0.95) < 0.05)
    assert missed <= 0.05


def test_steps_share_the_uncertainty() -> None:
    (at, n, errors, bound), *rest = risk.steps([(0.96, True)] * 80 + [(0.85, False)])
    assert (at, n, errors) == ("0.80", 81, 1)
    assert [s[0] for s in rest] == ["0.90", "0.95"]
    assert float(rest[0][3]) == pytest.approx(risk.upper_bound(0, 80, 1 - 0.05 / 6), abs=1e-5)
    assert float(bound) > float(rest[0][3])


def test_of_a_value_asked_about_twice_the_higher_confidence_counts() -> None:
    found = risk.values([(row("a", right=False), 0.4), (row("a", right=False), 0.95), (row("b"), 0.9)], "total")
    assert sorted(found) == [(0.9, True), (0.95, False)]


def test_no_layout_is_judged_by_a_fit_that_saw_it() -> None:
    seen: list[set[str]] = []

    def fit(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
        seen.append({r["group"] for r in rows})
        return {"groups": {}, "cap": {}}

    rows = [row(f"d{n}") for n in range(40)]
    judged = risk.crossed(rows, fit)
    assert len(judged) == 40
    for fold, groups in zip(sorted({risk.fold_of(r["group"]) for r in rows}), seen, strict=True):
        assert all(risk.fold_of(g) != fold for g in groups)


def test_evidence_is_read_back_by_the_rules() -> None:
    judged = [(row(f"generated/{n}"), 0.96) for n in range(50)] + [(row(f"real/{n}"), 0.96) for n in range(20)]
    made = json.loads(risk.as_text(risk.evidence(judged, "x")))
    held = evidence_from(made)
    assert held.steps["all"]["total"][0].n == 70
    assert held.steps["real"]["total"][0].n == 20
    assert made["layouts"] == {"real": 20, "all": 70}


@pytest.mark.skipif(not EVIDENCE_PATH.exists(), reason="no evidence is shipped")
def test_the_shipped_evidence_is_that_of_the_shipped_calibration() -> None:
    made = json.loads(EVIDENCE_PATH.read_text(encoding="utf-8"))
    assert made["calibration"] == entries()["calibration"].sha256
    for fields in evidence_from(made).steps.values():
        for steps in fields.values():
            assert all(s.errors <= s.n and float(s.bound) >= s.errors / s.n for s in steps)
