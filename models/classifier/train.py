"""Train the kind classifier: `python -m models.classifier.train`. Same seed, same bytes."""

import json
import math
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from models.classifier.features import features
from models.classifier.predict import LinearClassifier
from models.classifier.texts import KINDS, pages
from models.registry import ROOT, Entry, register, sha256_of
from pipeline.domain.document import Page

SEED = 20260301
PER_KIND, TEST_PER_KIND = 500, 150
LARGEST = 4000
WEIGHTS = "classifier/kind.json"


def train(seed: int = SEED, per_kind: int = PER_KIND, root: Path = ROOT) -> dict[str, float]:
    """Fit, write the weights as JSON, register them with their metrics, and return the metrics."""
    rows = [(kind, features((page,))) for kind, page in pages(seed, per_kind)]
    names = _vocabulary([found for _, found in rows])
    index = {name: i for i, name in enumerate(names)}
    matrix = _matrix([found for _, found in rows], index)
    target = np.array([KINDS.index(kind) for kind, _ in rows])
    model = LogisticRegression(C=20.0, max_iter=400, random_state=seed)
    model.fit(matrix, target)
    table = _table(model, names)
    held = list(pages(seed + 1, TEST_PER_KIND))
    table["temperature"] = _temperature(table, held)
    metrics = evaluate(LinearClassifier(table), held)
    data = json.dumps(table, sort_keys=True, separators=(",", ":")).encode()
    (root / WEIGHTS).write_bytes(data)
    digest = sha256_of(repr([(k, sorted(f)) for k, f in rows]).encode())
    register(
        Entry("kind", f"1.{seed}", WEIGHTS, sha256_of(data), digest, seed, "classifier/card.md", metrics),
        root / "registry.toml",
    )
    return metrics


def _vocabulary(rows: Sequence[dict[str, float]]) -> list[str]:
    """Features seen in at least five pages, the most frequent first, at most LARGEST."""
    counts = Counter(name for row in rows for name in row)
    kept = [(c, n) for n, c in counts.items() if c >= 5]
    return sorted(n for _, n in sorted(kept, key=lambda p: (-p[0], p[1]))[:LARGEST])


def _matrix(rows: Sequence[dict[str, float]], index: dict[str, int]) -> csr_matrix:
    values, columns, ends = [], [], [0]
    for row in rows:
        found = {index[n]: v for n, v in row.items() if n in index and v}
        norm = math.sqrt(sum(v * v for v in found.values())) or 1.0
        values += [v / norm for v in found.values()]
        columns += list(found)
        ends.append(len(values))
    return csr_matrix((values, columns, ends), shape=(len(rows), len(index)))


def _table(model: LogisticRegression, names: Sequence[str]) -> dict[str, Any]:
    weights = {n: [round(float(w), 3) for w in model.coef_[:, i]] for i, n in enumerate(names)}
    kept = {n: w for n, w in weights.items() if max(map(abs, w)) >= 0.05}
    return {"kinds": list(KINDS), "bias": [round(float(b), 4) for b in model.intercept_], "weights": kept}


def _temperature(table: dict[str, Any], held: Sequence[tuple[str, Page]]) -> float:
    """The softness at which the held-out log loss is least; never sharper than the fit."""

    def loss(temperature: float) -> float:
        model = LinearClassifier({**table, "temperature": temperature})
        return -sum(
            math.log(max(1e-9, {k.value: p for k, p in model.probabilities((page,)).items()}[kind]))
            for kind, page in held[::4]
        )

    return min((1.0, 1.25, 1.5, 2.0), key=loss)


def evaluate(model: LinearClassifier, held: Sequence[tuple[str, Page]]) -> dict[str, float]:
    """Accuracy over all kinds and how often something that is no bill passes as one at 0.9 or more."""
    right = passed = others = 0
    for kind, page in held:
        guess = model((page,))
        right += guess.kind.value == kind
        if kind not in ("invoice", "credit_note", "receipt"):
            others += 1
            passed += guess.kind.value in ("invoice", "credit_note", "receipt") and guess.probability >= 0.9
    return {"accuracy": right / len(held), "taken_for_a_bill": passed / max(1, others), "pages": float(len(held))}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(train(), indent=1) + "\n")
