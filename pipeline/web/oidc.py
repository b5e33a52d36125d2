"""Log-in with the hospital's own provider: OpenID Connect, code flow with PKCE, state and nonce (ASVS V10; RFC 9700)."""

import base64
import hashlib
import hmac
import json
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import OAuth2Client
from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from pipeline.domain.errors import InvalidInput
from pipeline.domain.events import Action, Actor, EventDraft
from pipeline.domain.records import User
from pipeline.domain.roles import Role
from pipeline.web.login import safe_target
from pipeline.web.problems import NotFound
from pipeline.web.security import COOKIE, Forbidden, client_ip, desk_of, public
from rules import duties

router = APIRouter()
FLOW_COOKIE, LIFE = "apdesk_oidc", 600  # seconds between leaving for the provider and coming back
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]
TIMEOUT = 10.0


class Provider(BaseModel):
    """One provider. `roles` maps a value of the claim (a group) to roles of the desk; who has none may not come in.

    `public_url` is the desk's own address as browsers see it. `user_claim` gives the user's name here: choose one that the
    provider never hands to another person.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    issuer: str
    client_id: str
    client_secret: SecretStr
    public_url: str
    claim: str = "groups"
    user_claim: str = "preferred_username"
    scope: str = "openid profile email"
    roles: dict[str, list[Role]] = Field(min_length=1)


def load_provider(path: Path) -> Provider:
    """Settings of APDESK_OIDC (TOML). Raises InvalidInput naming every mistake."""
    try:
        return Provider.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, tomllib.TOMLDecodeError) as problem:
        raise InvalidInput(f"{path.name} cannot be read: {problem}.") from problem
    except ValidationError as problem:
        bad = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in problem.errors()]
        raise InvalidInput(f"{path.name} has mistakes: {'; '.join(bad)}.") from None


def _provider(request: Request) -> Provider:
    found: Provider | None = request.app.state.oidc
    if found is None:
        raise NotFound("Single sign-on is not set up here.")
    return found


def _metadata(provider: Provider) -> dict[str, Any]:
    """The provider's own description. It must call itself what we call it (mix-up defence)."""
    answer = httpx.get(f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration", timeout=TIMEOUT)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    if found.get("issuer") != provider.issuer:
        raise Forbidden("The provider calls itself otherwise than agreed.", "OIDC")
    return found


def _client(provider: Provider) -> OAuth2Client:
    return OAuth2Client(
        provider.client_id, provider.client_secret.get_secret_value(), scope=provider.scope, timeout=TIMEOUT,
        redirect_uri=f"{provider.public_url.rstrip('/')}/login/oidc/back", code_challenge_method="S256",
    )  # fmt: skip


@router.get("/login/oidc", dependencies=[public()])
def leave(request: Request, next: Annotated[str, Query(max_length=300)] = "") -> Response:
    """To the provider, with fresh state, nonce and PKCE verifier that only this browser holds."""
    provider = _provider(request)
    flow = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")}
    try:
        metadata = _metadata(provider)
    except httpx.HTTPError as problem:
        raise Forbidden("The log-in provider cannot be reached. Try again shortly.", "OIDC") from problem
    url, _ = _client(provider).create_authorization_url(
        metadata["authorization_endpoint"], state=flow["state"], nonce=flow["nonce"], code_verifier=flow["verifier"]
    )
    begun = desk_of(request).clock.now().timestamp()
    response = RedirectResponse(str(url), 303)
    response.set_cookie(
        FLOW_COOKIE, _sealed(request, {**flow, "target": safe_target(next), "at": begun}), max_age=LIFE, httponly=True,
        samesite="lax", secure=provider.public_url.startswith("https:"), path="/login",
    )  # fmt: skip
    return response


@router.get("/login/oidc/back", dependencies=[public()])
def back(
    request: Request,
    state: Annotated[str, Query(max_length=500)] = "",
    code: Annotated[str, Query(max_length=4000)] = "",
    error: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """From the provider: the code for tokens, the identity checked, a session of our own."""
    provider, app = _provider(request), desk_of(request)
    flow = _opened(request, request.cookies.get(FLOW_COOKIE, ""))
    if flow is None or not state or not hmac.compare_digest(state.encode(), str(flow["state"]).encode()):
        raise Forbidden("This log-in was not begun here or took too long. Begin again.", "OIDC")
    if error or not code:
        raise Forbidden("The provider did not log you in.", "OIDC")
    user = _admitted(request, provider, _claims(provider, code, flow))
    old = request.cookies.get(COOKIE)
    if old:
        app.accounts.close_session(old)
    token = app.accounts.open_session(user.id, app.clock.now(), client_ip(request))
    response = RedirectResponse(flow["target"] or "/", 303)
    secure = provider.public_url.startswith("https:")
    response.set_cookie(COOKIE, token, httponly=True, samesite="lax", secure=secure, path="/")
    response.delete_cookie(FLOW_COOKIE, path="/login")
    return response


def _claims(provider: Provider, code: str, flow: Mapping[str, Any]) -> dict[str, Any]:
    """The ID token's claims: signature by the provider's key, issuer, audience, time and our nonce."""
    try:
        metadata = _metadata(provider)
        token = _client(provider).fetch_token(
            metadata["token_endpoint"], code=code, code_verifier=flow["verifier"], grant_type="authorization_code"
        )
        keys = httpx.get(metadata["jwks_uri"], timeout=TIMEOUT)
        keys.raise_for_status()
        found = jwt.decode(token["id_token"], KeySet.import_key_set(keys.json()), algorithms=ALGORITHMS)
        needed: dict[str, Any] = {
            "iss": {"essential": True, "value": provider.issuer}, "aud": {"essential": True, "value": provider.client_id},
            "exp": {"essential": True}, "sub": {"essential": True}, "nonce": {"essential": True, "value": flow["nonce"]},
        }  # fmt: skip
        jwt.JWTClaimsRegistry(leeway=30, **needed).validate(found.claims)
    except (httpx.HTTPError, AuthlibBaseError, JoseError, KeyError, ValueError, TypeError) as problem:
        raise Forbidden("The provider's answer is not good. Begin again.", "OIDC") from problem
    audience = found.claims["aud"]
    if isinstance(audience, list) and len(audience) > 1 and found.claims.get("azp") != provider.client_id:
        raise Forbidden("The provider's answer is meant for another program.", "OIDC")
    return dict(found.claims)


def _admitted(request: Request, provider: Provider, claims: Mapping[str, Any]) -> User:
    """The person with the roles that her groups give now. Every refusal is an event."""
    app, name = desk_of(request), str(claims.get(provider.user_claim) or "")[:80]
    known = app.accounts.user(name) if name else None
    roles = roles_of(provider, claims)
    why = _refusal(name, known, roles)
    actor = Actor("user", name or str(claims["sub"])[:80], roles, ip=client_ip(request))
    with app.unit_of_work() as work:
        action, after = (Action.LOGIN_FAILED if why else Action.LOGIN), {"by": "oidc", "ip": client_ip(request)}
        work.record(EventDraft(actor, action, "account", actor.id, after=after, comment=why))
        if known is not None and not why and known.roles != roles:
            work.record(
                EventDraft(
                    actor, Action.ROLE_CHANGED, "account", name, diff={"roles": [list(known.roles), list(roles)]}
                )
            )
        work.commit()
    if why:
        raise Forbidden(why, "SOD-12" if "together" in why else "0.1")
    base = known or User(name, name, roles, source="oidc")
    full, mail = str(claims.get("name") or name)[:120], str(claims.get("email") or "")[:200]
    user = replace(base, name=full, email=mail, roles=roles)
    if user != known:
        app.accounts.save_user(user)
    return user


def _refusal(name: str, known: User | None, roles: tuple[str, ...]) -> str:
    if not name or not name.isprintable():
        return "The provider names nobody."
    if known is not None and known.source != "oidc":
        return "A local account has this name; an administrator must remove one of the two."
    if known is not None and not known.active:
        return "This account is closed."
    if not roles:
        return "You have no role at this desk. Ask your administrator for a group."
    for place, role in enumerate(roles):
        if not duties.check("assign_role", name, {"target_roles": roles[:place], "new_role": role}).allowed:
            return f"{role} may not be held together with {', '.join(roles[:place])}."
    return ""


def roles_of(provider: Provider, claims: Mapping[str, Any]) -> tuple[str, ...]:
    """The roles that the groups in the claim give, in the order of the settings."""
    value = claims.get(provider.claim)
    groups = (
        {value}
        if isinstance(value, str)
        else {g for g in value if isinstance(g, str)}
        if isinstance(value, list)
        else set()
    )
    found = (str(role) for group, roles in provider.roles.items() if group in groups for role in roles)
    return tuple(dict.fromkeys(found))


def _sealed(request: Request, flow: Mapping[str, Any]) -> str:
    body = base64.urlsafe_b64encode(json.dumps(flow).encode())
    return f"{body.decode()}.{_mac(request, body)}"


def _opened(request: Request, cookie: str) -> dict[str, Any] | None:
    """The flow that this browser began, when it is ours, whole and young enough."""
    body, _, seal = cookie.rpartition(".")
    if not body or not hmac.compare_digest(seal.encode(), _mac(request, body.encode()).encode()):
        return None
    flow: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body))
    return flow if desk_of(request).clock.now().timestamp() - flow["at"] <= LIFE else None


def _mac(request: Request, body: bytes) -> str:
    key: bytes = request.app.state.csrf_key
    return hmac.new(key, b"oidc:" + body, hashlib.sha256).hexdigest()
