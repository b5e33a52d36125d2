"""Readers of foreign bytes, fuzzed: a value or our typed error, nothing else.

APDESK_FUZZ_EXAMPLES (default 150) makes the runs longer; 100000 take about ten minutes each.
"""

import os
import tomllib
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipeline.domain.document import Limits
from pipeline.domain.errors import ApdeskError, InvalidPolicy
from pipeline.extract.einvoice import read_einvoice
from pipeline.extract.x12 import read_x12
from pipeline.extract.x12_ack import acknowledge
from pipeline.intake.mail import attachments, parse_mail, read_headers
from pipeline.intake.senders import domain_of, look_alike
from pipeline.intake.tnef import tnef_attachments
from pipeline.intake.unpack import safe_name, unpack
from pipeline.intake.verdicts import RefusalError
from rules.load import policy_from

LONG = settings(
    max_examples=int(os.environ.get("APDESK_FUZZ_EXAMPLES", "150")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
POLICY = Path(__file__).parents[2] / "rules" / "policies" / "default.toml"
DEFAULT = tomllib.loads(POLICY.read_text(encoding="utf-8"), parse_float=Decimal)
NOW = datetime(2026, 3, 16, tzinfo=UTC)
ISA = "ISA*00*          *00*          *ZZ*SUPPLIER       *ZZ*HOSPITAL       *260316*0900*U*00401*000000042*0*P*>~"
ELEMENT = st.text(alphabet="ABCXYZ0123456789.-+ é\0", max_size=12) | st.text(max_size=6)
TAGS = [
    "ST",
    "SE",
    "BIG",
    "CUR",
    "REF",
    "N1",
    "N3",
    "N4",
    "ITD",
    "DTM",
    "IT1",
    "PID",
    "CTP",
    "PO4",
    "SAC",
    "TXI",
    "TDS",
    "CAD",
    "CTT",
    "GS",
    "GE",
]
SEGMENT = st.builds(
    lambda tag, rest: "*".join([tag, *rest]) + "~", st.sampled_from(TAGS), st.lists(ELEMENT, max_size=9)
)
WORDS = (
    "From To Subject Date Message-ID Content-Type Content-Transfer-Encoding Content-Disposition Authentication-Results"
)
HEADER = st.builds(
    lambda name, value: f"{name}: {value}\r\n",
    st.sampled_from(WORDS.split()),
    st.text(max_size=60)
    | st.sampled_from(
        [
            "multipart/mixed; boundary=b", "message/rfc822", "=?utf-8?b?/////w==?=", "=?x-unknown?q?=zz?=", "base64",
            "attachment; filename*=utf-9\'\'%ff", "attachment; filename*0*=x; filename*2=y", "text/html; charset=\"\0\"",
            "Fri, 99 Foo 99999 99:99:99 +9999", "mx; dmarc=fail spf=", "<@>,,;:", "application/ms-tnef; name=\"\\",
        ]
    ),
)  # fmt: skip


@LONG
@given(st.lists(SEGMENT, max_size=25), st.booleans())
def test_x12(segments: list[str], ended: bool) -> None:
    group = "GS*IN*A*B*20260316*0900*1*X*004010~"
    data = (
        ISA + group + "ST*810*1~" + "".join(segments) + ("SE*1*1~GE*1*1~IEA*1*000000042~" if ended else "")
    ).encode()
    for read in (read_x12, lambda raw: acknowledge(raw, 1, NOW)):
        try:
            read(data)
        except ApdeskError:
            continue


@LONG
@given(st.binary(max_size=400) | st.binary(max_size=300).map(lambda tail: ISA.encode() + tail))
def test_x12_of_any_bytes(data: bytes) -> None:
    for read in (read_x12, lambda raw: acknowledge(raw, 1, NOW)):
        try:
            read(data)
        except ApdeskError:
            continue


@LONG
@given(st.lists(HEADER, max_size=10), st.binary(max_size=300))
@example(["Content-Type: CHARSET=\x00\r\n"], b"\x80")
@example(["Content-Type: multipart/mixed; boundary=b\r\n"], b"--b\r\n" * 50)
def test_mails(headers: list[str], body: bytes) -> None:
    data = "".join(headers).encode("utf-8", "surrogateescape") + b"\r\n" + body
    head = read_headers(data)
    assert head.sender.isprintable()
    assert head.subject.isprintable()
    look_alike(domain_of(head.sender), ["supplier.example"])
    try:
        list(attachments(parse_mail(data), Limits()))
    except RefusalError:
        return


@LONG
@given(st.binary(max_size=500), st.text(max_size=60))
def test_any_bytes_under_any_name(data: bytes, name: str) -> None:
    for prefix in (b"", b"%PDF-1.4\n", b"PK\x03\x04", b'<?xml version="1.0"?><Invoice ', b"II*\0", b"\xff\xd8\xff\xe0"):
        parts = unpack(prefix + data, name, Limits())
        assert all(part.refused is None or part.refused.reason.endswith(".") for part in parts)
    made = safe_name(name)
    assert made
    assert "/" not in made
    assert made not in (".", "..")


@LONG
@given(st.binary(max_size=300))
def test_winmail(data: bytes) -> None:
    for _, inner in tnef_attachments(b"\x78\x9f\x3e\x22\0\0" + data):
        assert isinstance(inner, bytes)


@LONG
@given(st.text(max_size=300) | st.text(alphabet="<>/=\"'&;:! InvoiceCreditNoteDOCTYPE", max_size=200))
def test_einvoices(text: str) -> None:
    try:
        read_einvoice(b'<?xml version="1.0"?>' + text.encode("utf-8", "surrogatepass"))
    except ApdeskError:
        return


VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@LONG
@given(st.dictionaries(st.sampled_from(sorted(DEFAULT)) | st.text(max_size=10), VALUE, max_size=4))
def test_policies(changes: dict[str, object]) -> None:
    told = ["none"]
    try:
        policy_from({**DEFAULT, **changes})
    except InvalidPolicy as problem:
        told = problem.problems
    assert told
