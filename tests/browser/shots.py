"""Pictures of every screen, light and dark: `python -m tests.browser.shots FOLDER [BASE_URL]`."""

import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.harness import browser_of, log_in, running_desk

SHOTS = (
    ("queue", "clerk", "/queue"), ("item", "clerk", "item:doubtful"), ("mismatch", "buyer", "item:price"),
    ("duplicate", "clerk", "item:duplicate"), ("bank", "vendor1", "item:bank"), ("approval", "supervisor", "item:approval"),
    ("upload", "clerk", "/upload"), ("invoices", "clerk", "/invoices"), ("approvals", "supervisor", "/approvals"),
    ("overview", "supervisor", "/overview"), ("audit", "auditor", "/audit"), ("policy", "auditor", "/policy"),
    ("team", "supervisor", "/team"), ("delegations", "manager", "/delegations"), ("lead-queue", "supervisor", "/queue"),
    ("story", "clerk", "story:doubtful"), ("unreadable", "clerk", "item:unreadable"),
)  # fmt: skip


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with running_desk() as (base, desk), sync_playwright() as play:
        browser = browser_of(play)
        for theme in ("light", "dark"):
            for name, user, place in SHOTS:
                context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme=theme)
                page = context.new_page()
                log_in(page, base, user)
                page.goto(base + resolve(desk, place))
                settle(page)
                page.screenshot(path=folder / f"{name}-{theme}.png")
                context.close()
            context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme=theme)
            page = context.new_page()
            page.goto(base + "/login")
            page.screenshot(path=folder / f"login-{theme}.png")
            context.close()
        browser.close()


def resolve(desk: object, place: str) -> str:
    kind, _, name = place.partition(":")
    if kind == "item":
        return f"/items/{desk.item(name).id}"
    return f"/invoices/{desk.ids[name]}/story" if kind == "story" else place


def settle(page: Page) -> None:
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(150)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "build/shots"))
