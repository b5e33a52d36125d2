"""How well documents are read and how far the confidences can be trusted: the measurement behind docs/accuracy.md.

Reading is measured by `tests.benchmarks.bench_reading` in a process of its own; here its predictions are held against the
truth files once more, value by value, to see whether 0.95 is right 95 times in 100.
"""

import json
import platform
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from models.beside import beside
from models.causes import CAUSES, cause
from models.compare import number, same
from models.registry import ROOT, entries

PAGE_SETS = ("einvoice_pdf", "vendor_pdf", "scanned", "receipts_sroie", "invoice_images_fr")
WORLD_SETS = ("hospital_pdf", "hospital_scan")
EDGES = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.97, 0.99, 1.0001)
FIELDS = frozenset(
    (
        "supplier_name",
        "supplier_tax_id",
        "buyer_name",
        "invoice_number",
        "invoice_date",
        "due_date",
        "po_number",
        "currency",
    )
) | {"subtotal", "tax_total", "total", "amount_due"}
Pair = tuple[float, bool]


@dataclass(frozen=True, slots=True)
class Bin:
    """Values with a confidence in [`low`, `high`): how many, what they promised on average, what share was right."""

    low: float
    high: float
    count: int
    promised: float
    right: float


@dataclass(slots=True)
class Measured:
    """What one or more folders gave: the scorer's tables, (confidence, right) pairs, and errors by (set, cause)."""

    tables: list[str]
    pairs: list[Pair]
    causes: Counter[tuple[str, str]]
    there: list[str]
    absent: list[str]


def evaluate(folder: Path, sets: Sequence[str], split: str, limit: int, cache: Path, docs: Path) -> int:
    """Measure, print, and write `docs`/accuracy.md with its picture. A set that is not there is skipped and named."""
    found = Measured([], [], Counter(), [], [])
    world = beside("world", f"bench/{WORLD_SETS[0]}/*.truth.json") / "bench"
    for place, wanted in ((folder, sets), (world, WORLD_SETS if tuple(sets) == PAGE_SETS else ())):
        code = measure(place, wanted, (split, limit, cache, folder / "score.py"), found)
        if code:
            return code
    if not found.there:
        print(f"{folder} holds none of {', '.join(sets)}: nothing measured.")
        return 0
    binned = bins(found.pairs)
    (docs / "images").mkdir(parents=True, exist_ok=True)
    picture(binned, docs / "images" / "reliability.png")
    shown = " ".join(["python -m models evaluate", *(["--limit", str(limit)] if limit else [])])
    text = report(shown, split, found.there, found.absent, limit, "\n\n".join(found.tables), binned)
    text += causes_table(found.causes) + calibration_table() + risk_table()
    (docs / "accuracy.md").write_text(text, encoding="utf-8")
    return 0


def measure(folder: Path, sets: Sequence[str], how: tuple[str, int, Path, Path], found: Measured) -> int:
    """Read the sets of one folder and add what came out to `found`. Returns an exit code."""
    split, limit, cache, scorer = how
    there = [name for name in sets if (folder / name).is_dir()]
    found.absent += [name for name in sets if name not in there]
    if not there:
        return 0
    command = [sys.executable, "-m", "tests.benchmarks.bench_reading", str(folder), "--sets", ",".join(there)]
    command += ["--split", split, "--limit", str(limit), "--cache", str(cache), "--scorer", str(scorer)]
    with tempfile.TemporaryDirectory() as home:
        out = Path(home) / "predictions.jsonl"
        done = subprocess.run([*command, "--out", str(out)], check=False, capture_output=True, text=True)
        print(done.stdout, done.stderr, sep="")
        if done.returncode:
            return done.returncode
        documents = chosen(folder, split)
        found.pairs += list(pairs(folder, out, documents))
        found.causes += Counter(errors(folder, out, documents))
    found.there += there
    found.tables.append(done.stdout.strip())
    return 0


