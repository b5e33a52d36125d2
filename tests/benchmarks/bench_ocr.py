"""Share of the truth's words that an OCR engine finds, and seconds a page, on scanned documents of a benchmark folder.

Usage: python -m tests.benchmarks.bench_ocr [BENCH_DIR] [ENGINE,...] [SET,...] [LIMIT]
"""

import json
import re
import sys
import time
from itertools import pairwise
from pathlib import Path
from statistics import mean, median

from models.beside import beside
from pipeline.domain.document import Page
from pipeline.domain.errors import InvalidInput
from pipeline.ocr.engine import OcrEngine, engine_named
from pipeline.ocr.read import read_pages

TYPES = {".pdf": "application/pdf", ".tif": "image/tiff", ".jpg": "image/jpeg", ".png": "image/png"}
TEXTS = ("supplier_name", "buyer_name", "invoice_number", "po_number", "supplier_tax_id")
AMOUNTS = ("subtotal", "tax_total", "total", "amount_due")


def tokens(text: str) -> list[str]:
    return re.findall(r"[0-9a-zäöüßéèàç]+", text.lower())


def digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def shares(truth: dict, pages: tuple[Page, ...]) -> tuple[float | None, float | None]:
    """Found words of names and numbers; found amounts (as runs of digits)."""
    unseen = set(truth.get("not_on_page") or ())
    words = [word.text for page in pages for word in page.words]
    seen = {token for word in words for token in tokens(word)}
    runs = [digits(w) for w in words]
    numbers = " ".join(runs) + " " + " ".join(a + b for a, b in pairwise(runs))
    fields = {k: v for k, v in truth["fields"].items() if v and k not in unseen}
    wanted = [t for name in TEXTS for t in tokens(fields.get(name, ""))]
    wanted += [t for i, row in enumerate(truth.get("lines") or ()) if f"lines[{i}].description" not in unseen
               for t in tokens(row.get("description") or "")]  # fmt: skip
    amounts = [digits(fields[name]) for name in AMOUNTS if name in fields]
    amounts += [digits(row["line_total"]) for i, row in enumerate(truth.get("lines") or ())
                if row.get("line_total") and f"lines[{i}].line_total" not in unseen]  # fmt: skip
    found = sum(t in seen for t in wanted) / len(wanted) if wanted else None
    right = sum(a in numbers for a in amounts) / len(amounts) if amounts else None
    return found, right


def measure(engine: OcrEngine, folder: Path, wanted: set[str], limit: int) -> str:
    words, amounts, seconds = [], [], []
    for file in sorted(folder.glob("*.truth.json"))[:limit]:
        name = file.name.removesuffix(".truth.json")
        source = next(p for p in folder.glob(f"{name}.*") if p.suffix in TYPES)
        if wanted and f"{folder.name}/{name}" not in wanted:
            continue
        start = time.perf_counter()
        try:
            pages = read_pages(source.read_bytes(), TYPES[source.suffix], engine)
        except InvalidInput as error:
            sys.stderr.write(f"{name}: {error}\n")
            pages = ()
        seconds.append((time.perf_counter() - start) / max(1, len(pages)))
        found, right = shares(json.loads(file.read_text()), pages)
        words += [found] if found is not None else []
        amounts += [right] if right is not None else []
    if not seconds:
        return "no documents"
    parts = f"words {mean(words or [0]):.3f}  amounts {mean(amounts or [0]):.3f}  s/page {median(seconds):.2f}"
    return f"{folder.name:<16} {engine.name:<10} {len(seconds):>3} documents  {parts}"


def main() -> None:
    bench = Path(sys.argv[1]) if len(sys.argv) > 1 else beside("bench", "score.py")
    engines = (sys.argv[2] if len(sys.argv) > 2 else "paddle,tesseract").split(",")
    sets = (sys.argv[3] if len(sys.argv) > 3 else "scanned,receipts_sroie").split(",")
    limit = int(sys.argv[4]) if len(sys.argv) > 4 else 10_000
    if not bench.is_dir():
        sys.stdout.write(f"{bench} is absent: nothing measured.\n")
        return
    split = bench / "split.json"
    wanted = set(json.loads(split.read_text())["dev"]) if split.exists() else set()
    for name in sets:
        for engine in engines:
            sys.stdout.write(measure(engine_named(engine), bench / name, wanted, limit) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
