"""From an installation's settings to its ERP gateway, behind a circuit breaker."""

from pathlib import Path
from typing import Literal

import httpx
from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from pipeline.export.auth import Bearer, ClientCredentials
from pipeline.export.breaker import Breaker, GuardedGateway
from pipeline.export.files import FileGateway
from pipeline.export.mapping import Fingerprint
from pipeline.export.rest import RestGateway
from pipeline.export.tryton import TrytonGateway
from pipeline.export.tryton_config import TrytonConfig
from pipeline.ports import ErpGateway

TIMEOUT = httpx.Timeout(60.0, connect=5.0)


class ErpSettings(BaseModel):
    """Which ERP and how to reach it. `key`: Tryton's application key or a bearer token; with `token_url` OAuth2 is used.

    `ledger`: a written file counts as posted (no acknowledgements are awaited).
    """

    model_config = ConfigDict(frozen=True)

    kind: Literal["tryton", "rest", "files"]
    url: str = ""
    folder: Path | None = None
    key: SecretStr = SecretStr("")
    token_url: str = ""
    client_id: str = ""
    scope: str = ""
    ledger: bool = False
    tryton: TrytonConfig = Field(default_factory=TrytonConfig)

    @model_validator(mode="after")
    def _complete(self) -> "ErpSettings":
        if self.kind == "files" and self.folder is None:
            raise ValueError("the files connector needs a folder")
        if self.kind != "files" and not self.url.startswith(("http://", "https://")):
            raise ValueError(f"the {self.kind} connector needs an http(s) url")
        return self


def open_gateway(settings: ErpSettings, fingerprint: Fingerprint) -> GuardedGateway:
    """The gateway of this installation. Nothing is sent yet. `fingerprint(routing, account)` is the store's HMAC."""
    return GuardedGateway(_gateway(settings, fingerprint), Breaker())


def _gateway(settings: ErpSettings, fingerprint: Fingerprint) -> ErpGateway:
    secret = settings.key.get_secret_value()
    if settings.kind == "files":
        assert settings.folder is not None
        return FileGateway(settings.folder, fingerprint, settings.ledger)
    if settings.kind == "tryton":
        client = httpx.Client(base_url=settings.url, timeout=TIMEOUT)
        return TrytonGateway(client, secret, settings.tryton, fingerprint)
    auth: httpx.Auth | None = Bearer(secret) if secret else None
    if settings.token_url:
        auth = ClientCredentials(settings.token_url, settings.client_id, secret, settings.scope)
    return RestGateway(httpx.Client(base_url=settings.url, timeout=TIMEOUT, auth=auth), fingerprint)
