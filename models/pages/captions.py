"""Hundreds of wordings for the captions of fields, columns and parties, in four languages (captions.toml)."""

import tomllib
from pathlib import Path
from random import Random
from typing import Any

Words = tuple[str, ...]

_DATA: dict[str, Any] = tomllib.loads((Path(__file__).parent / "captions.toml").read_text(encoding="utf-8"))


def _fields(name: str) -> dict[str, dict[str, Words]]:
    return {language: {k: tuple(w) for k, w in fields.items()} for language, fields in _DATA[name].items()}


def _words(name: str) -> dict[str, Words]:
    return {language: tuple(words) for language, words in _DATA[name].items()}


CAPTIONS = _fields("captions")
COLUMNS = _fields("columns")
TITLES = _fields("titles")
DECOYS = _words("decoys")  # captions whose values look like the wanted ones but are not
DATE_DECOYS = _words("date_decoys")
PAGE_WORD = _words("page_word")
CARRIED = _words("carried")
FORM = _words("form")  # pairs: name, street, town


def wording(rng: Random, language: str, field: str) -> str:
    """One caption for a field; German, French and Dutch pages sometimes use the English one."""
    if language != "en" and rng.random() < 0.06:
        language = "en"
    return rng.choice(CAPTIONS[language][field])


def count() -> int:
    """How many different caption wordings there are in all languages."""
    seen = {(lang, word) for lang, fields in CAPTIONS.items() for words in fields.values() for word in words}
    seen |= {(lang, word) for lang, fields in COLUMNS.items() for words in fields.values() for word in words}
    seen |= {(lang, word) for table in (DECOYS, DATE_DECOYS) for lang, words in table.items() for word in words}
    return len(seen)
