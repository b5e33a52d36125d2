"""How well a page was read (spec C.1 DOC_UNREADABLE): mean and low end of its words' confidence."""

from collections.abc import Sequence

from pipeline.domain.document import Word

# Below this mean confidence a page may lie the wrong way round.
DOUBTFUL = 0.80


def page_quality(words: Sequence[Word]) -> tuple[float, float]:
    """Mean and 10th percentile of word confidence, each word weighted by its length; zeros for an empty page."""
    if not words:
        return 0.0, 0.0
    weight = sum(len(word.text) for word in words)
    mean = sum(word.confidence * len(word.text) for word in words) / weight
    ordered = sorted(word.confidence for word in words)
    return round(mean, 4), round(ordered[len(ordered) // 10], 4)


def is_doubtful(words: Sequence[Word]) -> bool:
    """Few sure words: perhaps upside down, perhaps no print at all."""
    return len(words) < 5 or page_quality(words)[0] < DOUBTFUL