def errors(folder: Path, predictions: Path, documents: frozenset[str] | None) -> Iterator[tuple[str, str]]:
    """(set, cause) of every wrong, missing or spurious value."""
    for line in predictions.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        file = folder / f"{row['doc']}.truth.json"
        if file.exists() and (documents is None or row["doc"] in documents):
            truth = json.loads(file.read_text(encoding="utf-8"))
            for name, expected in truth["fields"].items():
                read = row["fields"].get(name) or {}
                value = read.get("value") or None
                if name in truth.get("not_on_page", ()) or name not in FIELDS or (expected is None and value is None):
                    continue
                if value is not None and [ok for _, ok in judged({name: {"confidence": 1, **read}}, truth)] in (
                    [True],
                    [],
                ):
                    continue
                accepted = [] if expected is None else [str(expected), *truth.get("alternatives", {}).get(name, ())]
                yield (
                    row["doc"].split("/")[0],
                    cause(name, accepted, value, read.get("rivals", ()), row.get("words", ())),
                )


def chosen(folder: Path, split: str) -> frozenset[str] | None:
    """The documents of a split; None when the folder has no splits."""
    file = folder / "split.json"
    names = json.loads(file.read_text(encoding="utf-8")).get(split) if file.exists() else None
    return frozenset(names) if names else None


def pairs(folder: Path, predictions: Path, documents: frozenset[str] | None) -> Iterator[Pair]:
    """(confidence, right) for every value read of which the truth is known."""
    for line in predictions.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        file = folder / f"{row['doc']}.truth.json"
        if file.exists() and (documents is None or row["doc"] in documents):
            yield from judged(row["fields"], json.loads(file.read_text(encoding="utf-8")))


def judged(fields: dict[str, Any], truth: dict[str, Any]) -> Iterator[Pair]:
    """As the scorer counts: unknown truths and what is not on the page say nothing; a value where there is none is wrong."""
    credit = truth.get("kind") == "credit_note"
    for name, expected in truth["fields"].items():
        read = fields.get(name)
        if read is None or read["value"] in (None, "") or name in truth.get("not_on_page", ()):
            continue
        if expected is None:
            if number(str(read["value"])) != 0:
                yield read["confidence"], False
            continue
        accepted = [expected, *truth.get("alternatives", {}).get(name, ())]
        yield read["confidence"], any(same(name, str(read["value"]), str(value), credit) for value in accepted)


def bins(values: Sequence[Pair]) -> list[Bin]:
    """By confidence; empty bins are left out."""
    found = []
    for low, high in pairwise(EDGES):
        mine = [(confidence, right) for confidence, right in values if low <= confidence < high]
        if mine:
            promised = sum(confidence for confidence, _ in mine) / len(mine)
            found.append(Bin(low, min(high, 1.0), len(mine), promised, sum(right for _, right in mine) / len(mine)))
    return found


def expected_error(found: Sequence[Bin]) -> float:
    """Expected calibration error: the mean distance between promise and truth, weighted by the values of a bin."""
    total = sum(each.count for each in found)
    return sum(each.count * abs(each.promised - each.right) for each in found) / max(1, total)


