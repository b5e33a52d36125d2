"""A day at the desk without a mouse: keys and milliseconds counted (must-haves of the desk)."""

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from pipeline.domain.events import Actor
from pipeline.review import claims
from tests.fakes.desk import Desk

pytestmark = pytest.mark.browser
Enter = Callable[..., Page]


class Keys:
    """Presses keys and counts them."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0

    def press(self, *keys: str) -> "Keys":
        for key in keys:
            self.page.keyboard.press(key)
            self.count += 1
        return self

    def type(self, text: str) -> "Keys":
        for letter in text:
            self.page.keyboard.press(letter)
            self.count += 1
        return self


def open_item(page: Page, running: tuple[str, Desk], name: str) -> Keys:
    page.goto(f"{running[0]}/items/{running[1].item(name).id}")
    expect(page.locator("#claim")).to_have_text("You have this item.")
    return Keys(page)


def until(check: Callable[[], bool], seconds: float = 5) -> None:
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def test_a_clean_item_costs_one_key(person: Enter, running: tuple[str, Desk]) -> None:
    desk = running[1]
    page = person("clerk")
    keys = open_item(page, running, "clean")
    keys.press("Control+Enter")
    until(lambda: desk.record("clean").state == "AUTO_APPROVED")
    assert keys.count == 1
    page.wait_for_url(lambda url: "/items/" in url and desk.items("clean")[0].id not in url)


def test_a_wrong_field_costs_its_digits_and_two(person: Enter, running: tuple[str, Desk]) -> None:
    page = person("clerk")
    keys = open_item(page, running, "doubtful")
    expect(page.locator("#f-invoice_number")).to_be_focused()
    expect(page.locator(".box.at")).to_be_visible()
    keys.type("BW-20517").press("Control+Enter")
    until(lambda: running[1].record("doubtful").state == "AUTO_APPROVED")
    assert keys.count <= len("BW-20517") + 2
    assert running[1].record("doubtful").invoice.invoice_number == "BW-20517"


def test_enter_goes_from_doubt_to_doubt_and_an_alternative_is_one_key(person: Enter, running: tuple[str, Desk]) -> None:
    page = person("clerk")
    keys = open_item(page, running, "two_doubts")
    expect(page.locator("#f-invoice_date")).to_be_focused()
    keys.press("Control+Enter")
    expect(page.locator("#status")).to_contain_text("still needs a look")
    assert running[1].record("two_doubts").state == "IN_REVIEW", "nothing goes while a value is doubtful"
    expect(page.locator("#f-po_number")).to_be_focused()
    keys.press("Shift+Enter")
    expect(page.locator("#f-invoice_date")).to_be_focused()
    keys.press("Enter")
    expect(page.locator("#f-po_number")).to_be_focused()
    keys.press("Alt+1")
    other = page.locator("[data-field=po_number] .alt").get_attribute("data-alt")
    assert other is not None
    expect(page.locator("#f-po_number")).to_have_value(other)
    page.locator("#f-po_number").fill("4500119261")
    keys.press("Enter", "Control+Enter")
    until(lambda: running[1].record("two_doubts").state == "AUTO_APPROVED")


def test_a_mismatch_costs_three_keys(person: Enter, running: tuple[str, Desk]) -> None:
    page = person("buyer")
    keys = open_item(page, running, "price")
    keys.press("v", "Alt+1", "Control+Enter")
    until(lambda: running[1].record("price").state == "AUTO_APPROVED")
    assert keys.count <= 12


def test_reject_with_a_ready_made_reason(person: Enter, running: tuple[str, Desk]) -> None:
    page = person("clerk")
    keys = open_item(page, running, "no_po")
    page.locator("body").press("Escape")
    keys.press("r", "Alt+2", "Control+Enter")
    until(lambda: running[1].record("no_po").state == "REJECTED")


def test_words_are_picked_from_the_page_without_a_mouse(person: Enter, running: tuple[str, Desk]) -> None:
    page = person("clerk")
    keys = open_item(page, running, "doubtful")
    keys.press("Alt+ArrowRight")
    expect(page.locator(".box.word")).to_have_count(1)
    expect(page.locator("#f-invoice_number")).to_have_value("BW-20511")
    keys.press("Alt+ArrowRight")
    expect(page.locator("#f-invoice_number")).not_to_have_value("BW-20511")


def test_the_grid_is_a_sheet(person: Enter, running: tuple[str, Desk]) -> None:
    page = person("clerk")
    keys = open_item(page, running, "doubtful")
    page.locator('[name="lines[0].line_total"]').focus()
    keys.press("ArrowDown")
    expect(page.locator('[name="lines[1].line_total"]')).to_be_focused()
    keys.press("Alt+n")
    expect(page.locator("#grid tbody tr")).to_have_count(3)
    page.evaluate(
        """() => { const d = new DataTransfer(); d.setData("text", "A-1\\tTape\\t2\\tEA\\t1.50\\t3.00");
        document.activeElement.dispatchEvent(new ClipboardEvent("paste", {clipboardData: d, bubbles: true, cancelable: true})); }"""
    )
    expect(page.locator('[name="lines[2].line_total"]')).to_have_value("3.00")
    expect(page.locator("#sum")).to_have_text("681.80")
    expect(page.locator("#sum-words")).to_contain_text("3.00")
    keys.press("Alt+d")
    expect(page.locator("#grid tbody tr")).to_have_count(2)
    expect(page.locator("#sum-words")).to_contain_text("fits")


def test_lists_palette_and_sheet(person: Enter, running: tuple[str, Desk]) -> None:
    page = person("clerk")
    page.goto(running[0] + "/queue")
    keys = Keys(page)
    keys.press("j", "j", "k")
    expect(page.locator("tr.at")).to_have_count(1)
    keys.press("?")
    expect(page.locator("#keys")).to_be_visible()
    keys.press("Escape", "Control+k")
    keys.type("upl").press("Enter")
    page.wait_for_url("**/upload")
    page.goto(running[0] + "/queue")
    keys.press("n")
    page.wait_for_url("**/items/*")


def test_letters_can_be_switched_off(person: Enter, running: tuple[str, Desk]) -> None:
    page = person("clerk")
    page.goto(running[0] + "/queue")
    page.evaluate("localStorage.setItem('apdesk-letters', 'off')")
    page.keyboard.press("n")
    page.wait_for_timeout(200)
    assert page.url.endswith("/queue")


def test_two_browsers_one_invoice(person: Enter, running: tuple[str, Desk]) -> None:
    """One wins; the other sees the difference and loses nothing else of what was typed."""
    desk = running[1]
    clerk, lead = person("clerk"), person("supervisor")
    open_item(clerk, running, "doubtful")
    clerk.locator("#f-invoice_number").fill("MINE")
    clerk.locator("#f-due_date").fill("2026-05-01")
    lead.goto(f"{running[0]}/invoices/{desk.ids['doubtful']}")
    assert lead.locator("#f-invoice_number").get_attribute("readonly") is not None, "somebody else has the item"
    until(lambda: "typed" in desk.item("doubtful").draft)
    claims.release(desk.app, desk.item("doubtful").id, Actor("user", "clerk", ("AP_CLERK",)))
    lead.reload()
    expect(lead.locator("#claim")).to_have_text("You have this item.")
    lead.locator("#f-invoice_number").fill("THEIRS")
    lead.keyboard.press("Control+Enter")
    until(lambda: desk.record("doubtful").invoice.invoice_number == "THEIRS")
    clerk.keyboard.press("Control+Enter")
    expect(clerk.locator("#ask-conflict")).to_be_visible()
    row = clerk.locator("#conflict-rows tr", has_text="Invoice number")
    expect(row).to_contain_text("THEIRS")
    expect(row).to_contain_text("MINE")
    expect(row).to_contain_text("Sam Supervisor changed Invoice number from BW-20511 to THEIRS")
    clerk.locator("[data-reload]").press("Enter")
    expect(clerk.locator("#f-due_date")).to_have_value("2026-05-01")
    expect(clerk.locator("#f-invoice_number")).to_have_value("THEIRS")


def test_hostile_content_does_not_run(person: Enter, running: tuple[str, Desk]) -> None:
    page = person("vendor1")
    open_item(page, running, "hostile")
    page.wait_for_timeout(300)
    assert page.evaluate("window.hacked") is None
    assert page.evaluate("document.querySelectorAll('main img').length") == 1
