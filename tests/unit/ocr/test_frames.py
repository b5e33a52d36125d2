"""From user space to the displayed page and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.document import Box, Page
from pipeline.ocr.frames import Frame, as_displayed, turn_box

unit = st.floats(0, 1)


@given(unit, unit, unit, unit, st.sampled_from([0, 90, 180, 270]))
def test_a_full_turn_changes_nothing(a: float, b: float, c: float, d: float, degrees: int) -> None:
    box = Box(min(a, c), min(b, d), max(a, c), max(b, d))
    back = turn_box(turn_box(box, degrees), -degrees)
    assert back.x0 == pytest.approx(box.x0)
    assert back.y1 == pytest.approx(box.y1)


def test_points_turn_with_the_page() -> None:
    frame = Frame(0, 0, 200, 100, 0)
    assert frame.point(0, 100) == (0, 0)
    assert frame.turned(90).point(0, 100) == (1, 0)
    assert frame.turned(180).point(0, 100) == (1, 1)
    assert frame.turned(270).point(0, 100) == (0, 1)
    assert (frame.turned(90).width, frame.turned(90).height) == (100, 200)


def test_a_box_of_a_turned_scan_is_found_on_the_original() -> None:
    page = Page(1, 600, 800, (), rotation=180)
    shown = as_displayed(Box(0.1, 0.1, 0.2, 0.15), page)
    assert (shown.x0, shown.y0) == pytest.approx((0.8, 0.85))


def test_skew_is_put_back() -> None:
    page = Page(1, 600, 600, (), skew=2.0)
    shown = as_displayed(Box(0.9, 0.49, 1.0, 0.51), page)
    assert shown.middle[1] == pytest.approx(0.5 + 0.45 * 0.0349, abs=0.001)
