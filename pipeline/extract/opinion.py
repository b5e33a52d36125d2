"""A second opinion on doubtful values of scanned pages: agreement raises the confidence, another reading lowers it.

Which engine gives it is not known here: bootstrap fills the function in (spec C.0.6).
"""

import re
import unicodedata
from collections.abc import Callable

from rapidfuzz import fuzz

from pipeline.domain.document import Box
from pipeline.domain.reading import Alternative, Source

Calibrator = Callable[[str, float, dict[str, float]], float]
SecondOpinion = Callable[[int, Box], str | None]
Place = tuple[int | None, Box | None, Source]
# What pays the wrong amount, twice, or too early when it is misread; other fields are settled by master data.
ASKED = (
    "invoice_number",
    "invoice_date",
    "po_number",
    "total",
    "subtotal",
    "amount_due",
    "bank_account",
    "bank_routing",
)
SURE = 0.98


def weigh(
    name: str,
    score: float,
    features: dict[str, float],
    raw: str,
    place: Place,
    calibrator: Calibrator | None,
    second: SecondOpinion | None,
) -> tuple[float, tuple[Alternative, ...]]:
    """Confidence of a value, and what the second engine read instead. `features` gains `opinion` (1, -1, 0 not asked)."""
    first = _confidence(name, score, features, calibrator)
    page, box, source = place
    if second is None or source is not Source.OCR or name not in ASKED or page is None or box is None or first >= SURE:
        return first, ()
    text = second(page, box)
    agrees = text is not None and same_signs(raw, text)
    if text is None or not (agrees or alike(raw, text)):
        return first, ()  # the crop could not be read: that says nothing about the first reading
    features["opinion"] = 1.0 if agrees else -1.0
    confidence = _confidence(name, score, features, calibrator)
    if agrees:
        return max(first, confidence), ()
    note = "the second engine reads this"
    return min(first, confidence), (
        Alternative(text.strip()[:60], round(1 - confidence, 3), Source.OCR, page, box, note),
    )


def said(features: dict[str, float]) -> str:
    """The reason in words."""
    opinion = features.get("opinion", 0.0)
    return (
        "; a second engine reads the same"
        if opinion > 0
        else "; a second engine reads it otherwise"
        if opinion < 0
        else ""
    )


def _confidence(name: str, score: float, features: dict[str, float], calibrator: Calibrator | None) -> float:
    if calibrator:
        return calibrator(name, score, features)
    return score * (0.6 + 0.4 * features["margin"]) if "margin" in features else score


def same_signs(first: str, second: str) -> bool:
    """The same letters, digits and decimal mark, whatever stands around them in the crop."""
    one, other = _plain(first), _plain(second)
    return bool(one) and one in other


def alike(first: str, second: str) -> bool:
    """Whether two readings are of the same print: most signs are shared. Otherwise one of them is noise."""
    return bool(fuzz.partial_ratio(_plain(first), _plain(second)) >= 60) and len(_plain(second)) >= 0.5 * len(
        _plain(first)
    )


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).upper()
    return re.sub(r"[^0-9A-Z.,]", "", folded).strip(".,").replace(",", ".")


_CONFUSED = re.compile(r"(?<=[A-Z])[01I58OSBZ2](?=\d)|(?<=\d)[IOSBZ](?=\d)|^[0158](?=[A-Z])|(?<=[A-Z]{2})[01](?=[A-Z])")


def lookalike(value: str) -> bool:
    """A letter or a digit where the other looks the same, at the seam of letters and digits: `S1118900`, `SI118900`."""
    return bool(_CONFUSED.search(value.upper()))
