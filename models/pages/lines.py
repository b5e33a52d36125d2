"""Cuts a line that a reader gave as one box into words."""

from pipeline.domain.document import Box, Word


def split_line(text: str, box: Box, confidence: float) -> list[Word]:
    """The words of a line, each as wide as its share of the characters."""
    total = sum(_weight(c) for c in text) or 1.0
    out: list[Word] = []
    at, start, token = 0.0, 0.0, ""
    for char in text + " ":
        if char == " ":
            if token:
                out.append(
                    Word(
                        token,
                        Box(
                            box.x0 + box.width * start / total,
                            box.y0,
                            box.x0 + box.width * min(at / total, 1.0),
                            box.y1,
                        ),
                        confidence,
                    )
                )
            token = ""
            at += _weight(char)
            start = at
        else:
            token += char
            at += _weight(char)
    return out


def _weight(char: str) -> float:
    if char in " .,:;'|!iIl1()[]/":
        return 0.55
    return 1.25 if char.isupper() or char in "mw%@&" else 1.0
