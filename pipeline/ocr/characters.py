"""Characters of a text layer to words: spaces, gaps, ligatures, hyphens, direction, what is hidden."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.domain.document import Box, Word
from pipeline.ocr.frames import Frame, turn_box

GAP = 0.28
LINE_SHIFT = 0.6
MIN_POINTS = 1.0
VOWELS = frozenset("aeiouyäöüàáâãåæèéêëìíîïòóôõøùúûœ")


@dataclass(frozen=True, slots=True)
class Char:
    """One character in user space. `angle` in radians, `size` nominal, `drawn` false for render mode 3."""

    text: str
    left: float
    bottom: float
    right: float
    top: float
    angle: float
    size: float
    mapped: bool
    drawn: bool


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
    for run in _runs(chars, frame):
        text = "".join(char.text for char, _, _ in run)
        box = run[0][1]
        for _, other, _ in run[1:]:
            box = box.union(other)
        (seen if _visible(run[0][0], box, frame) else hidden).append(Word(text, box))
    return _without_shadows(seen), tuple(hidden)


def _runs(chars: Sequence[Char], frame: Frame) -> Iterator[list[tuple[Char, Box, int]]]:
    run: list[tuple[Char, Box, int]] = []
    for char in chars:
        if not char.text.strip():
            if run:
                yield run
            run = []
            continue
        entry = (char, frame.box(char.left, char.bottom, char.right, char.top), frame.text_angle(char.angle))
        if run and not _joined(run[-1], entry, frame):
            yield run
            run = []
        run.append(entry)
    if run:
        yield run


def _joined(before: tuple[Char, Box, int], after: tuple[Char, Box, int], frame: Frame) -> bool:
    """Whether two characters stand in one word: same direction, same line, no gap."""
    if before[2] != after[2] or before[0].drawn != after[0].drawn:
        return False
    width, height = (frame.width, frame.height) if before[2] % 180 == 0 else (frame.height, frame.width)
    one, two = turn_box(before[1], before[2]), turn_box(after[1], after[2])
    tall = max(one.height, two.height) * height
    if tall <= 0:
        return True
    gap = (two.x0 - one.x1) * width
    shift = abs(two.y1 - one.y1) * height
    return -1.5 * tall < gap < GAP * tall and shift < LINE_SHIFT * tall


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
