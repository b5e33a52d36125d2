"""The text layer as a reader of the page sees it."""

import pytest

from pipeline.domain.errors import InvalidInput
from pipeline.ocr.order import lines_of
from pipeline.ocr.render import LockedDocumentError
from pipeline.ocr.text_layer import needs_ocr, read_text_layer
from tests.unit.ocr.papers import LINES, cropped, hidden_text, invoice, locked, pdf, turned


def texts(words) -> str:  # type: ignore[no-untyped-def]
    return " ".join(word.text for word in words)


def test_words_come_in_reading_order_with_boxes_of_the_page() -> None:
    (page,) = read_text_layer(pdf(invoice))
    assert [texts(line) for line in lines_of(page.words)][1] == "Invoice Number: INV-20417"
    first = page.words[0]
    assert first.text == "Northwind"
    assert first.box.x0 == pytest.approx(72 / 595, abs=0.003)
    assert first.box.y1 == pytest.approx((842 - 760) / 842, abs=0.006)
    assert (page.source, page.quality, page.rotation) == ("pdf_text", 1.0, 0)
    assert not needs_ocr(page)


def test_columns_far_apart_are_words_apart_even_without_a_blank() -> None:
    def draw(canvas) -> None:  # type: ignore[no-untyped-def]
        canvas.drawString(72, 700, "Qty")
        canvas.drawString(110, 700, "Price")

    (page,) = read_text_layer(pdf(draw))
    assert [word.text for word in page.words] == ["Qty", "Price"]


def test_a_typewriter_face_keeps_its_decimal_points() -> None:
    def draw(canvas) -> None:  # type: ignore[no-untyped-def]
        canvas.setFont("Courier", 9)
        canvas.drawString(72, 700, "TOTAL USD    1,349.70 (800) ----")

    (page,) = read_text_layer(pdf(draw))
    assert [word.text for word in page.words] == ["TOTAL", "USD", "1,349.70", "(800)", "----"]
    assert max(word.box.height for word in page.words) < 1.5 * min(word.box.height for word in page.words)


def test_text_nobody_sees_is_set_aside() -> None:
    (page,) = read_text_layer(pdf(hidden_text))
    seen, hidden = texts(page.words), texts(page.hidden)
    for amount in ("900.00", "800.00", "700.00", "600.00", "500.00"):
        assert amount not in seen
        assert amount in hidden
    assert "151.00" in seen


def test_white_print_on_a_dark_band_is_seen() -> None:
    def draw(canvas) -> None:  # type: ignore[no-untyped-def]
        canvas.setFillGray(0.2)
        canvas.rect(60, 690, 300, 30, stroke=0, fill=1)
        canvas.setFillGray(1)
        canvas.drawString(72, 700, "Amount 42.00")

    (page,) = read_text_layer(pdf(draw))
    assert texts(page.words) == "Amount 42.00"


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_sideways_page_is_turned_upright(degrees: int) -> None:
    upright = read_text_layer(pdf(invoice))[0]
    (page,) = read_text_layer(turned(pdf(invoice), degrees))
    assert page.rotation == (360 - degrees) % 360
    assert [word.text for word in page.words] == [word.text for word in upright.words]
    assert page.words[0].box.x0 == pytest.approx(upright.words[0].box.x0, abs=0.002)


def test_boxes_belong_to_the_cropped_page() -> None:
    (page,) = read_text_layer(cropped(pdf(invoice), (50, 600, 450, 800)))
    assert (round(page.width), round(page.height)) == (400, 200)
    assert page.words[0].box.x0 == pytest.approx((72 - 50) / 400, abs=0.005)


def test_bold_drawn_twice_counts_once_and_different_words_on_one_place_are_doubtful() -> None:
    def draw(canvas) -> None:  # type: ignore[no-untyped-def]
        canvas.drawString(72, 700, "Total")
        canvas.drawString(72.3, 700, "Total")
        canvas.drawString(200, 700, "100.00")
        canvas.drawString(200, 700, "900.00")

    (page,) = read_text_layer(pdf(draw))
    assert [word.text for word in page.words].count("Total") == 1
    amounts = [word for word in page.words if word.text != "Total"]
    assert {word.confidence for word in amounts} == {0.3}
    assert "100.00" in [word.text for word in amounts]


def test_an_empty_page_needs_ocr() -> None:
    (page,) = read_text_layer(pdf(lambda canvas: None))
    assert page.words == ()
    assert needs_ocr(page)


def test_rulings_are_lines_and_sides_of_boxes() -> None:
    def draw(canvas) -> None:  # type: ignore[no-untyped-def]
        canvas.line(72, 421, 523, 421)
        canvas.rect(72, 100, 200, 50)

    def both(canvas) -> None:  # type: ignore[no-untyped-def]
        invoice(canvas)
        draw(canvas)

    (page,) = read_text_layer(pdf(both))
    assert len(page.rulings) == 5
    assert page.rulings[0].y0 == pytest.approx(0.5, abs=0.002)


def test_rulings_of_a_sideways_page_lie_where_its_words_do() -> None:
    def sideways(canvas) -> None:  # type: ignore[no-untyped-def]
        canvas.setFont("Helvetica", 11)
        canvas.translate(595, 0)
        canvas.rotate(90)
        for place, line in enumerate(LINES):
            canvas.drawString(72, 500 - 24 * place, line)
        canvas.line(72, 496, 700, 496)

    (page,) = read_text_layer(pdf(sideways))
    (line,) = page.rulings
    number = next(word.box for word in page.words if word.text == "Northwind")
    assert page.rotation == 90
    assert [word.text for word in page.words[:4]] == ["Northwind", "Medical", "Supply,", "Inc."]
    assert line.y0 == line.y1 == pytest.approx(number.y1, abs=0.01)


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_hidden_text_stays_hidden_where_the_page_was_drawn_sideways(degrees: int) -> None:
    def sideways(canvas) -> None:  # type: ignore[no-untyped-def]
        canvas.translate(*{90: (842, 0), 180: (595, 842), 270: (0, 595)}[degrees])
        canvas.rotate(degrees)
        hidden_text(canvas)

    (page,) = read_text_layer(pdf(sideways, (595, 842) if degrees == 180 else (842, 595)))
    assert page.rotation == degrees
    assert [word.text for word in page.words] == " ".join(LINES).split()
    said = texts(page.hidden)
    for amount in ("900.00", "700.00", "600.00", "500.00"):
        assert amount in said


def test_refusals_are_plain() -> None:
    with pytest.raises(LockedDocumentError, match="password"):
        read_text_layer(locked(pdf(invoice)))
    assert read_text_layer(locked(pdf(invoice)), password="user")[0].words
    with pytest.raises(InvalidInput, match="damaged"):
        read_text_layer(b"%PDF-1.7 nothing")
    with pytest.raises(InvalidInput, match="at most 0"):
        read_text_layer(pdf(invoice), max_pages=0)
