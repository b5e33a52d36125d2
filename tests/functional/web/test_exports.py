"""What leaves the desk is inert and masked: formulas, paths, HTML; patient and bank data (spec H.6; ASVS 5)."""

import csv
import io
import json
import zipfile
from dataclasses import replace
from typing import Any

import pytest

from pipeline.domain.cells import inert
from pipeline.domain.events import Action, Actor, EventDraft
from pipeline.domain.records import User
from pipeline.export.reconcile import Difference, to_csv
from tests.functional.web.client import Visitor

FORMULA = '=HYPERLINK("http://x","y")'
DANGER = (FORMULA, "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1+1", "＝1+1", "\ufeff=1")


def cells(text: str) -> list[str]:
    return [cell for row in csv.reader(io.StringIO(text)) for cell in row]


@pytest.mark.parametrize("cell", DANGER)
def test_no_cell_becomes_a_formula(cell: str) -> None:
    assert inert(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "12.50", "-12.50", "BW-1", "a=b", "–"])
def test_plain_cells_and_numbers_stay(cell: str) -> None:
    assert inert(cell) == cell


def test_every_csv_export() -> None:
    auditor = Visitor().log_in("auditor")
    desk, record = auditor.desk, auditor.desk.record("hostile")
    read = record.reading.fields
    names = [name for name in read if name != "supplier_name"]
    fields = {name: replace(read[name], value=cell) for name, cell in zip(names, DANGER, strict=False)}
    with desk.app.unit_of_work() as work:
        for number, cell in enumerate(DANGER):
            desk.accounts.save_user(User(f"evil{number}", cell, ("AP_CLERK", "VENDOR_MASTER")))
            actor = Actor("user", f"evil{number}", ("AP_CLERK",), name=cell)
            work.record(EventDraft(actor, Action.ITEM_NOTED, "invoice", "inv-001", comment=cell))
        work.save_invoice(replace(record, reading=replace(record.reading, fields={**read, **fields})))
        work.commit()
    wrong = [
        Difference("number_differs", "review", cell, supplier_id="S", invoice_id="i", invoice_number=cell)
        for cell in DANGER
    ]
    pack = auditor.get(f"/invoices/{record.id}/evidence").content
    with zipfile.ZipFile(io.BytesIO(pack)) as opened:
        table = opened.read("fields.csv").decode()
    access = auditor.post("/access/export", data={"days": "9"}).text
    for text in (auditor.post("/audit/export").text, access, to_csv(wrong), table):
        found = cells(text)
        assert f"'{FORMULA}" in found
        assert [cell for cell in found if inert(cell) != cell] == []


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "..\\..\\win.ini", "/abs/x.pdf", "a\nb.pdf", '"; x="y.pdf', ".hidden"]
)
def test_no_name_leaves_its_place(name: str) -> None:
    auditor = Visitor().log_in("auditor")
    desk = auditor.desk
    document = desk.store.state.documents[desk.record("hostile").document_id]
    with desk.app.unit_of_work() as work:
        work.save_document(replace(document, source_name=name))
        work.commit()
    answer = auditor.get(f"/invoices/{desk.ids['hostile']}/original")
    disposition = answer.headers["content-disposition"]
    plain = disposition.split('filename="')[1].split('"')[0]
    assert not set(plain) & set('/\\\n";')
    assert not plain.startswith(".")
    pack = auditor.get(f"/invoices/{desk.ids['hostile']}/evidence").content
    with zipfile.ZipFile(io.BytesIO(pack)) as opened:
        for inside in opened.namelist():
            assert not inside.startswith(("/", "\\"))
            assert ".." not in inside.split("/")
            assert "\\" not in inside


def test_html_in_fields_is_text_on_every_page() -> None:
    lead = Visitor().log_in("supervisor")
    invoice, item = lead.desk.ids["hostile"], lead.desk.item("hostile").id
    for path in ("/queue", "/invoices", f"/items/{item}", f"/invoices/{invoice}/story", "/team", "/overview"):
        text = lead.get(path).text
        assert "<img src=x" not in text, path
    assert "&lt;img src=x" in lead.get("/queue").text


SECRET_WORDS = "Patient Jane Roe, case 4711"


