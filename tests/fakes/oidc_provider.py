"""A small OpenID provider on loopback: checks client, redirect and PKCE as a real one does, and can misbehave on demand."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "apdesk", "a-secret-of-the-client"


@dataclass
class FakeProvider:
    """`claims` are the person's; `twist` overrides claims of the ID token; `foreign_key` signs with a key nobody knows."""

    issuer: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    twist: dict[str, Any] = field(default_factory=dict)
    foreign_key: bool = False
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "k1"}))
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/jwks",
        }  # fmt: skip

    def authorize(self, asked: dict[str, str]) -> str:
        """Where the browser is sent after the person logged in there."""
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, form: dict[str, str], basic: str) -> tuple[int, dict[str, Any]]:
        asked = self.codes.pop(form.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        good = asked is not None and challenge.rstrip(b"=").decode() == asked["code_challenge"]
        if not good or asked is None or basic != f"{CLIENT}:{SECRET}" or form["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": CLIENT, "sub": "u-1", "iat": now, "exp": now + 300, "nonce": asked["nonce"],
            **self.claims, **self.twist,
        }  # fmt: skip
        key = RSAKey.generate_key(2048, {"kid": "k1"}) if self.foreign_key else self.key
        signed = jwt.encode({"alg": "RS256", "kid": "k1"}, claims, key)
        return 200, {"access_token": "x", "token_type": "Bearer", "expires_in": 300, "id_token": signed}


@contextmanager
def running() -> Iterator[FakeProvider]:
    provider = FakeProvider()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            return None

        def _answer(self, status: int, body: dict[str, Any], **headers: str) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            for name, value in {
                "content-type": "application/json",
                "content-length": str(len(data)),
                **headers,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path == "/authorize":
                target = provider.authorize({k: v[0] for k, v in parse_qs(parts.query).items()})
                self._answer(302, {}, location=target)
            elif parts.path == "/jwks":
                self._answer(200, {"keys": [provider.key.as_dict(private=False)]})
            else:
                self._answer(200, provider.metadata())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            basic = base64.b64decode(self.headers.get("authorization", "Basic ").split(" ")[1]).decode()
            self._answer(*provider.token({k: v[0] for k, v in parse_qs(body).items()}, basic))

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield provider
    server.shutdown()
    server.server_close()
