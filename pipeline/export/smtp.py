"""Notices by mail (ports.Notifier): templates of our own, one SMTP connection a mail, nothing secret inside."""

import re
import smtplib
import ssl
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline.domain.errors import ApdeskError, InvalidInput

TEMPLATES = Path(__file__).parent / "notices"
TIMEOUT = 20  # seconds
_ADDRESS = re.compile(r"[^@\s,;<>\"]{1,64}@[A-Za-z0-9.-]{1,190}")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,200}@[!-;=?-~]{1,200}>")
# What looks like an account, a card or a patient's number never leaves in a mail, whoever typed it (H.6).
_LONG_NUMBER = re.compile(r"(?<![\w-])[A-Z]{0,4}\d(?:[ .-]?\d){7,}(?![\w])")

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}|\d{2}[.-]\d{2}[.-]\d{4}")


class MailFailed(ApdeskError):
    """The server could not be reached or asked to try later."""

    exit_code = 9
    retryable = True


class MailRefused(ApdeskError):
    """The server said no for good: a person looks at it."""

    exit_code = 9


class SmtpNotifier:
    """`url`: smtp://[user:password@]host[:port]?from=ADDRESS ; smtps:// speaks TLS at once, smtp+starttls:// demands it."""

    ready = True

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        sender = parse_qs(parts.query).get("from", [""])[0]
        if (
            parts.scheme not in ("smtp", "smtps", "smtp+starttls")
            or not parts.hostname
            or not _ADDRESS.fullmatch(sender)
        ):
            raise InvalidInput("APDESK_SMTP_URL must be smtp[s]://host[:port]?from=ADDRESS.")
        self._scheme, self._host = parts.scheme, parts.hostname
        self._port = parts.port or (465 if parts.scheme == "smtps" else 25)
        self._user, self._password, self._sender = unquote(parts.username or ""), unquote(parts.password or ""), sender

    def send(self, to: str, template: str, values: dict[str, Any]) -> None:
        """Raises MailFailed when it is worth another try, MailRefused when it is not."""
        if not _ADDRESS.fullmatch(to):
            raise MailRefused(f"{to[:80]!r} is no mail address.")
        self._hand_over(compose(self._sender, to, template, values), to)

    def send_file(self, to: str, key: str, name: str, text: str) -> None:
        """An X12 acknowledgement as an attachment. Raises as `send`."""
        if not _ADDRESS.fullmatch(to):
            raise MailRefused(f"{to[:80]!r} is no mail address.")
        message = compose(self._sender, to, "edi_answer", {"key": key, "name": name})
        message.add_attachment(
            text.encode("latin-1", "replace"), maintype="application", subtype="edi-x12", filename=name
        )
        self._hand_over(message, to)

    def _hand_over(self, message: EmailMessage, to: str) -> None:
        try:
            self._deliver(message)
        except smtplib.SMTPRecipientsRefused as problem:
            codes = [code for code, _ in problem.recipients.values()]
            raise (MailRefused if all(code >= 500 for code in codes) else MailFailed)(
                f"{to} was not taken."
            ) from problem
        except smtplib.SMTPResponseException as problem:
            kind = MailRefused if problem.smtp_code >= 500 else MailFailed
            raise kind(f"The mail server answered {problem.smtp_code}.") from problem
        except (OSError, smtplib.SMTPException) as problem:
            raise MailFailed("The mail server could not be reached.", "It is tried again.") from problem

    def _deliver(self, message: EmailMessage) -> None:
        context = ssl.create_default_context()
        if self._scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(self._host, self._port, timeout=TIMEOUT, context=context)
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=TIMEOUT)
        with server:
            if self._scheme == "smtp+starttls":
                server.starttls(context=context)
            if self._user:
                server.login(self._user, self._password)
            server.send_message(message)


def compose(sender: str, to: str, template: str, values: dict[str, Any]) -> EmailMessage:
    """The mail. The first line of a template is its subject; `key` makes the Message-ID, so that a repeat is known as one."""
    if not re.fullmatch(r"[a-z_]{1,40}", template) or not (TEMPLATES / f"{template}.txt").exists():
        raise MailRefused(f"There is no notice {template[:40]!r}.")
    known = frozenset(str(values[name]) for name in ("invoice_number", "po_number") if values.get(name))
    safe = {name: _safe(name, value, known) for name, value in values.items()}
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    subject, _, body = environment.get_template(f"{template}.txt").render(**safe).partition("\n")
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, " ".join(subject.split())[:200]
    message["Date"] = format_datetime(datetime.now(UTC))
    key = re.sub(r"[^A-Za-z0-9.-]", "-", str(values.get("key", "")))
    domain = sender.rpartition("@")[2]
    message["Message-ID"] = f"<{key}@{domain}>" if key else make_msgid(domain=domain)
    message["Auto-Submitted"] = "auto-generated"
    answered = str(values.get("in_reply_to") or "")
    if _MESSAGE_ID.fullmatch(answered):
        message["In-Reply-To"] = message["References"] = answered
    message.set_content(body)
    return message


def _safe(name: str, value: Any, known: frozenset[str]) -> Any:
    """One line without control characters; what a person typed, without numbers that could be an account's."""
    if value is None:
        return None
    if isinstance(value, list | tuple):
        return [one_line(str(each)) for each in value]
    return inert(str(value), known) if name in ("reason", "subject") else one_line(str(value))


def inert(text: str, known: frozenset[str] = frozenset()) -> str:
    """What a person typed, without numbers long enough to be an account or a patient's record; `known` ones and dates stay."""

    def covered(found: re.Match[str]) -> str:
        return found[0] if found[0] in known or _DATE.fullmatch(found[0]) else "•••"

    return _LONG_NUMBER.sub(covered, one_line(text))


def one_line(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f]+", " ", text)[:1000]
