"""Pictures of every screen, light and dark: `python -m tests.browser.shots [FOLDER]`; docs/images holds those of the docs."""

import io
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from pipeline.domain.events import Action, Actor, EventDraft
from pipeline.domain.records import User
from pipeline.intake import quarantine
from pipeline.review import claims, delegate, tokens
from tests.browser.harness import browser_of, log_in, running_desk
from tests.fakes.desk import PASSWORD, Desk, build_desk

SHOTS = (
    ("queue", "clerk", "/queue"), ("item", "clerk", "item:doubtful"), ("mismatch", "buyer", "item:price"),
    ("duplicate", "clerk", "item:duplicate"), ("bank", "vendor1", "item:bank"), ("approval", "supervisor", "item:approval"),
    ("upload", "clerk", "/upload"), ("invoices", "clerk", "/invoices"), ("approvals", "supervisor", "/approvals"),
    ("overview", "supervisor", "/overview"), ("audit", "auditor", "/audit"), ("policy", "auditor", "/policy"),
    ("team", "supervisor", "/team"), ("delegations", "manager", "/delegations"), ("lead-queue", "supervisor", "/queue"),
    ("story", "clerk", "story:doubtful"), ("unreadable", "clerk", "item:unreadable"),
    ("access", "auditor", "/access"), ("keys", "clerk", "/keys"), ("quarantine", "supervisor", "/quarantine"),
    ("split", "clerk", "split:stack"), ("stack", "clerk", "item:stack"), ("reconciliation", "supervisor", "/reconciliation"),
    ("restricted", "clinic", "item:phi"), ("locked-up", "supervisor", "item:malware"),
)  # fmt: skip


def main(folder: Path) -> None:
    """One WebP per screen and theme: `desk-NAME-THEME.webp`."""
    folder.mkdir(parents=True, exist_ok=True)
    with running_desk(lived_in()) as (base, desk), sync_playwright() as play:
        browser = browser_of(play)
        for theme in ("light", "dark"):
            pages: dict[str, Page] = {}
            for name, user, place in SHOTS:
                if user not in pages:
                    pages[user] = new_page(browser, theme)
                    log_in(pages[user], base, user)
                pages[user].goto(base + resolve(desk, place))
                settle(pages[user])
                save(pages[user], folder / f"desk-{name}-{theme}.webp")
            stranger = new_page(browser, theme)
            stranger.goto(base + "/login")
            save(stranger, folder / f"desk-login-{theme}.webp")
        browser.close()


def new_page(browser: Browser, theme: str) -> Page:
    return browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme=theme).new_page()


def save(page: Page, file: Path) -> None:
    with Image.open(io.BytesIO(page.screenshot())) as shot:
        shot.convert("RGB").resize((1200, 750), Image.Resampling.LANCZOS).save(file, "WEBP", quality=72, method=6)


def lived_in() -> Desk:
    """A desk on which people have worked: keys, a stand-in, a claim, a release that was asked, duties that clash."""
    desk = build_desk()
    app, people = desk.app, desk.accounts
    people.save_user(User("vera", "Vera Both", ("AP_CLERK", "VENDOR_MASTER")), PASSWORD)
    clerk, lead = (
        Actor("user", p.id, p.roles, name=p.name) for p in (people.people["clerk"], people.people["manager"])
    )
    tokens.create(app, clerk, "Supplier portal", ("document.upload", "invoice.view"), 90)
    today = app.clock.today()
    delegate.create(
        app, lead, delegator="supervisor", delegate="manager", start=today, end=today, reason="annual leave"
    )
    claims.claim(app, desk.item("two_doubts").id, Actor("user", "clerk2", ("AP_CLERK",)))
    quarantine.release(
        app, desk.record("doubtful_sender").document_id, lead, "Called the supplier: the mail is theirs."
    )
    with app.unit_of_work() as work:
        after = {"decision": "accept_variance"}
        price = desk.ids["price"]
        work.record(EventDraft(clerk, Action.FIELD_CORRECTED, "invoice", price, diff={"total": ["1", "2"]}))
        work.record(EventDraft(clerk, Action.EXCEPTION_RESOLVED, "invoice", price, after=after))
        work.commit()
    return desk


def resolve(desk: Desk, place: str) -> str:
    kind, _, name = place.partition(":")
    if kind == "item":
        return f"/items/{desk.item(name).id}"
    if kind == "split":
        return f"/documents/{desk.record(name).document_id}/split"
    return f"/invoices/{desk.ids[name]}/story" if kind == "story" else place


def settle(page: Page) -> None:
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(150)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "build/shots"))
