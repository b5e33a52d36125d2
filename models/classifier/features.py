"""Pages to named features, shared by training and prediction: words, pairs, words of the title zone, and shape."""

import itertools
import re
import unicodedata
from collections.abc import Sequence

from pipeline.domain.document import Page, Word

LIMIT = 400  # words; the kind shows early


def features(pages: Sequence[Page]) -> dict[str, float]:
    """Features by name: `w_` word, `p_` pair, `t_` in the head of the first page, `l_` set large, `s_` shape."""
    out: dict[str, float] = {}
    if not pages:
        return out
    first = pages[0]
    words = [w for page in pages[:2] for w in page.words][:LIMIT]
    usual = _median([w.box.height for w in first.words]) or 0.01
    plain = [_plain(w.text) for w in words]
    for text in plain:
        if text:
            out[f"w_{text}"] = 1.0
    for left, right in itertools.pairwise(plain):
        if left and right:
            out[f"p_{left}_{right}"] = 1.0
    _title(first, usual, out)
    _shape(first, pages, out)
    return out


def _title(page: Page, usual: float, out: dict[str, float]) -> None:
    """Words and pairs of the upper quarter, and of anything set in large letters."""
    head = [w for w in page.words if w.box.y0 < 0.28]
    large = [w for w in page.words if w.box.height > 1.4 * usual]
    for mark, part in (("t", head[:80]), ("l", large[:20])):
        texts = [_plain(w.text) for w in part]
        for text in texts:
            if text and text != "0":
                out[f"{mark}_{text}"] = 1.0
        for left, right in itertools.pairwise(texts):
            if left and right and "0" not in (left, right):
                out[f"{mark}_{left}_{right}"] = 1.0


def _shape(page: Page, pages: Sequence[Page], out: dict[str, float]) -> None:
    count = len(page.words)
    amounts = sum(1 for w in page.words if re.search(r"\d[.,]\d{2}\b", w.text))
    dates = sum(1 for w in page.words if re.search(r"^\d{1,4}[-/.]\d{1,2}[-/.]\d{2,4}$", w.text))
    out["s_tall"] = 1.0 if page.height > 1.7 * max(page.width, 1.0) else 0.0
    out["s_no_amounts"] = 1.0 if amounts == 0 else 0.0
    out["s_few_amounts"] = 1.0 if 0 < amounts < 4 else 0.0
    out["s_many_dates"] = 1.0 if dates >= 5 else 0.0
    out["s_short"] = 1.0 if count < 60 else 0.0
    out["s_dense"] = 1.0 if count > 350 and amounts < 4 else 0.0
    out["s_pages"] = 1.0 if len(pages) > 1 else 0.0


def _plain(text: str) -> str:
    """Lower case letters without accents; every number is `0`."""
    low = unicodedata.normalize("NFKD", text.replace("ß", "ss")).encode("ascii", "ignore").decode().lower()
    if re.search(r"\d", low):
        return "0"
    return re.sub(r"[^a-z]", "", low)[:20]


def _median(values: list[float]) -> float:
    ordered = sorted(values)
    return ordered[len(ordered) // 2] if ordered else 0.0


def words_on_lines(lines: Sequence[tuple[str, float]], size: float = 0.012) -> tuple[Word, ...]:
    """Words laid on lines of text (text, height) from the top: used to make training pages."""
    from pipeline.domain.document import Box

    out: list[Word] = []
    y = 0.04
    for text, tall in lines:
        height = size * tall
        x = 0.06
        for part in text.split(" "):
            if not part:
                x += 0.06
                continue
            width = 0.0085 * len(part) * tall
            out.append(Word(part, Box(x, y, min(1.0, x + width), y + height)))
            x += width + 0.006
        y += height * 1.35
    return tuple(out)
