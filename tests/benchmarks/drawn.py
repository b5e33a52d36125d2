"""Generated documents as files: drawn on paper, then scanned, faxed or photographed, so that the real reader reads them."""

import io
from random import Random

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas as Sheet

from fixtures.degrade import STYLES, scan
from models.pages.canvas import BOLD, Canvas, Placed
from models.pages.facts import Facts
from models.pages.grammar import compose
from pipeline.domain.document import Kind

SEED = 616_000
STYLE_SHARES = {"office": 6, "coarse": 2, "jpeg": 3, "fax": 2, "stain": 1, "worn": 1, "turned": 1, "photo": 1}
MEDIA = {"fax": "image/tiff", "pages": "image/tiff", "jpeg": "image/jpeg", "photo": "image/png"}
MAX_PAGES = 2


def pdf_of(canvas: Canvas) -> bytes:
    """The words of a canvas where they stand, in its font."""
    out = io.BytesIO()
    sheet = Sheet(out, pagesize=(canvas.width, canvas.height), invariant=1)
    for words, rules in list(zip(canvas.pages, canvas.rules, strict=True))[:MAX_PAGES]:
        for x0, y0, x1, y1 in rules:
            sheet.line(x0, canvas.height - y0, x1, canvas.height - y1)
        for word in words:
            _draw(sheet, canvas, word)
        sheet.showPage()
    sheet.save()
    return out.getvalue()


def _draw(sheet: Sheet, canvas: Canvas, word: Placed) -> None:
    font = BOLD[canvas.font] if word.bold else canvas.font
    size = (word.y1 - word.y0) / (1 - canvas.top)
    natural = pdfmetrics.stringWidth(word.text, font, size)
    text = sheet.beginText(word.x0, canvas.height - word.y1 + size * 0.22)
    text.setFont(font, size)
    text.setHorizScale(100 * (word.x1 - word.x0) / natural if natural else 100)
    text.textOut(word.text)
    sheet.drawText(text)


def scanned(index: int) -> tuple[Facts, set[str], set[str], bytes, str] | None:
    """Facts, printed fields, words, file and media type of scan `index`; None where the document is no bill."""
    rng = Random(f"{SEED}/{index}")
    draft = compose(rng)
    facts, canvas = draft.facts, draft.canvas
    if facts.kind not in (Kind.INVOICE, Kind.CREDIT_NOTE, Kind.RECEIPT) or len(canvas.pages) > MAX_PAGES:
        return None
    style = rng.choices(list(STYLE_SHARES), list(STYLE_SHARES.values()))[0]
    if len(canvas.pages) > 1 and style in ("jpeg", "photo"):  # these take one page
        style = "office"
    tags = {word.tag for words in canvas.pages for word in words}
    assert style in STYLES
    words = {word.text for placed in canvas.pages for word in placed}
    return facts, tags, words, scan(style, pdf_of(canvas), f"drawn-{index}"), MEDIA.get(style, "application/pdf")
