"""What intake says of foreign bytes: refused with a reason, or parts to be read; a mail's own words about itself."""

from dataclasses import dataclass, field
from datetime import date

from pipeline.domain.document import ReadStatus


@dataclass(frozen=True, slots=True)
class Refused:
    """`reason` is one plain sentence for a clerk or the sender; `code` a short fixed word for counting."""

    status: ReadStatus
    reason: str
    code: str


@dataclass(frozen=True, slots=True)
class MailHeaders:
    """What a mail says of itself, made safe. `sent_on` is the date in the sender's own zone; None when unreadable.

    `authentication` holds spf, dkim, dmarc -> result word of the topmost Authentication-Results; it is only as good as
    the server that wrote it. `servers` holds the results of every such header by the authserv-id that it names (RFC 8601),
    topmost first. `problems` are plain sentences, such as two From lines.
    `automatic`: a machine wrote it (RFC 3834), so that answering it could start an endless exchange.
    """

    sender: str
    sender_name: str
    subject: str
    message_id: str
    sent_on: date | None
    authentication: dict[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    automatic: bool = False
    servers: tuple[tuple[str, dict[str, str]], ...] = ()


@dataclass(frozen=True, slots=True)
class UnpackedPart:
    """One document inside an upload, under a safe name that is unique in it.

    `inline` marks pictures that belong to the mail's text (logos): no documents.
    `companion` is the e-invoice XML that came with this PDF of the same invoice.
    `refused` says why a part cannot be taken; its bytes are still here, because nothing is lost.
    """

    name: str
    data: bytes
    media_type: str
    inline: bool = False
    companion: bytes | None = None
    refused: Refused | None = None


@dataclass(frozen=True, slots=True)
class Looked:
    """An upload looked at in a killable child: its parts, its headers where it is a mail, the 997 that an EDI file is owed."""

    parts: tuple[UnpackedPart, ...]
    headers: MailHeaders | None = None
    acknowledgement: str | None = None
