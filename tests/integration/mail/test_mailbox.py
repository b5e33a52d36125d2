"""The mailbox adapter against a real IMAP server."""

import os
import shutil
import threading
import time
from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from pipeline.intake.mailbox import MailboxSettings, MailboxUnavailable, MailKey, connect, poll, wait_for_mail
from tests.integration.mail.dovecot import Dovecot, running, token

needs_dovecot = pytest.mark.skipif(
    shutil.which("dovecot") is None or os.geteuid() != 0, reason="dovecot-imapd is not installed, or not root"
)
pytestmark = needs_dovecot


class Memory:
    def __init__(self) -> None:
        self.keys: set[MailKey] = set()

    def taken(self, key: MailKey) -> bool:
        return key in self.keys

    def take(self, key: MailKey) -> None:
        self.keys.add(key)


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    with running() as dovecot:
        yield dovecot


def settings(server: Dovecot, user: str, **more: object) -> MailboxSettings:
    values = {
        "name": user,
        "host": "127.0.0.1",
        "port": server.imap,
        "security": "none",
        "user": user,
        "password": "secret",
    }
    return MailboxSettings.model_validate(values | more)


def mail(number: int) -> bytes:
    message = EmailMessage()
    message["From"] = "Billing <billing@supplier.example>"
    message["To"] = "invoices@hospital.example"
    message["Subject"] = f"Invoice {number}"
    message.set_content(f"Invoice {number} attached.")
    message.add_attachment(
        b"%PDF-1.4 " + str(number).encode(), maintype="application", subtype="pdf", filename=f"{number}.pdf"
    )
    return message.as_bytes()


def subjects(raws: list[bytes]) -> list[str]:
    return sorted(line.decode() for raw in raws for line in raw.splitlines() if line.startswith(b"Subject:"))


def test_new_messages_are_taken_once_and_moved_after_acceptance(server: Dovecot) -> None:
    user, memory, got = "once", Memory(), []
    for number in range(3):
        server.deliver(mail(number), user)
    first = poll(settings(server, user), memory, lambda raw, key: got.append(raw))
    second = poll(settings(server, user), memory, lambda raw, key: got.append(raw))
    assert (first.taken, second.taken) == (3, 0)
    assert subjects(got) == ["Subject: Invoice 0", "Subject: Invoice 1", "Subject: Invoice 2"]
    with connect(settings(server, user, folder="Processed")) as box:
        assert len(box.uids()) == 3


def test_a_message_stays_in_the_inbox_when_we_fail_to_accept_it(server: Dovecot) -> None:
    user, memory, got = "fails", Memory(), []
    server.deliver(mail(7), user)

    def broken(raw: bytes, key: MailKey) -> None:
        raise OSError("disk full")

    with pytest.raises(MailboxUnavailable):
        poll(settings(server, user), memory, broken)
    assert not memory.keys
    assert poll(settings(server, user), memory, lambda raw, key: got.append(raw)).taken == 1
    assert subjects(got) == ["Subject: Invoice 7"]


def test_a_message_left_in_place_is_not_fetched_again(server: Dovecot) -> None:
    user, memory, got = "left", Memory(), []
    server.deliver(mail(1), user)
    rules = settings(server, user, after="leave")
    poll(rules, memory, lambda raw, key: got.append(raw))
    again = poll(rules, memory, lambda raw, key: got.append(raw))
    assert (again.taken, again.known, len(got)) == (0, 1, 1)


def test_a_recreated_mailbox_reuses_uids_and_loses_nothing(server: Dovecot) -> None:
    user, memory, got = "again", Memory(), []
    rules = settings(server, user, after="leave")
    server.deliver(mail(1), user)
    poll(rules, memory, lambda raw, key: got.append(raw))
    server.recreate(user)
    server.deliver(mail(2), user)
    assert poll(rules, memory, lambda raw, key: got.append(raw)).taken == 1
    assert subjects(got) == ["Subject: Invoice 1", "Subject: Invoice 2"]


def test_senders_that_are_not_allowed_are_flagged_and_left(server: Dovecot) -> None:
    user, memory, got = "rules", Memory(), []
    server.deliver(mail(1), user)
    rules = settings(server, user, allowed_senders=("*@trusted.example",))
    outcome = poll(rules, memory, lambda raw, key: got.append(raw))
    assert (outcome.taken, outcome.refused, got) == (0, 1, [])
    with connect(rules) as box:
        assert len(box.uids("FLAGGED")) == 1


def test_an_access_token_logs_in_and_an_expired_one_does_not(server: Dovecot) -> None:
    user, got = "oauth@hospital.example", []
    server.deliver(mail(3), "oauth")
    rules = settings(server, user, password=None, access_token=token(user))
    assert poll(rules, Memory(), lambda raw, key: got.append(raw)).taken == 1
    assert subjects(got) == ["Subject: Invoice 3"]
    with pytest.raises(MailboxUnavailable):
        connect_once(settings(server, user, password=None, access_token=token(user, -100)))
    with pytest.raises(MailboxUnavailable):
        connect_once(settings(server, user, password=None, access_token=token(user)[:-4] + "AAAA"))


def connect_once(rules: MailboxSettings) -> None:
    poll(rules, Memory(), lambda raw, key: None)


def test_idle_wakes_when_a_message_comes(server: Dovecot) -> None:
    user = "idle"
    rules = settings(server, user)
    assert not wait_for_mail(rules, 1)
    threading.Timer(1.0, server.deliver, (mail(1), user)).start()
    started = time.monotonic()
    assert wait_for_mail(rules, 30)
    assert time.monotonic() - started < 15


def test_a_wrong_password_is_one_clear_error(server: Dovecot) -> None:
    with pytest.raises(MailboxUnavailable, match="Mailbox nobody is not available"):
        poll(settings(server, "nobody", password="wrong"), Memory(), lambda raw, key: None)
