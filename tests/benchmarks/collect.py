"""Values with their scores, features and truth, for fitting the calibration.

    python -m tests.benchmarks.collect OUT.jsonl --cache DIR FOLDER:set,set [FOLDER:set ...]

The fit is cross-checked on two halves by layout.
"""

import argparse
import importlib.util
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

from models.beside import beside
from models.classifier.predict import load_classifier
from models.layout.predict import LayoutModel
from models.pages.generate import document
from models.pages.grammar import compose
from pipeline.domain.document import Kind
from pipeline.domain.reading import Reading
from pipeline.extract.classify import CombinedClassifier
from pipeline.extract.extract import extract_invoices
from pipeline.extract.learned import LayoutSource
from pipeline.ocr.paddle import PaddleEngine
from pipeline.ocr.tesseract import TesseractEngine
from tests.benchmarks.pages import Opinions, documents, pages_of

SEED = 515_000
BILLS = (Kind.INVOICE, Kind.CREDIT_NOTE, Kind.RECEIPT)


class Recorder:
    """A calibrator that changes nothing and remembers what it was asked, last with the second engine's opinion."""

    def __init__(self) -> None:
        self.asked: dict[str, list[tuple[float, dict[str, float]]]] = {}

    def __call__(self, field: str, score: float, features: dict[str, float]) -> float:
        held = self.asked.setdefault(field, [])
        if not features.get("opinion"):
            held.clear()
        held.append((score, dict(features)))
        return min(score, 0.5)  # never sure, so that the second engine is asked about every value


def scorer(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("scorer", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rows_of(
    root: Path, name: str, judge: ModuleType, cache: Path, engines: tuple[Any, ...], classifier: Any
) -> list[dict[str, Any]]:
    """One row per value whose truth is known; documents with several invoices are left out."""
    out: list[dict[str, Any]] = []
    engine, other, *sources = engines
    for stem, data, media_type in documents(root / name):
        path = root / name / f"{stem}.truth.json"
        if not path.exists():
            continue
        truth = json.loads(path.read_text(encoding="utf-8"))
        pages, _ = pages_of(data, media_type, cache, engine)
        recorder = Recorder()
        second = Opinions(data, media_type, pages, other, cache)
        found = extract_invoices(
            pages, classifier=classifier, candidates=sources, calibrator=recorder, second_opinion=second
        )
        readings = [r for r in found if r.kind in BILLS]
        if len(readings) == 1:
            out += judged(f"{name}/{stem}", truth.get("group", stem), truth, readings[0], recorder, judge)
    return out


def judged(
    doc: str, group: str, truth: dict[str, Any], reading: Reading, recorder: Recorder, judge: ModuleType
) -> list[dict[str, Any]]:
    """Rows of one document; a value with and without an opinion gives two rows of half weight."""
    out = []
    for field, asked in recorder.asked.items():
        verdict = judge.judge_field(truth, field, reading.text(field))
        if verdict not in ("tp", "wrong", "spurious"):
            continue
        for score, features in asked:
            row = {"doc": doc, "group": group, "field": field, "score": score, "features": features}
            out.append({**row, "right": verdict == "tp", "weight": 1 / len(asked)})
    return out


def generated(count: int, judge: ModuleType, classifier: Any, sources: Sequence[Any]) -> list[dict[str, Any]]:
    """Values of generated documents, each a layout of its own, from a seed that no other model was trained on."""
    out = []
    for index in range(count):
        facts = compose(Random(f"{SEED}/{index}")).facts
        made = document(SEED, index)
        # Simulated misreadings are not those of a real engine: scanned pages are fitted on real scans alone.
        if facts.kind not in ("invoice", "credit_note") or not made or any(p.page.source == "ocr" for p in made):
            continue
        tags = {tag for page in made for tag in page.tags}
        values = {**facts.numbers, **{k: d.isoformat() for k, d in facts.dates.items()}}
        values |= {"subtotal": str(facts.subtotal), "tax_total": str(facts.tax), "total": str(facts.total)}
        values |= {
            "supplier_name": facts.supplier.name,
            "buyer_name": facts.buyer.name,
            "currency": facts.style.currency,
        }
        known = {k: v for k, v in values.items() if k in tags or k == "currency"}
        if facts.kind == "credit_note":
            known = {k: v.lstrip("-") for k, v in known.items()}
        truth = {"kind": facts.kind, "fields": {"po_number": None, "due_date": None, **known}}
        recorder = Recorder()
        read = tuple(p.page for p in made)
        found = extract_invoices(read, classifier=classifier, candidates=sources, calibrator=recorder)
        readings = [r for r in found if r.kind in BILLS]
        if len(readings) == 1:
            out += judged(f"generated/{index}", f"generated-{index}", truth, readings[0], recorder, judge)
    return out


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("folders", nargs="+", help="FOLDER:set,set")
    parser.add_argument("--generated", type=int, default=0, help="documents of models.pages")
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--scorer", type=Path, default=beside("bench", "score.py") / "score.py")
    args = parser.parse_args()
    judge, engine, classifier = scorer(args.scorer), PaddleEngine(), CombinedClassifier(load_classifier())
    rows: list[dict[str, Any]] = []
    source = LayoutSource(LayoutModel.registered())
    for entry in args.folders:
        folder, _, sets = entry.rpartition(":")
        for name in sets.split(","):
            rows += rows_of(Path(folder), name, judge, args.cache, (engine, TesseractEngine(), source), classifier)
    rows += generated(args.generated, judge, classifier, (source,))
    args.out.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    sys.stdout.write(f"{len(rows)} values, {sum(r['right'] for r in rows)} right\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
