"""Words of a PDF's own text layer, with boxes as displayed and only what a reader of the page can see.

A page is read with PDFium: characters, then words, then lines. Text that is not visible (render mode 3, outside the
page, same colour as its ground, covered) is set aside in `Page.hidden`, never mixed with the visible words.
"""

import ctypes
import math
from collections import Counter
from dataclasses import replace
from statistics import median
from typing import Any

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as raw

from pipeline.domain.document import Box, Page, Ruling, Word
from pipeline.domain.errors import InvalidInput
from pipeline.ocr.characters import Char, clean_text, looks_like_text, words_of
from pipeline.ocr.frames import Frame
from pipeline.ocr.order import in_reading_order
from pipeline.ocr.render import open_pdf, render_grey

MAX_CHARS = 60_000
READABLE = 0.8
IMAGE_SHARE = 0.5
FEW_WORDS = 12
MIN_CONTRAST = 24
COARSE_DPI, FINE_DPI = 72.0, 200.0
MAX_RULINGS = 3_000
THIN_POINTS = 2.5
MONOSPACED = 0.45  # narrowest cell of a typewriter face, as a share of its height
UNDRAWN = (raw.FPDF_TEXTRENDERMODE_INVISIBLE, raw.FPDF_TEXTRENDERMODE_CLIP)


def read_text_layer(data: bytes, password: str | None = None, max_pages: int = 200) -> tuple[Page, ...]:
    """The pages of a PDF with the words of its text layer, in reading order, and the lines drawn on them.

    A page whose text layer is missing or unreliable has `quality` 0: see `needs_ocr`. Boxes are in 0..1 of the page as
    displayed (after /Rotate); when most text runs sideways the page is turned upright and `rotation` says by how much.
    Raises InvalidInput for a broken, encrypted or too long PDF.
    """
    document = open_pdf(data, password)
    try:
        count = len(document)
        if count > max_pages:
            raise InvalidInput(f"The PDF has {count} pages; at most {max_pages} are taken.")
        return tuple(_page(document, index) for index in range(count))
    finally:
        document.close()


def needs_ocr(page: Page) -> bool:
    """Whether the page's own text cannot be used: no visible words, a scan with little text, or garbled characters."""
    return not page.words or page.quality < READABLE


def _rulings(page: pdfium.PdfPage, frame: Frame) -> tuple[Ruling, ...]:
    """Drawn straight lines and the sides of drawn boxes, in 0..1 of the page as displayed.

    The objects belong to the page, so they are asked directly: a wrapper for each costs more than its bounds.
    """
    found: list[Ruling] = []
    for index in range(raw.FPDFPage_CountObjects(page.raw)):
        item = raw.FPDFPage_GetObject(page.raw, index)
        if raw.FPDFPageObj_GetType(item) != raw.FPDF_PAGEOBJ_PATH:
            continue
        if raw.FPDFPageObj_GetBounds(item, *_BOUNDS):
            left, bottom, right, top = (side.value for side in _BOUNDS)
            found.extend(_sides((left, bottom, right, top), frame))
        if len(found) >= MAX_RULINGS:
            break
    return tuple(found)


_BOUNDS = tuple(ctypes.c_float() for _ in range(4))


def _sides(bounds: tuple[float, float, float, float], frame: Frame) -> list[Ruling]:
    left, bottom, right, top = bounds
    box = frame.box(left, bottom, right, top)
    if right - left < THIN_POINTS and top - bottom < THIN_POINTS:
        return []
    if top - bottom < THIN_POINTS or right - left < THIN_POINTS:
        middle_x, middle_y = box.middle
        if box.width * frame.width >= box.height * frame.height:
            return [Ruling(box.x0, middle_y, box.x1, middle_y)]
        return [Ruling(middle_x, box.y0, middle_x, box.y1)]
    return [
        Ruling(box.x0, box.y0, box.x1, box.y0),
        Ruling(box.x0, box.y1, box.x1, box.y1),
        Ruling(box.x0, box.y0, box.x0, box.y1),
        Ruling(box.x1, box.y0, box.x1, box.y1),
    ]


