"""Calibrated confidence of a value: what share of values like this one is right (spec C.0.6)."""

import math
from typing import Any

from models.registry import ModelRefused, load_json

GROUPS = {
    "total": "money",
    "subtotal": "money",
    "tax_total": "money",
    "amount_due": "money",
    "prepaid": "money",
    "freight": "money",
    "fuel_surcharge": "money",
    "handling": "money",
    "discount": "money",
    "rounding": "money",
    "invoice_date": "date",
    "due_date": "date",
    "invoice_number": "number",
    "po_number": "number",
    "account_no": "number",
    "references_invoice": "number",
    "supplier_tax_id": "number",
    "supplier_name": "party",
    "buyer_name": "party",
}
INPUTS: dict[str, tuple[str, ...]] = {
    "money": ("score", "ocr", "closed", "summed", "due_closed", "rivals", "derived"),
    "date": ("score", "ocr", "margin"),
    "number": ("score", "ocr", "margin"),
    "party": ("score", "ocr", "margin"),
    "other": ("score", "ocr", "margin"),
}


def vector(group: str, score: float, features: dict[str, float]) -> list[float]:
    """The inputs of a group's model; scores and OCR certainty as log-odds, counts capped."""
    out = []
    for name in INPUTS[group]:
        value = score if name == "score" else features.get(name, 1.0 if name == "ocr" else 0.0)
        if name == "score":
            value = _logit(value)
        elif name == "ocr":
            value = min(0.0, (value - 1.0) * 5)
        elif name == "rivals":
            value = min(3.0, value)
        out.append(value)
    return out


def _logit(p: float) -> float:
    p = min(0.995, max(0.005, p))
    return math.log(p / (1 - p))


class LogisticCalibrator:
    """`groups[g]` holds bias and weights in the order of INPUTS; `cap` bounds what so little data can promise."""

    def __init__(self, model: dict[str, Any]) -> None:
        self._groups: dict[str, list[float]] = model["groups"]
        self._cap: dict[str, float] = model["cap"]

    def __call__(self, field: str, score: float, features: dict[str, float]) -> float:
        """Probability that the value is right, in 0.01..0.995."""
        group = GROUPS.get(field, "other")
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
