"""A box that a clerk drew: the words inside, else OCR; never bank details, never patient pages for others."""

from typing import Any

from tests.functional.web.client import Visitor


def read(visitor: Visitor, name: str, box: tuple[float, float, float, float], **more: Any) -> Any:
    body = dict(zip(("x0", "y0", "x1", "y1"), box, strict=True)) | more
    return visitor.post(f"/api/v1/invoices/{visitor.desk.ids[name]}/pages/1/read", json=body)


def place(visitor: Visitor, name: str, field: str) -> tuple[float, float, float, float]:
    box = visitor.desk.record(name).reading.fields[field].box
    return (box.x0, box.y0, box.x1, box.y1)


def test_words_inside_come_first_and_ocr_where_there_are_none() -> None:
    clerk = Visitor().log_in("clerk")
    there = place(clerk, "doubtful", "invoice_number")
    assert read(clerk, "doubtful", there).json()["readings"][0]["text"] == "BW-20511"
    assert read(clerk, "doubtful", there, again=True).json()["readings"][0]["engine"] == "paddle"
    x0, y0, x1, y1 = there
    assert read(clerk, "doubtful", (x1, y1, x0, y0)).json()["readings"][0]["text"] == "BW-20511", "from any corner"
    empty = read(clerk, "doubtful", (0.01, 0.01, 0.2, 0.03)).json()["readings"]
    assert [(r["text"], r["confidence"]) for r in empty] == [("BW-20999", 0.87), ("BW-2O999", 0.61)]


def test_bank_details_are_not_read() -> None:
    clerk = Visitor().log_in("clerk")
    x0, y0, x1, y1 = place(clerk, "bank", "bank_account")
    for again in (False, True):
        answer = read(clerk, "bank", (x0, y0 - 0.01, (x0 + x1) / 2, y1), again=again)
        assert (answer.status_code, answer.json()["rule"]) == (403, "SOD-06")


def test_patient_pages_and_locked_files_are_not_read() -> None:
    clerk = Visitor().log_in("clerk")
    assert read(clerk, "phi", (0.1, 0.1, 0.3, 0.2)).json()["rule"] == "H.6"
    clinic = clerk.another().log_in("clinic")
    assert read(clinic, "phi", (0.1, 0.1, 0.9, 0.2)).status_code == 200
    assert read(clerk, "malware", (0.1, 0.1, 0.3, 0.2)).status_code == 404
    assert read(clerk, "doubtful", (0.1, 0.1, 0.3, 7.0)).status_code == 422
    buyer = clerk.another().log_in("buyer")
    assert read(buyer, "doubtful", (0.1, 0.1, 0.3, 0.2)).status_code == 403