def _page(document: pdfium.PdfDocument, index: int) -> Page:
    try:
        page = document[index]
    except pdfium.PdfiumError:
        return Page(index + 1, 0.0, 0.0, (), quality=0.0, quality_low=0.0)
    try:
        return _read(page, index + 1)
    finally:
        page.close()


def _read(page: pdfium.PdfPage, number: int) -> Page:
    frame = Frame.of(page)
    chars = _chars(page)
    turn = _prevailing_turn(chars, frame)
    upright = frame.turned(turn)
    drawn, hidden = words_of(chars, upright)
    words, unseen = _seen(page, turn, drawn)
    quality = _quality(page, frame, chars, words)
    made = Page(
        number=number,
        width=upright.width,
        height=upright.height,
        words=in_reading_order(words),
        quality=quality,
        quality_low=quality,
        rotation=turn,
        hidden=in_reading_order((*hidden, *unseen)),
    )
    return made if needs_ocr(made) else replace(made, rulings=_rulings(page, upright))


def _chars(page: pdfium.PdfPage) -> list[Char]:
    text = page.get_textpage()
    try:
        handle = text.raw
        count = raw.FPDFText_CountChars(handle)
        if count > MAX_CHARS:
            raise InvalidInput(f"A page holds {count} characters, more than a page of an invoice can.")
        styles: dict[int, tuple[int, bool]] = {}
        return [char for i in range(count) if (char := _char(handle, i, styles)) is not None]
    finally:
        text.close()


_LEFT, _RIGHT, _BOTTOM, _TOP = (ctypes.c_double() for _ in range(4))
_LOOSE, _MATRIX = raw.FS_RECTF(), raw.FS_MATRIX()
ASCENT, DESCENT = 0.905, 0.212
SPACE = Char(" ", 0.0, 0.0, 0.0, 0.0, 0, True, True)
SPACES = frozenset({0x20, 0x0D, 0x0A, 0x09, 0xA0, 0x3000, *range(0x2000, 0x200C), 0x202F, 0x205F})


def _char(handle: Any, index: int, styles: dict[int, tuple[int, bool]]) -> Char | None:
    code = raw.FPDFText_GetUnicode(handle, index)
    if code in SPACES:
        return SPACE
    if not raw.FPDFText_GetCharBox(handle, index, _LEFT, _RIGHT, _BOTTOM, _TOP):
        return None
    turn, drawn = _style(handle, index, styles)
    char = Char(
        chr(code) if 0x20 < code < 0x7F else clean_text(code),
        _LEFT.value,
        _BOTTOM.value,
        _RIGHT.value,
        _TOP.value,
        turn,
        not raw.FPDFText_HasUnicodeMapError(handle, index),
        drawn,
    )
    if turn == 0 and raw.FPDFText_GetLooseCharBox(handle, index, _LOOSE):
        wide, tall = _LOOSE.right - _LOOSE.left, _LOOSE.top - _LOOSE.bottom
        if not char.text.isalnum() and MONOSPACED * tall <= wide <= tall and _LOOSE.left <= char.left:
            # A mark in the middle of a typewriter's cell: its ink alone would tear `349.70` into three words.
            char.left, char.right = _LOOSE.left, max(char.right, _LOOSE.right)
            char.bottom, char.top = _LOOSE.bottom, _LOOSE.top
        else:
            char.bottom, char.top = _line_height(char.bottom, char.top, _LOOSE.bottom, _LOOSE.top)
    if turn:
        _set_on_line(handle, index, char)
    return char


def _set_on_line(handle: Any, index: int, char: Char) -> None:
    """The height of a turned character from its baseline and size: PDFium's loose boxes are right for upright ones only."""
    known = raw.FPDFText_GetCharOrigin(handle, index, _LEFT, _BOTTOM) and raw.FPDFText_GetMatrix(handle, index, _MATRIX)
    size = raw.FPDFText_GetFontSize(handle, index) * math.hypot(_MATRIX.a, _MATRIX.b)
    if not known or not 0 < size < 100:
        return
    x, y, up, down = _LEFT.value, _BOTTOM.value, ASCENT * size, DESCENT * size
    if char.turn == 180:
        char.bottom, char.top = y - up, y + down
    elif char.turn == 90:
        char.left, char.right = x - up, x + down
    else:
        char.left, char.right = x - down, x + up


