"""Mail files: headers that say who sent what when, and every attachment of every forwarded mail inside."""

import binascii
import email
import email.policy
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parseaddr, parsedate_to_datetime
from typing import Any

from pipeline.domain.arrivals import MailHeaders as MailHeaders
from pipeline.domain.document import Limits
from pipeline.intake.verdicts import reject

MAX_PARTS = 2_000
MAX_MULTIPARTS = 200
MAX_SERVERS = 20
SIGNATURES = frozenset({"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"})
BODIES = frozenset({"text/plain", "text/html", "text/calendar", "message/delivery-status", "text/rfc822-headers"})
ENCODED = {"quoted-printable", "base64", "7bit", "8bit", "binary", "", "x-uuencode", "uuencode", "x-uue", "uue"}


@dataclass(frozen=True, slots=True)
class MailPart:
    """One attachment as it was sent. `damaged` when its transfer encoding is broken: then its bytes may be wrong."""

    name: str
    data: bytes
    declared_type: str
    inline: bool
    damaged: bool = False


def read_headers(data: bytes) -> MailHeaders:
    """Headers of a mail file. Never raises: what cannot be read is empty."""
    message = email.message_from_bytes(_header_block(data), policy=email.policy.compat32)
    name, address = parseaddr(_text(message, "From"))
    problems = []
    if len(message.get_all("From", [])) > 1:
        problems.append("The mail names two senders.")
    if not address.isascii():
        problems.append("The sender's address has letters that look like others.")
    servers = _servers(message)
    return MailHeaders(
        sender=address[:320],
        sender_name=name[:200],
        subject=_text(message, "Subject")[:500],
        message_id=_text(message, "Message-ID")[:500],
        sent_on=_sent_on(message),
        authentication=servers[0][1] if servers else {},
        problems=tuple(problems),
        automatic=_automatic(message),
        servers=servers,
    )


def _automatic(message: Message) -> bool:
    """Replies, lists and bounces say so in one of these headers."""
    submitted = _text(message, "Auto-Submitted").lower()
    bulk = _text(message, "Precedence").lower() in ("bulk", "list", "junk", "auto_reply")
    bounce = _text(message, "Return-Path").strip() == "<>"
    return bool((submitted and submitted != "no") or bulk or bounce or message.get("List-Id"))


def _header_block(data: bytes) -> bytes:
    """The lines before the first empty one, at most 256 kB."""
    found = re.search(rb"\r?\n\r?\n", data[:262_144])
    return (data[: found.start()] if found else data[:262_144]) + b"\n\n"


def _text(message: Message, name: str) -> str:
    """A header in plain text on one line, without control characters."""
    raw = message.get(name)
    return _clean(_decoded(str(raw))) if raw is not None else ""


def _decoded(raw: str) -> str:
    try:
        return str(make_header(decode_header(raw)))
    except (LookupError, ValueError, UnicodeError, binascii.Error, TypeError):
        return raw


def _clean(text: str) -> str:
    plain = text.encode("utf-8", "replace").decode("utf-8")
    return " ".join("".join(c if c.isprintable() else " " for c in plain).split())


def _sent_on(message: Message) -> date | None:
    try:
        return parsedate_to_datetime(_text(message, "Date")).date()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _servers(message: Message) -> tuple[tuple[str, dict[str, str]], ...]:
    """Each Authentication-Results header (RFC 8601): who wrote it, and its results. Comments in it are the sender's words."""
    raws = [" ".join(str(raw)[:4000].split()) for raw in message.get_all("Authentication-Results", [])[:MAX_SERVERS]]
    return tuple(_results(_without_comments(raw)) for raw in raws)


def _without_comments(text: str) -> str:
    depth, kept = 0, []
    for char in re.sub(r'"(?:[^"\\]|\\.)*"', "", text):
        depth += char == "("
        if not depth:
            kept.append(char)
        depth -= char == ")" and depth > 0
    return "".join(kept)


def _results(text: str) -> tuple[str, dict[str, str]]:
    first, *rest = text.split(";")
    # Some servers leave their name out and begin with a result.
    server, parts = ("", [first, *rest]) if "=" in first else (first.split()[0].lower() if first.split() else "", rest)
    results: dict[str, str] = {}
    for part in parts:
        found = re.match(r"\s*(spf|dkim|dmarc)\s*(?:/\s*\d+\s*)?=\s*([a-z]+)", part, re.IGNORECASE)
        # Several DKIM signatures: one that holds is enough.
        if found and results.get(found[1].lower()) != "pass":
            results[found[1].lower()] = found[2].lower()
    return _clean(server)[:200], results


