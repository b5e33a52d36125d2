"""A folder of hostile files with a manifest through the real path: received, read and routed in a store of its own.

Usage: python -m tests.benchmarks.bench_hostile [NASTY_DIR] [--list] [--kinds] [--only WORD]
Checked for each file: the expected outcome or a stricter one, within the time; one ledger entry per document and a
reason for whatever is not taken; the original readable by its SHA-256; nothing written outside the store; nobody called.
"""

import hashlib
import json
import os
import resource
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.beside import beside

# Outcomes that satisfy an expectation; a stricter one is as good, except where a good file must pass.
FITS = {
    "process": {"taken", "unread"},
    "process_parts": {"taken", "unread", "rejected"},
    "review": {"taken", "unread", "rejected", "quarantined", "password"},
    "reject": {"rejected", "quarantined", "unread"},
    "reject_or_review": {"taken", "unread", "rejected", "quarantined", "password"},
    "password": {"password", "quarantined"},
    "quarantine": {"quarantined"},
}
STRICTEST = ("quarantined", "taken", "unread", "password", "rejected")
SECONDS = 30.0
WATCHED = (Path("/tmp"), Path("/var/tmp"), Path("/etc/cron.d"), Path.cwd())


@dataclass
class Outcome:
    """What became of one file."""

    path: str
    kind: str
    expect: str
    state: str
    seconds: float
    reasons: list[str]
    faults: list[str] = field(default_factory=list)

    @property
    def fits(self) -> bool:
        return self.state in FITS[self.expect]


class Listener:
    """Counts who calls on the discard port, where the hostile files' addresses point."""

    def __init__(self) -> None:
        self.calls = 0
        try:
            self._server = socket.create_server(("127.0.0.1", 9))
        except OSError:
            return
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            self._server.accept()[0].close()
            self.calls += 1


def files_outside(home: Path) -> set[Path]:
    """Files directly in the places where an escape would land."""
    found = {each for place in WATCHED if place.is_dir() for each in place.iterdir() if each.is_file()}
    return {each for each in found if home not in each.parents}


def take(app: Any, root: Path, file: dict[str, Any]) -> Outcome:
    """One file through receive, read and match."""
    from pipeline.domain.document import Channel, Upload
    from pipeline.process.advance import match_invoice, read_documents
    from pipeline.process.ingest import take_in

    data = (root / file["path"]).read_bytes()
    channel = Channel.EMAIL if file["kind"] == "email" else Channel.PORTAL
    start = time.perf_counter()
    documents = take_in(app, Upload(Path(file["path"]).name, data, channel, app.clock.today()))
    list(read_documents(app, [each.id for each in documents if each.status == "received"]))
    with app.unit_of_work() as work:
        records = [record for each in documents for record in work.invoices_of(each.id)]
        after = [work.get_document(each.id) for each in documents]
    for record in records:
        if record.run_no == 0:
            match_invoice(app, record.id)
    seconds = time.perf_counter() - start
    state, reasons = summary(after, records)
    return Outcome(file["path"], file["kind"], file["expect"], state, seconds, reasons, faults(app, data, after))


def summary(documents: list[Any], records: list[Any]) -> tuple[str, list[str]]:
    states = set()
    for document in documents:
        if document.status in ("quarantined", "discarded", "rejected"):
            states.add(document.status)
    for record in records:
        status = str(record.reading.status) if record.reading else "ok"
        states.add({"ok": "taken", "unreadable": "unread"}.get(status, status))
    reasons = [document.reason for document in documents if document.reason]
    reasons += [record.reason for record in records if record.reason and record.reason not in reasons]
    state = next((each for each in STRICTEST if each in states), "discarded" if "discarded" in states else "none")
    return state, reasons