@pytest.fixture
def restricted() -> Visitor:
    visitor = Visitor()
    desk = visitor.desk
    record = desk.record("phi")
    line = replace(record.reading.lines[0], description=SECRET_WORDS)
    fields = {**record.reading.fields, "account_no": replace(record.reading.fields["total"], value=SECRET_WORDS)}
    with desk.app.unit_of_work() as work:
        reading = replace(record.reading, lines=(line,), fields=fields)
        desk.app.rematch(work, replace(record, reading=reading), "manual")
        work.commit()
    return visitor


def seen(visitor: Visitor, user: str) -> dict[str, str]:
    """Everything that a person can get about the document, by place."""
    person, desk = visitor.another().log_in(user), visitor.desk
    invoice = desk.ids["phi"]
    paths = (
        f"/invoices/{invoice}", f"/api/v1/invoices/{invoice}", f"/invoices/{invoice}/story", "/queue", "/api/v1/queue",
        f"/invoices/{invoice}/pages/1/words", "/audit", f"/invoices/{invoice}/original", "/approvals",
    )  # fmt: skip
    found = {path: person.get(path) for path in paths}
    found["export"] = person.post("/audit/export")
    pack = person.get(f"/invoices/{invoice}/evidence")
    texts = {path: answer.text for path, answer in found.items() if answer.status_code == 200}
    if pack.status_code == 200:
        with zipfile.ZipFile(io.BytesIO(pack.content)) as opened:
            texts["pack"] = " ".join(opened.read(n).decode("utf-8", "replace") for n in opened.namelist())
    return texts


@pytest.mark.parametrize("user", ["clerk", "supervisor", "manager", "auditor"])
def test_patient_data_is_for_clinic_and_compliance_only(restricted: Visitor, user: str) -> None:
    clinic = restricted.another().log_in("clinic")
    clinic.decide("phi", "complete", fields={"lines[0].description": f"{SECRET_WORDS} again"})
    for place, text in seen(restricted, user).items():
        assert "Jane Roe" not in text, place


def test_clinic_and_compliance_see_it(restricted: Visitor) -> None:
    for user in ("clinic", "compliance"):
        assert "Jane Roe" in seen(restricted, user)[f"/invoices/{restricted.desk.ids['phi']}"]


def test_the_restricted_queue_is_hidden_from_leads(restricted: Visitor) -> None:
    lead = restricted.another().log_in("supervisor")
    assert "CLINICAL" not in lead.get("/queue").text
    assert "C-7790" not in json.dumps(lead.get("/api/v1/queue?limit=500").json())
    assert "CLINICAL" in restricted.another().log_in("clinic").get("/queue").text


ACCOUNT = "9990001111"


@pytest.mark.parametrize("user", ["clerk", "supervisor", "manager", "auditor", "vendor1", "compliance"])
def test_bank_details_are_masked_everywhere(user: str) -> None:
    visitor = Visitor()
    person, invoice = visitor.log_in(user), visitor.desk.ids["bank"]
    places: dict[str, Any] = {
        path: person.get(path) for path in (
            f"/invoices/{invoice}", f"/api/v1/invoices/{invoice}", f"/invoices/{invoice}/story",
            f"/invoices/{invoice}/pages/1/words", "/audit", "/queue",
        )
    }  # fmt: skip
    places["export"] = person.post("/audit/export")
    for place, answer in places.items():
        assert answer.status_code != 200 or ACCOUNT not in answer.text, place
    pack = person.get(f"/invoices/{invoice}/evidence")
    if pack.status_code == 200:
        with zipfile.ZipFile(io.BytesIO(pack.content)) as opened:
            names = [n for n in opened.namelist() if not n.startswith("original/")]
            assert not [n for n in names if ACCOUNT.encode() in opened.read(n)]


def test_a_reveal_has_its_reason_in_the_log() -> None:
    vendor = Visitor().log_in("vendor1")
    invoice = vendor.desk.ids["bank"]
    assert vendor.post(f"/invoices/{invoice}/reveal", data={"reason": "abc"}).status_code == 422
    answer = vendor.post(f"/invoices/{invoice}/reveal", data={"reason": "call-back to the supplier"})
    assert answer.json()["values"]["bank_account"] == ACCOUNT
    event = vendor.desk.store.state.events[-1]
    assert (str(event.draft.action), event.draft.comment) == ("bank.revealed", "call-back to the supplier")
    assert ACCOUNT not in repr(event)
    assert (
        vendor.another().log_in("clerk").post(f"/invoices/{invoice}/reveal", data={"reason": "curious me"}).status_code
        == 403
    )
