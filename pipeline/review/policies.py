"""Policy versions: compare, propose, and activate by a second person (spec E.1, SOD-10)."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from pipeline.app import App
from pipeline.domain.desk import PolicyVersion
from pipeline.domain.errors import InvalidInput, InvalidPolicy, NotAllowed
from pipeline.domain.events import Action, Actor, EventDraft
from pipeline.review.permissions import allowed
from rules import duties
from rules.load import policy_content, policy_from
from rules.policy import Policy

LONGEST = 200_000


def parse_policy(text: str) -> Policy:
    """A policy from TOML. Raises InvalidPolicy naming every mistake."""
    if len(text) > LONGEST:
        raise InvalidPolicy([f"longer than {LONGEST} characters"])
    try:
        return policy_from(tomllib.loads(text, parse_float=Decimal), "uploaded policy")
    except tomllib.TOMLDecodeError as error:
        raise InvalidPolicy([f"uploaded policy: {error}"]) from error


def difference(old: Policy, new: Policy) -> list[tuple[str, str | None, str | None]]:
    """(setting, before, after) of everything that differs, by name; identity (`meta`) apart."""
    before, after = dict(_leaves(policy_content(old))), dict(_leaves(policy_content(new)))
    names = sorted(name for name in before.keys() | after.keys() if not name.startswith("meta."))
    return [(name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)]


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for place, inner in enumerate(value, 1):
            yield from _leaves(inner, f"{path}[{place}]")
    else:
        yield path, "none" if value is None else str(value)


def propose(app: App, actor: Actor, text: str, effective_from: date, note: str) -> PolicyVersion:
    """Keep a new version as a proposal. Nothing changes until another person activates it."""
    if not allowed(actor.roles, "policy.propose"):
        raise NotAllowed("Policies are proposed by the policy administrator.", "0.1")
    policy = parse_policy(text)
    if effective_from < app.clock.today():
        raise InvalidInput("A policy never takes effect in the past.")
    if len(note.strip()) < 3:
        raise InvalidInput("Say what changes and why.")
    with app.unit_of_work() as work:
        number = work.desk.next_policy_number()
        version = PolicyVersion(
            number, "PROPOSED", policy.hash, effective_from, actor.id, app.clock.now(), text, note.strip()
        )
        work.desk.save_policy_version(version)
        after = {
            "hash": policy.hash,
            "effective_from": effective_from.isoformat(),
            "changes": difference(app.policy, policy),
        }
        work.record(EventDraft(actor, Action.POLICY_PROPOSED, "policy", str(number), after=after, comment=note.strip()))
        work.commit()
    return version


def settle(app: App, actor: Actor, number: int, *, activate: bool, comment: str) -> PolicyVersion:
    """Activate or refuse a proposal. The author never does it himself (SOD-10); a refusal by that rule is an event."""
    if not allowed(actor.roles, "policy.activate"):
        raise NotAllowed("Policies are activated by the AP manager.", "0.1")
    version = version_of(app, number)
    verdict = duties.check("approve_policy", actor.id, {"policy_author": version.author})
    if not verdict.allowed:
        with app.unit_of_work() as work:
            after = {"decision": "activate_policy", "rule": verdict.rule}
            work.record(
                EventDraft(actor, Action.SOD_DENIED, "policy", str(number), after=after, comment=verdict.reason)
            )
            work.commit()
        raise NotAllowed(verdict.reason, verdict.rule or "SOD-10")
    return _settled(app, actor, number, activate, comment)


def _settled(app: App, actor: Actor, number: int, activate: bool, comment: str) -> PolicyVersion:
    with app.unit_of_work() as work:
        versions = {each.number: each for each in work.desk.policy_versions()}
        version = versions[number]
        if version.state != "PROPOSED":
            raise NotAllowed(f"Version {number} is {version.state}.", "E.1")
        if parse_policy(version.text).hash != version.hash:
            raise InvalidPolicy([f"version {number} reads otherwise than when it was proposed"])
        start = max(version.effective_from, app.clock.today())
        done = replace(
            version, state="ACTIVE" if activate else "REFUSED", approver=actor.id, decided_at=app.clock.now(),
            effective_from=start,
        )  # fmt: skip
        if activate:
            # What was planned for the same day or later would silently undo this version.
            for other in versions.values():
                if other.state == "ACTIVE" and other.effective_from >= start:
                    work.desk.save_policy_version(replace(other, state="REPLACED"))
        work.desk.save_policy_version(done)
        kinds = (Action.POLICY_APPROVED, Action.POLICY_ACTIVATED) if activate else (Action.POLICY_APPROVED,)
        after = {"hash": done.hash, "state": done.state, "effective_from": start.isoformat(), "author": done.author}
        for kind in kinds:
            work.record(EventDraft(actor, kind, "policy", str(number), after=after, comment=comment))
        work.commit()
    return done


def version_of(app: App, number: int) -> PolicyVersion:
    with app.unit_of_work() as work:
        found = next((each for each in work.desk.policy_versions() if each.number == number), None)
    if found is None:
        raise InvalidInput(f"There is no policy version {number}.")
    return found