def faults(app: Any, data: bytes, documents: list[Any]) -> list[str]:
    """What must hold of every file whatever it is."""
    found = []
    sha256 = hashlib.sha256(data).hexdigest()
    if documents[0].sha256 != sha256 or app.blobs.get(sha256) != data:
        found.append("the original is not in the store")
    for document in documents:
        entries = [e for e in app.queries.events(document.id) if str(e.draft.action).split(".")[-1].lower() in INTAKE]
        if len(entries) != 1:
            found.append(f"{len(entries)} ledger entries for one document")
        if document.status in ("rejected", "quarantined", "discarded") and not document.reason:
            found.append("no reason")
        with app.unit_of_work() as work:
            records = work.invoices_of(document.id)
            waiting = [r for r in records if not work.items_of(r.id) and r.state == "IN_REVIEW"]
        if document.status not in ("container", "discarded") and not records:
            found.append("no record")
        if waiting:
            found.append("in review without an item")
    return found


INTAKE = {"received", "discarded", "quarantined", "document_received", "document_discarded", "document_quarantined"}


def main() -> None:
    root = next((Path(a) for a in sys.argv[1:] if not a.startswith("-")), beside("nasty", "manifest.json"))
    if not (root / "manifest.json").exists():
        sys.stdout.write(f"{root} is absent: nothing measured.\n")
        return
    only = sys.argv[sys.argv.index("--only") + 1] if "--only" in sys.argv else ""
    files = [f for f in json.loads((root / "manifest.json").read_text())["files"] if (root / f["path"]).exists()]
    files = [f for f in files if only in f["path"]]
    with tempfile.TemporaryDirectory(prefix="hostile-") as home:
        os.environ["APDESK_HOME"] = home
        os.environ.pop("APDESK_DATABASE_URL", None)
        from pipeline.bootstrap import build_app

        before, listener, start = files_outside(Path(home)), Listener(), time.perf_counter()
        app = build_app()
        outcomes = []
        for file in files:
            outcomes.append(take(app, root, file))
            tell(outcomes[-1])
        for path in files_outside(Path(home)) - before:
            sys.stdout.write(f"! written outside the store: {path}\n")
        report(outcomes, time.perf_counter() - start, listener.calls)


def tell(outcome: Outcome) -> None:
    bad = not outcome.fits and outcome.state != "discarded"
    if bad or outcome.faults or outcome.seconds > SECONDS or "--list" in sys.argv:
        mark = "! " if bad or outcome.faults else "  "
        text = "; ".join([*outcome.faults, *outcome.reasons])
        sys.stdout.write(
            f"{mark}{outcome.expect:<16} {outcome.state:<12} {outcome.seconds:5.1f}s {outcome.path}: {text}\n"
        )
        sys.stdout.flush()


def report(outcomes: list[Outcome], took: float, calls: int) -> None:
    if "--kinds" in sys.argv:
        columns = ("quarantined", "password", "rejected", "unread", "taken", "discarded", "none")
        sys.stdout.write("| kind | files | " + " | ".join(columns) + " | otherwise than expected | longest |\n")
        sys.stdout.write("|---" * (len(columns) + 4) + "|\n")
        for kind in sorted({each.kind for each in outcomes}):
            of_kind = [each for each in outcomes if each.kind == kind]
            counts = Counter(each.state for each in of_kind)
            other = sum(not each.fits and each.state != "discarded" for each in of_kind)
            cells = [str(counts[column]) for column in columns]
            longest = max(each.seconds for each in of_kind)
            sys.stdout.write(f"| {kind} | {len(of_kind)} | {' | '.join(cells)} | {other} | {longest:.1f} s |\n")
    wrong = sum(not each.fits and each.state != "discarded" for each in outcomes)
    broken = sum(bool(each.faults) for each in outcomes)
    slow = sum(each.seconds > SECONDS for each in outcomes)
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1000
    sys.stdout.write(
        f"{len(outcomes)} files in {took:.0f} s: {wrong} otherwise than expected or stricter, {broken} with a fault, "
        f"{slow} over {SECONDS:.0f} s, {calls} calls out, {most} MB the most a finished child used\n"
    )


if __name__ == "__main__":
    main()
