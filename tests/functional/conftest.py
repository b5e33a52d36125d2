"""The sample hospital taken through the whole product once; the tests look at what became of it."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from fixtures.generate import generate
from fixtures.show import send
from pipeline import bootstrap
from pipeline.app import App
from pipeline.intake.load import load_directory
from pipeline.process.advance import run_pass


@dataclass
class Hospital:
    """A store after one pass over the sample, its App, and what is right for each document."""

    app: App
    home: Path
    sample: Path
    expected: dict[str, dict[str, Any]]

    def rows(self) -> list[dict[str, Any]]:
        return list(self.app.queries.status_rows())

    def rows_of(self, document: dict[str, Any]) -> list[dict[str, Any]]:
        found = [row for row in self.rows() if row["document"].endswith(document["file"])]
        return [row for row in found if document["attachment"] in (None, row["part"])]


@pytest.fixture(scope="session")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hospital]:
    home = tmp_path_factory.mktemp("home")
    before = {name: os.environ.pop(name, None) for name in ("APDESK_HOME", "APDESK_DATABASE_URL")}
    os.environ["APDESK_HOME"] = str(home)
    sample = home / "sample"
    generate(sample)
    expected = json.loads((sample / "expected.json").read_text(encoding="utf-8"))
    load_directory(bootstrap.build_store(), sample / "csv")
    send(sample)
    app = bootstrap.build_app(as_of=date.fromisoformat(expected["as_of"]))
    run_pass(app, jobs=2)
    yield Hospital(app, home, sample, expected["documents"])
    for name, value in before.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value
