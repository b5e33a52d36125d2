"""Reading measured: field F1, exact documents, line F1 and seconds per document, per set of documents with truth.

    python -m tests.benchmarks.bench_reading [FOLDER] [--sets a,b] [--split dev] [--cache DIR] [--errors N] [--limit N]

FOLDER holds one folder per set and `score.py` in it or in `--scorer`. Words are cached in DIR: OCR is read once.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from models.beside import beside
from models.calibration.apply import load_calibrator
from models.classifier.predict import load_classifier
from models.layout.predict import LayoutModel
from pipeline.domain.document import Kind
from pipeline.domain.reading import Reading
from pipeline.extract.classify import CombinedClassifier
from pipeline.extract.extract import extract_invoices
from pipeline.extract.learned import LayoutSource
from pipeline.ocr.paddle import PaddleEngine
from pipeline.ocr.tesseract import TesseractEngine
from tests.benchmarks.pages import Opinions, documents, pages_of

BILLS = (Kind.INVOICE, Kind.CREDIT_NOTE, Kind.RECEIPT)


def row(doc: str, reading: Reading, seconds: float, words: Sequence[str] = ()) -> dict[str, object]:
    """One prediction line of the scorer; the words and the rivals are for those who ask why."""
    return {
        "doc": doc,
        "seconds": round(seconds, 4),
        "fields": {
            k: {
                "value": v.value,
                "confidence": v.confidence,
                "why": v.why,
                "rivals": [a.value for a in v.alternatives],
            }
            for k, v in reading.fields.items()
        },
        "words": list(words),
        "lines": [
            {
                k: None if (v := getattr(line, k)) is None else str(v)
                for k in ("description", "sku", "quantity", "unit_price", "line_total")
            }
            for line in reading.lines
        ],
    }


def predict(root: Path, sets: Sequence[str], cache: Path | None, limit: int, raw: bool) -> Iterator[dict[str, object]]:
    """Prediction lines; documents that are no bill give none."""
    engine, classifier, calibrator = (
        PaddleEngine(),
        CombinedClassifier(load_classifier()),
        None if raw else load_calibrator(),
    )
    other, sources = TesseractEngine(), (LayoutSource(LayoutModel.registered()),)
    for name in sets:
        truths = {p.name[: -len(".truth.json")] for p in (root / name).glob("*.truth.json")}
        found: dict[str, list[tuple[Reading, float, list[str]]]] = {}
        for stem, data, media_type in list(documents(root / name))[: limit or None]:
            pages, spent = pages_of(data, media_type, cache, engine)
            start = time.perf_counter()
            second = Opinions(data, media_type, pages, other, cache)
            readings = extract_invoices(
                pages, classifier=classifier, candidates=sources, calibrator=calibrator, second_opinion=second
            )
            spent += time.perf_counter() - start
            words = [w.text for page in pages for w in page.words]
            found.setdefault(stem, []).extend((r, spent / len(readings), words) for r in readings)
        for stem, made in found.items():
            bills = [m for m in made if m[0].kind in BILLS]
            several = f"{stem}-1" in truths and stem not in truths
            for number, (reading, seconds, words) in enumerate(bills if several else (bills or made)[:1], 1):
                yield row(f"{name}/{stem}-{number}" if several else f"{name}/{stem}", reading, seconds, words)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0] if __doc__ else "")
    parser.add_argument("folder", type=Path, nargs="?", default=beside("bench", "score.py"))
    parser.add_argument("--sets", default="einvoice_pdf,vendor_pdf,scanned,receipts_sroie,invoice_images_fr")
    parser.add_argument("--split", default="dev")
    parser.add_argument("--scorer", type=Path, default=beside("bench", "score.py") / "score.py")
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--out", type=Path, default=Path("predictions.jsonl"))
    parser.add_argument("--errors", type=int, default=0)
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--raw", action="store_true", help="scores before calibration")
    args = parser.parse_args()
    if not args.folder.is_dir():
        sys.stdout.write(f"{args.folder} is not here: nothing measured.\n")
        return 0
    if args.cache:
        args.cache.mkdir(parents=True, exist_ok=True)
    with args.out.open("w", encoding="utf-8") as handle:
        for line in predict(args.folder, args.sets.split(","), args.cache, args.limit, args.raw):
            handle.write(json.dumps(line) + "\n")
    command = [
        sys.executable,
        str(args.scorer),
        str(args.folder),
        str(args.out),
        "--split",
        args.split,
        "--sets",
        args.sets,
    ]
    return subprocess.run([*command, "--errors", str(args.errors)], check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
