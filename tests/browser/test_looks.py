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


@pytest.mark.parametrize(("name", "user", "place"), SHOTS, ids=[shot[0] for shot in SHOTS])
def test_a_screen_in_both_themes_and_twice_as_large(
    person: Enter, running: tuple[str, Desk], name: str, user: str, place: str
) -> None:
    """No violation of WCAG 2.2 AA in light and dark, and at 200 % zoom nothing needs sideways scrolling."""
    page = person(user)
    page.goto(running[0] + resolve(running[1], place))
    settle(page)
    if AXE.exists():  # npm install fetches axe-core, the accessibility checker
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            assert violations(page) == [], theme
    page.set_viewport_size({"width": 640, "height": 500})
    page.wait_for_timeout(50)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.skipif(not AXE.exists(), reason="npm install fetches axe-core, the accessibility checker")
def test_no_violation_in_passing_states(person: Enter, running: tuple[str, Desk]) -> None:
    """The menu open, a box being placed, a reading offered, an undo offered, a key just made."""
    page = person("clerk")
    page.goto(f"{running[0]}/items/{running[1].item('doubtful').id}")
    settle(page)
    page.keyboard.press("Alt+b")
    assert violations(page) == []
    for _ in range(40):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator(".alt", has_text="tesseract").wait_for()
    assert violations(page) == []
    page.keyboard.press("Control+Enter")
    page.locator("#status button").wait_for()
    assert violations(page) == []
    page.goto(running[0] + "/keys")
    page.locator("[data-menu] summary").press("Enter")
    assert violations(page) == []
    page.locator("[name=name]").fill("portal")
    page.locator("[name=scopes]").first.check()
    page.locator("form.stack button.primary").click()
    page.locator("#secret").wait_for()
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


def test_the_scripts_are_small() -> None:
    size = sum(len(gzip.compress(file.read_bytes())) for file in STATIC.glob("*.js"))
    assert size <= 60_000
