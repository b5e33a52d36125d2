"""Pages as pictures: PDF pages at a resolution, TIFF frames, photographs turned by their EXIF tag."""

import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from pipeline.domain.errors import InvalidInput

OCR_DPI = 200.0
MAX_PIXELS = 60_000_000
# A4 at OCR_DPI and a little more.
PAGE_PIXELS = 4_000_000
EXPOSURE_TIME = ExifTags.Base.ExposureTime
# Only these decoders run: EPS would start Ghostscript, others are old and rarely tested.
FORMATS = ("TIFF", "PNG", "JPEG", "WEBP", "HEIF")


class LockedDocumentError(InvalidInput):
    """The document opens with a password only (contract: status `password`)."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One page as a grey picture; width and height of the page in points, so that places can be given in points."""

    number: int
    image: Image.Image
    width: float
    height: float


def open_pdf(data: bytes, password: str | None = None) -> pdfium.PdfDocument:
    """An open PDF; the caller closes it. Raises InvalidInput, or LockedDocumentError when it wants a password."""
    try:
        return pdfium.PdfDocument(data, password=password)
    except pdfium.PdfiumError as error:
        if getattr(error, "err_code", None) == raw.FPDF_ERR_PASSWORD:
            raise LockedDocumentError(
                "The PDF is protected by a password.", "Ask the sender for an open copy."
            ) from error
        raise InvalidInput("The PDF is damaged and cannot be opened.", "Ask the sender for a new copy.") from error


def render_grey(page: pdfium.PdfPage, dpi: float = OCR_DPI, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """The page as displayed, in grey. The resolution falls where the page would exceed `max_pixels`."""
    width, height = page.get_width(), page.get_height()
    if not (math.isfinite(width) and math.isfinite(height)) or width <= 0 or height <= 0:
        raise InvalidInput("A page of the PDF has no size.")
    scale = dpi / 72
    pixels = width * height * scale * scale
    if pixels > max_pixels:
        scale *= math.sqrt(max_pixels / pixels)
    if max(width, height) * scale > 30_000 or min(width, height) * scale < 1:
        raise InvalidInput("A page of the PDF has an impossible shape.")
    try:
        bitmap = page.render(scale=scale, grayscale=True, may_draw_forms=True)
        picture: Image.Image = bitmap.to_pil().convert("L")
        return picture
    except (pdfium.PdfiumError, ValueError, MemoryError) as error:
        raise InvalidInput("A page of the PDF cannot be drawn.") from error


def pdf_picture(data: bytes, page_number: int, dpi: float = OCR_DPI, password: str | None = None) -> Picture:
    """One page of a PDF (from 1) as a picture."""
    document = open_pdf(data, password)
    try:
        page = document[page_number - 1]
        return Picture(page_number, render_grey(page, dpi), page.get_width(), page.get_height())
    except (pdfium.PdfiumError, IndexError) as error:
        raise InvalidInput(f"Page {page_number} of the PDF cannot be opened.") from error
    finally:
        document.close()


def image_pictures(data: bytes, max_pages: int = 200, max_pixels: int = MAX_PIXELS) -> Iterator[Picture]:
    """Every frame of a TIFF, or the one page of a JPEG, PNG, WebP or HEIC, turned by its EXIF tag, in grey.

    Raises InvalidInput for a file that is no picture, is broken, or is too large; pixels are checked before decoding.
    """
    if data[4:8] == b"ftyp":
        from pi_heif import register_heif_opener

        register_heif_opener()
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            frames = getattr(image, "n_frames", 1) if image.format == "TIFF" else 1
            if frames > max_pages:
                raise InvalidInput(f"The picture file has {frames} pages; at most {max_pages} are taken.")
            for number in range(1, frames + 1):
                if frames > 1:
                    image.seek(number - 1)
                yield _frame(image, number, max_pixels)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, TypeError) as error:
        raise InvalidInput("The picture is damaged and cannot be opened.", "Ask for a new scan.") from error
    except (Image.DecompressionBombError, MemoryError) as error:
        raise InvalidInput("The picture is too large to be a page.") from error


def _frame(image: Image.Image, number: int, max_pixels: int) -> Picture:
    if image.width * image.height > max_pixels:
        raise InvalidInput(f"Page {number} has {image.width} by {image.height} dots, more than a page can have.")
    across, down = _resolution(image)
    grey = _grey(ImageOps.exif_transpose(image))
    if abs(across - down) > 0.15 * across:
        # A fax line is twice as tall as it is wide (204 by 98 dots an inch): make the dots square.
        grey = grey.resize((grey.width, round(grey.height * across / down)), Image.Resampling.BILINEAR)
    page = grey if _is_photograph(image) else _reduced(grey, across)
    return Picture(number, page, grey.width * 72 / across, grey.height * 72 / across)


def _is_photograph(image: Image.Image) -> bool:
    """A camera's exposure time is in the file, or it does not say how large its dots are: the page may fill but a part."""
    return EXPOSURE_TIME in image.getexif().get_ifd(ExifTags.IFD.Exif) or "dpi" not in image.info


def _reduced(grey: Image.Image, dpi: float) -> Image.Image:
    """A fine scan of a whole page brought to OCR_DPI: measured, it is read in half the time and no worse, two-tone pages
    better. Never to fewer dots than a page has at OCR_DPI, so small slips and receipts keep theirs."""
    pixels = grey.width * grey.height
    scale = max(OCR_DPI / dpi, math.sqrt(PAGE_PIXELS / pixels))
    if scale > 0.9:
        return grey
    size = max(1, round(grey.width * scale)), max(1, round(grey.height * scale))
    return grey.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def _grey(image: Image.Image) -> Image.Image:
    """Grey on white, transparent parts being paper."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        paper = Image.new("RGBA", rgba.size, "white")
        return Image.alpha_composite(paper, rgba).convert("L")
    if image.mode.startswith("I") or image.mode == "F":
        low, high = image.getextrema()
        scale = (
            255.0 / (high - low) if isinstance(low, int | float) and isinstance(high, int | float) and high > low else 1
        )
        return image.convert("F").point(lambda v: (v - low) * scale).convert("L")
    return image.convert("L")


def _resolution(image: Image.Image) -> tuple[float, float]:
    """Dots an inch across and down; an A4 or Letter page is assumed where the file does not say (or lies)."""
    stated: Any = image.info.get("dpi")
    try:
        across, down = float(stated[0]), float(stated[1])
    except (TypeError, ValueError, IndexError):
        across = down = 0.0
    if 60 <= across <= 1300 and 60 <= down <= 1300:
        return across, down
    guess = max(72.0, max(image.size) / 11.5)
    return guess, guess
