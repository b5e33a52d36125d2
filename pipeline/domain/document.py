"""Documents, pages and words (spec A.1 `source`, A.9)."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class Channel(StrEnum):
    """How a document reached us."""

    EMAIL = "email"
    PORTAL = "portal"
    SCAN = "scan"
    EDI = "edi"
    API = "api"


class Kind(StrEnum):
    """What a document is (contract: `kind`)."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    STATEMENT = "statement"
    ORDER_ACK = "order_ack"
    PACKING_SLIP = "packing_slip"
    RECEIPT = "receipt"
    PURCHASE_ORDER = "purchase_order"
    OTHER = "other"


class ReadStatus(StrEnum):
    """How reading a file ended (contract: `status`)."""

    OK = "ok"
    REJECTED = "rejected"
    PASSWORD = "password"
    QUARANTINED = "quarantined"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in 0..1 of the page, origin top left."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        return self.y1 - self.y0

    @property
    def middle(self) -> tuple[float, float]:
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2

    def union(self, other: "Box") -> "Box":
        return Box(min(self.x0, other.x0), min(self.y0, other.y0), max(self.x1, other.x1), max(self.y1, other.y1))


@dataclass(frozen=True, slots=True)
class Word:
    """One word as read: its text, its box, and how sure the reader is (1 for a text layer)."""

    text: str
    box: Box
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Ruling:
    """A drawn line of a table, in 0..1 of the page."""

    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class Page:
    """A page's words in reading order; width and height in points; `source` is pdf_text or ocr.

    `quality` is the mean and `quality_low` the 10th percentile of word confidence (spec C.1).
    `rotation` is what was turned (degrees clockwise) to make the page upright, `skew` degrees removed.
    `hidden` is text in the file that a reader of the page does not see; it is never a value.
    """

    number: int
    width: float
    height: float
    words: tuple[Word, ...]
    source: str = "pdf_text"
    quality: float = 1.0
    quality_low: float = 1.0
    rotation: int = 0
    skew: float = 0.0
    rulings: tuple[Ruling, ...] = ()
    hidden: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class Upload:
    """Bytes handed in by a channel, before anything is known about them.

    `authserv_id` is the name under which our own mail server writes Authentication-Results; empty: the topmost counts.
    """

    name: str
    data: bytes
    channel: Channel
    received_on: date
    sender: str = ""
    subject: str = ""
    message_id: str = ""
    batch: str = ""
    facility_id: str | None = None
    authserv_id: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """One accepted file. Its bytes lie in the blob store under `sha256`.

    `source_name` is the name or path as it was handed in; `part` the attachment's name inside a mail or archive,
    whose own document is `parent_id`. `companion_sha256` is the e-invoice XML that came with a PDF of the same invoice.
    `status`: received | read | discarded (same bytes before: `duplicate_of`) | quarantined | rejected | container.
    `authentication` is what our mail server found (spf, dkim, dmarc -> result word); `doubts` are plain sentences against
    the sender, which the decision shows.
    """

    id: str
    sha256: str
    source_name: str
    part: str | None
    media_type: str
    size: int
    channel: Channel
    received_on: date
    received_at: datetime
    sender: str = ""
    subject: str = ""
    message_id: str = ""
    batch: str = ""
    facility_id: str | None = None
    parent_id: str | None = None
    companion_sha256: str | None = None
    status: str = "received"
    reason: str | None = None
    duplicate_of: str | None = None
    sequence: int = 0
    authentication: dict[str, str] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """What intake accepts (bytes, pages, pixels, archive members and unpacked bytes, seconds and bytes of a reader).

    `resident_bytes` is how far one document may make its reader grow in memory really used; 0 means unwatched."""

    file_bytes: int = 50_000_000
    pages: int = 200
    page_pixels: int = 60_000_000
    archive_members: int = 200
    archive_bytes: int = 200_000_000
    mail_depth: int = 8
    seconds: float = 30.0
    memory_bytes: int = 3_000_000_000
    resident_bytes: int = 0
    kinds: tuple[str, ...] = field(
        default=("pdf", "tiff", "png", "jpeg", "webp", "heic", "xml", "edi", "eml", "zip", "msg", "p7m")
    )
