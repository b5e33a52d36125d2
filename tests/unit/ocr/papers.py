"""Small PDFs and pictures made on the spot."""

import io
from collections.abc import Callable

import pikepdf
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.colors import black, white
from reportlab.pdfgen.canvas import Canvas

A4 = (595.0, 842.0)
FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
LINES = (
    "Northwind Medical Supply, Inc.",
    "Invoice Number: INV-20417",
    "Invoice Date: 03/14/2026",
    "Nitrile gloves, box of 100        12    8.50    102.00",
    "Gauze sponge 4x4 sterile           4   12.25     49.00",
    "Total due USD 151.00",
)


def pdf(draw: Callable[[Canvas], None], size: tuple[float, float] = A4) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=size, invariant=1)
    draw(canvas)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def invoice(canvas: Canvas) -> None:
    canvas.setFont("Helvetica", 11)
    for place, line in enumerate(LINES):
        canvas.drawString(72, 760 - 24 * place, line)


def hidden_text(canvas: Canvas) -> None:
    """Seen text beside every way of hiding some."""
    invoice(canvas)
    text = canvas.beginText(72, 400)
    text.setTextRenderMode(3)
    text.textLine("invisible 900.00")
    canvas.drawText(text)
    canvas._code.append("0 Tr")
    canvas.drawString(900, 400, "outside 800.00")
    canvas.setFillColor(white)
    canvas.drawString(72, 350, "white 700.00")
    canvas.setFillColor(black)
    canvas.drawString(72, 300, "covered 600.00")
    canvas.setFillColor(white)
    canvas.rect(60, 290, 200, 30, stroke=0, fill=1)
    canvas.setFillColor(black)
    canvas.setFont("Helvetica", 0.2)
    canvas.drawString(72, 250, "tiny 500.00")


def turned(data: bytes, degrees: int) -> bytes:
    """The same PDF with /Rotate."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as document:
        document.pages[0].rotate(degrees, relative=False)
        document.save(out)
    return out.getvalue()


def cropped(data: bytes, box: tuple[float, float, float, float]) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as document:
        document.pages[0].cropbox = list(box)
        document.save(out)
    return out.getvalue()


def locked(data: bytes) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as document:
        document.save(out, encryption=pikepdf.Encryption(owner="owner", user="user", R=6))
    return out.getvalue()


def picture(lines: tuple[str, ...] = LINES, size: tuple[int, int] = (1240, 1754)) -> Image.Image:
    image = Image.new("L", size, 255)
    pen = ImageDraw.Draw(image)
    font = ImageFont.truetype(FONT, 30)
    for place in range(24):
        pen.text((120, 100 + 62 * place), lines[place % len(lines)], fill=20, font=font)
    return image


def packed(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)  # type: ignore[arg-type]
    return out.getvalue()
