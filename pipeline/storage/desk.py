"""ports.DeskMemory in the transaction of a unit of work, so that each change stands with its audit event."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from pipeline.domain.desk import ApiToken, PolicyVersion, StandIn
from pipeline.domain.errors import InvalidInput
from pipeline.storage import codec
from pipeline.storage.columns import clean
from pipeline.storage.columns import key as index_key
from pipeline.storage.desk_tables import api_answers, api_tokens, delegations, policy_versions, saved_views

KEPT = timedelta(days=30)


def policy_mark(connection: Connection, day: date) -> str | None:
    """Number and hash of the version in force on a day, without its text."""
    wanted = select(policy_versions.c.number, policy_versions.c.hash).where(_in_force(day)).order_by(*_LATEST).limit(1)
    row = connection.execute(wanted).first()
    return f"{row.number}:{row.hash}" if row else None


def _in_force(day: date) -> ColumnElement[bool]:
    return (policy_versions.c.state == "ACTIVE") & (policy_versions.c.effective_from <= day)


_LATEST = (policy_versions.c.effective_from.desc(), policy_versions.c.number.desc())


class StoredDesk:
    """ports.DeskMemory."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # Policy versions

    def policy_versions(self) -> Sequence[PolicyVersion]:
        query = select(policy_versions.c.body).order_by(policy_versions.c.number.desc())
        return [codec.load(PolicyVersion, row.body) for row in self._connection.execute(query)]

    def next_policy_number(self) -> int:
        return int(self._connection.execute(select(func.max(policy_versions.c.number))).scalar() or 0) + 1

    def save_policy_version(self, version: PolicyVersion) -> None:
        mine = policy_versions.c.number == version.number
        known = self._connection.execute(select(policy_versions.c.hash).where(mine)).first()
        values = {
            "state": version.state, "hash": version.hash, "effective_from": version.effective_from,
            "author": version.author, "approver": version.approver, "body": codec.dump(version),
        }  # fmt: skip
        if known is None:
            self._connection.execute(insert(policy_versions).values(number=version.number, **values))
        else:
            self._connection.execute(update(policy_versions).where(mine).values(**values))

    def policy_in_force(self, day: date) -> PolicyVersion | None:
        query = select(policy_versions.c.body).where(_in_force(day)).order_by(*_LATEST).limit(1)
        body = self._connection.execute(query).scalar()
        return codec.load(PolicyVersion, body) if body else None

    # Delegations

    def delegations(self, person: str | None = None) -> Sequence[StandIn]:
        query = select(delegations.c.body).order_by(delegations.c.ended, delegations.c.id)
        if person is not None:
            query = query.where((delegations.c.delegator == person) | (delegations.c.delegate == person))
        return [codec.load(StandIn, row.body) for row in self._connection.execute(query)]

    def save_delegation(self, one: StandIn) -> None:
        values = {
            "delegator": one.delegator, "delegate": one.delegate, "ended": int(one.ended_at is not None),
            "body": codec.dump(one),
        }  # fmt: skip
        mine = delegations.c.id == one.id
        if self._connection.execute(update(delegations).where(mine).values(**values)).rowcount == 0:
            self._connection.execute(insert(delegations).values(id=one.id, **values))

    # Saved views

    def views(self, user_id: str) -> Sequence[tuple[str, str]]:
        query = select(saved_views).where(saved_views.c.user_id == user_id).order_by(saved_views.c.name)
        return [(row.name, row.query) for row in self._connection.execute(query)]

    def save_view(self, user_id: str, name: str, query: str) -> None:
        self.drop_view(user_id, name)
        self._connection.execute(insert(saved_views).values(user_id=user_id, name=clean(name), query=clean(query)))

    def drop_view(self, user_id: str, name: str) -> None:
        mine = (saved_views.c.user_id == user_id) & (saved_views.c.name == clean(name))
        self._connection.execute(delete(saved_views).where(mine))

    # API tokens

    def tokens(self, user_id: str | None = None) -> Sequence[ApiToken]:
        query = select(api_tokens.c.body).order_by(api_tokens.c.id)
        if user_id is not None:
            query = query.where(api_tokens.c.user_id == user_id)
        return [codec.load(ApiToken, row.body) for row in self._connection.execute(query)]

    def add_token(self, token: ApiToken, token_hash: str) -> None:
        values = {
            "id": token.id, "token_hash": token_hash, "user_id": token.user_id, "ends_at": token.ends_at, "revoked": 0,
            "body": codec.dump(token),
        }  # fmt: skip
        self._connection.execute(insert(api_tokens).values(**values))

    def save_token(self, token: ApiToken) -> None:
        values = {"revoked": int(token.revoked_at is not None), "body": codec.dump(token)}
        if (
            self._connection.execute(update(api_tokens).where(api_tokens.c.id == token.id).values(**values)).rowcount
            == 0
        ):
            raise InvalidInput(f"There is no token {token.id[:40]}.")

    def find_token(self, token_hash: str, now: datetime) -> ApiToken | None:
        fits = (api_tokens.c.token_hash == token_hash) & (api_tokens.c.revoked == 0) & (api_tokens.c.ends_at > now)
        body = self._connection.execute(select(api_tokens.c.body).where(fits)).scalar()
        return codec.load(ApiToken, body) if body else None

    # Answers of the API

    def answer_of(self, user_id: str, key: str) -> tuple[str, str] | None:
        mine = (api_answers.c.user_id == user_id) & (api_answers.c.key == index_key(key))
        row = self._connection.execute(select(api_answers).where(mine)).first()
        return (row.fingerprint, row.answer) if row else None

    def keep_answer(self, user_id: str, key: str, fingerprint: str, answer: str, now: datetime) -> None:
        self._connection.execute(delete(api_answers).where(api_answers.c.at < now - KEPT))
        if self.answer_of(user_id, key) is None:
            values = {
                "user_id": user_id,
                "key": index_key(key),
                "fingerprint": fingerprint,
                "answer": answer,
                "at": now,
            }
            self._connection.execute(insert(api_answers).values(**values))
