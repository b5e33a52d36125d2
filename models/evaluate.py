"""Scores the layout model alone: on held-out generated pages, and on real documents with truth files.

    python -m models.evaluate --generated 300
    python -m models.evaluate --bench FOLDER --sets vendor_pdf,scanned

`--reader` and `--engine` name the function that gives the pages of a file and its OCR engine. Values are the best
candidate per field, as printed: what rules, arithmetic and open orders add is not in these figures.
"""

import argparse
import json
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from models.compare import number, same, same_name
from models.features import page_features
from models.layout.batches import anchors
from models.layout.labels import label_id
from models.layout.lexicon import WORDS
from models.layout.predict import Candidate, LayoutModel
from models.layout.scoring import span_scores
from models.pages import generate
from pipeline.domain.document import Page

log = logging.getLogger("models.evaluate")
FIELDS = (
    "supplier_name",
    "supplier_tax_id",
    "buyer_name",
    "invoice_number",
    "invoice_date",
    "due_date",
    "po_number",
    "subtotal",
    "tax_total",
    "total",
    "amount_due",
)
Reader = Callable[[bytes, str], tuple[Page, ...]]
MEDIA = {
    ".pdf": "application/pdf",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
}
MAX_PAGES = 8


def generated(model: LayoutModel, count: int, seed: int = 7) -> dict[str, Any]:
    """Exact spans, row links, kinds and milliseconds a page on held-out generated pages."""
    truth, guess, right, known, kinds, spent = [], [], 0, 0, 0, 0.0
    for index in range(count):
        made = generate.page(seed, 100_000 + index)
        began = time.perf_counter()
        scores = model.scores(made.page)
        spent += time.perf_counter() - began
        order = page_features(made.page, str(WORDS)).order
        truth.append([label_id(made.tags[i], made.begins[i]) for i in order])
        guess.append(scores.tags.argmax(1)[order])
        rows = anchors([made.tags[i] for i in order], [made.items[i] for i in order])
        best = scores.links[np.ix_(order, order)].argmax(1)
        right += int((best[rows >= 0] == rows[rows >= 0]).sum())
        known += int((rows >= 0).sum())
        kinds += max(zip(scores.kinds, model_kinds(), strict=True))[1] == made.kind
    return {
        "pages": count,
        "fields": span_scores(truth, guess),
        "rows": right / max(known, 1),
        "kind": kinds / count,
        "ms": 1000 * spent / count,
    }


def model_kinds() -> tuple[str, ...]:
    from models.layout.labels import KINDS

    return KINDS


def pages_of(path: Path, reader: Reader) -> tuple[Page, ...]:
    """The pages of a file, at most MAX_PAGES."""
    return reader(path.read_bytes(), MEDIA[path.suffix.lower()])[:MAX_PAGES]


def best_values(model: LayoutModel, pages: Iterable[Page]) -> tuple[dict[str, Candidate], list[dict[str, str]]]:
    """The best candidate of each field over all pages (later pages a little less), and the lines of all pages."""
    best: dict[str, tuple[float, Candidate]] = {}
    lines: list[dict[str, str]] = []
    for n, page in enumerate(pages):
        reading = model.read(page)
        for c in reading.candidates:
            if c.row is None:
                weight = c.score * (
                    1.0 if n == 0 or c.field in ("total", "amount_due", "subtotal", "tax_total") else 0.8
                )
                if c.field not in best or weight > best[c.field][0]:
                    best[c.field] = (weight, c)
        lines += [{part.field.removeprefix("item_"): part.value_text for part in row} for row in reading.rows()]
    return {field: c for field, (_, c) in best.items()}, lines


def score_document(truth: dict[str, Any], best: dict[str, Candidate], least: float) -> dict[str, str]:
    """Verdict per field: right, wrong, missing, spurious; a total not found may be the amount due."""
    out: dict[str, str] = {}
    credit = truth.get("kind") == "credit_note"
    for field in FIELDS:
        if field not in truth["fields"] or field in truth.get("not_on_page", ()):
            continue
        expected = truth["fields"][field]
        found = best.get(field) or (
            best.get("amount_due") if field == "total" else best.get("total") if field == "amount_due" else None
        )
        if found is not None and found.score < least:
            found = None
        if expected is None:
            if found is not None and number(found.value_text) != 0:
                out[field] = "spurious"
        elif found is None:
            out[field] = "missing"
        else:
            accepted = [expected, *truth.get("alternatives", {}).get(field, ())]
            out[field] = "right" if any(same(field, found.value_text, str(a), credit) for a in accepted) else "wrong"
    return out


def score_lines(truth: dict[str, Any], lines: list[dict[str, str]]) -> tuple[int, int, int]:
    """Lines whose numbers and words agree with the truth, lines found, lines wanted."""
    free, hit = list(lines), 0
    hidden = set(truth.get("not_on_page", ()))
    for n, line in enumerate(truth.get("lines") or []):
        for guess in free:
            keys = [
                k
                for k in ("quantity", "unit_price", "line_total")
                if line.get(k) is not None and f"lines[{n}].{k}" not in hidden
            ]
            if all(same(k, guess.get(k, ""), str(line[k]), truth.get("kind") == "credit_note") for k in keys) and (
                not line.get("description") or _described(guess.get("description", ""), str(line["description"]))
            ):
                free.remove(guess)
                hit += 1
                break
    return hit, len(lines), len(truth.get("lines") or [])


