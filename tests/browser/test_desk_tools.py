"""Reading a box again, alternatives with their source, undo for ten seconds, and the screens beside the item."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_keyboard import open_item, until
from tests.fakes.desk import Desk

pytestmark = pytest.mark.browser
Enter = Callable[..., Page]


def test_a_box_is_moved_by_keys_and_read(person: Enter, running: tuple[str, Desk]) -> None:
    page = person("clerk")
    keys = open_item(page, running, "doubtful")
    keys.press("Alt+b")
    frame = page.locator(".box.movable")
    expect(frame).to_be_focused()
    for _ in range(3):
        keys.press("ArrowDown", "Shift+ArrowRight")
    keys.press("Escape")
    expect(frame).to_have_count(0)
    expect(page.locator("#f-invoice_number")).to_be_focused()
    keys.press("Alt+b")
    keys.press(*["ArrowLeft"] * 30, *["ArrowDown"] * 45)
    keys.press("Enter")
    expect(page.locator("#f-invoice_number")).to_have_value("BW-20999")
    expect(page.locator("#status")).to_contain_text("87 % sure")
    alternatives = page.locator("[data-field=invoice_number] .alt")
    expect(alternatives.last).to_contain_text("61 % sure (tesseract)")
    assert running[1].record("doubtful").corrections == (), "offered, not saved"


def test_a_box_is_drawn_with_the_mouse(person: Enter, running: tuple[str, Desk]) -> None:
    page = person("clerk")
    open_item(page, running, "doubtful")
    page.locator("[data-view=box]").click()
    page.locator("#view").evaluate("v => { v.scrollTop = 0 }")
    place = page.locator("#boxes").bounding_box()
    assert place is not None
    x, y = place["x"], place["y"]
    page.mouse.move(x + place["width"] * 0.02, y + place["height"] * 0.01)
    page.mouse.down()
    page.mouse.move(x + place["width"] * 0.3, y + place["height"] * 0.04)
    page.mouse.up()
    expect(page.locator("#f-invoice_number")).to_have_value("BW-20999")


def test_words_in_a_box_need_no_second_reading(person: Enter, running: tuple[str, Desk]) -> None:
    page = person("clerk")
    keys = open_item(page, running, "doubtful")
    page.locator("#f-invoice_number").fill("")
    keys.press("Alt+b", "Enter")
    expect(page.locator("#f-invoice_number")).to_have_value("BW-20511")


def test_alternatives_say_where_they_come_from(person: Enter, running: tuple[str, Desk]) -> None:
    page = person("clerk")
    open_item(page, running, "doubtful")
    expect(page.locator("[data-field=invoice_number] .alt").first).to_contain_text("second reader")
    page.locator('[name="lines[0].unit_price"]').fill("9.99")
    page.goto(f"{running[0]}/invoices/{running[1].ids['price']}")
    page.locator('[name="lines[0].unit_price"]').focus()
    expect(page.locator("#cell-alts")).to_contain_text("9.57")
    expect(page.locator("#cell-alts")).to_contain_text("order 4500119261/1")


def test_the_last_decision_is_taken_back_from_the_next_page(person: Enter, running: tuple[str, Desk]) -> None:
    desk = running[1]
    page = person("clerk")
    keys = open_item(page, running, "no_po")
    page.locator("body").press("Escape")
    keys.press("r", "Alt+2", "Control+Enter")
    until(lambda: desk.record("no_po").state == "REJECTED")
    expect(page.locator("#status")).to_contain_text("Rejected.")
    page.locator("#status button").wait_for()
    page.locator("body").press("Control+z")
    page.wait_for_url(lambda url: desk.record("no_po").reopened_as is not None and "/items/" in url)
    assert desk.store.state.invoices[desk.record("no_po").reopened_as].state == "IN_REVIEW"


def test_the_menu_of_further_pages_works_by_keys(person: Enter, running: tuple[str, Desk]) -> None:
    page = person("supervisor")
    page.goto(running[0] + "/queue")
    page.locator("[data-menu] summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-menu] a").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("[data-menu] a").first).to_be_hidden()
    page.keyboard.press("Control+k")
    page.keyboard.type("stand")
    page.keyboard.press("Enter")
    page.wait_for_url("**/delegations")
