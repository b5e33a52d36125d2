"""How fast pages are read, and where the time goes: pages a second with and without start, cold start, memory, stages.

    python -m tests.benchmarks.bench_speed [SHARED] [--most N]

Documents are those of SHARED/bench and SHARED/world; without them, papers of the sample hospital made on the spot. Seconds
on the clock tell little while other work runs beside: processor seconds a page are printed with them, and what they would
give on two idle cores.
"""

import argparse
import importlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from models.beside import beside
from pipeline.ocr.text_layer import needs_ocr, read_text_layer

JOBS = 2
KINDS = (".pdf", ".tif", ".tiff", ".jpg", ".png")
BORN = ("bench/einvoice_pdf", "bench/vendor_pdf", "world/bench/hospital_pdf")
SCANS = ("bench/scanned", "world/bench/hospital_scan")
# Stage, module, function. What one stage spends inside another is counted there only.
STAGES = (
    ("guard: is it safe to open", "pipeline.process.read", "inspect"),
    ("text layer: characters and words", "pipeline.ocr.read", "read_text_layer"),
    ("text layer: is every word visible", "pipeline.ocr.text_layer", "_seen"),
    ("text layer: drawn lines", "pipeline.ocr.text_layer", "_rulings"),
    ("scan: picture of the page", "pipeline.ocr.read", "pdf_picture"),
    ("scan: upright, straight, clean", "pipeline.ocr.read", "prepare"),
    ("scan: OCR engine", "pipeline.ocr.paddle:PaddleEngine", "read"),
    ("scan: second engine on doubtful values", "pipeline.ocr.confirm:SecondReader", "__call__"),
    ("separator sheets", "pipeline.process.read", "batches"),
    ("kind of document, splitting", "pipeline.extract.extract", "split_pages"),
    ("layout model", "models.layout.predict:LayoutModel", "predict"),
    ("fields and lines", "pipeline.extract.extract", "_read"),
)


@dataclass(frozen=True, slots=True)
class Speed:
    """One run: pages, seconds on the clock, processor seconds, largest reader in MiB."""

    pages: int
    seconds: float
    processor: float
    peak: float = 0.0

    @property
    def rate(self) -> str:
        return f"{self.pages / self.seconds:.1f} pages/s"

    @property
    def cost(self) -> str:
        each = self.processor / self.pages
        return f"{1000 * each:.0f} ms of processor a page: {JOBS / each:.1f} pages/s on {JOBS} idle cores"


def papers(shared: Path, sets: Sequence[str], scanned: bool, most: int, folder: Path) -> list[Path]:
    """The first `most` documents, taken evenly from the sets; papers made in `folder` where there are no sets."""
    found = [sorted(f for f in (shared / name).glob("*") if f.suffix in KINDS) for name in sets]
    each = max(1, most // max(1, sum(map(bool, found))))
    files = [file for few in found for file in islice((f for f in few if scanned or has_text(f)), each)]
    return files or list(made(folder, scanned, most))


def has_text(file: Path) -> bool:
    """Whether every page can be read without OCR: a folder of PDFs may hold scans."""
    return not any(map(needs_ocr, read_text_layer(file.read_bytes())))


def made(folder: Path, scanned: bool, most: int) -> Iterator[Path]:
    from fixtures.degrade import scan
    from fixtures.documents import page
    from fixtures.world import world

    folder.mkdir(parents=True, exist_ok=True)
    for number, arrival in enumerate(world().arrivals[:most]):
        data = page(arrival.case)
        file = folder / f"{number:03}.pdf"
        file.write_bytes(scan("office", data, file.name) if scanned else data)
        yield file


def pages_in(readings: Sequence[Any]) -> int:
    return len({page.number for reading in readings for page in reading.layout}) or 1


def sustained(files: Sequence[Path]) -> Speed:
    """JOBS warm readers: each has read its first documents before the clock starts."""
    from pipeline.bootstrap import build_reader

    reader = build_reader(JOBS)
    list(reader.read_many([(file.read_bytes(), file.name, None) for file in files[:JOBS] * 2], JOBS))
    before, began, pages = _processor(), time.perf_counter(), 0
    for readings in reader.read_many(((file.read_bytes(), file.name, None) for file in files), JOBS):
        pages += pages_in(readings)
    return Speed(pages, time.perf_counter() - began, _processor() - before, _peak())


def started(files: Sequence[Path], pages: int, jobs: int = JOBS) -> Speed:
    """`apdesk extract` as a user runs it, from start to end."""
    command = [sys.executable, "-m", "pipeline.cli", "extract", *map(str, files), "--jobs", str(jobs), "--json"]
    before, began = _waited(), time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "OMP_THREAD_LIMIT": "1"})
    return Speed(pages, time.perf_counter() - began, _waited() - before)


