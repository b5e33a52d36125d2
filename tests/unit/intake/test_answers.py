"""Who is answered, and with what."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from pipeline.domain.arrivals import MailHeaders
from pipeline.domain.document import Channel, Document
from pipeline.domain.supplier import BankAccount, Supplier
from pipeline.intake.answers import answer
from pipeline.intake.mail import read_headers

SUPPLIERS = [Supplier("S1", "Harbor Linen", "G", domains=("harborlinen.example",), banks=(BankAccount("f", "4321"),))]
HEADERS = MailHeaders("bill@harborlinen.example", "Bill", "Invoice 7", "<7@x>", date(2026, 3, 16))


def document(status: str, part: str | None = "a.pdf", reason: str | None = None) -> Document:
    at = datetime(2026, 3, 16, tzinfo=UTC)
    made = Document("d1", "0" * 64, "box/1.eml", part, "application/pdf", 1, Channel.EMAIL, at.date(), at)
    return replace(made, status=status, reason=reason)


MAIL = document("container", None)


def test_a_mail_with_an_invoice_is_acknowledged() -> None:
    owed = answer(HEADERS, [MAIL, document("received"), document("rejected", "b.doc", "Send a PDF.")], SUPPLIERS)
    assert owed is not None
    key, payload = owed
    assert (key, payload["to"], payload["template"]) == ("answer:d1", "bill@harborlinen.example", "mail_received")
    assert payload["values"]["taken"] == ["a.pdf"]
    assert payload["values"]["refused"] == [{"name": "b.doc", "reason": "Send a PDF."}]
    assert "4321" not in str(payload)


def test_a_mail_with_nothing_usable_is_refused_with_the_reason() -> None:
    owed = answer(HEADERS, [document("rejected", None, "No attachment.")], SUPPLIERS)
    assert owed is not None
    assert owed[1]["template"] == "mail_refused"
    assert owed[1]["values"]["refused"] == [{"name": "1.eml", "reason": "No attachment."}]


@pytest.mark.parametrize(
    "headers",
    [
        replace(HEADERS, sender="x@unknown.example"),
        replace(HEADERS, sender=""),
        replace(HEADERS, automatic=True),
        replace(HEADERS, authentication={"dmarc": "fail"}),
        replace(HEADERS, sender="x@harbor1inen.example"),
    ],
)
def test_strangers_machines_and_doubted_senders_get_no_answer(headers: MailHeaders) -> None:
    assert answer(headers, [MAIL, document("received")], SUPPLIERS) is None


def test_what_came_before_is_not_answered_again() -> None:
    assert answer(HEADERS, [document("discarded", None)], SUPPLIERS) is None


@pytest.mark.parametrize(
    ("line", "automatic"),
    [
        (b"Auto-Submitted: auto-replied", True),
        (b"Auto-Submitted: no", False),
        (b"Precedence: bulk", True),
        (b"Return-Path: <>", True),
        (b"List-Id: <a.b>", True),
        (b"X-Other: 1", False),
    ],
)
def test_mails_that_machines_write_say_so(line: bytes, automatic: bool) -> None:
    assert read_headers(b"From: a@b.example\r\n" + line + b"\r\n\r\nText").automatic is automatic
