"""The connector's file: what is missing is said, the secret is not."""

from pathlib import Path

import pytest

from pipeline.domain.errors import InvalidInput
from pipeline.export.connectors import load_erp, open_gateway


def write(folder: Path, text: str) -> Path:
    file = folder / "erp.toml"
    file.write_text(text)
    return file


def test_a_tryton_connector_is_read_with_its_key_and_never_shows_it(tmp_path: Path) -> None:
    (tmp_path / "rest.key").write_text("very-secret\n")
    text = 'kind = "tryton"\nurl = "http://127.0.0.1:8000"\nkey_file = "rest.key"\n'
    settings = load_erp(write(tmp_path, text + '[tryton]\ndatabase = "hospital"\naccounts = { freight = "5.1.1" }\n'))
    assert settings.key.get_secret_value() == "very-secret"
    assert "very-secret" not in repr(settings)
    assert open_gateway(settings, lambda routing, account: "fp").name == "tryton"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('kind = "sap"', "kind"),
        ('kind = "files"', "needs a folder"),
        ('kind = "rest"\nurl = "ftp://x"', r"http\(s\) url"),
        ('kind = "rest', "cannot be read"),
        ('kind = "rest"\nurl = "http://x"\nkey_file = "absent"', "cannot be read"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        load_erp(write(tmp_path, text))
