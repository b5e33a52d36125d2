"""A rejected invoice's notice reaches a real SMTP server; what must not be told is not in it."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from pipeline.domain.arrivals import MailHeaders
from pipeline.domain.document import Channel
from pipeline.domain.errors import InvalidInput
from pipeline.domain.events import Actor
from pipeline.domain.records import OutboxMessage
from pipeline.export.smtp import MailFailed, MailRefused, SmtpNotifier, compose, inert
from pipeline.intake.answers import answer
from pipeline.process.dispatch import dispatch_outbox
from pipeline.review.decide import decide
from pipeline.review.decision import Decision, DecisionKind
from tests.fakes.desk import Desk, build_desk

CLERK = Actor("user", "clerk", ("AP_CLERK",))


@dataclass
class Sink:
    """Takes mails; refuses one address for good and one for now."""

    mails: list[EmailMessage] = field(default_factory=list)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if address.startswith("gone"):
            return "550 no such mailbox"
        if address.startswith("later"):
            return "450 try later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        found = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(found, EmailMessage)
        self.mails.append(found)
        return "250 taken"


@pytest.fixture
def sink() -> Iterator[tuple[Sink, SmtpNotifier]]:
    taker = Sink()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(taker, hostname="127.0.0.1", port=port)
    controller.start()
    yield taker, SmtpNotifier(f"smtp://127.0.0.1:{port}?from=ap@hospital.example")
    controller.stop()


@dataclass
class OneTopic:
    """The outbox of the in-memory store."""

    desk: Desk
    ended: dict[int, str] = field(default_factory=dict)

    def lease(self, topics: Any, limit: int, seconds: int) -> list[OutboxMessage]:
        rows = [(key, body) for (topic, key), body in self.desk.store.state.outbox.items() if topic in topics]
        return [OutboxMessage(n, "notice", key, body) for n, (key, body) in enumerate(rows) if n not in self.ended]

    def done(self, message_id: int) -> None:
        self.ended[message_id] = "done"

    def failed(self, message_id: int, error: str, retry_at: Any) -> None:
        self.ended[message_id] = f"{'later' if retry_at else 'dead'}: {error}"


def rejected(notifier: SmtpNotifier, sender: str, reason: str, name: str = "price") -> tuple[Desk, OneTopic, Any]:
    desk = build_desk()
    outbox = OneTopic(desk)
    masters = desk.store.masters
    masters.supplier_list = [replace(s, domains=("brightwater.example",)) for s in masters.supplier_list]
    document = desk.store.state.documents[desk.record(name).document_id]
    desk.store.state.documents[document.id] = replace(document, sender=sender, channel=Channel.EMAIL)
    app = replace(desk.app, notifier=notifier, outbox=outbox)
    seen = desk.record(name).version
    decide(app, desk.ids[name], Decision(DecisionKind.REJECT, reason=reason), actor=CLERK, seen_version=seen)
    return desk, outbox, dispatch_outbox(app)


def test_the_supplier_is_told_once_and_it_is_an_event(sink: tuple[Sink, SmtpNotifier]) -> None:
    desk, outbox, counts = rejected(sink[1], "Billing <billing@brightwater.example>", "Price above the order.")
    assert counts == {"notice sent": 1}
    (mail,) = sink[0].mails
    assert mail["To"] == "billing@brightwater.example"
    assert "Price above the order." in mail.get_content()
    assert "BW-" in str(mail["Subject"])
    assert "notice.sent" in desk.actions("price")
    assert dispatch_outbox(replace(desk.app, notifier=sink[1], outbox=outbox)) == {}


def test_a_stranger_s_address_is_not_answered(sink: tuple[Sink, SmtpNotifier]) -> None:
    _, outbox, counts = rejected(sink[1], "billing@evil.example", "Price above the order.")
    assert counts == {"notice failed": 1}
    assert outbox.ended[0].startswith("dead: No mail address")
    assert sink[0].mails == []


def test_account_numbers_never_leave(sink: tuple[Sink, SmtpNotifier]) -> None:
    reason = "Your account 0631 8795 41655021872 and DE89370400440532013000 is not on file.\r\nBcc: x@evil.example"
    rejected(sink[1], "billing@brightwater.example", reason)
    text = sink[0].mails[0].as_string()
    assert "1655021872" not in text.replace(" ", "")
    assert "370400440532013000" not in text
    assert sink[0].mails[0]["Bcc"] is None


def test_refused_for_good_or_for_now(sink: tuple[Sink, SmtpNotifier]) -> None:
    _, outbox, _ = rejected(sink[1], "gone@brightwater.example", "Price above the order.")
    assert outbox.ended[0].startswith("dead")
    _, outbox, _ = rejected(sink[1], "later@brightwater.example", "Price above the order.")
    assert outbox.ended[0].startswith("later")
    with pytest.raises(MailFailed):
        SmtpNotifier("smtp://127.0.0.1:1?from=ap@hospital.example").send("a@b.example", "invoice_rejected", _values())


def test_only_our_templates_and_good_settings() -> None:
    with pytest.raises(MailRefused):
        compose("a@b.example", "c@d.example", "../secret", {})
    for url in ("http://x?from=a@b.example", "smtp://host", "smtp://host?from=nobody"):
        with pytest.raises(InvalidInput):
            SmtpNotifier(url)
    assert inert("invoice BW-20441 of 2026-03-14") == "invoice BW-20441 of 2026-03-14"
    assert inert("order 7200041000, account 7200041001", frozenset({"7200041000"})) == "order 7200041000, account •••"


def _values() -> dict[str, Any]:
    return {
        "invoice_number": "1", "invoice_date": None, "supplier_name": "S", "received_on": "2026-01-01", "po_number": None,
        "reason": "", "invoice_id": "x",
    }  # fmt: skip


def acknowledged(notifier: SmtpNotifier, to: str) -> tuple[OneTopic, dict[str, int]]:
    """A mail that came in was answered by intake; what its outbox row becomes."""
    desk = build_desk()
    desk.store.masters.supplier_list = [
        replace(s, domains=("brightwater.example",)) for s in desk.store.masters.supplier_list
    ]
    document = desk.store.state.documents[desk.record("price").document_id]
    whole = replace(document, id="mail-1", status="container", source_name="1.eml", channel=Channel.EMAIL)
    parts = [
        replace(document, id="p1", status="received", part="INV-7.pdf"),
        replace(
            document,
            id="p2",
            status="rejected",
            part="logo.gif",
            reason="The file is a GIF picture.\r\nBcc: x@evil.example",
        ),
        replace(document, id="p3", status="discarded", part="old.pdf"),
    ]
    headers = MailHeaders(to, "Bill", "Invoice 0631 8795 4165", "<7@brightwater.example>", None)
    owed = answer(headers, [whole, *parts], desk.store.masters.suppliers())
    assert owed is not None
    with desk.app.unit_of_work() as work:
        work.enqueue("notice", *owed)
        work.commit()
    outbox = OneTopic(desk)
    return outbox, dispatch_outbox(replace(desk.app, notifier=notifier, outbox=outbox))


def test_a_mail_that_came_in_is_acknowledged_with_what_was_taken_and_what_not(sink: tuple[Sink, SmtpNotifier]) -> None:
    outbox, counts = acknowledged(sink[1], "billing@brightwater.example")
    assert counts == {"notice sent": 1}
    assert outbox.ended == {0: "done"}
    (mail,) = sink[0].mails
    text = mail.get_content()
    assert (mail["To"], mail["In-Reply-To"]) == ("billing@brightwater.example", "<7@brightwater.example>")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Bcc"] is None
    assert [name in text for name in ("INV-7.pdf", "logo.gif: The file is a GIF picture.", "old.pdf")] == [True] * 3
    assert "8795" not in mail.as_string()


def test_a_refusal_is_a_mail_of_its_own_and_a_removed_supplier_gets_none(sink: tuple[Sink, SmtpNotifier]) -> None:
    values = {
        "subject": "Invoice", "in_reply_to": "no id", "received_on": "2026-03-16", "taken": [], "refused": ["a.exe: No."],
        "known_already": [], "key": "answer:1",
    }  # fmt: skip
    mail = compose("ap@hospital.example", "x@brightwater.example", "mail_refused", values)
    assert "a.exe: No." in mail.get_content()
    assert mail["In-Reply-To"] is None
    desk = build_desk()
    desk.store.masters.supplier_list = []
    payload = {"to": "x@brightwater.example", "template": "mail_refused", "values": {**values, "refused": []}}
    with desk.app.unit_of_work() as work:
        work.enqueue("notice", "answer:1", payload)
        work.commit()
    outbox = OneTopic(desk)
    assert dispatch_outbox(replace(desk.app, notifier=sink[1], outbox=outbox)) == {"notice failed": 1}
    assert sink[0].mails == []


def test_an_acknowledgement_is_an_attachment(sink: tuple[Sink, SmtpNotifier]) -> None:
    sink[1].send_file("edi@brightwater.example", "997:abc", "997-1.edi", "ISA*00~")
    (mail,) = sink[0].mails
    (attached,) = [part for part in mail.walk() if part.get_filename()]
    assert (attached.get_filename(), attached.get_payload(decode=True)) == ("997-1.edi", b"ISA*00~")
