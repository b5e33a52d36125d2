"""What reading gave: the JSON line that `apdesk extract` prints (contract), and the reading of a file that gave none."""

import time
from typing import Any

from pipeline.domain.document import Kind, ReadStatus
from pipeline.domain.reading import Extracted, Reading, ReadLine


def to_json(doc: str, reading: Reading) -> dict[str, Any]:
    """Exactly the contract's keys; amounts plain decimal strings, dates ISO, boxes in 0..1 of the page."""
    return {
        "doc": doc,
        "part": reading.part,
        "page_range": list(reading.page_range) if reading.page_range else None,
        "pages": reading.pages,
        "kind": str(reading.kind),
        "status": str(reading.status),
        "reason": reading.reason,
        "fields": {name: _field(value) for name, value in reading.fields.items()},
        "lines": [_line(line) for line in reading.lines],
        "charges": [
            {"type": c.type, "amount": format(c.amount, "f"), "is_charge": c.is_charge} for c in reading.charges
        ],
        "findings": [{"code": code, "message": message} for code, message in reading.findings],
        "kind_confidence": round(reading.kind_confidence, 4),
        "quality": round(reading.quality, 4),
        "seconds": round(reading.seconds, 4),
    }


def _field(value: Extracted) -> dict[str, Any]:
    box = value.box
    return {
        "value": value.value,
        "confidence": round(value.confidence, 4),
        "page": value.page,
        "box": [round(x, 5) for x in (box.x0, box.y0, box.x1, box.y1)] if box else None,
        "source": str(value.source),
    }


def _line(line: ReadLine) -> dict[str, Any]:
    def plain(value: object) -> str | None:
        return None if value is None else format(value, "f")

    return {
        "description": line.description,
        "sku": line.sku,
        "quantity": plain(line.quantity),
        "unit": line.unit,
        "unit_price": plain(line.unit_price),
        "line_total": plain(line.line_total),
        "confidence": round(line.confidence, 4),
    }


def refused(status: ReadStatus, reason: str, started: float | None = None) -> Reading:
    """A reading that only says why there is none, under the code of C.1: locked files count as quarantined there."""
    code = "DOC_QUARANTINE" if status in (ReadStatus.QUARANTINED, ReadStatus.PASSWORD) else "DOC_UNREADABLE"
    seconds = time.perf_counter() - started if started is not None else 0.0
    return Reading(status, Kind.OTHER, None, 0, reason=reason, findings=((code, reason),), seconds=seconds)
