"""Settings from the environment."""

from pathlib import Path

import pytest

from pipeline.config import load_settings
from pipeline.domain.errors import InvalidInput


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "DATABASE_URL", "POLICY", "SECONDS", "FILE_BYTES", "SCAN_FOLDER"):
        monkeypatch.delenv(f"APDESK_{name}", raising=False)


def test_everything_has_a_default() -> None:
    settings = load_settings()
    assert settings.home == Path("var")
    assert settings.url == f"sqlite:///{Path('var').resolve()}/apdesk.sqlite"
    assert settings.folder("scan") == Path("var/inbox/scan")


def test_the_environment_decides(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("APDESK_HOME", str(tmp_path))
    monkeypatch.setenv("APDESK_DATABASE_URL", "postgresql://ap:s3cret@db/ap")
    monkeypatch.setenv("APDESK_SCAN_FOLDER", "/scans")
    settings = load_settings()
    assert settings.home == tmp_path
    assert settings.url == "postgresql://ap:s3cret@db/ap"
    assert settings.folder("scan") == Path("/scans")
    assert "s3cret" not in repr(settings) + str(settings.model_dump())


def test_all_mistakes_are_named_at_once_and_no_secret_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APDESK_DATABASE_URL", "mysql://ap:s3cret@db/ap")
    monkeypatch.setenv("APDESK_SECONDS", "soon")
    monkeypatch.setenv("APDESK_FILE_BYTES", "many")
    with pytest.raises(InvalidInput) as caught:
        load_settings()
    said = str(caught.value)
    assert all(name in said for name in ("APDESK_DATABASE_URL", "APDESK_SECONDS", "APDESK_FILE_BYTES"))
    assert "s3cret" not in said


def test_settings_do_not_change() -> None:
    with pytest.raises(ValueError):
        load_settings().home = Path("elsewhere")
