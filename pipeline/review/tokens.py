"""Keys for programs (ports, ERPs): scoped, with an end, shown once, kept as a hash only (ASVS V7; spec 0.1)."""

import secrets
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

from pipeline.app import App
from pipeline.domain.desk import ApiToken
from pipeline.domain.errors import InvalidInput
from pipeline.domain.events import Action, Actor, EventDraft
from pipeline.domain.records import User
from pipeline.review.permissions import permissions_of

PREFIX = "apk_"
# A program never makes keys, and never changes who may do what.
NEVER = frozenset({"token.manage", "delegation.manage", "policy.propose", "policy.activate", "bank.reveal"})


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
    """End one's own key at once; revoking twice is nothing. Raises InvalidInput when there is none."""
    with app.unit_of_work() as work:
        key = next((k for k in work.desk.tokens(actor.id) if k.id == key_id), None)
        if key is None:
            raise InvalidInput(f"You have no key {key_id[:40]}.")
        if key.revoked_at is not None:
            return
        work.desk.save_token(replace(key, revoked_at=app.clock.now()))
        work.record(EventDraft(actor, Action.TOKEN_REVOKED, "token", key.id))
        work.commit()


def listed(app: App, actor: Actor) -> list[ApiToken]:
    with app.unit_of_work() as work:
        return list(work.desk.tokens(actor.id))


def person_of(app: App, secret: str) -> tuple[ApiToken, User] | None:
    """The key and its owner, when both are good at this moment."""
    with app.unit_of_work() as work:
        key = work.desk.find_token(hashed(secret), app.clock.now())
    user = app.accounts.user(key.user_id) if key else None
    return (key, user) if key and user and user.active else None


def hashed(secret: str) -> str:
    return sha256(secret.encode("utf-8", "replace")).hexdigest()
