"""One Chromium for all browser tests; each test has its own desk and its own context."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.harness import CHROMIUM, browser_of, log_in, running_desk
from tests.fakes.desk import Desk


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("No Chromium is installed (apt install chromium).")
    with sync_playwright() as play:
        browser = browser_of(play)
        yield browser
        browser.close()


@pytest.fixture
def running() -> Iterator[tuple[str, Desk]]:
    with running_desk() as found:
        yield found


@pytest.fixture
def person(chromium: Browser, running: tuple[str, Desk]) -> Iterator[Callable[..., Page]]:
    """`person("clerk")` is that person's own browser, logged in. A script error in it fails the test."""
    contexts, errors = [], []

    def enter(user: str, **options: object) -> Page:
        context = chromium.new_context(viewport={"width": 1440, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        log_in(page, running[0], user)
        return page

    yield enter
    for context in contexts:
        context.close()
    assert errors == []
