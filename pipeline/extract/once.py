"""Work on a page that several stages ask for, done once: splitting, the kind of document and reading lay out the same page."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from typing import Generic, TypeVar

from pipeline.domain.document import Page

Found = TypeVar("Found")
KEPT = 8


class _Kept(threading.local, Generic[Found]):
    """Pages by identity: comparing them word by word would cost more than it saves. The page is held, so that no other
    can take its place in memory."""

    def __init__(self) -> None:
        self.found: OrderedDict[int, tuple[Page, Found]] = OrderedDict()


def once_per_page(work: Callable[[Page], Found]) -> Callable[[Page], Found]:
    """The same result for the same page object while it is among the KEPT last ones. Callers must not change it."""
    kept: _Kept[Found] = _Kept()

    @wraps(work)
    def remembered(page: Page) -> Found:
        held = kept.found.pop(id(page), None)
        if held is None:
            held = page, work(page)
        kept.found[id(page)] = held
        while len(kept.found) > KEPT:
            kept.found.popitem(last=False)
        return held[1]

    return remembered
