"""Scans made upright, straight and dark on light."""

import pytest
from PIL import ImageOps

from pipeline.ocr.prepare import is_sideways, measure_skew, prepare, turn
from tests.unit.ocr.papers import picture


@pytest.mark.parametrize("angle", [-3.0, -1.2, -0.4, 0.4, 1.7, 4.0])
def test_skew_is_measured_within_a_tenth_of_a_degree(angle: float) -> None:
    slanted = picture().rotate(-angle, fillcolor=255)
    assert measure_skew(slanted) == pytest.approx(angle, abs=0.15)
    assert measure_skew(prepare(slanted).image) == pytest.approx(0, abs=0.15)


def test_a_straight_page_and_a_blank_one_stay_as_they_are() -> None:
    assert measure_skew(picture()) == 0
    assert prepare(picture().point(lambda _: 255)).skew == 0


def test_a_quarter_turn_is_seen() -> None:
    assert not is_sideways(picture())
    assert is_sideways(turn(picture(), 90))
    assert prepare(turn(picture(), 270)).rotation == 90


def test_light_on_dark_is_inverted() -> None:
    ready = prepare(ImageOps.invert(picture()))
    assert sum(ready.image.histogram()[200:]) > 0.8 * ready.image.width * ready.image.height


def test_a_page_read_before_is_rebuilt_exactly() -> None:
    slanted = turn(picture(), 180).rotate(1.1, fillcolor=255)
    first = prepare(slanted, rotation=180)
    again = prepare(slanted, first.rotation, first.skew)
    assert again.image.tobytes() == first.image.tobytes()
