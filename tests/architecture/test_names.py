"""Fences around our generic package names (docs/decisions/0004)."""

import importlib
from importlib.metadata import distributions
from pathlib import Path

import pytest

ROOMS = ("pipeline", "models", "rules", "flows", "fixtures")
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("room", ROOMS)
def test_the_room_that_is_imported_is_ours(room: str) -> None:
    module = importlib.import_module(room)
    assert module.__file__ is not None
    assert Path(module.__file__).is_relative_to(ROOT)


def test_no_other_distribution_ships_one_of_our_names() -> None:
    taken = {
        (distribution.metadata["Name"], file.parts[0])
        for distribution in distributions()
        if distribution.metadata["Name"] != "apdesk"
        for file in distribution.files or ()
        if file.parts[0] in ROOMS
    }
    assert not taken
