"""Values with their scores, features and truth, for fitting the calibration.

    python -m tests.benchmarks.collect OUT.jsonl --cache DIR [FOLDER:set,set ...] [--generated N] [--scans N]

Generated documents alone are enough; documents with truth beside the checkout come on top. `--shard 0/2` takes every
second document, so that two processes share the work: `python -m models calibrate` does that.
"""

import argparse
import importlib.util
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

from models.beside import beside
from models.calibration.rows import verdict
from models.classifier.predict import load_classifier
from models.layout.predict import LayoutModel
from models.pages.facts import Facts
from models.pages.generate import document
from models.pages.grammar import compose
from pipeline.domain.document import Kind
from pipeline.domain.reading import Reading
from pipeline.extract.classify import CombinedClassifier
from pipeline.extract.extract import extract_invoices
from pipeline.extract.learned import LayoutSource
from pipeline.ocr.paddle import PaddleEngine
from pipeline.ocr.tesseract import TesseractEngine
from tests.benchmarks.drawn import scanned
from tests.benchmarks.pages import Opinions, documents, pages_of

SEED = 515_000
Shard = Callable[[int], bool]
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


class OwnJudge:
    """Judges where no scorer lies beside the checkout."""

    judge_field = staticmethod(verdict)


def scorer(path: Path) -> Any:
    if not path.exists():
        return OwnJudge
    spec = importlib.util.spec_from_file_location("scorer", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rows_of(
    root: Path, name: str, judge: Any, cache: Path, engines: tuple[Any, ...], classifier: Any, mine: Shard
) -> list[dict[str, Any]]:
    """One row per value whose truth is known; documents with several invoices are left out."""
    out: list[dict[str, Any]] = []
    engine, other, *sources = engines
    for place, (stem, data, media_type) in enumerate(documents(root / name)):
        if not mine(place):
            continue
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
    doc: str, group: str, truth: dict[str, Any], reading: Reading, recorder: Recorder, judge: Any
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


def tells_currency(facts: Facts, words: set[str]) -> bool:
    """Whether the page says its currency: by code, by a sign that means one currency, or as custom has it (plain USD)."""
    style = facts.style
    if (style.locale, style.currency) == ("us", "USD"):
        return True
    signs = {style.currency} | ({style.symbol} if style.symbol != "$" or style.currency == "USD" else set())
    return any(sign in word for sign in signs for word in words)


def truth_of(facts: Facts, tags: set[str], words: set[str]) -> dict[str, Any]:
    """The truth of a generated document, as truth files state it: what is printed, without the sign of a credit."""
    values = {**facts.numbers, **{k: d.isoformat() for k, d in facts.dates.items()}}
    values |= {"subtotal": str(facts.subtotal), "tax_total": str(facts.tax), "total": str(facts.total)}
    values |= {"supplier_name": facts.supplier.name, "buyer_name": facts.buyer.name, "currency": facts.style.currency}
    known = {k: v for k, v in values.items() if k in tags}
    if tells_currency(facts, words):
        known["currency"] = facts.style.currency
    if facts.kind == "credit_note":
        known = {k: v.lstrip("-") for k, v in known.items()}
    return {"kind": facts.kind, "fields": {"po_number": None, "due_date": None, **known}}


def generated(count: int, judge: Any, classifier: Any, sources: Sequence[Any], mine: Shard) -> list[dict[str, Any]]:
    """Values of generated documents, each a layout of its own, from a seed that no other model was trained on."""
    out = []
    for index in filter(mine, range(count)):
        facts = compose(Random(f"{SEED}/{index}")).facts
        made = document(SEED, index)
        # Simulated misreadings are not those of a real engine: scanned pages are fitted on scans that were read.
        if facts.kind not in ("invoice", "credit_note") or not made or any(p.page.source == "ocr" for p in made):
            continue
        words = {word.text for page in made for word in page.page.words}
        truth = truth_of(facts, {tag for page in made for tag in page.tags}, words)
        recorder = Recorder()
        read = tuple(p.page for p in made)
        found = extract_invoices(read, classifier=classifier, candidates=sources, calibrator=recorder)
        readings = [r for r in found if r.kind in BILLS]
        if len(readings) == 1:
            out += judged(f"generated/{index}", f"generated-{index}", truth, readings[0], recorder, judge)
    return out


def scans(
    count: int, judge: Any, cache: Path, engines: tuple[Any, ...], classifier: Any, mine: Shard
) -> list[dict[str, Any]]:
    """Values of generated documents that were drawn, scanned and read by the real engines."""
    engine, other, *sources = engines
    out: list[dict[str, Any]] = []
    for index in filter(mine, range(count)):
        made = scanned(index)
        if made is None:
            continue
        facts, tags, printed, data, media_type = made
        pages, _ = pages_of(data, media_type, cache, engine)
        recorder, second = Recorder(), Opinions(data, media_type, pages, other, cache)
        found = extract_invoices(
            pages, classifier=classifier, candidates=sources, calibrator=recorder, second_opinion=second
        )
        readings = [r for r in found if r.kind in BILLS]
        if len(readings) == 1:
            doc = f"generated-scan/{index}"
            out += judged(doc, doc, truth_of(facts, tags, printed), readings[0], recorder, judge)
    return out


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("folders", nargs="*", help="FOLDER:set,set")
    parser.add_argument("--generated", type=int, default=0, help="documents of models.pages")
    parser.add_argument("--scans", type=int, default=0, help="scans of documents of models.pages")
    parser.add_argument("--shard", default="0/1", help="K/N: every N-th document from the K-th on")
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--scorer", type=Path, default=beside("bench", "score.py") / "score.py")
    args = parser.parse_args()
    number, of = (int(n) for n in args.shard.split("/"))
    args.cache.mkdir(parents=True, exist_ok=True)

    def mine(place: int) -> bool:
        return place % of == number

    judge, engine, classifier = scorer(args.scorer), PaddleEngine(), CombinedClassifier(load_classifier())
    rows: list[dict[str, Any]] = []
    source = LayoutSource(LayoutModel.registered())
    engines = (engine, TesseractEngine(), source)
    for entry in args.folders:
        folder, _, sets = entry.rpartition(":")
        for name in sets.split(","):
            rows += rows_of(Path(folder), name, judge, args.cache, engines, classifier, mine)
    rows += generated(args.generated, judge, classifier, (source,), mine)
    rows += scans(args.scans, judge, args.cache, engines, classifier, mine)
    args.out.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    sys.stdout.write(f"{len(rows)} values, {sum(r['right'] for r in rows)} right\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
