"""The evidence pack: complete, signed, checked by its own verifier; any change is found."""

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pipeline.audit import verify_pack
from tests.fakes.desk import build_desk
from tests.functional.web.client import Visitor


@pytest.fixture(scope="module")
def pack() -> tuple[bytes, str]:
    auditor = Visitor().log_in("auditor")
    answer = auditor.get(f"/api/v1/invoices/{auditor.desk.ids['price']}/evidence")
    assert answer.status_code == 200, answer.text
    assert "export.created" in auditor.desk.actions("price")
    return answer.content, auditor.desk.app.sign(b"")[0]


BARE = ("-I", "-S")  # no environment, no installed libraries at all


def verified(pack: bytes, folder: Path, *more: str, flags: tuple[str, ...] = ("-I",)) -> tuple[int, str]:
    """The verifier out of the pack itself, run by a bare Python that cannot see this program."""
    with zipfile.ZipFile(io.BytesIO(pack)) as opened:
        (folder / "verify_pack.py").write_bytes(opened.read("verify_pack.py"))
    (folder / "pack.zip").write_bytes(pack)
    command = [sys.executable, *flags, "verify_pack.py", "pack.zip", *more]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout + done.stderr


def changed(pack: bytes, name: str, data: bytes | None) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(pack)) as old, zipfile.ZipFile(out, "w") as new:
        for each in old.namelist():
            if each != name:
                new.writestr(each, old.read(each))
        if data is not None:
            new.writestr(name, data)
    return out.getvalue()


def test_holds_what_the_proof_needs(pack: tuple[bytes, str]) -> None:
    with zipfile.ZipFile(io.BytesIO(pack[0])) as opened:
        names = set(opened.namelist())
        assert opened.read("summary.pdf").startswith(b"%PDF-")
        runs = json.loads(opened.read("match_result.json"))
        fields = json.loads(opened.read("extracted.json"))["fields"]
        orders = json.loads(opened.read("purchase_orders.json"))
    assert {"manifest.json", "manifest.sig", "extracted.json", "match_runs.json", "exceptions.json", "approvals.json",
            "events.jsonl", "receipts.json", "original.sha256", "verify_pack.py", "fields.csv"} <= names  # fmt: skip
    assert any(name.startswith("original/") for name in names)
    assert any(name.startswith("crops/") for name in names)
    assert runs["findings"]
    assert orders
    assert "confidence" in fields["total"]


def test_its_own_verifier_finds_it_good(pack: tuple[bytes, str], tmp_path: Path) -> None:
    assert verified(pack[0], tmp_path, "--public-key", pack[1])[0] == 0


def test_the_verifier_needs_nothing_but_python(pack: tuple[bytes, str], tmp_path: Path) -> None:
    """Not even "cryptography": the signature is checked in plain arithmetic, and a wrong one is found."""
    code, words = verified(pack[0], tmp_path, "--public-key", pack[1], flags=BARE)
    assert (code, words.split(":")[0]) == (0, "GOOD")
    with zipfile.ZipFile(io.BytesIO(pack[0])) as opened:
        seal = json.loads(opened.read("manifest.sig"))
    bad = seal["signature"][:10] + ("0" if seal["signature"][10] != "0" else "1") + seal["signature"][11:]
    for wrong in ({**seal, "signature": bad}, {**seal, "public_key": "00" * 32}, {**seal, "signature": "ab"}):
        forged = changed(pack[0], "manifest.sig", json.dumps(wrong).encode())
        code, words = verified(forged, tmp_path, flags=BARE)
        assert (code, "signature does not fit" in words) == (1, True), words


def test_plain_and_library_verification_agree() -> None:
    for size in (0, 1, 63, 1000):
        key, body = Ed25519PrivateKey.generate(), bytes(range(256)) * 4
        signature, public = key.sign(body[:size]), key.public_key().public_bytes_raw()
        assert verify_pack.plain_verify(public, signature, body[:size])
        assert not verify_pack.plain_verify(public, signature, body[: size + 1])


@pytest.mark.parametrize("name", ["extracted.json", "approvals.json", "manifest.json", "summary.pdf"])
def test_a_changed_file_is_found(pack: tuple[bytes, str], tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(io.BytesIO(pack[0])) as opened:
        data = opened.read(name)
    code, words = verified(changed(pack[0], name, data.replace(b"a", b"b", 1) + b" "), tmp_path)
    assert code == 1
    assert "BAD" in words


def test_a_missing_or_added_file_is_found(pack: tuple[bytes, str], tmp_path: Path) -> None:
    assert "is missing" in verified(changed(pack[0], "approvals.json", None), tmp_path)[1]
    assert "not in the manifest" in verified(changed(pack[0], "more.txt", b"x"), tmp_path)[1]


def test_another_installations_key_is_found(pack: tuple[bytes, str], tmp_path: Path) -> None:
    assert "another key" in verified(pack[0], tmp_path, "--public-key", "00" * 32)[1]


def test_bank_details_are_not_in_it() -> None:
    auditor = Visitor(build_desk()).log_in("auditor")
    answer = auditor.get(f"/invoices/{auditor.desk.ids['bank']}/evidence")
    read = auditor.desk.record("bank").reading
    assert answer.status_code == 200
    assert read is not None
    with zipfile.ZipFile(io.BytesIO(answer.content)) as opened:
        told = b"".join(opened.read(n) for n in opened.namelist() if not n.startswith(("original/", "crops/")))
    account = read.fields["bank_account"].value
    assert account.encode() not in told


def test_only_those_who_prove_may_have_it() -> None:
    clerk = Visitor().log_in("clerk")
    assert clerk.get(f"/invoices/{clerk.desk.ids['price']}/evidence").status_code == 403
    admin = clerk.another().log_in("compliance")
    assert admin.get(f"/invoices/{clerk.desk.ids['price']}/evidence").status_code == 200
