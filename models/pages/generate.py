"""The stream of labelled pages: page number n of a seed is always the same page."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from models.pages import noise
from models.pages.canvas import Placed
from models.pages.grammar import compose
from pipeline.domain.document import Box, Page, Word


@dataclass(frozen=True, slots=True)
class LabelledPage:
    """A page and the truth about each word: field tag ("" is none), start of a span, line item (or -1)."""

    page: Page
    tags: tuple[str, ...]
    begins: tuple[bool, ...]
    items: tuple[int, ...]
    kind: str
    language: str
    first: bool


def document(seed: int, index: int) -> list[LabelledPage]:
    """All pages of document `index`."""
    rng = Random(f"{seed}/{index}")
    draft = compose(rng)
    canvas = draft.canvas
    out = []
    for number, placed in enumerate(canvas.pages, 1):
        if len(placed) >= 3:
            words, source = noise.degrade(rng, placed, canvas.width, canvas.height)
            out.append(
                label(words, canvas.width, canvas.height, number, source, draft.facts.kind, draft.facts.style.language)
            )
    return out


def label(
    words: list[Placed], width: float, height: float, number: int, source: str, kind: str, language: str
) -> LabelledPage:
    """Placed words in points as a page of words in 0..1."""

    def clip(value: float) -> float:
        return min(max(value, 0.0), 1.0)

    read = tuple(
        Word(w.text, Box(clip(w.x0 / width), clip(w.y0 / height), clip(w.x1 / width), clip(w.y1 / height)))
        for w in words
    )
    page = Page(number, width, height, read, source)
    return LabelledPage(
        page,
        tuple(w.tag for w in words),
        tuple(w.begin for w in words),
        tuple(w.item for w in words),
        kind,
        language,
        number == 1,
    )


def page(seed: int, index: int) -> LabelledPage:
    """One page of document `index`: mostly the first, at times a later one."""
    pages: list[LabelledPage] = []
    while not pages:
        pages = document(seed, index)
        index += 10_000_019
    rng = Random(f"{seed}/{index}/page")
    return pages[0] if len(pages) == 1 or rng.random() < 0.5 else rng.choice(pages[1:])


def stream(seed: int, start: int = 0) -> Iterator[LabelledPage]:
    """Endless pages from document `start` on."""
    while True:
        yield page(seed, start)
        start += 1


def digest(seed: int, count: int) -> str:
    """SHA-256 over the first pages of a seed: names the data a model was trained on."""
    sha = hashlib.sha256()
    for index in range(count):
        made = page(seed, index)
        words = [(w.text, round(w.box.x0, 4), round(w.box.y0, 4)) for w in made.page.words]
        sha.update(json.dumps([words, made.tags, made.items, made.kind], ensure_ascii=False).encode())
    return sha.hexdigest()
