"""The outer door: security headers on every answer, and a limit on what is taken in (ASVS V3.4, V5.2.1)."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.web.security import COOKIE, SUPPLIER_COOKIE

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "frame-ancestors 'none'; form-action 'self'; base-uri 'none'"
)
HEADERS = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "x-frame-options": "DENY",
}
STRANGER_LIMIT = 64_000  # bytes that somebody without a session may send


class TooLarge(Exception):
    """The body is larger than the limit."""


class Guard:
    """Pure ASGI, so that an upload is cut off while it arrives and not after it was stored."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app, self._limit = app, limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        cookies = headers.get("cookie", "")
        known = "authorization" in headers or any(f"{name}=" in cookies for name in (COOKIE, SUPPLIER_COOKIE))
        limit = self._limit if known else STRANGER_LIMIT
        started = False

        async def guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                _add_headers(scope["path"], MutableHeaders(scope=message))
            await send(message)

        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > limit:
            await _refuse(guarded)
            return
        try:
            await self._app(scope, _counted(receive, limit), guarded)
        except TooLarge:
            if not started:
                await _refuse(guarded)


def _counted(receive: Receive, limit: int) -> Receive:
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise TooLarge
        return message

    return counted


def _add_headers(path: str, headers: MutableHeaders) -> None:
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    if path.startswith("/static/"):
        headers["cache-control"] = "public, max-age=31536000, immutable"
    else:
        headers.setdefault("cache-control", "no-store")


async def _refuse(send: Send) -> None:
    body = (
        b'{"type":"about:blank","title":"Too large","status":413,"detail":"The file is larger than this desk takes."}'
    )
    head = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 413, "headers": head})
    await send({"type": "http.response.body", "body": body})