def stages(files: Sequence[Path]) -> list[tuple[str, float]]:
    """Milliseconds of processor a page by stage, the dearest first; `the rest` is what no stage names."""
    from pipeline.bootstrap import read_bytes
    from pipeline.process.reader import framed

    spent, undo = _watched()
    try:
        read_bytes(framed(files[0].read_bytes(), None), files[0].name)  # imports and models
        spent.clear()
        began, pages = time.process_time(), 0
        for file in files:
            rows = json.loads(read_bytes(framed(file.read_bytes(), None), file.name))
            pages += len({page["number"] for row in rows for page in row["layout"]}) or 1
        total = time.process_time() - began
    finally:
        for back in undo:
            back()
    table = sorted(spent.items(), key=lambda row: -row[1])
    table += [("the rest", total - sum(spent.values())), ("together", total)]
    return [(name, 1000 * seconds / pages) for name, seconds in table]


def _watched() -> tuple[dict[str, float], list[Callable[[], None]]]:
    """Every stage's function timed in place; the second part takes the timers off again."""
    spent: dict[str, float] = {}
    inner: list[float] = []
    undo: list[Callable[[], None]] = []

    def timed(stage: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def run(*given: Any, **named: Any) -> Any:
            began = time.process_time()
            inner.append(0.0)
            try:
                return work(*given, **named)
            finally:
                whole = time.process_time() - began
                spent[stage] = spent.get(stage, 0.0) + whole - inner.pop()
                if inner:
                    inner[-1] += whole

        return run

    for stage, place, name in STAGES:
        module, _, owner = place.partition(":")
        home = importlib.import_module(module)
        home = getattr(home, owner) if owner else home
        work = getattr(home, name)
        setattr(home, name, timed(stage, work))
        undo.append(lambda home=home, name=name, work=work: setattr(home, name, work))  # type: ignore[misc]
    return spent, undo


def _waited() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _readers() -> list[Path]:
    """The living children of this process, where the system shows them."""
    found = [n for task in Path("/proc/self/task").glob("*/children") for n in task.read_text().split()]
    return [Path("/proc") / number for number in found]


def _processor() -> float:
    """Processor seconds of this process and its living readers."""
    ticks = 0
    for reader in _readers():
        ticks += sum(map(int, (reader / "stat").read_text().rsplit(")", 1)[1].split()[11:15]))
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


def _peak() -> float:
    """Most memory ever held by one reader, in MiB; 0 where the system does not tell."""
    lines = [line for reader in _readers() for line in (reader / "status").read_text().splitlines()]
    return max((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), default=0.0)


Row = tuple[str, str, str, str]


def rows(shared: Path, home: Path, scanned: bool, most: int) -> Iterator[Row]:
    """The rows of one sort of documents for the benchmark table: what, value, target, how."""
    what = "scans" if scanned else "born-digital"
    files = papers(shared, SCANS if scanned else BORN, scanned, most, home)
    target = ">= 2" if scanned else ">= 12"
    warm = sustained(files)
    yield f"{what}, sustained", warm.rate, target, f"{warm.pages} pages of {len(files)} files, --jobs {JOBS}"
    yield f"{what}, processor", f"{1000 * warm.processor / warm.pages:.0f} ms/page", "", warm.cost.split(": ")[1]
    yield f"{what}, memory of one reader", f"{warm.peak:.0f} MiB", "< 900", "the largest of these"
    whole = started(files, warm.pages)
    yield f"{what}, start included", whole.rate, "", whole.cost
    cold = started(files[:1], 1, 1)
    yield f"{what}, first result, cold", f"{cold.seconds:.2f} s", "< 3 s", f"{cold.processor:.2f} s of processor"
    for stage, milliseconds in stages(files):
        yield f"  {stage}", f"{milliseconds:.1f} ms/page", "", "processor time in this process"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("shared", nargs="?", type=Path, default=beside("bench", "score.py").parent)
    parser.add_argument("--most", type=int, default=36, help="documents; scans a third of it")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="apdesk-speed-") as folder:
        for scanned in (False, True):
            most = max(2, given.most // 3) if scanned else given.most
            for what, value, target, how in rows(given.shared, Path(folder) / str(scanned), scanned, most):
                print(f"{what:<44} {value:>20}   {target:<9} {how}", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