def _style(handle: Any, index: int, styles: dict[int, tuple[int, bool]]) -> tuple[int, bool]:
    """Direction and visibility, which all characters of one text object share. Generated ones belong to none."""
    item = raw.FPDFText_GetTextObject(handle, index)
    if not item:
        return 0, True
    key = ctypes.addressof(item.contents)
    if key not in styles:
        # PDFium measures clockwise, whatever its header says.
        turn = round(-math.degrees(raw.FPDFText_GetCharAngle(handle, index)) / 90) * 90 % 360
        styles[key] = turn, raw.FPDFTextObj_GetTextRenderMode(item) not in UNDRAWN
    return styles[key]


def _line_height(low: float, high: float, loose_low: float, loose_high: float) -> tuple[float, float]:
    """The font's own height where it is sane, so that a dash and a digit of one line have the same middle."""
    tall, loose = high - low, loose_high - loose_low
    if 0 < loose <= max(4 * tall, 1.0) or (tall <= 0 < loose < 100):
        return loose_low, loose_high
    return low, high


def _prevailing_turn(chars: list[Char], frame: Frame) -> int:
    """Degrees clockwise by which the displayed page must be turned so that most of its text is upright."""
    turns = Counter(char.turn for char in chars if char.drawn and char is not SPACE)
    votes = {frame.text_angle(turn): count for turn, count in turns.items()}
    best = max(votes, key=lambda angle: votes[angle], default=0)
    return best if best and votes[best] > 2 * votes.get(0, 0) else 0


def _seen(page: pdfium.PdfPage, turn: int, words: list[Word]) -> tuple[tuple[Word, ...], tuple[Word, ...]]:
    """Words with ink on the rendered page, and those without (white on white, covered, clipped).

    A coarse picture clears nearly all words; only where a value seems to be missing is a fine one drawn.
    """
    if not words:
        return (), ()
    unseen = set(words)
    for dpi in (COARSE_DPI, FINE_DPI):
        try:
            picture = np.rot90(np.asarray(render_grey(page, dpi, max_pixels=8_000_000)), -turn // 90)
        except InvalidInput:
            return tuple(words), ()
        unseen = {word for word in unseen if not _has_ink(picture, word.box)}
        if not any(letter.isalnum() for word in unseen for letter in word.text):
            break
    hidden = {word for word in unseen if any(letter.isalnum() for letter in word.text)}
    return tuple(word for word in words if word not in hidden), tuple(word for word in words if word in hidden)


def _has_ink(picture: np.ndarray, box: Box) -> bool:
    height, width = picture.shape
    x0, x1 = max(0, math.floor(box.x0 * width)), min(width, math.ceil(box.x1 * width) + 1)
    y0, y1 = max(0, math.floor(box.y0 * height)), min(height, math.ceil(box.y1 * height) + 1)
    patch = picture[y0:y1, x0:x1]
    return patch.size > 0 and int(patch.max()) - int(patch.min()) >= MIN_CONTRAST


def _quality(page: pdfium.PdfPage, frame: Frame, chars: list[Char], words: tuple[Word, ...]) -> float:
    """Share of readable characters; 0 where the page is a picture with little text, or the text is no language."""
    marks = [char for char in chars if char is not SPACE and char.drawn]
    if not marks or not words:
        return 0.0
    if len(words) <= FEW_WORDS and _image_share(page, frame) >= IMAGE_SHARE:
        return 0.0
    readable = sum(char.mapped and char.text.isprintable() and char.text != "�" for char in marks) / len(marks)
    return readable if looks_like_text([word.text for word in words]) else 0.0


def _image_share(page: pdfium.PdfPage, frame: Frame) -> float:
    area = 0.0
    for item in page.get_objects(filter=(raw.FPDF_PAGEOBJ_IMAGE,), max_depth=3):
        try:
            box = frame.box(*item.get_bounds())
        except pdfium.PdfiumError:
            continue
        area += max(0.0, min(1, box.x1) - max(0, box.x0)) * max(0.0, min(1, box.y1) - max(0, box.y0))
    return area


def line_height(page: Page) -> float:
    """Median word height of a page in 0..1 of its height; 0 for an empty page."""
    return median(word.box.height for word in page.words) if page.words else 0.0
