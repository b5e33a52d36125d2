"""Mailboxes into the store: cut connections, kills at every point, recreated folders. Nothing is lost, nothing is twice.

APDESK_TEST_REPEATS (default 2) and APDESK_TEST_MESSAGES (default 30) make the runs longer.
"""

import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from pipeline.bootstrap import SystemClock, build_inspector
from pipeline.domain.document import Limits
from pipeline.intake.mailbox import MailboxSettings, connect
from pipeline.intake.sources import Sources
from pipeline.process.collect import Collected, collect
from pipeline.storage.store import Store
from tests.integration.mail.dovecot import Dovecot, running
from tests.integration.mail.proxy import cutting

pytestmark = pytest.mark.skipif(
    shutil.which("dovecot") is None or os.geteuid() != 0, reason="dovecot-imapd is not installed, or not root"
)
REPEATS = int(os.environ.get("APDESK_TEST_REPEATS", "2"))
MESSAGES = int(os.environ.get("APDESK_TEST_MESSAGES", "30"))
POINTS = ("fetched", "stored", "noted")


class Entrance:
    """What collecting needs of an App."""

    def __init__(self, store: Store) -> None:
        self.store, self.blobs, self.unit_of_work = store, store.blobs, store.unit_of_work
        self.clock, self.limits, self.look = SystemClock(), Limits(), build_inspector()
        self.scan = self.render = None
        self.rematch = lambda work, record, trigger: record


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    with running() as dovecot:
        yield dovecot


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(f"sqlite:///{tmp_path}/apdesk.sqlite", tmp_path, lambda: datetime.now(UTC))
    yield opened
    opened.close()


def invoice(number: int) -> bytes:
    return (
        '<?xml version="1.0"?><Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2">'
        f"<ID>N-{number}</ID></Invoice>"
    ).encode()


def mail(number: int, padding: int = 0) -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = "billing@supplier.example", "invoices@hospital.example"
    message["Subject"], message["Message-ID"] = f"Invoice {number}", f"<{number}@supplier.example>"
    message.set_content("Attached." + "x" * 70 * (padding // 70))
    message.add_attachment(invoice(number), maintype="application", subtype="xml", filename=f"{number}.xml")
    return message.as_bytes()


def box(port: int, user: str, **more: object) -> MailboxSettings:
    values = {"name": user, "host": "127.0.0.1", "port": port, "security": "none", "user": user, "password": "secret"}
    return MailboxSettings.model_validate(values | more)


def once(store: Store, settings: MailboxSettings) -> Collected:
    app: Any = Entrance(store)
    (found,) = collect(app, Sources(mailbox=(settings,)), store.mail_memory)
    return found


def accepted(store: Store) -> Counter[str]:
    """How often each invoice stands as an accepted document, by its bytes."""
    ids = store.queries.unread_documents()
    with store.unit_of_work() as work:
        return Counter(work.get_document(each).sha256 for each in ids)


def expected(numbers: int) -> Counter[str]:
    return Counter({hashlib.sha256(invoice(number)).hexdigest(): 1 for number in range(numbers)})


def test_many_messages_a_fifth_of_them_again(server: Dovecot, store: Store) -> None:
    user, single = "many", MESSAGES * 4 // 5
    for number in [*range(single), *range(MESSAGES - single)]:
        server.deliver(mail(number), user)
    found = once(store, box(server.imap, user))
    assert (found.taken, found.problem) == (MESSAGES, None)
    assert accepted(store) == expected(single)
    assert once(store, box(server.imap, user)).taken == 0


@pytest.mark.parametrize("seed", range(REPEATS))
def test_connections_cut_in_mid_fetch_lose_nothing(server: Dovecot, store: Store, seed: int) -> None:
    rng, user = random.Random(seed), f"cut{seed}"
    for number in range(8):
        server.deliver(mail(number, 20_000), user)
    cuts = 0
    for _ in range(20):
        with cutting(server.imap, rng.randrange(3_000, 90_000)) as port:
            cuts += once(store, box(port, user, timeout=5)).problem is not None
    assert cuts > 0
    once(store, box(server.imap, user))
    assert accepted(store) == expected(8)
    with connect(box(server.imap, user)) as left:
        assert left.uids() == []


@pytest.mark.parametrize("after", ["move", "flag", "leave"])
def test_a_recreated_mailbox_with_the_same_messages_gives_nothing_twice(
    server: Dovecot, store: Store, after: str
) -> None:
    user = f"recreated-{after}"
    for _ in range(2):
        for number in range(4):
            server.deliver(mail(number), user)
        assert once(store, box(server.imap, user, after=after)).taken == 4
        server.recreate(user)
    assert accepted(store) == expected(4)


@pytest.mark.parametrize("seed", range(REPEATS))
def test_kills_between_fetch_store_and_move_lose_and_repeat_nothing(server: Dovecot, tmp_path: Path, seed: int) -> None:
    rng, user, count = random.Random(1000 + seed), f"kill{seed}", 6
    for number in range(count):
        server.deliver(mail(number), user)
    killed = 0
    for point in rng.sample(POINTS, len(POINTS)):
        killed += run(server, tmp_path, user, point, rng.randint(1, 2)) == -signal.SIGKILL
    assert killed == len(POINTS)
    assert run(server, tmp_path, user, "none", 1) == 0
    store = Store(f"sqlite:///{tmp_path}/apdesk.sqlite", tmp_path, lambda: datetime.now(UTC))
    try:
        assert accepted(store) == expected(count)
    finally:
        store.close()
    with connect(box(server.imap, user)) as left:
        assert left.uids() == []


def run(server: Dovecot, home: Path, user: str, point: str, number: int) -> int:
    command = [sys.executable, "-m", "tests.integration.mail.crash", str(server.imap), user, point, str(number)]
    root = str(Path.cwd())
    environment = {name: value for name, value in os.environ.items() if name != "APDESK_DATABASE_URL"}
    environment |= {"APDESK_HOME": str(home), "PYTHONPATH": root}
    return subprocess.run(command, env=environment, check=False, timeout=120).returncode
