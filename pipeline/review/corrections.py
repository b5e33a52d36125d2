"""People's corrections laid over what the machine read (spec F.2): the reading that is matched."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from pipeline.domain.document import Kind
from pipeline.domain.reading import Extracted, Reading, ReadLine, Source
from pipeline.domain.records import Correction
from pipeline.review.values import LINE_COLUMNS, LINE_FIELD, LINE_NUMBERS


def corrected(reading: Reading, corrections: Iterable[Correction]) -> Reading:
    """The reading with every correction applied in order. A value that a person gave or confirmed is certain (1).

    `lines[i].column` changes a cell, `lines[i]` without a value deletes the row, a new i adds one; `kind` says what the
    document is.
    """
    fields, lines = dict(reading.fields), dict(enumerate(reading.lines))
    for correction in corrections:
        row = LINE_FIELD.fullmatch(correction.field)
        if row:
            _line(lines, int(row.group(1)), row.group(2), correction)
        elif correction.field == "kind":
            reading = _kind(reading, correction)
        else:
            _header(fields, correction)
    return replace(reading, fields=fields, lines=tuple(lines[index] for index in sorted(lines)))


def _header(fields: dict[str, Extracted], correction: Correction) -> None:
    old = fields.get(correction.field)
    if correction.value is None:
        fields.pop(correction.field, None)
    elif correction.confirmed_only and old is not None:
        fields[correction.field] = replace(old, confidence=1.0)
    else:
        page, box = (old.page, old.box) if old else (None, None)
        fields[correction.field] = Extracted(correction.value, 1.0, Source.HUMAN, correction.value, page, box)


def _line(lines: dict[int, ReadLine], index: int, column: str | None, correction: Correction) -> None:
    line = lines.get(index)
    if column is None:
        if correction.confirmed_only and line is not None:
            lines[index] = replace(line, confidence=1.0)
        elif correction.value is None:
            lines.pop(index, None)
        return
    base = line or ReadLine(source=Source.HUMAN)
    value: Any = correction.value
    if column in LINE_NUMBERS:
        value = Decimal(value) if value is not None else None
    elif column == "description":
        value = value or ""
    if column in LINE_COLUMNS:
        change: Callable[..., ReadLine] = replace
        lines[index] = change(base, confidence=1.0, **{column: value})


def _kind(reading: Reading, correction: Correction) -> Reading:
    findings = tuple(pair for pair in reading.findings if pair[0] != "DOC_NOT_INVOICE")
    return replace(reading, kind=Kind(correction.value or reading.kind), kind_confidence=1.0, findings=findings)
