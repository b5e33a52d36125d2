"""What people set up at the desk, in dictionaries."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from pipeline.domain.desk import ApiToken, PolicyVersion, StandIn
from pipeline.domain.errors import InvalidInput


@dataclass
class FakeDeskMemory:
    versions: dict[int, PolicyVersion] = field(default_factory=dict)
    stand_ins: dict[str, StandIn] = field(default_factory=dict)
    saved: dict[tuple[str, str], str] = field(default_factory=dict)
    keys: dict[str, tuple[ApiToken, str]] = field(default_factory=dict)
    answers: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)

    def policy_versions(self) -> Sequence[PolicyVersion]:
        return sorted(self.versions.values(), key=lambda v: -v.number)

    def next_policy_number(self) -> int:
        return max(self.versions, default=0) + 1

    def save_policy_version(self, version: PolicyVersion) -> None:
        self.versions[version.number] = version

    def policy_in_force(self, day: date) -> PolicyVersion | None:
        fit = [v for v in self.versions.values() if v.state == "ACTIVE" and v.effective_from <= day]
        return max(fit, key=lambda v: (v.effective_from, v.number), default=None)

    def delegations(self, person: str | None = None) -> Sequence[StandIn]:
        return [d for d in self.stand_ins.values() if person in (None, d.delegator, d.delegate)]

    def save_delegation(self, one: StandIn) -> None:
        self.stand_ins[one.id] = one

    def views(self, user_id: str) -> Sequence[tuple[str, str]]:
        return [(name, query) for (user, name), query in sorted(self.saved.items()) if user == user_id]

    def save_view(self, user_id: str, name: str, query: str) -> None:
        self.saved[user_id, name] = query

    def drop_view(self, user_id: str, name: str) -> None:
        self.saved.pop((user_id, name), None)

    def tokens(self, user_id: str | None = None) -> Sequence[ApiToken]:
        return [token for token, _ in self.keys.values() if user_id in (None, token.user_id)]

    def add_token(self, token: ApiToken, token_hash: str) -> None:
        self.keys[token.id] = (token, token_hash)

    def save_token(self, token: ApiToken) -> None:
        if token.id not in self.keys:
            raise InvalidInput(f"There is no token {token.id}.")
        self.keys[token.id] = (token, self.keys[token.id][1])

    def find_token(self, token_hash: str, now: datetime) -> ApiToken | None:
        live = (t for t, h in self.keys.values() if h == token_hash and t.revoked_at is None and t.ends_at > now)
        return next(live, None)

    def answer_of(self, user_id: str, key: str) -> tuple[str, str] | None:
        return self.answers.get((user_id, key))

    def keep_answer(self, user_id: str, key: str, fingerprint: str, answer: str, now: datetime) -> None:
        self.answers.setdefault((user_id, key), (fingerprint, answer))
