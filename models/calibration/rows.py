"""Gathers the values that the calibration is fitted on: generated documents always, documents with truth when they are there.

The reading itself is done by `tests.benchmarks.collect` in processes of its own, because no model imports the reader.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from models.beside import beside
from models.compare import number, same

SETS = ("einvoice_pdf", "vendor_pdf", "scanned", "receipts_sroie", "invoice_images_fr", "hospital_pdf", "hospital_scan")
GENERATED = 600
SCANS = 90


def folders() -> list[str]:
    """`FOLDER:set,set` of the documents with truth that lie beside the checkout."""
    found: dict[Path, list[str]] = {}
    for name in SETS:
        for folder in (
            beside("bench", f"{name}/*.truth.json"),
            beside("world", f"bench/{name}/*.truth.json") / "bench",
        ):
            if (folder / name).is_dir():
                found.setdefault(folder.resolve(), []).append(name)
                break
    return [f"{folder}:{','.join(names)}" for folder, names in found.items()]


def collect(out: Path, cache: Path, generated: int = GENERATED, scans: int = SCANS, jobs: int = 2) -> list[str]:
    """Write the rows to `out` and return the folders that took part. Raises CalledProcessError when a reader fails."""
    there = folders()
    out.parent.mkdir(parents=True, exist_ok=True)
    parts = [out.with_suffix(f".{n}") for n in range(jobs)]
    command = [sys.executable, "-m", "tests.benchmarks.collect"]
    more = [*there, "--cache", str(cache), "--generated", str(generated), "--scans", str(scans)]
    one_thread = {**os.environ, "OMP_NUM_THREADS": "1", "OMP_THREAD_LIMIT": "1"}
    running = [
        subprocess.Popen([*command, str(part), *more, "--shard", f"{n}/{jobs}"], env=one_thread)
        for n, part in enumerate(parts)
    ]
    codes = [each.wait() for each in running]
    if any(codes):
        raise subprocess.CalledProcessError(max(codes), command)
    lines = [line for part in parts for line in part.read_text(encoding="utf-8").splitlines()]
    out.write_text("".join(f"{line}\n" for line in sorted(lines)), encoding="utf-8")
    for part in parts:
        part.unlink()
    return there


def verdict(truth: dict[str, Any], field: str, value: str | None) -> str:
    """tp, wrong, spurious, fn or unknown: a value against a truth file, as the public scorer counts."""
    if field not in truth["fields"] or field in truth.get("not_on_page", ()):
        return "unknown"
    expected = truth["fields"][field]
    if value in (None, ""):
        return "unknown" if expected is None else "fn"
    if expected is None:
        return "unknown" if number(str(value)) == 0 else "spurious"
    accepted = [expected, *truth.get("alternatives", {}).get(field, ())]
    credit = truth.get("kind") == "credit_note"
    return "tp" if any(same(field, str(value), str(each), credit) for each in accepted) else "wrong"
