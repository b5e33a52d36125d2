"""Fit the calibrator: `python -m models.calibration.fit ROWS.jsonl`. A row: document, field, score, features, right."""

import json
import math
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize

from models.calibration import risk
from models.calibration.apply import INPUTS, LogisticCalibrator, group_of, inputs_of, vector
from models.registry import ROOT, Entry, register, sha256_of

SEED = 20260301
WEIGHTS = "calibration/calibration.json"
EVIDENCE = ROOT.parent / "rules" / "policies" / "certified.json"


def fit(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A logistic model per group of fields. The cap is the upper limit that n rows can speak for: 1 - 1/(n + 2)."""
    groups: dict[str, list[float]] = {}
    caps: dict[str, float] = {}
    for group in (f"{base}/{source}" for base in INPUTS for source in ("text", "ocr")):
        mine = [r for r in rows if group_of(r["field"], r["features"]) == group]
        right = [int(r["right"]) for r in mine]
        if len(mine) < 30:
            continue
        count = len({(r.get("doc", n), r["field"]) for n, r in enumerate(mine)})
        caps[group] = round(min(0.995, 1 - 1 / (count + 2)), 5)
        if len(set(right)) < 2:
            # Nothing was wrong: no weight can be fitted, only the limit that so many right values speak for.
            groups[group] = [round(math.log(caps[group] / (1 - caps[group])), 5), *[0.0] * len(inputs_of(group))]
            continue
        matrix = np.array([vector(group, r["score"], r["features"]) for r in mine])
        weight = [r.get("weight", 1.0) for r in mine]
        groups[group] = _weights(inputs_of(group), matrix, np.array(right), np.array(weight))
    return {"groups": groups, "cap": caps}


# Where next to nothing was wrong, the data cannot tell what a weak label is worth: each input then keeps this weight.
PRIOR = {"score": 0.8, "margin": 1.0, "agreed": 0.2, "closed": 0.6, "summed": 0.4, "due_closed": 0.4, "ocr": 0.8}
PULL = 6.0
PRIOR |= {"opinion": 0.6, "rivals": -0.4, "derived": -0.2, "lookalike": -0.6, "named": 0.2}


def _weights(names: Sequence[str], matrix: Any, right: Any, weight: Any) -> list[float]:
    """Logistic weights near the prior ones and never of the other sign: more evidence never lowers a confidence."""
    prior = np.array([PRIOR[name] for name in names])

    def loss(w: Any) -> tuple[float, Any]:
        z = w[0] + matrix @ w[1:]
        away = w[1:] - prior
        value = float((weight * (np.logaddexp(0.0, z) - right * z)).sum() + PULL * (away**2).sum())
        slope = weight * (1 / (1 + np.exp(-z)) - right)
        return value, np.concatenate([[slope.sum()], matrix.T @ slope + 2 * PULL * away])

    bounds = [(None, None), *((0.0, None) if p > 0 else (None, 0.0) for p in prior)]
    found = minimize(loss, np.concatenate([[0.0], prior]), jac=True, method="L-BFGS-B", bounds=bounds)
    return [round(float(w), 5) for w in found.x]


def spread(judged: Sequence[risk.Judged], bins: int = 10) -> float:
    """Expected calibration error over ten bins."""
    held: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for row, p in judged:
        held[min(bins - 1, int(p * bins))].append((p, int(row["right"])))
    total = sum(len(b) for b in held.values()) or 1
    return sum(abs(sum(p for p, _ in b) - sum(r for _, r in b)) for b in held.values()) / total


def crossed_errors(judged: Sequence[risk.Judged]) -> dict[str, tuple[float, int]]:
    """Calibration error and number of values per group, each layout judged by a fit without it."""
    names = sorted({g for r, _ in judged if (g := group_of(r["field"], r["features"]))})
    out = {"all": (spread(judged), len(judged))}
    real = [j for j in judged if risk.is_real(j[0])]
    out |= {"real": (spread(real), len(real))} if real else {}
    for name in names:
        mine = [j for j in judged if group_of(j[0]["field"], j[0]["features"]) == name]
        out[name] = (spread(mine), len(mine))
    return out


def train(path: Path, root: Path = ROOT, evidence: Path = EVIDENCE) -> dict[str, float]:
    """Cross-check over layouts, then fit on all rows; write and register, and write the evidence of thresholds by risk."""
    text = path.read_text(encoding="utf-8")
    rows = [json.loads(line) for line in text.splitlines() if line.strip()]
    judged = risk.crossed(rows, fit)
    crossed = crossed_errors(judged)
    model = fit(rows)
    own = LogisticCalibrator(model)
    metrics = {
        "rows": float(len(rows)),
        "ece_unseen_layouts": crossed["all"][0],
        "ece": spread([(r, own(r["field"], r["score"], r["features"])) for r in rows]),
        **{f"ece_{name.replace('/', '_')}": value for name, (value, _) in crossed.items() if name != "all"},
        **{f"rows_{name.replace('/', '_')}": float(count) for name, (_, count) in crossed.items() if name != "all"},
    }
    data = json.dumps(model, sort_keys=True, separators=(",", ":")).encode()
    (root / WEIGHTS).write_bytes(data)
    evidence.write_text(risk.as_text(risk.evidence(judged, sha256_of(data))), encoding="utf-8")
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
