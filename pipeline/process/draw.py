"""One page as a picture for the desk: what a drawing child runs."""

import io
from urllib.parse import parse_qs

from PIL import Image

from pipeline.domain.errors import InvalidInput
from pipeline.ocr.prepare import straighten, turn
from pipeline.ocr.render import image_pictures, pdf_picture


def draw_page(data: bytes, name: str) -> bytes:
    """One page as WebP, upright and straight. Runs in a child. Raises InvalidInput for a page that is not there."""
    wanted = {key: float(values[0]) for key, values in parse_qs(name).items()}
    number, width = max(1, int(wanted["page"])), min(3000, max(80, int(wanted["width"])))
    if b"%PDF-" in data[:1024]:
        image = pdf_picture(data, number, dpi=max(40.0, min(220.0, width / 8.27))).image
    else:
        found = next((p.image for p in image_pictures(data) if p.number == number), None)
        if found is None:
            raise InvalidInput(f"There is no page {number}.")
        image = found
    if wanted["rotation"] or wanted["skew"]:
        # As it was when its words were read, so that their boxes fit.
        image = straighten(turn(image, int(wanted["rotation"])), wanted["skew"])
    if image.width > width:
        image = image.resize((width, max(1, round(image.height * width / image.width))), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.convert("L").save(buffer, "WEBP", quality=60, method=4)
    return buffer.getvalue()
