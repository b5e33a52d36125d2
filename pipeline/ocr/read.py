"""Pages of any document: its own text where it has one, OCR where it has none (spec C.1; issue: reading)."""

from collections.abc import Iterator
from dataclasses import replace

from PIL import Image

from pipeline.domain.document import Page, Word
from pipeline.domain.errors import InvalidInput
from pipeline.ocr.engine import OcrEngine
from pipeline.ocr.order import in_reading_order
from pipeline.ocr.prepare import Prepared, prepare, turn
from pipeline.ocr.quality import is_doubtful, page_quality
from pipeline.ocr.recent import RECENT
from pipeline.ocr.render import OCR_DPI, Picture, image_pictures, pdf_picture
from pipeline.ocr.text_layer import needs_ocr, read_text_layer

PDF = "application/pdf"


def read_pages(
    data: bytes, media_type: str, engine: OcrEngine, password: str | None = None, max_pages: int = 200
) -> tuple[Page, ...]:
    """Every page with its words in reading order, `quality` and `quality_low` set (1 for a sound text layer).

    A page that cannot be drawn or read stays without words at quality 0; the others are still read. Raises InvalidInput
    when the file as a whole cannot be opened.
    """
    RECENT.begin(data)
    if media_type == PDF:
        pages = read_text_layer(data, password, max_pages)
        return tuple(_by_ocr(page, data, engine, password) if needs_ocr(page) else page for page in pages)
    return tuple(_kept(*_ocr(picture, engine)) for picture in image_pictures(data, max_pages))


def _by_ocr(page: Page, data: bytes, engine: OcrEngine, password: str | None) -> Page:
    try:
        picture = pdf_picture(data, page.number, OCR_DPI, password)
        return replace(_kept(*_ocr(picture, engine)), hidden=page.hidden)
    except InvalidInput:
        return replace(page, words=(), source="ocr", quality=0.0, quality_low=0.0, rotation=0)


def _kept(page: Page, image: Image.Image) -> Page:
    RECENT.keep(page, image)
    return page


def ocr_picture(picture: Picture, engine: OcrEngine) -> Page:
    """One picture read upright and straight. Its boxes belong to the turned and straightened picture."""
    return _ocr(picture, engine)[0]


def _ocr(picture: Picture, engine: OcrEngine) -> tuple[Page, Image.Image]:
    """The page, and the picture to which its boxes belong."""
    ready, words = _upright(picture.image, engine)
    mean, low = page_quality(words)
    width, height = picture.width, picture.height
    if ready.rotation % 180:
        width, height = height, width
    page = Page(
        number=picture.number,
        width=width,
        height=height,
        words=in_reading_order(words),
        source="ocr",
        quality=mean,
        quality_low=low,
        rotation=ready.rotation,
        skew=ready.skew,
    )
    return page, ready.image


def _upright(image: Image.Image, engine: OcrEngine) -> tuple[Prepared, tuple[Word, ...]]:
    """Read as it seems to lie; turned a quarter when the words stand on end, turned round when they make no sense."""
    ready = prepare(image)
    words = engine.read(ready.image)
    if _on_end(words, ready.image):
        ready = prepare(image, rotation=(ready.rotation + 90) % 360)
        words = engine.read(ready.image)
    if is_doubtful(words):
        other = Prepared(turn(ready.image, 180), (ready.rotation + 180) % 360, ready.skew)
        again = engine.read(other.image)
        if _score(again) > _score(words):
            return other, again
    return ready, words


def _on_end(words: tuple[Word, ...], image: Image.Image) -> bool:
    """Most longer words are taller than wide: the engine read a sideways page."""
    longer = [word for word in words if len(word.text) >= 4]
    tall = sum(word.box.height * image.height > word.box.width * image.width for word in longer)
    return len(longer) >= 5 and tall > 0.6 * len(longer)


def _score(words: tuple[Word, ...]) -> float:
    """Characters read, each as far as it is sure, with unsure ones counted against."""
    return sum(len(word.text) * (word.confidence - 0.5) for word in words)


def page_image(data: bytes, media_type: str, page: Page, password: str | None = None) -> Image.Image:
    """The picture that belongs to a page's boxes: drawn, turned and straightened exactly as when it was read."""
    kept = RECENT.find(data, page)
    if kept is not None:
        return kept
    if media_type == PDF:
        image = pdf_picture(data, page.number, OCR_DPI, password).image
    else:
        image = _nth(image_pictures(data), page.number).image
    return prepare(image, page.rotation, page.skew).image


def _nth(pictures: Iterator[Picture], number: int) -> Picture:
    for picture in pictures:
        if picture.number == number:
            return picture
    raise InvalidInput(f"The file has no page {number}.")
