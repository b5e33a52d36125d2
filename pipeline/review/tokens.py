"""Keys for programs (ports, ERPs): scoped, with an end, shown once, kept as a hash only (ASVS V7; spec 0.1)."""

import secrets
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import uuid4

from pipeline.app import App
from pipeline.domain.desk import ApiToken
from pipeline.domain.errors import InvalidInput
from pipeline.domain.events import Action, Actor, EventDraft
from pipeline.domain.records import User
from pipeline.review.permissions import allowed, permissions_of

PREFIX = "apk_"
# A program never makes keys, and never changes who may do what.
USE_KEPT = timedelta(hours=1)
NEVER = frozenset(
    {"token.manage", "token.oversee", "delegation.manage", "policy.propose", "policy.activate", "bank.reveal"}
)


def create(app: App, actor: Actor, name: str, scopes: tuple[str, ...], days: int) -> tuple[ApiToken, str]:
    """The key and its secret, which cannot be read again. Scopes are some of the owner's own permissions."""
    wanted = frozenset(scopes)
    beyond = sorted(wanted - (permissions_of(actor.roles) - NEVER))
    if beyond or not wanted:
        raise InvalidInput(f"Not yours to give: {', '.join(beyond) or 'nothing was chosen'}.")
    secret, now = PREFIX + secrets.token_urlsafe(32), app.clock.now()
    key = ApiToken(
        uuid4().hex[:16], actor.id, name.strip()[:80], tuple(sorted(wanted)), now, now + timedelta(days=days)
    )
    with app.unit_of_work() as work:
        work.desk.add_token(key, hashed(secret))
        after = {"name": key.name, "scopes": list(key.scopes), "ends_at": key.ends_at.isoformat()}
        work.record(EventDraft(actor, Action.TOKEN_CREATED, "token", key.id, after=after))
        work.commit()
    return key, secret


def revoke(app: App, actor: Actor, key_id: str) -> None:
    """End a key at once: one's own, or anybody's for who oversees them. Revoking twice is nothing.

    Raises InvalidInput when there is none."""
    with app.unit_of_work() as work:
        key = next((k for k in work.desk.tokens(_whose(actor)) if k.id == key_id), None)
        if key is None:
            raise InvalidInput(f"You have no key {key_id[:40]}.")
        if key.revoked_at is not None:
            return
        work.desk.save_token(replace(key, revoked_at=app.clock.now()))
        after = {"name": key.name, "owner": key.user_id}
        work.record(EventDraft(actor, Action.TOKEN_REVOKED, "token", key.id, after=after))
        work.commit()


def listed(app: App, actor: Actor) -> list[ApiToken]:
    """One's own keys, newest first; everybody's for who oversees them."""
    with app.unit_of_work() as work:
        return sorted(work.desk.tokens(_whose(actor)), key=lambda key: key.created_at, reverse=True)


def _whose(actor: Actor) -> str | None:
    return None if allowed(actor.roles, "token.oversee") else actor.id


def scopes_of(roles: Iterable[str]) -> list[str]:
    """What somebody with these roles may give to a key."""
    return sorted(permissions_of(roles) - NEVER - {"self"})


def person_of(app: App, secret: str) -> tuple[ApiToken, User] | None:
    """The key and its owner, when both are good at this moment."""
    now = app.clock.now()
    with app.unit_of_work() as work:
        key = work.desk.find_token(hashed(secret), now)
    user = app.accounts.user(key.user_id) if key else None
    if key is None or user is None or not user.active:
        return None
    if key.last_used_at is None or now - key.last_used_at >= USE_KEPT:
        _used(app, key, now)
    return key, user


def _used(app: App, key: ApiToken, now: datetime) -> None:
    """Once an hour at most, so that reading does not become writing."""
    with app.unit_of_work() as work:
        # Read again: it may have been revoked in between, and must stay so.
        current = next((k for k in work.desk.tokens(key.user_id) if k.id == key.id), None)
        if current is not None and current.revoked_at is None:
            work.desk.save_token(replace(current, last_used_at=now))
            work.commit()


def hashed(secret: str) -> str:
    return sha256(secret.encode("utf-8", "replace")).hexdigest()