def _described(a: str, b: str) -> bool:
    one, two = set(a.lower().split()), set(b.lower().split())
    return len(one & two) >= 0.5 * min(len(one), len(two)) if one and two else same_name(a, b)


def bench(
    model: LayoutModel,
    root: Path,
    sets: list[str],
    reader: Reader,
    least: float,
    cache: dict[str, tuple[Page, ...]] | None = None,
) -> dict[str, Any]:
    """Field and line scores of each set of a bench folder; only documents of its `dev` split where it has one."""
    split = json.loads((root / "split.json").read_text())["dev"] if (root / "split.json").exists() else None
    report: dict[str, Any] = {}
    for name in sets:
        counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        totals, errors = [0, 0, 0], []
        for truth_path in sorted((root / name).glob("*.truth.json")):
            stem = truth_path.name.removesuffix(".truth.json")
            source = next((p for p in sorted((root / name).glob(f"{stem}.*")) if p.suffix.lower() in MEDIA), None)
            if source is None or (split is not None and f"{name}/{stem}" not in split):
                continue
            pages = cache[str(source)] if cache is not None and str(source) in cache else pages_of(source, reader)
            if cache is not None:
                cache[str(source)] = pages
            truth = json.loads(truth_path.read_text())
            best, lines = best_values(model, pages)
            for field, verdict in score_document(truth, best, least).items():
                counts[field][verdict] += 1
                counts["all"][verdict] += 1
                if verdict != "right":
                    errors.append(
                        (
                            stem,
                            field,
                            verdict,
                            best[field].value_text if field in best else None,
                            truth["fields"][field],
                        )
                    )
            if truth.get("lines"):
                totals = [a + b for a, b in zip(totals, score_lines(truth, lines), strict=True)]
        report[name] = {"fields": {f: _f1(c) for f, c in counts.items()}, "lines": _line_f1(totals), "errors": errors}
    return report


def _f1(c: dict[str, int]) -> dict[str, float]:
    precision = c["right"] / max(c["right"] + c["wrong"] + c["spurious"], 1)
    recall = c["right"] / max(c["right"] + c["wrong"] + c["missing"], 1)
    return {
        "f1": 2 * precision * recall / max(precision + recall, 1e-9),
        "precision": precision,
        "recall": recall,
        "n": c["right"] + c["wrong"] + c["missing"],
    }


def _line_f1(totals: list[int]) -> dict[str, float]:
    hit, found, wanted = totals
    return {"f1": 2 * hit / max(found + wanted, 1), "found": found, "wanted": wanted}


def named(name: str) -> Any:
    """The object `module:name`, loaded by name so that this room imports no other."""
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)


def named_reader(function: str, engine: str) -> Reader:
    """A reader of bytes and media type, with its OCR engine made once."""
    read, made = named(function), named(engine)()
    return lambda data, media_type: tuple(read(data, media_type, made))


def table(report: dict[str, Any]) -> str:
    """A readable table of a bench report."""
    lines = [f"{'field':<18}" + "".join(f"{name[:16]:>18}" for name in report)]
    for field in ("all", *FIELDS):
        cells = [r["fields"].get(field) for r in report.values()]
        lines.append(f"{field:<18}" + "".join(f"{c['f1']:>12.3f} ({c['n']:>3})" if c else f"{'-':>18}" for c in cells))
    lines.append(
        f"{'lines':<18}" + "".join(f"{r['lines']['f1']:>12.3f} ({r['lines']['wanted']:>3})" for r in report.values())
    )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=Path(__file__).parent / "layout" / "weights" / "layout.onnx")
    parser.add_argument("--generated", type=int, default=0)
    parser.add_argument("--bench", type=Path)
    parser.add_argument("--sets", default="einvoice_pdf,vendor_pdf,invoice_images_fr,scanned")
    parser.add_argument("--reader", default="pipeline.ocr.read:read_pages")
    parser.add_argument("--engine", default="pipeline.ocr.paddle:PaddleEngine")
    parser.add_argument("--least", type=float, default=0.3)
    parser.add_argument("--errors", action="store_true")
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    model = LayoutModel.load(args.model)
    if args.generated:
        log.info("%s", json.dumps(generated(model, args.generated), indent=1))
    if args.bench and not args.bench.is_dir():
        log.info("No bench at %s: skipped.", args.bench)
    elif args.bench:
        report = bench(model, args.bench, args.sets.split(","), named_reader(args.reader, args.engine), args.least)
        log.info("%s", table(report))
        for name, part in report.items() if args.errors else ():
            for error in part["errors"]:
                log.info("%s %s", name, error)


if __name__ == "__main__":
    main()