def parse_mail(data: bytes) -> Message:
    """The mail as a tree. Raises RefusalError when it is nested beyond any real mail."""
    if data.lower().count(b"multipart/") > MAX_MULTIPARTS or data.lower().count(b"message/rfc822") > MAX_MULTIPARTS:
        reject("The mail is nested too deeply to be read.", "NESTED")
    try:
        return email.message_from_bytes(data, policy=email.policy.compat32)
    except (RecursionError, ValueError, LookupError, AttributeError, TypeError):
        reject("The mail is damaged or nested too deeply to be read.", "DAMAGED")


def attachments(message: Message, limits: Limits) -> Iterator[MailPart]:
    """Every attachment, also those of forwarded mails, in the order of the mail. Raises RefusalError beyond limits."""
    html = ""
    seen = 0
    for part, depth in _leaves(message, 0):
        seen += 1
        if depth > limits.mail_depth or seen > MAX_PARTS:
            reject("The mail is nested too deeply to be read.", "NESTED")
        kind = part.get_content_type().lower()
        name = _file_name(part)
        disposition = str(part.get("Content-Disposition", "")).lower().lstrip()
        if kind in SIGNATURES or (kind in BODIES and not name and not disposition.startswith("attachment")):
            html += _payload(part)[0].decode("latin-1") if kind == "text/html" else ""
            continue
        data, damaged = _payload(part)
        content_id = str(part.get("Content-ID", "")).strip(" <>")
        shown = bool(content_id and f"cid:{content_id}" in html)
        yield MailPart(name, data, kind, shown or disposition.startswith("inline"), damaged)


def bodies(message: Message, limits: Limits, most: int) -> Iterator[str]:
    """The HTML texts of the mail and of those forwarded in it, in letters of any charset it names; at most `most`."""
    for seen, (part, depth) in enumerate(_leaves(message, 0)):
        if depth > limits.mail_depth or seen > MAX_PARTS or most <= 0:
            return
        disposition = str(part.get("Content-Disposition", "")).lower().lstrip()
        if part.get_content_type().lower() == "text/html" and not disposition.startswith("attachment"):
            most -= 1
            data, damaged = _payload(part)
            if not damaged:
                yield _in_letters(data, part)


def _in_letters(data: bytes, part: Message) -> str:
    charset = str(part.get_param("charset") or "utf-8")
    try:
        return data.decode(charset)
    except (LookupError, UnicodeDecodeError, ValueError):
        return data.decode("latin-1")


def _leaves(message: Message, depth: int) -> Iterator[tuple[Message, int]]:
    """Parts that hold bytes, with the number of mails around them; walked without recursion."""
    stack = [(message, depth)]
    while stack:
        part, level = stack.pop()
        kind = part.get_content_type().lower()
        payload = _content(part)
        if kind == "message/external-body":
            continue
        if isinstance(payload, list):
            inner = level + (kind == "message/rfc822")
            stack.extend((child, inner) for child in reversed(payload) if isinstance(child, Message))
        else:
            yield part, level


def _content(part: Message) -> Any:
    """The parts or the text as sent; None when the charset it names is no word at all."""
    try:
        return part.get_payload()
    except (ValueError, LookupError, AttributeError, TypeError, UnicodeError):
        return None


def _file_name(part: Message) -> str:
    try:
        raw = part.get_filename() or ""
    except (ValueError, LookupError, TypeError, UnicodeError):
        raw = ""
    return _decoded(raw)


def _payload(part: Message) -> tuple[bytes, bool]:
    """The decoded bytes, and whether the transfer encoding was broken."""
    encoding = str(part.get("Content-Transfer-Encoding", "")).split(";")[0].strip().lower()
    raw = _content(part)
    try:
        data = part.get_payload(decode=True)
    except (ValueError, LookupError, AttributeError, TypeError, UnicodeError):
        data = None
    if not isinstance(data, bytes):
        return (raw.encode("utf-8", "replace") if isinstance(raw, str) else b""), True
    damaged = encoding not in ENCODED or raw is None
    if encoding == "base64" and isinstance(raw, str):
        damaged = not re.fullmatch(r"[A-Za-z0-9+/=\s]*", raw)
    if encoding == "quoted-printable" and isinstance(raw, str):
        damaged = bool(re.search(r"=(?![0-9A-Fa-f]{2}|\r?\n|$)", raw))
        data = quopri.decodestring(raw.encode("ascii", "surrogateescape")) if damaged else data
    return data, damaged
