"""Thirty mixed items without one mouse call: what each may cost in keys."""

from collections import Counter
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser import day
from tests.browser.harness import log_in, running_desk
from tests.fakes.desk import build_masters

pytestmark = pytest.mark.browser
NUMBER = len("BW-30001")
MOST = {"clean": 1, "wrong field": NUMBER + 2, "mismatch": 12, "duplicate": 4, "reject": 4}


@pytest.fixture
def worked(chromium: Browser) -> Iterator[list[day.Worked]]:
    desk = build_masters()
    day.fill(desk)
    with running_desk(desk) as (base, _):
        context = chromium.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        log_in(page, base, day.WORKER.id)
        yield list(day.work_through(page, desk, base))
        context.close()
    left = [item for item in desk.store.state.items.values() if item.state in ("OPEN", "CLAIMED")]
    assert left == [], "every item was finished"


def test_thirty_items_by_keys_alone(worked: list[day.Worked]) -> None:
    assert Counter(each.kind for each in worked) == Counter(dict(day.PLAN))
    assert {each.kind: each.keys for each in worked if each.keys > MOST[each.kind]} == {}
