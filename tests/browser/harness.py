"""A running desk and a real Chromium for the browser tests."""

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from playwright.sync_api import Browser, Page, Playwright

from pipeline.web.app import create_app
from tests.fakes.desk import PASSWORD, Desk, build_desk
from tests.fakes.intake import FakeReceive

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@contextmanager
def running_desk(desk: Desk | None = None) -> Iterator[tuple[str, Desk]]:
    """The desk on a free port, in a thread of this process, so that a test can look into its stores."""
    desk = desk or build_desk()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = uvicorn.Config(create_app(desk.app, FakeReceive()), host="127.0.0.1", port=port, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}", desk
    server.should_exit = True
    thread.join(5)


def browser_of(play: Playwright) -> Browser:
    return play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])


def log_in(page: Page, base: str, user: str) -> None:
    page.goto(f"{base}/login")
    page.get_by_label("User name").fill(user)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login" not in url)
