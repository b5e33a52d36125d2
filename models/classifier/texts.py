"""Training pages: random documents of every kind from wordings, with structure and reading errors; seeded."""

import random
from collections.abc import Iterator

from models.classifier.features import words_on_lines
from models.classifier.wordings import COMPANIES, GOODS, HEADS, META, TAILS, TITLES
from pipeline.domain.document import Page

KINDS = tuple(TITLES)
_TABLE = {
    "invoice": "priced",
    "credit_note": "priced",
    "statement": "ledger",
    "order_ack": "priced",
    "packing_slip": "unpriced",
    "purchase_order": "priced",
    "receipt": "",
    "other": "priced",
}
_CONFUSED = str.maketrans({"o": "0", "l": "1", "i": "1", "s": "5", "e": "c"})


def pages(seed: int, per_kind: int) -> Iterator[tuple[str, Page]]:
    """(kind, page) pairs; the same seed gives the same pages."""
    rng = random.Random(seed)
    for kind in KINDS:
        for _ in range(per_kind):
            yield kind, _page(rng, kind)


def _page(rng: random.Random, kind: str) -> Page:
    language = rng.choices(("en", "de", "fr"), (6, 2, 2))[0]
    lines = _document(rng, kind, language)
    if rng.random() < 0.35:
        lines = [(_misread(rng, text), tall) for text, tall in lines]
    narrow = kind == "receipt" and rng.random() < 0.75
    return Page(1, 220.0 if narrow else 612.0, 700.0 if narrow else 792.0, words_on_lines(lines))


def _document(rng: random.Random, kind: str, language: str) -> list[tuple[str, float]]:
    """Lines with their relative heights, from top to bottom."""
    company = rng.choice(COMPANIES)
    title = (_fill(rng, rng.choice(TITLES[kind][language]), company), rng.choice((1.0, 1.3, 1.8, 2.4)))
    head = [
        (company, rng.choice((1.0, 1.4, 2.0))),
        (f"{rng.randint(1, 9999)} Main Street  Tel ({rng.randint(200, 999)}) 555-0{rng.randint(100, 199)}", 1.0),
    ]
    lines = [*head, title] if rng.random() < 0.7 else [title, *head]
    if rng.random() < 0.06:
        lines.remove(title)
    meta = list(META[kind][language])
    rng.shuffle(meta)
    count = rng.randint(2, min(8, len(meta)))
    cut = rng.choice((1, 1, 2))
    texts = [_fill(rng, m, company) for m in meta[:count]]
    lines += [("   ".join(texts[i : i + cut]), 1.0) for i in range(0, len(texts), cut)]
    lines += _table(rng, kind, language)
    tails = list(TAILS[kind][language])
    rng.shuffle(tails)
    lines += [(_fill(rng, t, company), 1.0) for t in tails[: rng.randint(2, min(6, len(tails)))]]
    return lines


def _table(rng: random.Random, kind: str, language: str) -> list[tuple[str, float]]:
    shape = _TABLE[kind]
    if kind == "other" and rng.random() < 0.5:
        return []
    if kind == "packing_slip" and rng.random() < 0.15:
        shape = "priced"
    lines = [(rng.choice(HEADS[shape][language]), 1.0)] if shape else []
    for _ in range(rng.randint(1, 8)):
        if shape == "ledger":
            lines.append(
                (
                    f"{_day(rng)}  INV-{rng.randint(1000, 999999)}  {rng.randint(1000, 99999)}  "
                    f"{_amount(rng)}  {_amount(rng)}",
                    1.0,
                )
            )
        elif shape == "unpriced":
            lines.append(
                (
                    f"{rng.randint(1000, 99999)}  {rng.choice(GOODS)}  {rng.randint(1, 40)}  "
                    f"{rng.randint(1, 40)}  L{rng.randint(100, 999)}",
                    1.0,
                )
            )
        else:
            lines.append(
                (
                    f"{rng.randint(1000, 99999)}  {rng.choice(GOODS)}  {rng.randint(1, 40)}  "
                    f"{_amount(rng)}  {_amount(rng)}",
                    1.0,
                )
            )
    return lines


def _fill(rng: random.Random, text: str, company: str) -> str:
    return text.format(
        n=f"{rng.choice(('', 'A', 'SI', '45', 'INV-'))}{rng.randint(100, 9999999)}",
        d=_day(rng),
        a=_amount(rng),
        c=company,
    )


def _day(rng: random.Random) -> str:
    return f"{rng.randint(1, 12):02d}/{rng.randint(1, 28):02d}/{rng.randint(2019, 2027)}"


def _amount(rng: random.Random) -> str:
    return f"{rng.choice(('', '$'))}{rng.randint(1, 9999)}.{rng.randint(0, 99):02d}"


def _misread(rng: random.Random, text: str) -> str:
    """Some letters as OCR takes them, and some words lost."""
    words = [w.translate(_CONFUSED) if rng.random() < 0.05 else w for w in text.split(" ")]
    return " ".join(w for w in words if not w or rng.random() > 0.02)