def picture(found: Sequence[Bin], target: Path) -> None:
    """The reliability diagram: on the diagonal a confidence means what it says; below it, it promises too much."""
    from PIL import Image, ImageDraw, ImageFont

    size, edge = 520, 60
    image = Image.new("RGB", (size, size), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(14)

    def at(x: float, y: float) -> tuple[float, float]:
        return edge + x * (size - 2 * edge), size - edge - y * (size - 2 * edge)

    for step in range(0, 11, 2):
        value = step / 10
        draw.line([at(0, value), at(1, value)], fill="#e3e6ea")
        draw.line([at(value, 0), at(value, 1)], fill="#e3e6ea")
        draw.text((at(value, 0)[0] - 10, size - edge + 8), f"{value:.1f}", "#444", font)
        draw.text((edge - 32, at(0, value)[1] - 8), f"{value:.1f}", "#444", font)
    draw.line([at(0, 0), at(1, 1)], fill="#9aa4b0", width=2)
    points = [at(each.promised, each.right) for each in found]
    if len(points) > 1:
        draw.line(points, fill="#1f5fbf", width=2)
    most = max((each.count for each in found), default=1)
    for (x, y), each in zip(points, found, strict=True):
        radius = 4 + 8 * (each.count / most) ** 0.5
        draw.ellipse([x - radius, y - radius, x + radius, y + radius], fill="#1f5fbf")
    draw.text((size / 2 - 60, size - 28), "confidence given", "#222", font)
    draw.text((edge, 20), "share that is right (dot size: number of values)", "#222", font)
    image.save(target, optimize=True)


def report(
    command: str, split: str, sets: Sequence[str], absent: Sequence[str], limit: int, scores: str, found: Sequence[Bin]
) -> str:
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], check=False, capture_output=True, text=True)
    part = f"the first {limit} documents of each set" if limit else "all documents of each set"
    rows = "\n".join(
        f"| {b.low:.2f} to {b.high:.2f} | {b.count} | {b.promised:.3f} | {b.right:.3f} | {b.right - b.promised:+.3f} |"
        for b in found
    )
    return f"""# How well documents are read

Written by `{command}` on {datetime.now(UTC):%Y-%m-%d} at commit {commit.stdout.strip() or "unknown"}, {platform.machine()},
Python {platform.python_version()}; sets {", ".join(sets)}, split `{split}`, {part}.
{f"Not measured, because they are not here: {', '.join(absent)}." if absent else ""}
The documents are public ones and are no part of this project; each has a truth file. Seconds include OCR on one core, as it was
loaded then; speed for its own sake is measured by `make bench` (`docs/performance.md`).

## Fields and lines

```
{scores.strip()}
```

## What a confidence means

Values read of which the truth is known, by the confidence they were given. In a perfect reader the share that is right
equals the confidence; a share below it means that the reader promises too much. The thresholds of the policy (invoice number
0.95, total 0.97, others 0.90) read this scale. Documents of these sets took part in the fit where they lay beside the checkout;
the error on layouts that the fit did not see is below.

| confidence | values | promised | right | difference |
|---|---|---|---|---|
{rows}

Expected calibration error: {expected_error(found):.3f} over {sum(b.count for b in found)} values.

![Reliability diagram](images/reliability.png)
"""


def causes_table(found: Counter[tuple[str, str]]) -> str:
    """Errors by cause and set."""
    sets = sorted({name for name, _ in found})
    rows = "\n".join(
        f"| {words} | "
        + " | ".join(str(found[name, each]) for name in sets)
        + f" | {sum(found[n, each] for n in sets)} |"
        for each, words in CAUSES.items()
    )
    head = "| cause | " + " | ".join(sets) + " | all |\n|---|" + "---|" * (len(sets) + 1)
    return f"""
## Errors by cause

Header values that are wrong, missing or spurious, counted by what the words on the page say about them.

{head}
{rows}
"""


def calibration_table() -> str:
    """Calibration error on layouts that the fit did not see, per group, as recorded when the calibration was fitted."""
    metrics = entries()["calibration"].metrics
    names = [name.removeprefix("rows_") for name in sorted(metrics) if name.startswith("rows_")]
    rows = "\n".join(
        f"| {n.replace('_', ', ')} | {metrics[f'rows_{n}']:.0f} | {metrics[f'ece_{n}']:.3f} |" for n in names
    )
    return f"""
## Calibration on unseen layouts

Each layout was judged by a calibration fitted without it (five folds by layout; generated documents are a layout each).

| values | count | expected calibration error |
|---|---|---|
| all | {metrics["rows"]:.0f} | {metrics["ece_unseen_layouts"]:.3f} |
{rows}
"""


def risk_table() -> str:
    """What the documents vouch for: the evidence of thresholds by risk."""
    file = ROOT.parent / "rules" / "policies" / "certified.json"
    if not file.exists():
        return ""
    held = json.loads(file.read_text(encoding="utf-8"))
    rows = "\n".join(
        f"| {kind} | {name} | {at} | {n} | {wrong} | {float(bound):.4f} |"
        for kind, fields in held["steps"].items()
        for name, steps in fields.items()
        for at, n, wrong, bound in steps
        if at in ("0.90", "0.97", "0.99")
    )
    sure, layouts = float(held["confidence"]) * 100, held["layouts"]
    return f"""
## What error rates are vouched for

Upper bound of the share of wrong values at or above a confidence, with {sure:.0f} % certainty (Clopper-Pearson, shared over the
thresholds of a field), from {layouts.get("real", 0)} layouts of real documents, {layouts.get("all", 0)} with generated ones.
A policy that asks for less (`confidence.max_error_rate`, `rules/schema.md`) is told so, and no confidence is then enough.

| documents | field | confidence | values | wrong | at most |
|---|---|---|---|---|---|
{rows}
"""
