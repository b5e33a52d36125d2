"""Thresholds by risk (spec C.0.6): "at most 1 wrong total in 1,000" as a setting of the policy.

The evidence is measured when the calibration is fitted: per field, how many values had at least a confidence, how many of
them were wrong, and an upper bound of the error rate that holds with a stated confidence however few the values are.
Here the numbers are only looked up. Where they cannot vouch for a rate, no confidence is enough.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from rules.policy import ConfidenceRules

EVIDENCE_PATH = Path(__file__).parent / "policies" / "certified.json"
# What is read off a page never has this confidence; structured data and what a person confirmed always has.
NEVER = Decimal(1)


@dataclass(frozen=True, slots=True)
class Step:
    """Of `n` values with a confidence of at least `at`, `errors` were wrong; the error rate is at most `bound`."""

    at: Decimal
    n: int
    errors: int
    bound: Decimal


@dataclass(frozen=True, slots=True)
class Evidence:
    """Steps by kind of documents ("real", "all") and field; bounds hold with probability `confidence`."""

    confidence: Decimal
    steps: Mapping[str, Mapping[str, tuple[Step, ...]]]


@dataclass(frozen=True, slots=True)
class Finding:
    """What the evidence says of one field's allowed error rate; `step` is None when it cannot vouch for it."""

    field: str
    rate: Decimal
    step: Step | None
    best: Step | None


@lru_cache(maxsize=1)
def shipped_evidence() -> Evidence:
    """The evidence of the shipped calibration; empty when there is none."""
    if not EVIDENCE_PATH.exists():
        return Evidence(Decimal("0.95"), {})
    return evidence_from(json.loads(EVIDENCE_PATH.read_text(encoding="utf-8")))


def evidence_from(data: Mapping[str, Any]) -> Evidence:
    """Evidence from plain data: `{"confidence": "0.95", "steps": {kind: {field: [[at, n, errors, bound], ...]}}}`."""
    steps = {
        kind: {
            name: tuple(Step(Decimal(at), n, e, Decimal(b)) for at, n, e, b in rows) for name, rows in fields.items()
        }
        for kind, fields in data["steps"].items()
    }
    return Evidence(Decimal(data["confidence"]), steps)


def finding(evidence: Evidence, kind: str, name: str, rate: Decimal) -> Finding:
    """The lowest confidence from which on the error rate is at most `rate`.

    Every bound of a field holds at once (they share the uncertainty between them), so the lowest may be picked.
    """
    steps = evidence.steps.get(kind, {}).get(name, ())
    enough = [step for step in steps if step.bound <= rate]
    return Finding(
        name,
        rate,
        min(enough, key=lambda s: s.at) if enough else None,
        min(steps, key=lambda s: (s.bound, s.at)) if steps else None,
    )


def findings(rules: ConfidenceRules, evidence: Evidence) -> tuple[Finding, ...]:
    """One per field for which the policy states an error rate, in order of name."""
    return tuple(finding(evidence, rules.evidence, name, rate) for name, rate in sorted(rules.max_error_rate.items()))


def resolved(rules: ConfidenceRules, evidence: Evidence) -> ConfidenceRules:
    """Thresholds in force: the stricter of the stated one and the one the evidence vouches for.

    Without evidence the threshold is NEVER, unless the policy says that its stated threshold shall do (`uncertified`).
    """
    if not rules.max_error_rate:
        return rules
    critical = dict(rules.critical)
    for found in findings(rules, evidence):
        stated = critical.get(found.field, Decimal(0))
        if found.step is not None:
            critical[found.field] = max(stated, found.step.at)
        elif rules.uncertified == "never":
            critical[found.field] = NEVER
    return replace(rules, critical=critical)


def in_words(found: Finding, rules: ConfidenceRules, evidence: Evidence) -> str:
    """One sentence on a field's error rate, for `apdesk policy check`."""
    name, asked = found.field.replace("_", " "), f"at most {share(found.rate)} wrong"
    sure = f"with {evidence.confidence * 100:.0f} % certainty"
    if found.step is not None:
        step = found.step
        return (
            f"{name}: {asked}: vouched for from a confidence of {step.at * 100:.0f} % on "
            f"({step.errors} of {step.n} values wrong, at most {share(step.bound)} {sure})."
        )
    best = found.best
    known = (
        f"the best that {best.n} values show is at most {share(best.bound)} {sure}"
        if best
        else "nothing was measured for this field"
    )
    stated = rules.critical.get(found.field)
    then = (
        "so it is never accepted on its confidence alone"
        if rules.uncertified == "never"
        else f"so the stated threshold of {stated} is used, which vouches for nothing"
    )
    return f"{name}: {asked}: NOT vouched for: {known}; {then}."


def share(rate: Decimal) -> str:
    """A rate as people say it: "1 in 1,000"."""
    return "0" if not rate else f"1 in {1 / rate:,.0f}" if rate <= Decimal("0.5") else f"{rate * 100:.0f} %"
