"""Builds the word list: captions, trades, goods, units and small print; never names of firms, people or places."""

import csv
from collections import Counter
from pathlib import Path

from models.features import word_key
from models.pages import captions, formats
from models.pages import vocabulary as v

WORDS = Path(__file__).parent / "weights" / "words.txt"


def _texts() -> list[str]:
    out: list[str] = []
    for table in (captions.CAPTIONS, captions.COLUMNS, captions.TITLES):
        out += [text for fields in table.values() for words in fields.values() for text in words]
    for table2 in (
        captions.DECOYS,
        captions.DATE_DECOYS,
        captions.PAGE_WORD,
        captions.CARRIED,
        v.TRADES,
        v.LEGAL,
        v.BUYERS,
        v.STREETS,
        v.COUNTRIES,
        v.GOODS_HEAD,
        v.GOODS_TAIL,
        v.SERVICES,
        v.UNITS,
        v.SMALL_PRINT,
    ):
        out += [text for words in table2.values() for text in words]
    out += [*v.TRADE_TAILS, *v.SIZES, *v.CARRIERS]
    out += [text for months in formats.MONTHS.values() for month in months for text in (month, month[:3])]
    return out


def receipt_words(folder: Path, least: int) -> list[str]:
    """Words that `least` or more receipts of a folder of box files share."""
    seen: Counter[str] = Counter()
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", errors="replace", newline="") as handle:
            rows = [",".join(row[8:]) for row in csv.reader(handle) if len(row) > 8]
        seen.update({word_key(token) for text in rows for token in text.split()})
    return [word for word, count in seen.items() if count >= least and word]


def build(receipts: Path | None = None) -> list[str]:
    """The sorted word list; receipts are optional further training text."""
    words = {word_key(token) for text in _texts() for token in text.split()}
    if receipts and receipts.is_dir():
        words |= set(receipt_words(receipts, 12))
    return sorted(w for w in words if w and "\n" not in w)
