"""What was read off a document: values with confidence, place and source (spec A, `Extracted[T]`)."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from pipeline.domain.document import Box, Kind, Page, ReadStatus
from pipeline.domain.trade import TradeDocument


class Source(StrEnum):
    """Where a value came from (contract: `source`)."""

    XML = "xml"
    EDI = "edi"
    TEXT = "text"
    OCR = "ocr"
    MODEL = "model"
    TEMPLATE = "template"
    ARITHMETIC = "arithmetic"
    ORDER = "order"
    HUMAN = "human"


@dataclass(frozen=True, slots=True)
class KindGuess:
    """What a document is, how probable that is, and the words that say so."""

    kind: Kind
    probability: float
    evidence: tuple[str, ...] = ()


# Header fields every reader knows; more may be added freely (spec A.1 names where they exist).
HEADER_FIELDS = (
    "supplier_name",
    "supplier_tax_id",
    "buyer_name",
    "invoice_number",
    "invoice_date",
    "due_date",
    "po_number",
    "currency",
    "subtotal",
    "tax_total",
    "total",
    "amount_due",
)
# Further fields that matching needs when they are printed.
CONTEXT_FIELDS = (
    "account_no",
    "ship_to",
    "bill_to",
    "remit_to",
    "bank_account",
    "bank_routing",
    "supplier_address",
    "references_invoice",
    "terms",
    "freight",
    "fuel_surcharge",
    "handling",
    "discount",
    "prepaid",
    "rounding",
    "tax_rate",
    "despatch_ref",
    "period_end",
)


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another candidate for a field, with its score and why it lost or what it is."""

    value: str
    confidence: float
    source: Source
    page: int | None = None
    box: Box | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class BoxReading:
    """What an engine reads in a box that a person drew, and how sure it is (0..1)."""

    text: str
    confidence: float
    engine: str


@dataclass(frozen=True, slots=True)
class Extracted:
    """One value as read. `value` is normalised text: ISO date, plain decimal with a point, ISO 4217, or the words."""

    value: str
    confidence: float
    source: Source
    raw: str = ""
    page: int | None = None
    box: Box | None = None
    why: str = ""
    alternatives: tuple[Alternative, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadLine:
    """One invoice line as read (spec A.2). Absent is None; amounts are exact decimals."""

    description: str = ""
    sku: str | None = None
    quantity: Decimal | None = None
    unit: str | None = None
    unit_price: Decimal | None = None
    line_total: Decimal | None = None
    confidence: float = 1.0
    kind: str = "item"
    no: str | None = None
    po_number: str | None = None
    po_line: str | None = None
    buyer_item: str | None = None
    gtin: str | None = None
    mpn: str | None = None
    pack_qty: Decimal | None = None
    price_base_qty: Decimal = Decimal(1)
    allowance: Decimal = Decimal(0)
    charge: Decimal = Decimal(0)
    tax_rate: Decimal | None = None
    serials: tuple[str, ...] = ()
    lots: tuple[str, ...] = ()
    page: int | None = None
    box: Box | None = None
    source: Source = Source.TEXT


@dataclass(frozen=True, slots=True)
class ReadCharge:
    """A document-level charge or allowance as read (spec A.3)."""

    type: str
    amount: Decimal
    is_charge: bool = True


@dataclass(frozen=True, slots=True)
class ReadTax:
    """One row of the tax breakdown (spec A.4)."""

    base: Decimal
    rate: Decimal
    amount: Decimal
    category: str = "S"


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything read about one invoice, or the plain reason why there is none.

    `invoice_type` is the UNCL 1001 meaning in words (invoice, credit_note, debit_note, corrected, prepayment).
    `kind_confidence` is the classifier's probability. `findings` are document-level codes of spec C.1 with a sentence.
    `trade` is what an order, acknowledgement, shipment or receipt says: no invoice, but evidence for some.
    """

    status: ReadStatus
    kind: Kind
    page_range: tuple[int, int] | None
    pages: int
    reason: str | None = None
    part: str | None = None
    kind_confidence: float = 1.0
    invoice_type: str = "invoice"
    fields: dict[str, Extracted] = field(default_factory=dict)
    lines: tuple[ReadLine, ...] = ()
    charges: tuple[ReadCharge, ...] = ()
    taxes: tuple[ReadTax, ...] = ()
    findings: tuple[tuple[str, str], ...] = ()
    quality: float = 1.0
    quality_low: float = 1.0
    engines: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    layout: tuple[Page, ...] = ()
    trade: TradeDocument | None = None

    def text(self, name: str) -> str | None:
        found = self.fields.get(name)
        return found.value if found else None

    def amount(self, name: str) -> Decimal | None:
        found = self.text(name)
        return Decimal(found) if found else None

    def day(self, name: str) -> date | None:
        found = self.text(name)
        return date.fromisoformat(found) if found else None
