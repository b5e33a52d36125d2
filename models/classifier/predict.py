"""The trained kind classifier: a table of weights per word, evaluated without any library of learning."""

import math
from collections.abc import Sequence
from typing import Any

from models.classifier.features import features
from models.registry import load_json
from pipeline.domain.document import Kind, Page
from pipeline.domain.reading import KindGuess


class LinearClassifier:
    """`weights[feature]` holds one number per kind; the probabilities are their softmax."""

    def __init__(self, model: dict[str, Any]) -> None:
        self._kinds = [Kind(k) for k in model["kinds"]]
        self._bias: list[float] = model["bias"]
        self._weights: dict[str, list[float]] = model["weights"]
        self._temperature: float = model.get("temperature", 1.0)

    def probabilities(self, pages: Sequence[Page]) -> dict[Kind, float]:
        """Calibrated probability per kind; they sum to 1."""
        scores, _ = self._scores(pages)
        top = max(scores)
        parts = [math.exp((s - top) / self._temperature) for s in scores]
        return dict(zip(self._kinds, (p / sum(parts) for p in parts), strict=True))

    def __call__(self, pages: Sequence[Page]) -> KindGuess:
        """The likeliest kind with the words that spoke for it most."""
        chances = self.probabilities(pages)
        kind = max(chances, key=lambda k: chances[k])
        at = self._kinds.index(kind)
        _, found = self._scores(pages)
        telling = sorted(found, key=lambda f: -self._weights[f][at])[:5]
        return KindGuess(
            kind,
            round(chances[kind], 4),
            tuple(f"'{f[2:].replace('_', ' ')}'" for f in telling if self._weights[f][at] > 0),
        )

    def _scores(self, pages: Sequence[Page]) -> tuple[list[float], list[str]]:
        found = {f: v for f, v in features(pages).items() if v and f in self._weights}
        # As in training: the vector has length 1, so that long pages do not shout.
        norm = math.sqrt(sum(v * v for v in found.values())) or 1.0
        scores = list(self._bias)
        for name, value in found.items():
            for i, weight in enumerate(self._weights[name]):
                scores[i] += weight * value / norm
        return scores, list(found)


def load_classifier() -> LinearClassifier:
    """The registered classifier. Raises ModelRefused."""
    return LinearClassifier(load_json("kind"))
