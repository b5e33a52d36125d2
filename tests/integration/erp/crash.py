"""A dispatcher that is killed the moment the ERP has answered, before anything of it is committed here."""

import os
import signal
import sys
from datetime import date
from pathlib import Path
from typing import Any

import httpx

from pipeline.export.rest import RestGateway
from pipeline.process.dispatch import dispatch_outbox
from tests.integration.erp.desk import Desk


class Deadly:
    """Any gateway; the process ends itself with SIGKILL after a posting."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def post(self, voucher: Any, key: str) -> Any:
        self.inner.post(voucher, key)
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    home, url = sys.argv[1:]
    desk = Desk(Path(home), lambda hmac: Deadly(RestGateway(httpx.Client(base_url=url), hmac)), date(2026, 11, 12))
    dispatch_outbox(desk.app)
