"""Reading a policy: TOML or plain data to a Policy, all mistakes at once (spec E.1)."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from pipeline.domain.errors import InvalidPolicy
from pipeline.domain.roles import Role
from rules.limits import SCOPES, flatten, parameter_names
from rules.policy import Policy
from rules.risk import resolved, shipped_evidence

DEFAULT_PATH = Path(__file__).parent / "policies" / "default.toml"
_ADAPTER = TypeAdapter(Policy)


def load_policy(path: Path | str) -> Policy:
    """Read a policy file. Raises InvalidPolicy naming every mistake, with the file's name."""
    file = Path(path)
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)
    except FileNotFoundError as error:
        raise InvalidPolicy([f"there is no file {file}"]) from error
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidPolicy([f"{file.name} cannot be read ({error})"]) from error
    except tomllib.TOMLDecodeError as error:
        raise InvalidPolicy([f"{file.name}: {error}"]) from error
    return policy_from(data, file.name)


def policy_from(data: Mapping[str, Any], name: str = "policy") -> Policy:
    """A Policy from plain data (the sections of TOML or of a scenario file); null is None or "none"."""
    try:
        policy = _ADAPTER.validate_python({key: value for key, value in data.items() if key != "hash"})
    except ValidationError as error:
        raise InvalidPolicy([f"{name}: {_where(e['loc'])}: {e['msg']}" for e in error.errors()]) from error
    problems = [f"{name}: {problem}" for problem in problems_of(policy)]
    if problems:
        raise InvalidPolicy(problems)
    policy = replace(policy, confidence=resolved(policy.confidence, shipped_evidence()))
    return replace(policy, hash=policy_hash(policy))


@lru_cache(maxsize=1)
def default_policy() -> Policy:
    """The shipped policy."""
    return load_policy(DEFAULT_PATH)


def policy_hash(policy: Policy) -> str:
    """SHA-256 over the canonical content: key order and trailing zeros do not matter."""
    content = policy_content(policy)
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def policy_content(policy: Policy) -> dict[str, Any]:
    """The policy as plain data with numbers as canonical text."""
    dumped = _ADAPTER.dump_python(policy)
    dumped.pop("hash")
    if not policy.confidence.max_error_rate:  # as before there were thresholds by risk: old hashes stay what they were
        for name in ("max_error_rate", "evidence", "uncertified"):
            dumped["confidence"].pop(name)
    plain: dict[str, Any] = _canonical(dumped)
    return plain


def _canonical(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _canonical(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(item) for item in value]
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value if value is None or isinstance(value, str | int | bool) else str(value)


def _where(place: tuple[int | str, ...]) -> str:
    return ".".join(str(step) for step in place if not str(step).startswith(("function-", "constrained"))) or "file"


def problems_of(policy: Policy) -> list[str]:
    """Mistakes that types alone do not show."""
    meta = policy.meta
    found = ["meta: author and approver must be two persons"] if meta.author and meta.author == meta.approver else []
    unknown = [name for name in policy.confidence.max_error_rate if name not in policy.confidence.critical]
    found += [f"confidence.max_error_rate.{name}: the policy has no threshold for this field" for name in unknown]
    return found + _ladder_problems(policy) + _routing_problems(policy) + _override_problems(policy)


def _ladder_problems(policy: Policy) -> list[str]:
    roles = [step.role for step in policy.matched_approval] + [step.role for step in policy.nonpo_approval]
    roles += [role for step in policy.authority.ladder for role in step.roles]
    found = [f"unknown role {role}" for role in dict.fromkeys(roles) if role not in Role.__members__]
    above = [step.above for step in policy.matched_approval]
    if above != sorted(above):
        found.append("matched_approval: limits must rise")
    for name, limits in (
        ("nonpo_approval", [step.up_to for step in policy.nonpo_approval]),
        ("authority.ladder", [step.up_to for step in policy.authority.ladder]),
    ):
        if not limits or limits[-1] is not None:
            found.append(f"{name}: the last step must have no limit")
        given = [limit for limit in limits if limit is not None]
        if given != sorted(given) or None in limits[:-1]:
            found.append(f"{name}: limits must rise")
    if any(r in ("AP_CLERK",) for step in policy.authority.ladder for r in step.roles):
        found.append("authority.ladder: AP_CLERK may never accept a variance")
    return found


def _routing_problems(policy: Policy) -> list[str]:
    rules = policy.routing
    if not rules:
        return []
    last = rules[-1]
    open_ended = not any(
        (last.codes, last.owners, last.facilities, last.departments, last.cost_centers, last.suppliers, last.categories)
    ) and (last.phi, last.min_at_risk, last.due_within_days, last.supplier_tiers) == (None, None, None, ())
    return (
        []
        if open_ended and last.queue == "AP_EXCEPTIONS"
        else ["routing: the last rule must be a catch-all to AP_EXCEPTIONS"]
    )


def _override_problems(policy: Policy) -> list[str]:
    known = parameter_names()
    found = []
    for scope, entries in policy.overrides.items():
        if scope not in SCOPES:
            found.append(f"overrides.{scope}: unknown scope (known: {', '.join(SCOPES)})")
        for key, tolerances in entries.items():
            for name, value in flatten(tolerances).items():
                place = f"overrides.{scope}.{key}.{name}"
                if name not in known:
                    found.append(f"{place}: unknown parameter")
                elif not _is_limit(value):
                    found.append(f'{place}: must be a number of 0 or more, or "none"')
    return found


def _is_limit(value: object) -> bool:
    if value is None or value == "none":
        return True
    if isinstance(value, bool | float):
        return False
    try:
        number = Decimal(str(value))
    except ArithmeticError:
        return False
    return number.is_finite() and number >= 0
