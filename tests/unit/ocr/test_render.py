"""Pages as pictures, from PDFs and picture files."""

import pytest
from PIL import ExifTags, Image

from pipeline.domain.errors import InvalidInput
from pipeline.ocr.render import image_pictures, pdf_picture
from tests.unit.ocr.papers import invoice, packed, pdf, picture


def test_a_page_is_drawn_at_the_resolution_asked_for() -> None:
    drawn = pdf_picture(pdf(invoice), 1, dpi=100)
    assert drawn.image.size == pytest.approx((826, 1169), abs=2)
    assert (round(drawn.width), round(drawn.height)) == (595, 842)


def test_a_huge_page_is_drawn_coarser_instead_of_filling_the_memory() -> None:
    drawn = pdf_picture(pdf(invoice, (14_000, 14_000)), 1, dpi=200)
    assert drawn.image.width * drawn.image.height <= 60_500_000


def test_every_frame_of_a_tiff_is_a_page() -> None:
    pages = [picture(size=(400, 600)), picture(size=(500, 600))]
    data = packed(pages[0], "TIFF", save_all=True, append_images=pages[1:], dpi=(200, 200))
    found = list(image_pictures(data))
    assert [(one.number, one.image.width) for one in found] == [(1, 400), (2, 500)]
    assert found[0].width == pytest.approx(400 * 72 / 200)


def test_fax_lines_are_made_square() -> None:
    data = packed(picture(size=(1728, 1100)).convert("1"), "TIFF", dpi=(204, 98))
    (found,) = image_pictures(data)
    assert found.image.height == pytest.approx(1100 * 204 / 98, abs=1)


def test_a_photograph_is_turned_by_its_tag() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    (found,) = image_pictures(packed(picture(size=(300, 400)), "JPEG", exif=exif))
    assert found.image.size == (400, 300)


def test_transparent_ground_is_paper() -> None:
    clear = Image.new("RGBA", (50, 50), (0, 0, 0, 0))
    (found,) = image_pictures(packed(clear))
    assert found.image.getpixel((10, 10)) == 255


def test_broken_and_oversized_pictures_are_refused_in_plain_words() -> None:
    with pytest.raises(InvalidInput, match="damaged"):
        list(image_pictures(packed(picture())[:500]))
    with pytest.raises(InvalidInput, match="dots"):
        list(image_pictures(packed(picture()), max_pixels=1000))


def test_a_fine_scan_of_a_whole_page_is_read_at_200_dpi() -> None:
    fine = picture(size=(2480, 3508))
    (found,) = image_pictures(packed(fine, dpi=(300, 300)))
    assert found.image.size == (1682, 2379)
    assert (round(found.width), round(found.height)) == (595, 842)


def test_slips_photographs_and_pictures_of_unknown_size_keep_their_dots() -> None:
    slip = picture(size=(900, 2400))
    assert next(image_pictures(packed(slip, dpi=(300, 300)))).image.size == slip.size
    fine = picture(size=(2480, 3508))
    assert next(image_pictures(packed(fine))).image.size == fine.size
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ExposureTime] = 0.01
    assert next(image_pictures(packed(fine, "JPEG", dpi=(300, 300), exif=exif))).image.size == fine.size
