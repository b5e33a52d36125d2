"""The file of trading partners: whose passwords are tried, where acknowledgements go, and mistakes in words."""

from datetime import date
from pathlib import Path

import pytest

from pipeline.domain.document import Channel, Upload
from pipeline.domain.errors import InvalidInput
from pipeline.partners import load_partners

GOOD = """
[[partner]]
name = "harbor"
senders = ["*@harbor.example"]
sources = ["portal"]
edi_ids = ["ZZ/HARBOR", "0012345"]
pdf_passwords_file = "{folder}/words"
[partner.acknowledgements.sftp]
host = "sftp.harbor.example"
user = "hospital"
password_env = "HARBOR"
host_key = "ssh-ed25519 AAAA"

[[partner]]
name = "bay"
pdf_passwords_env = "BAY"
senders = ["ap@bay.example"]
acknowledgements = {{ mail = "edi@bay.example" }}
"""
SECRETS = {"HARBOR": "s3cret", "BAY": "bay-word"}


def written(folder: Path, text: str) -> Path:
    (folder / "words").write_text("first\nsecond\n")
    file = folder / "partners.toml"
    file.write_text(text.format(folder=folder))
    return file


def upload(name: str = "x.pdf", sender: str = "", batch: str = "") -> Upload:
    return Upload(name, b"", Channel.EMAIL, date(2026, 3, 2), sender=sender, batch=batch)


def test_passwords_go_by_sender_and_source(tmp_path: Path) -> None:
    partners = load_partners(written(tmp_path, GOOD), SECRETS.get)
    assert partners.passwords(upload(sender="Billing@Harbor.example")) == ("first", "second")
    assert partners.passwords(upload(batch="portal")) == ("first", "second")
    assert partners.passwords(upload("portal/17-3.eml")) == ("first", "second")
    assert partners.passwords(upload(sender="ap@bay.example")) == ("bay-word",)
    assert partners.passwords(upload(sender="ap@elsewhere.example")) == ()


def test_partners_are_known_by_their_edi_id(tmp_path: Path) -> None:
    partners = load_partners(written(tmp_path, GOOD), SECRETS.get)
    found = [partners.of_edi(each) for each in ("ZZ/HARBOR", "01/0012345", "ZZ/BAY")]
    assert [each.name if each else None for each in found] == ["harbor", "harbor", None]


def test_secrets_are_never_printed(tmp_path: Path) -> None:
    partners = load_partners(written(tmp_path, GOOD), SECRETS.get)
    assert not any(word in repr(partners) for word in ("first", "s3cret", "bay-word"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[[partner]]\nname = "a"\npdf_passwords = ["x1y2"]', "must stand in a file or the environment"),
        ('[[partner]]\nname = "a"\npdf_passwords_env = "NOPE"', "the variable NOPE is not set"),
        ('[[partner]]\nname = "a"\n[[partner]]\nname = "a"', "the name a is given twice"),
        ('[[partner]]\nname = "a"\n[partner.acknowledgements]\nfolder = "x"\nmail = "y"', "exactly one"),
        ("partner = ", "is no TOML"),
    ],
)
def test_mistakes_are_named_without_their_values(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "partners.toml"
    file.write_text(text)
    with pytest.raises(InvalidInput) as caught:
        load_partners(file, SECRETS.get)
    assert says in str(caught.value)
    assert "x1y2" not in str(caught.value)
