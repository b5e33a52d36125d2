"""Mailbox: fetch new messages over IMAP by UID and UIDVALIDITY; moved or flagged only after our commit.

Overlapping polls, moved messages and recreated mailboxes never duplicate or lose: a message is known by (mailbox, folder,
UIDVALIDITY, UID), and its content is known again by SHA-256 in `receive` when a crash came between commit and note.
"""

import fnmatch
import imaplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Literal, Protocol

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError
from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from pipeline.domain.errors import ApdeskError
from pipeline.intake.mail import read_headers

# What the network, TLS, imaplib and imap-tools raise when a server fails or cuts the connection in mid-answer.
FAILURES = (OSError, ImapToolsError, imaplib.IMAP4.error, EOFError)


class MailboxUnavailable(ApdeskError):
    """The server cannot be reached, refused the log-in, or cut the connection. Tried again at the next poll."""

    exit_code = 5
    retryable = True


class MailboxSettings(BaseModel):
    """One mailbox and its rules. `after` says what becomes of a message once it is ours; `authserv_id` is the name under
    which the receiving server writes Authentication-Results (RFC 8601): results under other names are not believed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    host: str
    port: int = Field(993, ge=1, le=65535)
    security: Literal["tls", "starttls", "none"] = "tls"
    ca_file: str | None = None
    user: str
    password: SecretStr | None = None
    access_token: SecretStr | None = None
    folder: str = "INBOX"
    facility: str | None = None
    allowed_senders: tuple[str, ...] = ()
    authserv_id: str = ""
    after: Literal["move", "flag", "leave"] = "move"
    done_folder: str = "Processed"
    timeout: int = Field(60, ge=1)
    idle: bool = False

    @model_validator(mode="after")
    def _one_secret(self) -> "MailboxSettings":
        if (self.password is None) == (self.access_token is None):
            raise ValueError(f"mailbox {self.name}: give either a password or an access token")
        return self


@dataclass(frozen=True, slots=True)
class MailKey:
    """What names a message on its server."""

    mailbox: str
    folder: str
    uid_validity: int
    uid: int


class MailMemory(Protocol):
    """Which messages are ours already."""

    def taken(self, key: MailKey) -> bool: ...
    def take(self, key: MailKey) -> None: ...


@dataclass(frozen=True, slots=True)
class Polled:
    """One poll: messages taken now, known before, and refused by the sender rule (left where they are, flagged)."""

    taken: int = 0
    known: int = 0
    refused: int = 0


def own_sender(raw: bytes) -> str:
    """The address a mail names as its sender, read in this process."""
    return read_headers(raw).sender


def poll(
    settings: MailboxSettings,
    memory: MailMemory,
    accept: Callable[[bytes, MailKey], None],
    sender: Callable[[bytes], str] = own_sender,
) -> Polled:
    """Hand every new message to `accept`, which must have committed when it returns; then note it, then move or flag it.

    `sender` reads a mail's sender for the rule of allowed senders, in a child where there is one.
    Raises MailboxUnavailable when the server fails; messages handed over until then are safe.
    """
    try:
        with connect(settings) as box:
            return _poll(box, settings, memory, accept, sender)
    except FAILURES as problem:
        raise MailboxUnavailable(
            f"Mailbox {settings.name} is not available: {problem}.", "It is polled again."
        ) from problem


def connect(settings: MailboxSettings) -> BaseMailBox:
    """Log in by password or XOAUTH2 with the folder selected."""
    context = ssl.create_default_context(cafile=settings.ca_file)
    kinds: dict[str, Callable[[], BaseMailBox]] = {
        "tls": lambda: MailBox(settings.host, settings.port, timeout=settings.timeout, ssl_context=context),
        "starttls": lambda: MailBoxStartTls(
            settings.host, settings.port, timeout=settings.timeout, ssl_context=context
        ),
        "none": lambda: MailBoxUnencrypted(settings.host, settings.port, timeout=settings.timeout),
    }
    box = kinds[settings.security]()
    if settings.access_token is not None:
        return box.xoauth2(settings.user, settings.access_token.get_secret_value(), settings.folder)
    assert settings.password is not None
    return box.login(settings.user, settings.password.get_secret_value(), settings.folder)


def wait_for_mail(settings: MailboxSettings, seconds: int) -> bool:
    """IDLE until the server announces something or `seconds` pass (at most 29 minutes, RFC 2177)."""
    try:
        with connect(settings) as box:
            return bool(box.idle.wait(timeout=min(seconds, 29 * 60)))
    except FAILURES as problem:
        raise MailboxUnavailable(
            f"Mailbox {settings.name} is not available: {problem}.", "It is polled again."
        ) from problem


def _poll(
    box: BaseMailBox,
    settings: MailboxSettings,
    memory: MailMemory,
    accept: Callable[[bytes, MailKey], None],
    sender: Callable[[bytes], str],
) -> Polled:
    validity = int(box.folder.status(settings.folder, ["UIDVALIDITY"])["UIDVALIDITY"])
    if settings.after == "move" and not box.folder.exists(settings.done_folder):
        box.folder.create(settings.done_folder)
    taken = known = refused = 0
    for uid in box.uids("UNDELETED"):
        key = MailKey(settings.name, settings.folder, validity, int(uid))
        if memory.taken(key):
            known += 1
            _dispose(box, settings, uid)
            continue
        raw = _fetch(box, uid)
        if raw is None:
            continue
        if settings.allowed_senders and not _allowed(settings, sender(raw)):
            refused += 1
            box.flag([uid], r"\Flagged", True)
            continue
        accept(raw, key)
        memory.take(key)
        taken += 1
        _dispose(box, settings, uid)
    return Polled(taken, known, refused)


def _fetch(box: BaseMailBox, uid: str) -> bytes | None:
    """The message as it lies on the server, without marking it seen; None when it went away meanwhile."""
    status, parts = box.client.uid("FETCH", uid, "(BODY.PEEK[])")
    if status != "OK":
        raise OSError(f"message {uid} could not be fetched: {status}")
    bodies = [part[1] for part in parts if isinstance(part, tuple)]
    return bytes(bodies[0]) if bodies else None


def _allowed(settings: MailboxSettings, sender: str) -> bool:
    address = parseaddr(sender)[1].lower()
    return any(fnmatch.fnmatch(address, pattern.lower()) for pattern in settings.allowed_senders)


def _dispose(box: BaseMailBox, settings: MailboxSettings, uid: str) -> None:
    if settings.after == "move":
        box.move([uid], settings.done_folder)
    elif settings.after == "flag":
        box.flag([uid], [r"\Seen", "$APDesk"], True)
