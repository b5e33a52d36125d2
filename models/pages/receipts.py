"""Real receipts as training pages: boxes and words with four values known, everything else left open.

The folder holds pairs `NAME.csv` (eight corner coordinates and the text of a line) and `NAME.key.json` (company, date,
address, total). It lies beside the checkout or is absent; training runs without it.
"""

import csv
import hashlib
import json
import re
from functools import cache
from pathlib import Path

from models.beside import beside
from models.pages.canvas import Placed
from models.pages.generate import LabelledPage, label
from models.pages.lines import split_line
from pipeline.domain.document import Box

OPEN = "?"  # nobody said what this word is: anything but one of KNOWN
KNOWN = ("supplier_name", "supplier_address", "invoice_date", "total")
_KEYS = {"company": "supplier_name", "date": "invoice_date", "address": "supplier_address", "total": "total"}
Line = tuple[str, Box]


def folder() -> Path | None:
    """The folder of receipts for training, when one lies beside the checkout."""
    found = beside("bench", "train_sroie/001.csv") / "train_sroie"
    return found if found.is_dir() else None


@cache
def pages(place: Path) -> tuple[LabelledPage, ...]:
    """All receipts of a folder on which company, date and total were found, in order of name."""
    made = (_page(path) for path in sorted(place.glob("*.csv")) if path.with_suffix(".key.json").exists())
    return tuple(page for page in made if page is not None)


def digest(place: Path | None) -> str:
    """SHA-256 of the receipts in use; empty without a folder."""
    if place is None:
        return ""
    made = [([w.text for w in p.page.words], p.tags) for p in pages(place)]
    return hashlib.sha256(json.dumps(made, ensure_ascii=False).encode()).hexdigest()


def _lines(path: Path) -> list[Line]:
    out = []
    with path.open(encoding="utf-8", errors="replace", newline="") as handle:
        for row in csv.reader(handle, quoting=csv.QUOTE_NONE):
            if len(row) > 8:
                x0, y0, _, _, x1, y1 = (float(n) for n in row[:6])
                out.append((",".join(row[8:]), Box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))))
    return out


def _page(path: Path) -> LabelledPage | None:
    lines = _lines(path)
    truth = json.loads(path.with_suffix(".key.json").read_text(encoding="utf-8"))
    words: list[Placed] = []
    found: set[str] = set()
    for text, box in lines:
        cut = split_line(text, box, 1.0)
        tags = _tags([w.text for w in cut], truth, found)
        for n, (w, tag) in enumerate(zip(cut, tags, strict=True)):
            begin = tag != OPEN and (n == 0 or tags[n - 1] != tag)
            words.append(Placed(w.text, w.box.x0, w.box.y0, w.box.x1, w.box.y1, tag, begin))
    if not {"supplier_name", "invoice_date", "total"} <= found:
        return None
    width, height = max(w.x1 for w in words) * 1.04, max(w.y1 for w in words) * 1.03
    return label(words, width, height, 1, "ocr", "receipt", "en")


def _bare(text: str) -> str:
    return re.sub(r"[^0-9a-z.]", "", text.lower()).strip(".")


def _tags(words: list[str], truth: dict[str, str], found: set[str]) -> list[str]:
    """The tag of each word of a line; adds the fields seen to `found`."""
    out = [OPEN] * len(words)
    whole = _bare("".join(words))
    for key, tag in _KEYS.items():
        value = _bare(truth.get(key, ""))
        if not value:
            continue
        if tag in ("invoice_date", "total"):
            for n, word in enumerate(words):
                bare = _bare(word)
                if bare == value or (tag == "total" and re.sub(r"^(rm|\$)", "", bare) == value):
                    out[n] = tag
                    found.add(tag)
        elif len(whole) > 4 and whole in value:
            out = [tag] * len(words)
            found.add(tag)
    return out
