"""Settings from the environment: frozen, all problems at once, secrets never printed."""

from pathlib import Path

from pydantic import SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from pipeline.domain.errors import InvalidInput


class Settings(BaseSettings):
    """APDESK_HOME, APDESK_DATABASE_URL (empty: embedded SQLite), APDESK_POLICY, APDESK_LEDGER, APDESK_*_FOLDER,
    APDESK_PARTNERS (TOML of trading partners), APDESK_SOFFICE (LibreOffice's program; `none`: never),
    APDESK_OIDC (TOML of the log-in provider),
    APDESK_SMTP_URL (empty: notices to suppliers stay owed)."""

    model_config = SettingsConfigDict(env_prefix="APDESK_", frozen=True, extra="ignore")

    home: Path = Path("var")
    database_url: SecretStr | None = None
    policy: Path | None = None
    ledger: Path | None = None
    mail_folder: Path | None = None
    scan_folder: Path | None = None
    portal_folder: Path | None = None
    mailboxes: Path | None = None
    sources: Path | None = None
    clamav: str | None = None
    partners: Path | None = None
    soffice: str | None = None
    erp: Path | None = None
    oidc: Path | None = None
    smtp_url: SecretStr | None = None
    seconds: float = 30.0
    file_bytes: int = 50_000_000

    @field_validator("database_url")
    @classmethod
    def _known_kind(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not value.get_secret_value().startswith(
            ("sqlite:", "postgresql:", "postgresql+psycopg:", "postgres:")
        ):
            raise ValueError("must start with postgresql: or sqlite:")
        return value

    @property
    def url(self) -> str:
        """The database: what is set, else SQLite under home."""
        return (
            self.database_url.get_secret_value()
            if self.database_url
            else f"sqlite:///{self.home.resolve()}/apdesk.sqlite"
        )

    def folder(self, channel: str) -> Path:
        """The watched folder of a channel, under home unless set."""
        chosen: Path | None = getattr(self, f"{channel}_folder")
        return chosen or self.home / "inbox" / channel


def load_settings() -> Settings:
    """The settings of this process. Raises InvalidInput naming every bad value."""
    try:
        return Settings()
    except ValidationError as problem:
        bad = [f"APDESK_{str(e['loc'][0]).upper()}: {e['msg']}" for e in problem.errors()]
        raise InvalidInput("The settings have mistakes: " + "; ".join(bad) + ".", "Correct the environment.") from None
