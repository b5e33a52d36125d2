"""Accessibility (axe), reflow at 200 % zoom, size of the scripts."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.shots import SHOTS, resolve, settle
from tests.fakes.desk import Desk

pytestmark = pytest.mark.browser
AXE = Path("node_modules/axe-core/axe.min.js")
STATIC = Path("pipeline/web/static")
Enter = Callable[..., Page]


def violations(page: Page) -> list[str]:
    page.evaluate(AXE.read_text("utf-8"))
    found: dict[str, Any] = page.evaluate(
        "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
    )
    return [f"{v['id']}: {n['target']} {n['failureSummary'][:200]}" for v in found["violations"] for n in v["nodes"]]


@pytest.mark.skipif(not AXE.exists(), reason="npm install fetches axe-core, the accessibility checker")
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("name", "user", "place"), SHOTS, ids=[shot[0] for shot in SHOTS])
def test_no_accessibility_violation(
    person: Enter, running: tuple[str, Desk], name: str, user: str, place: str, theme: str
) -> None:
    page = person(user, color_scheme=theme)
    page.goto(running[0] + resolve(running[1], place))
    settle(page)
    assert violations(page) == []


@pytest.mark.skipif(not AXE.exists(), reason="npm install fetches axe-core, the accessibility checker")
@pytest.mark.parametrize("keys", [["?"], ["Control+k"], ["r"], ["n"], ["h"]])
def test_no_violation_in_dialogs(person: Enter, running: tuple[str, Desk], keys: list[str]) -> None:
    page = person("clerk")
    page.goto(f"{running[0]}/items/{running[1].item('duplicate').id}")
    settle(page)
    for key in keys:
        page.keyboard.press(key)
    page.wait_for_timeout(100)
    assert page.locator("dialog[open]").count() == 1
    assert violations(page) == []


@pytest.mark.skipif(not AXE.exists(), reason="npm install fetches axe-core, the accessibility checker")
def test_no_violation_at_log_in(chromium: Any, running: tuple[str, Desk]) -> None:
    page = chromium.new_page()
    page.goto(running[0] + "/login")
    assert violations(page) == []
    page.close()


@pytest.mark.parametrize(("name", "user", "place"), SHOTS, ids=[shot[0] for shot in SHOTS])
def test_twice_as_large_needs_no_sideways_scrolling(
    person: Enter, running: tuple[str, Desk], name: str, user: str, place: str
) -> None:
    page = person(user)
    page.set_viewport_size({"width": 640, "height": 500})
    page.goto(running[0] + resolve(running[1], place))
    settle(page)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_the_scripts_are_small() -> None:
    size = sum(len(gzip.compress(file.read_bytes())) for file in STATIC.glob("*.js"))
    assert size <= 60_000
