"""What is worked out of a page is kept for that very page only."""

from pipeline.domain.document import Page
from pipeline.extract.once import KEPT, once_per_page


def test_the_same_page_is_worked_on_once_and_an_equal_one_anew() -> None:
    seen: list[int] = []

    @once_per_page
    def work(page: Page) -> list[int]:
        seen.append(page.number)
        return [page.number]

    one, twin = Page(1, 10, 10, ()), Page(1, 10, 10, ())
    assert work(one) is work(one)
    assert work(twin) is not work(one)
    assert seen == [1, 1]


def test_only_the_last_pages_are_kept() -> None:
    seen: list[int] = []
    work = once_per_page(lambda page: seen.append(page.number))
    pages = [Page(number, 10, 10, ()) for number in range(KEPT + 1)]
    for page in (*pages, pages[-1], pages[0]):
        work(page)
    assert seen == [*range(KEPT + 1), 0]
