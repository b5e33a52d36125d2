"""How wrong values are that have at least a confidence, and what that vouches for: the evidence of thresholds by risk.

Each value is judged by a calibration that was fitted without its layout. A bound is the upper Clopper-Pearson limit of the
error rate; the uncertainty allowed is shared by the thresholds that are looked at, so that all bounds of a field hold at
once and the policy may pick the lowest threshold that does (rules/risk.py).
"""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from scipy.stats import beta

from models.calibration.apply import LogisticCalibrator
from models.registry import sha256_of

THRESHOLDS = ("0.80", "0.90", "0.95", "0.97", "0.98", "0.99")
FIELDS = ("invoice_number", "total", "invoice_date", "po_number", "currency")
CONFIDENCE = 0.95
FOLDS = 5
Row = dict[str, Any]
Judged = tuple[Row, float]
Fit = Callable[[Sequence[Row]], dict[str, Any]]


def upper_bound(errors: int, n: int, confidence: float) -> float:
    """Upper limit of an error rate of which `errors` in `n` were seen (Clopper and Pearson 1934); 1 without values."""
    return 1.0 if errors >= n else float(beta.ppf(confidence, errors + 1, n - errors))


def fold_of(group: str, folds: int = FOLDS) -> int:
    """The fold of a layout: all its values are in one."""
    return int(sha256_of(group.encode()), 16) % folds


def crossed(rows: Sequence[Row], fit: Fit, folds: int = FOLDS) -> list[Judged]:
    """Every row with the confidence that a calibration fitted on the other layouts gives it."""
    out: list[Judged] = []
    for fold in range(folds):
        mine = [r for r in rows if fold_of(r["group"], folds) == fold]
        others = [r for r in rows if fold_of(r["group"], folds) != fold]
        if mine and others:
            model = LogisticCalibrator(fit(others))
            out += [(r, model(r["field"], r["score"], r["features"])) for r in mine]
    return out


def values(judged: Iterable[Judged], field: str) -> list[tuple[float, bool]]:
    """One (confidence, right) per document: of a value that was asked about twice the higher confidence counts."""
    best: dict[str, tuple[float, bool]] = {}
    for row, confidence in judged:
        if row["field"] == field and (row["doc"] not in best or confidence > best[row["doc"]][0]):
            best[row["doc"]] = (confidence, bool(row["right"]))
    return list(best.values())


def steps(found: Sequence[tuple[float, bool]], confidence: float = CONFIDENCE) -> list[tuple[str, int, int, str]]:
    """(threshold, values at or above it, wrong ones, bound) for every threshold that any value reaches."""
    each = 1 - (1 - confidence) / len(THRESHOLDS)
    out = []
    for at in THRESHOLDS:
        right = [ok for given, ok in found if given >= float(at)]
        if right:
            errors = right.count(False)
            out.append((at, len(right), errors, f"{upper_bound(errors, len(right), each):.5f}"))
    return out


def is_real(row: Row) -> bool:
    return not str(row["doc"]).startswith("generated")


def evidence(judged: Sequence[Judged], calibration: str, confidence: float = CONFIDENCE) -> dict[str, Any]:
    """What the policy reads: per kind of documents and field the steps; `calibration` is the hash of its weights."""
    kinds = {"real": [j for j in judged if is_real(j[0])], "all": list(judged)}
    return {
        "calibration": calibration,
        "confidence": f"{confidence:g}",
        "layouts": {kind: len({row["group"] for row, _ in mine}) for kind, mine in kinds.items()},
        "steps": {
            kind: {field: made for field in FIELDS if (made := steps(values(mine, field), confidence))}
            for kind, mine in kinds.items()
        },
    }


def as_text(made: dict[str, Any]) -> str:
    """One step a line, so that a change can be read."""
    parts = []
    for kind, fields in made["steps"].items():
        inner = ",\n".join(
            f"   {json.dumps(name)}: [\n    " + ",\n    ".join(json.dumps(row) for row in rows) + "\n   ]"
            for name, rows in fields.items()
        )
        parts.append(f"  {json.dumps(kind)}: {{\n{inner}\n  }}" if inner else f"  {json.dumps(kind)}: {{}}")
    head = "".join(f' "{key}": {json.dumps(made[key])},\n' for key in ("calibration", "confidence", "layouts"))
    return "{\n" + head + ' "steps": {\n' + ",\n".join(parts) + "\n }\n}\n"
