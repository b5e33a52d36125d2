"""What not everybody may see: bank details on pictures and among words, patient data in values (spec H.6)."""

import io
from collections.abc import Iterable
from dataclasses import replace

from PIL import Image, ImageDraw

from pipeline.domain.document import Box, Word
from pipeline.domain.reading import HEADER_FIELDS
from pipeline.domain.records import InvoiceRecord
from pipeline.review.compare import CompareRow
from pipeline.review.fields import SECRET, FieldView, LineView

_MARGIN = 0.003
MASK = "••••"


def secret_boxes(record: InvoiceRecord, page: int) -> tuple[Box, ...]:
    """Where bank details stand on a page."""
    read = record.reading.fields if record.reading else {}
    return tuple(f.box for name, f in read.items() if name in SECRET and f.page == page and f.box is not None)


def cover(picture: bytes, boxes: Iterable[Box]) -> bytes:
    """The picture with the boxes filled: the pixels beneath are gone, not hidden."""
    with Image.open(io.BytesIO(picture)) as opened:
        image = opened.convert("RGB")
    pen, (width, height) = ImageDraw.Draw(image), image.size
    for box in boxes:
        left, top = (box.x0 - _MARGIN) * width, (box.y0 - _MARGIN) * height
        pen.rectangle((left, top, (box.x1 + _MARGIN) * width, (box.y1 + _MARGIN) * height), fill="#6b7480")
    out = io.BytesIO()
    image.save(out, "WEBP", quality=80)
    return out.getvalue()


def open_words(words: Iterable[Word], boxes: tuple[Box, ...]) -> list[Word]:
    """The words that lie in none of the boxes."""
    return [word for word in words if not any(_inside(word.box, box) for box in boxes)]


def _inside(word: Box, box: Box) -> bool:
    x, y = word.middle
    return box.x0 - _MARGIN <= x <= box.x1 + _MARGIN and box.y0 - _MARGIN <= y <= box.y1 + _MARGIN


def overlaps(one: Box, other: Box) -> bool:
    """Whether two boxes share a point."""
    return one.x0 <= other.x1 and other.x0 <= one.x1 and one.y0 <= other.y1 and other.y0 <= one.y1


def shown(field: FieldView, masked: bool) -> FieldView:
    """A value of a document with patient data, for who may not see it: the invoice's own head only."""
    if not masked or field.name in HEADER_FIELDS:
        return field
    hidden = MASK if field.value else None
    return replace(field, value=hidden, machine=hidden if field.machine else None, why="", box=None)


def shown_line(line: LineView, masked: bool) -> LineView:
    """A line without its words: descriptions are where names of patients and cases stand."""
    if not masked:
        return line
    return replace(line, cells={**line.cells, "description": MASK if line.cells.get("description") else ""}, box=None)


def without_words(row: CompareRow) -> CompareRow:
    """A compared line without the words of the invoice; quantities and prices stay."""
    return replace(row, line=replace(row.line, description=MASK))
