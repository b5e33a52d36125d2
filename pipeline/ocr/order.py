"""Reading order: lines from top to bottom, words from left to right."""

from collections.abc import Sequence

from pipeline.domain.document import Word


def in_reading_order(words: Sequence[Word]) -> tuple[Word, ...]:
    """Words line by line. A word belongs to a line when its middle lies within the line's height."""
    return tuple(word for line in lines_of(words) for word in line)


def lines_of(words: Sequence[Word]) -> list[list[Word]]:
    """Words grouped into printed lines, each sorted from left to right."""
    lines: list[list[Word]] = []
    spans: list[tuple[float, float]] = []
    for word in sorted(words, key=lambda w: (w.box.middle[1], w.box.x0)):
        middle = word.box.middle[1]
        for index in range(len(lines) - 1, max(-1, len(lines) - 4), -1):
            top, bottom = spans[index]
            if top <= middle <= bottom and _similar(bottom - top, word.box.height):
                lines[index].append(word)
                break
        else:
            lines.append([word])
            spans.append((word.box.y0, word.box.y1))
    return [sorted(line, key=lambda w: w.box.x0) for line in lines]


def _similar(one: float, two: float) -> bool:
    """Text twice as tall (a stamp, a vertical word) starts its own line."""
    return two <= 2.5 * one or one == 0
