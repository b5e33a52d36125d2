"""One invoice's evidence pack as a download: from its page and by the API (spec H.4)."""

import io

from fastapi import APIRouter, Request
from fastapi.responses import Response
from PIL import Image

from pipeline.domain.document import Document
from pipeline.domain.errors import ApdeskError
from pipeline.domain.records import InvoiceRecord
from pipeline.review.evidence import Crop, evidence_pack
from pipeline.web.document import attachment
from pipeline.web.masking import cover, secret_boxes
from pipeline.web.security import Person, desk_of, requires

router = APIRouter()
WIDTH, MARGIN = 1200, 0.01


@router.get("/api/v1/invoices/{invoice_id}/evidence")
@router.get("/invoices/{invoice_id}/evidence")
def evidence(request: Request, invoice_id: str, person: Person = requires("evidence.export")) -> Response:
    """The signed ZIP; the export is an event of its own."""
    data = evidence_pack(desk_of(request), invoice_id, person.actor, _cropper(request))
    return Response(data, media_type="application/zip", headers=attachment(f"evidence-{invoice_id}.zip"))


def _cropper(request: Request) -> Crop:
    """Strips of pages; each page is drawn once. A page that cannot be drawn costs its crops, not the pack."""
    app, drawn = desk_of(request), dict[int, Image.Image | None]()

    def picture(record: InvoiceRecord, document: Document, number: int) -> Image.Image | None:
        if number not in drawn:
            try:
                data = app.images.page(document.sha256, number, WIDTH)
                secret = secret_boxes(record, number)
                with Image.open(io.BytesIO(cover(data, secret) if secret else data)) as opened:
                    drawn[number] = opened.convert("RGB")
            except (ApdeskError, OSError):
                drawn[number] = None
        return drawn[number]

    def crop(record: InvoiceRecord, document: Document, name: str) -> bytes | None:
        found = record.reading.fields[name] if record.reading else None
        if found is None or found.box is None or found.page is None or document.status == "quarantined":
            return None
        image = picture(record, document, found.page)
        if image is None:
            return None
        box, (width, height) = found.box, image.size
        left, top = max(0, int((box.x0 - MARGIN) * width)), max(0, int((box.y0 - MARGIN) * height))
        right, bottom = min(width, int((box.x1 + MARGIN) * width)), min(height, int((box.y1 + MARGIN) * height))
        if right <= left or bottom <= top:
            return None
        out = io.BytesIO()
        image.crop((left, top, right, bottom)).save(out, "WEBP", quality=80)
        return out.getvalue()

    return crop
