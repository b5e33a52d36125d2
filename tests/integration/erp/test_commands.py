"""apdesk erp on the command line, over the files connector."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli.root import cli
from pipeline.domain.errors import InvalidInput
from tests.contract.erp.worlds import FileWorld

RUNNER = CliRunner()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("APDESK_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("APDESK_DATABASE_URL", raising=False)
    monkeypatch.delenv("APDESK_ERP", raising=False)
    return tmp_path


def test_without_an_erp_it_says_what_to_set(home: Path) -> None:
    result = RUNNER.invoke(cli, ["erp", "status"])
    assert isinstance(result.exception, InvalidInput)
    assert "APDESK_ERP" in str(result.exception.advice)


def test_sync_status_and_reconcile(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = FileWorld(home / "erp")
    world.receive(world.order(10), 4, "DN-1")
    connector = home / "erp.toml"
    connector.write_text(f'kind = "files"\nfolder = "{home / "erp"}"\n')
    monkeypatch.setenv("APDESK_ERP", str(connector))
    read = RUNNER.invoke(cli, ["erp", "sync", "--json"])
    assert read.exit_code == 0, read.output
    rows = [json.loads(line) for line in read.stdout.splitlines()]
    assert {"stream": "purchase_orders", "rows": 1, "changed": 1, "problem": ""} in rows
    assert RUNNER.invoke(cli, ["erp", "post", "--json"]).stdout.strip() == "{}"
    status = json.loads(RUNNER.invoke(cli, ["erp", "status", "--json"]).stdout.splitlines()[0])
    assert (status["reachable"], status["posting"], status["dead_letters"]) == ("yes", "on", 0)
    (home / "home" / "posting-off").touch()
    assert (
        json.loads(RUNNER.invoke(cli, ["erp", "status", "--json"]).stdout.splitlines()[0])["posting"] == "switched off"
    )
    target = home / "differences.csv"
    done = RUNNER.invoke(cli, ["erp", "reconcile", "--csv", str(target)])
    assert done.exit_code == 0, done.output
    assert target.read_text().startswith("kind,repair,message,invoice_id")
    assert RUNNER.invoke(cli, ["erp", "retry", "--all"]).exit_code == 0


def test_what_failed_is_listed_until_it_is_over(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = FileWorld(home / "erp")
    world.order(10)  # No receipts were exported yet.
    connector = home / "erp.toml"
    connector.write_text(f'kind = "files"\nfolder = "{home / "erp"}"\n')
    monkeypatch.setenv("APDESK_ERP", str(connector))
    for _ in range(2):
        assert RUNNER.invoke(cli, ["erp", "sync", "--json"]).exit_code != 0
    (row,) = [json.loads(line) for line in RUNNER.invoke(cli, ["erp", "failures", "--json"]).stdout.splitlines()]
    assert (row["operation"], row["kind"], row["state"], row["times"]) == ("read receipts", "transient", "open", 2)
    world.receive("PO1", 4, "DN-1")
    assert RUNNER.invoke(cli, ["erp", "sync", "--json"]).exit_code == 0
    shown = RUNNER.invoke(cli, ["erp", "failures"])
    assert "0 open, 1 resolved" in shown.stdout.replace("\n", " "), shown.output
