"""The values of an invoice as they stand: what the machine read, what people made of it, and which want a look (C.0.6)."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pipeline.domain.document import Box
from pipeline.domain.reading import CONTEXT_FIELDS, HEADER_FIELDS, Extracted, ReadLine
from pipeline.domain.records import Correction, InvoiceRecord
from pipeline.review.values import LINE_COLUMNS, MONEY_FIELDS

# Critical fields and their thresholds (C.0.6); the others pass from 0.80, and below the floor everything is doubtful.
THRESHOLDS: dict[str, float] = {
    "invoice_number": 0.95, "total": 0.97, "invoice_date": 0.90, "supplier_name": 0.95, "po_number": 0.90, "currency": 0.90,
}  # fmt: skip
OTHER_THRESHOLD = 0.80
FLOOR = 0.60
# A doubt about these stops the item; about the others (bill-to, terms ...) matching raises its own hold.
MUST_LOOK = MONEY_FIELDS | frozenset(THRESHOLDS) | {"references_invoice", "account_no"}
REQUIRED = frozenset({"supplier_name", "invoice_number", "invoice_date", "currency", "total"})
SECRET = frozenset({"bank_account", "bank_routing"})


@dataclass(frozen=True, slots=True)
class FieldView:
    """One header value for a person: current beside machine's, how sure, where it stands, who changed it.

    `band`: sure | check | unsure | missing | confirmed | corrected. `doubtful`: it wants a look before completing.
    """

    name: str
    value: str | None
    machine: str | None
    confidence: float | None
    band: str
    doubtful: bool
    source: str
    page: int | None = None
    box: Box | None = None
    why: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class LineView:
    """One row of the grid; `index` is that of `lines[index]`."""

    index: int
    cells: dict[str, str]
    confidence: float
    band: str
    doubtful: bool
    changed: frozenset[str]
    page: int | None = None
    box: Box | None = None


def machine_value(record: InvoiceRecord, name: str) -> str | None:
    return _machine_values(record).get(name)


def current_values(record: InvoiceRecord) -> dict[str, str | None]:
    """Every known value by name: the machine's, overlaid by corrections in order."""
    values: dict[str, str | None] = dict(_machine_values(record))
    for correction in record.corrections:
        values[correction.field] = correction.value
    return values


def _machine_values(record: InvoiceRecord) -> dict[str, str]:
    if record.reading is None:
        return {}
    values = {name: found.value for name, found in record.reading.fields.items()}
    for index, line in enumerate(record.reading.lines):
        for column, text in line_cells(line).items():
            values[f"lines[{index}].{column}"] = text
    return values


def line_cells(line: ReadLine) -> dict[str, str]:
    return {column: _plain(getattr(line, column)) for column in LINE_COLUMNS if _plain(getattr(line, column))}


def _plain(value: Any) -> str:
    return format(value, "f") if isinstance(value, Decimal) else str(value) if value is not None else ""


def header_fields(record: InvoiceRecord) -> tuple[FieldView, ...]:
    """The header fields in the order of the contract, then what else was printed."""
    read = record.reading.fields if record.reading else {}
    last = {c.field: c for c in record.corrections}
    more = [name for name in CONTEXT_FIELDS if name in read or name in last]
    rest = [name for name in read if name not in HEADER_FIELDS and name not in CONTEXT_FIELDS]
    asked = _asked_for(record)
    return tuple(_view(name, read.get(name), last.get(name), name in asked) for name in (*HEADER_FIELDS, *more, *rest))


def _asked_for(record: InvoiceRecord) -> frozenset[str]:
    """Fields that the policy in force wants confirmed: it may ask for more than the thresholds here."""
    held = record.match.findings if record.match else ()
    return frozenset(name for finding in held if finding.code == "DOC_LOW_CONFIDENCE" for name in finding.evidence)


def _view(name: str, read: Extracted | None, fix: Correction | None, asked: bool) -> FieldView:
    value = fix.value if fix else read.value if read else None
    band, doubtful = _band(name, read, fix)
    if asked and band == "sure":
        band, doubtful = "check", True
    return FieldView(
        name=name, value=value, machine=read.value if read else None, confidence=read.confidence if read else None,
        band=band, doubtful=doubtful, source="human" if fix and not fix.confirmed_only else str(read.source) if read else "",
        page=read.page if read else None, box=read.box if read else None, why=read.why if read else "",
        by=fix.by if fix else "",
    )  # fmt: skip


def _band(name: str, read: Extracted | None, fix: Correction | None) -> tuple[str, bool]:
    if fix is not None:
        return ("confirmed" if fix.confirmed_only else "corrected"), False
    if read is None:
        return "missing", name in REQUIRED
    band, low = band_of(read.confidence, THRESHOLDS.get(name, OTHER_THRESHOLD))
    return band, low and name in MUST_LOOK


def band_of(confidence: float, threshold: float) -> tuple[str, bool]:
    if confidence >= threshold:
        return "sure", False
    return ("check" if confidence >= FLOOR else "unsure"), True


def line_fields(record: InvoiceRecord) -> tuple[LineView, ...]:
    """Rows as they stand: read ones with corrections, deleted ones left out, added ones at the end."""
    read = record.reading.lines if record.reading else ()
    values = current_values(record)
    gone = {c.field for c in record.corrections if c.field.endswith("]") and c.value is None}
    indices = sorted({_index(name) for name in values if name.startswith("lines[")} | set(range(len(read))))
    return tuple(_row(record, index, read, values) for index in indices if f"lines[{index}]" not in gone)


def _index(name: str) -> int:
    return int(name[6 : name.index("]")])


def _row(record: InvoiceRecord, index: int, read: tuple[ReadLine, ...], values: dict[str, str | None]) -> LineView:
    line = read[index] if index < len(read) else None
    prefix = f"lines[{index}]."
    cells = {column: values.get(prefix + column) or "" for column in LINE_COLUMNS}
    mine = [c for c in record.corrections if c.field == f"lines[{index}]" or c.field.startswith(prefix)]
    changed = frozenset(c.field.removeprefix(prefix) for c in mine if not c.confirmed_only)
    confidence = line.confidence if line else 1.0
    band, doubtful = band_of(confidence, OTHER_THRESHOLD)
    if mine:
        band, doubtful = ("corrected" if changed else "confirmed"), False
    place = (line.page, line.box) if line else (None, None)
    return LineView(index, cells, confidence, band, doubtful, changed, *place)
