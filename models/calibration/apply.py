"""Calibrated confidence of a value: what share of values like this one is right (spec C.0.6)."""

import math
from typing import Any

from models.registry import ModelRefused, load_json

MONEY = frozenset(
    {
        "total",
        "subtotal",
        "tax_total",
        "amount_due",
        "prepaid",
        "freight",
        "fuel_surcharge",
        "handling",
        "discount",
        "rounding",
    }
)
GROUPS = {
    **dict.fromkeys(MONEY, "money"),
    "invoice_date": "date",
    "due_date": "date",
    "invoice_number": "id",
    "po_number": "number",
    "account_no": "number",
    "references_invoice": "number",
    "supplier_tax_id": "number",
    "supplier_name": "party",
    "buyer_name": "party",
    "currency": "currency",
}
_PLACED = ("score", "margin", "agreed")
INPUTS: dict[str, tuple[str, ...]] = {
    "money": ("score", "closed", "summed", "due_closed", "rivals", "derived"),
    "date": _PLACED,
    "id": _PLACED,
    "number": _PLACED,
    "party": ("score", "margin"),
    "currency": ("score", "named"),
}
# A value that OCR read can be in the right place and still be misread: its own inputs come on top.
BY_OCR: dict[str, tuple[str, ...]] = {
    "money": ("ocr", "opinion"),
    "date": ("ocr", "opinion"),
    "id": ("ocr", "lookalike", "opinion"),
    "number": ("ocr", "opinion"),
    "party": ("ocr",),
    "currency": (),
}


def group_of(field: str, features: dict[str, float]) -> str:
    """The group of a value: fields of one sort, text layer and OCR apart. Empty when the field is not calibrated."""
    base = GROUPS.get(field, "")
    return f"{base}/{'text' if features.get('text') else 'ocr'}" if base else ""


def inputs_of(group: str) -> tuple[str, ...]:
    base, _, source = group.partition("/")
    return INPUTS[base] + (BY_OCR[base] if source == "ocr" else ())


def vector(group: str, score: float, features: dict[str, float]) -> list[float]:
    """The inputs of a group's model; scores as log-odds, OCR certainty as what is missing to 1, counts capped."""
    out = []
    for name in inputs_of(group):
        value = score if name == "score" else features.get(name, 1.0 if name == "ocr" else 0.0)
        if name == "score":
            value = _logit(value)
        elif name == "ocr":
            value = min(0.0, (value - 1.0) * 5)
        elif name == "rivals":
            value = min(3.0, value)
        elif name == "agreed":
            value = min(2.0, value)
        out.append(value)
    return out


def _logit(p: float) -> float:
    p = min(0.995, max(0.005, p))
    return math.log(p / (1 - p))


class LogisticCalibrator:
    """`groups[g]` holds bias and weights in the order of `inputs_of`; `cap` bounds what so little data can promise."""

    def __init__(self, model: dict[str, Any]) -> None:
        self._groups: dict[str, list[float]] = model["groups"]
        self._cap: dict[str, float] = model["cap"]

    def __call__(self, field: str, score: float, features: dict[str, float]) -> float:
        """Probability that the value is right, in 0.01..0.995."""
        group = group_of(field, features)
        weights = self._groups.get(group)
        if weights is None:
            return score
        z = weights[0] + sum(w * x for w, x in zip(weights[1:], vector(group, score, features), strict=True))
        return max(0.01, min(self._cap.get(group, 0.99), 1 / (1 + math.exp(-max(-30.0, min(30.0, z))))))


def load_calibrator() -> LogisticCalibrator | None:
    """The registered calibrator, None when none is registered. Raises ModelRefused for wrong bytes."""
    try:
        return LogisticCalibrator(load_json("calibration"))
    except ModelRefused as error:
        if "No model named" in error.message:
            return None
        raise
