"""Photographs of phones, and PDFs that are encrypted in part, blank without a password, or padded to cipher blocks."""

import io
from pathlib import Path

import pikepdf
from PIL import Image

from pipeline.domain.document import Limits, ReadStatus
from pipeline.intake.guard import inspect
from pipeline.intake.verdicts import Accepted, Refused
from pipeline.ocr.render import image_pictures
from tests.unit.intake.test_guard import pdf, picture

PHOTO = (Path(__file__).parents[2] / "data" / "photo.heic").read_bytes()


def look(data: bytes) -> Accepted | Refused:
    return inspect(data, "file", Limits())


def saved(document: pikepdf.Pdf, **how: object) -> bytes:
    out = io.BytesIO()
    document.save(out, **how)
    return out.getvalue()


def test_a_heic_photograph_is_taken_and_drawn() -> None:
    assert look(PHOTO) == Accepted("image/heic", "heic")
    (page,) = image_pictures(PHOTO)
    assert page.image.size == (640, 420)
    assert page.image.getextrema()[0] < 60  # type: ignore[operator]


def test_a_cut_off_heic_is_refused_in_words() -> None:
    verdict = look(PHOTO[: len(PHOTO) // 2])
    if isinstance(verdict, Accepted):  # its head is whole: the page reader says it
        return
    assert verdict.code == "DAMAGED"


def test_a_heic_with_more_dots_than_a_page_is_quarantined() -> None:
    verdict = inspect(PHOTO, "photo.heic", Limits(page_pixels=100_000))
    assert isinstance(verdict, Refused)
    assert verdict.code == "PIXELS"


def test_webp_is_taken() -> None:
    assert look(picture(kind="WEBP", mode="RGB")) == Accepted("image/webp", "webp")
    assert [p.image.size for p in image_pictures(picture(kind="WEBP", mode="RGB"))] == [(200, 300)]


def test_animated_webp_shows_its_first_page_only() -> None:
    out = io.BytesIO()
    frames = [Image.new("RGB", (200, 300), shade) for shade in ("white", "black")]
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:], duration=10)
    assert len(list(image_pictures(out.getvalue()))) == 1


def test_an_owner_password_alone_is_no_obstacle() -> None:
    with pikepdf.open(io.BytesIO(pdf())) as document:
        closed = saved(
            document, encryption=pikepdf.Encryption(owner="owner", user="", allow=pikepdf.Permissions(extract=False))
        )
    assert look(closed) == Accepted("application/pdf", "pdf")


def test_an_encrypted_pdf_that_shows_nothing_asks_for_its_password() -> None:
    with pikepdf.new() as document:
        document.add_blank_page()
        assert isinstance(look(saved(document)), Accepted)
        verdict = look(saved(document, encryption=pikepdf.Encryption(owner="owner", user="")))
    assert isinstance(verdict, Refused)
    assert verdict.status is ReadStatus.PASSWORD


def test_a_pdf_of_which_only_the_strings_are_encrypted_is_quarantined() -> None:
    with pikepdf.open(io.BytesIO(pdf())) as document:
        closed = saved(
            document,
            encryption=pikepdf.Encryption(owner="owner", user="", R=4, aes=True),
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
            linearize=False,
        )
    assert isinstance(look(closed), Accepted)
    assert b"/StmF /StdCF" in closed
    verdict = look(closed.replace(b"/StmF /StdCF", b"/StmF /Identity"))
    assert isinstance(verdict, Refused)
    assert verdict.code == "PARTLY"


def test_drawing_instructions_padded_to_cipher_blocks_are_quarantined() -> None:
    padded = b"".join(
        line.ljust(14) + b"%0123456789012345\n" for line in (b"BT", b"/F1 55 Tf", b"(a)Tj", b"(b)Tj", b"ET")
    )
    ordinary = b"% drawn by a program\nBT /F1 12 Tf 72 700 Td (Invoice 4711) Tj ET\n"
    for content, code in ((padded, "PADDED"), (ordinary, None)):
        with pikepdf.open(io.BytesIO(pdf())) as document:
            document.pages[0].obj.Contents = document.make_stream(content)
            verdict = look(saved(document, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none))
        assert getattr(verdict, "code", None) == code
