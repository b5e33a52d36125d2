"""The App of a process takes up what was activated at the desk, and a match after that runs under it."""

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import bootstrap
from pipeline.domain.desk import PolicyVersion
from pipeline.review.policies import parse_policy
from rules.load import DEFAULT_PATH

TEXT = DEFAULT_PATH.read_text(encoding="utf-8")
CHANGED = 'pricing_date_basis = "invoice_date"\n' + "\n".join(
    line for line in TEXT.splitlines() if not line.startswith("pricing_date_basis")
)


def test_a_running_app_renews_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APDESK_HOME", str(tmp_path))
    for name in ("APDESK_DATABASE_URL", "APDESK_POLICY", "APDESK_ERP"):
        monkeypatch.delenv(name, raising=False)
    app = bootstrap.build_app()
    assert app.current() is app
    policy, today = parse_policy(CHANGED), app.clock.today()
    version = PolicyVersion(1, "PROPOSED", policy.hash, today, "ada", app.clock.now(), CHANGED, "by invoice date")
    with app.unit_of_work() as work:
        work.desk.save_policy_version(version)
        work.commit()
    assert app.current() is app, "a proposal changes nothing"
    with app.unit_of_work() as work:
        work.desk.save_policy_version(replace(version, state="ACTIVE", approver="mia"))
        work.commit()
    renewed = app.current()
    assert renewed.policy.hash == policy.hash
    assert renewed.rematch is not app.rematch
    assert renewed.current() is renewed
    with app.unit_of_work() as work:
        work.desk.save_policy_version(replace(version, state="REPLACED", approver="mia"))
        work.commit()
    assert renewed.current().policy.hash == app.policy.hash


def test_a_policy_file_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APDESK_HOME", str(tmp_path))
    monkeypatch.setenv("APDESK_POLICY", str(DEFAULT_PATH))
    assert bootstrap.build_app().renew is None
