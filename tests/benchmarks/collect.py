"""Values with their scores, features and truth, for fitting the calibration.

    python -m tests.benchmarks.collect OUT.jsonl --cache DIR FOLDER:set,set [FOLDER:set ...]

The fit is cross-checked on two halves by layout.
"""

import argparse
import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from models.classifier.predict import load_classifier
from pipeline.domain.document import Kind
from pipeline.extract.classify import CombinedClassifier
from pipeline.extract.extract import extract_invoices
from pipeline.ocr.paddle import PaddleEngine
from tests.benchmarks.pages import documents, pages_of

BILLS = (Kind.INVOICE, Kind.CREDIT_NOTE, Kind.RECEIPT)


class Recorder:
    """A calibrator that changes nothing and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: dict[str, tuple[float, dict[str, float]]] = {}

    def __call__(self, field: str, score: float, features: dict[str, float]) -> float:
        self.asked[field] = (score, features)
        return score


def scorer(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("scorer", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rows_of(
    root: Path, name: str, judge: ModuleType, cache: Path, engine: Any, classifier: Any
) -> list[dict[str, Any]]:
    """One row per value whose truth is known; documents with several invoices are left out."""
    out = []
    for stem, data, media_type in documents(root / name):
        path = root / name / f"{stem}.truth.json"
        if not path.exists():
            continue
        truth = json.loads(path.read_text(encoding="utf-8"))
        pages, _ = pages_of(data, media_type, cache, engine)
        recorder = Recorder()
        readings = [r for r in extract_invoices(pages, classifier=classifier, calibrator=recorder) if r.kind in BILLS]
        if len(readings) != 1:
            continue
        for field, (score, features) in recorder.asked.items():
            verdict = judge.judge_field(truth, field, readings[0].text(field))
            if verdict in ("tp", "wrong", "spurious"):
                out.append(
                    {
                        "doc": f"{name}/{stem}",
                        "group": truth.get("group", stem),
                        "field": field,
                        "score": score,
                        "features": features,
                        "right": verdict == "tp",
                    }
                )
    return out


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("folders", nargs="+", help="FOLDER:set,set")
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--scorer", type=Path, default=Path("../shared/bench/score.py"))
    args = parser.parse_args()
    judge, engine, classifier = scorer(args.scorer), PaddleEngine(), CombinedClassifier(load_classifier())
    rows: list[dict[str, Any]] = []
    for entry in args.folders:
        folder, _, sets = entry.rpartition(":")
        for name in sets.split(","):
            rows += rows_of(Path(folder), name, judge, args.cache, engine, classifier)
    args.out.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    sys.stdout.write(f"{len(rows)} values, {sum(r['right'] for r in rows)} right\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
