"""Pictures at the door: dots and frames are counted before anything is decoded."""

import io
import warnings

from PIL import Image, UnidentifiedImageError

from pipeline.domain.document import Limits
from pipeline.intake.verdicts import quarantine, reject

IMAGE_KINDS = {
    "image/tiff": "tiff",
    "image/png": "png",
    "image/jpeg": "jpeg",
    "image/webp": "webp",
    "image/heic": "heic",
    "image/heif": "heic",
}
# Only these decoders run: EPS would start Ghostscript, others are old and rarely tested.
FORMATS = ("TIFF", "PNG", "JPEG", "WEBP", "HEIF")
LEAST_SIDE = 16
SIDE_RATIO = 50
TAIL = 70_000


def check_image(data: bytes, media_type: str, limits: Limits) -> None:
    """Raises RefusalError for a picture that is damaged, too large, of no use as a page, or a disguised archive."""
    if b"PK\x05\x06" in data[-TAIL:]:
        quarantine("The picture has an archive hidden at its end.", "POLYGLOT")
    if media_type in ("image/heic", "image/heif"):
        from pi_heif import register_heif_opener

        register_heif_opener()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                _check_size(image, limits)
                if media_type == "image/tiff":
                    _check_frames(image, limits)
                if IMAGE_KINDS[media_type] == "heic" and getattr(image, "n_frames", 1) > 1:
                    reject("The picture file holds several photographs; send each as a file of its own.", "PAGES")
                if media_type == "image/png":
                    image.verify()
    except Image.DecompressionBombError:
        quarantine("The picture has far more dots than a page can have.", "PIXELS")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, TypeError, KeyError, EOFError, OverflowError):
        reject("The picture is damaged and cannot be opened; ask for a new scan.", "DAMAGED")


def _check_size(image: Image.Image, limits: Limits) -> None:
    width, height = image.size
    if width * height > limits.page_pixels:
        quarantine("The picture has far more dots than a page can have.", "PIXELS")
    if min(width, height) < LEAST_SIDE or max(width, height) > SIDE_RATIO * min(width, height):
        reject("The picture is too small or too narrow to be a page.", "SHAPE")


def _check_frames(image: Image.Image, limits: Limits) -> None:
    """Counts pages one by one, so that a directory that points at itself ends at the limit."""
    for number in range(1, limits.pages + 2):
        try:
            image.seek(number)
        except EOFError:
            return
        _check_size(image, limits)
    reject(f"The file has more than {limits.pages} pages.", "PAGES")
