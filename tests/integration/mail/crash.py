"""One poll of a mailbox into the store of APDESK_HOME that kills itself without warning at a point of its way.

python -m tests.integration.mail.crash PORT USER POINT NUMBER: at the NUMBER-th message, POINT is `fetched` (nothing is
stored yet), `stored` (committed, not noted) or `noted` (not moved yet); `none` goes to the end.
"""

import os
import signal
import sys
from typing import Any

from pipeline.bootstrap import build_app, build_store
from pipeline.domain.document import Document, Upload
from pipeline.intake.mailbox import MailboxSettings, MailKey
from pipeline.intake.sources import Sources
from pipeline.process import collect


class Point:
    """Counts arrivals at one point and dies at the chosen one."""

    def __init__(self, name: str, number: int) -> None:
        self._name, self._left = name, number

    def reached(self, name: str) -> None:
        if name == self._name:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


class Memory:
    def __init__(self, inner: Any, point: Point) -> None:
        self._inner, self._point = inner, point

    def taken(self, key: MailKey) -> bool:
        return bool(self._inner.taken(key))

    def take(self, key: MailKey) -> None:
        self._point.reached("stored")
        self._inner.take(key)
        self._point.reached("noted")


def main(port: int, user: str, name: str, number: int) -> None:
    point = Point(name, number)
    real = collect.take_in

    def take_in(app: Any, upload: Upload) -> tuple[Document, ...]:
        point.reached("fetched")
        return real(app, upload)

    collect.take_in = take_in  # type: ignore[assignment]
    box = MailboxSettings.model_validate(
        {"name": user, "host": "127.0.0.1", "port": port, "security": "none", "user": user, "password": "secret"}
    )
    memory = Memory(build_store().mail_memory, point)
    for found in collect.collect(build_app(), Sources(mailbox=(box,)), memory):
        sys.stdout.write(f"{found}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]))
