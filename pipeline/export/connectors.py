"""From an installation's settings to its ERP gateway, behind a circuit breaker."""

import tomllib
from pathlib import Path
from typing import Any, Literal

import httpx
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from pipeline.domain.errors import InvalidInput
from pipeline.export.auth import Bearer, ClientCredentials
from pipeline.export.breaker import Breaker, GuardedGateway
from pipeline.export.files import FileGateway
from pipeline.export.mapping import Fingerprint, reasons
from pipeline.export.rest import RestGateway
from pipeline.export.tryton import TrytonGateway
from pipeline.export.tryton_config import TrytonConfig
from pipeline.ports import ErpGateway
from pipeline.sftp import SftpServer

TIMEOUT = httpx.Timeout(60.0, connect=5.0)


class ErpSettings(BaseModel):
    """Which ERP and how to reach it. `key`: Tryton's application key or a bearer token; with `token_url` OAuth2 is used.

    `ledger`: a written file counts as posted (no acknowledgements are awaited). `stale_minutes`: how old the ERP's data
    may be for posting without a person (I.2); an ERP that exports once a day needs about 1500. `sftp`: the files lie on
    that server, and `folder` is our mirror of them.
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
    sftp: SftpServer | None = None
    stale_minutes: int = Field(60, gt=0)
    tryton: TrytonConfig = Field(default_factory=TrytonConfig)

    @model_validator(mode="after")
    def _complete(self) -> "ErpSettings":
        if self.kind == "files" and self.folder is None:
            raise ValueError("the files connector needs a folder")
        if self.kind != "files" and not self.url.startswith(("http://", "https://")):
            raise ValueError(f"the {self.kind} connector needs an http(s) url")
        return self


def load_erp(file: Path) -> ErpSettings:
    """The connector's TOML file; `key_file` (beside it) holds the secret. Raises InvalidInput naming every mistake."""
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
        if "key_file" in data:
            data["key"] = (file.parent / data.pop("key_file")).read_text(encoding="utf-8").strip()
        if isinstance(data.get("sftp"), dict):
            _complete_sftp(data, file.parent)
        return ErpSettings.model_validate(data)
    except ValidationError as problem:
        raise InvalidInput(f"{file}: {reasons(problem)}.", "Correct the connector.") from None
    except (OSError, ValueError) as problem:
        raise InvalidInput(f"{file} cannot be read: {problem}.", "Correct the connector.") from None


def _complete_sftp(data: dict[str, Any], beside: Path) -> None:
    """The server's private key lies beside the file; without one the connector's secret is the password."""
    server = data["sftp"]
    server.setdefault("name", server.get("host", "erp"))
    if "key_file" in server:
        server["key_file"] = str(beside / server["key_file"])
    elif "password" not in server and "key" in data:
        server["password"] = data["key"]


def open_gateway(settings: ErpSettings, fingerprint: Fingerprint) -> GuardedGateway:
    """The gateway of this installation. Nothing is sent yet. `fingerprint(routing, account)` is the store's HMAC."""
    return GuardedGateway(_gateway(settings, fingerprint), Breaker())


def _gateway(settings: ErpSettings, fingerprint: Fingerprint) -> ErpGateway:
    secret = settings.key.get_secret_value()
    if settings.kind == "files":
        assert settings.folder is not None
        if settings.sftp:
            from pipeline.export.files_sftp import SftpFileGateway

            return SftpFileGateway(settings.sftp, settings.folder, fingerprint, settings.ledger)
        return FileGateway(settings.folder, fingerprint, settings.ledger)
    if settings.kind == "tryton":
        client = httpx.Client(base_url=settings.url, timeout=TIMEOUT)
        return TrytonGateway(client, secret, settings.tryton, fingerprint)
    auth: httpx.Auth | None = Bearer(secret) if secret else None
    if settings.token_url:
        auth = ClientCredentials(settings.token_url, settings.client_id, secret, settings.scope)
    return RestGateway(httpx.Client(base_url=settings.url, timeout=TIMEOUT, auth=auth), fingerprint)
