"""The first look runs in a child; whatever becomes of the child, the upload ends as parts or as one quarantined part."""

import io
import zipfile
from collections.abc import Iterator
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.bootstrap import build_app, build_inspector
from pipeline.domain.arrivals import Looked, Refused, UnpackedPart
from pipeline.domain.document import Limits, ReadStatus
from pipeline.process.guarding import ChildInspector, decoded, encoded, look
from pipeline.process.pool import ReaderPool

XML = (
    b'<?xml version="1.0"?><Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"><ID>1</ID></Invoice>'
)
PARTS = st.builds(
    UnpackedPart,
    st.sampled_from(["a.pdf", "b.xml"]),
    st.binary(max_size=50),
    st.just("application/pdf"),
    st.booleans(),
    st.none() | st.binary(max_size=20),
    st.none() | st.builds(Refused, st.sampled_from(ReadStatus), st.just("No."), st.just("KIND")),
)


@pytest.fixture(scope="module")
def inspector() -> ChildInspector:
    return build_inspector()


def breaking(order: str) -> Iterator[Looked]:
    with ReaderPool(1, "tests.integration.process.readers:work", Limits(seconds=1.0)) as pool:
        yield ChildInspector(pool)(order.encode(), "../x.pdf")


def mail() -> bytes:
    message = EmailMessage()
    message["From"], message["Subject"], message["Message-ID"] = "a@b.example", "Bill", "<1@b.example>"
    message["Date"] = "Mon, 16 Mar 2026 10:00:00 +0000"
    message.set_content("attached")
    message.add_attachment(XML, maintype="application", subtype="xml", filename="one.xml")
    return message.as_bytes()


def test_a_mail_comes_back_with_parts_and_headers(inspector: ChildInspector) -> None:
    looked = inspector(mail(), "1.eml")
    assert [(part.name, part.data) for part in looked.parts] == [("one.xml", XML)]
    assert looked.headers is not None
    assert (looked.headers.sender, str(looked.headers.sent_on)) == ("a@b.example", "2026-03-16")
    assert looked == look(mail(), "1.eml", Limits())


@pytest.mark.parametrize("order", ["abort", "segfault", "hang", "fault", "not an answer"])
def test_a_broken_child_quarantines_the_file(order: str) -> None:
    for looked in breaking(order):
        (part,) = looked.parts
        assert part.refused is not None
        assert (part.name, part.data, part.refused.status) == ("x.pdf", order.encode(), ReadStatus.QUARANTINED)
        assert part.refused.reason.endswith(".")


def test_a_bomb_is_refused_and_the_next_file_is_taken(inspector: ChildInspector) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.pdf", bytes(300_000_000))
    (part,) = inspector(packed.getvalue(), "a.zip").parts
    assert part.refused is not None
    assert part.refused.status is ReadStatus.QUARANTINED
    assert inspector(XML, "one.xml").parts[0].refused is None


@given(st.lists(PARTS, max_size=4), st.binary(max_size=50))
def test_what_is_sent_back_is_what_was_found(parts: list[UnpackedPart], upload: bytes) -> None:
    looked = Looked(tuple(parts))
    assert decoded(encoded(looked, upload), upload) == looked


def test_the_app_looks_into_files_in_children_only() -> None:
    assert isinstance(build_app().look, ChildInspector)
