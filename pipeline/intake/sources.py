"""Sources: where documents are fetched from, in one TOML file (APDESK_SOURCES; docs/sources.md).

Tables `[[mailbox]]`, `[[sftp]]`, `[[bucket]]`, `[[folder]]`. A secret stands in the environment (`password_env = "NAME"`)
or in a file (`access_token_file = "/run/secrets/token"`), which is read anew at every poll, so that a token may be renewed.
"""

import os
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from pipeline.domain.document import Channel
from pipeline.domain.errors import InvalidInput
from pipeline.intake.bucket import BucketSettings
from pipeline.intake.mailbox import MailboxSettings
from pipeline.intake.sftp import SftpSettings

SECRETS = ("password", "access_token", "access_key_id", "secret_access_key")


class FolderSettings(BaseModel):
    """One watched folder, of a scanner or of a program that drops files. Finished files go to `done` in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    path: Path
    channel: Channel = Channel.SCAN
    facility: str | None = None
    operator: str = ""
    authserv_id: str = ""


class Sources(BaseModel):
    """All sources. Names are unique over all kinds, because reports and the mail memory go by them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mailbox: tuple[MailboxSettings, ...] = ()
    sftp: tuple[SftpSettings, ...] = ()
    bucket: tuple[BucketSettings, ...] = ()
    folder: tuple[FolderSettings, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(each.name for kind in (self.mailbox, self.sftp, self.bucket, self.folder) for each in kind)

    @model_validator(mode="after")
    def _unique_names(self) -> "Sources":
        twice = sorted({name for name in self.names if self.names.count(name) > 1})
        if twice:
            raise ValueError(f"the name {', '.join(twice)} is given to more than one source")
        return self


def load_sources(path: Path, variable: Callable[[str], str | None] = os.environ.get) -> Sources:
    """The sources of a file. Raises InvalidInput naming every mistake in it."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise InvalidInput(f"{path} cannot be read: {problem.strerror}.", "Set APDESK_SOURCES to the file.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise InvalidInput(f"{path} is no TOML: {problem}.", "Correct the file.") from None
    mistakes: list[str] = []
    filled = {kind: _filled(kind, rows, variable, mistakes) for kind, rows in raw.items()}
    try:
        sources = Sources.model_validate(filled)
    except ValidationError as problem:
        mistakes += [_mistake(error, filled) for error in problem.errors()]
    if mistakes:
        raise InvalidInput(f"{path} has mistakes: " + "; ".join(mistakes) + ".", "Correct the file.")
    return sources


def _filled(kind: str, rows: Any, variable: Callable[[str], str | None], mistakes: list[str]) -> Any:
    """The rows with their secrets looked up."""
    if not isinstance(rows, list):
        return rows
    return [_with_secrets(f"{kind} {_name(row, at)}", row, variable, mistakes) for at, row in enumerate(rows)]


def _with_secrets(where: str, row: Any, variable: Callable[[str], str | None], mistakes: list[str]) -> Any:
    if not isinstance(row, dict):
        return row
    found = dict(row)
    for secret in SECRETS:
        key, file = found.pop(f"{secret}_env", None), found.pop(f"{secret}_file", None)
        value = variable(str(key)) if key else None
        if key and not value:
            mistakes.append(f"{where}: the variable {key} is not set")
        if file:
            try:
                value = Path(str(file)).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError):
                mistakes.append(f"{where}: the file {file} cannot be read")
        if value or key or file:
            found[secret] = value or "absent"
    return found


def _name(row: Any, at: int) -> str:
    return str(row.get("name", at + 1)) if isinstance(row, dict) else str(at + 1)


def _mistake(error: Any, filled: dict[str, Any]) -> str:
    """One mistake with its table, name and key, never with the value, which may be a secret."""
    location = list(error["loc"])
    where = [str(each) for each in location]
    if len(location) >= 2 and isinstance(location[1], int):
        rows = filled.get(str(location[0]))
        row = rows[location[1]] if isinstance(rows, list) else {}
        where = [f"{location[0]} {_name(row, location[1])}", *where[2:]]
    text = str(error["msg"]).removeprefix("Value error, ")
    return f"{': '.join(where)}: {text}" if where else text
