"""Words the generated pages are made of: names of firms and places, goods, services, small print (vocabulary.toml)."""

import tomllib
from pathlib import Path
from typing import Any

Words = tuple[str, ...]
ByLanguage = dict[str, Words]

_DATA: dict[str, Any] = tomllib.loads((Path(__file__).parent / "vocabulary.toml").read_text(encoding="utf-8"))


def _flat(name: str) -> Words:
    return tuple(_DATA[name])


def _by_key(name: str) -> ByLanguage:
    return {key: tuple(words) for key, words in _DATA[name].items()}


SURNAMES = _flat("surnames")
FIRST_NAMES = _flat("first_names")
STEMS = _flat("stems")
TRADE_TAILS = _flat("trade_tails")
SAINTS = _flat("saints")
STREET_STEMS = _flat("street_stems")
SIZES = _flat("sizes")
CARRIERS = _flat("carriers")
TRADES = _by_key("trades")
LEGAL = _by_key("legal")
BUYERS = _by_key("buyers")
STREETS = _by_key("streets")
CITIES = _by_key("cities")
COUNTRIES = _by_key("countries")
GOODS_HEAD = _by_key("goods_head")
GOODS_TAIL = _by_key("goods_tail")
SERVICES = _by_key("services")
UNITS = _by_key("units")
SMALL_PRINT = _by_key("small_print")
