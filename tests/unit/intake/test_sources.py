"""The file of sources: read whole, every mistake named at once, secrets never shown."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.domain.errors import InvalidInput
from pipeline.intake.sources import load_sources

GOOD = """
[[mailbox]]
name = "invoices"
host = "imap.hospital.example"
user = "invoices"
password_env = "MAIL_PASSWORD"
facility = "FAC-1"
allowed_senders = ["*@supplier.example"]
idle = true

[[sftp]]
name = "portal"
host = "sftp.portal.example"
user = "hospital"
password_env = "MAIL_PASSWORD"
host_key = "ssh-ed25519 AAAA"

[[bucket]]
name = "drop"
bucket = "invoices"
access_key_id = "AKID"
secret_access_key_env = "MAIL_PASSWORD"

[[folder]]
name = "scanner-3"
path = "/srv/scans/3"
facility = "FAC-2"
operator = "jdoe"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "sources.toml"
    path.write_text(text, encoding="utf-8")
    return path


def secrets(**values: str) -> Callable[[str], str | None]:
    return values.get


def test_all_four_kinds_are_read(tmp_path: Path) -> None:
    sources = load_sources(written(tmp_path, GOOD), secrets(MAIL_PASSWORD="geheim"))
    assert sources.names == ("invoices", "portal", "drop", "scanner-3")
    assert sources.mailbox[0].password is not None
    assert sources.mailbox[0].password.get_secret_value() == "geheim"
    assert (sources.mailbox[0].idle, sources.folder[0].facility) == (True, "FAC-2")
    assert "geheim" not in repr(sources)


def test_a_token_file_is_read_at_every_load(tmp_path: Path) -> None:
    token = tmp_path / "token"
    text = f'[[mailbox]]\nname="m"\nhost="h"\nuser="u"\naccess_token_file="{token}"\n'
    for value in ("first", "second"):
        token.write_text(value + "\n")
        found = load_sources(written(tmp_path, text)).mailbox[0].access_token
        assert found is not None
        assert found.get_secret_value() == value


def test_every_mistake_is_named_at_once_and_no_secret_is_shown(tmp_path: Path) -> None:
    text = """
[[mailbox]]
name = "a"
host = "h"
user = "u"
password = "very secret"
port = 99999
colour = "red"

[[mailbox]]
name = "b"
host = "h"
user = "u"

[[sftp]]
name = "c"
host = "h"
user = "u"
password_env = "ABSENT"
"""
    with pytest.raises(InvalidInput) as caught:
        load_sources(written(tmp_path, text), secrets())
    told = str(caught.value)
    for words in (
        "mailbox a: port",
        "mailbox a: colour",
        "mailbox b: give either",
        "ABSENT is not set",
        "sftp c: host_key",
    ):
        assert words in told.replace("mailbox b: mailbox b:", "mailbox b:")
    assert "very secret" not in told


def test_a_name_stands_for_one_source_only(tmp_path: Path) -> None:
    text = '[[folder]]\nname = "x"\npath = "a"\n[[folder]]\nname = "x"\npath = "b"\n'
    with pytest.raises(InvalidInput, match="the name x is given to more than one source"):
        load_sources(written(tmp_path, text))


@pytest.mark.parametrize("text", ["[[mailbox", "mailbox = 3", "[unknown]\nx = 1", "[[folder]]\npath = 3"])
def test_a_file_that_is_wrong_is_one_clear_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidInput):
        load_sources(written(tmp_path, text))


def test_an_absent_file_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be read"):
        load_sources(tmp_path / "absent.toml")
