"""Fit the calibrator: `python -m models.calibration.fit ROWS.jsonl`. A row: document, field, score, features, right."""

import json
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from models.calibration.apply import GROUPS, INPUTS, LogisticCalibrator, vector
from models.registry import ROOT, Entry, register, sha256_of

SEED = 20260301
WEIGHTS = "calibration/calibration.json"


def fit(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A logistic model per group of fields. The cap is the upper limit that n rows can speak for: 1 - 1/(n + 2)."""
    groups: dict[str, list[float]] = {}
    caps: dict[str, float] = {}
    for group in INPUTS:
        mine = [r for r in rows if GROUPS.get(r["field"], "other") == group]
        right = [int(r["right"]) for r in mine]
        if len(mine) < 30 or len(set(right)) < 2:
            continue
        matrix = np.array([vector(group, r["score"], r["features"]) for r in mine])
        model = LogisticRegression(C=0.5, max_iter=1000, random_state=SEED).fit(matrix, right)
        groups[group] = [round(float(model.intercept_[0]), 5), *(round(float(w), 5) for w in model.coef_[0])]
        caps[group] = round(min(0.995, 1 - 1 / (len(mine) + 2)), 5)
    return {"groups": groups, "cap": caps}


def expected_error(model: LogisticCalibrator, rows: Sequence[dict[str, Any]], bins: int = 10) -> float:
    """Expected calibration error over ten bins."""
    held: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for row in rows:
        p = model(row["field"], row["score"], row["features"])
        held[min(bins - 1, int(p * bins))].append((p, int(row["right"])))
    total = sum(len(b) for b in held.values()) or 1
    return sum(abs(sum(p for p, _ in b) - sum(r for _, r in b)) for b in held.values()) / total


def halves(rows: Sequence[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Two halves by layout, so that no layout is in both."""
    first = [r for r in rows if int(sha256_of(r["group"].encode()), 16) % 2 == 0]
    second = [r for r in rows if int(sha256_of(r["group"].encode()), 16) % 2 == 1]
    return first, second


def train(path: Path, root: Path = ROOT) -> dict[str, float]:
    """Cross-check on two halves by layout, then fit on all rows, write and register."""
    text = path.read_text(encoding="utf-8")
    rows = [json.loads(line) for line in text.splitlines() if line.strip()]
    one, two = halves(rows)
    crossed = [expected_error(LogisticCalibrator(fit(a)), b) for a, b in ((one, two), (two, one)) if a and b]
    model = fit(rows)
    metrics = {
        "rows": float(len(rows)),
        "ece_unseen_layouts": sum(crossed) / max(1, len(crossed)),
        "ece": expected_error(LogisticCalibrator(model), rows),
    }
    data = json.dumps(model, sort_keys=True, separators=(",", ":")).encode()
    (root / WEIGHTS).write_bytes(data)
    register(
        Entry(
            "calibration",
            f"1.{SEED}",
            WEIGHTS,
            sha256_of(data),
            sha256_of(text.encode()),
            SEED,
            "calibration/card.md",
            metrics,
        ),
        root / "registry.toml",
    )
    return metrics


if __name__ == "__main__":
    sys.stdout.write(json.dumps(train(Path(sys.argv[1])), indent=1) + "\n")
