"""The document being laid out: its facts, its paper, its habits of captions."""

from dataclasses import dataclass, field
from random import Random

from models.pages import captions
from models.pages.canvas import Canvas, Piece
from models.pages.facts import Facts


@dataclass(slots=True)
class Draft:
    """State shared by all blocks of one document. Blocks take (draft, x, y, width) and return the y below them."""

    rng: Random
    facts: Facts
    canvas: Canvas
    case: str  # as | upper | title | lower
    suffix: str  # "", ":", " :", "#", "."
    bold_captions: bool
    bold_values: bool
    gap: float
    quantity_places: int = 0
    due_only: bool = False  # the sums end in an amount due and print no total
    caption_cache: dict[str, str] = field(default_factory=dict)
    printed: set[str] = field(default_factory=set)

    def cased(self, text: str) -> str:
        if self.case == "upper":
            return text.upper()
        if self.case == "lower":
            return text.capitalize()
        return text

    def caption(self, name: str, suffix: bool = True) -> str:
        """The document's wording for a field: the same wherever it is printed again."""
        if name not in self.caption_cache:
            self.caption_cache[name] = self.cased(captions.wording(self.rng, self.facts.style.language, name))
        text = self.caption_cache[name]
        if not suffix or text.endswith((":", "?")):
            return text
        return (text + self.suffix).replace("#:", "#").replace("##", "#").replace(". .", ".")

    def pick(self, table: dict[str, tuple[str, ...]]) -> str:
        return self.cased(self.rng.choice(table[self.facts.style.language]))

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def text(self, x: float, y: float, text: str | list[Piece], **how: object) -> float:
        """One line at (x, y); returns the y below it."""
        self.canvas.put(x, y, text, **how)  # type: ignore[arg-type]
        size = how.get("size")
        return y + (float(size) if isinstance(size, (int, float)) else self.canvas.size) * self.canvas.leading

    def paragraph(self, x: float, y: float, width: float, text: str, size: float | None = None, tag: str = "") -> float:
        for line in self.canvas.wrap(text, width, size):
            y = self.text(x, y, line, size=size, tag=tag)
        return y


def draw_draft(rng: Random, facts: Facts, canvas: Canvas) -> Draft:
    """A draft with random habits."""
    return Draft(
        rng,
        facts,
        canvas,
        rng.choice(("as", "as", "as", "upper", "lower")),
        rng.choice(("", "", ":", ":", ":", " :", ".:" if rng.random() < 0.1 else ":")),
        rng.random() < 0.4,
        rng.random() < 0.15,
        rng.uniform(0.3, 1.8),
        rng.choice((0, 0, 0, 0, 2, 2, 3)),
        not facts.prepaid and rng.random() < 0.1,
    )
