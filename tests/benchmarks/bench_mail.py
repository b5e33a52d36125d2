"""A mailbox under every fault at once, against a real Dovecot: nothing lost, nothing twice.

Run:  python -m tests.benchmarks.bench_mail --messages 500 --repeats 20

Each repeat has its own seed, mailbox and store. A fifth of the messages are repeats. Polls are killed (-9) after fetching,
after storing and after noting a message, and their connections cut in mid-fetch, at places drawn by the seed; once on the
way the mailbox is made anew with another UIDVALIDITY and all its messages again, in another order. Then polls without faults
empty it, and the store is compared with what was sent. Needs dovecot and root, like the tests of this adapter.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pipeline.intake.mailbox import connect
from pipeline.storage.store import Store
from tests.integration.mail.dovecot import Dovecot, running
from tests.integration.mail.proxy import cutting
from tests.integration.mail.test_collect import POINTS, box, expected, mail, once

KILLS, CUTS = 6, 6
FAULTLESS = 5


@dataclass
class Outcome:
    """One repeat: how often each fault really struck, and what is wrong in the end."""

    seed: int
    faults: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    twice: int = 0
    left: int = 0
    unreadable: int = 0

    @property
    def right(self) -> bool:
        return not (self.lost or self.twice or self.left or self.unreadable)


def killed(port: int, home: Path, user: str, point: str, number: int) -> bool:
    """One poll in a process of its own that kills itself at the `number`-th message; whether it came to that."""
    command = [sys.executable, "-m", "tests.integration.mail.crash", str(port), user, point, str(number)]
    environment = {name: value for name, value in os.environ.items() if name != "APDESK_DATABASE_URL"}
    environment |= {"APDESK_HOME": str(home), "PYTHONPATH": str(Path.cwd())}
    done = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False, timeout=900)
    return done.returncode == -signal.SIGKILL


def polled(port: int, home: Path, user: str) -> str | None:
    """One poll in this process; what it says went wrong."""
    store = opened(home)
    try:
        return once(store, box(port, user, timeout=30)).problem
    finally:
        store.close()


def opened(home: Path) -> Store:
    return Store(f"sqlite:///{home}/apdesk.sqlite", home, lambda: datetime.now(UTC))


def repeat(server: Dovecot, seed: int, messages: int) -> Outcome:
    rng, user, outcome = random.Random(seed), f"run{seed}", Outcome(seed)
    single = messages * 4 // 5
    numbers = [*range(single), *rng.choices(range(single), k=messages - single)]
    raws = [mail(number, rng.choice((0, 2_000, 20_000))) for number in numbers[:single]]
    raws += [raws[number] for number in numbers[single:]]
    rng.shuffle(raws)
    with tempfile.TemporaryDirectory(prefix="apdesk-mail-") as folder:
        server.drop(raws, user)
        faults = [*(("kill", point) for point in POINTS * (KILLS // len(POINTS))), *[("cut", "")] * CUTS, ("anew", "")]
        rng.shuffle(faults)
        for kind, point in faults:
            outcome.faults[point or kind] += strike(server, Path(folder), user, rng, kind, point, raws)
        for _ in range(FAULTLESS):
            polled(server.imap, Path(folder), user)
            with connect(box(server.imap, user)) as there:
                outcome.left = len(there.uids())
            if not outcome.left:
                break
        compare(Path(folder), outcome, single)
    shutil.rmtree(server.folder / "mail" / user, ignore_errors=True)
    return outcome


def strike(
    server: Dovecot, home: Path, user: str, rng: random.Random, kind: str, point: str, raws: list[bytes]
) -> bool:
    """One fault; whether it struck."""
    if kind == "anew":
        server.recreate(user)
        rng.shuffle(raws)
        server.drop(raws, user)
        return True
    most = max(2, len(raws) // (KILLS + CUTS))
    if kind == "kill":
        return killed(server.imap, home, user, point, rng.randint(1, most))
    with cutting(server.imap, rng.randrange(2_000, 6_000 * most)) as port:
        return polled(port, home, user) is not None


def compare(home: Path, outcome: Outcome, single: int) -> None:
    """What was sent against what stands in the store: by bytes, each exactly once, each readable by its SHA-256."""
    store = opened(home)
    try:
        ids = store.queries.unread_documents()
        with store.unit_of_work() as work:
            found = Counter(work.get_document(each).sha256 for each in ids)
        wanted = expected(single)
        outcome.lost, outcome.twice = (wanted - found).total(), (found - wanted).total()
        outcome.unreadable = sum(not store.blobs.get(sha) for sha in found)
        assert store.verify_audit().intact
    finally:
        store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=500)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    wanted = parser.parse_args()
    if shutil.which("dovecot") is None or os.geteuid() != 0:
        sys.stdout.write("dovecot-imapd is not installed, or not root: nothing measured.\n")
        return
    began, outcomes = time.perf_counter(), []
    with running() as server:
        for seed in range(wanted.seed, wanted.seed + wanted.repeats):
            outcome = repeat(server, seed, wanted.messages)
            outcomes.append(outcome)
            struck = ", ".join(f"{name} {count}" for name, count in sorted(outcome.faults.items()))
            sys.stdout.write(
                f"seed {seed}: lost {outcome.lost}, twice {outcome.twice}, left in the mailbox {outcome.left}, "
                f"unreadable {outcome.unreadable}; faults: {struck}\n"
            )
            sys.stdout.flush()
    wrong = sum(not each.right for each in outcomes)
    sys.stdout.write(
        f"{len(outcomes)} repeats of {wanted.messages} messages in {time.perf_counter() - began:.0f} s: {wrong} wrong, "
        f"{sum(each.lost for each in outcomes)} lost, {sum(each.twice for each in outcomes)} twice\n"
    )
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
