"""An independent sample hospital: how many decisions are right, how many touchless, how many wrongly approved.

    python -m tests.benchmarks.bench_world [WORLD] [--show] [--truth] [--database URL]

WORLD holds csv/, bench/ and expected.json. The files are taken in by `seq`, then one pass runs as of expected.json's date.
Each difference is put down to its cause: when the engine is right on the document's true fields it is the reading, else the
pairing, a check or the policy. `--truth` runs only the engine on the true fields (seconds, nothing is read).
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

from models.beside import beside
from tests.benchmarks.world_truth import truths

DEFAULT = beside("world", "expected.json")
APPROVED = ("AUTO_APPROVED", "APPROVED", "POSTED")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("world", nargs="?", type=Path, default=DEFAULT)
    parser.add_argument("--show", action="store_true", help="print every difference")
    parser.add_argument("--truth", action="store_true", help="only the engine on the true fields")
    parser.add_argument("--database", default=None)
    chosen = parser.parse_args()
    if not (chosen.world / "expected.json").exists():
        print(f"skipped: there is no {chosen.world}/expected.json")
        return 0
    if chosen.truth:
        documents = json.loads((chosen.world / "expected.json").read_text())["documents"]
        found = truths(chosen.world, documents)
        for name, why in found.items():
            if why:
                print(f"{name}: wanted {documents[name]['status']} {documents[name]['codes']}; {why}")
        print(f"{sum(why is None for why in found.values())} of {len(found)} right on their true fields")
        return 0
    os.environ["APDESK_HOME"] = tempfile.mkdtemp(prefix="apdesk-world-")
    if chosen.database:
        os.environ["APDESK_DATABASE_URL"] = chosen.database
    expected = json.loads((chosen.world / "expected.json").read_text())
    rows, seconds = run(chosen.world, expected)
    known = truths(chosen.world, expected["documents"])
    report(expected["documents"], rows, seconds, chosen.show, known)
    return 0


def run(world: Path, expected: dict[str, Any]) -> tuple[list[dict[str, Any]], float]:
    """Load, ingest in order, one pass; the status rows."""
    from pipeline.bootstrap import build_app, build_store
    from pipeline.intake.load import load_directory
    from pipeline.process.advance import run_pass
    from pipeline.process.ingest import ingest_file

    load_directory(build_store(), world / "csv")
    app = build_app(as_of=date.fromisoformat(expected["as_of"]))
    started = time.perf_counter()
    for _, file, received in sorted({(d["seq"], d["file"], _received(d)) for d in expected["documents"].values()}):
        channel = (
            "email" if file.endswith(".eml") else "scan" if "scan" in file else "edi" if "edi" in file else "portal"
        )
        ingest_file(app, world / "bench" / file, channel, date.fromisoformat(received) if received else None)
    run_pass(app, 2)
    return list(app.queries.status_rows()), time.perf_counter() - started


def _received(document: dict[str, Any]) -> str:
    return "" if document["file"].endswith(".eml") else document.get("received_on") or ""


def report(
    documents: dict[str, Any], rows: list[dict[str, Any]], seconds: float, show: bool, known: dict[str, str | None]
) -> None:
    counts: Counter[str] = Counter()
    causes: Counter[str] = Counter()
    used: set[int] = set()
    for name, want in sorted(documents.items(), key=lambda kv: kv[1]["seq"]):
        got = find(want, rows, used)
        verdict = judge(want, got)
        counts[verdict] += 1
        counts["touchless"] += bool(got) and got["status"] in APPROVED
        counts["wrongly approved"] += bool(got) and got["status"] in APPROVED and want["status"] not in APPROVED
        why = known.get(name) or "reading" if name in known else "reading (no true fields to compare)"
        causes[why.partition(" (")[0]] += verdict != "right"
        if show and verdict != "right":
            seen = f"{got['status']} {got['exceptions']} {got['total']} {got['reason']}" if got else "nothing"
            print(
                f"{verdict:12} {name}: wanted {want['status']} {want.get('codes')} {want.get('total')}; {why}; got {seen}"
            )
    extra = len(rows) - len(used)
    print(f"{len(documents)} documents in {seconds:.1f} s: {dict(counts)}; {extra} further items")
    print(f"differences by cause: { ({name: count for name, count in causes.items() if count}) }")


def find(want: dict[str, Any], rows: list[dict[str, Any]], used: set[int]) -> dict[str, Any] | None:
    """The row of the same file, attachment and page range."""
    for position, row in enumerate(rows):
        if position in used or not row["document"].endswith(want["file"]):
            continue
        if want.get("attachment") and row["part"] != want["attachment"]:
            continue
        if want.get("page_range") and row["page_range"] and row["page_range"] != want["page_range"]:
            continue
        used.add(position)
        return row
    return None


def judge(want: dict[str, Any], got: dict[str, Any] | None) -> str:
    if got is None:
        return "missing"
    if got["status"] != want["status"]:
        return "wrong status"
    codes = sorted(set(got["exceptions"]))
    wanted = sorted(set(want.get("codes") or ()))
    strict = want.get("strict_codes", True)
    if (strict and codes != wanted) or not set(want.get("must_codes") or ()) <= set(codes):
        return "wrong codes"
    return "right"


if __name__ == "__main__":
    sys.exit(main())
