"""`python -m models train` builds the models again from data; `python -m models evaluate` measures reading with them.

python -m models train [--only classifier,layout,calibration] [--pages 24000] [--rows ROWS.jsonl]
python -m models calibrate [--generated N] [--scans N]
python -m models evaluate [FOLDER] [--sets a,b] [--split dev] [--limit N] [--cache DIR]
"""

import argparse
import importlib
import json
import sys
from pathlib import Path

from models.accuracy import PAGE_SETS, evaluate
from models.beside import beside
from models.calibration.rows import GENERATED, SCANS, collect

PARTS = ("classifier", "layout", "calibration")  # in this order: the calibration is fitted over the layout model


def main(arguments: list[str] | None = None) -> int:
    """Returns an exit code."""
    given = _parser().parse_args(arguments)
    if given.command == "train":
        return train(given.only.split(","), given.pages, given.rows, given.folder)
    if given.command == "calibrate":
        return calibrate(given.rows, given.cache, given.generated, given.scans)
    return evaluate(given.folder, given.sets.split(","), given.split, given.limit, given.cache, given.docs)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m models", description=__doc__.split("\n", maxsplit=1)[0] if __doc__ else ""
    )
    commands = parser.add_subparsers(dest="command", required=True)
    training = commands.add_parser("train", help="classifier, calibration and layout model, from seeds and data")
    training.add_argument("--only", default=",".join(PARTS), help="some of " + ", ".join(PARTS))
    training.add_argument("--pages", type=int, default=24_000, help="generated pages for the layout model")
    training.add_argument("--folder", type=Path, default=Path("var/layout"), help="where its training goes on")
    training.add_argument("--rows", type=Path, default=Path("var/calibration.jsonl"), help="rows for the calibration")
    fitting = commands.add_parser("calibrate", help="read documents, fit the confidences, and what they vouch for")
    fitting.add_argument("--rows", type=Path, default=Path("var/calibration.jsonl"), help="where the values are kept")
    fitting.add_argument("--cache", type=Path, default=Path("var/words"), help="words, so that OCR is read once")
    fitting.add_argument("--generated", type=int, default=GENERATED, help="generated documents with a text layer")
    fitting.add_argument("--scans", type=int, default=SCANS, help="generated documents that are scanned")
    measuring = commands.add_parser("evaluate", help="reading over all sets, with how reliable its confidences are")
    measuring.add_argument("folder", type=Path, nargs="?", default=beside("bench", "score.py"))
    measuring.add_argument("--sets", default=",".join(PAGE_SETS))
    measuring.add_argument("--split", default="dev")
    measuring.add_argument("--limit", type=int, default=0, help="at most so many documents of a set")
    measuring.add_argument("--cache", type=Path, default=Path("var/words"), help="words, so that OCR is read once")
    measuring.add_argument("--docs", type=Path, default=Path("docs"), help="where accuracy.md is written")
    return parser


def train(parts: list[str], pages: int, rows: Path, folder: Path) -> int:
    """Each part by its own module; what cannot be trained here is said, not skipped silently."""
    unknown = [part for part in parts if part not in PARTS]
    if unknown:
        print(f"There is no part {', '.join(unknown)}; parts: {', '.join(PARTS)}.", file=sys.stderr)
        return 2
    if "classifier" in parts:
        _say("classifier", importlib.import_module("models.classifier.train").train())
    if "layout" in parts:
        try:
            layout = importlib.import_module("models.layout.train")
        except ImportError as missing:
            print(f"layout: {missing}; install the extra `train`: skipped")
        else:
            layout.train(pages, folder, 2048)
            layout.export.publish(folder)
    return calibrate(rows, Path("var/words"), GENERATED, SCANS) if "calibration" in parts else 0


def calibrate(rows: Path, cache: Path, generated: int, scans: int) -> int:
    """Read generated documents, and those with truth that lie beside the checkout; fit on them; write the evidence."""
    there = collect(rows, cache, generated, scans)
    print(
        f"calibration: {generated} generated documents and {scans} scans of such; beside them {', '.join(there) or 'none'}"
    )
    _say("calibration", importlib.import_module("models.calibration.fit").train(rows))
    return 0


def _say(part: str, metrics: dict[str, float]) -> None:
    print(f"{part}: {json.dumps(metrics)}")


if __name__ == "__main__":
    sys.exit(main())
