"""Trading partners: what one sender needs beyond the rest, in one TOML file (APDESK_PARTNERS; docs/sources.md).

Passwords of their encrypted PDFs, and where the acknowledgements of their X12 files go. Secrets stand in files or in the
environment, never in the TOML; nothing here is ever logged or audited.
"""

import os
import tomllib
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from pipeline.domain.document import Document, Upload
from pipeline.domain.errors import InvalidInput
from pipeline.sftp import SftpLogin

MOST_PASSWORDS = 20


class Acknowledgements(BaseModel):
    """Exactly one way: a folder here, a folder on an SFTP server, or a mail address."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path | None = None
    sftp: SftpLogin | None = None
    mail: str | None = None

    @model_validator(mode="after")
    def _one_way(self) -> "Acknowledgements":
        if sum(way is not None for way in (self.folder, self.sftp, self.mail)) != 1:
            raise ValueError("give exactly one of folder, sftp and mail")
        return self


class Partner(BaseModel):
    """`sources`: names of sources whose files are theirs; `senders`: addresses such as `*@supplier.example`; `edi_ids`:
    qualifier and id of their interchanges, such as `ZZ/SUPPLIER`. Passwords are tried in their order.
    `order_data`: its sources are our own order system's, so that orders and receipts from there may stand in where the ERP
    has none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    sources: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()
    edi_ids: tuple[str, ...] = ()
    pdf_passwords: tuple[SecretStr, ...] = Field((), max_length=MOST_PASSWORDS)
    order_data: bool = False
    acknowledgements: Acknowledgements | None = None

    @model_validator(mode="after")
    def _own_source(self) -> "Partner":
        if self.order_data and (not self.sources or any("*" in each or "?" in each for each in self.sources)):
            raise ValueError(f"{self.name}: order_data needs its sources by their whole names")
        return self

    def sends(self, upload: Upload) -> bool:
        """Whether an upload came over one of its sources or from one of its addresses."""
        source = (upload.batch or upload.name).split("/", 1)[0]
        sender = upload.sender.lower()
        return any(fnmatchcase(source, each) for each in self.sources) or any(
            fnmatchcase(sender, each.lower()) for each in self.senders if sender
        )


class Partners(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    partner: tuple[Partner, ...] = ()

    @model_validator(mode="after")
    def _unique(self) -> "Partners":
        names = [each.name for each in self.partner]
        ids = [one for each in self.partner for one in each.edi_ids]
        for what, values in (("name", names), ("EDI id", ids)):
            if twice := sorted({value for value in values if values.count(value) > 1}):
                raise ValueError(f"the {what} {', '.join(twice)} is given twice")
        return self

    def passwords(self, upload: Upload) -> tuple[str, ...]:
        """The passwords that an upload's sender may have used."""
        found = [word for each in self.partner if each.sends(upload) for word in each.pdf_passwords]
        return tuple(dict.fromkeys(word.get_secret_value() for word in found))[:MOST_PASSWORDS]

    def order_authority(self, document: Document) -> bool:
        """Whether a document came over a source of our own order system. A sender's address proves nothing here."""
        source = document.batch.split("/", 1)[0]
        return bool(source) and any(each.order_data and source in each.sources for each in self.partner)

    def of_edi(self, identifier: str) -> Partner | None:
        """The partner with this qualifier and id; an id without a qualifier fits any."""
        bare = identifier.partition("/")[2]
        return next((each for each in self.partner if {identifier, bare} & set(each.edi_ids)), None)


def load_partners(path: Path, variable: Callable[[str], str | None] = os.environ.get) -> Partners:
    """The partners of a file. Raises InvalidInput naming every mistake, never a value."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise InvalidInput(f"{path} cannot be read: {problem.strerror}.", "Set APDESK_PARTNERS to the file.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise InvalidInput(f"{path} is no TOML: {problem}.", "Correct the file.") from None
    mistakes: list[str] = []
    rows = raw.get("partner")
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict):
            _fill(row, "pdf_passwords", variable, mistakes, many=True)
            ways = row.get("acknowledgements")
            server = ways.get("sftp") if isinstance(ways, dict) else None
            if isinstance(server, dict):
                _fill(server, "password", variable, mistakes, many=False)
    try:
        partners = Partners.model_validate(raw)
    except ValidationError as problem:
        mistakes += [f"{'.'.join(map(str, e['loc']))}: {_words(e)}" for e in problem.errors()]
    if mistakes:
        raise InvalidInput(f"{path} has mistakes: " + "; ".join(mistakes) + ".", "Correct the file.")
    return partners


def _words(error: Any) -> str:
    return str(error["msg"]).removeprefix("Value error, ")


def _fill(
    row: dict[str, Any], name: str, variable: Callable[[str], str | None], mistakes: list[str], *, many: bool
) -> None:
    """A secret from `NAME_env` or `NAME_file`; several stand one a line."""
    label = str(row.get("name", row.get("host", "")))
    key, file = row.pop(f"{name}_env", None), row.pop(f"{name}_file", None)
    if name in row:
        mistakes.append(f"{label}: {name} must stand in a file or the environment, not here")
        row.pop(name)
    value = variable(str(key)) if key else None
    if key and not value:
        mistakes.append(f"{label}: the variable {key} is not set")
    if file:
        try:
            value = Path(str(file)).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            mistakes.append(f"{label}: the file {file} cannot be read")
    if value:
        row[name] = [line for line in value.splitlines() if line] if many else value.strip()
