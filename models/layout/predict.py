"""Reads a page with the exported layout model: onnxruntime on one thread, no training library."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from models.features import Features, page_features, reading_order
from models.layout.decode import Candidate, Scores, header_candidates, row_candidates
from models.layout.labels import KINDS, NAMES
from models.registry import load_bytes
from pipeline.domain.document import Page

__all__ = ["Candidate", "LayoutModel", "LayoutReading"]
WEIGHTS = Path(__file__).parent / "weights"
WINDOW = 900
OVERLAP = 200


@dataclass(frozen=True, slots=True)
class LayoutReading:
    """All the model says about a page. `kinds` maps a document kind to its probability; `first` is the probability that
    a document starts on this page."""

    candidates: tuple[Candidate, ...]
    kinds: dict[str, float]
    first: float

    def best(self, field: str) -> Candidate | None:
        """The highest scored header candidate of a field."""
        found = [c for c in self.candidates if c.field == field and c.row is None]
        return max(found, key=lambda c: c.score) if found else None

    def rows(self) -> tuple[tuple[Candidate, ...], ...]:
        """The parts of each line item, from the top."""
        groups: dict[int, list[Candidate]] = {}
        for candidate in self.candidates:
            if candidate.row is not None:
                groups.setdefault(candidate.row, []).append(candidate)
        return tuple(tuple(groups[row]) for row in sorted(groups))


class LayoutModel:
    """A loaded model. Safe to use from several threads."""

    def __init__(self, session: onnxruntime.InferenceSession, words: str) -> None:
        self._session = session
        self._words = words

    @classmethod
    def load(cls, path: Path = WEIGHTS / "layout.onnx", words: Path = WEIGHTS / "words.txt") -> "LayoutModel":
        """Load weights and word list from files. Raises FileNotFoundError when either is missing."""
        for needed in (path, words):
            if not needed.is_file():
                raise FileNotFoundError(needed)
        return cls.of(path.read_bytes(), words)

    @classmethod
    def registered(cls) -> "LayoutModel":
        """The registered model; raises ModelRefused when its file is missing or not the registered one."""
        return cls.of(load_bytes("layout"), WEIGHTS / "words.txt")

    @classmethod
    def of(cls, weights: bytes, words: Path) -> "LayoutModel":
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        return cls(onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"]), str(words))

    def predict(self, page: Page) -> tuple[Candidate, ...]:
        """Candidates for header fields (`row` None) and for the parts of line items (`row` numbered from the top)."""
        return self.read(page).candidates

    def read(self, page: Page) -> LayoutReading:
        """Candidates, document kind, whether a document starts here. A page without words is of kind `other`."""
        if not page.words:
            return LayoutReading((), {kind: float(kind == "other") for kind in KINDS}, 0.0)
        scores = self.scores(page)
        kinds = {kind: float(p) for kind, p in zip(KINDS, scores.kinds, strict=True)}
        return LayoutReading((*header_candidates(page, scores), *row_candidates(page, scores)), kinds, scores.first)

    def scores(self, page: Page) -> Scores:
        """Probabilities per word of the page; long pages are read in overlapping windows, words where most central."""
        features = page_features(page, self._words)
        count = len(features.order)
        tags = np.zeros((count, len(NAMES)), np.float32)
        links = np.zeros((count, count), np.float32)
        kinds: list[Any] = []
        starts = [0] if count <= WINDOW else list(range(0, count - OVERLAP, WINDOW - OVERLAP))
        for start in starts:
            end = min(start + WINDOW, count)
            tag, row, kind = self._run(features, start, end)
            low = start if start == 0 else start + OVERLAP // 2
            high = end if end == count else end - OVERLAP // 2
            tags[low:high] = _softmax(tag)[low - start : high - start]
            links[low:high, start:end] = _softmax(row)[low - start : high - start]
            kinds.append(kind)
        back = np.empty(count, np.int64)
        back[features.order] = np.arange(count)
        lines, height = _lines(page)
        return Scores(
            tags[back],
            links[np.ix_(back, back)],
            _softmax(kinds[0][:-1]),
            float(1 / (1 + np.exp(-kinds[0][-1]))),
            features.order,
            lines,
            height,
        )

    def _run(self, f: Features, start: int, end: int) -> tuple[Any, Any, Any]:
        near = f.near[start:end]
        feed = {
            "chars": f.chars[None, start:end],
            "words": f.words[None, start:end],
            "numeric": f.numeric[None, start:end],
            "places": f.places[None, start:end],
            "near": np.where((near >= start) & (near < end), near - start, -1)[None],
            "pairs": f.pairs[None, start:end, start:end].astype(np.int64),
            "mask": np.ones((1, end - start), np.float32),
        }
        tag, row, kind = self._session.run(None, feed)
        return tag[0], row[0], kind[0]


def _softmax(x: Any) -> Any:
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def _lines(page: Page) -> tuple[Any, float]:
    """The line of each word and the median word height in points."""
    ratio = page.height / page.width if page.width else 1.3
    boxes = np.array([(w.box.x0, w.box.y0 * ratio, w.box.x1, w.box.y1 * ratio) for w in page.words], np.float32)
    tall = max(float(np.median(boxes[:, 3] - boxes[:, 1])), 1e-3)
    return reading_order(boxes, tall)[1], tall * page.width
