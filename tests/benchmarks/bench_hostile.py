"""Guard and unpacking over a folder of hostile files with a manifest: what was expected, what came out, how long.

Usage: python -m tests.benchmarks.bench_hostile [NASTY_DIR] [--list] [--ocr]
Each file is looked at by the guard and unpacked, then read as far as pages and e-invoices go, in a killable child.
"""

import json
import sys
import time
from collections import Counter
from pathlib import Path

from pipeline.domain.document import Limits
from pipeline.domain.errors import ApdeskError
from pipeline.intake.unpack import UnpackedPart, unpack
from pipeline.process.pool import ReaderPool, Request

# Outcomes that satisfy an expectation; a stricter one is as good, except where a good file must pass.
FITS = {
    "process": {"taken", "unread"},
    "process_parts": {"taken", "unread", "none", "rejected"},
    "review": {"taken", "unread", "none", "rejected", "quarantined", "password"},
    "reject": {"rejected", "quarantined", "none"},
    "reject_or_review": {"taken", "unread", "none", "rejected", "quarantined", "password"},
    "password": {"password", "quarantined"},
    "quarantine": {"quarantined"},
}


def look_with_ocr(data: bytes, name: str) -> bytes:
    """The same with the default engine reading pages without text."""
    return look(data, name, "paddle")


def look(data: bytes, name: str, engine: str = "none") -> bytes:
    """Runs in the child: unpack and read each part; JSON of outcome and reasons."""
    from pipeline.extract.einvoice import embedded_xml, read_einvoice
    from pipeline.extract.x12 import read_x12
    from pipeline.ocr.engine import engine_named
    from pipeline.ocr.read import read_pages
    from pipeline.ocr.render import LockedDocumentError

    def outcome(part: UnpackedPart) -> tuple[str, str]:
        if part.refused:
            return part.refused.status.value, part.refused.reason
        try:
            if part.media_type == "application/xml":
                return ("taken", "") if read_einvoice(part.data) else ("rejected", "The XML is no invoice.")
            if part.media_type == "application/edi-x12":
                findings = [f for r in read_x12(part.data) for f in r.findings]
                return "taken", "; ".join(text for _, text in findings)
            if part.media_type == "application/pdf":
                embedded_xml(part.data)
            pages = read_pages(part.data, part.media_type, engine_named(engine))
            return ("taken" if any(p.words for p in pages) else "unread"), ""
        except LockedDocumentError as error:
            return "password", str(error)
        except ApdeskError as error:
            return "rejected", str(error)

    parts = unpack(data, name, Limits())
    found = [outcome(part) for part in parts if not part.inline]
    return json.dumps(found).encode()


def summary(found: list[tuple[str, str]]) -> str:
    states = {state for state, _ in found}
    for state in ("quarantined", "taken", "unread", "password", "rejected"):
        if state in states:
            return state
    return "none"


def main() -> None:
    root = Path(next((a for a in sys.argv[1:] if not a.startswith("-")), "../shared/nasty"))
    if not (root / "manifest.json").exists():
        sys.stdout.write(f"{root} is absent: nothing measured.\n")
        return
    files = [f for f in json.loads((root / "manifest.json").read_text())["files"] if (root / f["path"]).exists()]
    requests = (Request(f["path"], (root / f["path"]).read_bytes(), Path(f["path"]).name) for f in files)
    table: Counter[tuple[str, str]] = Counter()
    wrong = slow = 0
    start = time.perf_counter()
    target = "tests.benchmarks.bench_hostile:look" + ("_with_ocr" if "--ocr" in sys.argv else "")
    with ReaderPool(2, target, Limits(memory_bytes=1_500_000_000)) as pool:
        for file, result in zip(files, pool.imap(requests), strict=True):
            found = [tuple(pair) for pair in json.loads(result.data)] if result.data else []
            state = summary(found) if result.data is not None else f"killed: {result.exit}"
            fits = state in FITS[file["expect"]] or (state.startswith("killed") and file["expect"] != "process")
            table[file["expect"], state] += 1
            wrong += not fits
            slow += result.seconds > Limits().seconds
            if not fits or "--list" in sys.argv:
                reasons = "; ".join(reason for _, reason in found if reason) or result.reason or ""
                mark = "  " if fits else "! "
                sys.stdout.write(
                    f"{mark}{file['expect']:<16} {state:<12} {result.seconds:5.2f}s {file['path']}: {reasons}\n"
                )
    for (expect, state), count in sorted(table.items()):
        sys.stdout.write(f"{expect:<16} -> {state:<20} {count}\n")
    took = time.perf_counter() - start
    sys.stdout.write(f"{len(files)} files in {took:.0f} s, {wrong} not as expected or stricter, {slow} over time\n")


if __name__ == "__main__":
    main()
