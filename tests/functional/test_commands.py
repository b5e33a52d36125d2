"""The command line as users script it (contract): outputs, exit codes, one sentence for each error."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fixtures.spares import invoice_mail, invoice_pdf

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def apdesk(tmp_path: Path) -> Run:
    home = tmp_path / "home"

    def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "APDESK_HOME": str(home), **more}
        environment.pop("APDESK_DATABASE_URL", None)
        command = [sys.executable, "-m", "pipeline.cli", *arguments]
        return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=240, check=False)

    return run


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """A good invoice, a mail with one, and files that are no invoices."""
    folder = tmp_path / "inbox"
    folder.mkdir()
    (folder / "good.pdf").write_bytes(invoice_pdf())
    (folder / "mail.eml").write_bytes(invoice_mail(("B-77.pdf", invoice_pdf("letterhead"))))
    (folder / "empty.pdf").write_bytes(b"")
    (folder / "cut.pdf").write_bytes(invoice_pdf()[:400])
    (folder / "note.pdf").write_text("This is only a note.")
    (folder / ".hidden").write_text("not read")
    return folder


def test_help_names_every_command(apdesk: Run) -> None:
    shown = apdesk("--help")
    assert shown.returncode == 0
    for command in (
        "extract",
        "load",
        "ingest",
        "run",
        "status",
        "policy",
        "reprocess",
        "audit",
        "serve",
        "flows",
        "doctor",
    ):
        assert command in shown.stdout


def test_extract_gives_every_file_its_line(apdesk: Run, inbox: Path) -> None:
    done = apdesk("extract", str(inbox), "--jobs", "2", "--json")
    assert done.returncode == 0, done.stderr
    lines = {Path(line["doc"]).name: line for line in map(json.loads, done.stdout.splitlines())}
    assert set(lines) == {"good.pdf", "mail.eml", "empty.pdf", "cut.pdf", "note.pdf"}
    assert lines["good.pdf"]["status"] == "ok"
    number = lines["good.pdf"]["fields"]["invoice_number"]
    assert {"value", "confidence", "page", "box", "source"} <= set(number)
    assert lines["mail.eml"]["part"]
    for name in ("empty.pdf", "cut.pdf", "note.pdf"):
        assert lines[name]["status"] != "ok"
        assert lines[name]["reason"]


def test_a_path_that_is_not_there_is_one_sentence(apdesk: Run) -> None:
    done = apdesk("extract", "nowhere.pdf")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("apdesk: There is no file or folder nowhere.pdf.")
    assert "Traceback" not in done.stderr


def test_ingest_run_status_story_and_proof(apdesk: Run, inbox: Path) -> None:
    assert apdesk("ingest", str(inbox), "--received-on", "2026-06-01", "--json").returncode == 0
    again = [json.loads(line) for line in apdesk("ingest", str(inbox / "good.pdf"), "--json").stdout.splitlines()]
    assert [row["status"] for row in again] == ["discarded"]
    assert apdesk("run", "--direct", "--as-of", "2026-06-12").returncode == 0
    rows = [json.loads(line) for line in apdesk("status", "--json").stdout.splitlines()]
    assert {Path(row["document"]).name for row in rows} == {"good.pdf", "mail.eml", "empty.pdf", "cut.pdf", "note.pdf"}
    keys = (
        "document part page_range channel status exceptions warnings supplier_id po_number invoice_number total payable_now"
        " disputed_amount"
    )
    assert all(set(keys.split()) <= set(row) for row in rows)
    assert "document.received" in apdesk("audit", "story", "good.pdf").stdout
    verified = apdesk("audit", "verify")
    assert (verified.returncode, "intact" in verified.stdout) == (0, True)


def test_a_changed_log_ends_with_exit_code_6(apdesk: Run, inbox: Path, tmp_path: Path) -> None:
    apdesk("ingest", str(inbox / "good.pdf"))
    apdesk("audit", "seal")
    with sqlite3.connect(tmp_path / "home" / "apdesk.sqlite") as database:
        triggers = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            database.execute(f"DROP TRIGGER {name}")
        database.execute("DELETE FROM events WHERE seq = 1")
    done = apdesk("audit", "verify")
    assert done.returncode == 6
    assert "broken at record 1" in done.stderr


def test_a_broken_policy_names_every_mistake_and_changes_nothing(apdesk: Run, tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text('stale_days = "many"\nreceipt_wait_days = -1\n[price]\nupper_pct = "lots"\nno_such = "1"\n')
    done = apdesk("policy", "check", str(file))
    assert done.returncode == 4
    for word in ("stale_days", "receipt_wait_days", "upper_pct", "no_such"):
        assert word in done.stderr


def test_reprocess_shows_what_would_change_and_changes_nothing(apdesk: Run, inbox: Path) -> None:
    apdesk("ingest", str(inbox / "good.pdf"), "--received-on", "2026-06-01")
    apdesk("run", "--direct", "--as-of", "2026-06-12")
    before = apdesk("status", "--json").stdout
    planned = apdesk("reprocess", "--dry-run", "--as-of", "2026-06-12", "--json")
    assert planned.returncode == 0, planned.stderr
    assert apdesk("status", "--json").stdout == before


def test_wrong_settings_are_named_at_once(apdesk: Run) -> None:
    done = apdesk("status", APDESK_SECONDS="soon", APDESK_FILE_BYTES="many")
    assert done.returncode == 2
    assert "APDESK_SECONDS" in done.stderr
    assert "APDESK_FILE_BYTES" in done.stderr


def test_doctor_says_what_is_there(apdesk: Run) -> None:
    done = apdesk("doctor")
    assert "tesseract" in done.stdout
    assert "policy" in done.stdout
