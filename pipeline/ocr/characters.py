"""Characters of a text layer to words: spaces, gaps, ligatures, hyphens, direction, what is hidden."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.domain.document import Box, Word
from pipeline.ocr.frames import Frame

GAP = 0.28
LINE_SHIFT = 0.6
MIN_POINTS = 1.0
VOWELS = frozenset("aeiouyäöüàáâãåæèéêëìíîïòóôõøùúûœ")


@dataclass(slots=True)
class Char:
    """One character in user space, points. `turn`: 0, 90, 180, 270 degrees counterclockwise its line of print runs.

    `drawn` is false for render mode 3, `mapped` false when the font does not say which letter it is.
    """

    text: str
    left: float
    bottom: float
    right: float
    top: float
    turn: int
    mapped: bool
    drawn: bool

    @property
    def along(self) -> tuple[float, float]:
        """Where it begins and ends on its line."""
        if self.turn == 0:
            return self.left, self.right
        if self.turn == 90:
            return self.bottom, self.top
        return (-self.right, -self.left) if self.turn == 180 else (-self.top, -self.bottom)

    @property
    def across(self) -> tuple[float, float]:
        """Its foot and head, square to its line."""
        if self.turn == 0:
            return self.bottom, self.top
        if self.turn == 90:
            return -self.right, -self.left
        return (-self.top, -self.bottom) if self.turn == 180 else (self.left, self.right)


LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "ft", 0xFB06: "st"}
# PDFium marks a hyphen at a line's end with U+0002; a soft hyphen that was drawn is a hyphen to the reader.
HYPHENS = {0x02: "-", 0xAD: "-", 0x2010: "-", 0x2011: "-"}


def clean_text(code: int) -> str:
    """The text of a code point: ligatures opened, hyphens plain; an unusable code is U+FFFD."""
    if code in LIGATURES:
        return LIGATURES[code]
    if code in HYPHENS:
        return HYPHENS[code]
    if code < 0x20 or 0xD800 <= code <= 0xF8FF or code in (0xFFFE, 0xFFFF) or code > 0x10FFFF:
        return "�"
    return chr(code)


def words_of(chars: Sequence[Char], frame: Frame) -> tuple[list[Word], tuple[Word, ...]]:
    """Visible words and hidden ones (not drawn, outside the page, too small to be seen), in stream order."""
    seen: list[Word] = []
    hidden: list[Word] = []
    for run in _runs(chars):
        box = frame.box(
            min(c.left for c in run), min(c.bottom for c in run), max(c.right for c in run), max(c.top for c in run)
        )
        word = Word("".join(c.text for c in run), box)
        (seen if _visible(run[0], box, frame) else hidden).append(word)
    return _without_shadows(seen), tuple(hidden)


def _runs(chars: Sequence[Char]) -> Iterator[list[Char]]:
    run: list[Char] = []
    for char in chars:
        if char.text == " ":
            if run:
                yield run
            run = []
            continue
        if run and not _joined(run[-1], char):
            yield run
            run = []
        run.append(char)
    if run:
        yield run


def _joined(before: Char, after: Char) -> bool:
    """Whether two characters stand in one word: same direction, same line, no gap."""
    if before.turn != after.turn or before.drawn != after.drawn:
        return False
    foot, head = before.across
    other_foot, other_head = after.across
    tall = max(head - foot, other_head - other_foot)
    if tall <= 0:
        return True
    gap = after.along[0] - before.along[1]
    return -1.5 * tall < gap < GAP * tall and abs(other_foot - foot) < LINE_SHIFT * tall


def _visible(char: Char, box: Box, frame: Frame) -> bool:
    if not char.drawn:
        return False
    middle_x, middle_y = box.middle
    if not (0 <= middle_x <= 1 and 0 <= middle_y <= 1):
        return False
    return max(box.height * frame.height, box.width * frame.width) >= MIN_POINTS


def _without_shadows(words: list[Word]) -> list[Word]:
    """The same word drawn again a hair beside itself (poor man's bold) counts once.

    Two different words drawn over each other are both kept, but at a confidence that sends them to a person.
    """
    kept: list[Word] = []
    cells: dict[tuple[int, int], list[int]] = {}
    for word in words:
        cell = (round(word.box.middle[0] * 50), round(word.box.middle[1] * 100))
        near = [
            index
            for x in (-1, 0, 1)
            for y in (-1, 0, 1)
            for index in cells.get((cell[0] + x, cell[1] + y), ())
            if _overlap(kept[index].box, word.box) > 0.6
        ]
        if any(kept[index].text == word.text for index in near):
            continue
        if near:
            for index in near:
                kept[index] = Word(kept[index].text, kept[index].box, 0.3)
            word = Word(word.text, word.box, 0.3)
        cells.setdefault(cell, []).append(len(kept))
        kept.append(word)
    return kept


def _overlap(one: Box, two: Box) -> float:
    across = min(one.x1, two.x1) - max(one.x0, two.x0)
    down = min(one.y1, two.y1) - max(one.y0, two.y0)
    if across <= 0 or down <= 0:
        return 0.0
    smaller = min(one.width * one.height, two.width * two.height)
    return across * down / smaller if smaller > 0 else 0.0


def looks_like_text(words: Sequence[str]) -> bool:
    """False for the nonsense that a font without a Unicode map gives: long letter words without vowels."""
    letters = [word.lower() for word in words if len(word) >= 4 and word.isalpha() and word.isascii()]
    if len(letters) < 20:
        return True
    return sum(any(letter in VOWELS for letter in word) for word in letters) / len(letters) > 0.5
